"""The worked examples of the Pulse Oximeter Service, every status bit, and its record access point.

"Captured" frames are from real devices (ChoiceMMed); the others are the document's own.
"""

import pytest

from drivers.wire.events import GarbageEvent, InfoEvent, NumericEvent, ReplyEvent, StatusEvent
from drivers.wire.pulse_oximeter import ContinuousDecoder, FeaturesDecoder, SpotCheckDecoder
from drivers.wire.record_access import RecordAccessDecoder
from monitor.core.types import InfoField, Reason, StatusCode

S = StatusCode


def numbers(decoder, frame: str) -> list[tuple[str, float | None, Reason | None]]:
    events = decoder.feed(bytes.fromhex(frame))
    return [(e.channel, e.value, e.reason) for e in events if isinstance(e, NumericEvent)]


def good(spo2, pulse, amplitude=None):
    told = [("spo2", spo2, None), ("pulse_rate", pulse, None)]
    return told if amplitude is None else [*told, ("perfusion_index", amplitude, None)]


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        pytest.param("00 62 00 48 00", good(98, 72), id="whole numbers"),
        pytest.param("00 D4 F3 D0 F2", good(98.0, 72.0), id="tenths"),
        pytest.param("0C 62 00 4E 00 20 00 00 00 00", good(98, 78), id="captured ChoiceMMed"),
        pytest.param(
            "1F 62 00 48 00 63 00 49 00 61 00 47 00 80 00 00 00 00 0A 00",
            good(98, 72, 10),
            id="the normal pair counts, not the fast and slow ones",
        ),
        pytest.param(
            "04 62 00 48 00 00 80",
            [("spo2", None, Reason.MISSING), ("pulse_rate", None, Reason.MISSING)],
            id="invalid",
        ),
        pytest.param(
            "00 FF 07 FF 07",
            [("spo2", None, Reason.MISSING), ("pulse_rate", None, Reason.MISSING)],
            id="no value",
        ),
        pytest.param(
            "10 62 00 FF 07 00 08",
            [
                ("spo2", 98, None),
                ("pulse_rate", None, Reason.MISSING),
                ("perfusion_index", None, Reason.MISSING),
            ],
            id="each number has its own code",
        ),
        pytest.param(
            "08 FF 07 FF 07 00 02 00",
            [("spo2", None, Reason.SEARCHING), ("pulse_rate", None, Reason.SEARCHING)],
            id="no value while it analyses",
        ),
        pytest.param("E0 62 00 48 00 99", good(98, 72), id="reserved flags and trailing bytes"),
    ],
)
def test_continuous(frame, expected):
    assert numbers(ContinuousDecoder(), frame) == expected


SPOT = "17 61 00 60 00 E1 07 01 01 01 22 13 20 00 20 00 00"


def test_captured_spot_check_has_its_time_and_says_that_the_clock_was_never_set():
    events = SpotCheckDecoder().feed(bytes.fromhex(SPOT))
    assert {(e.code, e.active) for e in events if isinstance(e, StatusEvent)} == {
        (S.LOW_PERFUSION, True),
        (S.CLOCK_UNSET, True),
    }
    told = [e for e in events if isinstance(e, NumericEvent)]
    assert [(e.channel, e.value, e.doubtful, e.stored) for e in told] == [
        ("spo2", 97, True, False),
        ("pulse_rate", 96, True, False),
    ]
    assert {e.device_time.isoformat() for e in told} == {"2017-01-01T01:34:19"}


def test_amplitude_of_a_spot_check():
    assert numbers(SpotCheckDecoder(), "08 62 00 48 00 23 F0") == good(98, 72, 3.5)


@pytest.mark.parametrize("bit", range(16))
def test_every_measurement_status_bit(bit):
    events = ContinuousDecoder().feed(bytes.fromhex("04 62 00 48 00") + (1 << bit).to_bytes(2, "little"))
    spo2, pulse = (e for e in events if isinstance(e, NumericEvent))
    shown = bit in (0, 1, 2, 3, 4, 5, 7, 8, 9)
    assert (spo2.value, pulse.value) == ((98, 72) if shown else (None, None))
    assert spo2.stored is pulse.stored is (bit == 9)
    reason = None if shown else Reason.SEARCHING if bit in (6, 12) else Reason.MISSING
    assert (spo2.reason, pulse.reason) == (reason, reason)


SENSOR = [
    (0, None, False, None),
    (1, S.DEVICE_FAULT, False, Reason.MISSING),
    (2, S.ARTIFACT, True, None),
    (3, S.WEAK_SIGNAL, True, None),
    (4, S.WEAK_SIGNAL, True, None),
    (5, S.LOW_PERFUSION, True, None),
    (6, S.ARTIFACT, True, None),
    (7, S.PULSE_SEARCH, True, None),
    (8, S.ARTIFACT, True, None),
    (9, None, False, None),
    (10, S.INTERFERENCE, True, None),
    (11, S.SENSOR_OFF, False, Reason.SENSOR_OFF),
    (12, S.UNKNOWN_SENSOR, True, None),
    (13, S.SENSOR_OFF, False, Reason.SENSOR_OFF),
    (14, S.SENSOR_FAULT, False, Reason.MISSING),
    (15, S.SENSOR_FAULT, False, Reason.MISSING),
    *((bit, None, False, None) for bit in range(16, 24)),
]


@pytest.mark.parametrize(("bit", "code", "doubtful", "reason"), SENSOR, ids=[str(row[0]) for row in SENSOR])
def test_every_sensor_status_bit(bit, code, doubtful, reason):
    events = ContinuousDecoder().feed(bytes.fromhex("08 62 00 48 00") + (1 << bit).to_bytes(3, "little"))
    assert [e.code for e in events if isinstance(e, StatusEvent) and e.active] == ([code] if code else [])
    spo2 = next(e for e in events if isinstance(e, NumericEvent))
    assert (spo2.value, spo2.doubtful, spo2.reason) == (None if reason else 98, doubtful, reason)


def test_flags_are_told_on_change_only():
    decoder = ContinuousDecoder()
    told = []
    for sensor in ("08 00 00", "10 00 00", "18 00 00", "20 00 00", "00 00 00"):
        events = decoder.feed(bytes.fromhex("08 62 00 48 00" + sensor))
        told.append({(e.code, e.active) for e in events if isinstance(e, StatusEvent)})
    assert told == [
        {(S.WEAK_SIGNAL, True)},
        set(),
        set(),
        {(S.WEAK_SIGNAL, False), (S.LOW_PERFUSION, True)},
        {(S.LOW_PERFUSION, False)},
    ]


@pytest.mark.parametrize(
    ("decoder", "frame"),
    [
        pytest.param(
            ContinuousDecoder, "1F 62 00 48 00 63 00 49 00 61 00 47 00 80 00 00 00 00 0A 00", id="2A5F"
        ),
        pytest.param(SpotCheckDecoder, SPOT, id="2A5E"),
        pytest.param(FeaturesDecoder, "0F 00 E0 FF FF FF 00", id="2A60"),
    ],
)
def test_cut_at_any_byte_it_is_garbage_as_a_whole(decoder, frame):
    whole = bytes.fromhex(frame)
    for length in range(len(whole)):
        assert decoder().feed(whole[:length]) == [GarbageEvent((0, length), "truncated")]


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        pytest.param("00 00", "none", id="none"),
        pytest.param("0C 00", "memory for spot-checks, time stamps", id="memory and time"),
        pytest.param(
            "43 00 E0 FF FF FF 00", "measurement status, sensor status, pulse amplitude", id="with the masks"
        ),
    ],
)
def test_features(frame, text):
    data = bytes.fromhex(frame)
    assert FeaturesDecoder().feed(data) == [InfoEvent((0, len(data)), InfoField.FEATURES, text)]


@pytest.mark.parametrize(
    ("frame", "reply"),
    [
        pytest.param("05 00 03 01", ("number of records", True, "259 records", 259), id="number"),
        pytest.param("06 00 01 01", ("report records", True, "done (1)", None), id="all reported"),
        pytest.param("06 00 01 06", ("report records", False, "no records (6)", None), id="none"),
        pytest.param(
            "06 00 04 02", ("number of records", False, "request not supported (2)", None), id="no counting"
        ),
        pytest.param("06 00 01 63", ("report records", False, "refused (99)", None), id="unknown code"),
    ],
)
def test_record_access(frame, reply):
    assert RecordAccessDecoder().feed(bytes.fromhex(frame)) == [ReplyEvent((0, 4), *reply)]


@pytest.mark.parametrize(
    "frame", ["", "05 00 03", "06 00 01", "11 00 02 00"], ids=["empty", "cut", "cut", "other"]
)
def test_other_answers_of_the_record_access_point_are_garbage(frame):
    [event] = RecordAccessDecoder().feed(bytes.fromhex(frame))
    assert isinstance(event, GarbageEvent)
