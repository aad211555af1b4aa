"""Polar Measurement Data: the ECG stream of an H10, its control point, and the commands for it.

Control `fb005c81` is read for the features and indicates the answers to commands; data
`fb005c82` notifies frames that carry the device's time of their last sample.
"""

import struct

from drivers.wire.events import Event, GarbageEvent, InfoEvent, ReplyEvent, Span, WaveformEvent
from monitor.core.types import InfoField

ECG_RATE_HZ = 130
ECG_RESOLUTION_BITS = 14
GET_ECG_SETTINGS = bytes.fromhex("0100")
START_ECG = bytes.fromhex("0200000182000101 0E00")
STOP_ECG = bytes.fromhex("0300")
SETTINGS, START, STOP = "ECG settings", "start ECG", "stop ECG"
ALREADY_STREAMING = 6

_ECG = 0
_FEATURES = 0x0F
_ANSWER = 0xF0
_COMMANDS = {1: SETTINGS, 2: START, 3: STOP}
_STREAMS = (
    (0, "ECG"),
    (1, "PPG"),
    (2, "acceleration"),
    (3, "PP intervals"),
    (5, "gyroscope"),
    (6, "magnetometer"),
)
_RATE, _RESOLUTION = 0, 1
_ERRORS = {
    0: "done",
    1: "unknown command",
    2: "unknown measurement",
    3: "not supported",
    4: "wrong length",
    5: "wrong parameter",
    6: "already streaming",
    7: "wrong resolution",
    8: "wrong rate",
    9: "wrong range",
    10: "MTU too small",
    11: "wrong number of channels",
    12: "not possible in this state",
    13: "not possible in the charger",
}
_HEAD = struct.Struct("<BQB")
_SAMPLE = 3  # bytes
_NS = 1_000_000_000
_LONGEST_GAP_S = 60
"""A longer one within a connection is no loss: the strap's clock was set."""


class PmdControlDecoder:
    """What the strap can stream, and its answers to commands."""

    def feed(self, data: bytes) -> list[Event]:
        """Return what one characteristic value says; never raise."""
        span = (0, len(data))
        if len(data) >= 2 and data[0] == _FEATURES:
            can = [name for bit, name in _STREAMS if data[1] >> bit & 1]
            return [InfoEvent(span, InfoField.FEATURES, ", ".join(can) or "none")]
        if not data or data[0] != _ANSWER:
            return [GarbageEvent(span, "unknown answer")]
        if len(data) < 4:
            return [GarbageEvent(span, "truncated")]
        command, stream, error = data[1], data[2], data[3]
        if stream != _ECG or command not in _COMMANDS:
            return [GarbageEvent(span, "answer to another command")]
        text = f"{_ERRORS.get(error, 'refused')} ({error})"
        if command == 1 and error == 0:
            return [_settings(span, data)]
        return [ReplyEvent(span, _COMMANDS[command], error in (0, ALREADY_STREAMING), text)]

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []


def _settings(span: Span, data: bytes) -> Event:
    """Return which settings are offered; good when the one that is asked for is among them."""
    offered: dict[int, list[int]] = {}
    at = 5  # after the mark that more frames follow
    while at + 2 <= len(data):
        kind, count = data[at], data[at + 1]
        end = at + 2 + 2 * count
        if end > len(data):
            return GarbageEvent(span, "truncated")
        offered[kind] = [value for (value,) in struct.iter_unpack("<H", data[at + 2 : end])]
        at = end
    rates, resolutions = offered.get(_RATE, []), offered.get(_RESOLUTION, [])
    ok = ECG_RATE_HZ in rates and ECG_RESOLUTION_BITS in resolutions
    text = f"{' or '.join(map(str, rates)) or 'no'} Hz, {' or '.join(map(str, resolutions)) or 'no'} bit"
    return ReplyEvent(span, SETTINGS, ok, text)


class PmdEcgDecoder:
    """ECG in microvolt; what is missing between two frames is known by the strap's own time."""

    def __init__(self) -> None:
        self._last_ns: int | None = None

    def feed(self, data: bytes) -> list[Event]:
        """Return the samples of one characteristic value; never raise."""
        span = (0, len(data))
        if len(data) < _HEAD.size + _SAMPLE or (len(data) - _HEAD.size) % _SAMPLE:
            return [GarbageEvent(span, "truncated")]
        stream, at_ns, form = _HEAD.unpack_from(data)
        if stream != _ECG or form != 0:
            return [GarbageEvent(span, "not an ECG frame of type 0")]
        samples = _samples(data)
        return [WaveformEvent(span, "ecg", float(ECG_RATE_HZ), samples, self._lost(at_ns, len(samples)))]

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []

    def _lost(self, at_ns: int, count: int) -> int:
        """Return how many samples are missing before the `count` that end at `at_ns`."""
        before, self._last_ns = self._last_ns, at_ns
        if before is None or not 0 < at_ns - before <= _LONGEST_GAP_S * _NS:
            return 0
        passed = round((at_ns - before) * ECG_RATE_HZ / _NS)
        return max(0, passed - count)


def _samples(data: bytes) -> tuple[int, ...]:
    """Return the signed 24-bit samples after the head."""
    body = data[_HEAD.size :]
    count = len(body) // _SAMPLE
    wide = bytearray(4 * count)
    wide[1::4], wide[2::4], wide[3::4] = body[0::3], body[1::3], body[2::3]
    return tuple(value >> 8 for value in struct.unpack(f"<{count}i", wide))
