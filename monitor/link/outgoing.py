"""From the values of the rooms to the messages of the link: no decisions, only form."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from alarms.codes import event_of
from alarms.in_force import Frozen, Shown
from alarms.off import Off
from alarms.quiet import Quiet, QuietRoom
from alarms.types import AlarmEvent, Row
from monitor.core import types
from monitor.core.clock import SECOND, Nanos
from monitor.link import messages


class UtcAnchor:
    """UTC derived once from the wall clock; a later step of that clock changes nothing."""

    def __init__(self, t: Nanos, utc: datetime) -> None:
        self._t = t
        self._utc = utc

    def at(self, t: Nanos) -> datetime:
        """Return the aware UTC time of a monotonic instant, to the microsecond."""
        return self._utc + timedelta(microseconds=(t - self._t) // 1000)

    def nanos(self, t: Nanos) -> int:
        """Return nanoseconds since 1970 of a monotonic instant."""
        since = self.at(t) - datetime(1970, 1, 1, tzinfo=UTC)
        return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds * 1000

    def text(self, t: Nanos) -> str:
        """Return ISO 8601 with offset, to the millisecond."""
        return self.at(t).isoformat(timespec="milliseconds")


def age_s(t: Nanos, now: Nanos) -> float:
    """Return how old an instant is, in seconds, to the millisecond, never negative."""
    return max(0.0, round((now - t) / SECOND, 3))


def _left_s(until: Nanos | None, now: Nanos) -> float:
    return 0.0 if until is None else max(0.0, round((until - now) / SECOND, 1))


class Translator:
    """Makes the messages of one bed; it owns the bed's sequence."""

    def __init__(self, bed: str, anchor: UtcAnchor, replayed: Callable[[str], bool]) -> None:
        self._bed = bed
        self._anchor = anchor
        self._replayed = replayed
        self.seq = 0

    def next_seq(self) -> int:
        """Return the next number of the bed's sequence."""
        self.seq += 1
        return self.seq

    def numeric(
        self, reading: types.Numeric, now: Nanos, seq: int, *, shown: bool = True
    ) -> messages.Numeric:
        """Return one reading as a message."""
        return messages.Numeric(
            bed=self._bed,
            seq=seq,
            device=reading.device_id,
            channel=reading.channel,
            value=reading.value,
            reason=reading.reason.value if reading.reason is not None else None,
            unit=reading.unit.value,
            utc=self._anchor.text(reading.t),
            doubtful=reading.doubtful,
            age_s=age_s(reading.t, now),
            shown=shown,
            simulated=reading.simulated,
            replay=self._replayed(reading.device_id),
        )

    def nibp(
        self, reading: types.Nibp, now: Nanos, seq: int, mark: types.Mark | None = None
    ) -> messages.Nibp:
        """Return one cuff measurement as a message."""
        return messages.Nibp(
            bed=self._bed,
            seq=seq,
            device=reading.device_id,
            nibp_sys=reading.sys,
            nibp_dia=reading.dia,
            nibp_map=reading.map,
            pulse_rate=reading.pulse_rate,
            unit=reading.unit.value,
            status=[code.value for code in reading.status],
            source=reading.source.value,
            stored=reading.stored,
            utc=self._anchor.text(reading.t),
            device_time=reading.device_time.isoformat() if reading.device_time else None,
            age_s=age_s(reading.t, now),
            error=reading.error,
            id=reading.id,
            invalid=mark.reason if mark is not None else "",
            invalid_by=mark.by if mark is not None else "",
            simulated=reading.simulated,
            replay=self._replayed(reading.device_id),
        )

    def cuff(self, state: types.CuffState, now: Nanos, seq: int) -> messages.Cuff:
        """Return what a cuff does as a message."""
        return messages.Cuff(
            bed=self._bed,
            seq=seq,
            device=state.device_id,
            phase=state.phase.value,
            interval_s=state.interval_s,
            due_in_s=None if state.due is None else max(0.0, round((state.due - now) / SECOND, 1)),
            detail=state.detail,
            utc=self._anchor.text(state.t),
            simulated=state.simulated,
            replay=self._replayed(state.device_id),
        )

    def waveform(self, chunk: types.Waveform, first: int, now: Nanos) -> messages.Waveform:
        """Return a run of samples as a message; `first` is the ring's counter of its first sample."""
        return messages.Waveform(
            bed=self._bed,
            device=chunk.device_id,
            channel=chunk.channel,
            rate_hz=chunk.rate_hz,
            first=first,
            scale=chunk.scale,
            offset=chunk.offset,
            samples=chunk.samples.astype("<i2", copy=False).tobytes(),
            utc=self._anchor.text(chunk.t),
            age_s=age_s(chunk.t, now),
            simulated=chunk.simulated,
            replay=self._replayed(chunk.device_id),
        )

    def device(
        self,
        link: types.DeviceLink,
        model: str,
        status: Sequence[types.StatusCode],
        seq: int,
        info: Mapping[types.InfoField, str] | None = None,
        orders: Sequence[str] = (),
    ) -> messages.Device:
        """Return the way to one device, its own active flags and what it says of itself, as a message."""
        return messages.Device(
            bed=self._bed,
            seq=seq,
            device=link.device_id,
            model=model,
            state=link.state.value,
            detail=link.detail,
            utc=self._anchor.text(link.t),
            status=[code.value for code in status],
            info={field.value: text for field, text in (info or {}).items()},
            orders=list(orders),
            simulated=link.simulated,
            replay=self._replayed(link.device_id),
        )

    def alarm(self, event: AlarmEvent, simulated: bool, replay: bool, seq: int) -> messages.Alarm:
        """Return one event of one occurrence as a message."""
        return messages.Alarm(
            bed=self._bed,
            seq=seq,
            event=event.event,
            condition=event.condition,
            priority=event.priority.label,
            kind=event.kind.value,
            occurrence=event.occurrence,
            episode=event.episode,
            state=event.state.value,
            value=event.value,
            limit=event.limit,
            comparator=event.comparator,
            unit=event.unit,
            channel=event.channel,
            device=event.device,
            text=event.text,
            action=event.action,
            utc=self._anchor.text(event.t),
            since_utc=self._anchor.text(event.since),
            reason=event.reason,
            user=event.user,
            covered_by=event.covered_by,
            mdc=event_of(event.condition).text,
            simulated=simulated,
            replay=replay,
        )

    def quiet(self, room: QuietRoom, now: Nanos) -> messages.QuietRoom | None:
        """Return who sounds instead of the bed, None when the bed itself does as usual."""
        holder = room.holder
        if holder is None:
            return None
        return messages.QuietRoom(
            by=holder.user,
            station=holder.station,
            state="held" if room.state is Quiet.HELD else "lost",
            since_s=age_s(room.since, now),
            beat_age_s=age_s(room.lived_at, now),
        )

    def row(self, row: Row, now: Nanos) -> messages.AlarmRow:
        """Return one line of the alarm bar."""
        return messages.AlarmRow(
            key=row.key,
            priority=row.priority.label,
            state=row.state.value,
            text=row.text,
            action=row.action,
            kind=row.kind.value,
            since_utc=self._anchor.text(row.since),
            age_s=age_s(row.since, now),
            acknowledged_by=row.acknowledged_by,
            calls=row.calls,
            paused_s=_left_s(row.paused_until, now),
            paused_by=row.paused_by,
            members=[
                messages.RowMember(
                    occurrence=member.occurrence,
                    condition=member.condition,
                    priority=member.priority.label,
                    state=member.state.value,
                    channel=member.channel,
                    limit_text=member.limit_text,
                )
                for member in row.members
            ],
        )

    def off(self, off: Off, now: Nanos) -> messages.OffAlarm:
        """Return one alarm that is off."""
        return messages.OffAlarm(
            condition=off.condition,
            channels=list(off.channels),
            by=off.user,
            reason=off.reason,
            age_s=age_s(off.since, now),
            reminders=off.reminders,
        )

    def limit(self, shown: Shown) -> messages.LimitInForce:
        """Return one limit as it is being judged, what its preset has, and who may set it to what."""
        limit, changed = shown.limit, shown.changed
        return messages.LimitInForce(
            condition=limit.condition,
            channel=limit.channel,
            comparator=limit.comparator.value,
            value=limit.value,
            priority=limit.priority,
            on_delay_s=limit.on_delay_s,
            text=limit.text,
            decided_by=limit.decided_by.value,
            preset_value=shown.preset_value,
            least=shown.nurse[0],
            most=shown.nurse[1],
            clinician_least=shown.clinician[0],
            clinician_most=shown.clinician[1],
            changed_by=changed.user if changed is not None else "",
            reason=changed.reason if changed is not None else "",
            automatic=changed is not None and changed.automatic,
        )

    def baseline(self, frozen: Frozen | None, now: Nanos) -> messages.BaselineInForce | None:
        """Return the baseline that the limits follow."""
        if frozen is None:
            return None
        at_rest = frozen.baseline
        return messages.BaselineInForce(
            sys=at_rest.sys,
            dia=at_rest.dia,
            pulse=at_rest.pulse,
            spo2=at_rest.spo2,
            by=frozen.user,
            age_s=age_s(frozen.t, now),
        )
