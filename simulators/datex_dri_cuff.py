"""The NIBP module of a Datex-Ohmeda monitor: measures by itself or by its button, shows its last values."""

from collections.abc import Iterator

from simulators.datex_dri_values import AUTO, CUFF_MEASURES, MEASURES, OLD, STAT, THERE, Group
from simulators.machine import Setting
from simulators.subject import Pressure

MEASURE_S = 25.0
OLD_AFTER_S = 60.0
MODES = {"auto": AUTO, "manual": 0, "stat": STAT}
STAT_PAUSE_S = 5.0


class Cuff:
    """What the module does; advance it in time, then ask what it shows."""

    def __init__(self, setting: Setting) -> None:
        self._subject = setting.subject
        self._times: Iterator[float] = iter(setting.measurements())
        self._next_s = next(self._times, None)
        self._until_s: float | None = None  # of the measurement under way
        self._fails = False
        self._shown: Pressure | None = None
        self._measured_s = 0.0
        self.mode = "auto"
        self.numbers_stay = False
        self.measured: Pressure | None = None
        """The newest result, None when it had none."""

    def advance(self, now_s: float) -> None:
        """Begin and end what is due."""
        while self._next_s is not None and now_s >= self._next_s:
            if self.mode == "auto":
                self.start(self._next_s)
            self._next_s = next(self._times, None)
        if self._until_s is not None and now_s >= self._until_s:
            self._end(self._until_s)
        if self.mode == "stat" and now_s >= self._measured_s + STAT_PAUSE_S:
            self.start(now_s)

    def start(self, now_s: float, *, fails: bool = False) -> None:
        """Begin to measure; nothing when it measures already."""
        if self._until_s is None:
            self._until_s, self._fails = now_s + MEASURE_S, fails
            self._subject.cuff(now_s, True)

    def group(self, now_s: float) -> Group:
        """Return what is displayed."""
        label = MODES[self.mode] | CUFF_MEASURES * (self._until_s is not None)
        shown = self._shown
        if shown is None:
            return Group(THERE | MEASURES, label)
        label |= OLD * (now_s - self._measured_s > OLD_AFTER_S)
        values = (round(shown.sys), round(shown.dia), round(shown.map), shown.pulse_bpm)
        return Group(THERE | MEASURES, label, values)

    def _end(self, now_s: float) -> None:
        self._until_s = None
        self._subject.cuff(now_s, False)
        self.measured = None if self._fails else self._subject.pressure(now_s)
        if self.measured is not None or not self.numbers_stay:
            self._shown = self.measured
        if self.measured is not None or self.mode == "stat":
            self._measured_s = now_s
