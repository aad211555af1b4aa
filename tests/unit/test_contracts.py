"""Each import contract of pyproject, broken on purpose in a copy of the packages' skeleton."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
NAMES = {contract["id"]: contract["name"] for contract in SETTINGS["contracts"]}

VIOLATIONS = [
    pytest.param({"direction"}, "monitor/core/types.py", "import alarms.types", id="core knows alarms"),
    pytest.param({"direction"}, "alarms/types.py", "import monitor.stream.ring", id="alarms know the ring"),
    pytest.param({"direction"}, "monitor/stream/ring.py", "import monitor.bed", id="the ring knows the bed"),
    pytest.param(
        {"direction"}, "monitor/record/journal.py", "import monitor.link.local", id="record knows link"
    ),
    pytest.param({"direction"}, "monitor/service/__init__.py", "import ui", id="service knows ui"),
    pytest.param({"direction"}, "ui/__init__.py", "import monitor.cli", id="ui knows the roof"),
    pytest.param({"core"}, "monitor/core/types.py", "import structlog", id="core logs"),
    pytest.param({"wire"}, "drivers/wire/nonin.py", "import asyncio", id="decoder waits"),
    pytest.param({"wire"}, "drivers/wire/nonin.py", "from time import monotonic", id="decoder reads a clock"),
    pytest.param({"wire"}, "drivers/wire/nonin.py", "import serial", id="decoder opens a port"),
    pytest.param(
        {"decoders-below"}, "drivers/wire/nonin.py", "import drivers.link", id="decoder knows links"
    ),
    pytest.param(
        {"decoders-below"}, "drivers/wire/nonin.py", "import drivers.devices", id="decoder knows devices"
    ),
    pytest.param(
        {"bytes", "direction"}, "simulators/nonin.py", "import drivers.wire", id="simulator decodes"
    ),
    pytest.param({"bytes", "direction"}, "drivers/registry.py", "import simulators", id="driver simulates"),
    pytest.param({"client"}, "ui/bridge.py", "import drivers.registry", id="ui knows drivers"),
    pytest.param({"client"}, "ui/bridge.py", "import monitor.service", id="ui knows the service"),
    pytest.param({"client"}, "ui/bridge.py", "import alarms.engine", id="ui judges alarms"),
    pytest.param(
        {"sound-device"}, "alarms/sound/output.py", "import sounddevice", id="the output loads PortAudio"
    ),
    pytest.param(
        {"sound-device"}, "monitor/service/__init__.py", "import alarms.sound.device", id="service plays"
    ),
    pytest.param(
        {"window"}, "ui/presenters/tiles.py", "from PySide6.QtCore import Qt", id="presenter paints"
    ),
    pytest.param({"window"}, "ui/bridge.py", "import ui.views.strip", id="bridge knows views"),
    pytest.param({"window"}, "monitor/service/__init__.py", "import pyqtgraph", id="service plots"),
]


def skeleton(folder):
    """Lay every module of the packages into `folder`, empty but for ui.views, which must know Qt."""
    for package in SETTINGS["root_packages"]:
        for source in (ROOT / package).rglob("*.py"):
            copy = folder / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text("import PySide6\n" if "views" in copy.parts else "")
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())


def broken(folder):
    """Return the ids of the contracts that import-linter finds broken in `folder`."""
    said = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = {key for key, name in NAMES.items() if f"{name} BROKEN" in said.stdout}
    assert said.returncode == (1 if verdicts else 0), said.stdout + said.stderr
    return verdicts


def test_the_skeleton_itself_keeps_every_contract(tmp_path):
    skeleton(tmp_path)
    assert broken(tmp_path) == set()


@pytest.mark.parametrize(("contracts", "module", "line"), VIOLATIONS)
def test_a_forbidden_import_breaks_its_contract(tmp_path, contracts, module, line):
    skeleton(tmp_path)
    assert (tmp_path / module).is_file(), "the violation must be laid into a module that exists"
    (tmp_path / module).write_text(line + "\n")
    assert broken(tmp_path) == contracts


def test_every_contract_has_been_broken():
    assert set().union(*(row.values[0] for row in VIOLATIONS)) == set(NAMES)
