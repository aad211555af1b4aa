"""Any bytes as a characteristic value: never an error, one span, and numbers that survive."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wire import sfloat
from drivers.wire.blood_pressure import BloodPressureDecoder, CuffPressureDecoder, FeatureDecoder
from drivers.wire.current_time import CurrentTimeDecoder
from drivers.wire.events import NibpEvent
from drivers.wire.heart_rate import HeartRateDecoder, SensorLocationDecoder
from drivers.wire.polar_pmd import PmdControlDecoder, PmdEcgDecoder
from drivers.wire.pulse_oximeter import ContinuousDecoder, FeaturesDecoder, SpotCheckDecoder
from drivers.wire.record_access import RecordAccessDecoder

DECODERS = [
    pytest.param(HeartRateDecoder, id="2A37"),
    pytest.param(BloodPressureDecoder, id="2A35"),
    pytest.param(CuffPressureDecoder, id="2A36"),
    pytest.param(SensorLocationDecoder, id="2A38"),
    pytest.param(FeatureDecoder, id="2A49"),
    pytest.param(ContinuousDecoder, id="2A5F"),
    pytest.param(SpotCheckDecoder, id="2A5E"),
    pytest.param(FeaturesDecoder, id="2A60"),
    pytest.param(RecordAccessDecoder, id="2A52"),
    pytest.param(CurrentTimeDecoder, id="2A2B"),
    pytest.param(PmdControlDecoder, id="PMD control"),
    pytest.param(PmdEcgDecoder, id="PMD data"),
]


@pytest.mark.parametrize("decoder", DECODERS)
@given(
    value=st.one_of(
        st.binary(max_size=30),
        st.builds(
            lambda head, rest: head + rest,
            st.sampled_from([b"\xf0\x01\x00\x00", bytes(10)]),
            st.binary(max_size=30),
        ),
    )
)
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
