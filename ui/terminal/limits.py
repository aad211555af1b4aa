"""`vigil limits`: the limits in force as a table or JSON, and orders that change them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from rich.table import Table
from rich.text import Text

from monitor.core.clock import SystemClock
from monitor.link.client import Connection
from monitor.link.messages import NURSE, LimitInForce, Reply, Snapshot
from ui.bed_model import BedModel, BedState
from ui.presenters import limits_draft as drafting
from ui.presenters.limits_baseline import became
from ui.presenters.limits_table import limit_lines, limits_title
from ui.presenters.words import condition_text
from ui.terminal.one_order import OrderError, beds_heard, only_bed

_STYLES = {"high": "red", "medium": "yellow", "low": "cyan"}


async def heard(where: Path | str, user: str, bed: str | None) -> Snapshot:
    """Return what the service says of the bed; OrderError when nobody answers."""
    async with beds_heard(where, user, bed) as (_, beds):
        return only_bed(beds, bed)


async def give(
    where: Path | str, user: str, role: str, bed: str | None, command: str, args: dict[str, Any]
) -> Reply:
    """Return the service's answer to one command about limits; OrderError when it cannot be given."""
    async with beds_heard(where, user, bed, role) as (client, beds):
        return await client.command(only_bed(beds, bed).bed, command, args)


async def set_one(
    where: Path | str, user: str, role: str, bed: str | None, wanted: tuple[str, str, str], value: float,
    reason: str,
) -> Reply:  # fmt: skip
    """Ask for one limit; it names no occurrence, for nobody at a terminal has seen the alarm bar."""
    async with beds_heard(where, user, bed, role) as (client, beds):
        snapshot = only_bed(beds, bed)
        limit = _the_one(snapshot.limits, *wanted)
        drafts = {drafting.key_of(limit): drafting.Draft(value)}
        if drafting.is_wider(limit, value) and not reason.strip():
            raise OrderError(f"{limit.condition} gets wider: say why with --reason")
        args = drafting.order(drafts, snapshot.limits, reason, ())
        return await client.command(snapshot.bed, "limits", args)


async def set_proposed(
    where: Path | str, user: str, role: str, bed: str | None, proposal: Reply, reason: str
) -> Reply:
    """Ask for all limits that were proposed, in one go, marked automatic; no occurrence is named."""
    async with beds_heard(where, user, bed, role) as (client, beds):
        snapshot = only_bed(beds, bed)
        drafts = drafting.proposed({}, snapshot.limits, proposal, role)
        if not drafts:
            raise OrderError("nothing to set: what is proposed is in force")
        for limit in snapshot.limits:
            draft = drafts.get(drafting.key_of(limit))
            if draft is not None and drafting.is_wider(limit, draft.value) and not reason.strip():
                raise OrderError(f"{limit.condition} gets wider: say why with --reason")
        args = drafting.order(drafts, snapshot.limits, reason, ())
        return await client.command(snapshot.bed, "limits", args)


async def reset(where: Path | str, user: str, role: str, bed: str | None, reason: str) -> Reply:
    """Ask for the limits of the preset; what gets wider by it needs a reason, as any limit."""
    async with beds_heard(where, user, bed, role) as (client, beds):
        snapshot = only_bed(beds, bed)
        for limit in snapshot.limits:
            back = limit.preset_value
            if back is not None and drafting.is_wider(limit, back) and not reason.strip():
                raise OrderError(f"{limit.condition} gets wider: say why with --reason")
        return await client.command(snapshot.bed, "limits_reset", {"reason": reason.strip()})


def _the_one(limits: list[LimitInForce], condition: str, priority: str, decided_by: str) -> LimitInForce:
    """Return the limit meant; OrderError names those there are."""
    found = [
        one
        for one in limits
        if (one.condition, one.priority) == (condition, priority) and decided_by in ("", one.decided_by)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise OrderError(f"{condition} has two {priority} levels; say which with --by reading or --by repeat")
    there = ", ".join(f"{one.condition} {one.priority}" for one in limits)
    raise OrderError(f"no limit {condition} {priority} at this bed; there are: {there}")


def as_json(snapshot: Snapshot) -> str:
    """Return the limits in force as one JSON object."""
    names = ("bed", "preset", "preset_note", "baseline", "limits_changed", "limits")
    return json.dumps(
        {name: msgspec.to_builtins(getattr(snapshot, name)) for name in names}, ensure_ascii=False
    )


def table(snapshot: Snapshot, role: str = NURSE) -> Table:
    """Return the limits in force as a table, with what a person of `role` may set."""
    state = _state_of(snapshot)
    said = limits_title(state, state.snapshot_arrived)
    parts = (said.preset, said.note, said.baseline, said.changed or "no limit changed")
    made = Table(title=" · ".join(part for part in parts if part), title_justify="left")
    for heading in ("condition", "limit", "priority", "in force", "alarms", f"a {role} may set", "changed"):
        made.add_column(heading)
    ranges = {drafting.key_of(one): _range(one, role) for one in state.limits}
    for line in limit_lines(state, {}):
        priority = Text(f"{line.symbol} {line.priority}", style=_STYLES.get(line.priority, ""))
        value = Text(line.in_force, style="bold" if line.changed else "")
        made.add_row(line.key[0], line.name, priority, value, line.delay, ranges[line.key], line.note)
    return made


def _range(limit: LimitInForce, role: str) -> str:
    allowed = drafting.bounds(limit, role)
    return "nothing" if allowed is None else f"{allowed[0]:g} to {allowed[1]:g}"


def _state_of(snapshot: Snapshot) -> BedState:
    """Return the state of a client that has heard this snapshot just now."""
    now = SystemClock().now()
    model = BedModel(snapshot.bed)
    model.accept(Connection("connected", "", now), now)
    model.accept(snapshot, now)
    return model.state


def answer_lines(reply: Reply) -> Iterable[str]:
    """Return the answer for people: what was said, and what became of each limit or is proposed."""
    yield drafting.answer(reply)
    if moved := became(reply):
        yield moved


def proposal_lines(reply: Reply) -> Iterable[str]:
    """Return what the service proposes, one limit a line, as `vigil limits set` takes it."""
    yield drafting.answer(reply)
    for one in reply.results:
        if one.get("ok") and one.get("value") is not None:
            said = f"{one.get('condition')} {one.get('priority')} {one['value']:g}"
            now = f", now {one['now']:g}" if isinstance(one.get("now"), int | float) else ""
            name = condition_text(str(one.get("condition")))
            yield f"  {said}   {name}: {_number(one.get('from'))} in force{now}"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else "none"


def baseline_lines(reply: Reply) -> Iterable[str]:
    """Return the baseline that the service proposes, as `vigil limits baseline` takes it."""
    yield drafting.answer(reply)
    for one in reply.results:
        numbers = [f"--{name} {one[name]:g}" for name in ("sys", "dia", "pulse", "spo2") if one.get(name)]
        yield f"  {' '.join(numbers)}   {one.get('text', '')}".rstrip()
