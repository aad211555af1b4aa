"""docs/session-file.md is enough to recompute every seal and hash: nothing of Vigil's reading code here."""

import hashlib
import sqlite3
import zlib

import msgspec
import numpy as np

from monitor.core.clock import SECOND, Nanos, SystemClock
from monitor.core.types import DeviceStatus, Nibp, Numeric, StatusCode, Waveform
from monitor.core.units import Unit
from monitor.record.recorder import Recorder
from monitor.record.session_file import Meta, SessionFile

UTC0 = 1_700_000_000 * SECOND
TABLES = ("clocks", "series", "numerics", "waveforms", "nibp", "device_status", "gaps")


def recorded(folder):
    file = SessionFile.create(folder / "s.vigil", Meta("s", "bed1", "Raum „1“", UTC0, 0, "e1"))
    recorder = Recorder(file, SystemClock(), "e1", boot="b", period_s=60.0)
    for n in range(3):
        t = Nanos(n * SECOND)
        for reading in (
            Waveform("ox", "pleth", t, 75.0, np.arange(75, dtype=np.int16), scale=0.5),
            Numeric("ox", "spo2", t, 97.0, Unit.PERCENT, doubtful=True),
            Nibp("cuff", t, 120.5, 80.0, None, 70.0, site="linker Arm"),
            DeviceStatus("ox", t, StatusCode.ARTIFACT, True),
        ):
            recorder.reading(reading, UTC0 + t)
        recorder.journal("note", {"text": 'Übelkeit, "leicht"\n', "n": n}, UTC0 + t, t)
        recorder.flush().result(5)
    recorder.close(ended=True)
    return sqlite3.connect(folder / "s.vigil")


def test_seals_can_be_recomputed_from_the_page(tmp_path):
    database = recorded(tmp_path)
    pack = msgspec.msgpack.encode
    previous = bytes(16)
    batches = database.execute("SELECT * FROM batches ORDER BY batch").fetchall()
    for batch, clock, t_ns, sums, seal in batches:
        expected, data = b"", b""
        for number, table in enumerate(TABLES):
            where = "batch = ?" if number < 2 else "id >> 8 = ?"
            rows = database.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY 1", (batch,)).fetchall()
            if rows:
                expected += bytes([number]) + zlib.crc32(pack(rows)).to_bytes(4, "big")
                data += pack(rows)
        assert sums == expected
        assert seal == hashlib.sha256(previous + pack([batch, clock, t_ns, sums]) + data).digest()[:16]
        previous = seal
    assert len(batches) >= 3
    database.close()


def test_the_journal_can_be_recomputed_from_the_page(tmp_path):
    database = recorded(tmp_path)
    previous = bytes(32)
    entries = database.execute("SELECT * FROM journal ORDER BY seq").fetchall()
    for seq, utc_ns, t_ns, epoch, kind, body, prev, digest in entries:
        text = (
            f'{{"body":{body},"epoch":"{epoch}","kind":"{kind}","prev":"{previous.hex()}",'
            f'"seq":{seq},"t_ns":{t_ns},"utc_ns":{utc_ns}}}'
        )
        assert prev == previous
        assert digest == hashlib.sha256(text.encode()).digest()
        previous = digest
    assert [entry[4] for entry in entries] == ["record_opened", *["note"] * 3, "record_closed"]
    database.close()


def test_the_view_gives_utc_as_text(tmp_path):
    database = recorded(tmp_path)
    rows = database.execute("SELECT utc, channel, value, unit, mark FROM numerics_readable").fetchall()
    assert rows[1] == ("2023-11-14T22:13:21.000Z", "spo2", 97.0, "%", "?")
    database.close()
