"""Whether one model is taken for another: what its frames say to the decoders of all the others."""

import random

import pytest
from known import KNOWN, Known
from lookalikes import LOOKALIKES

from drivers.model import Transport
from drivers.watch import Watch
from drivers.wire.events import Event, NibpEvent, NumericEvent
from monitor.core.clock import Nanos, seconds
from monitor.core.types import LinkState

PACE_S = 0.1


def same_way(one: Known, other: Known) -> bool:
    """Return whether the bytes of one could reach the decoder of the other."""
    if one.model.transport is not other.model.transport:
        return False
    return one.model.transport is Transport.SERIAL or one.model.sources[0].uuid == other.model.sources[0].uuid


PAIRS = [
    pytest.param(sent, read, id=f"{sent} read as {read}")
    for sent in KNOWN
    for read in KNOWN
    if sent != read and same_way(KNOWN[sent], KNOWN[read])
]


def heard_as(sent: Known, read: Known) -> list[Event]:
    decoder = read.model.sources[0].make_decoder()
    events = [event for frame in sent.frames() for event in decoder.feed(frame)]
    return [event for event in [*events, *decoder.finish()] if isinstance(event, NumericEvent | NibpEvent)]


def verdict(read: Known, wire: list[bytes]) -> LinkState | None:
    """Return what is said of `wire`, again and again at a pace, when a device should be heard."""
    watch = Watch(read.model, Nanos(0))
    decoder = read.model.sources[0].make_decoder()
    last = read.model.doubted_after_s + 1
    for turn in range(1, int(last / PACE_S)):
        watch.heard(decoder.feed(wire[turn % len(wire)]), seconds(turn * PACE_S))
    told = watch.verdict(seconds(last))
    return told[0] if told else None


@pytest.mark.parametrize(("sent", "read"), PAIRS)
def test_one_model_is_not_taken_for_another(sent, read):
    found = heard_as(KNOWN[sent], KNOWN[read])
    if (sent, read) in LOOKALIKES:
        assert found, "they are told apart: take them off the table"
    else:
        assert found == []
        assert KNOWN[read].model.episodic or (
            verdict(KNOWN[read], KNOWN[sent].frames()) is LinkState.WRONG_MODEL
        )


def test_noise_of_a_wrong_baud_rate_does_not_look_like_the_model(stream: Known):
    rng = random.Random(21)
    wire = [rng.randbytes(60) for _ in range(60)]
    assert stream.model.episodic or verdict(stream, wire) is LinkState.WRONG_MODEL


def test_models_over_bluetooth_differ_by_what_they_must_have_or_by_their_frames(radio: Known):
    mine = {source.uuid for source in radio.model.sources if not source.optional}
    for other in KNOWN.values():
        if other.model.transport is not Transport.BLE or other is radio:
            continue
        theirs = {source.uuid for source in other.model.sources}
        pair = (other.model.name, radio.model.name)
        assert mine - theirs or same_way(other, radio) or pair in LOOKALIKES
