"""Whatever comes, in whatever pieces: every byte is accounted for and good packets are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.events import IncompleteEvent, NumericEvent, WaveformEvent
from drivers.wire.nonin import Df2Decoder, Df7Decoder

DECODERS = [pytest.param(Df2Decoder, id="DF2"), pytest.param(Df7Decoder, id="DF7")]


def frame(decoder: type, status: int, pleth: int, value: int) -> bytes:
    """Encode one frame from the manual's tables."""
    body = (
        bytes([1, status, pleth >> 8, value])
        if decoder is Df2Decoder
        else bytes([status, pleth >> 8, pleth & 0xFF, value])
    )
    return body + bytes([sum(body) & 0xFF])


def packet(decoder: type, rate: int, spo2: int, pleth: int = 0x8000, flags: int = 0) -> bytes:
    floats = {1: rate >> 7, 2: rate & 0x7F, 3: spo2, 4: 0x94}
    return b"".join(
        frame(decoder, 0x80 | flags | (n == 1), (pleth + 97 * n) & 0xFFFF, floats.get(n, 0))
        for n in range(1, 26)
    )


def decode(decoder: type, *pieces: bytes) -> list:
    machine = decoder()
    events = [event for piece in pieces for event in machine.feed(piece)]
    return events + machine.finish()


def tiles(events: list, length: int) -> bool:
    at = 0
    for span in dict.fromkeys(event.span for event in events):
        if span[0] != at or span[1] <= at:
            return False
        at = span[1]
    return at == length


# bytes that look like the beginning of something, so that noise is not rejected at once
noise = st.one_of(
    st.binary(max_size=80),
    st.lists(st.sampled_from([0x01, 0x81, 0x80, 0x02, 0x03, 0x06, 0x15, 0xF2, 0x00, 0x82]), max_size=80).map(
        bytes
    ),
)
packets = st.builds(
    lambda rate, spo2, pleth, flags: (rate, spo2, pleth, flags),
    st.integers(0, 511),
    st.integers(0, 127),
    st.integers(0, 0xFFFF),
    st.integers(0, 63).map(lambda bits: bits << 1),
)


@st.composite
def wires(draw, decoder):
    """Packets with noise between, replies, cuts and flipped bits."""
    wire = b""
    for _ in range(draw(st.integers(0, 3))):
        whole = packet(decoder, *draw(packets))
        first, last = sorted(draw(st.tuples(st.integers(0, 125), st.integers(0, 125))))
        wire += draw(noise) + draw(
            st.sampled_from([whole, whole[first:last], whole[:first] + b"\x06" + whole[first:]])
        )
    changed = bytearray(wire + draw(noise))
    for at in draw(st.lists(st.integers(0, max(len(changed) - 1, 0)), max_size=3)):
        if changed:
            changed[at] ^= draw(st.integers(1, 255))
    return bytes(changed)


@pytest.mark.parametrize("decoder", DECODERS)
@given(data=st.data())
def test_drip_fed_equals_all_at_once(decoder, data):
    wire = data.draw(wires(decoder))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(wire)), max_size=6)))
    pieces = [wire[a:b] for a, b in zip([0, *cuts], [*cuts, len(wire)], strict=True)]
    whole = decode(decoder, wire)
    assert decode(decoder, *pieces) == whole
    assert decode(decoder, *(wire[at : at + 1] for at in range(len(wire)))) == whole


@pytest.mark.parametrize("decoder", DECODERS)
@given(data=st.data())
def test_every_byte_has_one_span_and_only_the_last_is_incomplete(decoder, data):
    wire = data.draw(wires(decoder))
    events = decode(decoder, wire)
    assert tiles(events, len(wire))
    assert not any(isinstance(event, IncompleteEvent) for event in events[:-1])


@pytest.mark.parametrize("decoder", DECODERS)
@given(wire=st.binary(max_size=4000))
def test_random_bytes_are_accounted_for_and_little_is_kept(decoder, wire):
    machine = decoder()
    events = machine.feed(wire)
    assert len(machine._buf) < 40
    assert tiles(events + machine.finish(), len(wire))


@pytest.mark.parametrize("decoder", DECODERS)
@given(
    before=noise, values=st.lists(st.tuples(st.integers(0, 510), st.integers(0, 126)), min_size=2, max_size=4)
)
def test_after_noise_every_packet_from_the_second_on_is_read(decoder, before, values):
    wire = before + b"".join(packet(decoder, *value) for value in values)
    found = [e.value for e in decode(decoder, wire) if isinstance(e, NumericEvent)]
    wanted = [number for value in values[1:] for number in value]
    assert found[len(found) - len(wanted) :] == wanted


@pytest.mark.parametrize("decoder", DECODERS)
@given(data=st.data())
def test_a_dropped_byte_costs_one_packet_and_the_count_of_lost_samples_is_exact(decoder, data):
    values = [(70, 97), (71, 96), (72, 95), (73, 94)]
    wire = b"".join(packet(decoder, *value) for value in values)
    at = data.draw(st.integers(125, 2 * 125 - 1), label="dropped byte")
    events = decode(decoder, wire[:at] + wire[at + 1 :])
    numbers = [e.value for e in events if isinstance(e, NumericEvent)]
    assert numbers[:2] == [70, 97] and numbers[-4:] == [72, 95, 73, 94]
    waves = [e for e in events if isinstance(e, WaveformEvent)]
    assert len(waves) + sum(wave.lost for wave in waves) == 100
