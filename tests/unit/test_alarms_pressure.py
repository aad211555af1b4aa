"""Blood pressure: every row of the table of alarm decisions 4, and what a reading is."""

from datetime import datetime, timedelta

import pytest
from alarm_bed import ADULT, CUFF, OXIMETER, AlarmBed

from alarms.pressure import TABLE, Heard, Move, Phase, PressureTrack
from alarms.types import Priority, State
from monitor.core.clock import seconds
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

MOVED = (StatusCode.BODY_MOVEMENT,)
HIGH = Priority.HIGH
MEDIUM = Priority.MEDIUM


# --- the table as data --------------------------------------------------------------------------------

MOVES = {
    Phase.INSIDE: "- - medium confirm at_once - medium confirm - - -",
    Phase.MEDIUM: "clear count medium confirm at_once - medium confirm - - -",
    Phase.CONFIRMING: "clear count medium confirmed at_once - - confirmed - no_repeat at_once",
    Phase.HIGH: "clear count fall update update - update update - - -",
    Phase.FALLEN: "clear count medium again at_once - medium again - - -",
}
CELLS = [
    pytest.param(phase, heard, move, id=f"{phase.value}: {heard.value}")
    for phase, moves in MOVES.items()
    for heard, move in zip(Heard, moves.split(), strict=True)
]


@pytest.mark.parametrize(("phase", "heard", "move"), CELLS)
def test_cell(phase, heard, move):
    assert TABLE[phase].get(heard, Move.NOTHING) is (Move.NOTHING if move == "-" else Move(move))


SYS_LOW = ADULT.by_condition["SYS_LOW"]


@pytest.mark.parametrize(
    ("value", "doubtful", "phase"),
    [
        pytest.param(90, False, Phase.INSIDE, id="at the limit"),
        pytest.param(89, False, Phase.MEDIUM, id="medium band"),
        pytest.param(79, False, Phase.CONFIRMING, id="high band"),
        pytest.param(69, False, Phase.HIGH, id="at once"),
        pytest.param(69, True, Phase.HIGH, id="at once, doubtful"),
        pytest.param(79, True, Phase.CONFIRMING, id="high band, doubtful"),
    ],
)
def test_the_first_reading_decides_the_phase(value, doubtful, phase):
    track = PressureTrack(SYS_LOW)
    track.hear(value, doubtful, seconds(0))
    assert track.phase is phase


# --- with the engine: adult standard, SYS_LOW < 90, < 80 by repeat, < 70 at once ---------------------------


def test_a_reading_in_the_medium_band_starts_medium_at_once():
    bed = AlarmBed(CUFF)
    bed.cuff(165, 0)
    assert (bed.told("SYS_HIGH"), bed.texts()) == (
        [(0.0, "start", "medium", None)],
        ["Systolic 165 mmHg (limit > 160)"],
    )


def test_a_crisis_is_high_at_its_first_reading():
    bed = AlarmBed(CUFF)
    bed.cuff(180, 0)
    assert bed.told("SYS_HIGH") == [(0.0, "start", "high", "at_once")]


def test_the_high_band_is_confirming_with_a_text_and_a_step():
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0)
    (row,) = bed.engine.rows(seconds(0))
    assert (row.priority, row.text) == (MEDIUM, "Systolic 75 mmHg, confirming (limit < 80)")
    assert row.action == "Repeat the measurement now"


@pytest.mark.parametrize(
    ("value", "status", "expected"),
    [
        pytest.param(74, (), (60.0, "escalate", "high", "confirmed"), id="high band"),
        pytest.param(78, MOVED, (60.0, "escalate", "high", "confirmed"), id="high band, doubtful"),
        pytest.param(66, (), (60.0, "escalate", "high", "at_once"), id="at once"),
        pytest.param(66, MOVED, (60.0, "escalate", "high", "at_once"), id="at once, doubtful"),
    ],
)
def test_a_repeat_confirms(value, status, expected):
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0)
    bed.cuff(value, 60, status=status)
    assert bed.told("SYS_LOW")[-1] == expected


@pytest.mark.parametrize(
    ("value", "phase_text"),
    [
        pytest.param(85, "Systolic 85 mmHg (worst 75, limit < 90), 4 min ago", id="medium band"),
        pytest.param(
            92, "Systolic 92 mmHg (worst 75, limit < 90), 4 min ago", id="inside without hysteresis"
        ),
    ],
)
def test_a_valid_repeat_outside_the_high_band_refutes(value, phase_text):
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0)
    bed.cuff(value, 60)
    bed.ticks(61, 300)
    assert (bed.told("SYS_LOW", "escalate"), bed.texts()) == ([], [phase_text])


@pytest.mark.parametrize(
    "repeats",
    [
        pytest.param([], id="absent"),
        pytest.param([(None, ())], id="failed or stopped"),
        pytest.param([(110, MOVED)], id="doubtful inside"),
        pytest.param([(85, MOVED)], id="doubtful in the medium band"),
        pytest.param([(None, ()), (None, ())], id="failed twice"),
    ],
)
def test_without_a_repeat_it_is_high_at_150_s(repeats):
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0)
    for number, (value, status) in enumerate(repeats):
        bed.cuff(value, 60 + 30 * number, status=status)
    bed.ticks(148, 149)
    assert bed.told("SYS_LOW", "escalate") == []
    bed.ticks(150, 160)
    assert bed.told("SYS_LOW", "escalate") == [(150.0, "escalate", "high", "no_repeat")]
    assert bed.engine.rows(seconds(160))[0].text.startswith("Systolic 75 mmHg (limit < 80)")


def test_acknowledging_does_not_stop_the_confirmation_clock():
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0)
    bed.acknowledge()
    bed.ticks(1, 150)
    assert bed.told("SYS_LOW")[-1] == (150.0, "escalate", "high", "no_repeat")
    assert bed.state("SYS_LOW") is State.UNACK


def test_high_stays_high_in_the_medium_band_while_unacknowledged():
    bed = AlarmBed(CUFF)
    bed.cuff(185, 0)
    bed.cuff(165, 120)
    assert (bed.last("SYS_HIGH").priority, bed.last("SYS_HIGH").value) == (HIGH, 185)


def test_acknowledged_high_falls_to_medium_and_comes_back_without_a_repeat():
    bed = AlarmBed(CUFF)
    bed.cuff(66, 0)
    bed.acknowledge()
    bed.cuff(85, 120)
    assert bed.told("SYS_LOW")[-1] == (120.0, "deescalate", "medium", "medium_band")
    bed.cuff(78, 240)
    assert bed.told("SYS_LOW")[-1] == (240.0, "escalate", "high", "high_again")


def test_a_doubtful_reading_makes_nothing_fall():
    bed = AlarmBed(CUFF)
    bed.cuff(66, 0)
    bed.acknowledge()
    bed.cuff(85, 120, status=MOVED)
    assert (bed.state("SYS_LOW"), bed.last("SYS_LOW").priority) == (State.ACK, HIGH)


@pytest.mark.parametrize(
    ("start", "readings", "state"),
    [
        pytest.param(165, [(150, ())], State.LATCHED, id="high: beyond hysteresis of 10"),
        pytest.param(165, [(151, ())], State.UNACK, id="high: one inside is not enough"),
        pytest.param(165, [(151, ()), (155, ())], State.LATCHED, id="high: second in a row inside"),
        pytest.param(165, [(151, ()), (161, ()), (155, ())], State.UNACK, id="high: not in a row"),
        pytest.param(165, [(120, MOVED)], State.UNACK, id="doubtful never clears"),
        pytest.param(165, [(151, ()), (155, MOVED)], State.UNACK, id="doubtful is no second one"),
        pytest.param(165, [(None, ())], State.UNACK, id="failed never clears"),
        pytest.param(85, [(95, ())], State.LATCHED, id="low: beyond hysteresis of 5"),
        pytest.param(85, [(94, ())], State.UNACK, id="low: inside without hysteresis"),
        pytest.param(75, [(95, ())], State.LATCHED, id="confirming: beyond hysteresis"),
        pytest.param(75, [(92, ()), (93, ())], State.LATCHED, id="confirming: second in a row inside"),
        pytest.param(185, [(150, ())], State.LATCHED, id="at once: beyond hysteresis"),
    ],
)
def test_what_clears_a_pressure_alarm(start, readings, state):
    bed = AlarmBed(CUFF)
    bed.cuff(start, 0)
    for number, (value, status) in enumerate(readings):
        bed.cuff(value, 60 * (number + 1), status=status)
    assert bed.state("SYS_HIGH" if start > 160 else "SYS_LOW") is state


def test_without_a_reading_it_stays_and_carries_its_age():
    bed = AlarmBed(CUFF)
    bed.cuff(178, 0)
    bed.ticks(1, 660)
    assert (bed.state("SYS_HIGH"), bed.texts()) == (
        State.UNACK,
        ["Systolic 178 mmHg (limit > 160), 11 min ago"],
    )


@pytest.mark.parametrize(
    ("value", "state"),
    [
        pytest.param(179, State.ACK, id="not worse by 20: holds"),
        pytest.param(162, State.ACK, id="better, still outside: holds"),
        pytest.param(180, State.UNACK, id="rises to high: voided"),
    ],
)
def test_an_acknowledgement_holds_until_worse_or_higher(value, state):
    bed = AlarmBed(CUFF)
    bed.cuff(161, 0)
    bed.acknowledge()
    bed.cuff(value, 120)
    assert bed.state("SYS_HIGH") is state


def test_worse_by_20_voids_the_acknowledgement():
    bed = AlarmBed(CUFF)
    bed.cuff(185, 0)
    bed.acknowledge()
    bed.cuff(204, 120)
    assert bed.state("SYS_HIGH") is State.ACK
    bed.cuff(205, 240)
    assert bed.told("SYS_HIGH")[-1] == (240.0, "rearm", "high", "worse")


@pytest.mark.parametrize(
    ("value", "after_s"),
    [pytest.param(185, 300, id="high: 5 min"), pytest.param(165, 600, id="medium: 10 min")],
)
def test_pressure_acknowledgements_last_longer(value, after_s):
    bed = AlarmBed(CUFF)
    bed.cuff(value, 0)
    bed.acknowledge()
    bed.ticks(1, after_s - 1)
    assert bed.state("SYS_HIGH") is State.ACK
    bed.tick(after_s)
    assert bed.told("SYS_HIGH")[-1][1::2] == ("rearm", "ack_timeout")


def test_all_pressures_of_one_reading_are_one_row_and_all_are_logged():
    bed = AlarmBed(CUFF)
    bed.cuff(185, 0, dia=112, mean=136)
    starts = {event.condition: event for event in bed.events}
    assert set(starts) == {"SYS_HIGH", "DIA_HIGH", "MAP_HIGH"}
    (row,) = bed.engine.rows(seconds(0))
    assert (row.priority, row.text) == (
        HIGH,
        "Systolic 185 mmHg (limit >= 180); Mean pressure 136 mmHg, confirming (limit >= 130); "
        "Diastolic 112 mmHg (limit >= 110)",
    )
    assert row.action == "Repeat the measurement now"
    assert starts["DIA_HIGH"].covered_by == starts["SYS_HIGH"].occurrence
    bed.acknowledge()
    assert bed.sounding is None


def test_a_new_pressure_alarm_sounds_beside_an_acknowledged_one():
    bed = AlarmBed(CUFF)
    bed.cuff(165, 0)
    bed.acknowledge()
    bed.cuff(165, 120, dia=105)
    assert (bed.sounding, len(bed.texts())) == (MEDIUM, 1)


# --- what is a new reading -------------------------------------------------------------------------------


def test_the_same_triple_again_neither_confirms_nor_clears():
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0)
    for number in range(1, 29):
        bed.cuff(75, number)
    assert bed.told("SYS_LOW") == [(0.0, "start", "medium", "confirming")]
    assert bed.engine.refused[Reason.REPEATED] == 28


@pytest.mark.parametrize(
    ("first", "second", "new"),
    [
        pytest.param({"sequence": 1}, {"sequence": 1}, False, id="same sequence"),
        pytest.param({"sequence": 1}, {"sequence": 2}, True, id="next sequence, same values"),
        pytest.param(
            {"device_time": datetime(2026, 1, 1, 9)},
            {"device_time": datetime(2026, 1, 1, 9)},
            False,
            id="same time",
        ),
        pytest.param(
            {"device_time": datetime(2026, 1, 1, 9)},
            {"device_time": datetime(2026, 1, 1, 9, 1)},
            True,
            id="later time",
        ),
    ],
)
def test_a_new_reading_has_a_new_time_or_sequence(first, second, new):
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0, **first)
    bed.cuff(75, 10, **second)
    assert bool(bed.told("SYS_LOW", "escalate")) is new


def test_the_same_values_after_30_s_are_a_new_reading():
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0)
    bed.cuff(75, 30)
    assert bed.told("SYS_LOW", "escalate") == [(30.0, "escalate", "high", "confirmed")]


@pytest.mark.parametrize("every_s", [1, 10, 29])
def test_pressures_that_come_on_and_on_stay_one_reading(every_s):
    bed = AlarmBed(CUFF)
    bed.cuff(165, 0)
    for number in range(100):
        bed.cuff(155, 60 + every_s * number)
    assert bed.told("SYS_HIGH", "latched", "end") == []  # not the second in a row inside
    bed.cuff(155, 60 + every_s * 99 + 30)
    assert bed.told("SYS_HIGH", "latched") != []


def test_a_failed_attempt_does_not_make_the_last_values_new():
    bed = AlarmBed(CUFF)
    bed.cuff(75, 0)
    bed.cuff(None, 15)
    bed.cuff(75, 25)
    assert bed.told("SYS_LOW") == [(0.0, "start", "medium", "confirming")]


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(130, id="after a better reading: not raised again"),
        pytest.param(None, id="after a failed attempt: not confirmed"),
    ],
)
def test_a_measurement_sent_again_from_memory_is_the_old_one(between):
    bed = AlarmBed(CUFF)
    first = datetime(2026, 1, 1, 9)
    bed.cuff(75, 0, device_time=first)
    bed.cuff(between, 60, device_time=first + timedelta(seconds=60))
    bed.acknowledge()
    told = len(bed.events)
    bed.cuff(75, 100, device_time=first)
    assert (len(bed.events) - told, bed.engine.refused[Reason.REPEATED]) == (0, 1)


@pytest.mark.parametrize(
    "same",
    [
        pytest.param({"device_time": datetime(2000, 1, 1)}, id="a clock that stands still"),
        pytest.param({"sequence": 1}, id="a number that stays the same"),
    ],
)
def test_other_pressures_are_new_whatever_the_cuff_says_and_never_clear(same):
    bed = AlarmBed(CUFF)
    bed.cuff(130, 0, **same)
    bed.cuff(185, 60, **same)
    assert bed.starts("SYS_HIGH") == [(60.0, "high")]
    bed.cuff(130, 120, **same)
    assert bed.state("SYS_HIGH") is State.UNACK


def test_a_stored_reading_never_raises_or_clears():
    bed = AlarmBed(CUFF)
    step = bed.cuff(66, 0, stored=True)
    assert (step.events, step.accepted.sys) == ((), 66)
    bed.cuff(185, 10)
    bed.cuff(120, 20, stored=True)
    assert bed.state("SYS_HIGH") is State.UNACK


def test_a_late_reading_is_refused_and_counted():
    bed = AlarmBed(CUFF)
    bed.cuff(185, 100)
    bed.cuff(120, 90)
    assert (bed.state("SYS_HIGH"), bed.engine.refused[Reason.LATE]) == (State.UNACK, 1)


def test_a_cuff_whose_clock_was_set_back_may_raise_and_not_clear():
    bed = AlarmBed(CUFF)
    now = datetime(2026, 10, 25, 2, 30)
    bed.cuff(120, 0, device_time=now)
    bed.cuff(185, 60, device_time=now - timedelta(hours=1))
    assert bed.starts("SYS_HIGH") == [(60.0, "high")]
    bed.cuff(120, 120, device_time=now - timedelta(hours=2))
    assert bed.state("SYS_HIGH") is State.UNACK


def test_kilopascals_are_converted_and_never_taken_for_mmhg():
    bed = AlarmBed(CUFF)
    step = bed.cuff(24, 0, dia=12, mean=16, unit=Unit.KPA)
    assert (round(step.accepted.sys), step.accepted.unit) == (180, Unit.MMHG)
    assert bed.starts("SYS_HIGH") == [(0.0, "high")]
    refused = bed.cuff(16, 60, dia=10, mean=12)
    assert (refused.accepted.sys, refused.accepted.dia) == (None, None)
    assert bed.engine.refused[Reason.OUT_OF_RANGE] == 3


def test_a_cuff_has_no_link_lost_and_no_missing_data():
    bed = AlarmBed(CUFF, OXIMETER)
    bed.cuff(120, 0)
    bed.ticks(1, 1000)
    assert {event.device for event in bed.events} == {"oximeter"}


def test_the_fall_of_a_value_that_the_reading_lacks_waits_for_its_deadline():
    bed = AlarmBed(CUFF)
    bed.cuff(120, 0, mean=53)
    bed.cuff(120, 60, mean=None)
    bed.ticks(149, 151)
    assert bed.told("MAP_LOW") == [
        (0.0, "start", "medium", "confirming"),
        (150.0, "escalate", "high", "no_repeat"),
    ]
