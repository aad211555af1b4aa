"""GE Datex-Ohmeda monitors over DRI: asked once, they go on by themselves; asked again after silence.

The cuff's last values stand in every record, and no command measures. A record's values are a new
measurement when

1. they differ from those told last, or
2. they are the same, but were marked older than 60 s in between and are not any more, or
3. the monitor tells another time of measurement (it may not send one over this interface).

Marked as old when first seen, they are from before the binding: stored. So they are when others
were seen last more than 5 min ago: they may be as old. What cannot be told apart: two equal
measurements within 60 s. A measurement that ends without values, or with the old ones, says nothing.
"""

from collections.abc import Sequence

from drivers.devices.cuff_flag import CuffFlag
from drivers.devices.readings import WaveformChunks, plain
from drivers.model import Device, DeviceConfig, Listener, Model, Source, Step, Transport, Write
from drivers.wire.datex_dri import STOP, DriDecoder, displayed_request, pleth_request
from drivers.wire.events import Event, NibpEvent, NumericEvent, WaveformEvent
from monitor.core.clock import Clock, Nanos, seconds
from monitor.core.types import Nibp, Reading

INTERVAL_S = 5
"""The shortest that the monitor grants."""
VALUES_LOST_S = 3.0 * INTERVAL_S
PLETH_LOST_S = 5.0
"""The monitor ends a wave by itself when the handshake blocks it for 2 s."""
STORED_AFTER = seconds(300)
_ASK_VALUES = Write(displayed_request(INTERVAL_S))
_ASK_PLETH = Write(pleth_request(start=True))
_GOOD_BYE = (Write(pleth_request(start=False)), Write(displayed_request(STOP)))


class Renewal:
    """When to ask again for what should come by itself."""

    def __init__(self, lost_after_s: float) -> None:
        self._lost_after = seconds(lost_after_s)
        self._last = Nanos(0)  # asked or heard

    def note(self, now: Nanos) -> None:
        """It was asked for, or came."""
        self._last = now

    def due(self, now: Nanos) -> bool:
        """Return whether to ask, which is taken as done."""
        if now - self._last < self._lost_after:
            return False
        self._last = now
        return True


class DisplayedCuff:
    """Tells a new measurement from the same one, displayed again."""

    def __init__(self) -> None:
        self._told: NibpEvent | None = None
        self._aged = False  # seen with the mark of age since it was told
        self._seen: Nanos | None = None

    def judge(self, event: NibpEvent, t: Nanos) -> tuple[bool, bool]:
        """Return whether it is a new measurement, and whether that is not of now."""
        told, seen, self._seen = self._told, self._seen, t
        new = told is None or self._is_new(told, event)
        self._aged = event.stored or (self._aged and not new)
        if new:
            self._told = event
        return new, event.stored and (seen is None or t - seen > STORED_AFTER)

    def _is_new(self, told: NibpEvent, event: NibpEvent) -> bool:
        if _values(event) != _values(told):
            return True
        if event.stored or event.status:  # aged, or being measured: these are the old ones
            return False
        times = {event.device_time, told.device_time} - {None}
        return self._aged or len(times) > 1


def _values(event: NibpEvent) -> tuple[float | None, ...]:
    return event.sys, event.dia, event.map, event.pulse_rate


class Monitor(Listener):
    """Displayed values every 5 s, the pleth all the time."""

    def __init__(self, config: DeviceConfig, clock: Clock) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._pleth = WaveformChunks(config.device_id, scale=0.01, simulated=config.simulated)
        self._cuff = DisplayedCuff()
        self._cuff_flag = CuffFlag(config)
        self._values_due = Renewal(VALUES_LOST_S)
        self._pleth_due = Renewal(PLETH_LOST_S)

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Ask for the displayed values and the pleth."""
        self._values_due.note(now)
        self._pleth_due.note(now)
        return _ASK_VALUES, _ASK_PLETH

    def step(self, now: Nanos) -> Step:
        """Ask again for what stayed away."""
        writes = [_ASK_VALUES] if self._values_due.due(now) else []
        if self._pleth_due.due(now):
            writes.append(_ASK_PLETH)
        return Step(writes)

    def parting(self, now: Nanos) -> Sequence[Write]:
        """Ask for no more."""
        return _GOOD_BYE

    def closed(self, now: Nanos) -> Sequence[Reading]:
        """End the flag of a measurement whose end cannot be heard."""
        return self._cuff_flag.lost(now)

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return numbers, new cuff readings and flags, then the pleth of this read as one chunk."""
        found = plain(events, self._device_id, t, simulated=self._simulated)
        self._cuff_flag.note(events)
        waves = [event for event in events if isinstance(event, WaveformEvent)]
        if any(isinstance(event, NumericEvent) for event in events):
            self._values_due.note(t)
        if waves:
            self._pleth_due.note(t)
        for event in events:
            if isinstance(event, NibpEvent):
                found += self._measured(event, t)
        return found + list(self._pleth.join(waves, t))

    def _measured(self, event: NibpEvent, t: Nanos) -> list[Reading]:
        new, stored = self._cuff.judge(event, t)
        if not new:
            return []
        return [
            Nibp(
                self._device_id,
                t,
                event.sys,
                event.dia,
                event.map,
                event.pulse_rate,
                event.unit,
                stored=stored,
                device_time=event.device_time,
                simulated=self._simulated,
            )
        ]


def _monitor(config: DeviceConfig, clock: Clock) -> Device:
    return Monitor(config, clock)


MODEL = Model(
    "datex-dri",
    "GE Datex-Ohmeda S/5, AS/3, CS/3, Cardiocap/5, B20 to B125, CARESCAPE B450 to B850 (DRI)",
    Transport.SERIAL,
    (
        "spo2",
        "pulse_rate",
        "heart_rate",
        "resp_rate",
        "temperature",
        "art_sys",
        "art_dia",
        "art_map",
        "nibp_sys",
        "nibp_dia",
        "nibp_map",
        "nibp_pulse_rate",
        "pleth",
    ),
    (Source(DriDecoder),),
    _monitor,
    baudrate=19200,
    parity="E",
    rtscts=True,
    silent_after_s=VALUES_LOST_S + 0.25,
    # pleth may go on for an interval after the last values: only then is more of it suspicious
    doubted_after_s=VALUES_LOST_S + INTERVAL_S + 0.25,
    reopen_after_s=4 * VALUES_LOST_S,
    interval_s=float(INTERVAL_S),
    speak_every_s=1.0,
)
