"""A wireless device that somebody wears: it tells what it measures, as time goes on."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, Unpack

from simulators.faults import CommandError
from simulators.machine import Setting
from simulators.radio.peripherals.peripheral import Peripheral, Traits


@dataclass(slots=True)
class NoFaults:
    """Nothing can go wrong with it but what can with every device."""


class LivePeripheral(Peripheral):
    """A peripheral with a wearer, faults and commands; its runner calls `tick`."""

    default_name = "Vigil device"
    tick_hz = 1.0
    usage: tuple[str, ...] = ()
    """Further commands that `obey` knows."""
    faults: Any = NoFaults()
    """A dataclass of bools and floats, one a device; each field is a control word that the runner sets."""
    setting: Setting

    @classmethod
    def worn(cls, setting: Setting, **traits: Unpack[Traits]) -> Self:
        """Return the device on its wearer, with the setting's name and address."""
        device = cls(name=setting.name or cls.default_name, address=setting.address, **traits)
        device.wear(setting)
        return device

    def wear(self, setting: Setting) -> None:
        """Put it on."""
        self.setting = setting

    @abstractmethod
    async def tick(self, now_s: float) -> None:
        """Measure and tell what is due at wire second `now_s`; called `tick_hz` times a second."""

    async def obey(self, words: list[str], now_s: float) -> str:
        """Carry out a further command and return the answer; CommandError when it makes no sense."""
        del now_s
        raise CommandError(f"'{' '.join(words)}': not known")


@dataclass(frozen=True, slots=True)
class RadioSim:
    """How a wireless model is simulated."""

    make: Callable[[Setting], LivePeripheral]
