"""The JPD-500F's values: the documented one, and the strict rule for all others."""

import pytest

from drivers import registry
from drivers.watch import Watch
from drivers.wire.events import GarbageEvent
from drivers.wire.jumper import JumperDecoder
from monitor.core.clock import seconds
from monitor.core.types import Reason


def read(value: str):
    return JumperDecoder().feed(bytes.fromhex(value))


@pytest.mark.parametrize(
    ("value", "spo2", "pulse", "perfusion"),
    [
        pytest.param("81 38 63 44", 99, 56, 6.8, id="documented"),
        pytest.param("81 14 23 00", 35, 20, 0.0, id="lowest"),
        pytest.param("81 FA 64 C8", 100, 250, 20.0, id="highest"),
        pytest.param("81 FF 63 44", 99, Reason.MISSING, 6.8, id="no pulse"),
        pytest.param("81 38 7F 44", Reason.MISSING, 56, 6.8, id="no SpO2"),
        pytest.param("81 FF 7F 00", Reason.MISSING, Reason.MISSING, Reason.MISSING, id="neither"),
    ],
)
def test_numbers(value, spo2, pulse, perfusion):
    found = {e.channel: e.value if e.reason is None else e.reason for e in read(value)}
    assert found == {"spo2": spo2, "pulse_rate": pulse, "perfusion_index": perfusion}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="nothing"),
        pytest.param("81 38 63", id="three bytes"),
        pytest.param("81 38 63 44 00", id="five bytes"),
        pytest.param("80 38 63 44", id="another first byte"),
        pytest.param("2D 2D 2D 2D", id="idle"),
        pytest.param("81 13 63 44", id="pulse 19"),
        pytest.param("81 FB 63 44", id="pulse 251"),
        pytest.param("81 38 22 44", id="SpO2 34"),
        pytest.param("81 38 65 44", id="SpO2 101"),
        pytest.param("81 FF 65 44", id="no pulse, SpO2 101"),
        pytest.param("81 00 7F 44", id="pulse 0, no SpO2"),
    ],
)
def test_anything_else_is_thrown_away_whole(value):
    [event] = read(value)
    assert type(event) is GarbageEvent and event.span == (0, len(bytes.fromhex(value)))


def test_two_pieces_are_not_one_value():
    decoder = JumperDecoder()
    events = decoder.feed(bytes.fromhex("81 38")) + decoder.feed(bytes.fromhex("63 44")) + decoder.finish()
    assert [type(e) for e in events] == [GarbageEvent, GarbageEvent]


def test_idle_again_and_again_is_no_number_and_no_other_model():
    decoder, model = JumperDecoder(), registry.load("jumper-jpd500f")
    watch, verdicts = Watch(model, seconds(0)), set()
    for second in range(60):
        events = decoder.feed(bytes.fromhex("81 38 63 44") if second == 10 else b"\x2d" * 8)
        if second in (2, 13, 59):
            assert [(e.channel, e.value, e.reason) for e in events] == [
                (channel, None, Reason.MISSING) for channel in ("spo2", "pulse_rate", "perfusion_index")
            ]
        watch.heard(events, seconds(second))
        verdicts.add(watch.verdict(seconds(second)))
    assert verdicts == {None}
