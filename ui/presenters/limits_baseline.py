"""The baseline before it is frozen: the service's proposal, as a person may correct it."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.core.catalogue import CATALOGUE
from monitor.link.messages import Reply
from ui.presenters import words
from ui.presenters.words import condition_text

BEFORE_DOSE = "Freeze it before the dose, with the patient at rest: limits will follow these numbers."
FIELDS = (
    ("sys", "Systolic", "mmHg", "nibp_sys"),
    ("dia", "Diastolic", "mmHg", "nibp_dia"),
    ("pulse", "Pulse", "/min", "pulse_rate"),
    ("spo2", "SpO₂", "%", "spo2"),
)
"""Name in the command, in words, unit, channel."""


@dataclass(frozen=True, slots=True)
class BaselineForm:
    """What to fill in: numbers that the service knows, and from when they are."""

    values: Mapping[str, str]
    said: str


def baseline_form(reply: Reply) -> BaselineForm:
    """Return the form from the service's proposal; what is missing in it is left to the person."""
    found = reply.results[0] if reply.results else {}
    values = {
        name: f"{found[name]:g}" if isinstance(found.get(name), int | float) else "" for name, *_ in FIELDS
    }
    return BaselineForm(values, str(found.get("text") or reply.text))


def baseline_args(typed: Mapping[str, str]) -> tuple[dict[str, float], str]:
    """Return the numbers and "", or nothing and what is wrong with them."""
    numbers = {}
    for name, label, unit, channel in FIELDS:
        least, most = CATALOGUE[channel].plausible
        try:
            value = float(typed.get(name, "").strip().replace(",", "."))
        except ValueError:
            return {}, f"{label}: a number in {unit} is missing"
        if not least <= value <= most:
            return {}, f"{label}: {value:g} {unit} is not plausible ({least:g} to {most:g})"
        numbers[name] = value
    if numbers["sys"] <= numbers["dia"]:
        return {}, "Systolic must be above diastolic"
    return numbers, ""


def became(reply: Reply) -> str:
    """Return what the limits became: "Systolic high high 180 -> 195"."""
    moved = [one for one in reply.results if one.get("ok") and one.get("from") != one.get("value")]
    parts = [
        f"{condition_text(str(one.get('condition')))} ({one.get('priority')}) {_number(one.get('from'))} → "
        f"{_number(one.get('value'))}"
        for one in moved
    ]
    return words.symbol_text("; ".join(parts))


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else "none"
