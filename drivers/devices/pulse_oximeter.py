"""Any oximeter with the Pulse Oximeter Service: continuous numbers, spot-checks, and its memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from drivers.devices.about import ABOUT
from drivers.devices.clock_setting import ClockSetting
from drivers.devices.freshness import Freshness
from drivers.devices.readings import numeric, plain
from drivers.model import (
    BLUETOOTH_BASE,
    Device,
    DeviceConfig,
    Guess,
    Listener,
    Model,
    Step,
    Transport,
    Write,
    characteristic,
    service,
)
from drivers.wire import record_access
from drivers.wire.current_time import CurrentTimeDecoder
from drivers.wire.events import Event, NumericEvent, ReplyEvent, StatusEvent
from drivers.wire.pulse_oximeter import (
    ContinuousDecoder,
    FeaturesDecoder,
    SpotCheckDecoder,
    UntimedSpotCheck,
)
from drivers.wire.record_access import RecordAccessDecoder
from monitor.core.clock import Clock, Nanos
from monitor.core.types import Numeric, Reading, StatusCode

RECORD_ACCESS = f"00002a52{BLUETOOTH_BASE}"


@dataclass(frozen=True, slots=True)
class _Judged:
    """The numbers of one spot-check share a time, and one judgement."""

    measured: datetime
    t: Nanos
    stored: bool


class Oximeter(Listener):
    """Notifies about once a second while it measures; its memory is asked for, never deleted.

    A spot-check is judged as a cuff's reading is (see `freshness`), by the device's time. Without
    one, or while the device says that its clock was never set, so that it means nothing: what comes
    by itself is fresh, what comes as the answer to a request for the memory is stored.
    """

    def __init__(self, config: DeviceConfig, clock: Clock) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._freshness = Freshness(config.device_id)
        self._time = ClockSetting(clock, self._freshness)
        self._clock_unset = False
        self._reporting = False
        self._report_due = False
        self._judged: _Judged | None = None

    def opened(self, now: Nanos) -> Sequence[Write]:
        """Return the time, and the question how many records there are."""
        self._clock_unset = self._reporting = self._report_due = False
        asked = Write(record_access.REPORT_NUMBER, RECORD_ACCESS, response=True)
        return [*self._time.opened(), asked]

    def step(self, now: Nanos) -> Step:
        """Return the request for the records once there are some."""
        writes = self._time.due()
        if self._report_due:
            self._report_due, self._reporting = False, True
            writes.append(Write(record_access.REPORT_ALL, RECORD_ACCESS, response=True))
        return Step(writes)

    def closed(self, now: Nanos) -> Sequence[Reading]:
        """Forget the device's clock; return nothing."""
        self._time.closed()
        return ()

    def readings(self, events: Sequence[Event], t: Nanos) -> list[Reading]:
        """Return numbers, flags and facts; a spot-check that came before is dropped."""
        self._time.heard(events)
        found: list[Reading] = []
        for event in events:
            if isinstance(event, ReplyEvent):
                self._answered(event)
                continue
            if isinstance(event, StatusEvent) and event.code is StatusCode.CLOCK_UNSET:
                self._clock_unset = event.active
            if isinstance(event, UntimedSpotCheck) or (
                isinstance(event, NumericEvent) and event.device_time is not None
            ):
                found.extend(self._spot_check(event, t))
            else:
                found.extend(plain((event,), self._device_id, t, simulated=self._simulated))
        return found

    def _answered(self, reply: ReplyEvent) -> None:
        if reply.command == record_access.COUNT:
            self._report_due = bool(reply.number)
        elif reply.command == record_access.REPORT:
            self._reporting = False

    def _spot_check(self, event: NumericEvent, t: Nanos) -> list[Numeric]:
        if self._freshness.repeated(event, t):
            return []
        reading = numeric(event, self._device_id, t, simulated=self._simulated)
        if event.stored or self._is_stored(event.device_time, t):
            reading = _stored(reading)
        return [reading]

    def _is_stored(self, measured: datetime | None, t: Nanos) -> bool:
        if self._clock_unset or measured is None:
            return self._reporting
        judged = self._judged
        if judged is None or (judged.measured, judged.t) != (measured, t):
            stored = self._freshness.stored(measured, t, self._time.local())
            judged = self._judged = _Judged(measured, t, stored)
        return judged.stored


def _stored(reading: Numeric) -> Numeric:
    return Numeric(
        reading.device_id,
        reading.channel,
        reading.t,
        reading.value,
        reading.unit,
        reading.reason,
        reading.doubtful,
        reading.device_time,
        reading.simulated,
        stored=True,
    )


def _oximeter(config: DeviceConfig, clock: Clock) -> Device:
    return Oximeter(config, clock)


MODEL = Model(
    "ble-pulse-oximeter",
    "any oximeter with the Bluetooth Pulse Oximeter Service (ChoiceMMed and others)",
    Transport.BLE,
    ("spo2", "pulse_rate", "perfusion_index"),
    (
        # an oximeter has the one, the other, or both, and must tell what it can
        characteristic(0x2A5F, ContinuousDecoder, optional=True),
        characteristic(0x2A5E, SpotCheckDecoder, optional=True),
        characteristic(0x2A60, FeaturesDecoder, read=True),
        characteristic(0x2A52, RecordAccessDecoder, optional=True),
        *ABOUT,
        characteristic(0x2A2B, CurrentTimeDecoder, optional=True, read=True),
    ),
    _oximeter,
    guess=Guess(services=(service(0x1822),)),
    silent_after_s=4.0,  # one notification a second: three missed, and the radio's own delay
    reopen_after_s=20.0,
    speak_every_s=1.0,
)
