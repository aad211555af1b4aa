"""Journal entries of alarms as a session file holds them, made by hand."""

import json
from datetime import UTC, datetime

from monitor.record.journal import Entry
from monitor.record.session_file import Meta

WHEN = datetime(2026, 3, 4, 10, tzinfo=UTC)


def entry(body, seq=2, kind="alarm"):
    return Entry(seq, round(WHEN.timestamp() * 1e9), 0, "e", kind, json.dumps(body), b"", b"")


def alarm(**own):
    body = {
        "event": "start", "phase": "start", "condition": "SPO2_LOW", "priority": "medium",
        "kind": "physiological", "occurrence": "o1", "state": "unack", "value": 86.0, "limit": 90.0,
        "comparator": "<", "unit": "%", "channel": "spo2", "device": "ox", "text": "SpO2 86 %",
        "utc": WHEN.isoformat(), "reason": None, "user": None, "mdc": "196674^MDC_EVT_LO_VAL_LT_LIM^MDC",
    }  # fmt: skip
    return body | own


def meta(title="Room 1", **marks):
    return Meta("s", "bed1", title, 0, 0, "e", **marks)
