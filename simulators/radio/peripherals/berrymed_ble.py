"""A BerryMed oximeter: 100 frames of five bytes a second, four in a notification."""

from dataclasses import dataclass
from typing import Unpack

from bumble.gatt import Characteristic

from simulators.bci import FiveByteOximeter, State
from simulators.machine import Setting
from simulators.radio.peripherals.live import LivePeripheral, RadioSim
from simulators.radio.peripherals.peripheral import Traits, telling, writable

PROBE_UNPLUGGED, NO_SIGNAL = 0x20, 0x10  # of byte 1
SEARCHING, NO_FINGER = 0x20, 0x10  # of byte 3
NO_NUMBERS = (255, 127)
IN_ONE = 20
"""Bytes of a notification: four frames."""
SPLIT = 7


@dataclass(slots=True)
class BerryFaults:
    """What its wearer can do to it."""

    sensor_off: bool = False
    sensor_fault: bool = False  # probe unplugged
    no_signal: bool = False
    searching: bool = False
    missing: bool = False  # the codes of no number, without a bit that says why
    split: bool = False  # notifications of 7 bytes: they cut frames


class BerryFinger(FiveByteOximeter):
    """The frames."""

    rate_hz = 100.0
    pleth_range = (1, 100)
    no_pleth = 0

    def __init__(self, setting: Setting, faults: BerryFaults) -> None:
        super().__init__(setting.subject)
        self._faults = faults

    def state(self) -> State:
        """Return the bits that say what is wrong."""
        faults = self._faults
        if faults.sensor_fault:
            return State(head=PROBE_UNPLUGGED | NO_SIGNAL, codes=NO_NUMBERS)
        if faults.sensor_off:
            return State(head=NO_SIGNAL, bits=NO_FINGER, codes=NO_NUMBERS)
        if faults.no_signal:
            return State(head=NO_SIGNAL, codes=NO_NUMBERS)
        if faults.searching:
            return State(bits=SEARCHING, codes=NO_NUMBERS)
        return State(codes=NO_NUMBERS) if faults.missing else State()


class BerryPeripheral(LivePeripheral):
    """Tells as soon as somebody subscribes; takes what is written to it and does nothing about it."""

    model = "Virtual BM1000"
    default_name = "BerryMed"
    service = "49535343-fe7d-4ae5-8fa9-9fafd205e455"
    notify_uuid = "49535343-1e4d-4bd9-ba61-23c647249616"
    write_uuid = "49535343-8841-43f4-a8d4-ecbe34729bb3"
    tick_hz = 25.0

    def __init__(self, *, name: str, address: str, **traits: Unpack[Traits]) -> None:
        super().__init__(name=name, address=address, **traits)
        self.faults = BerryFaults()

    def wear(self, setting: Setting) -> None:
        """Put it on."""
        super().wear(setting)
        self._finger = BerryFinger(setting, self.faults)

    async def tick(self, now_s: float) -> None:
        """Tell the frames since the last tick."""
        for value in self.values(now_s):
            await self._notify(self._told, value)

    def values(self, now_s: float) -> list[bytes]:
        """Return the notifications that are due."""
        stream = b"".join(self._finger.due(now_s))
        size = SPLIT if self.faults.split else IN_ONE
        return [stream[at : at + size] for at in range(0, len(stream), size)]

    def _characteristics(self) -> list[Characteristic]:
        self._told = telling(self.notify_uuid, Characteristic.Properties.NOTIFY)
        return [self._told, writable(self.write_uuid, _ignore, response=False)]


def _ignore(data: bytes) -> None:
    del data


SIM = RadioSim(BerryPeripheral.worn)
