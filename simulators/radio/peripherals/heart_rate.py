"""A chest strap: Heart Rate Service 0x180D, one notification for each `notify`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Unpack

from bumble.gatt import Characteristic

from simulators.radio.peripherals.live import LivePeripheral, RadioSim
from simulators.radio.peripherals.peripheral import Traits, readable, telling

HEART_RATE = 0x180D
MEASUREMENT = 0x2A37
BODY_SENSOR_LOCATION = 0x2A38
CHEST = 1

RATE_IS_U16 = 0x01
CONTACT_DETECTED = 0x02
CONTACT_SUPPORTED = 0x04
RR_PRESENT = 0x10
PAYLOAD = 20
"""What a notification holds at the smallest MTU, which many straps never leave."""


@dataclass(slots=True)
class StrapFaults:
    """What its wearer can do to it."""

    no_contact: bool = False


class HeartRatePeripheral(LivePeripheral):
    """A strap that advertises while nobody is connected, and tells the heart rate once a second."""

    model = "Virtual strap"
    default_name = "Vigil Strap"
    service = HEART_RATE

    def __init__(self, *, name: str, address: str, **traits: Unpack[Traits]) -> None:
        super().__init__(name=name, address=address, **traits)
        self.faults = StrapFaults()

    async def tick(self, now_s: float) -> None:
        """Tell the rate, and every beat of the last second once."""
        subject = self.setting.subject
        rate, contact = subject.heart_rate(now_s), not self.faults.no_contact
        if not contact or rate is None:
            await self.notify(None, contact=contact)
            return
        intervals = [beat.length_s * 1000.0 for beat in subject.beats(now_s - 1.0, now_s)]
        await self.notify(int(rate + 0.5), contact=True, rr_ms=intervals)

    async def notify(self, bpm: int | None, contact: bool = True, rr_ms: Sequence[float] = ()) -> None:
        """Tell the subscriber, if there is one, a heart rate (None: still searching) and RR intervals."""
        for frame in measurement(bpm, contact, rr_ms):
            await self._notify(self._measurement, frame)

    def _characteristics(self) -> list[Characteristic]:
        self._measurement = telling(MEASUREMENT, Characteristic.Properties.NOTIFY)
        return [self._measurement, readable(BODY_SENSOR_LOCATION, lambda: bytes([CHEST]))]


def measurement(bpm: int | None, contact: bool = True, rr_ms: Sequence[float] = ()) -> Iterator[bytes]:
    """Yield the frames of 0x2A37 for one second: more than one when the intervals do not fit."""
    rate = 0 if bpm is None else bpm
    if not 0 <= rate <= 0xFFFF:
        raise ValueError(f"{rate} beats a minute do not fit 16 bits")
    flags = CONTACT_SUPPORTED | (CONTACT_DETECTED if contact else 0)
    wide = rate > 0xFF
    head = rate.to_bytes(2 if wide else 1, "little")
    if wide:
        flags |= RATE_IS_U16
    intervals = [min(round(interval * 1.024), 0xFFFF) for interval in rr_ms]
    room = (PAYLOAD - 1 - len(head)) // 2
    if not intervals:
        yield bytes([flags]) + head
    for start in range(0, len(intervals), room):
        part = b"".join(interval.to_bytes(2, "little") for interval in intervals[start : start + room])
        yield bytes([flags | RR_PRESENT]) + head + part


SIM = RadioSim(HeartRatePeripheral.worn)
