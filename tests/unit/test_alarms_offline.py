"""The alarm engine over recordings: what is read of a file, what is told of it, and with which limits."""

import json
import warnings
from datetime import UTC, datetime

import numpy as np
import pytest

from alarms import preset as presets
from monitor.app import alarms as command
from monitor.core.clock import SECOND, Nanos
from monitor.core.errors import ConfigError, RecordError
from monitor.core.types import (
    CuffPhase,
    CuffState,
    DeviceLink,
    DeviceStatus,
    LinkState,
    Nibp,
    Numeric,
    StatusCode,
)
from monitor.core.units import Unit
from monitor.record.recorder import Recorder
from monitor.record.session_file import Meta, SessionFile
from monitor.replay.changes import patient, with_changes
from monitor.replay.columns import wishes
from monitor.replay.judge import Judge
from monitor.replay.source import load
from monitor.replay.summary import event_line, summary

UTC0 = 1_700_000_000 * SECOND
ADULT = presets.load("adult-standard")


def csv_of(path, header, rows):
    text = "\n".join([header, *(",".join(str(cell) for cell in row) for row in rows)])
    path.write_text(text + "\n")
    return path


def judged(path, maps=(), preset=ADULT):
    judge = Judge(preset, load(path, wishes(maps)))
    return judge, [event_line(judge, event) for event in judge.run()]


def brief(lines, *conditions):
    return [
        (line["t_s"], line["event"], line["condition"], line["priority"])
        for line in lines
        if not conditions or line["condition"] in conditions
    ]


def spells(lines, channel):
    """Return (start, end) of each NO_DATA of a channel."""
    found = [line for line in lines if line["condition"] == "NO_DATA" and line["channel"] == channel]
    return [(start["t_s"], end["t_s"]) for start, end in zip(found[::2], found[1::2], strict=True)]


def seconds(values, start=0):
    return [(start + number, value) for number, value in enumerate(values)]


# --- the reference answers -------------------------------------------------------------------------


def test_a_quiet_recording_alarms_nothing(tmp_path):
    rows = [(t, 77 + t % 3, 76 + t % 2, 17, 97) for t in range(480)]
    _, lines = judged(csv_of(tmp_path / "q.csv", "t_s,HR,PULSE,RESP,SpO2", rows))
    assert lines == []


def test_two_samples_below_the_limit_alarm_nothing(tmp_path):
    rows = seconds([92] * 60 + [88, 89] + [91] * 60)
    judge, lines = judged(csv_of(tmp_path / "d.csv", "t_s,SpO2", rows))
    assert lines == []
    low = [each for each in summary(judge)["longest_unalarmed_breach"] if each["condition"] == "SPO2_LOW"]
    assert [(each["limit"], each["longest_s"], each["from_t_s"]) for each in low] == [("< 90 %", 2, 60)]


def test_missing_spells_are_told_as_no_data_of_both_channels_of_the_sensor(tmp_path):
    gaps = [(0, 7), (60, 77), (95, 112), (272, 297), (394, 414)]
    off = {t for begin, end in gaps for t in range(begin, end)}
    rows = [(t, 74, "" if t in off else 73, 15, "" if t in off else 99) for t in range(480)]
    judge, lines = judged(csv_of(tmp_path / "s.csv", "t_s,HR,PULSE,RESP,SpO2", rows))
    expected = [(70, 80), (105, 115), (282, 300), (404, 417)]
    assert spells(lines, "spo2") == spells(lines, "pulse_rate") == expected
    assert {line["condition"] for line in lines} == {"NO_DATA"}
    assert all(line["reason"] == "cleared" for line in lines if line["event"] == "end")
    told = summary(judge)
    assert told["counts"] == {"NO_DATA": 8} and told["audible_s"] == 10 + 10 + 18 + 13
    assert sum(told["audible_s_by_priority"].values()) == told["audible_s"]
    assert (told["fleeting"], told["chattering"]) == (2, {})
    assert told["alarms_per_hour"] == pytest.approx(4 * 3600 / 479, abs=0.01), "one row for the sensor"


# --- the first and the last row --------------------------------------------------------------------


def test_outside_from_the_first_row_alarms_after_the_on_delay(tmp_path):
    path = csv_of(tmp_path / "x.csv", "t_s,spo2", seconds([88] * 100, start=-40))
    judge, lines = judged(path)
    assert brief(lines) == [
        (-30, "start", "SPO2_LOW", "medium"),
        (30, "escalate", "SPO2_LOW", "high"),
    ], "nobody acknowledges: high after 60 s"
    assert lines[0] | {"value": 88, "limit": 90, "comparator": "<"} == lines[0]
    (left,) = summary(judge)["open_at_end"]
    assert (left["condition"], left["state"], left["priority"]) == ("SPO2_LOW", "unack", "high")
    assert left["since_t_s"] == -30 and "end" not in {line["event"] for line in lines}


def test_an_empty_column_has_no_data_without_grace(tmp_path):
    _, lines = judged(csv_of(tmp_path / "x.csv", "t_s,SpO2,PULSE", [(t, "", 70) for t in range(40)]))
    assert brief(lines) == [(11, "start", "NO_DATA", "medium"), (31, "escalate", "NO_DATA", "high")]
    assert lines[0]["channel"] == "spo2"


def test_what_is_pending_or_latched_at_the_end_is_listed(tmp_path):
    pending = csv_of(tmp_path / "p.csv", "t_s,SpO2", seconds([97] * 20 + [88] * 5))
    assert [each["state"] for each in summary(run_of(pending))["open_at_end"]] == ["pending"]
    latched = csv_of(tmp_path / "l.csv", "t_s,SpO2", seconds([88] * 15 + [97] * 15))
    assert [each["state"] for each in summary(run_of(latched))["open_at_end"]] == ["latched"]


def run_of(path, preset=ADULT):
    return judged(path, preset=preset)[0]


# --- rows ------------------------------------------------------------------------------------------


def test_a_jump_in_time_is_time_without_samples(tmp_path):
    rows = [*seconds([97] * 10), *seconds([97] * 10, start=100)]
    _, lines = judged(csv_of(tmp_path / "x.csv", "t_s,SpO2", rows))
    assert brief(lines) == [
        (20, "start", "NO_DATA", "medium"),
        (40, "escalate", "NO_DATA", "high"),
        (103, "end", "NO_DATA", "high"),
    ]


def test_a_low_value_is_lost_high_at_the_jump(tmp_path):
    rows = [*seconds([97] * 5 + [87] * 5), *seconds([97] * 10, start=60)]
    _, lines = judged(csv_of(tmp_path / "x.csv", "t_s,SpO2", rows))
    assert brief(lines)[0] == (20, "start", "NO_DATA", "high"), "it was pending when the data were lost"


@pytest.mark.parametrize(
    ("times", "dropped"),
    [
        pytest.param([0, 1, 2, 2, 3], 1, id="the same time again"),
        pytest.param([0, 1, 2, 1, 1.5, 3], 2, id="back in time"),
        pytest.param([0, 1, "", "nan", "inf", 2], 3, id="no time"),
    ],
)
def test_rows_that_are_not_later_are_dropped_and_counted(tmp_path, times, dropped):
    path = csv_of(tmp_path / "x.csv", "t_s,SpO2", [(t, 97) for t in times])
    told = summary(run_of(path))
    assert (told["rows"], told["dropped_rows"]) == (len(times), dropped)
    assert any("dropped" in note for note in told["notes"])


def test_a_dropped_row_is_not_judged(tmp_path):
    rows = [row for t in range(60) for row in ((t, 97), (t, 60))]
    _, lines = judged(csv_of(tmp_path / "x.csv", "t_s,SpO2", rows))
    assert lines == []


@pytest.mark.parametrize("cell", ["nan", "NaN", "inf", "0", "12", "300", "0.97"])
def test_what_is_no_value_is_never_clamped(tmp_path, cell):
    rows = [*seconds([97] * 5), *seconds([cell] * 30, start=5)]
    judge, lines = judged(csv_of(tmp_path / "x.csv", "t_s,SpO2", rows))
    assert brief(lines)[0] == (15, "start", "NO_DATA", "medium")
    assert sum(summary(judge)["refused"].values()) == 30
    assert any("SpO2: 30 numbers cannot be values of spo2" in note for note in summary(judge)["notes"])


def test_pressures_in_kilopascal_are_no_pressures(tmp_path):
    rows = [(t, 70, *(("", "") if t % 60 else (16.0, 10.7))) for t in range(300)]
    judge, lines = judged(csv_of(tmp_path / "x.csv", "t_s,PULSE,NBPSys,NBPDias", rows))
    assert {line["condition"] for line in lines} == {"BP_FAIL", "LIMITS_INVALID"}
    assert any("NBPSys" in note and "unit" in note for note in summary(judge)["notes"])


def test_a_cuffs_empty_and_filled_cells_are_one_reading(tmp_path):
    rows = [(t, *((170, 90, 117) if 10 <= t < 60 else ("nan", "", ""))) for t in range(120)]
    judge, lines = judged(csv_of(tmp_path / "x.csv", "t_s,NBPSys,NBPDias,NBPMean", rows))
    assert brief(lines, "SYS_HIGH") == [(10, "start", "SYS_HIGH", "medium")]
    assert summary(judge)["refused"] == {"repeated": 49}


def test_slow_rows_count_longer_and_say_so(tmp_path):
    rows = [(60 * n, "" if 10 <= n < 20 else 97) for n in range(40)]
    judge, lines = judged(csv_of(tmp_path / "x.csv", "t_s,SpO2", rows))
    starts = [line for line in lines if line["event"] != "end"]
    assert [(line["t_s"], line["priority"]) for line in starts] == [(721, "medium"), (901, "high")]
    assert any("on-delays cannot be honoured" in note for note in summary(judge)["notes"])


def test_blanks_a_mark_of_order_and_short_lines_are_read(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes("\ufefft_s, SpO2 ,PULSE,remark\r\n0, 97 ,70,words\r\n\r\n1,97\r\n".encode())
    told = summary(run_of(path))
    assert told["rows"] == 2 and set(told["channels"]) == {"spo2", "pulse_rate"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "the file is empty", id="empty"),
        pytest.param("time,SpO2\n0,97\n", "no column t_s", id="no time column"),
        pytest.param("t_s,SpO2\n", "nothing to judge", id="no row"),
        pytest.param("t_s,SpO2\nnan,97\n", "nothing to judge", id="no row with a time"),
        pytest.param("t_s,ABPSys\n0,97\n", "--map COLUMN=channel", id="no known column"),
        pytest.param("t_s\n0\n", "no column is a channel", id="time alone"),
        pytest.param("t_s,SpO2\n0,97\n1,9x\n", "line 3: SpO2: '9x' is not a number", id="a word"),
        pytest.param("t_s,SpO2\n0,97,5\n", "line 2: 3 cells", id="a decimal comma"),
        pytest.param("t_s,SpO2\n0,97\n1700000000,97\n", "in seconds", id="a leap of years"),
        pytest.param("t_s,SpO2\n1700000000000,97\n", "in seconds", id="milliseconds of the day"),
        pytest.param("t_s,SpO2\n1e300,97\n", "in seconds", id="no time at all"),
    ],
)
def test_what_cannot_be_judged_is_said(tmp_path, text, said):
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(path, {})
    assert said in str(refused.value)


def test_what_is_no_recording_is_said(tmp_path):
    (tmp_path / "raw.bin").write_bytes(b"\x00\xff" * 50)
    (tmp_path / "waves").mkdir()
    (tmp_path / "waves" / "waves.npz").write_bytes(b"")
    for name, said in (("absent", "no recording here"), ("raw.bin", "CSV"), ("waves", "waves only")):
        with pytest.raises(ConfigError, match=said):
            load(tmp_path / name, {})


# --- columns ---------------------------------------------------------------------------------------


def test_only_mapped_columns_are_armed(tmp_path):
    path = csv_of(tmp_path / "x.csv", "t_s,SpO2_raw,HR_raw,SpO2", [(t, 80, "", 97) for t in range(20)])
    assert [line for line in judged(path)[1] if line["event"] == "start"] == []
    _, lines = judged(path, ["SpO2_raw=spo2"])
    assert brief(lines, "SPO2_DESAT")[0] == (3, "start", "SPO2_DESAT", "high"), "--map goes before a name"
    assert {line["channel"] for line in lines} == {"spo2"}
    _, lines = judged(path, ["SpO2=none", "hr_raw=heart_rate"])
    assert brief(lines) == [(11, "start", "NO_DATA", "medium")]


@pytest.mark.parametrize(
    ("maps", "said"),
    [
        (["SpO2"], "write COLUMN=channel"),
        (["SpO2=spo"], "there is spo2"),
        (["SpO2=pleth"], "no channel 'pleth'"),
        (["Sp=spo2"], "no column 'Sp'; there is SpO2, PULSE"),
        (["SpO2=spo2", "PULSE=spo2"], "two columns"),
        (["SpO2=spo2", "SpO2=pulse_rate"], "already"),
        (["SpO2=spo2", "spo2=pulse_rate"], "twice"),
    ],
)
def test_a_wrong_map_is_refused(tmp_path, maps, said):
    path = csv_of(tmp_path / "x.csv", "t_s,SpO2,PULSE", [(0, 97, 70)])
    with pytest.raises(ConfigError) as refused:
        judged(path, maps)
    assert said in str(refused.value)


def test_two_columns_of_one_name_are_refused_and_not_one_of_them_judged(tmp_path):
    path = csv_of(tmp_path / "x.csv", "t_s,spo2,spo2", [(0, 97, 80)])
    with pytest.raises(ConfigError, match="two columns are called spo2: rename one"):
        judged(path)


# --- other limits ----------------------------------------------------------------------------------


def limit_of(preset, condition, priority, decided_by=None):
    levels = [one for one in preset.by_condition[condition] if one.priority == priority]
    return next(one for one in levels if decided_by in (None, one.decided_by.value))


def test_one_number_of_a_preset_is_changed():
    changed = with_changes(
        ADULT, ["SPO2_LOW=92", "SPO2_LOW.on_delay_s=5", "PR_LOW.high=38", "PR_HIGH.off_delay_s=12"]
    )
    low = limit_of(changed, "SPO2_LOW", "medium")
    assert (low.value, low.on_delay_s, low.hysteresis) == (92, 5, 1)
    assert limit_of(changed, "PR_LOW", "high").value == 38
    assert limit_of(changed, "PR_LOW", "medium").value == 50
    assert {one.off_delay_s for one in changed.by_condition["PR_HIGH"]} == {12}
    assert with_changes(ADULT, ["SYS_LOW.repeat=82"]).by_condition["SYS_LOW"][1].value == 82
    assert ADULT.by_condition["SPO2_LOW"][0].value == 90


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("SPO2_LOW", "write KEY=VALUE"),
        ("SPO2_LO=92", "there is SPO2_LOW"),
        ("spo2low=92", "there is SPO2_LOW"),
        ("SPO2_LOW.on_dely_s=5", "on_delay_s"),
        ("SPO2_LOW.medium.high=5", "no level or field"),
        ("NO_DATA=5", "no limit of the preset"),
        ("SPO2_LOW=abc", "not a number"),
        ("SPO2_LOW.on_delay_s=nan", "not a number"),
        ("SPO2_LOW.latch=perhaps", "true or false"),
        ("SPO2_LOW.comparator=~", "comparator"),
        ("SPO2_LOW.on_delay_s=60", "at most 30 allowed"),
        ("SPO2_LOW=80", "SPO2_DESAT"),
        ("PR_LOW=140", "crosses"),
        ("SPO2_LOW=900", "outside what spo2 can be"),
    ],
)
def test_a_change_that_the_rules_refuse_is_refused(change, said):
    with pytest.raises(ConfigError) as refused:
        with_changes(ADULT, [change])
    assert said in str(refused.value)


def test_limits_follow_the_baseline_that_a_person_gives(tmp_path, capsys):
    path = csv_of(tmp_path / "x.csv", "t_s,SpO2", seconds([91] * 100))
    command.run(path, preset="iv-racemic")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert brief(lines) == [(15, "start", "SPO2_LOW", "medium"), (75, "escalate", "SPO2_LOW", "high")]
    command.run(path, preset="iv-racemic", baseline="128/79/72/93")
    assert capsys.readouterr().out == "", "not under 90: three below the baseline"
    changed = with_changes(presets.load("iv-racemic", patient("128/79/72/93")), ["SPO2_LOW.high=87"])
    assert [level.value for level in changed.by_condition["SPO2_LOW"]] == [90, 87]
    assert "changed here: SPO2_LOW.high=87" in changed.note and changed.refusal() != ""
    with pytest.raises(ConfigError, match="needs a baseline"):
        command.run(path, preset="hypertensive-baseline")


@pytest.mark.parametrize(
    "text", ["", "128", "128/79/72", "a/b/c/d", "128/79/72/98/1", "79/128/72/98", "128/79/72/50"]
)
def test_a_baseline_that_is_none_is_refused(text):
    with pytest.raises(ConfigError, match="--baseline"):
        patient(text)


def test_two_presets_stand_side_by_side(tmp_path, capsys):
    path = csv_of(tmp_path / "x.csv", "t_s,SpO2", seconds([91] * 40))
    command.run(path, changes=["SPO2_LOW=92"], compare="adult-standard")
    table = capsys.readouterr().out
    assert "adult-standard SPO2_LOW=92" in table and "< 92 %: 10 s" in table and "< 90 %: 0 s" in table
    command.run(path, changes=["SPO2_LOW=92"], compare="adult-standard", as_json=True)
    (line,) = capsys.readouterr().out.splitlines()
    assert [side["counts"] for side in json.loads(line)["presets"]] == [{"SPO2_LOW": 1}, {}]


# --- session files and WFDB records ----------------------------------------------------------------


def session_of(path, readings, ended=True):
    file = SessionFile.create(path, Meta("s", "bed1", "Room 1", UTC0, 0, "e1"))
    clock = Stopped()
    recorder = Recorder(file, clock, "e1", boot="b", period_s=60.0)
    for number, reading in enumerate(readings):
        clock.t = reading.t
        if isinstance(reading, CuffState):
            said = {"device": reading.device_id, "phase": reading.phase.value}
            body = said | {"interval_s": reading.interval_s, "detail": ""}
            recorder.journal("cuff", body, UTC0 + reading.t, reading.t)
            continue
        recorder.reading(reading, UTC0 + reading.t)
        if number % 40 == 0 or len(readings) < 200:
            recorder.flush().result(5)
    recorder.close(ended=ended)
    return path


class Stopped:
    """A clock that stands where the last reading came."""

    t = 0

    def now(self):
        return Nanos(self.t)

    def utc(self):
        return datetime.fromtimestamp((UTC0 + self.t) / SECOND, UTC)


def numeric(device, channel, t, value):
    unit = Unit.PERCENT if channel == "spo2" else Unit.PER_MIN
    return Numeric(device, channel, Nanos(round(t * SECOND)), value, unit)


def test_a_session_is_judged_as_its_devices_told_it(tmp_path):
    readings = []
    for t in range(60):
        readings.append(numeric("ox", "spo2", t, 82 if 20 <= t < 30 else 97))
        if t == 40:
            readings.append(Nibp("cuff", Nanos(t * SECOND), 185, 95, 120, 70))
            readings.append(Nibp("cuff", Nanos(t * SECOND), 300, 95, 120, 70, stored=True))
        readings.append(numeric("second", "spo2", t + 0.5, 97))
    judge, lines = judged(session_of(tmp_path / "s.vigil", readings))
    assert brief(lines, "SPO2_DESAT")[0] == (23, "start", "SPO2_DESAT", "high")
    assert {line["device"] for line in lines if line["condition"].startswith("SPO2")} == {"ox"}
    assert brief(lines, "SYS_HIGH") == [(40, "start", "SYS_HIGH", "high")]
    assert summary(judge)["rows"] == 122


def test_a_lost_way_to_a_device_is_no_data_and_its_flags_end(tmp_path):
    readings = [numeric("ox", "spo2", t, 97) for t in range(10)]
    readings.append(DeviceStatus("ox", Nanos(10 * SECOND), StatusCode.SENSOR_OFF, True))
    readings.append(DeviceStatus("ox", Nanos(10 * SECOND), StatusCode.BATTERY_LOW, True))
    readings.append(DeviceLink("ox", Nanos(12 * SECOND), LinkState.LOST, "unplugged"))
    readings += [numeric("ox", "spo2", t, 97) for t in range(30, 40)]
    _, lines = judged(session_of(tmp_path / "s.vigil", readings))
    assert {line["condition"] for line in lines} == {"NO_DATA"}, "ways and batteries are the host's"


def test_the_schedule_of_a_sessions_cuff_makes_it_overdue(tmp_path):
    readings = [numeric("ox", "spo2", t, 97) for t in range(900)]
    readings.insert(20, CuffState("cuff", Nanos(20 * SECOND), CuffPhase.IDLE, 300.0))
    _, lines = judged(session_of(tmp_path / "s.vigil", readings))
    assert brief(lines) == [(470, "start", "BP_OVERDUE", "low"), (620, "escalate", "BP_OVERDUE", "medium")]
    readings.insert(102, Nibp("cuff", Nanos(100 * SECOND), 120, 80, 93, 70))
    readings.insert(220, CuffState("cuff", Nanos(217 * SECOND), CuffPhase.IDLE, None))
    _, lines = judged(session_of(tmp_path / "t.vigil", readings))
    assert lines == [], "no schedule, nothing overdue"


def test_a_damaged_or_empty_session_is_said(tmp_path):
    with pytest.raises(RecordError, match="nothing to judge"):
        load(session_of(tmp_path / "e.vigil", []), {})
    cut = tmp_path / "c.vigil"
    whole = session_of(tmp_path / "s.vigil", [numeric("ox", "spo2", t, 97) for t in range(100)])
    cut.write_bytes(whole.read_bytes()[:5000])
    with pytest.raises(RecordError):
        load(cut, {})
    with pytest.raises(ConfigError, match="--map is for columns"):
        load(whole, {"a": "spo2"})


def test_a_wfdb_records_numbers_are_judged(tmp_path):
    wfdb = pytest.importorskip("wfdb")
    values = np.full((60, 2), 97.0)
    values[:, 1] = 70
    values[20:35, 0] = 80
    values[45:, 0] = np.nan
    names, units = ["SpO2", "PULSE"], ["%", "bpm"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of pandas, in wfdb's writer
        wfdb.wrsamp(
            "r1",
            fs=1,
            units=units,
            sig_name=names,
            p_signal=values,
            fmt=["16"] * 2,
            write_dir=str(tmp_path),
        )
    _, lines = judged(tmp_path / "r1.hea")
    assert brief(lines, "SPO2_DESAT")[0] == (23, "start", "SPO2_DESAT", "high")
    assert brief(lines, "NO_DATA")[0] == (55, "start", "NO_DATA", "medium")
