"""Alarm messages for other systems: IHE PCD-04, Report Alert (HL7 2.6 ORU^R40, alarms 5.4).

One message for each event of an occurrence, in the order of the journal; a pause of the audio is an
update of each alarm that it concerns. Vigil writes them to a file and sends nothing.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from alarms.codes import ANY, event_of
from alarms.phases import phase_of
from monitor.core.catalogue import CATALOGUE
from monitor.record.export import hl7
from monitor.record.journal import ALARM, Entry
from monitor.record.session_file import Meta

SENDER = "VIGIL"
PROFILE = "IHE_PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.4.1^ISO"
PRODUCTION, TRAINING = "P", "T"
"""MSH-11. A rehearsal is training: D is for debugging an interface, and P would be a patient."""
NO_NAME = "^^^^^^S"
"""A coded pseudonym takes the place of a name, which Vigil does not have."""
MONITOR = "69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC"
SOURCE = "68480^MDC_ATTR_ALERT_SOURCE^MDC"
PHASE = "68481^MDC_ATTR_EVENT_PHASE^MDC"
STATE = "68482^MDC_ATTR_ALARM_STATE^MDC"
INACTIVATION = "68483^MDC_ATTR_ALARM_INACTIVATION_STATE^MDC"
PRIORITY = "68484^MDC_ATTR_ALARM_PRIORITY^MDC"
TYPE = "68485^MDC_ATTR_ALERT_TYPE^MDC"

PHASES = {"ack": "update", "reack": "update", "latch": "update"}
"""The journal's phases that PCD-04 has no word for; all others are the same word."""
STATES = {"latched": "latched", "ended": "inactive"}
PRIORITIES = {"high": "PH", "medium": "PM", "low": "PL"}
TYPES = {"physiological": "SP", "technical": "ST"}
METRICS = {
    "spo2": "MDC_PULS_OXIM_SAT_O2",
    "pulse_rate": "MDC_PULS_OXIM_PULS_RATE",
    "heart_rate": "MDC_ECG_HEART_RATE",
    "nibp_sys": "MDC_PRESS_BLD_NONINV_SYS",
    "nibp_dia": "MDC_PRESS_BLD_NONINV_DIA",
    "nibp_map": "MDC_PRESS_BLD_NONINV_MEAN",
    "resp_rate": "MDC_RESP_RATE",
}
"""Channel -> reference id of the code that the catalogue has."""
UNITS = {
    "%": "262688^MDC_DIM_PERCENT^MDC",
    "mm[Hg]": "266016^MDC_DIM_MMHG^MDC",
    "/min": "264864^MDC_DIM_BEAT_PER_MIN^MDC",
}
BREATHS = "264928^MDC_DIM_RESP_PER_MIN^MDC"


def report(meta: Meta, entries: Iterable[Entry], patient: str = "") -> Iterator[str]:
    """Yield the messages of a session's journal; `patient` is a pseudonym, else the session's id is one."""
    session = _Session(meta, patient or meta.session)
    for entry in entries:
        yield from session.take(entry)


class _Session:
    """Which occurrences are open, and with which message each began."""

    def __init__(self, meta: Meta, patient: str) -> None:
        self._meta = meta
        self._patient = patient
        self._mark = hashlib.sha256(meta.session.encode()).hexdigest()[:10]
        self._first: dict[str, str] = {}
        self._open: dict[str, dict[str, Any]] = {}

    def take(self, entry: Entry) -> Iterator[str]:
        """Yield what one entry makes other systems know."""
        if entry.kind == ALARM:
            yield self._event(entry)
        elif entry.kind in ("audio_paused", "audio_pause_ended"):
            yield from self._paused(entry)

    def _event(self, entry: Entry) -> str:
        body = entry.fields()
        occurrence = body["occurrence"]
        said = self._message(entry, f"{self._mark}-{entry.seq}", body)
        if body["state"] == "ended":
            self._open.pop(occurrence, None)
            self._first.pop(occurrence, None)
        else:
            self._open[occurrence] = body
        return said

    def _paused(self, entry: Entry) -> Iterator[str]:
        """Yield an update of every open alarm that a pause, or its end, concerns."""
        of = entry.fields().get("occurrence", "")
        for place, (occurrence, body) in enumerate(self._open.items()):
            if of in ("", occurrence):
                words = [word for word in _inactivation(body) if word not in ("enabled", "audio-paused")]
                if entry.kind == "audio_paused":
                    words.insert(0, "audio-paused")
                at = datetime.fromtimestamp(entry.utc_ns / 1e9, UTC).isoformat()
                update = {"phase": "update", "inactivation": words or ["enabled"], "utc": at, "reason": None}
                body |= update
                yield self._message(entry, f"{self._mark}-{entry.seq}.{place}", body)

    def _message(self, entry: Entry, name: str, body: Mapping[str, Any]) -> str:
        at = hl7.stamp(datetime.fromtimestamp(entry.utc_ns / 1e9, UTC))
        first = self._first.setdefault(body["occurrence"], name)
        order = {1: "1", 2: hl7.coded(name, SENDER), 3: hl7.coded(name, SENDER), 4: ANY.text, 7: at}
        if first != name:
            order[29] = f"{first}&{SENDER}^{first}&{SENDER}"
        segments = [
            self._header(name, at),
            hl7.segment("PID", {1: "1", 3: hl7.coded(self._patient, "", "", SENDER), 5: NO_NAME}),
            hl7.segment("PV1", {1: "1", 2: "U", 3: hl7.coded("", self._meta.title, self._meta.bed)}),
            hl7.segment("OBR", order),
            *_facets(body),
        ]
        return hl7.message(segments)

    def _header(self, name: str, at: str) -> str:
        rehearsal = self._meta.simulated or self._meta.replay
        return hl7.header(
            {
                3: SENDER,
                4: hl7.escape(self._meta.bed),
                7: at,
                9: "ORU^R40^ORU_R40",
                10: name,
                11: TRAINING if rehearsal else PRODUCTION,
                12: "2.6",
                15: "AL",
                16: "NE",
                18: "UNICODE UTF-8",
                21: PROFILE,
            }
        )


def _facets(body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the device's row and the seven facets of one alarm, each under its number."""
    phase = body.get("phase") or phase_of(body["event"], body.get("reason"))
    yield hl7.segment("OBX", {1: "1", 3: MONITOR, 4: "1.0.0.0", 11: "X"})
    yield _facet(1, _event(body) | {14: hl7.stamp(datetime.fromisoformat(body["utc"]))})
    yield _facet(2, _source(body))
    yield _facet(3, {3: PHASE, 5: PHASES.get(phase, phase)})
    said = [body[key] for key in ("user", "reason") if body.get(key)]
    if said:
        yield hl7.segment("NTE", {1: "1", 2: "L", 3: hl7.escape(": ".join(said))})
    yield _facet(4, {3: STATE, 5: STATES.get(body["state"], "active")})
    yield _facet(5, {3: INACTIVATION, 5: "~".join(_inactivation(body))})
    yield _facet(6, {3: PRIORITY, 5: PRIORITIES[body["priority"]]})
    yield _facet(7, {3: TYPE, 5: TYPES[body["kind"]]})


def _facet(number: int, fields: Mapping[int, str]) -> str:
    return hl7.segment("OBX", {1: str(number + 1), 2: "ST", 4: f"1.1.1.1.{number}", 11: "R", **fields})


def _event(body: Mapping[str, Any]) -> dict[int, str]:
    """Return what it is: a patient's event by its code; a technical one by its text, the code inside."""
    code = body.get("mdc") or event_of(body["condition"]).text
    if body["kind"] == "physiological":
        return {3: code, 5: hl7.escape(body["text"])}
    return {2: "CWE", 3: ANY.text, 5: f"{code}^^^^^^{hl7.escape(body['text'])}"}


def _source(body: Mapping[str, Any]) -> dict[int, str]:
    """Return where it comes from: the number with its value, unit and limits, else the device."""
    channel = body.get("channel") or ""
    if body["kind"] == "physiological" and channel in METRICS:
        value, unit = body.get("value"), body.get("unit", "")
        return {
            2: "NM",
            3: f"{CATALOGUE[channel].mdc}^{METRICS[channel]}^MDC",
            5: "" if value is None else f"{value:.10g}",
            6: BREATHS if channel == "resp_rate" else UNITS.get(unit, hl7.escape(unit)),
            7: _range(body),
            18: hl7.escape(body.get("device") or ""),
        }
    named = " ".join(word for word in (body.get("device") or "station", channel) if word)
    return {3: SOURCE, 5: hl7.escape(named)}


def _range(body: Mapping[str, Any]) -> str:
    """Return the limits in force, "low-high": the broken one, and the nearest on the other side.

    HL7's words where there is one only: "> low", "< high".
    """
    own, comparator = body.get("limit"), body.get("comparator", "")
    levels = body.get("limits", [])
    low = max((one["value"] for one in levels if one["comparator"].startswith("<")), default=None)
    high = min((one["value"] for one in levels if one["comparator"].startswith(">")), default=None)
    if own is not None:
        low, high = (own, high) if comparator.startswith("<") else (low, own)
    if low is None:
        return "" if high is None else f"<{high:g}"
    return f">{low:g}" if high is None else f"{low:g}-{high:g}"


def _inactivation(body: Mapping[str, Any]) -> list[str]:
    """Return what a person took away; a journal of before this was written says it by its state."""
    acknowledged = "alert-acknowledged" if body["state"] == "ack" else "enabled"
    return list(body.get("inactivation") or [acknowledged])
