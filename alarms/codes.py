"""MDC event codes of the alarm conditions (IEEE 11073-10101, partition 3), for journal and exports.

`evidence` says how sure the number is that belongs to the name: V read in a public source, S common
knowledge of the field. `choice` says who found that the name fits the condition: "alarms 5.2", or
"ours" where no table says it. Confirm both in the Rosetta table before a message goes to others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

EVENTS = 3 * 65536
"""Partition 3; a code is the partition's number plus the term."""
TABLE, OURS = "alarms 5.2", "ours"


@dataclass(frozen=True, slots=True)
class Event:
    """One term of the partition of events."""

    term: int
    name: str
    evidence: str = "V"

    @property
    def code(self) -> int:
        """Return the number that stands in messages."""
        return EVENTS + self.term

    @property
    def text(self) -> str:
        """Return it as HL7 names a coded element, "196674^MDC_EVT_LO_VAL_LT_LIM^MDC"."""
        return f"{self.code}^{self.name}^MDC"


ANY = Event(8, "MDC_EVT_ALARM")
"""Stands for what no other code says; its text tells more."""
_LOW = Event(66, "MDC_EVT_LO_VAL_LT_LIM")
_HIGH = Event(44, "MDC_EVT_HI_VAL_GT_LIM", "S")
_FAULT = Event(242, "MDC_EVT_EQUIP_MALF")
_GONE = Event(22, "MDC_EVT_DISCONN")

EVENT_OF: Mapping[str, tuple[Event, str]] = MappingProxyType(
    {
        "SPO2_LOW": (_LOW, TABLE),
        "SPO2_DESAT": (Event(3246, "MDC_EVT_DESAT"), TABLE),
        "SPO2_TREND": (Event(62, "MDC_EVT_LO"), OURS),  # dips: low, though no limit is broken
        "PR_LOW": (_LOW, TABLE),
        "PR_HIGH": (_HIGH, TABLE),
        "HR_LOW": (_LOW, TABLE),
        "HR_HIGH": (_HIGH, TABLE),
        "RR_LOW": (_LOW, TABLE),
        "RR_HIGH": (_HIGH, TABLE),
        "SYS_LOW": (_LOW, TABLE),
        "SYS_HIGH": (_HIGH, TABLE),
        "DIA_LOW": (_LOW, TABLE),
        "DIA_HIGH": (_HIGH, TABLE),
        "MAP_LOW": (_LOW, TABLE),
        "MAP_HIGH": (_HIGH, TABLE),
        "BP_FAIL": (Event(356, "MDC_EVT_MSMT_FAIL"), TABLE),
        "BP_OVERDUE": (ANY, OURS),
        "CUFF_OVER": (Event(232, "MDC_EVT_CUFF_INFLAT_OVER"), TABLE),
        "CUFF_STUCK": (Event(230, "MDC_EVT_CUFF_NOT_DEFLATED"), TABLE),
        "SPO2_SENSOR_OFF": (Event(308, "MDC_EVT_SENSOR_DISCONN"), TABLE),
        "SPO2_WEAK": (Event(380, "MDC_EVT_SIG_LO"), TABLE),
        "PULSE_LOST": (Event(384, "MDC_EVT_SIG_UNANALYZEABLE"), OURS),
        "NO_DATA": (Event(362, "MDC_EVT_MSMT_INTERRUP"), OURS),
        "STALE_VALUE": (Event(358, "MDC_EVT_MSMT_INOP"), OURS),
        "SOURCE_MISMATCH": (ANY, OURS),
        "LINK_LOST": (_GONE, TABLE),
        "BATT_LOW": (Event(194, "MDC_EVT_BATT_LO"), TABLE),
        "CLOCK_STEP": (ANY, OURS),
        "LIMITS_INVALID": (Event(6668, "MDC_EVT_ADVIS_SETTINGS_CHK"), OURS),
        "AUDIO_FAIL": (_FAULT, OURS),
        "ALARM_ENGINE_STALL": (_FAULT, OURS),
        "STORE_FAIL": (_FAULT, OURS),
        "REMOTE_LOST": (_GONE, OURS),
        "SESSION_UNATTENDED": (ANY, OURS),
    }
)
"""Condition -> its event and who chose it."""


def event_of(condition: str) -> Event:
    """Return the event of a condition; MDC_EVT_ALARM for one that has no row."""
    return EVENT_OF.get(condition, (ANY, OURS))[0]
