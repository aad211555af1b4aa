"""Nonin oximeters (Xpod, OEM III, Onyx II 9560, WristOx2 3150): formats 2, 7 and 8, and spot checks."""

from collections.abc import Sequence

import msgspec

from drivers.devices.freshness import Freshness
from drivers.devices.plain import PlainListener
from drivers.devices.readings import WaveformChunks, plain
from drivers.model import Device, DeviceConfig, Listener, Model, Source, Transport, Write
from drivers.wire.events import Event, NumericEvent, Span, WaveformEvent
from drivers.wire.nonin import Df2Decoder, Df7Decoder
from drivers.wire.nonin_df8 import Df8Decoder
from drivers.wire.nonin_df13 import Df13Decoder
from monitor.core.clock import Clock, Nanos
from monitor.core.types import Reading

DF7_MIDDLE = 32768
CHANNELS = ("spo2", "pulse_rate", "pleth")


class Oximeter(Listener):
    """Speaks by itself from power-on; needs no command."""

    def __init__(self, config: DeviceConfig, pleth_offset: int) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._pleth = WaveformChunks(config.device_id, pleth_offset, simulated=config.simulated)

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return numbers and flags in wire order, then the pleth of this read as one chunk."""
        found = plain(events, self._device_id, t, simulated=self._simulated)
        found.extend(self._pleth.join((e for e in events if isinstance(e, WaveformEvent)), t))
        return found


class SpotCheck(Listener):
    """Speaks when it has measured, and from its memory; a result that comes twice is told once.

    A result counts as measured now when the device does not say that it is from memory, and its
    time agrees with our clock (see `Freshness`).
    """

    def __init__(self, config: DeviceConfig, clock: Clock) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._clock = clock
        self._freshness = Freshness(config.device_id)

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Forget what the device told of its clock."""
        self._freshness.opened()
        return ()

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return the results that did not come before, the old ones marked, and flags."""
        judged: dict[Span, bool] = {}
        worth: list[Event] = []
        for event in events:
            if not isinstance(event, NumericEvent):
                worth.append(event)
                continue
            live = msgspec.structs.replace(event, stored=False)  # the same from memory is no other result
            if self._freshness.repeated(live, t):
                continue
            if event.span not in judged:
                judged[event.span] = event.stored or self._is_old(event, t)
            worth.append(msgspec.structs.replace(live, stored=judged[event.span]))
        return plain(worth, self._device_id, t, simulated=self._simulated)

    def _is_old(self, event: NumericEvent, t: Nanos) -> bool:
        local = self._clock.utc().astimezone().replace(tzinfo=None)
        return self._freshness.stored(event.device_time, t, local)


def _df2(config: DeviceConfig, clock: Clock) -> Device:
    return Oximeter(config, pleth_offset=0)


def _df7(config: DeviceConfig, clock: Clock) -> Device:
    return Oximeter(config, pleth_offset=DF7_MIDDLE)


DF2 = Model(
    "nonin-df2",
    "Nonin Xpod, OEM III, Onyx II 9560, WristOx2 3150 set to data format 2",
    Transport.SERIAL,
    CHANNELS,
    (Source(Df2Decoder),),
    _df2,
)
DF7 = Model(
    "nonin-df7",
    "Nonin Xpod, OEM III, Onyx II 9560, WristOx2 3150 set to data format 7",
    Transport.SERIAL,
    CHANNELS,
    (Source(Df7Decoder),),
    _df7,
)
DF8 = Model(
    "nonin-df8",
    "Nonin Xpod, OEM III, Onyx II 9560, WristOx2 3150 set to data format 8",
    Transport.SERIAL,
    ("spo2", "pulse_rate"),
    (Source(Df8Decoder),),
    PlainListener,
    silent_after_s=4.0,  # one packet a second: three missed
)
DF13 = Model(
    "nonin-df13",
    "Nonin Onyx II 9560 set to data format 13 (spot checks)",
    Transport.SERIAL,
    ("spo2", "pulse_rate"),
    (Source(Df13Decoder),),
    SpotCheck,
    episodic=True,  # silent until it has measured, which may be never
)
