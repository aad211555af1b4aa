from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from monitor.core.clock import SECOND, Nanos
from monitor.core.errors import RecordError
from monitor.core.types import (
    DeviceLink,
    DeviceStatus,
    LinkState,
    Nibp,
    Numeric,
    Reason,
    StatusCode,
    Waveform,
)
from monitor.core.units import Unit
from monitor.record import journal
from monitor.record.recorder import Recorder
from monitor.record.resume import read_back
from monitor.record.session_file import Meta, SessionFile, connect_readonly
from monitor.record.verify import verify

UTC0 = 1_700_000_000 * SECOND
T0 = 5_000 * SECOND


class FixedClock:
    """A virtual clock that stands until it is moved; UTC goes with it."""

    def __init__(self, t=T0):
        self.t = t

    def now(self):
        return Nanos(self.t)

    def utc(self):
        return datetime.fromtimestamp((UTC0 + self.t) / 1e9, UTC)


META = Meta("s1", "bed1", "Room 1", UTC0 + T0, T0, "e1", preset="adult-standard", preset_text="x = 1\n")


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "s1.vigil"


def start(path, clock, *, epoch="e1", boot="b1", period_s=30.0, **options):
    file = SessionFile.open(path) if path.exists() else SessionFile.create(path, META)
    return Recorder(file, clock, epoch, boot=boot, period_s=period_s, **options)


def numeric(t, value=97.0, channel="spo2", **rest):
    return Numeric("ox", channel, Nanos(T0 + t), value, Unit.PERCENT, **rest)


def put(recorder, *readings):
    for reading in readings:
        recorder.reading(reading, UTC0 + reading.t)
    recorder.flush().result(5)


def rows(path, query):
    connection = connect_readonly(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


EVERY_KIND = (
    numeric(0),
    numeric(1, 4.2, "perfusion_index", doubtful=True),
    numeric(2, None, reason=Reason.SENSOR_OFF),
    numeric(3, None, "pulse_rate", reason=Reason.MISSING, doubtful=True, simulated=True),
    numeric(4, 71.5, "heart_rate", device_time=datetime(2024, 5, 1, 10, 30, 1)),
    Nibp(
        "cuff",
        Nanos(T0 + 5),
        121.0,
        80.0,
        93.0,
        None,
        status=(StatusCode.BODY_MOVEMENT, StatusCode.CUFF_LOOSE),
        site="left arm",
        sequence=7,
        device_time=datetime(2024, 5, 1, 10, 30),
        simulated=True,
    ),
    Nibp("cuff", Nanos(T0 + 6), None, None, None, None, status=(StatusCode.MEASUREMENT_FAILED,)),
    DeviceStatus("ox", Nanos(T0 + 7), StatusCode.LOW_PERFUSION, True),
    DeviceLink("ox", Nanos(T0 + 8), LinkState.LOST, "pulled out; put the cable back \udc80"),
)


def test_every_reading_comes_back_as_it_was(path, clock):
    recorder = start(path, clock)
    put(recorder, *EVERY_KIND)
    recorder.close(ended=False)
    back = read_back(path, clock, boot="b1")
    *others, link = back.readings
    assert tuple(replace(one, id="") if isinstance(one, Nibp) else one for one in others) == EVERY_KIND[:-1]
    assert link.detail == "pulled out; put the cable back ?"
    assert [one.id.partition(":")[0] for one in back.nibps] == [one.device_id for one in back.nibps]
    assert back.numerics["ox", "spo2"] == EVERY_KIND[2]
    assert verify(path)[0].damage is False


def test_a_value_that_is_no_number_is_recorded_as_none(path, clock):
    recorder = start(path, clock)
    put(recorder, numeric(0, float("nan")), numeric(1, float("inf")))
    recorder.close(ended=True)
    assert rows(path, "SELECT value, mark FROM numerics") == [(None, "not_finite")] * 2


def test_samples_of_one_second_share_a_row_and_keep_their_index(path, clock):
    recorder = start(path, clock)
    samples = np.arange(100, dtype=np.int16)
    for second in range(2):
        chunks = [
            Waveform("ox", "pleth", Nanos(T0 + second * SECOND + k), 50.0, samples[k * 10 : k * 10 + 10])
            for k in range(5)
        ]
        put(recorder, *chunks)
    lossy = Waveform("ox", "pleth", Nanos(T0 + 3 * SECOND), 50.0, samples[:10], lost=25)
    put(recorder, chunks[0], lossy, chunks[1])
    recorder.close(ended=True)
    stored = rows(path, "SELECT first, lost, samples FROM waveforms ORDER BY id")
    assert [(first, lost, len(data) // 2) for first, lost, data in stored] == [
        (0, 0, 50),
        (50, 0, 50),
        (100, 0, 10),
        (135, 25, 20),
    ]
    assert np.array_equal(np.frombuffer(stored[0][2], "<i2"), samples[:50])
    assert verify(path) == []


def test_a_changed_scale_begins_a_series_and_returning_to_it_continues_the_old_one(path, clock):
    recorder = start(path, clock)
    samples = np.arange(10, dtype=np.int16)
    waves = [Waveform("ox", "pleth", Nanos(T0 + k), 50.0, samples, scale=s) for k, s in enumerate((1, 2, 1))]
    put(recorder, *waves)
    recorder.close(ended=True)
    assert rows(path, "SELECT series, scale FROM series") == [(1, 1.0), (2, 2.0)]
    assert rows(path, "SELECT series, first FROM waveforms ORDER BY id") == [(1, 0), (2, 0), (1, 10)]
    assert verify(path) == []


def test_a_chunk_without_samples_still_counts_what_was_lost(path, clock):
    recorder = start(path, clock)
    samples = np.arange(4, dtype=np.int16)
    put(recorder, *(Waveform("ox", "pleth", Nanos(T0), 50.0, samples[:n], lost=n_lost) for n, n_lost in
                    ((2, 0), (0, 5), (2, 1))))  # fmt: skip
    recorder.close(ended=True)
    assert rows(path, "SELECT first, lost FROM waveforms ORDER BY id") == [(0, 0), (8, 6)]


def test_more_readings_than_a_batch_holds_go_into_several(path, clock):
    recorder = start(path, clock)
    many = [numeric(k, float(k % 100)) for k in range(1_000)]
    put(recorder, *many)
    recorder.close(ended=True)
    assert rows(path, "SELECT count(*), max(id % 256) FROM numerics")[0] == (1_000, 254)
    assert [value for (value,) in rows(path, "SELECT value FROM numerics")] == [r.value for r in many]
    assert verify(path) == []


def test_a_wall_clock_step_is_written_down_and_moves_no_monotonic_time(path, clock):
    recorder = start(path, clock)
    put(recorder, numeric(0))
    recorder.reading(numeric(SECOND), UTC0 + T0 + SECOND + 3600 * SECOND)
    recorder.close(ended=True)
    query = "SELECT b.t_ns + n.dt_ns, n.id / 256 FROM numerics n JOIN batches b ON b.batch = n.id / 256"
    assert rows(path, query) == [(T0, 1), (T0 + SECOND, 2)]
    assert rows(path, "SELECT utc_ns - t_ns FROM clocks") == [(UTC0,), (UTC0 + 3600 * SECOND,)]


def test_a_journal_entry_is_durable_when_its_future_is_done(path, clock):
    recorder = start(path, clock)
    seq = recorder.journal("acknowledge", {"user": "Ä", "occurrence": "o1"}, UTC0 + T0, T0).result(5)
    assert rows(path, f"SELECT kind, body FROM journal WHERE seq = {seq}") == [
        ("acknowledge", '{"occurrence":"o1","user":"Ä"}')
    ]
    recorder.close(ended=False)


def test_a_body_that_is_no_json_is_refused_to_its_caller(path, clock):
    recorder = start(path, clock)
    with pytest.raises(ValueError, match="JSON"):
        recorder.journal("alarm", {"value": float("nan")}, UTC0, 0)
    recorder.close(ended=False)


def test_the_newest_checkpoint_comes_back(path, clock):
    recorder = start(path, clock)
    for number in range(6):
        recorder.checkpoint({"n": number, "limits": (1.5, None)}, UTC0 + T0 + number, T0 + number)
        recorder.flush().result(5)
    recorder.close(ended=False)
    checkpoint = read_back(path, clock, boot="b1").checkpoint
    assert checkpoint is not None
    assert (checkpoint.dump, checkpoint.t) == ({"n": 5, "limits": [1.5, None]}, T0 + 5)
    assert rows(path, "SELECT count(*) FROM checkpoints") == [(3,)]


def test_resuming_records_the_gap_and_goes_on_counting(path, clock):
    recorder = start(path, clock)
    samples = np.arange(10, dtype=np.int16)
    put(recorder, Waveform("ox", "pleth", Nanos(T0 + 2 * SECOND), 50.0, samples), numeric(SECOND))
    recorder.close(ended=False)
    clock.t = T0 + 9 * SECOND
    assert read_back(path, clock, boot="b1").gap_s == pytest.approx(7.0)
    recorder = start(path, clock, epoch="e2")
    put(recorder, Waveform("ox", "pleth", Nanos(T0 + 10 * SECOND), 50.0, samples), numeric(10 * SECOND))
    recorder.close(ended=True)
    assert rows(path, "SELECT reason, to_t_ns - from_t_ns, same_boot FROM gaps") == [
        ("restart", 7 * SECOND, 1)
    ]
    assert rows(path, "SELECT first FROM waveforms ORDER BY id") == [(0,), (10,)]
    assert rows(path, "SELECT epoch FROM clocks") == [("e1",), ("e2",)]
    assert len(read_back(path, clock, boot="b1").restarts_utc_ns) == 1
    assert verify(path) == []


def test_a_checkpoint_is_a_sign_of_life_where_no_device_speaks(path, clock):
    recorder = start(path, clock)
    put(recorder, Nibp("cuff", Nanos(T0), 120.0, 80.0, 90.0, 70.0))
    clock.t = T0 + 90 * SECOND
    recorder.checkpoint({"n": 1}, UTC0 + clock.t, clock.t)
    recorder.flush().result(5)
    recorder.close(ended=False)
    clock.t = T0 + 95 * SECOND
    assert read_back(path, clock, boot="b1").gap_s == pytest.approx(5.0)


def test_after_a_reboot_times_are_moved_by_utc(path, clock):
    recorder = start(path, clock)
    put(recorder, numeric(0))
    recorder.close(ended=False)
    later = FixedClock(T0 + 60 * SECOND)
    rebooted = FixedClock(3 * SECOND)
    rebooted.utc = later.utc
    back = read_back(path, rebooted, boot="b2")
    assert back.same_boot is False
    assert back.gap_s == pytest.approx(60.0)
    assert rebooted.now() - back.readings[0].t == pytest.approx(60 * SECOND)


def test_the_trend_has_one_point_a_step(path, clock):
    recorder = start(path, clock)
    put(recorder, *(numeric(k * SECOND, float(k)) for k in range(20)))
    recorder.close(ended=False)
    points = read_back(path, clock, boot="b1", step_s=5.0).trend["ox", "spo2"]
    assert [point.value for point in points] == [4.0, 9.0, 14.0, 19.0]


def test_an_ended_session_takes_nothing_more(path, clock):
    start(path, clock).close(ended=True, reason="end of treatment")
    with pytest.raises(RecordError, match="has ended"):
        SessionFile.open(path)
    assert read_back(path, clock, boot="b1").closed


def test_a_closed_recorder_refuses_instead_of_losing(path, clock):
    recorder = start(path, clock)
    recorder.close(ended=True)
    with pytest.raises(RecordError, match="has stopped"):
        recorder.journal("alarm", {}, UTC0, 0).result(5)
    with pytest.raises(RecordError, match="has stopped"):
        recorder.flush().result(5)


def limit_pages(recorder, more):
    """Let SQLite itself say "disk is full" after so many more pages."""
    connection = recorder._file.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages + more}")


def test_a_full_disk_is_told_and_what_matters_is_kept(path, clock):
    states = []
    recorder = start(path, clock, capacity=50, on_state=states.append, period_s=0.01)
    put(recorder, numeric(0))
    limit_pages(recorder, 0)
    big = {"text": "x" * 20_000}
    entry = recorder.journal("note", big, UTC0 + T0, T0)
    cuff = Nibp("cuff", Nanos(T0 + 1), 120.0, 80.0, 90.0, 70.0)
    recorder.reading(cuff, UTC0 + cuff.t)
    while not states:
        recorder.flush()
        recorder.thread.join(0.01)
    assert states[0].startswith("the disk is full")
    assert recorder.failed == states[0]
    for k in range(200):
        recorder.reading(numeric(SECOND + k), UTC0 + T0 + SECOND + k)
    assert recorder.dropped >= 150
    assert not entry.done()
    recorder._file.connection.execute("PRAGMA max_page_count=1000000")
    assert entry.result(10) == 2
    recorder.flush().result(10)
    assert recorder.failed is None
    assert states[-1] is None
    recorder.close(ended=True)
    assert rows(path, "SELECT sys FROM nibp") == [(120.0,)]
    assert rows(path, "SELECT kind FROM journal ORDER BY seq")[1:] == [
        ("note",),
        (journal.RECOVERED,),
        (journal.CLOSED,),
    ]
    lost = rows(path, "SELECT sum(lost_numerics) FROM gaps")[0][0]
    assert lost == recorder.dropped
    assert rows(path, "SELECT count(*) FROM numerics") == [(201 - lost,)]
    assert verify(path) == []


def test_a_flood_of_flags_on_a_full_disk_is_bounded_and_counted(path, clock):
    recorder = start(path, clock, capacity=50, period_s=0.01)
    put(recorder, numeric(0))
    limit_pages(recorder, 0)
    entry = recorder.journal("note", {"text": "x" * 20_000}, UTC0 + T0, T0)
    cuff = Nibp("cuff", Nanos(T0 + 1), 120.0, 80.0, 90.0, 70.0)
    recorder.reading(cuff, UTC0 + cuff.t)
    while recorder.failed is None:
        recorder.thread.join(0.01)
    for k in range(5_000):
        flag = DeviceStatus("ox", Nanos(T0 + 2 + k), StatusCode.SENSOR_OFF, k % 2 == 0)
        recorder.reading(flag, UTC0 + flag.t)
    assert len(recorder._states_inbox) <= 50
    assert recorder._wake.qsize() <= 1
    assert recorder.dropped >= 4_900
    recorder._file.connection.execute("PRAGMA max_page_count=1000000")
    assert entry.result(10) == 2
    recorder.close(ended=True)
    assert rows(path, "SELECT sys FROM nibp") == [(120.0,)], "a pressure is never thrown away"
    assert rows(path, "SELECT sum(lost_numerics) FROM gaps") == [(recorder.dropped,)]
    assert rows(path, "SELECT count(*) FROM device_status") == [(5_000 - recorder.dropped,)]
    assert verify(path) == []


def test_a_file_taken_away_is_noticed_and_put_back_is_gone_on_with(path, clock):
    recorder = start(path, clock, period_s=0.01)
    put(recorder, numeric(0))
    aside = path.rename(path.with_suffix(".aside"))
    pending = recorder.journal("note", {}, UTC0 + T0, T0)
    while recorder.failed is None:
        recorder.thread.join(0.01)
    assert "removed or replaced" in recorder.failed
    aside.rename(path)
    assert pending.result(5) == 2
    recorder.close(ended=True)
    assert verify(path) == []


def test_a_write_that_hangs_counts_as_failed(path, clock):
    recorder = start(path, clock)
    assert recorder.failed is None
    recorder._writing_since = Nanos(T0)
    clock.t = T0 + 8 * SECOND
    assert recorder.failed == "the disk has not answered for 8 s"
    recorder._writing_since = None
    recorder.close(ended=False)
