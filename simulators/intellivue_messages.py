"""What an IntelliVue monitor says and understands, as bytes; written from the description alone."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

TICKS_PER_S = 8000
EXPORT = bytes.fromhex("E1 00 00 02")
MDS = bytes.fromhex("00 21 00 00 00 00")
INVOKE, RESULT, ERROR, LINKED = 1, 2, 3, 5
EVENT_REPORT, ACTION = 1, 7
CREATE_EVENT, SINGLE_POLL, EXTENDED_POLL = 0x0D06, 0x0C16, 0xF13B
RUN_TIME = 0xF13E
ASSOCIATE, ACCEPT, REFUSE, RELEASE, RELEASED, ABORT = 0x0D, 0x0E, 0x0C, 0x09, 0x0A, 0x19
NAN = 0x007FFFFF
NO_TIME = b"\xff" * 8
PERCENT, MMHG, KPA, BPM, RPM, CELSIUS = 0x0220, 0x0F20, 0x0F03, 0x0AA0, 0x0AE0, 0x17A0
LABEL, LABEL_TEXT, OBSERVED, COMPOUND, TIME_STAMP = 0x0924, 0x0927, 0x0950, 0x094B, 0x0990
FIRST, MIDDLE, LAST = 1, 2, 3
ERROR_VALUE = 1
"""The description lists no error values."""


@dataclass(frozen=True, slots=True)
class Value:
    """One numeric observed value as the monitor holds it; None is sent as NaN."""

    physio: int
    unit: int
    value: float | None
    decimals: int = 0
    state: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A poll that a host asked for."""

    invoke_id: int
    number: int
    action: int
    object_class: int
    run_s: float


@dataclass(frozen=True, slots=True)
class Moment:
    """When a set of numerics was taken."""

    ticks: int
    clock: datetime | None


def word(value: float | None, decimals: int) -> int:
    """Return the FLOAT of a number with so many decimals."""
    if value is None:
        return NAN
    mantissa = round(value * float(10**decimals))
    return (-decimals & 0xFF) << 24 | mantissa & 0xFFFFFF


def bcd(moment: datetime | None) -> bytes:
    """Return an absolute time; without a clock all FF."""
    if moment is None:
        return NO_TIME
    return bytes.fromhex(f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 10_000:02d}")


def attribute(name: int, value: bytes) -> bytes:
    """Return one attribute: id, length, value."""
    return struct.pack(">HH", name, len(value)) + value


def _observed(value: Value) -> bytes:
    return struct.pack(">HHHI", value.physio, value.state, value.unit, word(value.value, value.decimals))


def numeric(handle: int, text: str, values: Sequence[Value], group: int = 0, stamp: bytes = b"") -> bytes:
    """Return one object: label, text and one value, or a compound of the group's values."""
    label = attribute(LABEL, struct.pack(">HH", 2, group or values[0].physio))
    parts = [label, attribute(LABEL_TEXT, _text(text))]
    if stamp:
        parts.append(attribute(TIME_STAMP, stamp))
    if group:
        body = b"".join(map(_observed, values))
        parts.append(attribute(COMPOUND, struct.pack(">HH", len(values), len(body)) + body))
    else:
        parts.append(attribute(OBSERVED, _observed(values[0])))
    body = b"".join(parts)
    return struct.pack(">HHH", handle, len(parts), len(body)) + body


def _text(text: str) -> bytes:
    body = f"{text}\0".encode("utf-16-be")
    return struct.pack(">H", len(body)) + body


def results(
    request: Request, sequence: int, moment: Moment, objects: Sequence[bytes], longest: int
) -> list[bytes]:
    """Return the answer to a poll: one result, or linked ones and the empty one that closes them."""
    parts: list[list[bytes]] = [[]]
    for each in objects:
        if parts[-1] and len(_result(request, sequence, moment, [*parts[-1], each], LAST)) > longest:
            parts.append([])
        parts[-1].append(each)
    if len(parts) == 1:
        return [_result(request, sequence, moment, parts[0], 0)]
    states = [FIRST, *[MIDDLE] * (len(parts) - 2), LAST]
    linked = [_result(request, sequence, moment, part, at) for part, at in zip(parts, states, strict=True)]
    return [*linked, _result(request, sequence, moment, [], 0)]


def _result(request: Request, sequence: int, moment: Moment, objects: Sequence[bytes], state: int) -> bytes:
    """Return one result; `state` is its place among linked ones, 0 for one that stands alone."""
    numbers = struct.pack(">H", request.number)
    if request.action == EXTENDED_POLL:
        numbers += struct.pack(">H", sequence & 0xFFFF)
    times = struct.pack(">I", moment.ticks & 0xFFFFFFFF) + bcd(moment.clock)
    group = 0x0803 if objects else 0
    body = numbers + times + struct.pack(">HHH", 1, request.object_class, group) + _contexts(objects)
    action = MDS + struct.pack(">HH", request.action, len(body)) + body
    call = struct.pack(">HHH", request.invoke_id, ACTION, len(action)) + action
    if state:
        call = struct.pack(">BB", state, 1) + call
    return export(LINKED if state else RESULT, call)


def _contexts(objects: Sequence[bytes]) -> bytes:
    """Return the poll list: all objects in one context, and an empty one beside it."""
    if not objects:
        return struct.pack(">HH", 0, 0)
    body = b"".join(objects)
    body = struct.pack(">HHHHHH", 1, 0, 0, 2, len(objects), len(body)) + body
    return struct.pack(">HH", 2, len(body)) + body


def export(remote: int, call: bytes) -> bytes:
    """Return a data export message."""
    return EXPORT + struct.pack(">HH", remote, len(call)) + call


def create_event(invoke_id: int, ticks: int) -> bytes:
    """Return the event that tells a host of the monitor; its attributes are not asked for."""
    body = MDS + struct.pack(">IHHHH", ticks & 0xFFFFFFFF, CREATE_EVENT, 4, 0, 0)
    return export(INVOKE, struct.pack(">HHH", invoke_id, EVENT_REPORT, len(body)) + body)


def error(invoke_id: int) -> bytes:
    """Return the answer to a request that cannot be carried out."""
    return export(ERROR, struct.pack(">HHH", invoke_id, ERROR_VALUE, 0))


def accept(request: bytes, longest: int) -> bytes:
    """Return consent to an association, with the period asked for.

    The description gives the first byte and the user data; the envelope between is the request's.
    """
    sizes = bytes.fromhex("00 00 03 E8 00 00 03 E8")
    granted = longest.to_bytes(4, "big") * 2
    client, server = bytes.fromhex("00 80 00 00 00 20 00 00 00"), bytes.fromhex("00 00 80 00 00 20 00 00 00")
    return bytes([ACCEPT]) + request[1:].replace(sizes, granted).replace(client, server)


def short(first: int) -> bytes:
    """Return a session message whose first byte alone is described."""
    return bytes([first, 0])


def asked_period_s(request: bytes) -> float | None:
    """Return the minimum poll period of an association request; None when it has none."""
    before, mark, after = request.partition(bytes.fromhex("00 01 00 28 80 00 00 00"))
    if not mark or len(after) < 4 or not before:
        return None
    return int.from_bytes(after[:4], "big") / TICKS_PER_S


def poll_request(message: bytes) -> Request | None:
    """Return the poll that a message asks for; None when it asks for something else."""
    try:
        remote, _, invoke_id, command, _ = struct.unpack_from(">HHHHH", message, 4)
        action, _, number, _, object_class, _ = struct.unpack_from(">HHHHHH", message, 24)
    except struct.error:
        return None
    if message[:4] != EXPORT or (remote, command) != (INVOKE, ACTION):
        return None
    run_s = 0.0
    if action == EXTENDED_POLL and message[36:44] == struct.pack(">HHHH", 1, 8, RUN_TIME, 4):
        run_s = int.from_bytes(message[44:48], "big") / TICKS_PER_S
    return Request(invoke_id, number, action, object_class, run_s)


def is_create_result(message: bytes, invoke_id: int) -> bool:
    """Return whether a host answers the create event of this id."""
    head = EXPORT + struct.pack(">HHHH", RESULT, 20, invoke_id, EVENT_REPORT)
    return message[:12] == head and len(message) == 28 and message[24:26] == b"\x0d\x06"
