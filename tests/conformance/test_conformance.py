"""What every model must do with what its device is documented to send."""

from pathlib import Path

import pytest
from examples import disagreement
from hypothesis import given, settings
from hypothesis import strategies as st
from known import COUNTS_WITHIN_A_FRAME, KNOWN, Known, SteppedClock, case_file, numbers

from drivers import registry
from drivers.model import DeviceConfig
from drivers.wire.events import WaveformEvent
from monitor.core.clock import seconds
from monitor.core.types import Nibp, Numeric, Reading

ROOT = Path(__file__).parents[2]
LEAST_FRAMES = 60


@pytest.mark.parametrize("name", registry.MODELS)
def test_a_model_has_a_case_a_page_and_a_simulator(name):
    from simulators.models import MODELS

    page = ROOT / "docs" / "devices" / f"{name}.md"
    there = {"case": case_file(name).is_file(), "page": page.is_file(), "simulator": name in MODELS}
    assert [what for what, found in there.items() if not found] == []
    assert KNOWN[name].case.model == name


def test_documented_examples_give_the_documented_values(known: Known):
    assert known.case.examples
    assert [wrong for example in known.case.examples if (wrong := disagreement(known.model, example))] == []


def test_the_simulator_sends_frames_that_are_read_whole(known: Known):
    frames = known.frames()
    assert len(frames) >= LEAST_FRAMES
    assert known.untiled(frames) == ""
    assert numbers(known.decode(frames))


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_drip_fed_equals_all_at_once(stream: Known, data):
    frames = stream.frames(data.draw(st.integers(1, 3), label="seed"))
    first = data.draw(st.integers(0, len(frames) - 1), label="first frame")
    wire = b"".join(frames[first : first + data.draw(st.integers(1, 12), label="frames")])
    spoilt = bytearray(wire)
    for at in data.draw(st.lists(st.integers(0, len(wire) - 1), max_size=3), label="spoilt bytes"):
        spoilt[at] ^= data.draw(st.integers(1, 255))
    wire = bytes(spoilt)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=8), label="cuts"))
    whole = stream.decode([wire])
    assert stream.decode([wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]) == whole
    assert stream.decode([wire[at : at + 1] for at in range(len(wire))]) == whole
    assert stream.untiled([wire]) == ""


def test_missing_codes_give_no_value_and_the_reason(known: Known):
    assert known.case.missing
    calm = known.frames()[:20]
    for missing in known.case.missing:
        last = [
            _last(known, frames, missing.channel) for frames in (missing.frames, [*calm, *missing.frames])
        ]
        assert last == [(None, missing.reason)] * 2, missing.title


def _last(known: Known, frames: list[bytes], channel: str) -> tuple[object, object] | None:
    """Return value and reason of a channel's last reading, as the device's behaviour tells it."""
    clock = SteppedClock()
    device = known.model.make_device(DeviceConfig("device", known.model.name, simulated=True), clock)
    decoder = known.source.make_decoder()
    device.opened(clock.now())
    found: list[Reading] = []
    for frame in frames:
        found.extend(device.readings(decoder.feed(frame), clock.now()))
        found.extend(device.step(clock.now()).readings)
        clock.advance(seconds(0.1))
    told = [answer for reading in found if (answer := _value(reading, channel))]
    return told[-1] if told else None


def _value(reading: Reading, channel: str) -> tuple[object, object] | None:
    if isinstance(reading, Numeric) and reading.channel == channel:
        return reading.value, reading.reason
    if isinstance(reading, Nibp) and channel.startswith("nibp"):
        values = {"nibp_sys": reading.sys, "nibp_dia": reading.dia, "nibp_map": reading.map}
        value = values.get(channel, reading.pulse_rate)
        return value, "measurement_failed" if reading.failed else None
    return None


def test_replies_to_commands_between_frames_change_no_number(stream: Known):
    frames = stream.frames()[:20]
    for reply in stream.case.replies:
        mixed = [*frames[:5], reply, *frames[5:9], reply, *frames[9:]]
        assert numbers(stream.decode(mixed)) == numbers(stream.decode(frames)), reply.hex()
        assert stream.untiled(mixed) == ""


def test_a_lost_frame_is_told_as_lost_samples(counted: Known):
    frames = counted.frames()
    whole = _samples(counted, frames)
    assert whole and all(lost == 0 for _, lost in whole.values())
    sent = {channel: sum(counts) for channel, counts in whole.items()}
    for at in range(3, len(frames) - 3, 7):
        lacking = [frames[at][:3] + frames[at][4:]]  # a byte less, as an overrun leaves it
        for spoilt in [lacking] if counted.model.name in COUNTS_WITHIN_A_FRAME else [lacking, []]:
            damaged = _samples(counted, frames[:at] + spoilt + frames[at + 1 :])
            told = {channel: sum(counts) for channel, counts in damaged.items()}
            assert told == sent, f"frame {at}, {spoilt}"


def _samples(known: Known, frames: list[bytes]) -> dict[str, tuple[int, int]]:
    """Return how many samples of a waveform came, and how many are known to be lost."""
    counts: dict[str, tuple[int, int]] = {}
    for event in known.decode(frames):
        if isinstance(event, WaveformEvent):
            came, lost = counts.get(event.channel, (0, 0))
            counts[event.channel] = came + len(event.samples), lost + event.lost
    return counts
