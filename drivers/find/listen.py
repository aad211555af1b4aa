"""Listens to a serial port at every setting that a model uses, and says which models fit."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.find.fit import Fit, fits
from drivers.link.serial import Line, open_port
from drivers.model import Model, Transport
from monitor.core.errors import LinkError

LOOK_EVERY_S = 0.25
SURE_NUMBERS = 6
"""So many numbers of one model, and nothing needs to be waited for."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of listening to one port; `trouble` says in words why it could not be opened."""

    fits: tuple[Fit, ...] = ()
    count: int = 0  # bytes heard at all
    line: Line | None = None  # the setting at which the best model fits
    trouble: str = ""


async def listen(port: str, models: Sequence[Model], seconds: float) -> Heard:
    """Listen `seconds` at each line setting until a model surely fits; nothing is ever written."""
    best = Heard()
    for line in _lines(models):
        try:
            data = await _hear(port, line, [m for m in models if _line(m) == line], seconds)
        except LinkError as error:
            return Heard(trouble=error.detail)
        found = fits(data, [model for model in models if _line(model) == line])
        if not best.fits and (found or len(data) > best.count):
            best = Heard(tuple(found), len(data), line)
        if found:
            return Heard(tuple(found), len(data), line)
    return best


async def _hear(port: str, line: Line, models: Sequence[Model], seconds: float) -> bytes:
    data = bytearray()
    way = open_port(port, port, line)
    try:
        await way.open(lambda _, chunk: data.extend(chunk))
        for _ in range(max(1, round(seconds / LOOK_EVERY_S))):
            await asyncio.sleep(LOOK_EVERY_S)
            if any(fit.numbers >= SURE_NUMBERS for fit in fits(bytes(data), models)):
                break
    finally:
        await way.close()
    return bytes(data)


def _line(model: Model) -> Line:
    return Line(model.baudrate, model.parity, model.rtscts, model.xonxoff)


def _lines(models: Sequence[Model]) -> list[Line]:
    """Return the settings that serial models use, the most frequent first."""
    lines = [_line(model) for model in models if model.transport is Transport.SERIAL]
    return sorted(set(lines), key=lambda line: (-lines.count(line), line.baudrate))
