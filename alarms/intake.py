"""What a reading goes through before anything judges it: the gate, repeats, units; then to its judges."""

from collections import Counter
from dataclasses import replace

from alarms import gate
from alarms.armed import Armed
from alarms.integrity import Units
from monitor.core.catalogue import CATALOGUE
from monitor.core.clock import Nanos
from monitor.core.types import CuffState, DeviceLink, DeviceStatus, Nibp, Numeric, Reading, Reason

Taken = tuple[Reading, bool]
"""The reading as the gate let it through, and whether something may have been told by it."""


class Intake:
    """All readings of one bed; counts what it refuses."""

    def __init__(self, armed: Armed, units: Units) -> None:
        self._armed = armed
        self._units = units
        self.refused: Counter[Reason] = Counter()

    def take(self, reading: Reading, now: Nanos) -> Taken:
        """Hand a reading to whatever judges it."""
        if isinstance(reading, Numeric):
            return self._numeric(reading, now)
        if isinstance(reading, Nibp):
            return self._nibp(reading, now), True
        self._hear(reading, now)
        return reading, True

    def _hear(self, reading: Reading, now: Nanos) -> None:
        """Take what a device, its supervisor or a cuff's cycle says besides values."""
        watch = self._armed.watches.get(reading.device_id)
        cuff = self._armed.cuffs.get(reading.device_id)
        if isinstance(reading, DeviceStatus):
            if watch is not None:
                watch.hear_status(reading.code, reading.active, reading.t)
            if cuff is not None:
                cuff.hear_status(reading.code, reading.active, reading.t)
        elif isinstance(reading, DeviceLink) and watch is not None:
            watch.hear_link(reading.state, reading.t)
        elif isinstance(reading, CuffState) and cuff is not None:
            cuff.hear_cycle(reading)
        if watch is not None:
            watch.tick(self._armed.machine, now)
        if cuff is not None:
            cuff.tick(self._armed.machine, now)

    def _numeric(self, reading: Numeric, now: Nanos) -> Taken:
        track = self._armed.tracks.get((reading.device_id, reading.channel))
        if track is None:
            return self._only_gate(reading), False
        dated = reading.device_time is not None
        if dated and (track.newest is None or reading.t >= track.newest):
            reading = self._unless_repeated(reading, now)
        accepted = gate.numeric(reading, track.channel, track.newest)
        value = accepted.value
        if value is None or self._units.refused:
            self._units.hear(reading, accepted, self._armed.machine, now)
        if value is None:
            self._count(reading, accepted)
            if accepted.reason is Reason.LATE:
                return accepted, False
            track.newest = reading.t
            track.lose(reading.t)
            watch = self._armed.watches[track.device]
            watch.hear_reason(track.channel.id, accepted.reason, reading.t)
            watch.tick(self._armed.machine, now)
            return accepted, True
        track.newest = reading.t
        watch = self._armed.watches[track.device]
        if watch.hinted:
            watch.hear_reason(track.channel.id, None, reading.t)
        if not track.take(value, accepted.doubtful, reading.t) and not dated:
            return accepted, False
        track.judge(self._armed.machine, now, new_value=True)
        return accepted, True

    def _unless_repeated(self, reading: Numeric, now: Nanos) -> Numeric:
        """Return the reading; a message that is repeated for too long has no value, or a doubtful one."""
        repeats = self._armed.repeats[reading.device_id, reading.channel]
        if reading.device_time is None:
            return reading
        stands = repeats.hear(reading.device_time, reading.value, reading.t)
        if stands or repeats.condition.active:
            repeats.judge(self._armed.machine, now)
        if not stands or reading.value is None:
            return reading
        if not repeats.same(reading.value):
            return replace(reading, doubtful=True)  # the device's clock stands, not its feed
        self.refused[Reason.REPEATED] += 1
        return replace(reading, value=None, reason=Reason.REPEATED)

    def _only_gate(self, reading: Numeric) -> Numeric:
        channel = CATALOGUE.get(reading.channel)
        if channel is None:
            return reading
        accepted = gate.numeric(reading, channel, None)
        self._count(reading, accepted)
        watch = self._armed.watches.get(reading.device_id)
        if watch is not None and reading.channel == "perfusion_index":
            watch.hear_perfusion(accepted.value, reading.t)
        return accepted

    def _count(self, reading: Numeric, accepted: Numeric) -> None:
        if accepted is not reading and accepted.reason is not None:
            self.refused[accepted.reason] += 1

    def _nibp(self, reading: Nibp, now: Nanos) -> Nibp:
        cuff = self._armed.cuffs.get(reading.device_id)
        if cuff is None:
            return reading
        accepted, reasons = cuff.take(reading, self._armed.machine, now)
        self.refused.update(reasons)
        self._units.hear_cuff(reading, accepted, reasons, self._armed.machine, now)
        return accepted
