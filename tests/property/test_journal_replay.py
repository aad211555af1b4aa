"""The journal alone says what was shown: its entries, replayed, are the live state (alarms 8.4)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis.stateful import invariant
from journal_fold import open_occurrences
from test_alarms_machine import Bedside

from alarms.types import AlarmEvent
from monitor.core.clock import Nanos, seconds
from monitor.entries import Signals, alarm_entry
from monitor.link.outgoing import Translator, UtcAnchor
from monitor.record import journal

ANCHOR = UtcAnchor(Nanos(0), datetime(2026, 3, 4, tzinfo=UTC))


class Recorded(Bedside):
    """The machine of the alarm engine, everything it told written as the bed writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.stored_bodies: list[str] = []
        self.say = Translator("bed1", ANCHOR, lambda device: False)

    def _look(self) -> None:
        engine, now = self.bed.engine, seconds(self.t)
        signals = Signals(engine.rows(now), engine.sounding, engine.paused(now)[1] != "")
        self.stored_bodies += [self._stored(event, signals) for event in self.bed.events]
        super()._look()

    def _stored(self, event: AlarmEvent, signals: Signals) -> str:
        said = self.say.alarm(event, False, False, self.say.next_seq())
        return journal.canonical(alarm_entry(said, event, self.bed.engine.preset.limits_in_force(), signals))

    def _bodies(self) -> list[dict[str, Any]]:
        return [journal.parse(body) for body in self.stored_bodies]

    @invariant()
    def the_journal_replayed_is_the_live_state(self) -> None:
        rows = self.bed.engine.rows(seconds(self.t))
        shown = {
            m.occurrence: (m.condition, m.state.value, m.priority.label) for row in rows for m in row.members
        }
        assert open_occurrences(self._bodies()) == shown

    @invariant()
    def what_is_written_of_signals_fits_the_state(self) -> None:
        for body in self._bodies():
            audio, visual = body["signals"]["audio"], body["signals"]["visual"]
            assert audio != "sounding" or body["state"] == "unack"
            assert visual != "none" or audio in ("none", "off", "acknowledged")
            assert ("alert-acknowledged" in body["inactivation"]) == (body["state"] == "ack")
            assert body["value"] is None or body["value_age_s"] >= 0


TestJournalReplay = Recorded.TestCase
TestJournalReplay.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=timedelta(seconds=5), derandomize=True
)
