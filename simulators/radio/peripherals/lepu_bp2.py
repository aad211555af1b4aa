"""A Lepu BP2 cuff: a person presses its button, it measures, tells the result and shows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Unpack

from simulators.faults import CommandError
from simulators.machine import Setting
from simulators.radio.peripherals.framed import FramedPeripheral, FrameFaults, crc8
from simulators.radio.peripherals.live import RadioSim
from simulators.radio.peripherals.numbers import date_time
from simulators.radio.peripherals.peripheral import Traits
from simulators.subject import Pressure

STATE, CONFIG, REAL_TIME, BATTERY, CUFF_PRESSURE, ABOUT, SET_TIME = 0x00, 0x06, 0x08, 0x30, 0x32, 0xE1, 0xEC
IDLE, MEASURING, RESULT = 3, 4, 5
TRIPLE_INFLATING, TRIPLE_PAUSE, TRIPLE_RESULT = 15, 16, 17
RUNNING, FINISHED, ECG_RUNNING = 0, 1, 2
FULL_MV, EMPTY_MV = 4200, 3000
INFLATE_S, DEFLATE_S = 8.0, 22.0
MEASURE_S = INFLATE_S + DEFLATE_S
PAUSE_S = 20.0
HIGHEST_MMHG = 180.0
TELLS_EVERY_S = 0.5
RESULT_TOLD = 3
SHOWN_S = 30.0
LOW_PERCENT = 10


def frame(command: int, data: bytes = b"", sequence: int = 1) -> bytes:
    """Return a frame from the cuff."""
    head = bytes([0xA5, command, command ^ 0xFF, 1, sequence]) + len(data).to_bytes(2, "little")
    return head + data + bytes([crc8(head + data)])


def running(mmhg: int, battery: int, sequence: int = 1) -> bytes:
    """Return the pressure in the cuff while it measures."""
    return frame(REAL_TIME, bytes([RUNNING, 0, battery]) + mmhg.to_bytes(2, "little"), sequence)


def finished(pressure: Pressure | None, battery: int, sequence: int = 1) -> bytes:
    """Return the result; all 0 when there is none."""
    values = (
        (0, 0, 0, 0)
        if pressure is None
        else (pressure.sys, pressure.dia, pressure.map, pressure.pulse_bpm or 0)
    )
    data = b"".join(round(value).to_bytes(2, "little") for value in values)
    return frame(REAL_TIME, bytes([FINISHED, 0, battery]) + data, sequence)


def state_frame(state: int, sequence: int = 1) -> bytes:
    """Return the answer to 0x00, 40 bytes."""
    return frame(STATE, bytes(39) + bytes([state]), sequence)


def about_frame(serial: str, clock: bytes, sequence: int = 1) -> bytes:
    """Return the answer to 0xE1, 60 bytes: model, clock and serial number at their places."""
    head = bytes.fromhex("420001010100000100") + b"32120011" + bytes.fromhex("05000022860301")
    data = head + clock + bytes.fromhex("020100000000") + bytes([len(serial)]) + serial.encode()
    return frame(ABOUT, data.ljust(60, b"\0"), sequence)


@dataclass(slots=True)
class CuffFaults(FrameFaults):
    """What can go wrong with it and its battery."""

    low_battery: bool = False
    triple: bool = False  # the triple mode: three measurements with pauses, one result
    ecg: bool = False  # tells ECG in place of nothing, and a state that is not documented


class Bp2(FramedPeripheral):
    """Measures on schedule and when told to, one measurement at a time."""

    model = "Virtual BP2"
    default_name = "BP2 0001"
    service = "14839ac4-7d7e-415c-9a42-167340cf2339"
    write_uuid = "8b00ace7-eb0b-49b0-bbe9-9aee0a26e1a3"
    notify_uuid = "0734594a-a8e7-4b1a-a6b1-cd5243059a57"
    manufacturer_data = bytes.fromhex("4EF300")
    usage = ("measure", "fail", "abort", "stored")

    def __init__(self, *, name: str, address: str, **traits: Unpack[Traits]) -> None:
        super().__init__(name=name, address=address, **traits)
        self.faults: CuffFaults = CuffFaults()
        self._schedule: Iterator[float] = iter(())
        self._next_s: float | None = None
        self._begun_s: float | None = None  # a measurement runs since then
        self._told_s = 0.0
        self._fails = False
        self._result: Pressure | None = None
        self._to_tell = 0
        self._shown_until_s = 0.0

    def wear(self, setting: Setting) -> None:
        """Put it on; its schedule begins."""
        super().wear(setting)
        self._schedule = setting.measurements()
        self._next_s = next(self._schedule, None)

    def state(self, now_s: float) -> int:
        """Return the state as byte 39 of the answer to 0x00 has it."""
        if self.faults.ecg:
            return 6
        if self._begun_s is not None:
            if not self.faults.triple:
                return MEASURING
            return TRIPLE_PAUSE if self._measured_s(now_s) is None else TRIPLE_INFLATING
        if now_s < self._shown_until_s:
            return TRIPLE_RESULT if self.faults.triple else RESULT
        return IDLE

    async def obey(self, words: list[str], now_s: float) -> str:
        """Carry out measure, fail, abort or stored."""
        said = " ".join(words)
        if said in ("measure", "fail"):
            if self._begun_s is not None:
                raise CommandError("it measures already")
            self._begin(now_s, fails=said == "fail")
        elif said == "abort":
            self._end(now_s)
        elif said == "stored":
            self._result = self.setting.subject.pressure(now_s)
            self._show(now_s)
        else:
            raise CommandError(f"'{said}': not known")
        return said

    def command(self, request: bytes) -> bytes:
        """Return the command of an A5 frame with a good checksum."""
        good = len(request) >= 8 and request[0] == 0xA5 and crc8(request[:-1]) == request[-1]
        return request[1:2] if good and request[1] ^ request[2] == 0xFF else b""

    def answers(self, request: bytes, now_s: float) -> list[bytes]:
        """Return the one answer; what is not read-only is not answered."""
        command = self.command(request)
        if not command or self.faults.refuse:
            return []
        sequence, state = request[4], self.state(now_s)
        if command[0] == STATE:
            return [state_frame(state, sequence)]
        if command[0] == CONFIG:
            return [frame(CONFIG, bytes([state]) + bytes(8), sequence)]
        if command[0] == BATTERY:
            millivolt = EMPTY_MV + (FULL_MV - EMPTY_MV) * self._battery_pct() // 100
            return [frame(BATTERY, b"\xce\x0a" + millivolt.to_bytes(2, "little"), sequence)]
        if command[0] == ABOUT:
            clock = date_time(self.setting.local_time())
            return [about_frame("2523C00812", clock, sequence)]
        return [frame(SET_TIME, sequence=sequence)] if command[0] == SET_TIME else []

    def due(self, now_s: float) -> list[bytes]:
        """Return the pressure in the cuff while it measures, then the result."""
        if self._next_s is not None and now_s >= self._next_s:
            self._next_s = next((due for due in self._schedule if due > now_s), None)
            if self._begun_s is None:
                self._begin(now_s, fails=False)
        length_s = 3 * MEASURE_S + 2 * PAUSE_S if self.faults.triple else MEASURE_S
        if self._begun_s is not None and now_s - self._begun_s >= length_s:
            self._finish(now_s)
        if now_s - self._told_s < TELLS_EVERY_S:
            return []
        return self._tellable(now_s)

    def _tellable(self, now_s: float) -> list[bytes]:
        self._told_s = now_s
        if self.faults.ecg:
            return [frame(REAL_TIME, bytes([ECG_RUNNING, 0, self._battery_pct()]) + bytes(100))]
        if self._begun_s is not None:
            since_s = self._measured_s(now_s)
            self.setting.subject.cuff(now_s, since_s is not None)
            return [] if since_s is None else [running(round(cuff_mmhg(since_s)), self._battery_pct())]
        if self._to_tell:
            self._to_tell -= 1
            return [finished(self._result, self._battery_pct())]
        return []

    def _measured_s(self, now_s: float) -> float | None:
        """Return the seconds since the cuff began to fill; None in a pause of the triple mode."""
        if self._begun_s is None:
            return None
        since_s = now_s - self._begun_s
        if self.faults.triple:
            since_s %= MEASURE_S + PAUSE_S
        return since_s if since_s < MEASURE_S else None

    def _begin(self, now_s: float, *, fails: bool) -> None:
        self._begun_s, self._fails, self._to_tell = now_s, fails, 0
        self.setting.subject.cuff(now_s, True)

    def _end(self, now_s: float) -> None:
        if self._begun_s is not None:
            self._begun_s = None
            self.setting.subject.cuff(now_s, False)

    def _finish(self, now_s: float) -> None:
        self._end(now_s)
        self._result = None if self._fails else self.setting.subject.pressure(now_s)
        self._show(now_s)

    def _show(self, now_s: float) -> None:
        self._to_tell = RESULT_TOLD
        self._shown_until_s = now_s + SHOWN_S

    def _battery_pct(self) -> int:
        return LOW_PERCENT if self.faults.low_battery else self.battery_percent


def cuff_mmhg(since_s: float) -> float:
    """Return the pressure in the cuff, seconds after the measurement began."""
    if since_s < INFLATE_S:
        return HIGHEST_MMHG * since_s / INFLATE_S
    return max(0.0, HIGHEST_MMHG * (1 - (since_s - INFLATE_S) / DEFLATE_S))


SIM = RadioSim(Bp2.worn)
