"""For every patient the limits stay where they may be; what breaks a bound is refused in every preset."""

import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarms import bounds
from alarms import preset as presets
from alarms.baseline import PLAUSIBLE, Baseline
from alarms.limits import Decision, Limit
from alarms.numbers import Numbers
from monitor.core.errors import ConfigError

SHIPPED = presets.known()
TYPICAL = Baseline(sys=125, dia=80, pulse=75, spo2=97)
FACTORY = presets.load("adult-standard")
READY = {name: presets.load(name, TYPICAL) for name in SHIPPED}
BASELINES = st.builds(
    lambda sys, dia, pulse, spo2: Baseline(sys=sys, dia=dia, pulse=pulse, spo2=spo2),
    **{name: st.floats(low, high) for name, (low, high) in PLAUSIBLE.items()},
).filter(lambda found: found.dia < found.sys)


@pytest.mark.parametrize("name", SHIPPED)
@settings(deadline=None, max_examples=15)
@given(baseline=BASELINES)
def test_resolved_limits_stay_within_floor_and_cap_and_are_never_refused(name, baseline):
    written, resolved = presets.read(name), presets.load(name, baseline)
    for row, limit in zip(written.limit, resolved.limit, strict=True):
        if row.relative is None:
            assert limit.value == row.value
            continue
        assert row.relative.floor <= limit.value <= row.relative.cap
        exact = row.relative.factor * getattr(baseline, row.relative.of) + row.relative.offset
        if row.relative.floor <= exact <= row.relative.cap:
            assert -1e-6 <= (limit.value - exact if limit.low else exact - limit.value) < 1
    assert list(bounds.faults(resolved, FACTORY)) == []


@pytest.mark.parametrize("name", SHIPPED)
@settings(deadline=None, max_examples=15)
@given(baseline=BASELINES)
def test_medium_always_comes_before_high(name, baseline):
    for levels in presets.load(name, baseline).by_condition.values():
        values = [limit.value if limit.priority == "high" else math.nan for limit in levels]
        assert not any(math.isnan(value) for value in values[1:])
        assert len({limit.value for limit in levels}) == len(levels)


# --- what breaks a bound ---------------------------------------------------------------------------


def _later(limit: Limit, by: float) -> Limit | None:
    if limit.decided_by is not Decision.DELAY:
        return None
    late = bounds.delay_bound(limit) - bounds.AVERAGING_S - bounds.SIGNAL_S + by
    return msgspec.structs.replace(limit, on_delay_s=late)


def _beyond_range(limit: Limit, by: float) -> Limit:
    least, most = bounds.RANGES[limit.condition]
    return msgspec.structs.replace(limit, value=least - by if limit.low else most + by)


def _number_that_is_none(limit: Limit, by: float) -> Limit:
    field = ("value", "hysteresis", "on_delay_s", "off_delay_s")[int(by) % 4]
    return msgspec.structs.replace(limit, **{field: math.nan if int(by) % 2 else math.inf})


BREAKS = {
    "too late": _later,
    "out of its range": _beyond_range,
    "no number": _number_that_is_none,
    "negative hysteresis": lambda limit, by: msgspec.structs.replace(limit, hysteresis=-by),
    "negative delay": lambda limit, by: msgspec.structs.replace(limit, on_delay_s=-by),
    "low priority": lambda limit, by: msgspec.structs.replace(limit, priority="low"),
    "no priority": lambda limit, by: msgspec.structs.replace(limit, priority="red"),
    "no source": lambda limit, by: msgspec.structs.replace(limit, source=" "),
    "no evidence": lambda limit, by: msgspec.structs.replace(limit, evidence="sure"),
    "another channel": lambda limit, by: msgspec.structs.replace(limit, channel="temperature"),
    "unknown channel": lambda limit, by: msgspec.structs.replace(limit, channel="spo3"),
    "unknown condition": lambda limit, by: msgspec.structs.replace(limit, condition="ICP_HIGH"),
    "decided otherwise": lambda limit, by: msgspec.structs.replace(
        limit,
        decided_by=Decision.READING if limit.decided_by is Decision.DELAY else Decision.DELAY,
    ),
}


def _with(numbers: Numbers, row: int, limit: Limit) -> Numbers:
    rows = [*numbers.limit]
    rows[row] = limit
    return msgspec.structs.replace(numbers, limit=tuple(rows))


@pytest.mark.parametrize("kind", BREAKS)
@settings(deadline=None, max_examples=60)
@given(name=st.sampled_from(SHIPPED), row=st.integers(0, 99), by=st.floats(1, 200))
def test_a_limit_that_breaks_a_bound_is_refused_by_its_name(kind, name, row, by):
    preset = READY[name]
    row %= len(preset.limit)
    broken = BREAKS[kind](preset.limit[row], by)
    if broken is None:
        return
    faults = list(bounds.faults(_with(preset, row, broken), FACTORY))
    assert any(fault.startswith(f"{broken.condition}: ") for fault in faults), faults


@settings(deadline=None)
@given(name=st.sampled_from(SHIPPED), deep=st.floats(80, 90), delay=st.floats(0, 3))
def test_desat_is_never_above_low_nor_later(name, deep, delay):
    preset = READY[name]
    row = next(i for i, limit in enumerate(preset.limit) if limit.condition == "SPO2_DESAT")
    desat = msgspec.structs.replace(preset.limit[row], value=deep, on_delay_s=delay)
    low = preset.by_condition["SPO2_LOW"]
    refused = list(bounds.faults(_with(preset, row, desat), FACTORY))
    assert bool(refused) is (deep > min(limit.value for limit in low))
    quick = msgspec.structs.replace(low[0], on_delay_s=delay)
    numbers = _with(preset, preset.limit.index(low[0]), quick)
    later = preset.limit[row].on_delay_s > delay
    assert any("longer than SPO2_LOW" in fault for fault in bounds.faults(numbers, FACTORY)) is later


@pytest.mark.parametrize("name", SHIPPED)
def test_no_condition_can_be_left_out_but_those_that_may(name):
    preset = READY[name]
    for condition in preset.by_condition:
        rest = tuple(limit for limit in preset.limit if limit.condition != condition)
        faults = list(bounds.faults(msgspec.structs.replace(preset, limit=rest), FACTORY))
        assert bool(faults) is (condition not in bounds.MAY_BE_OFF), faults
    for condition in bounds.REQUIRED_TECHNICAL:
        rest = tuple(row for row in preset.technical if row.condition != condition)
        faults = list(bounds.faults(msgspec.structs.replace(preset, technical=rest), FACTORY))
        assert f"{condition}: a preset cannot leave it out" in faults


@settings(deadline=None)
@given(name=st.sampled_from(SHIPPED), row=st.integers(0, 99), by=st.floats(0.5, 1000))
def test_a_technical_condition_is_never_later_milder_or_gone_unseen(name, row, by):
    preset = READY[name]
    rows = [*preset.technical]
    row %= len(rows)
    before = rows[row]
    late = tuple(msgspec.structs.replace(step, after_s=step.after_s + by) for step in before.levels)
    mild = tuple(msgspec.structs.replace(step, priority="low") for step in before.levels)
    changes = [msgspec.structs.replace(before, levels=late), msgspec.structs.replace(before, levels=())]
    if any(step.priority != "low" for step in before.levels):
        changes.append(msgspec.structs.replace(before, levels=mild))
    if before.latch:
        changes.append(msgspec.structs.replace(before, latch=False))
    for changed in changes:
        rows[row] = changed
        faults = list(bounds.faults(msgspec.structs.replace(preset, technical=tuple(rows)), FACTORY))
        assert any(fault.startswith(f"{before.condition}: must ") for fault in faults)


@settings(deadline=None)
@given(
    name=st.sampled_from(SHIPPED), part=st.sampled_from(["acknowledged", "worse_by"]), by=st.floats(0.5, 999)
)
def test_an_acknowledgement_is_never_worth_more(name, part, by):
    preset = READY[name]
    before = getattr(preset, part)
    for field in before.__struct_fields__:
        if isinstance(getattr(before, field), float):
            more = msgspec.structs.replace(before, **{field: getattr(before, field) + by})
            faults = list(bounds.faults(msgspec.structs.replace(preset, **{part: more}), FACTORY))
            assert any(f"{field} = " in fault for fault in faults)


@settings(deadline=None)
@given(name=st.sampled_from(SHIPPED), averaging=st.floats(0, 60))
def test_a_device_that_averages_long_is_refused_with_the_total(name, averaging):
    preset = READY[name]
    late = {fault.partition(":")[0] for fault in preset.delay_faults(averaging, [*bounds.CHANNELS.values()])}
    assert late == {
        limit.condition
        for limit in preset.limit
        if limit.decided_by is Decision.DELAY and averaging + limit.on_delay_s + 1 > bounds.delay_bound(limit)
    }


@given(name=st.sampled_from(sorted(PLAUSIBLE)), by=st.floats(0.1, 1e6), low=st.booleans())
def test_an_implausible_baseline_is_refused(name, by, low):
    least, most = PLAUSIBLE[name]
    fields = {"sys": 125.0, "dia": 80.0, "pulse": 75.0, "spo2": 97.0}
    fields[name] = least - by if low else most + by
    with pytest.raises(ConfigError, match="baseline "):
        presets.load("iv-racemic", Baseline(**fields))
