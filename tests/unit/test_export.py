"""`vigil export`, and what of a session its PCD-04 messages say."""

import pytest
from alarm_entries import alarm, entry, meta
from bed_place import Place
from hl7_reading import messages, read

from monitor.app import export
from monitor.core.errors import ConfigError, RecordError
from monitor.record.export import pcd04


def sent(*entries, **own):
    return [read(message) for message in pcd04.report(meta(**own), entries)]


@pytest.mark.parametrize(
    ("own", "processing"), [({}, "P"), ({"simulated": True}, "T"), ({"replay": True}, "T")], ids=str
)
def test_a_rehearsal_is_never_sent_as_a_patient(own, processing):
    assert sent(entry(alarm()), **own)[0].segments[0][11] == processing


def test_a_pause_is_an_update_of_what_is_open_and_its_end_another():
    first, paused, heard = sent(
        entry(alarm(inactivation=["enabled"])),
        entry({"user": "anna"}, 3, "audio_paused"),
        entry({"reason": "over"}, 4, "audio_pause_ended"),
    )
    assert (first.inactivation, first.phase) == (["enabled"], "start")
    assert (paused.inactivation, paused.phase, paused.state) == (["audio-paused"], "update", "active")
    assert heard.inactivation == ["enabled"]


def test_a_pause_of_one_row_leaves_the_others_alone():
    told = sent(
        entry(alarm()),
        entry(alarm(occurrence="o2", state="ack", text="other"), 3),
        entry({"occurrence": "o2"}, 4, "audio_paused"),
    )
    assert [(alert.text, alert.inactivation) for alert in told[2:]] == [
        ("other", ["audio-paused", "alert-acknowledged"])
    ]


def level(comparator, value):
    return {"comparator": comparator, "value": value}


@pytest.mark.parametrize(
    ("body", "written"),
    [
        pytest.param({"limits": [level("<", 90), level("<", 85)]}, ">90", id="low only"),
        pytest.param(
            {"limits": [level("<", 50), level(">", 130), level(">", 150)], "limit": 50.0}, "50-130", id="both"
        ),
        pytest.param(
            {"limits": [level("<", 50), level("<", 40), level(">", 130)], "limit": 150.0, "comparator": ">"},
            "50-150",
            id="the broken one and the nearest of the other side",
        ),
        pytest.param({"limit": 180.0, "comparator": ">=", "limits": []}, "<180", id="high only"),
        pytest.param({"limit": None, "comparator": "", "limits": []}, "", id="none"),
    ],
)
def test_the_limits_in_force(body, written):
    assert sent(entry(alarm(**body)))[0].range == written


@pytest.mark.parametrize(
    ("channel", "unit", "metric", "code"),
    [
        ("spo2", "%", "150456^MDC_PULS_OXIM_SAT_O2^MDC", "262688^MDC_DIM_PERCENT^MDC"),
        ("nibp_sys", "mm[Hg]", "150021^MDC_PRESS_BLD_NONINV_SYS^MDC", "266016^MDC_DIM_MMHG^MDC"),
        ("pulse_rate", "/min", "149530^MDC_PULS_OXIM_PULS_RATE^MDC", "264864^MDC_DIM_BEAT_PER_MIN^MDC"),
        ("resp_rate", "/min", "151562^MDC_RESP_RATE^MDC", "264928^MDC_DIM_RESP_PER_MIN^MDC"),
    ],
)
def test_a_number_and_its_unit_have_their_codes(channel, unit, metric, code):
    row = sent(entry(alarm(channel=channel, unit=unit)))[0].of("OBX")[2]
    assert (row[3], row[6]) == (metric, code)


def test_a_format_that_there_is_not_is_refused_in_words(tmp_path):
    with pytest.raises(ConfigError, match="--format fhir: there is pcd04"):
        export.run(tmp_path / "s.vigil", "fhir", None)


def test_a_session_is_never_overwritten_and_a_damaged_one_never_sent(tmp_path):
    place = Place(tmp_path)
    place.breathe(82, 6)
    place.bed.close(ended=True)
    with pytest.raises(ConfigError, match="never overwritten"):
        export.run(place.path, "pcd04", place.path)
    out = tmp_path / "out.hl7"
    export.run(place.path, "pcd04", out)
    assert len(messages(out.read_bytes().decode())) >= 2
    data = place.path.read_bytes()
    place.path.write_bytes(data.replace(b"SpO2 82", b"SpO2 92"))
    with pytest.raises(RecordError, match="vigil verify"):
        export.run(place.path, "pcd04", out)
