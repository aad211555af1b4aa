import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.errors import ProtocolError
from monitor.link.framing import FrameReader, frame


@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(1, 7))
def test_frames_come_back_whole_however_they_are_cut(payloads, step):
    wire = b"".join(frame(payload) for payload in payloads)
    reader = FrameReader(100)
    out = [payload for at in range(0, len(wire), step) for payload in reader.feed(wire[at : at + step])]
    assert out == payloads


def test_a_length_beyond_the_bound_is_refused():
    with pytest.raises(ProtocolError, match="announced a frame of 101 bytes"):
        FrameReader(100).feed(frame(b"x" * 101))
