"""No sequence of limit changes leaves a value outside its limit without an alarm beyond its delay."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from alarms import preset as presets
from alarms.adjust import Change, Who
from alarms.engine import Engine
from alarms.types import DeviceDecl, State
from monitor.core.clock import seconds
from monitor.core.types import Nibp, Numeric
from monitor.core.units import Unit

ADULT = presets.load("adult-standard")
DEVICES = (
    DeviceDecl("ox", ("spo2", "pulse_rate")),
    DeviceDecl("cuff", ("nibp_sys", "nibp_dia", "nibp_map"), episodic=True),
)
ALARMED = (State.UNACK, State.ACK)
BY = Who("Dr Lee", "clinician", "because")
LEVELS = {
    ("SPO2_LOW", "medium"): (86, 95),
    ("SPO2_DESAT", "high"): (80, 88),
    ("PR_LOW", "medium"): (41, 60),
    ("PR_HIGH", "medium"): (115, 149),
    ("SYS_LOW", "medium"): (81, 110),
    ("SYS_HIGH", "medium"): (140, 179),
    ("SYS_HIGH", "high"): (150, 190),
}
"""Changes that are mostly accepted: one that is refused would prove nothing."""


def _change(level):
    return st.integers(*LEVELS[level]).map(lambda value: Change(*level, float(value)))


change = st.sampled_from(sorted(LEVELS)).flatmap(_change)
minute = st.fixed_dictionaries(
    {
        "spo2": st.integers(84, 96),
        "pulse": st.sampled_from([45, 48, 52, 58, 70, 122, 128, 135, 145]),
        "sys": st.sampled_from([None, 86, 98, 105, 145, 152, 158, 165, 175, 185]),
        "changes": st.lists(change, min_size=1, max_size=3),
        "named": st.booleans(),
        "acknowledge": st.booleans(),
        "span": st.integers(1, 20),
    }
)


@settings(max_examples=300, deadline=None)
@given(st.lists(minute, min_size=1, max_size=8))
def test_no_sequence_of_changes_leaves_a_value_outside_without_alarm(course):
    ids = itertools.count()
    engine = Engine(ADULT, DEVICES, seconds(0), ids=lambda: f"id{next(ids)}")
    t, outside_since, values = 0, {}, {}
    for part in course:
        if part["sys"] is not None:
            values["nibp_sys"] = sys = float(part["sys"])
            engine.accept(Nibp("cuff", seconds(t), sys, sys - 30, sys - 20, None, Unit.MMHG), seconds(t))
        _act(engine, part, seconds(t))
        _check(engine, values, outside_since, t)
        for _ in range(part["span"]):
            t += 1
            for channel, value, unit in (
                ("spo2", float(part["spo2"]), Unit.PERCENT),
                ("pulse_rate", float(part["pulse"]), Unit.PER_MIN),
            ):
                values[channel] = value
                engine.accept(Numeric("ox", channel, seconds(t), value, unit), seconds(t))
            engine.tick(seconds(t))
            _check(engine, values, outside_since, t)


def _act(engine, part, now):
    rows = [member for row in engine.rows(now) for member in row.members]
    named = [member.occurrence for member in rows] if part["named"] else []
    engine.adjusted(engine.limits.change(part["changes"], BY, now, named), now)
    if part["acknowledge"]:
        engine.acknowledge([(member.occurrence, "high") for member in rows], "Kim", now)


def _check(engine, values, since, t):
    """Every level that a value has broken for its delay, by the limits then in force, is alarming."""
    for condition, levels in engine.preset.by_condition.items():
        mild = levels[0]
        value = values.get(mild.channel)
        if value is None or not mild.outside(value):
            since.pop(condition, None)
            continue
        began = since.setdefault(condition, t)
        if t - began >= mild.on_delay_s:
            assert engine.state_of(condition) in ALARMED, (condition, value, mild.text, t)
