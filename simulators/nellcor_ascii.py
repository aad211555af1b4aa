"""A Nellcor oximeter (N-595): a line every two seconds, a heading every 25 lines. It hears nothing."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulators.faults import CommandError
from simulators.machine import SerialSim, Setting
from simulators.subject import Oximetry

LINE_END = b"\r\n"
LINE_EVERY_S = 2.0
HEADING_EVERY = 25
EDGE_S = 1e-6
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
TITLES = "TIME               %SPO2  BPM   PA   Status"
AMPLITUDE_MAX = 254
TREND_POINTS = 1800
"""An hour of points; the real ones keep more."""


@dataclass(slots=True)
class NellcorFaults:
    """What a person can make sensor and device say, one status code each, and dashes without one."""

    sensor_disconnected: bool = False
    sensor_off: bool = False
    searching: bool = False
    pulse_lost: bool = False
    pulse_lost_moving: bool = False
    moving: bool = False
    battery_low: bool = False
    alarm_off: bool = False
    alarm_silenced: bool = False
    missing: bool = False
    clock_s: float = 0.0  # added to the device's own clock

    @property
    def blind(self) -> bool:
        """True when no number can be measured."""
        lost = self.pulse_lost or self.pulse_lost_moving
        return self.sensor_disconnected or self.sensor_off or self.searching or lost or self.missing

    @property
    def codes(self) -> list[str]:
        """Return the status codes of what is wrong."""
        table = (
            (self.alarm_off, "AO"),
            (self.alarm_silenced, "AS"),
            (self.battery_low, "LB"),
            (self.pulse_lost_moving, "LM"),
            (self.pulse_lost, "LP"),
            (self.moving, "MO"),
            (self.searching, "PS"),
            (self.sensor_disconnected, "SD"),
            (self.sensor_off, "SO"),
        )
        return [code for active, code in table if active]


@dataclass(frozen=True, slots=True)
class Limits:
    """The device's own alarm limits, as in its heading."""

    spo2: tuple[int, int] = (85, 100)
    pulse: tuple[int, int] = (40, 170)


@dataclass(frozen=True, slots=True)
class Point:
    """One line's numbers; None becomes dashes."""

    when: datetime
    spo2: int | None
    pulse: int | None
    amplitude: int | None


def line(point: Point, limits: Limits, codes: list[str]) -> bytes:
    """Return one line with its end; `*` and a code for each violated limit."""
    spo2, spo2_codes = _limited(point.spo2, limits.spo2, "S")
    pulse, pulse_codes = _limited(point.pulse, limits.pulse, "P")
    amplitude = "---" if point.amplitude is None else str(point.amplitude)
    text = f"{stamp(point.when)}{spo2:>6}{_star(spo2_codes)}{pulse:>5}{_star(pulse_codes)}{amplitude:>5}"
    told = [*codes, *spo2_codes, *pulse_codes]
    return (text + "".join(f"    {code}" for code in told)).encode() + LINE_END


def stamp(when: datetime) -> str:
    """Return date and time in 18 characters."""
    return f"{when.day:02d}-{MONTHS[when.month - 1]}-{when:%y %H:%M:%S}"


def heading(limits: Limits) -> list[bytes]:
    """Return the three lines of a heading."""
    spo2, pulse = limits.spo2, limits.pulse
    limited = f"SpO2 Limit: {spo2[0]}-{spo2[1]}%    PR Limit: {pulse[0]}-{pulse[1]}BPM"
    lines = (
        f"N-595    VERSION 1.0.0.0    CRC:A5C3    {limited}",
        "  ADULT  0SAT-S  SPO2 RESP MODE: NORMAL",
        TITLES,
    )
    return [text.encode() + LINE_END for text in lines]


def trend(points: list[Point], limits: Limits) -> list[bytes]:
    """Return the lines of a trend printed from memory."""
    first, _, titles = heading(limits)
    no_limits = Limits((0, 100), (0, 999))
    data = [line(point, no_limits, []) for point in points]
    return [first.replace(b"CRC", b"TREND CRC"), titles, *data, b"Output Complete" + LINE_END]


def _limited(value: int | None, limits: tuple[int, int], letter: str) -> tuple[str, list[str]]:
    if value is None:
        return "---", []
    if value < limits[0]:
        return str(value), [f"{letter}L"]
    return str(value), [f"{letter}H"] if value > limits[1] else []


def _star(codes: list[str]) -> str:
    return "*" if codes else " "


class Nellcor:
    """The oximeter on its line from wire second 0."""

    usage: tuple[str, ...] = ("limits SPO2_LOW SPO2_HIGH PULSE_LOW PULSE_HIGH", "trend")

    def __init__(self, setting: Setting) -> None:
        self.faults = NellcorFaults()
        self._setting = setting
        self._limits = Limits()
        self._next = 0
        self._since_heading = HEADING_EVERY  # lines
        self._memory: deque[Point] = deque(maxlen=TREND_POINTS)
        self._asked_for: list[bytes] = []

    def step(self, now_s: float) -> list[bytes]:
        """Return the lines that are due."""
        found, self._asked_for = self._asked_for, []
        due = int(now_s / LINE_EVERY_S + EDGE_S) + 1
        for number in range(self._next, due):
            found += self._lines(number * LINE_EVERY_S, now_s)
        self._next = max(due, self._next)
        return found

    def heard(self, data: bytes, now_s: float) -> list[bytes]:
        """Answer nothing: the interactive menu is not simulated."""
        del data, now_s
        return []

    def obey(self, words: list[str], now_s: float) -> str:
        """Change the device's own limits, or print its trend."""
        del now_s
        match words:
            case ["limits", *rest] if len(rest) == 4:
                self._limits = _limits(rest)
                self._since_heading = HEADING_EVERY
            case ["trend"]:
                self._asked_for = trend(list(self._memory), self._limits)
            case _:
                raise CommandError(f"'{' '.join(words)}': not known")
        return " ".join(words)

    def _lines(self, t_s: float, now_s: float) -> list[bytes]:
        found: list[bytes] = []
        if self._since_heading >= HEADING_EVERY:
            found = heading(self._limits)
            self._since_heading = 0
        self._since_heading += 1
        point = self._point(t_s, now_s)
        self._memory.append(point)
        return [*found, line(point, self._limits, self.faults.codes)]

    def _point(self, t_s: float, now_s: float) -> Point:
        when = self._setting.local_time() + timedelta(seconds=t_s - now_s + self.faults.clock_s)
        own = self._setting.subject.oximetry(t_s)
        seen = Oximetry(None, None) if self.faults.blind else own
        amplitude = None if seen.perfusion_pct is None else round(seen.perfusion_pct * 20)
        return Point(when, _whole(seen.spo2_pct), _whole(seen.pulse_bpm), _most(amplitude))


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value + 0.5)


def _most(amplitude: int | None) -> int | None:
    return None if amplitude is None else min(AMPLITUDE_MAX, amplitude)


def _limits(words: list[str]) -> Limits:
    try:
        spo2_low, spo2_high, pulse_low, pulse_high = (int(word) for word in words)
    except ValueError:
        raise CommandError(f"'{' '.join(words)}': say four whole numbers") from None
    return Limits((spo2_low, spo2_high), (pulse_low, pulse_high))


SIM = SerialSim(Nellcor)
