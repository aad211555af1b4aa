"""The MDC codes of alarm conditions: each condition has one, and each number is the standard's."""

import pytest

from alarms import codes
from alarms import preset as presets

WRITTEN = {
    "SPO2_LOW": "196674^MDC_EVT_LO_VAL_LT_LIM^MDC",
    "SYS_HIGH": "196652^MDC_EVT_HI_VAL_GT_LIM^MDC",
    "SPO2_DESAT": "199854^MDC_EVT_DESAT^MDC",
    "SPO2_SENSOR_OFF": "196916^MDC_EVT_SENSOR_DISCONN^MDC",
    "SPO2_WEAK": "196988^MDC_EVT_SIG_LO^MDC",
    "SPO2_TREND": "196670^MDC_EVT_LO^MDC",
    "PULSE_LOST": "196992^MDC_EVT_SIG_UNANALYZEABLE^MDC",
    "NO_DATA": "196970^MDC_EVT_MSMT_INTERRUP^MDC",
    "STALE_VALUE": "196966^MDC_EVT_MSMT_INOP^MDC",
    "BP_FAIL": "196964^MDC_EVT_MSMT_FAIL^MDC",
    "CUFF_OVER": "196840^MDC_EVT_CUFF_INFLAT_OVER^MDC",
    "CUFF_STUCK": "196838^MDC_EVT_CUFF_NOT_DEFLATED^MDC",
    "BATT_LOW": "196802^MDC_EVT_BATT_LO^MDC",
    "LINK_LOST": "196630^MDC_EVT_DISCONN^MDC",
    "STORE_FAIL": "196850^MDC_EVT_EQUIP_MALF^MDC",
    "LIMITS_INVALID": "203276^MDC_EVT_ADVIS_SETTINGS_CHK^MDC",
    "CLOCK_STEP": "196616^MDC_EVT_ALARM^MDC",
}
"""Condition -> the code as alarms 5.2 has it, written out."""


@pytest.mark.parametrize("name", presets.known())
def test_every_condition_of_every_preset_has_a_code(name):
    written = presets.read(name)
    conditions = {row.condition for row in (*written.limit, *written.technical)}
    assert conditions - set(codes.EVENT_OF) == set()


@pytest.mark.parametrize("condition", sorted(WRITTEN))
def test_the_code_is_the_tables(condition):
    assert codes.event_of(condition).text == WRITTEN[condition]


def test_one_name_has_one_term_and_one_term_one_name():
    events = {event for event, _ in codes.EVENT_OF.values()}
    assert len({event.term for event in events}) == len({event.name for event in events}) == len(events)


def test_every_row_says_how_sure_it_is():
    assert {event.evidence for event, _ in codes.EVENT_OF.values()} <= {"V", "S"}
    assert {choice for _, choice in codes.EVENT_OF.values()} <= {codes.TABLE, codes.OURS}


def test_a_low_limit_never_has_a_high_code():
    for limit in (limit for name in presets.known() for limit in presets.read(name).limit):
        if limit.condition != "SPO2_DESAT":
            wanted = "MDC_EVT_LO_VAL_LT_LIM" if limit.comparator.low else "MDC_EVT_HI_VAL_GT_LIM"
            assert codes.event_of(limit.condition).name == wanted


def test_a_condition_without_a_row_is_an_alarm_all_the_same():
    assert codes.event_of("INVENTED_LATER") is codes.ANY
