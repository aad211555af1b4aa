"""The serial frame around one message: C0, header, message, FCS, C1, with three bytes escaped.

The FCS is CRC-16/X-25. `binascii` has the same polynomial with the bits the other way round, so
it runs over bytes whose bits are turned: a hundred times as fast as a loop.
"""

import binascii
import re

START = b"\xc0"
END = b"\xc1"
ESCAPE = b"\x7d"
HEADER = b"\x11\x01"
"""Protocol "data export", message type 1; the length of the message follows in two bytes."""
LONGEST_MESSAGE = 1024
"""The longest frame on a serial line is 1000 bytes; a little more for what that may not count."""
_AROUND = 6  # header, length, FCS
LONGEST_FRAME = 2 * (LONGEST_MESSAGE + _AROUND) + 2
"""Every byte escaped."""
_TURNED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_ESCAPED = re.compile(b"[\x7d\xc0\xc1]")
_FLIP = 0x20


def fcs(data: bytes) -> bytes:
    """Return the check sequence of header and message, low byte first."""
    word = binascii.crc_hqx(data.translate(_TURNED), 0xFFFF) ^ 0xFFFF
    return bytes((_TURNED[word >> 8], _TURNED[word & 0xFF]))


def framed(message: bytes) -> bytes:
    """Return the frame that carries `message`."""
    body = HEADER + len(message).to_bytes(2, "big") + message
    body += fcs(body)
    return START + _ESCAPED.sub(lambda found: bytes((ESCAPE[0], found[0][0] ^ _FLIP)), body) + END


def unframed(body: bytes) -> tuple[bytes, str]:
    """Return the message between C0 and C1, or b"" and what is wrong with it."""
    if ESCAPE in body:
        if body.endswith(ESCAPE):
            return b"", "aborted frame"
        head, *rest = body.split(ESCAPE)
        if b"" in rest:
            return b"", "bad escape"
        body = head + b"".join(bytes((part[0] ^ _FLIP,)) + part[1:] for part in rest)
    if body[:2] != HEADER:
        return b"", "bad header"
    if len(body) <= _AROUND or int.from_bytes(body[2:4], "big") != len(body) - _AROUND:
        return b"", "bad length"
    if fcs(body[:-2]) != body[-2:]:
        return b"", "bad checksum"
    return body[4:-2], ""
