"""Record Access Control Point 0x2A52: asking a device for its memory, and its answers.

Only these two requests exist here. Deleting (opcode 2) is one byte away, and never sent.
"""

from drivers.wire.events import Event, GarbageEvent, ReplyEvent

REPORT_ALL = bytes((0x01, 0x01))
REPORT_NUMBER = bytes((0x04, 0x01))
COUNT = "number of records"
REPORT = "report records"
_COUNTED = 0x05
_ANSWERED = 0x06
_COMMANDS = {0x01: REPORT, 0x02: "delete records", 0x03: "abort", 0x04: COUNT}
_SUCCESS = 1
_ANSWERS = {
    1: "done",
    2: "request not supported",
    3: "invalid operator",
    4: "operator not supported",
    5: "invalid operand",
    6: "no records",
    7: "abort unsuccessful",
    8: "not completed",
    9: "operand not supported",
}


class RecordAccessDecoder:
    """The answers to what was asked."""

    def feed(self, data: bytes) -> list[Event]:
        """Return what one characteristic value says; never raise."""
        span = (0, len(data))
        if len(data) < 4:
            return [GarbageEvent(span, "truncated")]
        if data[0] == _COUNTED:
            number = data[2] | data[3] << 8
            return [ReplyEvent(span, COUNT, True, f"{number} records", number)]
        if data[0] != _ANSWERED:
            return [GarbageEvent(span, "unknown answer")]
        command = _COMMANDS.get(data[2], f"request {data[2]}")
        text = f"{_ANSWERS.get(data[3], 'refused')} ({data[3]})"
        return [ReplyEvent(span, command, data[3] == _SUCCESS, text)]

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []
