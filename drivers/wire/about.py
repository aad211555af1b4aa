"""Battery Level 0x2A19 and the Device Information strings: what a device says about itself."""

from drivers.wire.events import Event, GarbageEvent, InfoEvent, StatusEvent
from monitor.core.types import InfoField, StatusCode

BATTERY_LOW_PCT = 20
"""Our choice: an hour and more on every device we know; the services name no threshold."""
FULL_PCT = 100
LONGEST_TEXT = 64
"""Cut here: a string is shown and recorded, and a device may send up to 512 bytes."""


class BatteryDecoder:
    """Battery Level, 0 to 100 %; above it is reserved."""

    def __init__(self) -> None:
        self._low = False

    def feed(self, data: bytes) -> list[Event]:
        """Return the level, and the flag when it changed; never raise."""
        span = (0, len(data))
        if not data or data[0] > FULL_PCT:
            return [GarbageEvent(span, "no battery level")]
        found: list[Event] = [InfoEvent(span, InfoField.BATTERY_PCT, str(data[0]))]
        low = data[0] <= BATTERY_LOW_PCT
        if low is not self._low:
            self._low = low
            found.append(StatusEvent(span, StatusCode.BATTERY_LOW, low))
        return found

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []


class TextDecoder:
    """One string of the Device Information Service: UTF-8, may end in NUL or blanks."""

    def __init__(self, field: InfoField) -> None:
        self._field = field

    def feed(self, data: bytes) -> list[Event]:
        """Return the string, printable and cut; never raise."""
        span = (0, len(data))
        text = data.partition(b"\0")[0].decode("utf-8", "replace")
        text = "".join(c for c in text if c.isprintable()).strip()[:LONGEST_TEXT]
        if not text:
            return [GarbageEvent(span, "no text")]
        return [InfoEvent(span, self._field, text)]

    def finish(self) -> list[Event]:
        """Return nothing: every value stands alone."""
        return []
