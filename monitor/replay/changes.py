"""What a person says of the limits: `--set KEY=VALUE`, checked as any preset is, and `--baseline`."""

import math
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import tomlkit

from alarms import preset as presets
from alarms.approval import Status
from alarms.baseline import Baseline
from alarms.limits import Decision, Limit
from alarms.preset import Preset
from monitor.core.errors import ConfigError

FIELDS = (
    "value",
    "comparator",
    "priority",
    "on_delay_s",
    "off_delay_s",
    "hysteresis",
    "latch",
    "satseconds",
    "excursions",
    "excursions_within_s",
    "rises_to_high_after_s",
)
OF_ALL_LEVELS = frozenset({"off_delay_s", "latch"})
"""What a condition has once: a change without a level is one of all its levels."""
REPEAT = "repeat"
"""The level that a second cuff reading decides; beside it "high" is the one decided at once."""


def with_changes(preset: Preset, texts: Sequence[str]) -> Preset:
    """Return the preset with these KEY=VALUE; ConfigError for an unknown key or what the rules refuse.

    A key is CONDITION, CONDITION.FIELD, CONDITION.LEVEL or CONDITION.LEVEL.FIELD. Without a field it is
    the limit's value, without a level the mildest level.
    """
    if not texts:
        return preset
    document = tomlkit.parse(preset.text)
    for text in texts:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not value:
            raise ConfigError(f"--set {text}: write KEY=VALUE, as SPO2_LOW=92 or SPO2_LOW.on_delay_s=5")
        levels, field = _found(preset, key)
        for level in levels:
            row = preset.limit.index(level)
            document["limit"][row][field] = _value(field, value, f"--set {text}")
    document["status"] = Status.DRAFT.value  # whatever it was: nobody approved these numbers
    document["note"] = f"{preset.note}; changed here: {', '.join(texts)}"
    document.pop("approval", None)
    try:
        return presets.parse(tomlkit.dumps(document), f"--set {', '.join(texts)}", preset.baseline)
    except tomlkit.exceptions.TOMLKitError as error:
        raise ConfigError(f"--set {', '.join(texts)}: {error}") from error


def patient(text: str) -> Baseline:
    """Return the baseline that a person wrote; ConfigError when it is none."""
    parts = text.split("/")
    try:
        sys, dia, pulse, spo2 = (float(part) for part in parts)
    except ValueError:
        raise ConfigError(
            f"--baseline {text}: write systolic/diastolic/pulse/SpO2 at rest, as 128/79/72/98"
        ) from None
    found = Baseline(sys=sys, dia=dia, pulse=pulse, spo2=spo2)
    if found.refusal():
        raise ConfigError(f"--baseline {text}: {found.refusal()}")
    return found


def _found(preset: Preset, key: str) -> tuple[Sequence[Limit], str]:
    """Return the levels and the field that a key names."""
    condition, *rest = key.split(".")
    levels = preset.by_condition.get(condition)
    if levels is None:
        raise _unknown(key, condition, preset.by_condition, "limit of the preset")
    named = {_level(level, levels): level for level in levels}
    chosen = [named[rest.pop(0)]] if rest and rest[0] in named else None
    field = rest.pop(0) if rest else "value"
    if rest or field not in FIELDS:
        raise _unknown(key, ".".join([field, *rest]), [*named, *FIELDS], f"level or field of {condition}")
    if chosen is None:
        chosen = list(levels) if field in OF_ALL_LEVELS else [levels[0]]
    return chosen, field


def _level(level: Limit, levels: Sequence[Limit]) -> str:
    alike = [other for other in levels if other.priority == level.priority]
    if len(alike) > 1 and level.decided_by is Decision.REPEAT:
        return REPEAT
    return level.priority


def _unknown(key: str, word: str, known: Iterable[str], what: str) -> ConfigError:
    """Return what is said of an unknown name, with the nearest known ones."""
    names = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), names, n=3, cutoff=0.4) or list(names)
    said = ", ".join(names[name] for name in near)
    return ConfigError(f"--set {key}: {word!r} is no {what}; there is {said}")


def _value(field: str, text: str, where: str) -> object:
    """Return what is written into the preset: a word, yes or no, or a number."""
    if field in ("comparator", "priority"):
        return text
    if field == "latch":
        if text not in ("true", "false"):
            raise ConfigError(f"{where}: true or false")
        return text == "true"
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ConfigError(f"{where}: {text!r} is not a number")
    return int(number) if number.is_integer() else number
