"""The session with an IntelliVue monitor: what a host says, and what an answer means to it.

All numbers high byte first; times of the monitor in 1/8 ms.
"""

import struct

from drivers.wire.events import ReplyEvent, Span

ASSOCIATION = "association"
RELEASING = "release"
CREATE = "MDS create event"
POLL = "poll"
"""What a ReplyEvent answers, or is answered by: the create event is the monitor's own."""
TICKS_PER_S = 8000
REPEAT_S = 2.0
"""An association request is repeated after this long without an answer."""
CREATE_WAIT_S = 10.0
"""How long the MDS create event may take after an association was accepted."""
NUMERICS = 0x0006
OBSERVED_VALUES = 0x0803
SINGLE_POLL = 0x0C16
EXTENDED_POLL = 0xF13B
_EXPORT = b"\xe1\x00\x00\x02"
_MDS = b"\x00\x21\x00\x00\x00\x00"
_RUN_TIME = 0xF13E
_CONFIRMED_ACTION = 7
_CONFIRMED_EVENT = 1
_ANSWERS = {
    0x0E: (ASSOCIATION, True, "accepted"),
    0x0C: (ASSOCIATION, False, "refused"),
    0x0A: (RELEASING, True, "released"),
    0x19: (ASSOCIATION, False, "aborted"),
}
"""First byte of a message -> command, whether it is granted, in words."""
_PERIOD_AFTER = bytes.fromhex("0001 0028 80000000")
"""Supported profile, its length and revision: the negotiated poll period follows."""

ASSOCIATE = bytes.fromhex(
    "0D EC 05 08 13 01 00 16 01 02 80 00 14 02 00 02 C1 DC 31 80 A0 80 80 01"
    "01 00 00 A2 80 A0 03 00 00 01 A4 80 30 80 02 01 01 06 04 52 01 00 01 30"
    "80 06 02 51 01 00 00 00 00 30 80 02 01 02 06 0C 2A 86 48 CE 14 02 01 00"
    "00 00 01 01 30 80 06 0C 2A 86 48 CE 14 02 01 00 00 00 02 01 00 00 00 00"
    "00 00 61 80 30 80 02 01 01 A0 80 60 80 A1 80 06 0C 2A 86 48 CE 14 02 01"
    "00 00 00 03 01 00 00 BE 80 28 80 06 0C 2A 86 48 CE 14 02 01 00 00 00 01"
    "01 02 01 02 81"
    "48 80 00 00 00 40 00 00 00 00 00 00 00 80 00 00 00 20 00 00 00"  # versions, client, cold start
    "00 00 00 00 00 01 00 2C 00 01 00 28 80 00 00 00"
    "00 00 1F 40 00 00 03 E8 00 00 03 E8"  # poll period 1 s; receive and send at most 1000 bytes
    "FF FF FF FF 60 00 00 00 00 01 00 0C F0 01 00 08"
    "8C 00 00 00"  # extended polls: numerics of a second, waves, enumerations
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
)
"""The association request, as public clients send it."""
RELEASE = bytes.fromhex("09 18 C1 16 61 80 30 80 02 01 01 A0 80 62 80 80 01 00 00 00 00 00 00 00 00 00")


def single_poll(number: int, invoke_id: int) -> bytes:
    """Return the request for one set of numerics; both numbers come back in the answer."""
    return _action(invoke_id, number, SINGLE_POLL, b"")


def extended_poll(number: int, invoke_id: int, run_s: float) -> bytes:
    """Return the request for numerics that keep coming for `run_s` seconds."""
    run_time = struct.pack(">HHHHI", 1, 8, _RUN_TIME, 4, round(run_s * TICKS_PER_S))
    return _action(invoke_id, number, EXTENDED_POLL, run_time)


def _action(invoke_id: int, number: int, action: int, attributes: bytes) -> bytes:
    what = struct.pack(">HHHH", number, 1, NUMERICS, OBSERVED_VALUES) + attributes
    body = _MDS + struct.pack(">IHH", 0, action, len(what)) + what
    invoke = struct.pack(">HHH", invoke_id, _CONFIRMED_ACTION, len(body)) + body
    return _EXPORT + struct.pack(">HH", 1, len(invoke)) + invoke


def create_reply(span: Span, event: bytes) -> ReplyEvent:
    """Return what an MDS create event says: its invoke id, and object, time and type in hex."""
    return ReplyEvent(span, CREATE, True, event[14:26].hex(" "), int.from_bytes(event[8:10], "big"))


def create_result(reply: ReplyEvent) -> bytes:
    """Return the answer to an MDS create event: its invoke id, object, time and type come back."""
    what = bytes.fromhex(reply.text) + b"\x00\x00"
    invoke = struct.pack(">HHH", reply.number or 0, _CONFIRMED_EVENT, len(what)) + what
    return _EXPORT + struct.pack(">HH", 2, len(invoke)) + invoke


def association_reply(span: Span, message: bytes) -> ReplyEvent | None:
    """Return what a message of the session says, None when it is none of a monitor."""
    known = _ANSWERS.get(message[0]) if message else None
    if known is None:
        return None
    command, ok, text = known
    return ReplyEvent(span, command, ok, text, accepted_period(message) if ok else None)


def accepted_period(accept: bytes) -> int | None:
    """Return the minimum poll period that the monitor grants, 1/8 ms; None when it is not found."""
    at = accept.find(_PERIOD_AFTER) + len(_PERIOD_AFTER)
    if at < len(_PERIOD_AFTER) or at + 4 > len(accept):
        return None
    return int.from_bytes(accept[at : at + 4], "big")


def association_timeout_s(period: int | None) -> float:
    """Return how long the monitor keeps a silent association; the shortest when its period is unknown."""
    period_s = 0.0 if period is None else period / TICKS_PER_S
    if period_s <= 3.3:
        return 10.0
    return 3.0 * period_s if period_s <= 43.0 else 130.0
