"""A chest strap on the virtual radio: one heart-rate notification a second, with RR intervals."""

from collections.abc import Sequence
from typing import Protocol

from simulators.device import Announce
from simulators.faults import CommandError, on_off
from simulators.subject import Subject
from simulators.wire import Wire


class StrapPeripheral(Protocol):
    """What the virtual radio offers for a strap."""

    async def notify(self, bpm: int | None, contact: bool = True, rr_ms: Sequence[float] = ()) -> object:
        """Tell whoever has subscribed."""
        ...

    async def drop_link(self) -> object:
        """Lose the connection."""
        ...

    async def set_advertising(self, on: bool) -> object:
        """Be visible, or not."""
        ...


class Strap:
    """Tells the heart rate once a wire second; who is not connected does not hear it."""

    def __init__(
        self, id: str, peripheral: StrapPeripheral, subject: Subject, wire: Wire, announce: Announce
    ) -> None:
        self.id = id
        self.usage: tuple[str, ...] = (f"{id} contact|silence|advertise on|off", f"{id} drop")
        self._peripheral = peripheral
        self._subject = subject
        self._wire = wire
        self._announce = announce
        self._contact = True
        self._silent = False

    async def run(self) -> None:
        """Notify once a second until the subject's story ends."""
        async for second in self._wire.ticks(1.0):
            if self._subject.ended(second):
                self._announce(f"{self.id}: recording ended, nothing more is sent")
                return
            if not self._silent:
                await self._tell(float(second))

    async def _tell(self, t_s: float) -> None:
        rate = self._subject.heart_rate(t_s)
        if not self._contact or rate is None:
            await self._peripheral.notify(None, contact=self._contact)
            return
        intervals = [beat.length_s * 1000.0 for beat in self._subject.beats(t_s - 1.0, t_s)]
        await self._peripheral.notify(int(rate + 0.5), contact=True, rr_ms=intervals)

    async def obey(self, words: list[str]) -> str:
        """Carry out one command and return the answer."""
        verb, rest = (words[0], words[1:]) if words else ("", [])
        if verb == "contact":
            self._contact = on_off(rest)
        elif verb == "silence":
            self._silent = on_off(rest)
        elif verb == "advertise":
            await self._peripheral.set_advertising(on_off(rest))
        elif verb == "drop" and not rest:
            await self._peripheral.drop_link()
        else:
            raise CommandError(f"'{' '.join(words)}': {self.id} knows {'; '.join(self.usage)}")
        return f"{self.id}: {' '.join(words)}"

    async def close(self) -> None:
        """Nothing: the radio takes its peripherals down."""
