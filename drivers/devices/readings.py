"""From events to the readings that most models share."""

from collections.abc import Iterable

import numpy as np

from drivers.wire.events import Event, InfoEvent, NumericEvent, StatusEvent, WaveformEvent
from monitor.core.clock import Nanos
from monitor.core.types import GAP_SAMPLE, DeviceInfo, DeviceStatus, Numeric, Reading, Waveform

LOWEST_SAMPLE = GAP_SAMPLE + 1


def numeric(event: NumericEvent, device_id: str, t: Nanos, *, simulated: bool) -> Numeric:
    """Return the reading that says what `event` says."""
    return Numeric(
        device_id,
        event.channel,
        t,
        event.value,
        event.unit,
        event.reason,
        doubtful=event.doubtful,
        device_time=event.device_time,
        simulated=simulated,
        stored=event.stored,
    )


def status(event: StatusEvent, device_id: str, t: Nanos, *, simulated: bool) -> DeviceStatus:
    """Return the reading that says what `event` says."""
    return DeviceStatus(device_id, t, event.code, event.active, simulated)


def info(event: InfoEvent, device_id: str, t: Nanos, *, simulated: bool) -> DeviceInfo:
    """Return the reading that says what `event` says."""
    return DeviceInfo(device_id, t, event.field, event.text, simulated)


def plain(events: Iterable[Event], device_id: str, t: Nanos, *, simulated: bool) -> list[Reading]:
    """Return the numbers, flags and facts about the device among `events`, in wire order."""
    found: list[Reading] = []
    for event in events:
        if isinstance(event, NumericEvent):
            found.append(numeric(event, device_id, t, simulated=simulated))
        elif isinstance(event, StatusEvent):
            found.append(status(event, device_id, t, simulated=simulated))
        elif isinstance(event, InfoEvent):
            found.append(info(event, device_id, t, simulated=simulated))
    return found


class WaveformChunks:
    """Joins the samples that came in one read to chunks of int16; a known loss begins a new one."""

    def __init__(self, device_id: str, offset: int = 0, scale: float = 1.0, *, simulated: bool) -> None:
        self._device_id = device_id
        self._offset = offset  # subtracted so that the device's integers fit into 16 bits
        self._scale = scale  # of one step, in the channel's unit
        self._simulated = simulated

    def join(self, events: Iterable[WaveformEvent], t: Nanos) -> list[Waveform]:
        """Return the chunks of one channel's events, all of which arrived at `t`."""
        chunks: list[Waveform] = []
        samples: list[int] = []
        first: WaveformEvent | None = None
        for event in events:
            if event.lost and first is not None:
                chunks.append(self._chunk(first, samples, t))
                samples, first = [], None
            first = first or event
            samples.extend(event.samples)
        if first is not None:
            chunks.append(self._chunk(first, samples, t))
        return chunks

    def _chunk(self, first: WaveformEvent, samples: list[int], t: Nanos) -> Waveform:
        # the mark of a gap is no value: the lowest sample gives up one step for it
        raw = np.clip(np.array(samples, np.int32) - self._offset, LOWEST_SAMPLE, 32767).astype(np.int16)
        raw.setflags(write=False)
        return Waveform(
            self._device_id,
            first.channel,
            t,
            first.rate_hz,
            raw,
            scale=self._scale,
            offset=self._offset * self._scale,
            lost=first.lost,
            simulated=self._simulated,
        )
