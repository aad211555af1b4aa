"""The serial frame of IntelliVue data export, both ways; written from the description alone."""

BEGIN, END, ESCAPE, FLIP = 0xC0, 0xC1, 0x7D, 0x20
PROTOCOL = bytes([0x11, 0x01])
LONGEST = 4096


def crc(data: bytes) -> int:
    """Return CRC-16/X-25: polynomial 8408h, start FFFFh, one's complement."""
    word = 0xFFFF
    for byte in data:
        word ^= byte
        for _ in range(8):
            word = word >> 1 ^ (0x8408 if word & 1 else 0)
    return word ^ 0xFFFF


def frame(message: bytes) -> bytes:
    """Return `message` as it goes over the line."""
    body = PROTOCOL + len(message).to_bytes(2, "big") + message
    body += crc(body).to_bytes(2, "little")
    sent = bytearray([BEGIN])
    for byte in body:
        sent += bytes([ESCAPE, byte ^ FLIP]) if byte in (BEGIN, END, ESCAPE) else bytes([byte])
    return bytes([*sent, END])


class FrameReader:
    """Collects what a host sends; a frame that is damaged in any way is as if not sent."""

    def __init__(self) -> None:
        self._body: bytearray | None = None
        self._escaped = False

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages that `data` completes."""
        return [message for byte in data if (message := self._take(byte))]

    def _take(self, byte: int) -> bytes:
        if byte == BEGIN:
            self._body, self._escaped = bytearray(), False
        elif self._body is None:
            return b""
        elif byte == END:
            body, self._body = bytes(self._body), None
            return b"" if self._escaped else _message(body)
        elif byte == ESCAPE:
            self._escaped = True
        else:
            self._body.append(byte ^ FLIP if self._escaped else byte)
            self._escaped = False
            if len(self._body) > LONGEST:
                self._body = None
        return b""


def _message(body: bytes) -> bytes:
    whole = body[:2] == PROTOCOL and len(body) == int.from_bytes(body[2:4], "big") + 6
    if not whole or crc(body[:-2]) != int.from_bytes(body[-2:], "little"):
        return b""
    return body[4:-2]
