"""Puts this folder on the import path, for modules that tests share, and counts the models."""

import gc
import re

import pytest

from drivers import registry
from drivers.model import Transport

_SUITE = re.compile(r"tests/conformance/test_conformance\.py::.*\[([a-z0-9-]+)\]$")


@pytest.fixture(autouse=True, scope="module")
def nothing_left_behind():
    """Let what a file's tests left behind be told now.

    A future of a closed bus that is collected later writes a traceback from within whatever runs then;
    within a compilation, Python 3.11 fails it ("AST constructor recursion depth mismatch").
    """
    yield
    gc.collect()


def pytest_terminal_summary(terminalreporter) -> None:
    """Say how many models the conformance suite had before it, in however many processes."""
    reports = terminalreporter.stats.get("passed", ())
    ran = {found[1] for report in reports if (found := _SUITE.search(report.nodeid))} & set(registry.MODELS)
    serial = sum(registry.load(model).transport is Transport.SERIAL for model in ran)
    if ran:
        terminalreporter.write_line(
            f"conformance: {len(ran)} models, {serial} serial, {len(ran) - serial} Bluetooth"
        )
