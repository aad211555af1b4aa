"""Frames of the local socket: a 4-byte big-endian length, then that many bytes of msgpack."""

import struct

from monitor.core.errors import ProtocolError

_LENGTH = struct.Struct(">I")

FROM_CLIENT_MAX = 64 * 1024
"""A command is small; a longer announcement is noise or an attack and ends the connection."""
FROM_SERVICE_MAX = 16 * 1024 * 1024
"""A snapshot with hours of trend fits many times over."""


def frame(payload: bytes) -> bytes:
    """Return the payload with its length in front."""
    return _LENGTH.pack(len(payload)) + payload


class FrameReader:
    """Feed bytes of any size; get the payloads they complete."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return whole payloads in order; ProtocolError when a length exceeds the bound."""
        self._buffer += data
        payloads: list[bytes] = []
        start = 0
        while len(self._buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            if length > self._longest:
                raise ProtocolError(f"the peer announced a frame of {length} bytes (most: {self._longest})")
            end = start + _LENGTH.size + length
            if len(self._buffer) < end:
                break
            payloads.append(bytes(self._buffer[start + _LENGTH.size : end]))
            start = end
        del self._buffer[:start]
        return payloads
