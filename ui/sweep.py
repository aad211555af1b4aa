"""The last seconds of one waveform channel, and which sample belongs on the screen now."""

import numpy as np
import numpy.typing as npt

from monitor.core.clock import SECOND, Nanos
from monitor.core.types import GAP_SAMPLE

Values = npt.NDArray[np.float32]

KEPT_S = 30.0
RESYNC_NS = int(1.5 * SECOND)
"""Samples this far from where their counter says: the sender paused, so the time base starts anew."""
LEAK_NS_PER_S = 2_000_000
"""How fast the time base may follow a device whose clock runs slow."""
CATCH_UP_NS_PER_S = 200_000_000
"""How fast it may run ahead, when the first samples had come late: the trace never steps back."""
JITTER_NS = 150_000_000


class Sweep:
    """A ring of the newest samples by their absolute counter; a sample never heard of is NaN."""

    def __init__(self, channel: str, device: str, rate_hz: float) -> None:
        self.channel = channel
        self.device = device
        self.rate_hz = rate_hz
        self.size = max(256, round(KEPT_S * rate_hz))
        self.end = 0
        self.arrived: Nanos | None = None
        self._begun = 0
        self._ring: Values = np.full(self.size, np.nan, dtype=np.float32)
        self._origin = 0  # when sample 0 would have arrived, at the earliest
        self._chunk_ns = 0

    def add(self, first: int, raw: bytes, scale: float, offset: float, arrived: Nanos) -> None:
        """Take a chunk of little-endian int16 whose first sample has the absolute counter `first`."""
        integers = np.frombuffer(raw, dtype="<i2")[-self.size :]
        values = integers.astype(np.float32) * np.float32(scale) + np.float32(offset)
        values[integers == GAP_SAMPLE] = np.nan
        first += len(raw) // 2 - len(integers)
        fresh = self.arrived is None or first < self.end or first - self.end >= self.size
        if fresh:
            self._ring.fill(np.nan)
            self._begun = first
        elif first > self.end:
            self._ring[np.arange(self.end, first) % self.size] = np.nan
        self._ring[np.arange(first, first + len(values)) % self.size] = values
        self.end = first + len(values)
        self._keep_time(arrived, len(values), fresh=fresh)

    def _keep_time(self, arrived: Nanos, count: int, *, fresh: bool) -> None:
        origin = arrived - round(self.end * SECOND / self.rate_hz)
        if fresh or self.arrived is None or abs(origin - self._origin) > RESYNC_NS:
            self._origin = origin
        else:
            elapsed = max(0, arrived - self.arrived)
            leak = elapsed * LEAK_NS_PER_S // SECOND
            catch_up = elapsed * CATCH_UP_NS_PER_S // SECOND
            self._origin = max(min(self._origin + leak, origin), self._origin - catch_up)
        chunk = round(count * SECOND / self.rate_hz)
        self._chunk_ns = min(RESYNC_NS, max(chunk, self._chunk_ns - self._chunk_ns // 32))
        self.arrived = arrived

    @property
    def heard(self) -> int:
        """How many samples were heard since the trace began, gaps counted."""
        return self.end - self._begun

    def index_at(self, now: Nanos) -> float:
        """Return the counter of the sample that is due on the screen at `now`."""
        return float((now - self._origin - self._chunk_ns - JITTER_NS) * self.rate_hz / SECOND)

    def between(self, first: int, end: int) -> Values:
        """Return the samples of [first, end); NaN where there are none."""
        oldest = max(self._begun, self.end - self.size)
        indices = np.arange(first, end)
        values: Values = self._ring[indices % self.size]
        if first < oldest or end > self.end:
            values[(indices < oldest) | (indices >= self.end)] = np.nan
        return values

    def latest(self, span_s: float) -> Values:
        """Return the samples of the last `span_s` seconds."""
        return self.between(self.end - round(span_s * self.rate_hz), self.end)
