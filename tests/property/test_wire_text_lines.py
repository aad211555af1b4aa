"""Whatever comes, in whatever pieces: text is cut into the same lines, and every byte has one span."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.wire.events import GarbageEvent, IncompleteEvent
from drivers.wire.text_lines import LONGEST_LINE, TextLines

KNOWN = "a line of the protocol"
pieces = st.sampled_from(
    [b"\r", b"\n", b"\r\n", b"ok", b"bad", b"ok\r", b"ok\r\n", b"\xff", b"x" * 300, b"\r" * 300]
)
wires = st.lists(pieces, max_size=40).map(b"".join)


def read(span, line):
    return [GarbageEvent(span, KNOWN)] if line == b"ok" else []


def cut(*parts):
    lines = TextLines(read)
    events = [event for part in parts for event in lines.feed(part)]
    return events + lines.finish()


@given(wire=wires, cuts=st.lists(st.integers(0, 3000), max_size=6))
def test_drip_fed_equals_all_at_once(wire, cuts):
    places = sorted(min(place, len(wire)) for place in cuts)
    whole = cut(wire)
    assert cut(*(wire[a:b] for a, b in zip([0, *places], [*places, len(wire)], strict=True))) == whole
    assert cut(*(wire[at : at + 1] for at in range(len(wire)))) == whole


@given(wire=st.one_of(wires, st.binary(max_size=3000)))
def test_every_byte_has_one_span_and_only_the_last_is_incomplete(wire):
    events = cut(wire)
    at = 0
    for event in events:
        assert event.span[0] == at < event.span[1]
        at = event.span[1]
    assert at == len(wire)
    assert not any(isinstance(event, IncompleteEvent) for event in events[:-1])


@given(before=wires, end=st.sampled_from([b"\r", b"\n", b"\r\n"]))
def test_after_anything_the_second_whole_line_is_read(before, end):
    events = cut(before + 3 * (b"ok" + end))
    assert sum(event.span[1] > len(before) and getattr(event, "why", "") == KNOWN for event in events) >= 2


@given(wire=wires)
def test_little_is_kept(wire):
    lines = TextLines(read)
    lines.feed(wire)
    assert len(lines._buf) <= LONGEST_LINE
