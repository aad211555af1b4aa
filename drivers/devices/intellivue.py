"""Philips IntelliVue monitors (MP, MX, X series) by data export: a session held, numerics polled.

Read only: nothing that Vigil sends changes what the monitor does. Two ways: the MIB/RS232 port, and
`udp://HOST:24105`, where each datagram is one message without the serial frame.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from drivers.devices.cuff_flag import CuffFlag
from drivers.devices.intellivue_pressures import Pressures
from drivers.devices.intellivue_session import Session
from drivers.devices.readings import plain
from drivers.model import Device, DeviceConfig, Listener, Model, Source, Step, Transport, Write
from drivers.wire.events import Event, NibpEvent, NumericEvent
from drivers.wire.intellivue import DatagramDecoder, SerialDecoder
from drivers.wire.intellivue_frame import framed
from drivers.wire.intellivue_session import RELEASE
from monitor.core.clock import Clock, Nanos
from monitor.core.types import Reading

DATAGRAMS = "udp://"


class Monitor(Listener):
    """One monitor; takes no orders, for this interface starts no cuff."""

    def __init__(self, config: DeviceConfig, clock: Clock, wrap: Callable[[bytes], bytes]) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._clock = clock
        self._wrap = wrap  # a message for the way it goes
        self._session = Session(config.device_id)
        self._pressures = Pressures(config)
        self._cuff = CuffFlag(config)

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Forget the last session and ask for a new one."""
        self._pressures.opened()
        self._session.restart(now)
        self._session.associate(now)
        return self._writes(self._session.step(now))

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return numbers and flags in wire order, then the cuff measurements that are new."""
        self._session.hear(events, t)
        self._cuff.note(events)
        self._learn_clock(events)
        kept = [event for event in events if not _is_missing_pressure(event)]
        found = plain(kept, self._device_id, t, simulated=self._simulated)
        for event in events:
            if isinstance(event, NibpEvent):
                new = self._pressures.take(event, t, self._local())
                if new is not None:
                    found.append(new)
        if any(isinstance(event, NumericEvent | NibpEvent) for event in events):
            self._pressures.set_came(t)
        return found

    def step(self, now: Nanos) -> Step:
        """Return what the session has to say; LinkError when the monitor refused or ended it."""
        writes = self._writes(self._session.step(now))
        return Step(writes, () if self._session.associated else self._cuff.lost(now))

    def parting(self, now: Nanos) -> Sequence[Write]:
        """Return the release, so that the next association is not refused."""
        return self._writes([RELEASE] if self._session.associated else [])

    def closed(self, now: Nanos) -> Sequence[Reading]:
        """End the flag of a measurement whose end cannot be heard."""
        return self._cuff.lost(now)

    def _writes(self, messages: Sequence[bytes]) -> list[Write]:
        return [Write(self._wrap(message)) for message in messages]

    def _learn_clock(self, events: Sequence[Event]) -> None:
        numbers = [event for event in events if isinstance(event, NumericEvent)]
        if numbers and (told := numbers[-1].device_time):
            self._pressures.clock_told(told, self._local())

    def _local(self) -> datetime:
        return self._clock.utc().astimezone().replace(tzinfo=None)


def _is_missing_pressure(event: Event) -> bool:
    """Return whether an event says that the cuff has measured nothing: in every set, and no failure."""
    return isinstance(event, NumericEvent) and event.channel.startswith("nibp_")


def _monitor(config: DeviceConfig, clock: Clock) -> Device:
    datagrams = (config.port or "").startswith(DATAGRAMS)
    return Monitor(config, clock, bytes if datagrams else framed)


MODEL = Model(
    "intellivue",
    "Philips IntelliVue MP, MX and X series, data export over MIB/RS232 or LAN",
    Transport.SERIAL,
    (
        "heart_rate",
        "pulse_rate",
        "spo2",
        "perfusion_index",
        "nibp_sys",
        "nibp_dia",
        "nibp_map",
        "nibp_pulse_rate",
        "art_sys",
        "art_dia",
        "art_map",
        "resp_rate",
        "temperature",
    ),
    (Source(SerialDecoder), Source(DatagramDecoder, uuid="udp", optional=True)),
    _monitor,
    baudrate=115200,
    speak_every_s=0.1,
)
