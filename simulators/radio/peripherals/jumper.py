"""A Jumper JPD-500F finger oximeter: it tells by itself, nothing is written to it."""

from dataclasses import dataclass
from typing import Unpack

from bumble.gatt import Characteristic

from simulators.radio.peripherals.live import LivePeripheral, RadioSim
from simulators.radio.peripherals.peripheral import Traits, telling
from simulators.subject import Oximetry

NUMBERS = 0x81
NO_PULSE, NO_SPO2 = 255, 127
IDLE = bytes([0x2D]) * 8
WEAK_TENTHS = 2


def numbers(pulse: int, spo2: int, perfusion_tenths: int) -> bytes:
    """Return the frame of four bytes."""
    return bytes([NUMBERS, pulse, spo2, perfusion_tenths])


@dataclass(slots=True)
class JumperFaults:
    """What its wearer can do to it."""

    finger_out: bool = False
    idle: bool = False  # runs of 2D in place of numbers
    searching: bool = False
    weak_signal: bool = False
    implausible: bool = False  # numbers that no patient has


class JumperPeripheral(LivePeripheral):
    """Tells the numbers once a second, and values that its document does not explain between them."""

    model = "Virtual JPD-500F"
    default_name = "My Oximeter"
    service = "cdeacb80-5235-4c07-8846-93a37ee6b86d"
    notify_uuid = "cdeacb81-5235-4c07-8846-93a37ee6b86d"

    def __init__(self, *, name: str, address: str, **traits: Unpack[Traits]) -> None:
        super().__init__(name=name, address=address, **traits)
        self.faults = JumperFaults()

    async def tick(self, now_s: float) -> None:
        """Tell the numbers of this second."""
        for value in self.values(now_s):
            await self._notify(self._told, value)

    def values(self, now_s: float) -> list[bytes]:
        """Return the notifications of one second: a wave (its layout is not documented) and numbers."""
        if self.faults.idle:
            return [IDLE]
        wave = bytes([0x80]) + bytes(round(100 * self._pleth(now_s + n / 10)) for n in range(10))
        return [wave, self._numbers(self.setting.subject.oximetry(now_s))]

    def _pleth(self, t_s: float) -> float:
        return min(1.0, max(0.0, self.setting.subject.pleth(t_s)))

    def _numbers(self, reading: Oximetry) -> bytes:
        if self.faults.implausible:
            return numbers(3, 12, 0)
        nothing = self.faults.finger_out or self.faults.searching
        pulse = None if nothing else reading.pulse_bpm
        spo2 = None if nothing else reading.spo2_pct
        perfusion = 0 if nothing else round((reading.perfusion_pct or 0.0) * 10)
        return numbers(
            NO_PULSE if pulse is None else round(pulse),
            NO_SPO2 if spo2 is None else round(spo2),
            WEAK_TENTHS if self.faults.weak_signal and not nothing else perfusion,
        )

    def _characteristics(self) -> list[Characteristic]:
        self._told = telling(self.notify_uuid, Characteristic.Properties.NOTIFY)
        return [self._told]


SIM = RadioSim(JumperPeripheral.worn)
