"""The serial ports of this computer, with what USB says of the adapter in each."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

BARE = "n/a"
BY_ID = Path("/dev/serial/by-id")


@dataclass(frozen=True, slots=True)
class FoundPort:
    """One port; the USB identity is empty where the port is not on USB."""

    path: str  # stable where the system offers a stable name
    description: str = ""
    usb_id: str = ""  # vendor:product, four hex digits each
    usb_serial: str = ""
    manufacturer: str = ""
    simulated: bool = False


def serial_ports(simulated_in: Path | None = None, by_id: Path = BY_ID) -> list[FoundPort]:
    """Return the ports of this computer, and the simulated ones that have links in `simulated_in`.

    A port is called by its name under /dev/serial/by-id where it has one: that name follows the
    adapter, ttyUSB0 follows the order of plugging in.
    """
    stable = {entry.resolve(): entry for entry in _entries(by_id)}
    found = [
        FoundPort(
            str(stable.get(Path(port.device).resolve(), port.device)),
            "" if port.description == BARE else port.description,
            f"{port.vid:04x}:{port.pid:04x}" if port.vid is not None and port.pid is not None else "",
            port.serial_number or "",
            port.manufacturer or "",
        )
        for port in sorted(list_ports.comports())
    ]
    if simulated_in is not None:
        found += [
            FoundPort(str(entry), "simulated", simulated=True) for entry in sorted(_entries(simulated_in))
        ]
    return found


def _entries(folder: Path) -> Iterable[Path]:
    return [entry for entry in folder.iterdir() if entry.is_symlink()] if folder.is_dir() else []
