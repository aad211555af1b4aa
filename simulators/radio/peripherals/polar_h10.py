"""Polar H10: a strap that does not tell contact, and streams its ECG by PMD on command."""

import random
from dataclasses import dataclass
from typing import Unpack

from bumble.device import Connection, Device
from bumble.gatt import Characteristic, Service

from simulators.machine import Setting
from simulators.radio.peripherals.heart_rate import HeartRatePeripheral, StrapFaults
from simulators.radio.peripherals.live import RadioSim
from simulators.radio.peripherals.peripheral import Traits, telling, writable

PMD = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

FEATURES = bytes((0x0F, 0x05, 0, 0))  # ECG and acceleration
GET_SETTINGS, START, STOP = 1, 2, 3
ANSWER = 0xF0
ECG = 0
ECG_SETTINGS = bytes.fromhex("00 01 82 00 01 01 0E 00")  # 130 Hz, 14 bit
SUCCESS, BAD_COMMAND, BAD_TYPE, BAD_PARAMETER, STREAMING, SMALL_MTU, CHARGING = 0, 1, 2, 5, 6, 10, 13
SMALLEST_MTU = 24
ATT_HEAD, FRAME_HEAD, SAMPLE = 3, 10, 3  # bytes

RATE_HZ = 130
SAMPLES = 73
"""Of a frame; fewer when the MTU is small."""
NS = 1_000_000_000
SWITCHED_ON_NS = 599_616_000 * NS
"""Of its clock, which counts from 2000, when the wire begins."""
TICK_HZ = 10


@dataclass(slots=True)
class H10Faults(StrapFaults):
    """What else can go wrong with an H10."""

    in_charger: bool = False
    refuse: float = 0.0  # the error code of every answer; 0: none
    deaf: bool = False  # does not answer commands
    lose_frames: float = 0.0  # of ECG frames: the rate of those that never arrive
    clock_jump_s: float = 0.0  # added to its time stamps


class PolarH10(HeartRatePeripheral):
    """The strap with its second service."""

    model = "H10"
    default_name = "Polar H10 01234567"
    tick_hz = float(TICK_HZ)

    def __init__(self, *, name: str, address: str, **traits: Unpack[Traits]) -> None:
        super().__init__(name=name, address=address, **traits)
        self.faults = self._h10_faults = H10Faults(contact_unknown=True)
        self.commands: list[bytes] = []  # all that were written to the control point
        self._streaming = False
        self._sent = 0  # samples since the wire began
        self._ticks = 0
        self._chance = random.Random(0)

    def wear(self, setting: Setting) -> None:
        """Put it on."""
        super().wear(setting)
        self._chance = random.Random(f"{setting.seed}/h10")

    async def tick(self, now_s: float) -> None:
        """Tell the rate each second, and the ECG whenever a frame is full."""
        if self._ticks % TICK_HZ == 0:
            await super().tick(now_s)
        self._ticks += 1
        for frame in self.ecg_due(now_s):
            await self._notify(self._data, frame)

    def ecg_due(self, now_s: float) -> list[bytes]:
        """Return the frames that are full by now, but for those that are lost."""
        due = int(now_s * RATE_HZ + 1e-6)
        if not self._streaming:
            self._sent = due
            return []
        frames, count = [], self._room()
        while self._sent + count <= due:
            self._sent += count
            if self._chance.random() >= self._h10_faults.lose_frames:
                frames.append(self._frame(self._sent, count))
        return frames

    def _frame(self, end: int, count: int) -> bytes:
        """Return the frame whose last sample is the one before sample number `end`."""
        subject = self.setting.subject
        flat = self.faults.no_contact
        volts = (0 if flat else round(1000 * subject.ecg_mv(n / RATE_HZ)) for n in range(end - count, end))
        jump_ns = round(self._h10_faults.clock_jump_s * NS)
        return ecg_frame(SWITCHED_ON_NS + jump_ns + (end - 1) * NS // RATE_HZ, list(volts))

    def _room(self) -> int:
        """Return how many samples a frame holds at the connection's MTU."""
        if self._connection is None:
            return SAMPLES
        return min(SAMPLES, (int(self._connection.att_mtu) - ATT_HEAD - FRAME_HEAD) // SAMPLE)

    def _services(self, device: Device) -> list[Service]:
        properties = Characteristic.Properties
        self._control = writable(CONTROL, self._take, read=lambda: FEATURES, telling=properties.INDICATE)
        self._data = telling(DATA, properties.NOTIFY)
        return [*super()._services(device), self._locked(device, PMD, [self._control, self._data])]

    def _met(self, connection: Connection) -> None:
        self._streaming = False

    def _parted(self) -> None:
        self._streaming = False

    def _take(self, command: bytes) -> None:
        self.commands.append(command)
        if not self._h10_faults.deaf:
            self._spawn(self._say(self.answer(command)))

    async def _say(self, answer: bytes) -> None:
        if self._device is not None and self._connection is not None:
            await self._device.indicate_subscriber(self._connection, self._control, answer)

    def answer(self, command: bytes) -> bytes:
        """Do what is asked, if it can be done, and return the answer."""
        op, kind = (*command[:2], 0, 0)[:2]
        error = self._error(op, kind, command[2:])
        if error == SUCCESS and op in (START, STOP):
            self._streaming = op == START
        settings = ECG_SETTINGS if error == SUCCESS and op == GET_SETTINGS else b""
        return bytes((ANSWER, op, kind, error, 0)) + settings

    def _error(self, op: int, kind: int, settings: bytes) -> int:
        faults = self._h10_faults
        small = self._connection is not None and self._connection.att_mtu < SMALLEST_MTU
        refusals = (
            (op not in (GET_SETTINGS, START, STOP), BAD_COMMAND),
            (kind != ECG, BAD_TYPE),
            (bool(faults.refuse), int(faults.refuse)),
            (faults.in_charger and op != STOP, CHARGING),
            (op == START and settings != ECG_SETTINGS, BAD_PARAMETER),
            (op == START and small, SMALL_MTU),
            (op == START and self._streaming, STREAMING),
        )
        return next((code for refused, code in refusals if refused), SUCCESS)


def ecg_frame(last_ns: int, microvolt: list[int]) -> bytes:
    """Return a data frame whose last sample was taken at `last_ns` of the strap's clock."""
    body = b"".join(value.to_bytes(SAMPLE, "little", signed=True) for value in microvolt)
    return bytes([ECG]) + last_ns.to_bytes(8, "little") + bytes(1) + body


SIM = RadioSim(PolarH10.worn)
