"""A Masimo oximeter set to "ASCII 1": one line a second. It hears nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.faults import CommandError
from simulators.machine import SerialSim, Setting
from simulators.subject import Oximetry

LINE_END = b"\r\n"
EDGE_S = 1e-6
SERIAL_NUMBER = "0000056661"
FULL_SET = 0x800
"""The bit of EXC that is always there."""
LAYOUTS = {
    "rad-8": (
        "SN={serial} SPO2={spo2}% BPM={bpm} PI={pi}% SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+--"
        " ALARM={alarm:04X} EXC={exc:06X}"
    ),
    "radical-7": (
        "SN=---------- SPO2={spo2}% BPM={bpm} PI={pi} SPCO=--% SPMET=--.-% SPHB=--.- SPOC=-- RESVD=---"
        " DESAT=-- PIDELTA=+-- PVI=--- ALARM={alarm:06X} EXC={exc:07X} EXC1=00000000   "
    ),
    "radical-7-old": (
        "SN={serial} SPO2={spo2}% BPM={bpm} PI={pi}% SPCO=--.-% SPMET=--.-% DESAT=-- PIDELTA=+-- PVI=---"
        " ALARM={alarm:04X} EXC={exc:06X}"
    ),
    "no-pi": "SN={serial} SPO2={spo2}% BPM={bpm} DESAT=-- PIDELTA=+-- ALARM={alarm:04X} EXC={exc:06X}",
}
"""The field sets that were seen; a Rad-8 without sensor leaves the perfusion index out."""


@dataclass(slots=True)
class MasimoFaults:
    """What a person can make sensor and device say: the exceptions, and dashes without one."""

    no_sensor: bool = False
    defective_sensor: bool = False
    low_perfusion: bool = False
    searching: bool = False
    interference: bool = False
    sensor_off: bool = False
    ambient_light: bool = False
    unknown_sensor: bool = False
    low_signal: bool = False
    missing: bool = False
    clock_s: float = 0.0  # added to the device's own clock

    @property
    def exceptions(self) -> int:
        """Return EXC."""
        bits = (
            (self.no_sensor, 0x001),
            (self.defective_sensor, 0x002),
            (self.low_perfusion, 0x004),
            (self.searching, 0x008),
            (self.interference, 0x010),
            (self.sensor_off, 0x020),
            (self.ambient_light, 0x040),
            (self.unknown_sensor, 0x080),
            (self.low_signal, 0x400),
        )
        return FULL_SET | sum(bit for active, bit in bits if active)

    @property
    def blind(self) -> bool:
        """True when no number can be measured."""
        off = self.no_sensor or self.defective_sensor or self.sensor_off or self.unknown_sensor
        return off or self.searching or self.missing


def line(layout: str, when: datetime, numbers: Oximetry, exceptions: int, alarm: int = 0) -> bytes:
    """Return one line with its end; None becomes dashes."""
    text = LAYOUTS[layout].format(
        serial=SERIAL_NUMBER,
        spo2=_digits(numbers.spo2_pct),
        bpm=_digits(numbers.pulse_bpm),
        pi="--.--" if numbers.perfusion_pct is None else f"{min(20.0, numbers.perfusion_pct):05.2f}",
        alarm=alarm,
        exc=exceptions,
    )
    return f"{when:%m/%d/%y %H:%M:%S} {text}".encode() + LINE_END


def _digits(value: float | None) -> str:
    return "---" if value is None else f"{int(value + 0.5):03d}"


class Masimo:
    """The oximeter on its line, a line every second from wire second 0."""

    usage: tuple[str, ...] = (f"layout {'|'.join(LAYOUTS)}", "alarm HEX")

    def __init__(self, setting: Setting) -> None:
        self.faults = MasimoFaults()
        self._setting = setting
        self._layout = "rad-8"
        self._alarm = 0
        self._next = 0

    def step(self, now_s: float) -> list[bytes]:
        """Return the lines that are due."""
        due = int(now_s + EDGE_S) + 1
        lines = [self._line(float(number), now_s) for number in range(self._next, due)]
        self._next = max(due, self._next)
        return lines

    def heard(self, data: bytes, now_s: float) -> list[bytes]:
        """Answer nothing: the output is chosen on the device."""
        del data, now_s
        return []

    def obey(self, words: list[str], now_s: float) -> str:
        """Change the model's field set, or show an ALARM code."""
        del now_s
        match words:
            case ["layout", name] if name in LAYOUTS:
                self._layout = name
            case ["alarm", code]:
                self._alarm = _hex(code)
            case _:
                raise CommandError(f"'{' '.join(words)}': not known")
        return " ".join(words)

    def _line(self, t_s: float, now_s: float) -> bytes:
        faults = self.faults
        own = self._setting.subject.oximetry(t_s)
        numbers = Oximetry(None, None) if faults.blind else own
        when = self._setting.local_time() + timedelta(seconds=t_s - now_s + faults.clock_s)
        return line(self._layout, when, numbers, faults.exceptions, self._alarm)


def _hex(code: str) -> int:
    try:
        value = int(code, 16)
    except ValueError:
        value = -1
    if not 0 <= value <= 0xFFFF:
        raise CommandError(f"{code}: say one to four hex digits")
    return value


SIM = SerialSim(Masimo)
