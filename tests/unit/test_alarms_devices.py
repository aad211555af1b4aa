"""Technical conditions of devices: weak signals, cuffs that fail or stay up, links that no limit judges."""

import pytest
from alarm_bed import CUFF, AlarmBed

from alarms.types import DeviceDecl, Priority, State
from monitor.core.clock import seconds
from monitor.core.types import LinkState, Nibp, Numeric, StatusCode
from monitor.core.units import Unit

OXIMETER = DeviceDecl("oximeter", ("spo2", "perfusion_index"))
MODULE = DeviceDecl("cuff", ("nibp_sys", "nibp_dia", "nibp_map", "cuff_pressure"))
"""A cuff that stays connected and takes orders."""


def priority(bed, condition):
    """Return the priority of the condition's row, None when it has none."""
    rows = [r for r in bed.engine.rows(seconds(bed.now)) if condition in {m.condition for m in r.members}]
    return rows[0].priority if rows else None


def breathe(bed, start, end):
    bed.hold("spo2", 97, start, end)


# --- weak signal ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code", [StatusCode.LOW_PERFUSION, StatusCode.WEAK_SIGNAL, StatusCode.INTERFERENCE], ids=str
)
def test_a_weak_signal_is_low_after_twenty_seconds_and_over_ten_after_its_end(code):
    bed = AlarmBed(OXIMETER)
    breathe(bed, 0, 9)
    bed.status(code, True, 10)
    breathe(bed, 10, 29)
    assert priority(bed, "SPO2_WEAK") is None
    breathe(bed, 30, 40)
    assert priority(bed, "SPO2_WEAK") is Priority.LOW
    bed.status(code, False, 41)
    breathe(bed, 41, 50)
    assert priority(bed, "SPO2_WEAK") is Priority.LOW
    breathe(bed, 51, 52)
    assert priority(bed, "SPO2_WEAK") is None


def test_a_thin_pulse_is_a_weak_signal_without_any_flag():
    bed = AlarmBed(OXIMETER)
    for t in range(40):
        reading = Numeric("oximeter", "perfusion_index", seconds(t), 0.2, Unit.PERCENT)
        bed.engine.accept(reading, seconds(t))
        breathe(bed, t, t)
    assert priority(bed, "SPO2_WEAK") is Priority.LOW


def test_a_sensor_that_is_off_stands_for_its_weak_signal():
    bed = AlarmBed(OXIMETER)
    bed.status(StatusCode.LOW_PERFUSION, True, 0)
    breathe(bed, 0, 25)
    bed.status(StatusCode.SENSOR_OFF, True, 26)
    bed.play("spo2", [None] * 10, 26)
    (row,) = bed.engine.rows(seconds(bed.now))
    assert row.text == "SpO2 sensor off"
    assert {member.condition for member in row.members} == {"SPO2_SENSOR_OFF", "SPO2_WEAK"}


# --- cuffs ----------------------------------------------------------------------------------------


def fail(bed, t, error="leak or loose cuff (87)"):
    bed.now = t
    reading = Nibp("cuff", seconds(t), None, None, None, None, error=error)
    bed._keep(bed.engine.accept(reading, seconds(t)))
    bed.tick(t)


def test_the_second_failed_attempt_in_a_row_is_told_with_its_cause():
    bed = AlarmBed(CUFF)
    fail(bed, 10)
    assert priority(bed, "BP_FAIL") is None
    fail(bed, 70)
    assert priority(bed, "BP_FAIL") is Priority.LOW
    (row,) = bed.engine.rows(seconds(70))
    assert row.text == "Blood pressure not measured: 2 attempts, leak or loose cuff (87)"
    bed.cuff(124, 130)
    assert bed.engine.state_of("BP_FAIL") is State.NORMAL


def test_a_reading_between_two_failures_starts_the_count_anew():
    bed = AlarmBed(CUFF)
    fail(bed, 10)
    bed.cuff(124, 70)
    fail(bed, 130)
    assert priority(bed, "BP_FAIL") is None


def test_a_doubtful_reading_neither_ends_the_failures_nor_is_the_last_valid_one():
    bed = AlarmBed(CUFF)
    bed.cuff(124, 0)
    fail(bed, 10)
    bed.cuff(126, 70, status=(StatusCode.BODY_MOVEMENT,))
    fail(bed, 130)
    assert priority(bed, "BP_FAIL") is Priority.LOW
    bed.cuff(128, 190, status=(StatusCode.BODY_MOVEMENT,))
    assert priority(bed, "BP_FAIL") is Priority.LOW
    bed.tick(901)
    assert priority(bed, "BP_FAIL") is Priority.MEDIUM


@pytest.mark.parametrize("before", [124, 190], ids=["last valid 15 min ago", "a pressure alarms"])
def test_failing_is_medium_when_a_reading_is_badly_wanted(before):
    bed = AlarmBed(CUFF)
    bed.cuff(before, 0)
    for t in (10, 70):
        fail(bed, t)
    if before == 124:
        assert priority(bed, "BP_FAIL") is Priority.LOW
        bed.tick(901)
    assert priority(bed, "BP_FAIL") is Priority.MEDIUM


def test_too_much_cuff_pressure_is_high_at_once_and_stays_to_be_seen():
    bed = AlarmBed(MODULE)
    bed.status(StatusCode.CUFF_OVERPRESSURE, True, 10, "cuff")
    assert priority(bed, "CUFF_OVER") is Priority.HIGH
    bed.status(StatusCode.CUFF_OVERPRESSURE, False, 12, "cuff")
    assert bed.engine.state_of("CUFF_OVER") is State.LATCHED


def test_a_cuff_that_is_up_for_180_s_is_high():
    bed = AlarmBed(MODULE)
    bed.status(StatusCode.MEASURING, True, 10, "cuff")
    bed.tick(189)
    assert priority(bed, "CUFF_STUCK") is None
    bed.tick(190)
    assert priority(bed, "CUFF_STUCK") is Priority.HIGH


def test_a_measurement_of_ordinary_length_is_no_alarm():
    bed = AlarmBed(MODULE)
    for start in range(0, 1200, 300):
        bed.status(StatusCode.MEASURING, True, start, "cuff")
        bed.tick(start + 45)
        bed.status(StatusCode.MEASURING, False, start + 46, "cuff")
    assert [e for e in bed.events if e.condition == "CUFF_STUCK"] == []


# --- links and batteries of devices that no limit judges ------------------------------------------


def test_the_link_of_a_cuff_that_stays_connected_is_watched():
    bed = AlarmBed(MODULE)
    bed.link(LinkState.CONNECTED, 0, "cuff")
    bed.link(LinkState.LOST, 10, "cuff")
    bed.tick(16)
    assert priority(bed, "LINK_LOST") is Priority.MEDIUM
    bed.link(LinkState.CONNECTED, 20, "cuff")
    bed.tick(21)
    assert priority(bed, "LINK_LOST") is None


def test_a_cuff_that_hangs_up_after_each_reading_has_no_link_to_lose():
    bed = AlarmBed(CUFF)
    for t, state in ((0, LinkState.WAITING), (10, LinkState.CONNECTED), (12, LinkState.WAITING)):
        bed.link(state, t, "cuff")
    bed.tick(600)
    assert bed.events == []


@pytest.mark.parametrize("device", [CUFF, MODULE], ids=["hangs up", "stays"])
def test_the_battery_of_every_cuff_is_watched(device):
    bed = AlarmBed(device)
    bed.link(LinkState.CONNECTED, 0, "cuff")
    bed.status(StatusCode.BATTERY_LOW, True, 1, "cuff")
    bed.tick(2)
    assert priority(bed, "BATT_LOW") is Priority.LOW


def test_a_reading_that_the_monitor_calls_questionable_may_raise_and_never_clears():
    bed = AlarmBed(CUFF)
    bed.cuff(182, 0)
    bed.cuff(120, 60, status=(StatusCode.ARTIFACT,))
    assert bed.engine.state_of("SYS_HIGH") is State.UNACK
    bed.cuff(121, 120)
    assert bed.engine.state_of("SYS_HIGH") is not State.UNACK


@pytest.mark.parametrize(
    ("sys", "dia", "mean"),
    [
        pytest.param(120, 120, 120, id="no pulse pressure"),
        pytest.param(110, 130, 115, id="diastolic above systolic"),
        pytest.param(110, 60, 200, id="mean above systolic"),
        pytest.param(110, 60, 50, id="mean below diastolic"),
    ],
)
def test_pressures_that_cannot_belong_together_clear_nothing(sys, dia, mean):
    bed = AlarmBed(CUFF)
    bed.cuff(182, 0)
    accepted = bed.cuff(sys, 60, dia=dia, mean=mean).accepted
    assert StatusCode.IMPLAUSIBLE in accepted.status
    assert bed.engine.state_of("SYS_HIGH") is State.UNACK


def test_a_result_that_says_too_much_cuff_pressure_alarms_until_the_next_good_one():
    bed = AlarmBed(MODULE)
    reading = Nibp(
        "cuff", seconds(10), None, None, None, None, status=(StatusCode.CUFF_OVERPRESSURE,), error="x"
    )
    bed.engine.accept(reading, seconds(10))
    bed.tick(10)
    assert priority(bed, "CUFF_OVER") is Priority.HIGH
    bed.cuff(120, 70)
    bed.tick(70)
    assert bed.engine.state_of("CUFF_OVER") is State.LATCHED


def test_a_cuff_whose_link_breaks_while_it_is_up_still_counts_as_up():
    bed = AlarmBed(MODULE)
    bed.status(StatusCode.MEASURING, True, 10, "cuff")
    bed.link(LinkState.LOST, 100, "cuff")
    bed.link(LinkState.CONNECTED, 110, "cuff")
    bed.tick(191)
    assert priority(bed, "CUFF_STUCK") is Priority.HIGH
