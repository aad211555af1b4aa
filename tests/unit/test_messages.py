import msgspec
import pytest

from monitor.link import messages

READING = messages.Numeric(
    bed="bed1", seq=7, device="oximeter", channel="spo2", value=97.0, reason=None, unit="%",
    utc="2026-11-24T15:30:00+00:00", simulated=True,
)  # fmt: skip


def test_the_wire_and_json_carry_the_same_reading():
    assert messages.from_service(messages.to_msgpack(READING)) == READING
    assert messages.from_service_json(messages.to_json(READING)) == READING


def test_unknown_fields_of_a_newer_minor_version_are_ignored():
    newer = msgspec.json.decode(messages.to_json(READING)) | {"invented_later": 1}
    assert messages.from_service_json(msgspec.json.encode(newer)) == READING


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xc1\xff", b"\x81\xa4type\xa5never"], ids=repr)
def test_what_is_no_message_is_refused_by_name(data):
    with pytest.raises(msgspec.DecodeError):
        messages.from_service(data)
