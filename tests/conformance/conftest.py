"""Runs the suite over every model of the registry that has a case, and counts them at the end."""

from collections.abc import Callable

import pytest
from known import COUNTS_WITHIN_A_FRAME, KNOWN, Known

from drivers.model import Transport

_ran: dict[str, Known] = {}


def _models(wanted: Callable[[Known], bool]):
    names = [name for name, known in KNOWN.items() if wanted(known)]

    @pytest.fixture(params=names, scope="session")
    def fixture(request: pytest.FixtureRequest) -> Known:
        known = _ran[request.param] = KNOWN[request.param]
        return known

    return fixture


known = _models(lambda known: True)
stream = _models(lambda known: known.streams)
checked = _models(lambda known: known.case.checked)
counted = _models(lambda known: known.case.counter or known.model.name in COUNTS_WITHIN_A_FRAME)
serial = _models(lambda known: known.model.transport is Transport.SERIAL)
radio = _models(lambda known: known.model.transport is Transport.BLE)


def pytest_terminal_summary(terminalreporter) -> None:
    """Say how many models the tests of this run had before them."""
    serial = sum(known.model.transport is Transport.SERIAL for known in _ran.values())
    if _ran:
        terminalreporter.write_line(
            f"conformance: {len(_ran)} models, {serial} serial, {len(_ran) - serial} Bluetooth"
        )
