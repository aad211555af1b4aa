"""Any bytes as a characteristic value: never an error, one span, and numbers that survive."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import sfloat
from drivers.wire.blood_pressure import BloodPressureDecoder, CuffPressureDecoder
from drivers.wire.events import NibpEvent
from drivers.wire.heart_rate import HeartRateDecoder

DECODERS = [
    pytest.param(HeartRateDecoder, id="2A37"),
    pytest.param(BloodPressureDecoder, id="2A35"),
    pytest.param(CuffPressureDecoder, id="2A36"),
]


@pytest.mark.parametrize("decoder", DECODERS)
@given(value=st.binary(max_size=30))
def test_any_value_gives_events_that_share_its_whole_span(decoder, value):
    events = decoder().feed(value)
    assert {event.span for event in events} == {(0, len(value))}
    assert decoder().finish() == []


@given(mantissa=st.integers(-2048, 2047), exponent=st.integers(-8, 7))
def test_sfloat_is_the_float_nearest_to_the_decimal(mantissa, exponent):
    word = (exponent & 0xF) << 12 | mantissa & 0xFFF
    found = sfloat.from_word(word)
    if word in (0x07FF, 0x0800, 0x07FE, 0x0802, 0x0801):
        assert isinstance(found, sfloat.Special)
    else:
        assert found == float(f"{mantissa}e{exponent}")


@given(word=st.integers(0, 0xFFFF))
def test_no_special_word_ever_becomes_a_pressure(word):
    sent = word.to_bytes(2, "little")
    [event] = BloodPressureDecoder().feed(b"\x00" + sent * 3)
    assert isinstance(event, NibpEvent)
    for value in (event.sys, event.dia, event.map):
        assert value is None or (
            (math.isfinite(value) and value not in (2047, 2046, -2048, -2046, -2047)) or word >> 12
        )
