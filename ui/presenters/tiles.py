"""What each number's tile says: the value or dashes, its limits, its age, and in which style."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from monitor.core.catalogue import CATALOGUE, Channel
from monitor.core.clock import SECOND, Nanos, seconds
from monitor.core.types import DOUBTFUL_NIBP
from monitor.link.messages import LimitInForce
from ui.bed_model import BedState, HeldNibp, HeldNumeric
from ui.presenters import words
from ui.presenters.limits_draft import is_changed
from ui.presenters.off_alarms import at_number, judged_limits
from ui.presenters.priority import RANK, symbol_of

BLANK_AFTER = seconds(30)
"""A continuous number older than this is no longer shown at all (alarm decisions, 5.3)."""
SLOWEST, INTERVALS = seconds(10), 3
"""A live value is current for three of its device's intervals, at most 10 s (alarm decisions, 5.1)."""
NO_VALUE = "---"
NIBP = "nibp"
PRESSURES = ("nibp_sys", "nibp_dia", "nibp_map")
SHORT_UNITS = {"mm[Hg]": "mmHg", "/min": "/min", "%": "%", "Cel": "°C"}
_STATE_RANK = {"unack": 3, "latched": 2, "ack": 1}
UP = ("starting", "measuring", "stopping")
"""Phases of a cuff in which it is filled, or may be."""
FIXED = ("spo2", "pulse_rate", NIBP)
OPTIONAL = ("heart_rate", "resp_rate", "art_sys", "temperature")
BESIDE = {
    "spo2": (("PI", "perfusion_index"),),
    "art_sys": (("dia", "art_dia"), ("mean", "art_map")),
}
"""Channel -> what its tile says besides."""


@dataclass(frozen=True, slots=True)
class TileText:
    """One tile, ready to paint. `style`: normal, stale, absent or doubtful."""

    channel: str
    label: str
    unit: str
    value: str
    style: str
    note: str = ""  # age or reason
    limits: str = ""
    extra: str = ""  # mean pressure
    alarm: str | None = None  # priority of the worst alarm on this number
    alarm_state: str = ""  # unack, ack, latched
    symbol: str = ""  # the alarm's shape: "***", "!!" ...
    colour: str = "neutral"
    off: str = ""  # "alarm off: Pulse high"
    changed: str = ""  # the limits that differ from the preset, which are not in `limits`: "high > 170"
    invalid: str = ""  # "182/104 marked invalid by anna": the newest reading, which is not shown

    @property
    def spoken(self) -> str:
        """Return the tile as a sentence for screen readers."""
        alarm = f"{self.alarm} priority alarm, {self.alarm_state}" if self.alarm else ""
        value = "no reading" if self.value == NO_VALUE else f"{self.value} {self.unit}"
        limits = f"alarm limits {self.limits}" if self.limits else ""
        changed = f"changed limits {self.changed}" if self.changed else ""
        parts = (
            f"{self.label} {value}", self.extra, self.note, self.invalid, limits, changed, self.off, alarm,
        )  # fmt: skip
        return ", ".join(part for part in parts if part)


def tiles(state: BedState, now: Nanos) -> tuple[TileText, ...]:
    """Return the tiles in their order: three always, others once their channel was heard of."""
    heard = {channel for _, channel in state.numerics}
    shown = [*FIXED, *(channel for channel in OPTIONAL if channel in heard)]
    return tuple(tile(state, channel, now) for channel in shown)


def tile(state: BedState, channel: str, now: Nanos) -> TileText:
    """Return one tile; without a connection it never has a number."""
    made = nibp_tile(state, now) if channel == NIBP else numeric_tile(state, channel, now)
    channels = PRESSURES if channel == NIBP else (channel,)
    alarm, alarm_state, symbol = worst_alarm(state, channels)
    if not state.connected(now):
        return replace(
            made, value=NO_VALUE, style="absent", note="no connection", limits="", extra="", changed="",
            invalid="",
        )  # fmt: skip
    off = at_number(state, channels)
    return replace(made, alarm=alarm, alarm_state=alarm_state, symbol=symbol, off=off)


def numeric_tile(state: BedState, channel: str, now: Nanos) -> TileText:
    """Return a continuous number: dashes when absent or over 30 s old, grey with its age when stale."""
    entry = CATALOGUE[channel]
    unit = SHORT_UNITS.get(entry.unit.value, entry.unit.value)
    held = state.numeric(channel)
    value, style, note = _numeric_value(state, held, now, _current_for(state, held, entry), entry.decimals)
    if held is None:
        givers = [each.device for each in state.devices.values() if channel in each.channels]
        note = next((said for device in givers if (said := device_note(state, device))), note)
    if not note and channel in state.sources:
        note = f"from {state.sources[channel]}"
    return TileText(
        channel,
        entry.label,
        unit,
        value,
        style,
        note,
        _preset_text(state, channel),
        _beside(state, channel, now),
        colour=entry.colour,
        changed=_changed_text(state, channel),
    )


def _current_for(state: BedState, held: HeldNumeric | None, entry: Channel) -> Nanos:
    """Return how long a value is current: longer from a device that tells it seldom, at most 10 s."""
    device = state.devices.get(held.message.device) if held is not None else None
    if device is None:
        return entry.stale_after
    return max(entry.stale_after, min(SLOWEST, seconds(INTERVALS * device.interval_s)))


def _beside(state: BedState, channel: str, now: Nanos) -> str:
    """Return the number that belongs to another one, while it is current: perfusion, arterial pressures."""
    said = []
    for name, other in BESIDE.get(channel, ()):
        held = state.numeric(other)
        if held is not None and held.message.value is not None:
            entry = CATALOGUE[other]
            if now - held.born <= entry.stale_after:
                said.append(f"{name} {held.message.value:.{entry.decimals}f}")
    return "  ".join(said)


def _numeric_value(
    state: BedState, held: HeldNumeric | None, now: Nanos, stale_after: Nanos, decimals: int
) -> tuple[str, str, str]:
    if held is None:
        return NO_VALUE, "absent", "waiting for the first reading"
    if held.message.value is None:
        return NO_VALUE, "absent", words.reason_text(held.message.reason)
    age = now - held.born
    if age > BLANK_AFTER:
        return NO_VALUE, "absent", device_note(state, held.message.device) or "no data"
    text = f"{held.message.value:.{decimals}f}"
    if age > stale_after:
        why = device_note(state, held.message.device) or "not live"
        return text, "stale", f"{words.age_text(age / SECOND)}: {why}"
    if held.message.doubtful:
        return f"{text}?", "doubtful", _doubt(state, held.message.device)
    return text, "normal", ""


def _doubt(state: BedState, device: str) -> str:
    """Return why a value is doubtful, as far as the device says."""
    flags = state.devices[device].status if device in state.devices else []
    return ", ".join(dict.fromkeys(words.status_text(flag) for flag in flags)) or "doubtful signal"


def device_note(state: BedState, device: str) -> str:
    """Return what is wrong with the way to a device; empty when nothing is known to be."""
    link = state.devices.get(device)
    if link is None or link.state in ("connected", "waiting"):
        return ""
    return words.device_text(link.state)


def nibp_tile(state: BedState, now: Nanos) -> TileText:
    """Return the cuff's tile: the last pressure with its age, grey when old, and a failed attempt."""
    failed, marked = state.nibp_failed, state.marked
    value, style, note, extra = _nibp_value(state.nibp, now)
    if failed is not None:
        ago = words.age_text((now - failed.born) / SECOND)
        why = f": {failed.message.error}" if failed.message.error else ""
        note = f"{note} · failed {ago}{why}" if state.nibp else f"failed {ago}{why}"
    if marked is not None:  # what is shown is older: it must not look like the pressure of now
        style, extra = "stale" if state.nibp is not None else style, ""
    if any(cuff.message.phase in UP for cuff in state.cuffs.values()):
        note = (
            f"{note} · measuring{_cuff_pressure(state, now)}"
            if state.nibp
            else "measuring" + (_cuff_pressure(state, now))
        )
    return TileText(
        NIBP, "NIBP", "mmHg", value, style, note, _pressures(state, _preset_text), extra, colour="nibp",
        changed=_pressures(state, _changed_text), invalid=marked_text(marked) if marked is not None else "",
    )  # fmt: skip


def _pressures(state: BedState, said: Callable[[BedState, str], str]) -> str:
    """Return what is said of each pressure's limits, with its name: "SYS < 90 · DIA < 50"."""
    names = (("SYS", "nibp_sys"), ("DIA", "nibp_dia"), ("mean", "nibp_map"))
    found = ((name, said(state, channel)) for name, channel in names)
    return " · ".join(f"{name} {text}" for name, text in found if text)


def marked_text(held: HeldNibp) -> str:
    """Return what is said of a reading that a person marked: "182/104 marked invalid by anna"."""
    return f"{pressures_text(held)} marked invalid by {held.message.invalid_by}"


def pressures_text(held: HeldNibp) -> str:
    """Return a cuff reading as "182/104"."""
    pressures = held.message.nibp_sys, held.message.nibp_dia
    return "/".join(NO_VALUE if pressure is None else f"{pressure:.0f}" for pressure in pressures)


def _cuff_pressure(state: BedState, now: Nanos) -> str:
    """Return the pressure in the cuff while it is current."""
    held = state.numeric("cuff_pressure")
    if held is None or held.message.value is None or now - held.born > CATALOGUE["cuff_pressure"].stale_after:
        return ""
    return f" {held.message.value:.0f}"


def _nibp_value(held: HeldNibp | None, now: Nanos) -> tuple[str, str, str, str]:
    if held is None:
        return NO_VALUE, "absent", "no measurement yet", ""
    message = held.message
    pressures = pressures_text(held)
    extra = "" if message.nibp_map is None else f"mean {message.nibp_map:.0f}"
    note = words.age_text((now - held.born) / SECOND)
    doubts = [code for code in message.status if code in DOUBTFUL_NIBP]
    if now - held.born > CATALOGUE["nibp_sys"].stale_after:
        return pressures, "stale", f"{note}: old", extra
    if doubts:
        return f"{pressures}?", "doubtful", f"{note} · {', '.join(map(words.status_text, doubts))}", extra
    return pressures, "normal", note, extra


def innermost(
    limits: Iterable[LimitInForce], channel: str
) -> tuple[LimitInForce | None, LimitInForce | None]:
    """Return the low and the high limit of `channel` that a value meets first."""
    mine = [limit for limit in limits if limit.channel == channel]
    low = [limit for limit in mine if limit.comparator[:1] == "<"]
    high = [limit for limit in mine if limit.comparator[:1] == ">"]
    return (
        max(low, key=lambda one: one.value, default=None),
        min(high, key=lambda one: one.value, default=None),
    )


def _preset_text(state: BedState, channel: str) -> str:
    """Return the limits met first that are as the preset has them; of the mean pressure none is shown."""
    if channel == "nibp_map":
        return ""
    found = (one for one in innermost(judged_limits(state), channel) if one is not None)
    return "  ".join(_limit_text(one) for one in found if not is_changed(one))


def _changed_text(state: BedState, channel: str) -> str:
    """Return the changed limits themselves; one beyond the first that is met says its priority."""
    limits = judged_limits(state)
    first = [one for one in innermost(limits, channel) if one is not None]
    changed = [one for one in limits if one.channel == channel and is_changed(one)]
    ordered = [one for one in first if one in changed] + [one for one in changed if one not in first]
    return "  ".join(
        _limit_text(one) if one in first else f"{one.priority} {_limit_text(one)}" for one in ordered
    )


def _limit_text(limit: LimitInForce) -> str:
    return f"{words.symbol_text(limit.comparator)} {limit.value:g}"


def limits_text(limits: Iterable[LimitInForce], channel: str) -> str:
    """Return the limits met first, each with its comparator: "< 50  > 130"."""
    found = (one for one in innermost(limits, channel) if one is not None)
    return "  ".join(_limit_text(one) for one in found)


def worst_alarm(state: BedState, channels: Iterable[str]) -> tuple[str | None, str, str]:
    """Return (priority, state, symbol) of the worst alarm on any of `channels`; unseen ones first."""
    wanted = set(channels)
    rows = state.board.rows if state.board is not None else []
    found = [
        (_STATE_RANK.get(member.state, 0), RANK.get(member.priority, 0), row.kind, member)
        for row in rows
        for member in row.members
        if member.channel in wanted
    ]
    if not found:
        return None, "", ""
    *_, kind, member = max(found, key=lambda one: one[:2])
    return member.priority, member.state, symbol_of(kind, member.priority)
