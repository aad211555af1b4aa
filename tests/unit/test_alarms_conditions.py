"""Every condition of the table: where it is built, or why it is not yet.

A condition that is built has its row in the preset, a title or a name, and a first step.
"""

import pytest
from alarm_bed import ADULT

from alarms.host import OF_DEVICES
from alarms.texts import ACTIONS, TITLES

LIMIT, DEVICE, HOST = "limit", "device", "host"
BUILT = {
    "SPO2_LOW": LIMIT,
    "SPO2_DESAT": LIMIT,
    "PR_LOW": LIMIT,
    "PR_HIGH": LIMIT,
    "HR_LOW": LIMIT,
    "HR_HIGH": LIMIT,
    "SYS_LOW": LIMIT,
    "SYS_HIGH": LIMIT,
    "DIA_HIGH": LIMIT,
    "DIA_LOW": LIMIT,
    "MAP_LOW": LIMIT,
    "MAP_HIGH": LIMIT,
    "SPO2_TREND": DEVICE,  # trend.py
    "BP_OVERDUE": DEVICE,  # overdue.py
    "BP_FAIL": DEVICE,  # cuff_trouble.py
    "CUFF_OVER": DEVICE,  # cuff_trouble.py
    "CUFF_STUCK": DEVICE,  # cuff_trouble.py
    "SPO2_SENSOR_OFF": DEVICE,  # missing.py
    "SPO2_WEAK": DEVICE,  # missing.py
    "PULSE_LOST": DEVICE,  # missing.py
    "NO_DATA": DEVICE,  # missing.py
    "STALE_VALUE": DEVICE,  # repeats.py
    "LINK_LOST": DEVICE,  # missing.py
    "BATT_LOW": DEVICE,  # missing.py
    "SOURCE_MISMATCH": DEVICE,  # mismatch.py
    "CLOCK_STEP": HOST,  # the bed compares the wall clock with its own
    "LIMITS_INVALID": HOST,  # its row only: a preset with faults is refused before it arms
    "AUDIO_FAIL": HOST,
    "ALARM_ENGINE_STALL": HOST,
    "STORE_FAIL": HOST,
    "REMOTE_LOST": HOST,  # quiet.py
}
NOT_YET = {
    "SPO2_HIGH": "off in the table, and nobody can say yet that oxygen is given",
    "BATT_CRIT": "no device says it: a flag has one level, and a charge in per cent is no 5 min",
    "SESSION_UNATTENDED": "no row of its own: the unanswered one calls further people (escalation.py), "
    "and in a quiet room the bed itself sounds again (engine.py, sounds_here)",
}


@pytest.mark.parametrize("name", [name for name, where in BUILT.items() if where == LIMIT])
def test_a_limit_has_its_levels(name):
    assert ADULT.by_condition[name]
    assert name in ACTIONS


@pytest.mark.parametrize("name", [name for name, where in BUILT.items() if where != LIMIT])
def test_a_technical_condition_has_row_title_and_first_step(name):
    assert ADULT.technical_by_condition[name].levels
    assert name in TITLES
    assert name in ACTIONS


def test_nothing_is_built_that_the_table_does_not_know():
    rows = {*ADULT.by_condition, *ADULT.technical_by_condition}
    assert rows == set(BUILT)
    assert {*TITLES} == {name for name, where in BUILT.items() if where != LIMIT}


def test_the_station_sets_no_condition_that_the_engine_sees_by_itself():
    technical = {name: where for name, where in BUILT.items() if where != LIMIT}
    assert {name for name, where in technical.items() if where == DEVICE} == OF_DEVICES | {"BATT_LOW"}


@pytest.mark.parametrize("name", NOT_YET)
def test_what_is_not_built_has_no_row_that_would_promise_it(name):
    assert name not in ADULT.by_condition
    assert name not in ADULT.technical_by_condition
    assert NOT_YET[name]
