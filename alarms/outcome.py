"""What became of an alarm, as people say it: to acknowledge is not to resolve (alarms.md 7.3, 4.1)."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from alarms.condition import Condition
from alarms.types import Act, ActResult, AlarmEvent
from monitor.core.clock import Nanos

KEPT = 100
"""How many ended occurrences can still be told of."""


class Outcome(StrEnum):
    """What people did: something, or only took note; or the alarm was wrong, or its signal was."""

    ACTED = "acted"
    NOTED = "noted"
    FALSE = "false"
    ARTEFACT = "artefact"


class Outcomes:
    """Which occurrences of this session may still be told of; what was told is collected until taken."""

    def __init__(self) -> None:
        self._ended: OrderedDict[str, str] = OrderedDict()  # occurrence -> condition
        self._said: dict[str, str] = {}
        self._acts: list[Act] = []

    def hear(self, events: Iterable[AlarmEvent]) -> None:
        """Keep what has ended; forget the oldest."""
        for event in events:
            if event.event == "end":
                self._ended[event.occurrence] = event.condition
        while len(self._ended) > KEPT:
            self._said.pop(self._ended.popitem(last=False)[0], None)

    def tell(
        self, occurrence: str, outcome: str, text: str, user: str, live: Mapping[str, Condition], now: Nanos
    ) -> ActResult:
        """Take what a person says became of an occurrence; said again, the last one counts."""
        if outcome not in tuple(Outcome):
            return ActResult(False, f"say one of {', '.join(Outcome)}")
        name = live[occurrence].name if occurrence in live else self._ended.get(occurrence)
        if name is None:
            return ActResult(False, "no such alarm in this session, or it ended too long ago")
        before = self._said.get(occurrence)
        self._said[occurrence] = outcome
        told = Act(now, "outcome", user, condition=name, occurrence=occurrence, outcome=outcome, text=text)
        self._acts.append(told)
        changed = f" (was {before})" if before not in (None, outcome) else ""
        return ActResult(True, f"{name}: {outcome}{changed}")

    def take(self) -> tuple[Act, ...]:
        """Return what was told since the last call."""
        if not self._acts:
            return ()
        acts, self._acts = tuple(self._acts), []
        return acts

    def dump(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"ended": dict(self._ended), "said": dict(self._said)}

    def load(self, dump: dict[str, Any]) -> None:
        """Take it up after a restart; a dump of an older station is empty."""
        self._ended.update(dump.get("ended", {}))
        self._said.update(dump.get("said", {}))
