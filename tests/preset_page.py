"""The tables of docs/presets.md, from the presets: `.venv/bin/python tests/preset_page.py` writes them."""

from collections.abc import Iterator
from pathlib import Path

from alarms import preset as presets
from alarms.baseline import WrittenLimit
from alarms.bounds import AVERAGING_S, SIGNAL_S, delay_bound
from alarms.limits import Decision
from alarms.preset import Written

PAGE = Path(__file__).parents[1] / "docs" / "presets.md"
ORDER = (
    "adult-standard",
    "iv-racemic",
    "im-racemic",
    "in-esketamine-rems",
    "sl-troche",
    "hypertensive-baseline",
    "sleep-apnoea",
    "recovery",
)
MARK = "<!-- from here on made by tests/preset_page.py -->\n"


def page() -> str:
    """Return the whole page: what people wrote, and the tables as they must be."""
    assert sorted(ORDER) == presets.known()
    head = PAGE.read_text("utf-8").partition(MARK)[0]
    return "\n".join([head + MARK, *("\n".join(_section(presets.read(name))) for name in ORDER)])


def _section(preset: Written) -> Iterator[str]:
    yield f"## {preset.id}: {preset.title}\n"
    yield f"{preset.about} Version {preset.version}, {preset.status.value}.\n"
    if preset.cuff_every_min is not None:
        every = f"{preset.cuff_every_min:g} min"
        yield f"The cuff is meant to measure every {every}: set it at the cuff, or `interval_min`.\n"
    if preset.needs_baseline:
        yield "Until a baseline is frozen a bed judges by the factory limits, and says so.\n"
    same = _same_as(preset)
    if same:
        yield f"All limits are those of {same}.\n"
        return
    yield "| condition | level | outside | with a baseline | decided by | alarms after | clears at | source |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    before = ""
    for limit in sorted(preset.limit, key=lambda row: (_place(row), row.priority == "high", _depth(row))):
        yield _row(limit, needs_baseline=preset.needs_baseline, mildest=limit.condition != before)
        before = limit.condition
    yield ""


def _same_as(preset: Written) -> str:
    for name in ORDER[: ORDER.index(preset.id)]:
        other = presets.read(name)
        if {_row(limit) for limit in other.limit} == {_row(limit) for limit in preset.limit}:
            return name
    return ""


def _place(limit: WrittenLimit) -> int:
    order = "SPO2_LOW SPO2_DESAT PR_LOW PR_HIGH HR_LOW HR_HIGH RR_LOW RR_HIGH SYS_HIGH SYS_LOW"
    return [*order.split(), "DIA_HIGH", "DIA_LOW", "MAP_HIGH", "MAP_LOW"].index(limit.condition)


def _depth(limit: WrittenLimit) -> float:
    return -limit.value if limit.low else limit.value


def _row(limit: WrittenLimit, *, needs_baseline: bool = False, mildest: bool = True) -> str:
    follows = limit.relative.text if limit.relative is not None else ""
    never = needs_baseline and limit.relative is not None
    decided = {Decision.READING: "first reading", Decision.REPEAT: "repeat"}.get(limit.decided_by)
    after = ""
    if decided is None:
        decided = f"{limit.on_delay_s:g} s outside"
        after = f"{AVERAGING_S + limit.on_delay_s + SIGNAL_S:g} s ({delay_bound(limit):g})"
    sign = "+" if limit.low else "-"
    clears = f"limit {sign} {limit.hysteresis:g}" if limit.relative is not None else f"{limit.clear_at:g}"
    if not mildest:
        clears = ""
    elif limit.off_delay_s:
        clears += f" for {limit.off_delay_s:g} s"
    outside = f"{limit.comparator} the baseline's" if never else limit.text
    cells = (limit.condition, limit.priority, outside, follows, decided, after, clears)
    return f"| {' | '.join(cells)} | {limit.source} [{limit.evidence}] |"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
