"""A BerryMed PM6750-type module: it streams from power-on, and its cuff takes orders.

Written from the document alone. Frame both ways: 55 AA LEN TYPE DATA.. CS, LEN from itself to CS,
CS = NOT(LEN + TYPE + DATA). What the document leaves open is chosen: values once a second, pleth 100
and breathing wave 50 samples a second, 125 in the middle of the ECG wave and 50 a millivolt.
"""

from dataclasses import dataclass

from simulators.faults import CommandError
from simulators.machine import SerialSim, Setting
from simulators.pump import Ended, Pump, PumpFaults

TICKS_PER_S = 250
"""The ECG wave's packets; everything else keeps to their pace."""
PLETH_PER_S = 100
RESP_PER_S = 50
VALUES_TICK, CUFF_TICK = 0, 125
EDGE_S = 1e-6
HEAD = b"\x55\xaa"
NO_SPO2, NO_PULSE = 0x7F, 0xFF
ECG_WAVE, ECG, NIBP, SPO2, TEMPERATURE, PLETH, RESP = 0x01, 0x02, 0x03, 0x04, 0x05, 0xFE, 0xFF
LEADS = (0.6, 1.0, 0.4, -0.8, 0.1, 0.7, 0.9)
"""I, II, III, aVR, aVL, aVF and V as shares of lead II."""
SWITCHES = {0x01: ECG, 0x03: SPO2, 0x04: TEMPERATURE, 0xFB: ECG_WAVE, 0xFE: PLETH, 0xFF: RESP}
"""Type of a command that turns a stream on or off -> the stream."""
COMMAND = 6
FINISHED, MEASURING, STOPPED, LOOSE, TIMEOUT, MOVEMENT, INITIALISING, INITIALISED = 0, 1, 2, 4, 5, 7, 9, 10
RESULTS = range(2, 9)
NORMAL_RHYTHM = 0x01


def frame(kind: int, *data: int) -> bytes:
    """Return a frame of the type `kind`."""
    body = bytes([len(data) + 3, kind, *data])
    return HEAD + body + bytes([~sum(body) & 0xFF])


def nibp(state: int, half_mmhg: int, sys: int = 0, mean: int = 0, dia: int = 0, mode: int = 0) -> bytes:
    """Return what is told of the cuff; `state` is the result, or what goes on."""
    return frame(NIBP, state << 2 | mode, half_mmhg, sys, mean, dia)


def _byte(value: float | None, highest: int = 250) -> int:
    return 0 if value is None else min(highest, max(0, round(value)))


@dataclass(slots=True)
class Pm6750Faults(PumpFaults):
    """What a person can make the sensors, the cuff and the module do."""

    sensor_off: bool = False
    finger_off: bool = False
    searching: bool = False
    search_timeout: bool = False
    leads_off: bool = False
    weak_ecg: bool = False
    probe_off: bool = False  # temperature
    movement: bool = False  # measurements end disturbed
    initialising: bool = False  # the cuff's orders are ignored
    deaf: bool = False  # all orders are
    quiet_cuff: bool = False  # of the cuff nothing is told but while it measures
    lost_cuff: bool = False  # of the cuff nothing is told at all
    deaf_stops: float = 0.0  # so many stops are not heard

    @property
    def spo2_status(self) -> int:
        """Return the status of the SpO2 frame."""
        flags = (self.sensor_off, self.finger_off, self.searching, self.search_timeout)
        return next((number for number, flag in enumerate(flags, 1) if flag), 0)


class Pm6750Machine:
    """The module on its line: streams, and orders to its cuff."""

    usage: tuple[str, ...] = ("measure", "stop", "fail CODE")

    def __init__(self, setting: Setting) -> None:
        self.faults = Pm6750Faults()
        self._subject = setting.subject
        self._pump = Pump(setting.subject, self.faults)
        self._heard = bytearray()
        self._on = set(SWITCHES.values())
        self._state = INITIALISED
        self._values = (0, 0, 0)  # systolic, mean, diastolic
        self._mode = 0
        self._fails_with = 0
        self._next = 0

    def step(self, now_s: float) -> list[bytes]:
        """Return the frames that are due."""
        due = int(now_s * TICKS_PER_S + EDGE_S) + 1
        frames: list[bytes] = []
        for tick in range(self._next, due):
            frames += self._tick(tick)
        self._next = max(due, self._next)
        return frames

    def _tick(self, tick: int) -> list[bytes]:
        t_s = tick / TICKS_PER_S
        place = tick % TICKS_PER_S
        ended = self._pump.step(t_s)
        if ended is not None:
            self._end(ended)
        frames = [self._ecg_wave(t_s)] if ECG_WAVE in self._on else []
        if PLETH in self._on and place * PLETH_PER_S % TICKS_PER_S < PLETH_PER_S:
            frames.append(frame(PLETH, self._pleth(t_s)))
        if RESP in self._on and place * RESP_PER_S % TICKS_PER_S < RESP_PER_S:
            frames.append(frame(RESP, _byte(250 * self._subject.resp(t_s))))
        if place == VALUES_TICK:
            frames += self._numbers(t_s)
        if place == CUFF_TICK and not self.faults.lost_cuff:
            if not self.faults.quiet_cuff or self._pump.measuring or ended is not None:
                frames.append(self._cuff())
        elif ended is not None and self.faults.quiet_cuff:
            frames.append(self._cuff())
        return frames

    def _ecg_wave(self, t_s: float) -> bytes:
        mv = 0.0 if self.faults.leads_off else self._subject.ecg_mv(t_s)
        return frame(ECG_WAVE, *(_byte(125 + 50 * share * mv) for share in LEADS))

    def _pleth(self, t_s: float) -> int:
        return 0 if self.faults.spo2_status else _byte(100 * self._subject.pleth(t_s), 100)

    def _numbers(self, t_s: float) -> list[bytes]:
        """Return the values of ECG, SpO2 and temperature as far as they are on."""
        frames = []
        if ECG in self._on:
            off = self.faults.leads_off
            heart = None if off else self._subject.heart_rate(t_s)
            breaths = None if off else self._subject.resp_rate(t_s)
            status = self.faults.weak_ecg | off << 1 | 0b10 << 2 | 0b01 << 4 | 0b01 << 6
            frames.append(frame(ECG, status, _byte(heart), _byte(breaths), 0, NORMAL_RHYTHM))
        if SPO2 in self._on:
            frames.append(self._spo2(t_s))
        if TEMPERATURE in self._on:
            celsius = None if self.faults.probe_off else self._subject.temperature_c(t_s)
            whole, tenths = divmod(_byte(None if celsius is None else 10 * celsius, 459), 10)
            frames.append(frame(TEMPERATURE, celsius is None, whole, tenths))
        return frames

    def _spo2(self, t_s: float) -> bytes:
        found = self._subject.oximetry(t_s)
        status = self.faults.spo2_status
        if not status and (found.spo2_pct is None or found.pulse_bpm is None):
            status = 2
        if status:
            return frame(SPO2, status, NO_SPO2, NO_PULSE)
        return frame(SPO2, 0, _byte(found.spo2_pct, 100), _byte(found.pulse_bpm))

    def _cuff(self) -> bytes:
        state = INITIALISING if self.faults.initialising else self._state
        values = self._values if state == FINISHED else (0, 0, 0)
        return nibp(state, _byte(self._pump.mmhg / 2), *values, mode=self._mode)

    def _end(self, ended: Ended) -> None:
        """Take over what the measurement found, or why it found nothing."""
        failure = {Ended.NOT_FILLED: LOOSE, Ended.TOO_LONG: TIMEOUT}.get(ended, FINISHED)
        found = self._pump.found
        if self.faults.movement or (found is not None and found.moved and not failure):
            failure = MOVEMENT
        failure, self._fails_with = self._fails_with or failure, 0
        if found is None and not failure:
            failure = LOOSE
        self._state = failure
        if found is not None:
            self._values = (_byte(found.sys), _byte(found.map), _byte(found.dia))

    def heard(self, data: bytes, now_s: float) -> list[bytes]:
        """Carry out the commands that are whole now; none is answered."""
        self._heard += data
        while len(self._heard) >= COMMAND:
            start = self._heard.find(HEAD)
            if start:
                del self._heard[: start if start > 0 else len(self._heard) - 1]
                continue
            command = bytes(self._heard[:COMMAND])
            if command == frame(command[3], command[4]):
                self._command(command[3], command[4], now_s)
                del self._heard[:COMMAND]
            else:
                del self._heard[:1]
        return []

    def _command(self, kind: int, value: int, now_s: float) -> None:
        if self.faults.deaf:
            return
        if kind == 0x02 and not self.faults.initialising:
            if value == 1:
                self._start(now_s)
            else:
                self._stop()
        elif kind == 0x09 and 1 <= value <= 3:
            self._mode = value - 1
        elif kind in SWITCHES:
            (self._on.add if value else self._on.discard)(SWITCHES[kind])

    def _start(self, now_s: float) -> None:
        if not self._pump.measuring:
            self._pump.start(now_s)
            self._state = MEASURING

    def _stop(self) -> None:
        if self.faults.deaf_stops >= 1:
            self.faults.deaf_stops -= 1
        elif self._pump.measuring:
            self._pump.let_out()
            self._state = STOPPED

    def obey(self, words: list[str], now_s: float) -> str:
        """Carry out what happens at the module itself, or what it is to do next."""
        match words:
            case ["measure"] if not self._pump.measuring:
                self._start(now_s)
                return "measures"
            case ["stop"]:
                self._stop()
                return "lets the air out"
            case ["fail", code] if code.isdigit() and int(code) in RESULTS:
                self._fails_with = int(code)
                return f"the next measurement ends with result {code}"
        raise CommandError(f"'{' '.join(words)}': not known, or not now (CODE: 2 to 8)")


SIM = SerialSim(Pm6750Machine)
