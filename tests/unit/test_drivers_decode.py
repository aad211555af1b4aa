import json

import pytest

from drivers.decode import DecodeInputError, decode

FRAMES = bytes.fromhex("018143 00C5 0180434A0E 0180436024")


def test_serial_bytes_in_chunks_give_json_events_in_wire_order():
    events = list(decode("nonin-df2", iter([FRAMES[:7], FRAMES[7:], b"\x99"]), is_hex=False))
    assert [json.loads(json.dumps(event)) for event in events] == [
        {"event": "waveform", "span": [0, 5], "channel": "pleth", "rate_hz": 75.0, "samples": [67]},
        {"event": "waveform", "span": [5, 10], "channel": "pleth", "rate_hz": 75.0, "samples": [67]},
        {"event": "numeric", "span": [5, 10], "channel": "pulse_rate", "value": 74, "unit": "/min"},
        {"event": "waveform", "span": [10, 15], "channel": "pleth", "rate_hz": 75.0, "samples": [67]},
        {"event": "numeric", "span": [10, 15], "channel": "spo2", "value": 96, "unit": "%"},
        {"event": "garbage", "span": [15, 16], "why": "no frame"},
    ]


def test_serial_hex_may_hold_blanks_bars_commas_comments_and_lines():
    text = "01 81 43 00 C5 | 0180434A0E  # frame 2\n\n# all of it\n01,80,43,60,24"
    assert list(decode("nonin-df2", text, is_hex=True)) == list(decode("nonin-df2", FRAMES, is_hex=False))


def test_values_of_a_bluetooth_model_carry_their_line():
    events = list(decode("ble-heart-rate", b"# strap\n\n06 3C\n0600\n", is_hex=False))
    assert [(e["line"], e["value"], e.get("reason"), e["span"]) for e in events] == [
        (3, 60, None, [0, 2]),
        (4, None, "searching", [0, 2]),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "2a36",
        "2A36",
        "0x2A36",
        "00002a36",
        "00002A36-0000",
        "00002a36-0000-1000-8000-00805f9b34fb",
        "00002a360",
    ],
)
def test_a_characteristic_is_named_by_short_form_or_prefix(name):
    [event] = decode("ble-blood-pressure", f"{name}: 15 6F F0 00 00 00 00 3C 00 12 00", is_hex=True)
    assert (event["channel"], event["value"], event["unit"]) == ("cuff_pressure", 11.1, "kPa")


def test_a_failed_cuff_measurement_says_why():
    [event] = decode("ble-blood-pressure", "16 FF07 FF07 FF07 EA070B180F1E00 FF07 0000", is_hex=True)
    assert event == {
        "line": 1,
        "event": "nibp",
        "span": [0, 18],
        "nibp_sys": None,
        "nibp_dia": None,
        "nibp_map": None,
        "pulse_rate": None,
        "unit": "mm[Hg]",
        "status": ["measurement_failed"],
        "device_time": "2026-11-24T15:30:00",
        "reason": "measurement_failed",
    }


@pytest.mark.parametrize(
    ("model", "text", "says"),
    [
        pytest.param(
            "ble-blood-pressure", "00002a3:00", "line 1: '00002a3' fits more than one", id="ambiguous"
        ),
        pytest.param("ble-blood-pressure", "\n2a37:00", "line 2: '2a37' is no characteristic", id="unknown"),
        pytest.param("ble-heart-rate", ":00", "is no characteristic", id="empty name"),
        pytest.param("ble-heart-rate", "06 3", "line 1: '3' is not hex", id="half a byte"),
        pytest.param("nonin-df2", "01 81\n01 8x", "line 2: '8x' is not hex", id="no hex digit"),
    ],
)
def test_wrong_text_is_refused_with_its_line(model, text, says):
    with pytest.raises(DecodeInputError, match=says):
        list(decode(model, text, is_hex=True))


def test_binary_input_for_a_bluetooth_model_is_refused_in_words():
    with pytest.raises(DecodeInputError, match="line 1: not text"):
        list(decode("ble-heart-rate", b"\x81\xff\xfe", is_hex=False))


def test_an_endless_line_is_refused_before_it_fills_the_memory():
    with pytest.raises(DecodeInputError, match="longer than"):
        list(decode("ble-heart-rate", (b"00" * 40000 for _ in range(1000)), is_hex=False))


def test_a_flag_that_changes_is_a_status_event():
    events = list(decode("ble-heart-rate", "04 3C", is_hex=True))
    assert events[0] == {"line": 1, "event": "status", "span": [0, 2], "code": "sensor_off", "active": True}
