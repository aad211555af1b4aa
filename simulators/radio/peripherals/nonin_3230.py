"""A Nonin 3230 finger oximeter: continuous oximetry once a second, off when the finger is gone."""

from dataclasses import dataclass
from enum import IntFlag
from typing import Unpack

from bumble.gatt import Characteristic

from simulators.radio.peripherals.live import LivePeripheral, RadioSim
from simulators.radio.peripherals.peripheral import Traits, telling

NO_SPO2, NO_PULSE = 127, 511
FULL_DECIVOLT, LOW_DECIVOLT = 30, 22
WEAK_HUNDREDTHS = 25
OFF_AFTER_S = 10.0


class Status(IntFlag):
    """The status byte; bits 0 and 7 are reserved."""

    WEAK_SIGNAL = 0x02
    SMARTPOINT = 0x04
    SEARCHING = 0x08
    ON_FINGER = 0x10
    LOW_BATTERY = 0x20
    ENCRYPTED = 0x40


def continuous(
    status: int,
    decivolt: int,
    amplitude_hundredths: int,
    counter: int,
    spo2: int | None,
    pulse: int | None,
) -> bytes:
    """Return the 10 bytes, high bytes first; None where there is no number."""
    head = bytes([10, status, decivolt]) + amplitude_hundredths.to_bytes(2, "big")
    head += (counter & 0xFFFF).to_bytes(2, "big") + bytes([NO_SPO2 if spo2 is None else spo2])
    return head + (NO_PULSE if pulse is None else pulse).to_bytes(2, "big")


@dataclass(slots=True)
class Nonin3230Faults:
    """What its wearer and its battery can do to it."""

    finger_out: bool = False
    searching: bool = False
    low_battery: bool = False
    weak_signal: bool = False
    no_numbers: bool = False  # on the finger, and neither number found


class Nonin3230(LivePeripheral):
    """Tells once a second; ten seconds without a finger and it is off until the finger is back."""

    model = "Virtual 3230"
    default_name = "Nonin3230_0001"
    service = "46a970e0-0d5f-11e2-8b5e-0002a5d5c51b"
    notify_uuid = "0aad7ea0-0d60-11e2-8e3c-0002a5d5c51b"

    def __init__(self, *, name: str, address: str, **traits: Unpack[Traits]) -> None:
        super().__init__(name=name, address=address, **traits)
        self.faults = Nonin3230Faults()
        self._finger_s = 0.0  # when it was last there
        self._off = False

    async def tick(self, now_s: float) -> None:
        """Tell this second's numbers, or switch off, or on again."""
        if not self.faults.finger_out:
            self._finger_s = now_s
        off = now_s - self._finger_s >= OFF_AFTER_S
        if off is not self._off:
            self._off = off
            await self.set_advertising(not off)
            if off:
                await self._hang_up()
        if not off:
            await self._notify(self._told, self.value(now_s))

    def value(self, now_s: float) -> bytes:
        """Return the notification of this second."""
        reading = self.setting.subject.oximetry(now_s)
        faults = self.faults
        found = not (faults.finger_out or faults.searching or faults.no_numbers)
        spo2 = reading.spo2_pct if found else None
        pulse = reading.pulse_bpm if found else None
        amplitude = WEAK_HUNDREDTHS if faults.weak_signal else round((reading.perfusion_pct or 0.0) * 100)
        return continuous(
            self._status(spo2 is not None and pulse is not None, searches=reading.spo2_pct is None),
            LOW_DECIVOLT if faults.low_battery else FULL_DECIVOLT,
            0 if faults.finger_out else amplitude,
            round(now_s),
            None if spo2 is None else round(spo2),
            None if pulse is None else round(pulse),
        )

    def _status(self, good: bool, searches: bool) -> Status:
        faults = self.faults
        status = Status(0) if faults.finger_out else Status.ON_FINGER
        if (faults.searching or searches) and not faults.finger_out:
            status |= Status.SEARCHING
        if faults.weak_signal:
            status |= Status.WEAK_SIGNAL
        elif good:
            status |= Status.SMARTPOINT
        return status | (Status.LOW_BATTERY if faults.low_battery else Status(0))

    def _characteristics(self) -> list[Characteristic]:
        self._told = telling(self.notify_uuid, Characteristic.Properties.NOTIFY)
        return [self._told]


SIM = RadioSim(Nonin3230.worn)
