"""A bed on a virtual clock, with the real engine and a real session file."""

import contextlib
import json
import sqlite3
from datetime import UTC, datetime, timedelta

from alarms import preset as presets
from alarms.engine import Engine
from alarms.types import DeviceDecl
from drivers.orders import Orders
from monitor.bed import Bed, Session
from monitor.core.clock import Nanos, SystemClock, seconds
from monitor.core.types import (
    Numeric,
)
from monitor.core.units import Unit
from monitor.held import Device
from monitor.link.outgoing import UtcAnchor
from monitor.record.recorder import Recorder
from monitor.record.resume import read_back
from monitor.record.session_file import Meta, SessionFile

START = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


OXIMETRY = ("spo2", "pulse_rate")


class Clock:
    """Time that a test moves."""

    def __init__(self):
        self.t = seconds(1000)
        self.ahead = timedelta()

    def now(self):
        return self.t

    def utc(self):
        return START + self.ahead + timedelta(microseconds=(self.t - seconds(1000)) // 1000)

    def forward(self, span_s):
        self.t = Nanos(self.t + seconds(span_s))


class Place:
    """A bed, what it said, and its file; `before` is the place whose process was killed."""

    def __init__(self, folder, before=None):
        self.clock = Clock() if before is None else before.clock
        self.said = []
        self.path = folder / "s.vigil"
        now = self.clock.now()
        meta = Meta("s", "bed1", "Room 1", round(START.timestamp() * 1e9), now, "epoch", simulated=True)
        self.recorder = Recorder(SessionFile.create(self.path, meta), SystemClock(), "epoch")
        ids = iter(f"id{number}" for number in range(10_000))
        preset = presets.load("adult-standard")
        declared = [
            DeviceDecl("ox", OXIMETRY),
            DeviceDecl("ring", ("spo2",)),
            DeviceDecl("cuff", ("nibp_sys", "nibp_dia", "nibp_map"), episodic=True, commanded=True),
        ]
        engine = Engine(preset, declared, now, ids=lambda: next(ids))
        if before is not None:
            before.recorder.flush().result(10)
            past = read_back(before.path, self.clock, boot="epoch")
            told = {"gap_s": past.gap_s, "readings": past.readings, "ids": lambda: next(ids)}
            engine, step = Engine.restore(preset, declared, past.checkpoint.dump, now, **told)
        anchor = UtcAnchor(now, START)
        devices = [
            Device("ox", "nonin-df2", simulated=True, replay=False, channels=(*OXIMETRY, "pleth")),
            Device("ring", "viatom-oxy", simulated=True, replay=False, channels=("spo2",)),
            Device("cuff", "suntech-advantage", simulated=True, replay=False, orders=("start", "stop")),
        ]
        self.orders = Orders()
        session = Session("s", now)
        self.bed = Bed(
            "bed1",
            "Room 1",
            devices,
            engine,
            self.recorder,
            self.clock,
            anchor,
            self.said.append,
            session,
            orders={"cuff": self.orders},
        )
        if before is not None:
            self.bed.restore(past, step)

    def spo2(self, value, reason=None, device="ox"):
        reading = Numeric(device, "spo2", self.clock.now(), value, Unit.PERCENT, reason, simulated=True)
        self.bed.accept(reading)

    def breathe(self, value, span_s):
        """One reading and one tick a second."""
        for _ in range(span_s):
            self.clock.forward(1)
            self.spo2(value)
            self.bed.tick()

    def of(self, kind):
        return [message for message in self.said if isinstance(message, kind)]

    def journal(self):
        self.recorder.flush().result(10)
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            rows = connection.execute("SELECT kind, body FROM journal ORDER BY seq").fetchall()
        return [(kind, json.loads(body)) for kind, body in rows]
