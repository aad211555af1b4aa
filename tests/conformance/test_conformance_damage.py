"""What every model must do with what a bad line makes of its device's frames."""

import random

from damage import cuts, flips, inflated, noises, snippets, streams, told
from known import Known, SteppedClock, numbers, strangers
from tiling import hole

from drivers.model import DeviceConfig
from monitor.core.clock import seconds

LONGEST_KEPT = 4096
"""Bytes that a decoder may hold back, whatever length a frame declares."""


def start_of(frames: list[bytes], index: int) -> int:
    return sum(map(len, frames[:index]))


def recovery(stream: Known, frames: list[bytes], at: int, spoilt: bytes, skipped: int) -> str:
    """Return what is wrong when `spoilt` stands before frame `at` in place of the `skipped` frames there."""
    case = stream.case
    pieces = [*frames[:at], spoilt, *frames[at + skipped :]]
    clean = told(stream, [b"".join(frames)])
    from_ = start_of(frames, at + skipped + case.recovers_at - 1)
    shift = len(spoilt) - (start_of(frames, at + skipped) - start_of(frames, at))
    again = {(each.first + shift, each.number) for each in clean if each.first >= from_}
    damaged = told(stream, [b"".join(pieces)])
    missed = again - {(each.first, each.number) for each in damaged}
    if missed:
        return f"{spoilt.hex()} before frame {at}: not read after it: {sorted(missed)[:3]}"
    wrong = strangers((each.number for each in damaged), (each.number for each in clean))
    return f"{spoilt.hex()} before frame {at}: {wrong} was never sent" if wrong and case.checked else ""


def test_after_noise_the_second_whole_frame_is_read(stream: Known):
    rng = random.Random(11)
    frames = stream.frames()[:24]
    found = [
        wrong
        for noise in noises(frames, 200, rng)
        if (wrong := recovery(stream, frames, rng.choice((0, 4, 7, 10)), noise, 0))
    ]
    assert found == []


def test_a_cut_frame_costs_itself_and_at_most_the_next(stream: Known):
    rng = random.Random(12)
    frames = stream.frames()[:16]
    found = [
        wrong
        for at in (3, 6)
        for rest in cuts(frames[at], rng)
        if (wrong := recovery(stream, frames, at, rest, 1))
    ]
    assert found == []


def test_a_dropped_or_added_byte_costs_one_frame_and_at_most_the_next(stream: Known):
    rng = random.Random(13)
    frames = stream.frames()[:16]
    whole = frames[5]
    places = rng.sample(range(len(whole)), min(30, len(whole)))
    spoilt = [whole[:at] + whole[at + 1 :] for at in places]
    spoilt += [whole[:at] + rng.randbytes(1) + whole[at:] for at in places]
    assert [wrong for rest in spoilt if (wrong := recovery(stream, frames, 5, rest, 1))] == []


def test_a_changed_bit_never_gives_another_number(checked: Known):
    rng = random.Random(14)
    frames = checked.frames()[:8]
    sent = numbers(checked.decode(frames))
    wrong = [
        (spoilt.hex(), others)
        for at in (2, 3, 4)
        for spoilt in flips(frames[at], rng)
        if (others := strangers(numbers(checked.decode([*frames[:at], spoilt, *frames[at + 1 :]])), sent))
    ]
    assert wrong == []


def test_cut_values_give_no_wrong_number(radio: Known):
    rng = random.Random(15)
    frames = radio.frames()[:8]
    sent = numbers(radio.decode(frames))
    for at in (2, 4):
        for rest in cuts(frames[at], rng):
            pieces = [*frames[:at], rest, *frames[at + 1 :]]
            assert radio.untiled(pieces) == ""
            assert not radio.case.checked or not strangers(numbers(radio.decode(pieces)), sent)


def test_frames_that_come_twice_or_in_another_order_give_no_number_of_their_own(known: Known):
    rng = random.Random(16)
    frames = known.frames()[:30]
    sent = numbers(known.decode(frames))
    shuffled = rng.sample(frames, len(frames))
    for pieces in ([frame for frame in frames for _ in (1, 2)], frames[::-1], shuffled):
        assert known.untiled(pieces) == ""
        assert strangers(numbers(known.decode(pieces)), sent) == set()


def test_a_declared_length_beyond_all_bounds_holds_nothing_up(stream: Known):
    frames = stream.frames()[:12]
    rest = b"".join(frames[3:])
    enough = rest * (1 + 4 * LONGEST_KEPT // len(rest))
    for spoilt in inflated(frames[2]):
        decoder = stream.source.make_decoder()
        events = decoder.feed(frames[0] + frames[1] + spoilt + enough)
        length = len(frames[0] + frames[1] + spoilt + enough)
        assert length - events[-1].span[1] <= LONGEST_KEPT, spoilt.hex()
        assert numbers(event for event in events if event.span[0] > length - 2 * LONGEST_KEPT), spoilt.hex()


def test_a_thousand_random_streams_are_told_byte_by_byte(known: Known):
    rng = random.Random(17)
    for turn, wire in enumerate(streams(known.frames(), 1000, rng)):
        assert known.untiled([wire]) == "", wire.hex()
        if known.streams and turn % 8 == 0:
            drip = known.decode([wire[at : at + 1] for at in range(len(wire))])
            assert drip == known.decode([wire]), wire.hex()


def test_short_strings_that_look_like_frames_are_told_byte_by_byte(known: Known):
    rng = random.Random(20)
    for wire in snippets(known.frames(), 5000, rng):
        assert known.untiled([wire]) == "", wire.hex()


def test_random_bytes_do_not_upset_what_the_device_does_with_them(known: Known):
    rng = random.Random(19)
    clock = SteppedClock()
    config = DeviceConfig("device", known.model.name, simulated=True, options={"unverified": True})
    device = known.model.make_device(config, clock)
    decoder = known.source.make_decoder()
    device.opened(clock.now())
    for turn, wire in enumerate(streams(known.frames(), 500, rng)):
        clock.advance(seconds(rng.choice((0.01, 0.5, 3.0))))
        device.readings(decoder.feed(wire), clock.now())
        device.step(clock.now())
        if turn % 50 == 49:  # the way breaks, and is open again
            device.closed(clock.now())
            decoder = known.source.make_decoder()
            device.opened(clock.now())


def test_any_value_of_any_characteristic_is_told(radio: Known):
    rng = random.Random(18)
    for source in radio.model.sources:
        decoder = source.make_decoder()
        at = 0
        for wire in (b"", *streams(radio.frames(), 200, rng)):
            spans = [event.span for event in decoder.feed(wire)]
            if not radio.streams or source is not radio.source:
                assert hole(spans, len(wire)) == "", (source.uuid, wire.hex())
            at += len(wire)
