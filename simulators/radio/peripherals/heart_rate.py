"""A chest strap: Heart Rate Service 0x180D, one notification for each `notify`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Unpack

from bumble.gatt import Characteristic

from simulators.faults import CommandError
from simulators.radio.peripherals.live import LivePeripheral, RadioSim
from simulators.radio.peripherals.peripheral import Traits, readable, telling

HEART_RATE = 0x180D
MEASUREMENT = 0x2A37
BODY_SENSOR_LOCATION = 0x2A38
LOCATIONS = ("other", "chest", "wrist", "finger", "hand", "ear", "foot")
CHEST = 1

RATE_IS_U16 = 0x01
CONTACT_DETECTED = 0x02
CONTACT_SUPPORTED = 0x04
HAS_ENERGY = 0x08
RR_PRESENT = 0x10
LARGEST = 0xFFFF
PAYLOAD = 20
"""What a notification holds at the smallest MTU, which many straps never leave."""
ENERGY_EVERY = 10  # frames


@dataclass(slots=True)
class StrapFaults:
    """What its wearer can do to it, and what some straps do not tell."""

    no_contact: bool = False
    contact_unknown: bool = False  # a strap without this feature
    searching: bool = False  # a rate of 0
    no_rr: bool = False
    wide: bool = False  # 16 bits for a rate that needs 8
    energy: bool = False  # in every tenth frame


@dataclass(frozen=True, slots=True)
class Beat:
    """What one second has to tell; no rate means that the strap still searches."""

    bpm: int | None
    contact: bool | None = True  # None: the strap cannot tell
    rr_ms: Sequence[float] = ()
    energy_kj: int | None = None
    wide: bool = False


class HeartRatePeripheral(LivePeripheral):
    """A strap that advertises while nobody is connected, and tells the heart rate once a second."""

    model = "Virtual strap"
    default_name = "Vigil Strap"
    service: int | str = HEART_RATE
    usage = ("location PLACE",)

    def __init__(self, *, name: str, address: str, **traits: Unpack[Traits]) -> None:
        super().__init__(name=name, address=address, **traits)
        self.faults = StrapFaults()
        self._location = CHEST
        self._told = 0  # frames
        self._energy_kj = 0

    async def tick(self, now_s: float) -> None:
        """Tell the rate, and every beat of the last second once."""
        await self.tell(self.beat(now_s))

    def beat(self, now_s: float) -> Beat:
        """Return what there is to tell of the second that ends now."""
        subject, faults = self.setting.subject, self.faults
        rate, contact = subject.heart_rate(now_s), self._contact()
        if contact is False or rate is None or faults.searching:
            return Beat(None, contact, wide=faults.wide)
        beats = () if faults.no_rr else subject.beats(now_s - 1.0, now_s)
        return Beat(
            int(rate + 0.5),
            contact,
            [beat.length_s * 1000.0 for beat in beats],
            self._energy(),
            faults.wide,
        )

    async def notify(self, bpm: int | None, contact: bool = True, rr_ms: Sequence[float] = ()) -> None:
        """Tell the subscriber, if there is one, a heart rate (None: still searching) and RR intervals."""
        await self.tell(Beat(bpm, contact, rr_ms))

    async def tell(self, beat: Beat) -> None:
        """Tell the subscriber, if there is one."""
        for frame in frames(beat):
            await self._notify(self._measurement, frame)

    async def obey(self, words: list[str], now_s: float) -> str:
        """Carry out one command and return the answer."""
        if len(words) == 2 and words[0] == "location":
            if words[1] not in LOCATIONS:
                raise CommandError(f"{words[1]}: say one of {', '.join(LOCATIONS)}")
            self._location = LOCATIONS.index(words[1])
            return " ".join(words)
        return await super().obey(words, now_s)

    def _contact(self) -> bool | None:
        return None if self.faults.contact_unknown else not self.faults.no_contact

    def _energy(self) -> int | None:
        """Return the energy since the start in every tenth frame: a kilojoule for each."""
        self._told += 1
        if not self.faults.energy or self._told % ENERGY_EVERY:
            return None
        self._energy_kj = min(self._energy_kj + 1, LARGEST)
        return self._energy_kj

    def _characteristics(self) -> list[Characteristic]:
        self._measurement = telling(MEASUREMENT, Characteristic.Properties.NOTIFY)
        return [self._measurement, readable(BODY_SENSOR_LOCATION, lambda: bytes([self._location]))]


def measurement(bpm: int | None, contact: bool = True, rr_ms: Sequence[float] = ()) -> Iterator[bytes]:
    """Yield the frames of 0x2A37 for one second of a strap that tells contact."""
    return frames(Beat(bpm, contact, rr_ms))


def frames(beat: Beat) -> Iterator[bytes]:
    """Yield the frames of 0x2A37 for one second: more than one when the intervals do not fit."""
    rate = 0 if beat.bpm is None else beat.bpm
    if not 0 <= rate <= LARGEST:
        raise ValueError(f"{rate} beats a minute do not fit 16 bits")
    flags = 0
    if beat.contact is not None:
        flags |= CONTACT_SUPPORTED | (CONTACT_DETECTED if beat.contact else 0)
    wide = beat.wide or rate > 0xFF
    head = rate.to_bytes(2 if wide else 1, "little")
    if wide:
        flags |= RATE_IS_U16
    if beat.energy_kj is not None:
        flags |= HAS_ENERGY
        head += beat.energy_kj.to_bytes(2, "little")
    intervals = [min(round(interval * 1.024), LARGEST) for interval in beat.rr_ms]
    room = (PAYLOAD - 1 - len(head)) // 2
    if not intervals:
        yield bytes([flags]) + head
    for start in range(0, len(intervals), room):
        part = b"".join(interval.to_bytes(2, "little") for interval in intervals[start : start + room])
        yield bytes([flags | RR_PRESENT]) + head + part


SIM = RadioSim(HeartRatePeripheral.worn)
