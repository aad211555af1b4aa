"""An oximeter: Pulse Oximeter Service 0x1822, continuous and spot-checks, with a memory."""

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Unpack

from bumble import att
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, Service

from simulators.faults import CommandError, number, on_off
from simulators.machine import Setting
from simulators.radio.peripherals.live import LivePeripheral, RadioSim
from simulators.radio.peripherals.numbers import date_time, sfloat
from simulators.radio.peripherals.own_clock import (
    CURRENT_TIME,
    CURRENT_TIME_SERVICE,
    ClockFaults,
    OwnClock,
)
from simulators.radio.peripherals.peripheral import Traits, readable, telling, writable

PULSE_OXIMETER = 0x1822
SPOT_CHECK = 0x2A5E
CONTINUOUS = 0x2A5F
FEATURES = 0x2A60
RECORD_ACCESS = 0x2A52
FEATURE_BITS = 0x0043 | 0x000C  # both status fields, amplitude; memory and time stamps

FAST, SLOW, STATUS, SENSOR, AMPLITUDE = 0x01, 0x02, 0x04, 0x08, 0x10
SPOT_TIME, SPOT_STATUS, SPOT_SENSOR, SPOT_AMPLITUDE, SPOT_CLOCK_UNSET = 0x01, 0x02, 0x04, 0x08, 0x10
ONGOING, VALIDATED, FROM_STORAGE = 1 << 5, 1 << 7, 1 << 9
LOW_PERFUSION, ANALYSING, UNCONNECTED = 1 << 5, 1 << 9, 1 << 11
STATUS_BITS, SENSOR_BITS = 16, 24
MEMORY = 50  # records

REPORT, DELETE, ABORT, COUNT = 0x01, 0x02, 0x03, 0x04
ALL_RECORDS = 0x01
COUNTED, ANSWERED = 0x05, 0x06
SUCCESS, NOT_SUPPORTED, NO_OPERATOR, NO_RECORDS = 1, 2, 4, 6
NOT_CONFIGURED, IN_PROGRESS = 0xFD, 0xFE  # ATT errors


@dataclass(slots=True)
class OximeterFaults(ClockFaults):
    """What its wearer can do to it, and how it tells."""

    sensor_off: bool = False
    searching: bool = False
    low_perfusion: bool = False
    tenths: bool = False  # values with one decimal
    bare: bool = False  # nothing but the two numbers
    averages: bool = False  # the fast and the slow pair too


@dataclass(frozen=True, slots=True)
class Measured:
    """One measurement; None is "not a number"."""

    spo2: float | None
    pulse: float | None
    amplitude: float | None = None
    status: int = VALIDATED
    sensor: int = 0
    when: datetime | None = None


class PulseOximeterPeripheral(LivePeripheral):
    """Tells its numbers once a second, its spot-checks when they end, and its records when asked."""

    model = "Virtual oximeter"
    default_name = "Vigil Oximeter"
    service = PULSE_OXIMETER
    usage = ("status BIT on|off", "sensor BIT on|off", "spot_check [SPO2/PULSE]", "memory COUNT")

    def __init__(self, *, name: str, address: str, **traits: Unpack[Traits]) -> None:
        super().__init__(name=name, address=address, **traits)
        self.faults = OximeterFaults()
        self.records: deque[Measured] = deque(maxlen=MEMORY)
        self.requests: list[bytes] = []  # all that were written to the record access point
        self._clock = OwnClock(datetime.now, self.faults)
        self._held_status = self._held_sensor = 0
        self._answers_wanted = self._reporting = False

    def wear(self, setting: Setting) -> None:
        """Put it on."""
        super().wear(setting)
        self._clock = OwnClock(setting.local_time, self.faults)

    async def tick(self, now_s: float) -> None:
        """Tell the numbers of this second."""
        await self._notify(self._continuous, self.frame(now_s))

    def measured(self, now_s: float) -> Measured:
        """Return what it measures now, with the flags that are held."""
        seen = self.setting.subject.oximetry(now_s)
        faults = self.faults
        sensor = self._held_sensor
        sensor |= UNCONNECTED if faults.sensor_off else 0
        sensor |= ANALYSING if faults.searching else 0
        sensor |= LOW_PERFUSION if faults.low_perfusion else 0
        status = VALIDATED | self._held_status
        if faults.sensor_off or faults.searching:
            return Measured(None, None, None, status, sensor)
        amplitude = 0.3 if faults.low_perfusion else seen.perfusion_pct
        return Measured(seen.spo2_pct, seen.pulse_bpm, amplitude, status, sensor)

    def frame(self, now_s: float) -> bytes:
        """Return the continuous frame of this second."""
        faults = self.faults
        return continuous(
            self.measured(now_s), tenths=faults.tenths, bare=faults.bare, averages=faults.averages
        )

    async def obey(self, words: list[str], now_s: float) -> str:
        """Carry out one command and return the answer."""
        match words:
            case ["status", bit, *rest]:
                self._held_status = _held(self._held_status, bit, STATUS_BITS, rest)
            case ["sensor", bit, *rest]:
                self._held_sensor = _held(self._held_sensor, bit, SENSOR_BITS, rest)
            case ["spot_check"]:
                await self._keep(self.measured(now_s))
            case ["spot_check", values]:
                await self._keep(_read_values(values))
            case ["memory", *rest]:
                self._remember(int(number(rest, 1, MEMORY)), now_s)
            case _:
                return await super().obey(words, now_s)
        return " ".join(words)

    async def _keep(self, measured: Measured) -> None:
        """Keep a spot-check that has just ended, and tell it to a subscriber."""
        measured = replace(measured, when=self._clock.now())
        self.records.append(measured)
        if self._device is not None and self._connection is not None:
            await self._device.indicate_subscriber(self._connection, self._spot_check, self._spot(measured))

    def _remember(self, count: int, now_s: float) -> None:
        """Fill the memory with spot-checks of the last `count` hours, oldest first."""
        measured, now = self.measured(now_s), self._clock.now()
        for hours in range(count, 0, -1):
            when = None if now is None else now - timedelta(hours=hours)
            self.records.append(replace(measured, when=when))

    def _spot(self, measured: Measured, *, stored: bool = False) -> bytes:
        if stored:
            measured = replace(measured, status=measured.status | FROM_STORAGE)
        return spot_check(measured, clock_unset=self.faults.clock_unset)

    def _characteristics(self) -> list[Characteristic]:
        properties = Characteristic.Properties
        self._continuous = telling(CONTINUOUS, properties.NOTIFY)
        self._spot_check = telling(SPOT_CHECK, properties.INDICATE)
        self._access = writable(RECORD_ACCESS, self._take_request, telling=properties.INDICATE)
        self._access.on(Characteristic.EVENT_SUBSCRIPTION, self._on_access)
        return [self._continuous, self._spot_check, readable(FEATURES, features), self._access]

    def _services(self, device: Device) -> list[Service]:
        clock = writable(CURRENT_TIME, self._take_time, read=self._clock_now)
        return [*super()._services(device), self._locked(device, CURRENT_TIME_SERVICE, [clock])]

    def _clock_now(self) -> bytes:
        return self._clock.current_time()

    def _take_time(self, value: bytes) -> None:
        self._clock.take(value)

    def _met(self, connection: Connection) -> None:
        self._answers_wanted = self._reporting = False

    def _on_access(self, bearer: object, notify: bool, indicate: bool) -> None:
        self._answers_wanted = indicate

    def _take_request(self, request: bytes) -> None:
        self.requests.append(request)
        if not self._answers_wanted:
            raise att.ATT_Error(NOT_CONFIGURED)
        if self._reporting:
            raise att.ATT_Error(IN_PROGRESS)
        self._reporting = True
        self._spawn(self._answer(request))

    async def _answer(self, request: bytes) -> None:
        try:
            opcode, operator = (*request[:2], 0, 0)[:2]
            answer = bytes((ANSWERED, 0, opcode, NOT_SUPPORTED))
            if opcode in (REPORT, COUNT) and operator != ALL_RECORDS:
                answer = bytes((ANSWERED, 0, opcode, NO_OPERATOR))
            elif opcode == COUNT:
                answer = bytes((COUNTED, 0)) + len(self.records).to_bytes(2, "little")
            elif opcode == REPORT:
                answer = bytes((ANSWERED, 0, REPORT, await self._report()))
            elif opcode == DELETE:
                self.records.clear()
                answer = bytes((ANSWERED, 0, DELETE, SUCCESS))
            await self._indicate(self._access, answer)
        finally:
            self._reporting = False

    async def _report(self) -> int:
        """Tell every record; return the code of how that went."""
        for record in list(self.records):
            await self._indicate(self._spot_check, self._spot(record, stored=True))
        return SUCCESS if self.records else NO_RECORDS

    async def _indicate(self, characteristic: Characteristic, value: bytes) -> None:
        if self._device is not None and self._connection is not None:
            await self._device.indicate_subscriber(self._connection, characteristic, value)


def continuous(
    measured: Measured, *, tenths: bool = False, bare: bool = False, averages: bool = False
) -> bytes:
    """Return the frame of 0x2A5F."""
    pair = _pair(measured, tenths)
    if bare:
        return bytes(1) + pair
    flags, body = STATUS | SENSOR, pair
    if averages:
        flags |= FAST | SLOW
        body += pair + pair
    body += measured.status.to_bytes(2, "little") + measured.sensor.to_bytes(3, "little")
    if measured.amplitude is not None:
        flags |= AMPLITUDE
        body += sfloat(measured.amplitude, 1)
    return bytes([flags]) + body


def spot_check(measured: Measured, *, clock_unset: bool = False) -> bytes:
    """Return the frame of 0x2A5E; a clock that was never set counts from 2017, as a real device does."""
    when = datetime(2017, 1, 1) if clock_unset and measured.when is None else measured.when
    flags, body = SPOT_STATUS | SPOT_SENSOR, _pair(measured, False)
    if when is not None:
        flags |= SPOT_TIME
        body += date_time(when)
    body += measured.status.to_bytes(2, "little") + measured.sensor.to_bytes(3, "little")
    if measured.amplitude is not None:
        flags |= SPOT_AMPLITUDE
        body += sfloat(measured.amplitude, 1)
    if clock_unset:
        flags |= SPOT_CLOCK_UNSET
    return bytes([flags]) + body


def features() -> bytes:
    """Return the value of 0x2A60: every status bit may come, 16 to 23 of the sensor's are reserved."""
    return FEATURE_BITS.to_bytes(2, "little") + b"\xe0\xff" + b"\xff\xff\x00"


def _pair(measured: Measured, tenths: bool) -> bytes:
    decimals = 1 if tenths else 0
    return sfloat(measured.spo2, decimals) + sfloat(measured.pulse, decimals)


def _held(word: int, bit: str, bits: int, rest: list[str]) -> int:
    mask = 1 << int(number([bit], 0, bits - 1))
    return word | mask if on_off(rest) else word & ~mask


def _read_values(words: str) -> Measured:
    try:
        spo2, pulse = map(int, words.split("/"))
    except ValueError:
        raise CommandError(f"'{words}': say SPO2/PULSE, as in 91/104") from None
    if not (0 <= spo2 <= 100 and 0 <= pulse <= 350):
        raise CommandError(f"'{words}': SpO2 is at most 100, a pulse at most 350")
    return Measured(spo2, pulse, 3.5)


SIM = RadioSim(PulseOximeterPeripheral.worn)
