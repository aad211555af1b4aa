"""The models under test: each of the registry with its case, and how its frames reach its decoder."""

import importlib.util
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from case import Case
from tiling import hole

from drivers import registry
from drivers.model import BLUETOOTH_BASE, Model, Source, Transport
from drivers.wire.events import Event, NibpEvent, NumericEvent
from monitor.core.clock import Nanos, seconds

CASES = Path(__file__).parent / "cases"
SEED = 1
COUNTS_WITHIN_A_FRAME = ("nonin-df2", "nonin-df7")
"""A packet of 25 is counted within, and has no number itself: one that is lost whole is not seen."""
Number = tuple[object, ...]


@dataclass(frozen=True)
class Known:
    """A model with its case."""

    model: Model
    case: Case

    @property
    def source(self) -> Source:
        """Return the source whose frames the case has."""
        wanted = self.case.source.lower().removeprefix("0x")
        if not wanted:
            return self.model.sources[0]
        long = f"0000{wanted}{BLUETOOTH_BASE}" if len(wanted) == 4 else wanted
        [found] = [source for source in self.model.sources if source.uuid.startswith(long)]
        return found

    @property
    def streams(self) -> bool:
        """Return whether frames follow each other and pieces may be cut anywhere."""
        return self.model.transport is Transport.SERIAL or self.case.stream

    def frames(self, seed: int = SEED) -> list[bytes]:
        return _frames(self.case, seed)

    def decode(self, pieces: Iterable[bytes]) -> list[Event]:
        """Return what a new decoder says of `pieces`, the end of the input included."""
        decoder = self.source.make_decoder()
        events = [event for piece in pieces for event in decoder.feed(piece)]
        return events + decoder.finish()

    def untiled(self, pieces: Sequence[bytes]) -> str:
        """Return where the spans of `pieces` overlap or leave a hole, "" when every byte is told once."""
        if self.streams:
            return hole([event.span for event in self.decode(pieces)], sum(map(len, pieces)))
        decoder = self.source.make_decoder()
        for piece in pieces:
            wrong = hole([event.span for event in decoder.feed(piece)], len(piece))
            if wrong:
                return f"{wrong} in {piece.hex()}"
        rest = decoder.finish()
        return f"finish says {rest}" if rest else ""


def numbers(events: Iterable[Event]) -> list[Number]:
    """Return the values among `events`, in wire order, without their places."""
    return [value for event in events if (value := number(event))]


def number(event: Event) -> Number | None:
    if isinstance(event, NumericEvent) and event.value is not None:
        return event.channel, event.value
    if isinstance(event, NibpEvent) and event.sys is not None:
        return "nibp", event.sys, event.dia, event.map, event.pulse_rate
    return None


def strangers(found: Iterable[Number], sent: Iterable[Number]) -> set[Number]:
    """Return the numbers found that were never sent."""
    return set(found) - set(sent)


_made: dict[tuple[int, int], list[bytes]] = {}


def _frames(case: Case, seed: int) -> list[bytes]:
    key = id(case), seed
    if key not in _made:
        _made[key] = case.frames(seed)
    return list(_made[key])


class SteppedClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self._now = seconds(1000)

    def now(self) -> Nanos:
        return self._now

    def utc(self) -> datetime:
        return datetime(2026, 11, 24, 12, tzinfo=UTC) + timedelta(microseconds=self._now / 1000)

    def advance(self, span: Nanos) -> None:
        self._now = Nanos(self._now + span)


def case_file(name: str) -> Path:
    return CASES / f"case_{name.replace('-', '_')}.py"


def _case(name: str) -> Case | None:
    path = case_file(name)
    if not path.is_file():
        return None
    module_name = f"conformance_{path.stem}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return module.CASE


def _all_known() -> dict[str, Known]:
    cases = {name: case for name in registry.MODELS if (case := _case(name))}
    return {name: Known(registry.load(name), case) for name, case in cases.items()}


KNOWN = _all_known()
"""Name -> model and case, for every model of the registry that has a case."""
