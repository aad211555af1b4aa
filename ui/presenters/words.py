"""Words for people: ages, reasons, states of devices. One table each, no abbreviation to look up."""

import re
from types import MappingProxyType

from monitor.core.types import LinkState, Reason, StatusCode

REASONS = MappingProxyType(
    {
        Reason.MISSING: "no reading",
        Reason.SENSOR_OFF: "sensor off patient",
        Reason.SEARCHING: "searching for pulse",
        Reason.MEASUREMENT_FAILED: "measurement failed",
        Reason.OUT_OF_RANGE: "not plausible",
        Reason.WRONG_UNIT: "unknown unit",
        Reason.REPEATED: "same reading again",
        Reason.LATE: "reading came late",
        Reason.STORED: "stored, not live",
        Reason.NOT_FINITE: "no number sent",
        Reason.INVALID: "marked invalid",
    }
)

DEVICE_STATES = MappingProxyType(
    {
        LinkState.CONNECTING: "connecting",
        LinkState.CONNECTED: "connected",
        LinkState.WAITING: "waiting for a measurement",
        LinkState.SILENT: "connected, but silent",
        LinkState.WRONG_MODEL: "wrong model",
        LinkState.LOST: "connection lost",
    }
)

STATUS = MappingProxyType(
    {
        StatusCode.SENSOR_OFF: "sensor off patient",
        StatusCode.SENSOR_FAULT: "sensor fault",
        StatusCode.PULSE_SEARCH: "searching for pulse",
        StatusCode.ARTIFACT: "movement",
        StatusCode.LOW_PERFUSION: "weak pulse",
        StatusCode.MARGINAL_PERFUSION: "weak pulse",
        StatusCode.BATTERY_LOW: "battery low",
        StatusCode.BODY_MOVEMENT: "movement",
        StatusCode.CUFF_LOOSE: "cuff loose",
        StatusCode.IRREGULAR_PULSE: "irregular pulse",
        StatusCode.PULSE_ABOVE_RANGE: "pulse above range",
        StatusCode.PULSE_BELOW_RANGE: "pulse below range",
        StatusCode.IMPROPER_POSITION: "wrong position",
        StatusCode.MEASUREMENT_FAILED: "measurement failed",
        StatusCode.IMPLAUSIBLE: "values do not fit together",
        StatusCode.MEASURING: "measuring",
        StatusCode.CUFF_LEAK: "cuff leaks or is loose",
        StatusCode.CUFF_BLOCKED: "hose blocked",
        StatusCode.CUFF_OVERPRESSURE: "cuff pressure too high",
        StatusCode.CUFF_BUSY: "cuff busy",
        StatusCode.WEAK_SIGNAL: "weak signal",
        StatusCode.INTERFERENCE: "interference",
        StatusCode.UNKNOWN_SENSOR: "unknown sensor",
        StatusCode.DEVICE_FAULT: "device fault",
        StatusCode.CLOCK_UNSET: "clock never set",
    }
)

NUMBERS = MappingProxyType(
    {"SPO2": "SpO₂", "PR": "Pulse", "HR": "Heart rate", "RR": "Breathing", "SYS": "Systolic",
     "DIA": "Diastolic", "MAP": "Mean pressure", "BATT": "Battery"}
)  # fmt: skip
SIDES = MappingProxyType({"LOW": "low", "HIGH": "high", "DESAT": "very low"})


def reason_text(code: str | None) -> str:
    """Return why there is no reading; an unknown code from a newer service is said as it is."""
    if code is None:
        return "no reading"
    try:
        return REASONS[Reason(code)]
    except ValueError:
        return code.replace("_", " ")


def device_text(state: str) -> str:
    """Return the state of the way to a device, in words."""
    try:
        return DEVICE_STATES[LinkState(state)]
    except ValueError:
        return state.replace("_", " ")


def status_text(code: str) -> str:
    """Return a device's own flag, in words."""
    try:
        return STATUS[StatusCode(code)]
    except ValueError:
        return code.replace("_", " ")


def age_text(seconds: float) -> str:
    """Return how long ago, short: "4 s ago", "3 min ago", "1 h 05 min ago"."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s ago"
    if whole < 3600:
        return f"{whole // 60} min ago"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min ago"


def clock_text(seconds: float) -> str:
    """Return a running time as "0:42", "12:05" or "1:02:03"."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    if hours:
        return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{rest // 60}:{rest % 60:02d}"


def symbol_text(comparator: str) -> str:
    """Return a comparator as a sign that people read: "<=" becomes "≤"."""
    return comparator.replace("<=", "≤").replace(">=", "≥")


_CODE = re.compile(r"\b(?:SPO2|PR|HR|RR|SYS|DIA|MAP|BATT)_(?:LOW|HIGH|DESAT)\b")


def in_words(text: str) -> str:
    """Return a text of the service with the names of conditions as the screen says them."""
    return _CODE.sub(lambda found: condition_text(found.group()), text)


def condition_text(condition: str) -> str:
    """Return a condition's name in words; an unknown one from a newer service is said as it is."""
    channel, _, side = condition.partition("_")
    if channel in NUMBERS and side in SIDES:
        return f"{NUMBERS[channel]} {SIDES[side]}"
    return condition.replace("_", " ").lower()
