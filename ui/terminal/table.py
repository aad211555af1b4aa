"""The terminal view's table and plain lines, from the same presenters as the window."""

from rich.console import Group
from rich.table import Table
from rich.text import Text

from monitor.core.clock import Nanos
from ui.bed_model import BedState
from ui.presenters.alarm_rows import BarText, RowText, bar, hidden_text
from ui.presenters.connection import Banner, banner
from ui.presenters.cuff_control import cuff_control
from ui.presenters.header import header
from ui.presenters.tiles import TileText, tiles

ROWS_SHOWN = 4
"""With their first steps: on 24 lines the numbers below them stay on the screen."""
_STYLES = {"high": "bold white on red", "medium": "bold black on yellow", "low": "bold black on cyan"}
_DARK = {"high": "red", "medium": "yellow", "low": "cyan"}


def screen(state: BedState, user: str, started: Nanos, now: Nanos) -> Group:
    """Return the whole live view."""
    said = header(state, user, now)
    badges = "  ".join(f"[{badge.text}]" for badge in said.badges)
    limits = "  ".join(part for part in (said.changed, said.preset) if part)
    top = Text(f"{said.title}  {said.session}  {badges}  {limits}", style="bold")
    lost = banner(state, started, now)
    if lost is not None:
        return Group(top, Text(f" {lost.headline} ", style=_STYLES["high"]), Text(lost.detail))
    return Group(top, _alarms(bar(state, now)), _numbers(tiles(state, now)), Text(cuff_line(state, now)))


def _alarms(shown: BarText) -> Text:
    if not shown.rows:
        return Text("No alarms", style="dim")
    lines = Text()
    for row in shown.rows[:ROWS_SHOWN]:
        style = _STYLES[row.priority] if row.state == "unack" else _DARK[row.priority]
        lines.append(f" {alarm_line(row)} ", style=f"{style} italic" if row.state == "latched" else style)
        lines.append(f"\n   {row.action}\n", style="default")
    if more := hidden_text(shown.rows[ROWS_SHOWN:]):
        lines.append(f" {more}\n", style="bold")
    lines.rstrip()
    return lines


def _numbers(shown: tuple[TileText, ...]) -> Table:
    table = Table(expand=False, show_header=False)
    for heading in ("", "value", "unit", "limits", ""):
        table.add_column(heading, justify="right" if heading == "value" else "left")
    for one in shown:
        style = {"normal": "bold", "doubtful": "bold italic"}.get(one.style, "dim")
        if one.alarm is not None and one.alarm_state == "unack":
            style = _STYLES[one.alarm]
        note = " · ".join(text for text in (one.off, one.extra, one.note, one.invalid) if text)
        changed = f"✎ {one.changed}" if one.changed else ""
        limits = "\n".join(part for part in (*one.limits.split(" · "), changed) if part)
        table.add_row(one.label, Text(_value(one), style=style), one.unit, limits, note)
    return table


def _value(tile: TileText) -> str:
    """Return the value; a stale one in brackets, for a terminal may have no grey."""
    return f"({tile.value})" if tile.style == "stale" else tile.value


def alarm_line(row: RowText) -> str:
    """Return one alarm as a line."""
    said = ", ".join(part for part in (row.state_text, row.paused) if part)
    state = f" [{said}]" if said else ""
    return f"{row.symbol:<3} {row.text}  {row.age}{state}"


def alarm_key(shown: BarText) -> tuple[tuple[str, str, str, str], ...]:
    """Return what makes a new line worthwhile: any change but the passing of time."""
    return tuple((row.key, row.priority, row.state, row.text) for row in shown.rows)


def numerics_line(state: BedState, now: Nanos) -> str:
    """Return all numbers as one line."""
    parts = []
    for one in tiles(state, now):
        notes = " · ".join(part for part in (one.note, one.invalid) if part)
        note = f" ({notes})" if notes else ""
        parts.append(f"{one.label} {_value(one)} {one.unit}{note}")
    if cuff := cuff_line(state, now):
        parts.append(cuff)
    mark = "SIMULATED  " if state.simulated else "REPLAY  " if state.replay else ""
    return mark + "  ".join(parts)


def cuff_line(state: BedState, now: Nanos) -> str:
    """Return what the cuff that takes orders does; empty where there is none."""
    cuff = cuff_control(state, now)
    if cuff is None:
        return ""
    return "  ".join(part for part in (cuff.headline, cuff.cycle, cuff.detail) if part)


def banner_line(lost: Banner | None) -> str:
    """Return the state of the connection as a line."""
    return "Connected to the service" if lost is None else f"{lost.headline}: {lost.detail}"
