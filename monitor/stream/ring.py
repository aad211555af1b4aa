"""The waveform ring: one preallocated float32 array with slack, any last-N window is a view.

New samples go behind the old ones; when the array is full, the samples worth keeping are moved to
its front, once per `slack` samples. So every window is one contiguous piece and costs no copy.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.core.clock import SECOND, Nanos

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples that never came: absolute counters [first, last + 1)."""

    first: int
    end: int


class Ring:
    """Samples of one waveform at a fixed rate; one writer. Sample n has the absolute counter n.

    A view is valid until the next append: read it in the same turn of the loop, or copy it.
    """

    def __init__(self, rate_hz: float, seconds: float, slack: float = 1.0) -> None:
        """Keep at least `seconds` of samples; `slack` is the spare room as a share of that."""
        self.rate_hz = rate_hz
        self.capacity = max(1, round(rate_hz * seconds))
        self._data = np.full(self.capacity + max(1, round(self.capacity * slack)), np.nan, np.float32)
        self._view = self._data.view()
        self._view.flags.writeable = False
        self._end = 0  # where the next sample goes
        self.total = 0  # absolute counter of the next sample
        self._anchors: list[tuple[int, Nanos]] = []  # (counter behind a chunk, time of its last sample)
        self._gaps: list[Gap] = []

    @property
    def first(self) -> int:
        """Absolute counter of the oldest sample that is kept."""
        return self.total - min(self._end, self.capacity)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The gaps within what is kept, oldest first; inside the array they are NaN."""
        return tuple(Gap(max(gap.first, self.first), gap.end) for gap in self._gaps if gap.end > self.first)

    def append(self, samples: npt.NDArray[np.float32] | npt.NDArray[np.int16], t: Nanos) -> None:
        """Add samples, the last of which arrived at `t`; more than the capacity keeps the newest."""
        count = len(samples)
        if count == 0:
            return
        self.total += count
        if count > self.capacity:
            samples = samples[-self.capacity :]
            count = self.capacity
        end = self._end + count
        if end > len(self._data):
            self._move_to_front(count)
            end = self._end + count
        self._data[self._end : end] = samples
        self._end = end
        self._anchors.append((self.total, t))

    def append_gap(self, count: int, t: Nanos) -> None:
        """Add `count` samples that never came; the counter goes on over them."""
        if count <= 0:
            return
        first = self.total
        if count >= self.capacity:
            self.total += count - self.capacity
            count = self.capacity
        self.append(np.full(count, np.nan, np.float32), t)
        if self._gaps and self._gaps[-1].end == first:
            first = self._gaps.pop().first
        self._gaps.append(Gap(first, self.total))

    def window(self, count: int) -> Floats:
        """Return the newest `count` samples (fewer when there are fewer) as a read-only view."""
        count = max(0, min(count, self._end, self.capacity))
        return self._view[self._end - count : self._end]

    def between(self, first: int, end: int) -> Floats:
        """Return samples [first, end) by absolute counter, cut to what is kept, as a read-only view."""
        offset = self._end - self.total
        low = max(first, self.first) + offset
        high = min(end, self.total) + offset
        return self._view[low : max(low, high)]

    def time_of(self, counter: int) -> Nanos:
        """Return when a sample arrived, from its chunk and the nominal rate; IndexError if not kept."""
        if not self.first <= counter < self.total:
            raise IndexError(f"sample {counter} is not kept: {self.first} to {self.total - 1} are")
        behind, t = next(anchor for anchor in self._anchors if anchor[0] > counter)
        return Nanos(t - round((behind - 1 - counter) / self.rate_hz * SECOND))

    def _move_to_front(self, coming: int) -> None:
        """Move what must be kept beside `coming` samples to the front, and forget what is older."""
        keep = min(self._end, self.capacity - coming)
        if keep > 0:
            self._data[:keep] = self._data[self._end - keep : self._end]
        self._end = max(0, keep)
        oldest = self.total - self.capacity
        self._anchors = [anchor for anchor in self._anchors if anchor[0] > oldest]
        self._gaps = [gap for gap in self._gaps if gap.end > oldest]
