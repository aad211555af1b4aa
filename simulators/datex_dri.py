"""A Datex-Ohmeda monitor on its serial interface: sends nothing until asked, then goes on by itself.

How often a wave is sent is not documented: here every half second. Of the waves there are ECG II,
P1, pleth and respiration; the extended classes of displayed values are sent empty.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from simulators import datex_dri_values as values
from simulators.datex_dri_cuff import MODES, Cuff
from simulators.datex_dri_frame import PHYSIOLOGICAL, WAVEFORM, Ear, Request, frame, record
from simulators.datex_dri_values import Basic, Group
from simulators.faults import CommandError
from simulators.machine import SerialSim, Setting
from simulators.subject import Subject

EPOCH = datetime(1970, 1, 1)
EDGE_S = 1e-6
ONCE, STOP = -1, 0
SHORTEST_S = 5
TREND_EVERY_S = {values.TREND_10_S: 10.0, values.TREND_60_S: 60.0}
WAVES_EVERY_S = 0.5
MOST_SAMPLES_PER_S = 600
BLOCKED_S = 2.0
START_WAVES, STOP_WAVES = 0, 1
END_OF_LIST = 0xFF
NO_BASIC = 0x01
ECG_II, P1, PLETH, RESP = 1, 4, 8, 15
RATES = {ECG_II: 300, P1: 100, PLETH: 100, RESP: 25}
LEAD_OFF = 0x08
_WANTED = struct.Struct("<BhIH")
_WAVES_WANTED = struct.Struct("<HH8s16sHH")


@dataclass(slots=True)
class DatexFaults:
    """What a person can make sensors, modules and line do."""

    sensor_off: bool = False
    spo2_gone: bool = False
    venous: bool = False  # the saturation is labelled SvO2
    leads_off: bool = False
    ecg_gone: bool = False
    noise: bool = False
    artefact: bool = False
    learning: bool = False
    asystole: bool = False
    rate_from_pleth: bool = False
    art_gone: bool = False
    art_zeroing: bool = False
    art_unzeroed: bool = False
    p1_is_cvp: bool = False
    temperature_gone: bool = False
    co2: bool = False  # a CO2 module counts the breaths too
    apnoea: bool = False
    co2_calibrating: bool = False
    co2_zeroing: bool = False
    co2_occlusion: bool = False
    co2_leak: bool = False
    cuff_gone: bool = False
    numbers_stay: bool = False  # of the cuff, after a measurement that failed
    code: float = 0.0  # sent in place of every vital sign: -32767, -32763 ...
    no_case: bool = False  # no patient case is open: no trends
    cts_blocked: bool = False
    clock_s: float = 0.0  # added to the monitor's own clock


class Displays:
    """What the monitor's modules show at a moment."""

    def __init__(self, subject: Subject, faults: DatexFaults, cuff: Cuff) -> None:
        self._subject = subject
        self._faults = faults
        self._cuff = cuff

    def basic(self, t_s: float) -> bytes:
        """Return the 270 bytes of class Basic."""
        faults = self._faults
        heart_rate = None if faults.leads_off else self._subject.heart_rate(t_s)
        shown = Basic(
            ecg=self._ecg(t_s),
            pressures=[self._p1(t_s)],
            nibp=self._nibp(t_s),
            temperatures=[self._temperature(t_s)],
            spo2=self._spo2(t_s),
            co2=self._co2(t_s),
            ecg_rate=heart_rate,
        )
        return values.basic_data(shown, round(faults.code) or values.NO_VALUE)

    def _number(self, value: float | None) -> float | None:
        return None if self._faults.code else value

    def _nibp(self, t_s: float) -> Group:
        if self._faults.cuff_gone:
            return values.ABSENT
        shown = self._cuff.group(t_s)
        return Group(shown.status, shown.label, tuple(self._number(value) for value in shown.values))

    def _ecg(self, t_s: float) -> Group:
        faults, subject = self._faults, self._subject
        if faults.ecg_gone:
            return values.ABSENT
        source, rate = values.FROM_ECG, subject.heart_rate(t_s)
        if faults.rate_from_pleth:
            source, rate = values.FROM_SPO2, subject.oximetry(t_s).pulse_bpm
        elif faults.leads_off:
            source, rate = values.FROM_NOTHING, None
        elif faults.asystole:
            rate = 0.0
        status = values.THERE | values.MEASURES | source << 3
        status |= values.LEADS_OFF * faults.leads_off | values.NOISE * faults.noise
        status |= values.ARTEFACT * faults.artefact | values.ASYSTOLE * faults.asystole
        status |= values.LEARNING * faults.learning
        breaths = None if faults.leads_off else subject.resp_rate(t_s)
        return Group(status, 0, (self._number(rate), 0.1, 0.0, None, self._number(breaths)))

    def _p1(self, t_s: float) -> Group:
        faults, pressure = self._faults, self._subject.pressure(t_s)
        if faults.art_gone or pressure is None:
            return values.ABSENT
        status = values.THERE | values.MEASURES
        status |= values.ZEROING * faults.art_zeroing | values.ZEROED * (not faults.art_unzeroed)
        label = values.PressureLabel.CVP if faults.p1_is_cvp else values.PressureLabel.ART
        told = (pressure.sys, pressure.dia, pressure.map, pressure.pulse_bpm)
        return Group(status, label, tuple(self._number(value) for value in told))

    def _spo2(self, t_s: float) -> Group:
        if self._faults.spo2_gone:
            return values.ABSENT
        label = 2 if self._faults.venous else 0
        if self._faults.sensor_off:
            return Group(values.THERE | values.MEASURES, label)
        seen = self._subject.oximetry(t_s)
        told = (seen.spo2_pct, seen.pulse_bpm, seen.perfusion_pct)
        return Group(values.THERE | values.MEASURES, label, tuple(self._number(value) for value in told))

    def _temperature(self, t_s: float) -> Group:
        if self._faults.temperature_gone:
            return values.ABSENT
        value = self._number(self._subject.temperature_c(t_s))
        return Group(values.THERE | values.MEASURES, values.CORE, (value,))

    def _co2(self, t_s: float) -> Group:
        faults = self._faults
        if not faults.co2:
            return values.ABSENT
        breaths = 0.0 if faults.apnoea else self._subject.resp_rate(t_s)
        status = values.THERE | values.MEASURES | 0x04 * faults.apnoea
        status |= 0x08 * faults.co2_calibrating | 0x10 * faults.co2_zeroing
        status |= 0x20 * faults.co2_occlusion | 0x40 * faults.co2_leak
        return Group(status, 0, (self._number(5.1), self._number(0.0), self._number(breaths), 760.0))


class Datex:
    """The monitor on its line."""

    usage: tuple[str, ...] = ("measure", "fail", f"mode {'|'.join(MODES)}")

    def __init__(self, setting: Setting) -> None:
        self.faults = DatexFaults()
        self._setting = setting
        self._cuff = Cuff(setting)
        self._displays = Displays(setting.subject, self.faults, self._cuff)
        self._ear = Ear()
        self._number = 0
        self._every_s = 0.0  # displayed values; 0: never
        self._next_s = 0.0
        self._classes = 0
        self._once_s = -float(SHORTEST_S)
        self._trends: dict[int, float] = {}  # kind -> when next
        self._waves: list[int] = []
        self._waves_next_s = 0.0
        self._blocked_s: float | None = None

    def step(self, now_s: float) -> list[bytes]:
        """Return the frames that are due."""
        self._cuff.numbers_stay = self.faults.numbers_stay
        self._cuff.advance(now_s)
        frames: list[bytes] = []
        while self._every_s and now_s >= self._next_s - EDGE_S:
            frames.append(self._values(values.DISPLAYED, self._next_s, now_s))
            self._next_s += self._every_s
        for kind, next_s in self._trends.items():
            if now_s >= next_s - EDGE_S and self._every_s and not self.faults.no_case:
                frames.append(self._values(kind, next_s, now_s))
                self._trends[kind] = next_s + TREND_EVERY_S[kind]
        while self._waves and now_s >= self._waves_next_s + WAVES_EVERY_S - EDGE_S:
            frames.append(self._wave_record(self._waves_next_s, now_s))
            self._waves_next_s += WAVES_EVERY_S
        return self._through(frames, now_s)

    def heard(self, data: bytes, now_s: float) -> list[bytes]:
        """Take requests; only one for values at once is answered at once."""
        answers: list[bytes] = []
        for request in self._ear.hear(data):
            if request.kind == PHYSIOLOGICAL and request.part_type == 0:
                answers += self._asked_for_values(request, now_s)
            elif request.kind == WAVEFORM and request.part_type == 0:
                self._asked_for_waves(request, now_s)
        return self._through(answers, now_s)

    def obey(self, words: list[str], now_s: float) -> str:
        """Press the buttons of the NIBP module."""
        match words:
            case ["measure"]:
                self._cuff.start(now_s)
            case ["fail"]:
                self._cuff.start(now_s, fails=True)
            case ["mode", mode] if mode in MODES:
                self._cuff.mode = mode
            case _:
                raise CommandError(f"'{' '.join(words)}': not known")
        return " ".join(words)

    def _asked_for_values(self, request: Request, now_s: float) -> list[bytes]:
        if len(request.part) < _WANTED.size:
            return []
        kind, interval_s, classes, _ = _WANTED.unpack_from(request.part)
        if kind in TREND_EVERY_S:
            self._trends.pop(kind, None)
            if interval_s > 0:
                self._trends[kind] = now_s + TREND_EVERY_S[kind]
        elif kind == values.DISPLAYED and interval_s == ONCE:
            if now_s - self._once_s >= SHORTEST_S:
                self._once_s, self._classes = now_s, classes
                return [self._values(kind, now_s, now_s)]
        elif kind == values.DISPLAYED and (interval_s == STOP or interval_s >= SHORTEST_S):
            self._every_s, self._next_s, self._classes = float(interval_s), now_s, classes
        return []

    def _asked_for_waves(self, request: Request, now_s: float) -> None:
        if len(request.part) < _WAVES_WANTED.size:
            return
        verb, _, kinds, more, _, _ = _WAVES_WANTED.unpack_from(request.part)
        wanted = (kinds + more).split(bytes([END_OF_LIST]))[0]
        for kind in wanted:
            if verb == STOP_WAVES and kind in self._waves:
                self._waves.remove(kind)
            elif verb == START_WAVES and kind in RATES and kind not in self._waves:
                if not self._waves:
                    self._waves_next_s = now_s
                if sum(RATES[each] for each in self._waves) + RATES[kind] <= MOST_SAMPLES_PER_S:
                    self._waves.append(kind)

    def _through(self, frames: list[bytes], now_s: float) -> list[bytes]:
        """Return what the handshake lets pass; a wave that it holds up for long ends."""
        if not self.faults.cts_blocked:
            self._blocked_s = None
            return frames
        if self._blocked_s is None:
            self._blocked_s = now_s
        if now_s - self._blocked_s > BLOCKED_S:
            self._waves.clear()
        return []

    def _unix_s(self, t_s: float, now_s: float) -> int:
        own = (self._setting.local_time() - EPOCH).total_seconds()
        return int(own + t_s - now_s + self.faults.clock_s)

    def _frame(self, kind: int, parts: list[tuple[int, bytes]], time_s: int) -> bytes:
        self._number += 1
        return frame(record(kind, parts, self._number, time_s))

    def _values(self, kind: int, t_s: float, now_s: float) -> bytes:
        time_s = self._unix_s(t_s, now_s)
        wanted = [] if self._classes & NO_BASIC else [(values.BASIC, self._displays.basic(t_s))]
        empty = bytes(values.DATA_BYTES)
        extended = (values.EXT1, values.EXT2, values.EXT3)
        wanted += [(each, empty) for each in extended if self._classes & 1 << each]
        parts = [(kind, values.part(data, which, time_s)) for which, data in wanted]
        return self._frame(PHYSIOLOGICAL, parts, time_s)

    def _wave_record(self, t_s: float, now_s: float) -> bytes:
        parts = [(kind, self._wave(kind, t_s)) for kind in self._waves]
        return self._frame(WAVEFORM, parts, self._unix_s(t_s, now_s))

    def _wave(self, kind: int, t_s: float) -> bytes:
        """Return the samples from `t_s` on; of a sensor that is off, codes."""
        faults = self.faults
        off = {ECG_II: faults.leads_off or faults.ecg_gone, P1: faults.art_gone, RESP: faults.leads_off}
        off[PLETH] = faults.sensor_off or faults.spo2_gone
        count = round(RATES[kind] * WAVES_EVERY_S)
        samples = [values.NO_VALUE] * count
        if not off[kind]:
            shape = _SHAPES[kind]
            samples = [shape(self._setting.subject, t_s + at / RATES[kind]) for at in range(count)]
        status = LEAD_OFF * (kind == ECG_II and off[kind])
        return struct.pack(f"<HHH{count}h", count, status, 0, *samples)


def _arterial(subject: Subject, t_s: float) -> int:
    pressure = subject.pressure(t_s)
    if pressure is None:
        return values.NO_VALUE
    return round(100 * (pressure.dia + (pressure.sys - pressure.dia) * subject.pleth(t_s)))


_SHAPES: dict[int, Callable[[Subject, float], int]] = {
    ECG_II: lambda subject, t_s: round(1000 * subject.ecg_mv(t_s)),
    P1: _arterial,
    PLETH: lambda subject, t_s: round(1000 * (subject.pleth(t_s) - 0.5)),
    RESP: lambda subject, t_s: round(1000 * (subject.resp(t_s) - 0.5)),
}

SIM = SerialSim(Datex)
