"""Texts for people: a name, a value, a limit and a first step, short enough to be read at 2 m."""

from alarms.condition import Condition
from alarms.limits import PLAIN_UNITS
from alarms.types import State
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import SECOND, Nanos

NAMES = {
    "spo2": "SpO2",
    "pulse_rate": "Pulse",
    "heart_rate": "Heart rate",
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
    "BATT_LOW": "Battery low",
    "STORE_FAIL": "Recording failed",
    "AUDIO_FAIL": "Alarm sound failed",
    "ALARM_ENGINE_STALL": "Alarm system restarted or stalled",
}
"""What a technical condition is called."""

NAMES_ITS_DEVICE = frozenset({"LINK_LOST", "BATT_LOW"})

REPEAT_NOW = "Repeat the measurement now"
ACTIONS = {
    "SPO2_LOW": "Check breathing and probe, stimulate",
    "SPO2_DESAT": "Check breathing, stimulate, give oxygen if ordered",
    "PR_LOW": "Check the patient: awake, pale, breathing?",
    "PR_HIGH": "Check the patient: anxious, in pain, moving?",
    "HR_LOW": "Check the patient: awake, pale, breathing?",
    "HR_HIGH": "Check the patient: anxious, in pain, moving?",
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
    "BATT_LOW": "Plug in or change the battery",
    "STORE_FAIL": "Alarms go on; free or check the disk",
    "AUDIO_FAIL": "Watch the screen; check the loudspeaker",
    "ALARM_ENGINE_STALL": "Watch the patient; call technical help",
}
"""The first step of each condition."""


def action(condition: Condition) -> str:
    """Return the first step."""
    if condition.pressure is not None and condition.pressure.deadline is not None:
        return REPEAT_NOW
    return ACTIONS.get(condition.name, "Check the patient")


def unit_code(channel: str | None) -> str:
    """Return a channel's unit as a UCUM code."""
    return "" if channel is None else CATALOGUE[channel].unit.value


def unit(channel: str) -> str:
    """Return a channel's unit as people read it."""
    code = CATALOGUE[channel].unit.value
    return PLAIN_UNITS.get(code, code)


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
    return "limit " + ", ".join(f"{limit.comparator.value} {limit.value:g}" for limit in found)


def what(condition: Condition, now: Nanos, *also: Condition) -> str:
    """Return what the condition is, with its value and limit; `also` are covered ones of its channel."""
    if condition.limit is None:
        return _technical(condition, now)
    channel = condition.limit.channel
    shown = "---" if condition.value is None else f"{number(condition.value, channel)} {unit(channel)}"
    was = "was " if condition.state is State.LATCHED else ""
    text = f"{NAMES.get(channel, channel)} {was}{shown} ({limits(condition, *also)})"
    pressure = condition.pressure
    if pressure is None:
        return text
    if pressure.deadline is not None:
        text += ", confirming"
    if pressure.reading_t is not None and now - pressure.reading_t >= 60 * SECOND:
        text += f", {age(pressure.reading_t, now)}"
    return text


def _technical(condition: Condition, now: Nanos) -> str:
    title = TITLES.get(condition.name, condition.name)
    if condition.name == "NO_DATA" and condition.channel is not None:
        name = NAMES.get(condition.channel, condition.channel)
        title = f"No {name if name == NAMES['spo2'] else name.lower()} data"
    if not condition.detail:
        return f"{title}: {condition.device}" if condition.name in NAMES_ITS_DEVICE else title
    if condition.detail_since is not None:
        return f"{title}, {condition.detail}, {age(condition.detail_since, now)}"
    return f"{title}: {condition.detail}"
