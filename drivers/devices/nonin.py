"""Nonin oximeters that stream data format 2 or 7 (Xpod, OEM III, Onyx II 9560, WristOx2 3150)."""

from collections.abc import Sequence

from drivers.devices.readings import WaveformChunks, plain
from drivers.model import Device, DeviceConfig, Listener, Model, Source, Transport
from drivers.wire.events import Event, WaveformEvent
from drivers.wire.nonin import Df2Decoder, Df7Decoder
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
