"""How long to wait before the next try: doubling, capped, with jitter."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """A retry policy as data; a device that comes back is tried at most `cap_s` later."""

    first_s: float = 0.25
    factor: float = 2.0
    cap_s: float = 5.0
    jitter: float = 0.2
    """Up to this part of the delay is added or taken away, so that devices do not try in step."""

    def delay_s(self, failures: int, rng: random.Random) -> float:
        """Return the wait after the `failures`-th failure in a row, counted from 1."""
        steps = min(failures - 1, 64)
        delay = min(self.cap_s, self.first_s * self.factor**steps)
        return delay * (1 + self.jitter * rng.uniform(-1, 1))
