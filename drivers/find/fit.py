"""Which serial models fit a stretch of bytes: every decoder reads it, and the score says how well. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from drivers.model import Model, Transport
from drivers.wire.events import GarbageEvent, IncompleteEvent, NibpEvent, NumericEvent
from drivers.wire.garbage import UNUSED

LEAST_NUMBERS = 2
"""One number may be noise: the odds of false locks are in the decoders' own pages."""
MOST_GARBAGE = 0.25
"""A line that was opened in the middle of a frame, or that is noisy, still fits."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a model's decoder reads the bytes."""

    model: str
    numbers: int  # readings, with or without a value
    garbage: float  # share of the bytes that mean nothing, 0 to 1


def fits(data: bytes, models: Iterable[Model]) -> list[Fit]:
    """Return the models that read `data`, the best first; empty when none does."""
    found = [_fit(data, model) for model in models if model.transport is Transport.SERIAL]
    good = [fit for fit in found if fit.numbers >= LEAST_NUMBERS and fit.garbage <= MOST_GARBAGE]
    return sorted(good, key=lambda fit: (round(fit.garbage, 2), -fit.numbers))


def _fit(data: bytes, model: Model) -> Fit:
    decoder = model.sources[0].make_decoder()
    numbers = wasted = first = 0
    for event in (*decoder.feed(data), *decoder.finish()):
        if isinstance(event, NumericEvent | NibpEvent):
            if not numbers:  # what came before it is the rest of a frame that was cut by the opening
                first, wasted = event.span[0], 0
            numbers += 1
        elif isinstance(event, IncompleteEvent) or (
            isinstance(event, GarbageEvent) and event.why not in UNUSED
        ):
            wasted += event.span[1] - event.span[0]
    return Fit(model.name, numbers, wasted / (len(data) - first) if numbers else 1.0)
