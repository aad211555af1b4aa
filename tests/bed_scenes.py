"""Messages as a service would say them: the states of a bed that a nurse may have to read."""

import math

import msgspec
import numpy as np

from monitor.core.clock import SECOND, Nanos
from monitor.link.client import Connection
from monitor.link.messages import (
    Alarm,
    AlarmBoard,
    AlarmRow,
    ChannelTrend,
    Device,
    Heartbeat,
    LimitInForce,
    Nibp,
    Numeric,
    OffAlarm,
    QuietRoom,
    Reply,
    RowMember,
    Snapshot,
    Waveform,
)

UTC = "2026-03-02T10:00:00.000+00:00"
BED = "bed1"
RATE_HZ = 75.0
UNITS = {
    "spo2": "%", "pulse_rate": "/min", "heart_rate": "/min", "resp_rate": "/min", "cuff_pressure": "mm[Hg]",
}  # fmt: skip


class StepClock:
    """A clock that a test moves."""

    def __init__(self, start_s: float = 1000.0) -> None:
        self.t = Nanos(round(start_s * SECOND))

    def now(self) -> Nanos:
        return self.t

    def advance(self, seconds: float) -> Nanos:
        self.t = Nanos(self.t + round(seconds * SECOND))
        return self.t


def numeric(channel="spo2", value=97.0, reason=None, device=None, seq=0, **rest) -> Numeric:
    by = device or ("strap" if channel == "heart_rate" else "oximeter")
    return Numeric(
        bed=BED, seq=seq, device=by, channel=channel, value=value, reason=reason, unit=UNITS[channel],
        utc=UTC, simulated=True, **rest,
    )  # fmt: skip


def nibp(sys=128.0, dia=76.0, mean=93.0, age_s=100.0, status=(), **rest) -> Nibp:
    return Nibp(
        bed=BED, device="cuff", nibp_sys=sys, nibp_dia=dia, nibp_map=mean, pulse_rate=72.0, unit="mm[Hg]",
        status=list(status), source="auto", utc=UTC, age_s=age_s, simulated=True,
        **{"stored": False, **rest},
    )  # fmt: skip


def limit(condition, channel, comparator, value, priority="medium") -> LimitInForce:
    return LimitInForce(
        condition=condition, channel=channel, comparator=comparator, value=value, priority=priority,
        on_delay_s=10, text=f"{comparator} {value:g}",
    )  # fmt: skip


LIMITS = [
    limit("SPO2_DESAT", "spo2", "<", 85, "high"),
    limit("SPO2_LOW", "spo2", "<", 90),
    limit("PR_LOW", "pulse_rate", "<", 50),
    limit("PR_HIGH", "pulse_rate", ">", 130),
    limit("HR_LOW", "heart_rate", "<", 50),
    limit("HR_HIGH", "heart_rate", ">", 130),
    limit("SYS_LOW", "nibp_sys", "<", 90),
    limit("SYS_HIGH", "nibp_sys", ">", 160),
    limit("SYS_HIGH", "nibp_sys", ">=", 180, "high"),
    limit("DIA_HIGH", "nibp_dia", ">", 100),
    limit("DIA_LOW", "nibp_dia", "<", 50),
]


def row(
    key="SPO2", priority="high", state="unack", text="SpO₂ very low: 82 %",
    action="Look at the patient: breathing, airway, colour. Give oxygen.",
    kind="physiological", age_s=23.0, channel="spo2", limit_text="< 85 %", by=None, occurrence=None,
) -> AlarmRow:  # fmt: skip
    member = RowMember(
        occurrence=occurrence or f"o-{key}", condition=key, priority=priority, state=state, channel=channel,
        limit_text=limit_text,
    )  # fmt: skip
    return AlarmRow(
        key=key, priority=priority, state=state, text=text, action=action, kind=kind, since_utc=UTC,
        age_s=age_s, members=[member], acknowledged_by=by,
    )  # fmt: skip


MEDIUM_BP = row(
    "BP", "medium", "unack", "Systolic high: 168 mmHg", "Ask how the patient feels. Repeat the cuff.",
    age_s=75, channel="nibp_sys", limit_text="> 160 mmHg",
)  # fmt: skip
LINK_LOST = row(
    "LINK", "medium", "unack", "Oximeter: connection lost", "Check the cable and that the oximeter is on.",
    kind="technical", channel=None, limit_text="", age_s=12,
)  # fmt: skip


def off(condition="PR_HIGH", *channels, reminders=0) -> OffAlarm:
    return OffAlarm(
        condition=condition, channels=list(channels or ("pulse_rate",)), by="anna",
        reason="known tachycardia", age_s=61.0, reminders=reminders,
    )  # fmt: skip


def board(*rows: AlarmRow, seq=0, paused_s=0.0, off=()) -> AlarmBoard:
    unseen = [one.priority for one in rows if one.state != "ack"]
    sounding = [one.priority for one in rows if one.state == "unack"]
    rank = ["low", "medium", "high"].index
    return AlarmBoard(
        bed=BED, seq=seq, rows=list(rows), highest=max(unseen, key=rank, default=None),
        sounding=None if paused_s else max(sounding, key=rank, default=None), simulated=True,
        paused_s=paused_s, paused_by="anna" if paused_s else "", off=list(off),
    )  # fmt: skip


def quiet_board(state="held", sounds_here=False, *rows) -> AlarmBoard:
    """The board of a bed whose sound anna has taken at station-2."""
    room = QuietRoom(by="anna", station="station-2", state=state, since_s=61.0, beat_age_s=1.0)
    return msgspec.structs.replace(board(*rows), quiet=room, sounds_here=sounds_here)


def alarm(occurrence="o-SPO2", value=84.0, state="latched", **rest) -> Alarm:
    return Alarm(
        bed=BED, event="latched", condition="SPO2_LOW", priority="high", kind="physiological",
        occurrence=occurrence, episode="e1", state=state, value=value, limit=90, comparator="<", unit="%",
        channel="spo2", device="oximeter", text="SpO₂ low", action="", utc=UTC, since_utc=UTC, **rest,
    )  # fmt: skip


def device(name="oximeter", state="connected", detail="", status=(), seq=0) -> Device:
    return Device(
        bed=BED, seq=seq, device=name, model="nonin-df7", state=state, detail=detail, utc=UTC,
        status=list(status), simulated=True,
    )  # fmt: skip


def trends(minutes: float = 28) -> list[ChannelTrend]:
    ages = [minutes * 60 - 5 * i for i in range(int(minutes * 12))]
    waves = [math.sin(age / 90) for age in ages]
    cuffs = [minutes * 60 - 300 * i for i in range(int(minutes / 5) + 1)]
    return [
        ChannelTrend(channel="spo2", age_s=ages, values=[97 + w for w in waves]),
        ChannelTrend(channel="pulse_rate", age_s=ages, values=[72 + 5 * w for w in waves]),
        ChannelTrend(channel="heart_rate", age_s=ages, values=[74 + 5 * w for w in waves]),
        ChannelTrend(
            channel="nibp_sys", age_s=cuffs, values=[128.0 + 6 * (i % 5) for i in range(len(cuffs))]
        ),
        ChannelTrend(channel="nibp_dia", age_s=cuffs, values=[76.0 + 3 * (i % 4) for i in range(len(cuffs))]),
    ]


def snapshot(*rows: AlarmRow, seq=0, **changes) -> Snapshot:
    fields = {
        "title": "Room 1", "session": "s1", "session_age_s": 1694.0, "preset": "Adult standard",
        "preset_note": "factory limits, not approved by this clinic",
        "devices": [device(), device("cuff", "waiting"), device("strap")],
        "numerics": [numeric(), numeric("pulse_rate", 72.0), numeric("heart_rate", 74.0)],
        "nibp": nibp(), "board": board(*rows), "limits": LIMITS, "trend": trends(), "waveforms": ["pleth"],
        "sound": "none", "store": "recording",
    }  # fmt: skip
    return Snapshot(bed=BED, seq=seq, utc=UTC, simulated=True, **{**fields, **changes})


def pleth(first: int, count: int, channel="pleth", rate_hz=RATE_HZ, rate_min=72.0) -> Waveform:
    t = (first + np.arange(count)) / rate_hz * rate_min / 60
    beat = t % 1.0
    shape = np.exp(-(((beat - 0.25) / 0.10) ** 2)) + 0.35 * np.exp(-(((beat - 0.55) / 0.12) ** 2))
    samples = np.round(60 + 120 * shape).astype("<i2")
    return Waveform(
        bed=BED, device="oximeter", channel=channel, rate_hz=rate_hz, first=first, scale=1.0, offset=0.0,
        samples=samples.tobytes(), utc=UTC, simulated=True,
    )  # fmt: skip


def connected(now: Nanos) -> Connection:
    return Connection("connected", "connected to Vigil 0.1.0", now)


def heartbeat(flash: float = 0.0) -> Heartbeat:
    return Heartbeat(epoch="e", utc=UTC, flash=flash)


def reply(ok=True, text="acknowledged", results=()) -> Reply:
    return Reply(id="c1", ok=ok, text=text, results=list(results))
