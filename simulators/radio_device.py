"""Any wireless device on the virtual radio, with everything that can go wrong with a radio link."""

from collections.abc import Callable

from simulators.device import Announce
from simulators.faults import CommandError, number, on_off, set_fault, usage_of
from simulators.radio.peripherals.live import LivePeripheral
from simulators.subject import Subject
from simulators.wire import Wire

WEAKEST_DBM, STRONGEST_DBM = -110, 0


class RadioDevice:
    """In the air from the start; it measures at wire time whether anybody is connected or not."""

    def __init__(
        self,
        id: str,
        peripheral: LivePeripheral,
        subject: Subject,
        wire: Wire,
        announce: Announce,
        refuse_pairing: Callable[[bool], None],
    ) -> None:
        self.id = id
        own = (*usage_of(peripheral.faults), *peripheral.usage)
        link = ("silence|advertise|refuse_pairing on|off", "battery PERCENT", "rssi DBM", "drop")
        self.usage: tuple[str, ...] = tuple(f"{id} {words}" for words in (*own, *link))
        self.peripheral = peripheral
        self._subject = subject
        self._wire = wire
        self._announce = announce
        self._refuse_pairing = refuse_pairing
        self._silent = False

    async def run(self) -> None:
        """Measure and tell until the subject's story ends."""
        async for tick in self._wire.ticks(self.peripheral.tick_hz):
            now_s = tick / self.peripheral.tick_hz
            if self._subject.ended(now_s):
                self._announce(f"{self.id}: recording ended, nothing more is sent")
                return
            if not self._silent:
                await self.peripheral.tick(now_s)

    async def obey(self, words: list[str]) -> str:
        """Carry out one command and return the answer."""
        if not await self._obeyed(words) and not set_fault(self.peripheral.faults, words):
            try:
                return f"{self.id}: {await self.peripheral.obey(words, self._wire.now_s())}"
            except CommandError as error:
                raise CommandError(f"{error}; {self.id} knows {'; '.join(self.usage)}") from None
        return f"{self.id}: {' '.join(words)}"

    async def _obeyed(self, words: list[str]) -> bool:
        """Carry out what every radio link knows; False when it is for the device."""
        verb, rest = (words[0], words[1:]) if words else ("", [])
        if verb == "silence":
            self._silent = self.peripheral.silent = on_off(rest)
        elif verb == "advertise":
            await self.peripheral.set_advertising(on_off(rest))
        elif verb == "refuse_pairing":
            self._refuse_pairing(on_off(rest))
        elif verb == "battery":
            await self.peripheral.set_battery(round(number(rest, 0, 100)))
        elif verb == "rssi":
            self.peripheral.rssi_dbm = round(number(rest, WEAKEST_DBM, STRONGEST_DBM))
        elif verb == "drop" and not rest:
            await self.peripheral.drop_link()
        else:
            return False
        return True

    async def close(self) -> None:
        """Nothing: the radio takes its peripherals down."""
