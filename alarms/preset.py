"""Presets: TOML data, checked when loaded. A preset that would alarm too late is refused."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import msgspec
import tomlkit

from alarms import approval as approvals
from alarms import bounds
from alarms.approval import Approval, Status
from alarms.baseline import Baseline, WrittenLimit, checked, extremes, relative_faults
from alarms.limits import Limit
from alarms.numbers import Acknowledged, Numbers, Technical, WorseBy
from monitor.core.errors import ConfigError

FOLDER = Path(__file__).parent / "presets"
FACTORY = "adult-standard"
NO_BASELINE = "no baseline"


class Preset(Numbers, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Every number that the engine judges with, and what people must know of it."""

    id: str
    version: int
    title: str
    note: str  # whose limits these are, shown beside the title
    status: Status
    sha256: str  # of the content that an approval is for
    text: str  # the TOML that has these numbers, whole, for the record
    baseline: Baseline | None = None  # that the limits follow
    follows: "Written | None" = None  # how they follow one that a person freezes later

    def limits_in_force(self) -> tuple[Limit, ...]:
        """Return every limit as it is being judged."""
        return self.limit

    def refusal(self) -> str:
        """Return why it may not judge a real device, "" when it may."""
        return approvals.refusal(self.status, self.sha256, _factory().sha256)

    def delay_faults(self, averaging_s: float, channels: Sequence[str]) -> list[str]:
        """Return which limits of `channels` come too late behind a device that averages so long."""
        judged = [limit for limit in self.limit if limit.channel in channels]
        return list(bounds.delay_faults(judged, averaging_s))


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A preset as a file has it, before it meets a patient."""

    id: str
    version: int
    title: str
    about: str = ""  # when it is meant to be used
    note: str = ""
    status: Status = Status.DRAFT
    based_on: str = ""  # a preset of Vigil's that gives every condition not written here
    off: tuple[str, ...] = ()  # of that preset
    needs_baseline: bool = False
    cuff_every_min: float | None = None  # for people: how often the cuff is meant to measure
    limit: tuple[WrittenLimit, ...] = ()
    technical: tuple[Technical, ...] = ()
    acknowledged: Acknowledged | None = None
    worse_by: WorseBy | None = None
    approval: Approval | None = None

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of all but status, note and approval."""
        return approvals.digest(msgspec.structs.replace(self, status=Status.DRAFT, note="", approval=None))

    @property
    def whose(self) -> str:
        """Return whose limits these are."""
        if self.approval is not None:
            return self.approval.text
        return self.note or "draft, not approved by a clinician"


def known() -> list[str]:
    """Return the ids of Vigil's presets."""
    return sorted(file.stem for file in FOLDER.glob("*.toml"))


def load(id_or_path: str | Path, baseline: Baseline | None = None) -> Preset:
    """Return a preset by its id or file, for a patient; ConfigError names what is wrong with it."""
    path, text = _read(id_or_path)
    return parse(text, path.name, baseline)


def read(id_or_path: str | Path) -> Written:
    """Return a preset as written, with the rows of the one that it is based on."""
    path, text = _read(id_or_path)
    return _checked(text, path.name)


def parse(text: str, name: str = "preset", baseline: Baseline | None = None) -> Preset:
    """Return the preset that `text` (TOML) describes; ConfigError names what is wrong with it."""
    written = _checked(text, name)
    if written.needs_baseline and baseline is None:
        raise ConfigError(
            f"{name}: needs a baseline, for its limits follow the patient's own; it does not arm without one"
        )
    return _resolved(written, name, baseline, text)


def waiting(id_or_path: str | Path) -> Preset:
    """Return a preset for a bed whose baseline a person freezes later; ConfigError as `load`.

    One that needs a baseline judges by the factory limits until it has one.
    """
    path, text = _read(id_or_path)
    written = _checked(text, path.name)
    if not written.needs_baseline:
        return _resolved(written, path.name, None, text)
    factory = load(FACTORY)
    mine = _numbers(written, [limit.resolved(None) for limit in written.limit])
    if _shape(mine) != _shape(factory):
        raise ConfigError(f"{path.name}: needs a baseline, and has other alarms than {FACTORY} to wait with")
    return msgspec.structs.replace(
        factory,
        title=written.title,
        note=f"waits for a baseline: {FACTORY} until then; {_factory().note}",
        status=written.status,
        sha256=written.sha256,
        follows=written,
    )


def _shape(numbers: Numbers) -> object:
    """Return what cannot change under a patient: which alarms there are, and all but their limits."""
    levels = {(limit.condition, limit.priority, limit.decided_by, limit.latch) for limit in numbers.limit}
    return levels, numbers.technical_by_condition, numbers.acknowledged, numbers.worse_by


def at_baseline(preset: Preset, baseline: Baseline) -> Preset:
    """Return the preset as it follows a baseline; ConfigError when it cannot."""
    if preset.follows is None:
        raise ConfigError(f"{preset.id}: follows no baseline")
    return _resolved(preset.follows, preset.follows.id, baseline, "")


def _resolved(written: Written, name: str, baseline: Baseline | None, text: str) -> Preset:
    """Return a preset as it judges a patient; `text`: as written, "" when it must be rendered."""
    checked(baseline)
    relative = any(limit.relative is not None for limit in written.limit)
    note = written.whose
    followed = baseline.text if baseline is not None else NO_BASELINE if relative else ""
    if followed not in note:
        note += f"; {followed}"
    numbers = _numbers(written, [limit.resolved(baseline) for limit in written.limit])
    faults = list(bounds.faults(numbers)) if baseline is not None else []
    if baseline is not None and faults:
        raise ConfigError(f"{name}: with {baseline.text}: " + "; ".join(faults))
    whole = bool(text) and baseline is None and not _decode(text, name).based_on
    return Preset(
        id=written.id,
        version=written.version,
        title=written.title,
        note=note,
        status=written.status,
        sha256=written.sha256,
        baseline=baseline,
        follows=written,
        text=text if whole else _rendered(written, numbers, note),
        **{field: getattr(numbers, field) for field in Numbers.__struct_fields__},
    )


def _read(id_or_path: str | Path) -> tuple[Path, str]:
    path = Path(id_or_path)
    if path.suffix != ".toml":
        path = FOLDER / f"{id_or_path}.toml"
    try:
        return path, path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise ConfigError(f"no preset {str(id_or_path)!r}; there are: {', '.join(known())}") from None


def _decode(text: str, name: str) -> Written:
    try:
        return msgspec.toml.decode(text, type=Written, strict=False)
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{name}: {error}") from None


def _checked(text: str, name: str) -> Written:
    written = _whole(_decode(text, name), name)
    faults = list(dict.fromkeys(_faults(written)))
    if faults:
        raise ConfigError(f"{name}: " + "; ".join(faults))
    return written


@cache
def _factory() -> Written:
    path, text = _read(FACTORY)
    return _whole(_decode(text, path.name), path.name)


@cache
def _factory_numbers() -> Numbers:
    factory = _factory()
    return _numbers(factory, [limit.resolved(None) for limit in factory.limit])


def _whole(written: Written, name: str) -> Written:
    """Return the preset with what it takes over; ConfigError when it has nothing to take it from."""
    if not written.based_on:
        return written
    if written.based_on not in known():
        raise ConfigError(f"{name}: based_on {written.based_on!r}: there are {', '.join(known())}")
    path, text = _read(written.based_on)
    base = _whole(_decode(text, path.name), path.name)
    for condition in written.off:
        if condition not in bounds.MAY_BE_OFF:
            raise ConfigError(f"{name}: {condition}: a preset cannot turn it off")
    own = {row.condition for row in written.limit}.union(written.off)
    technical = {row.condition for row in written.technical}
    return msgspec.structs.replace(
        written,
        based_on="",
        limit=(*written.limit, *(row for row in base.limit if row.condition not in own)),
        technical=(*written.technical, *(row for row in base.technical if row.condition not in technical)),
        acknowledged=written.acknowledged or base.acknowledged,
        worse_by=written.worse_by or base.worse_by,
    )


def _faults(written: Written) -> Iterator[str]:
    if not written.id.strip() or not written.title.strip() or written.version < 1:
        yield "id, title, version: a preset has a name, and versions from 1 on"
    if written.cuff_every_min is not None and not 1 <= written.cuff_every_min <= 60:
        yield f"cuff_every_min: {written.cuff_every_min:g}: from 1 to 60"
    yield from approvals.faults(written.status, written.approval, written.sha256)
    if written.acknowledged is None or written.worse_by is None:
        yield "acknowledged and worse_by: a preset cannot leave them out"
        return
    for limit in written.limit:
        yield from relative_faults(limit)
    for limits in extremes(written.limit):
        yield from bounds.faults(_numbers(written, limits), _factory_numbers())


def _numbers(written: Written, limits: list[Limit]) -> Numbers:
    assert written.acknowledged is not None
    assert written.worse_by is not None
    return Numbers(
        limit=tuple(limits),
        technical=written.technical,
        acknowledged=written.acknowledged,
        worse_by=written.worse_by,
    )


def _rendered(written: Written, numbers: Numbers, note: str) -> str:
    """Return TOML with every number as it is judged."""
    plain = msgspec.to_builtins(written)
    for field in ("based_on", "off", "needs_baseline", "limit", "technical", "acknowledged", "worse_by"):
        plain.pop(field)
    plain = {"note": note} | plain | {"note": note} | msgspec.to_builtins(numbers)
    return tomlkit.dumps(_without_none(plain))


def _without_none(plain: dict[str, object]) -> dict[str, object]:
    """Return it as TOML can say it."""
    kept: dict[str, object] = {}
    for key, value in plain.items():
        if isinstance(value, dict):
            kept[key] = _without_none(value)
        elif isinstance(value, list | tuple):
            kept[key] = [_without_none(row) if isinstance(row, dict) else row for row in value]
        elif value is not None:
            kept[key] = value
    return kept
