"""Runs the suite over every model of the registry that has a case."""

from collections.abc import Callable

import pytest
from known import COUNTS_WITHIN_A_FRAME, KNOWN, Known

from drivers.model import Transport


def _models(wanted: Callable[[Known], bool]):
    names = [name for name, known in KNOWN.items() if wanted(known)]

    @pytest.fixture(params=names, scope="session")
    def fixture(request: pytest.FixtureRequest) -> Known:
        return KNOWN[request.param]

    return fixture


known = _models(lambda known: True)
stream = _models(lambda known: known.streams)
checked = _models(lambda known: known.case.checked)
counted = _models(lambda known: known.case.counter or known.model.name in COUNTS_WITHIN_A_FRAME)
serial = _models(lambda known: known.model.transport is Transport.SERIAL)
radio = _models(lambda known: known.model.transport is Transport.BLE)
