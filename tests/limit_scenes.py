"""Limits as the service tells them, some of them changed."""

import bed_scenes as scenes

from monitor.link.messages import BaselineInForce, LimitInForce


def limit(condition, channel, comparator, value, priority="medium", decided_by="delay", **rest):
    """A limit as in the preset, which a nurse may move by 5 and a clinician by 10."""
    return LimitInForce(
        condition=condition, channel=channel, comparator=comparator, value=value, priority=priority,
        on_delay_s=10, text=f"{comparator} {value:g}", decided_by=decided_by,
        **{"preset_value": value, "least": value - 5, "most": value + 5, "clinician_least": value - 10,
           "clinician_most": value + 10, **rest},
    )  # fmt: skip


DESAT = limit("SPO2_DESAT", "spo2", "<", 85.0, "high", least=None, most=None)
LOW = limit("SPO2_LOW", "spo2", "<", 90.0)
HIGH = limit("PR_HIGH", "pulse_rate", ">", 130.0)
SYS_HIGH = limit("SYS_HIGH", "nibp_sys", ">=", 150.0, "medium", "reading")
SYS_REPEAT = limit("SYS_HIGH", "nibp_sys", ">=", 180.0, "high", "repeat")
SYS_AT_ONCE = limit("SYS_HIGH", "nibp_sys", ">=", 200.0, "high", "reading")
CHANGED = limit(
    "PR_LOW", "pulse_rate", "<", 45.0, preset_value=50.0, changed_by="anna", reason="usual for this patient"
)
LIMITS = [DESAT, LOW, CHANGED, HIGH, SYS_HIGH, SYS_REPEAT, SYS_AT_ONCE]
BASELINE = BaselineInForce(sys=122.0, dia=76.0, pulse=68.0, spo2=97.0, by="anna", age_s=600.0)


def snapshot(*rows, **changes):
    return scenes.snapshot(*rows, **{"limits": LIMITS, "limits_changed": 1, "baseline": BASELINE, **changes})
