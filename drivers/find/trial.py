"""A device's trial: the real supervisor for some seconds, and what it read."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.model import DeviceConfig
from drivers.supervisor import supervise
from monitor.core.clock import Clock
from monitor.core.types import (
    DeviceInfo,
    DeviceLink,
    DeviceStatus,
    LinkState,
    Nibp,
    Numeric,
    Reading,
    Waveform,
)

LOOK_EVERY_S = 0.1


@dataclass(slots=True)
class Trial:
    """What a device gave."""

    state: LinkState | None = None
    detail: str = ""
    readings: dict[str, int] = field(default_factory=dict)  # channel -> how many
    values: dict[str, float | str] = field(
        default_factory=dict
    )  # channel -> the newest, or why there is none
    flags: set[str] = field(default_factory=set)
    info: dict[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """True when the device spoke as its model does.

        A cuff that takes orders has nothing to tell while it is empty; another may have hung up since.
        """
        return self.state is LinkState.CONNECTED or (
            bool(self.readings) and self.state is not LinkState.WRONG_MODEL
        )

    def take(self, reading: Reading) -> None:
        """Take one reading into account."""
        if isinstance(reading, DeviceLink):
            self.state, self.detail = reading.state, reading.detail
        elif isinstance(reading, Numeric):
            self._count(reading.channel, reading.value, str(reading.reason or ""))
        elif isinstance(reading, Nibp):
            for channel, value in (("nibp_sys", reading.sys), ("nibp_dia", reading.dia)):
                self._count(channel, value, reading.error or "measurement failed")
        elif isinstance(reading, Waveform):
            self.readings[reading.channel] = self.readings.get(reading.channel, 0) + len(reading.samples)
        elif isinstance(reading, DeviceStatus):
            (self.flags.add if reading.active else self.flags.discard)(reading.code.value)
        elif isinstance(reading, DeviceInfo):
            self.info[reading.field.value] = reading.text

    def _count(self, channel: str, value: float | None, reason: str) -> None:
        self.readings[channel] = self.readings.get(channel, 0) + 1
        self.values[channel] = reason if value is None else value


async def try_out(
    config: DeviceConfig,
    clock: Clock,
    seconds: float,
    progress: Callable[[Trial, float], None] = lambda trial, left_s: None,
    *,
    until_connected: bool = False,
) -> Trial:
    """Look after the device for `seconds` as the service would, and return what it gave.

    `until_connected`: no longer than until it has spoken as its model does. Raises RegistryError or
    ConfigError at once when the configuration names no known model or no way to it.
    """
    trial = Trial()
    task = asyncio.create_task(supervise(config, trial.take, clock))
    try:
        for step in range(max(1, round(seconds / LOOK_EVERY_S))):
            done, _ = await asyncio.wait({task}, timeout=LOOK_EVERY_S)
            if done:
                break
            progress(trial, seconds - (step + 1) * LOOK_EVERY_S)
            if until_connected and trial.passed:
                break
        if task.done():
            task.result()
    finally:
        state, detail = trial.state, trial.detail
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        trial.state, trial.detail = state, detail
    return trial
