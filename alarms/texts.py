"""Texts for people: a name, a value, a limit and a first step, short enough to be read at 2 m."""

from alarms.condition import Condition
from alarms.limits import PLAIN_UNITS, Limit
from alarms.types import State
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import SECOND, Nanos

NAMES = {
    "spo2": "SpO2",
    "pulse_rate": "Pulse",
    "heart_rate": "Heart rate",
    "resp_rate": "Breathing",
    "nibp_sys": "Systolic",
    "nibp_dia": "Diastolic",
    "nibp_map": "Mean pressure",
}
"""What a channel is called in an alarm text."""

TITLES = {
    "LINK_LOST": "Connection lost",
    "SPO2_SENSOR_OFF": "SpO2 sensor off",
    "PULSE_LOST": "No pulse found",
    "NO_DATA": "No data",
    "SPO2_WEAK": "SpO2 signal weak",
    "STALE_VALUE": "Readings stand still",
    "SPO2_TREND": "SpO2 dips again and again",
    "SOURCE_MISMATCH": "Pulse and heart rate differ",
    "BP_OVERDUE": "Blood pressure overdue",
    "BP_FAIL": "Blood pressure not measured",
    "CUFF_OVER": "Cuff pressure too high",
    "CUFF_STUCK": "Cuff stays inflated",
    "BATT_LOW": "Battery low",
    "STORE_FAIL": "Recording failed",
    "AUDIO_FAIL": "Alarm sound failed",
    "ALARM_ENGINE_STALL": "Alarm system restarted or stalled",
    "CLOCK_STEP": "Clock is wrong or was changed",
    "LIMITS_INVALID": "Alarm limits are not valid",
    "REMOTE_LOST": "Remote alarm sound lost",
}
"""What a technical condition is called."""

NAMES_ITS_DEVICE = frozenset({"LINK_LOST", "BATT_LOW", "STALE_VALUE"})

NO_READING = "no reading"
_GONE = frozenset({State.LATCHED, State.ENDED})

REPEAT_NOW = "Repeat the measurement now"
REPEATS = "Look at the patient; the cuff repeats by itself"
ACTIONS = {
    "SPO2_LOW": "Check breathing and probe, stimulate",
    "SPO2_DESAT": "Check breathing, stimulate, give oxygen if ordered",
    "PR_LOW": "Check the patient: awake, pale, breathing?",
    "PR_HIGH": "Check the patient: anxious, in pain, moving?",
    "HR_LOW": "Check the patient: awake, pale, breathing?",
    "HR_HIGH": "Check the patient: anxious, in pain, moving?",
    "RR_LOW": "Look at the chest, speak to the patient",
    "RR_HIGH": "Look at the chest, speak to the patient",
    "SYS_HIGH": "Ask for headache, chest pain, sight; repeat the measurement",
    "SYS_LOW": "Check the patient, lay flat, repeat the measurement",
    "DIA_HIGH": "Ask for headache, chest pain, sight; repeat the measurement",
    "DIA_LOW": "Check the patient, lay flat, repeat the measurement",
    "MAP_LOW": "Check the patient, lay flat, repeat the measurement",
    "MAP_HIGH": "Ask for headache, chest pain, sight; repeat the measurement",
    "LINK_LOST": "Check the patient, then cable and device",
    "SPO2_SENSOR_OFF": "Put the probe back on",
    "PULSE_LOST": "Go to the patient, feel for a pulse",
    "NO_DATA": "Check the patient, then the sensor",
    "SPO2_WEAK": "Warm the hand, move the probe, hold it still",
    "STALE_VALUE": "Check the patient; restart the device",
    "SPO2_TREND": "Watch breathing and airway; stimulate",
    "SOURCE_MISMATCH": "Feel the pulse; check probe and strap",
    "BP_OVERDUE": "Measure now; check the cuff",
    "BP_FAIL": "Check the patient, then cuff, hose and arm",
    "CUFF_OVER": "Take the cuff off now",
    "CUFF_STUCK": "Stop the cuff; take it off if it stays up",
    "BATT_LOW": "Plug in or change the battery",
    "STORE_FAIL": "Alarms go on; free or check the disk",
    "AUDIO_FAIL": "Watch the screen; check the loudspeaker",
    "ALARM_ENGINE_STALL": "Watch the patient; call technical help",
    "CLOCK_STEP": "Note the time by hand; check the clock",
    "LIMITS_INVALID": "Watch the patient; call technical help",
    "REMOTE_LOST": "Stay within hearing of the bed, or take the sound again",
}
"""The first step of each condition."""


def action(condition: Condition) -> str:
    """Return the first step."""
    if condition.pressure is not None and condition.pressure.deadline is not None:
        return REPEATS if condition.pressure.repeats else REPEAT_NOW
    return ACTIONS.get(condition.name, "Check the patient")


def unit_code(channel: str | None) -> str:
    """Return a channel's unit as a UCUM code."""
    return "" if channel is None else CATALOGUE[channel].unit.value


def unit(channel: str) -> str:
    """Return a channel's unit as people read it."""
    code = CATALOGUE[channel].unit
    return PLAIN_UNITS.get(code) or str(code)


def number(value: float, channel: str) -> str:
    """Return a value with the decimals of its channel."""
    return f"{value:.{CATALOGUE[channel].decimals}f}"


def age(since: Nanos, now: Nanos) -> str:
    """Return "12 s ago", "11 min ago"; in steps of 10 s from 20 s on."""
    elapsed = max(0, (now - since) // SECOND)
    if elapsed >= 60:
        return f"{elapsed // 60} min ago"
    return f"{elapsed if elapsed < 20 else elapsed // 10 * 10} s ago"


def limits(*conditions: Condition) -> str:
    """Return "limit < 85, < 90" of conditions of one channel."""
    found = [condition.limit for condition in conditions if condition.limit is not None]
    return "limit " + ", ".join(f"{limit.comparator} {limit.value:g}" for limit in found)


def what(condition: Condition, now: Nanos, *also: Condition, aged: bool = True) -> str:
    """Return what the condition is, with its value and limit; `also` are covered ones of its channel.

    While it is active the value is the present one, the same as on the number tile; the worst is
    named when it says more. Once it is over, the worst value is what was. `aged` says how old a
    cuff's reading is.
    """
    limit = condition.limit
    if limit is None:
        return _technical(condition, now)
    name, said = NAMES.get(limit.channel, limit.channel), limits(condition, *also)
    worst = _worst(condition, *also)
    if condition.state in _GONE:
        return f"{name} was {_value(worst, limit.channel)} ({said})"
    value = condition.shown
    if worst is not None and _says_more(condition, worst, value, limit):
        said = f"worst {number(worst, limit.channel)}, {said}"
    shown = NO_READING if value is None else _value(value, limit.channel, doubtful=condition.shown_doubtful)
    pressure = condition.pressure
    if pressure is None:
        return f"{name} {shown} ({said})"
    confirming = ", confirming" if pressure.deadline is not None else ""
    old = aged and pressure.reading_t is not None and now - pressure.reading_t >= 60 * SECOND
    age_text = f", {age(pressure.reading_t, now)}" if old and pressure.reading_t is not None else ""
    return f"{name} {shown}{confirming} ({said}){age_text}"


def _worst(*conditions: Condition) -> float | None:
    values = [condition.value for condition in conditions if condition.value is not None]
    return (min if conditions[0].low else max)(values, default=None)


def _says_more(condition: Condition, worst: float, value: float | None, limit: Limit) -> bool:
    """True when the worst value must be named beside the present one."""
    if value is None or not limit.outside(value):
        return True
    return condition.worse(worst, value) >= limit.hysteresis


def _value(value: float | None, channel: str, *, doubtful: bool = False) -> str:
    if value is None:
        return "---"
    return f"{number(value, channel)}{'?' if doubtful else ''} {unit(channel)}"


def _technical(condition: Condition, now: Nanos) -> str:
    text = _trouble(condition, now)
    return f"over: {text}" if condition.state in _GONE else text


def _trouble(condition: Condition, now: Nanos) -> str:
    title = TITLES.get(condition.name, condition.name)
    if condition.name == "NO_DATA" and condition.channel is not None:
        name = NAMES.get(condition.channel, condition.channel)
        title = f"No {name if name == NAMES['spo2'] else name.lower()} data"
    if not condition.detail:
        return f"{title}: {condition.device}" if condition.name in NAMES_ITS_DEVICE else title
    if condition.detail_since is not None:
        return f"{title}, {condition.detail}, {age(condition.detail_since, now)}"
    return f"{title}: {condition.detail}"
