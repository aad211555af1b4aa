"""The values that cross rooms: frozen, slotted, each stamped when its bytes arrived."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from monitor.core.clock import Nanos
from monitor.core.units import Unit

Samples = npt.NDArray[np.int16]

GAP_SAMPLE = -32768
"""The integer that stands for "no sample" inside a waveform chunk."""


class Reason(StrEnum):
    """Why there is no value."""

    MISSING = "missing"  # the device sent its own "no reading" code
    SENSOR_OFF = "sensor_off"  # the device says the sensor is not on the patient
    SEARCHING = "searching"  # the device looks for a pulse
    MEASUREMENT_FAILED = "measurement_failed"  # a cuff measurement ended without a result
    OUT_OF_RANGE = "out_of_range"  # the sample gate: not plausible for a living adult
    WRONG_UNIT = "wrong_unit"  # the sample gate: no conversion to the channel's unit
    REPEATED = "repeated"  # the sample gate: the same reading again
    LATE = "late"  # the sample gate: older than the newest
    STORED = "stored"  # a cuff's memory, not a fresh measurement
    NOT_FINITE = "not_finite"  # NaN or infinity where a number belongs
    INVALID = "invalid"  # marked invalid by a person


class StatusCode(StrEnum):
    """What a device may say about itself, in words that no model owns."""

    SENSOR_OFF = "sensor_off"  # not on the patient (finger out, strap without contact)
    SENSOR_FAULT = "sensor_fault"  # disconnected from the device, or broken
    PULSE_SEARCH = "pulse_search"  # no run of good pulses (out of track, searching)
    ARTIFACT = "artifact"
    LOW_PERFUSION = "low_perfusion"
    MARGINAL_PERFUSION = "marginal_perfusion"
    BATTERY_LOW = "battery_low"
    BODY_MOVEMENT = "body_movement"
    CUFF_LOOSE = "cuff_loose"
    IRREGULAR_PULSE = "irregular_pulse"
    PULSE_ABOVE_RANGE = "pulse_above_range"
    PULSE_BELOW_RANGE = "pulse_below_range"
    IMPROPER_POSITION = "improper_position"
    MEASUREMENT_FAILED = "measurement_failed"
    MEASUREMENT_STOPPED = "measurement_stopped"  # by somebody at the device
    IMPLAUSIBLE = "implausible"  # values that cannot belong together: diastolic above systolic
    MEASURING = "measuring"  # the cuff is up, or about to be
    CUFF_LEAK = "cuff_leak"  # leak, loose or missing cuff: it cannot be filled
    CUFF_BLOCKED = "cuff_blocked"  # kinked hose or blocked valve
    CUFF_OVERPRESSURE = "cuff_overpressure"
    CUFF_BUSY = "cuff_busy"  # refuses an order now: not ready, or a measurement runs
    WEAK_SIGNAL = "weak_signal"  # too weak or too noisy for a sure number
    INTERFERENCE = "interference"  # ambient light, electrical noise, movement
    UNKNOWN_SENSOR = "unknown_sensor"
    DEVICE_FAULT = "device_fault"  # hardware or self-test failure
    CLOCK_UNSET = "clock_unset"  # the device says that its clock was never set


DOUBTFUL_NIBP = frozenset(
    {
        StatusCode.BODY_MOVEMENT,
        StatusCode.CUFF_LOOSE,
        StatusCode.IMPROPER_POSITION,
        StatusCode.ARTIFACT,  # a monitor that calls its own reading questionable
        StatusCode.IMPLAUSIBLE,
    }
)
"""A cuff reading with one of these may raise an alarm and never clears one (alarm decisions, 4)."""


class InfoField(StrEnum):
    """What a device tells about itself besides measurements."""

    MANUFACTURER = "manufacturer"
    MODEL = "model"
    SERIAL = "serial"
    FIRMWARE = "firmware"
    HARDWARE = "hardware"
    SOFTWARE = "software"
    BATTERY_PCT = "battery_pct"  # 0 to 100
    BATTERY_V = "battery_v"  # volt
    SENSOR_LOCATION = "sensor_location"
    FEATURES = "features"
    CLOCK = "clock"  # its own time when it told it, ISO 8601, local, no zone


class CuffPhase(StrEnum):
    """What a cuff that takes orders does now."""

    IDLE = "idle"
    STARTING = "starting"  # asked to start, not confirmed
    IMPLAUSIBLE = "implausible"  # values that cannot belong together: diastolic above systolic
    MEASURING = "measuring"
    STOPPING = "stopping"  # asked to stop, not confirmed


class NibpSource(StrEnum):
    """Who asked for a cuff measurement."""

    AUTO = "auto"
    MANUAL_ENTRY = "manual_entry"
    DEVICE_INITIATED = "device_initiated"


class LinkState(StrEnum):
    """The way to one device, as its supervisor sees it."""

    CONNECTING = "connecting"
    CONNECTED = "connected"  # the way is open and bytes make sense
    WAITING = "waiting"  # an episodic cuff: nothing to hear until it has measured
    SILENT = "silent"  # the way is open, nothing comes
    WRONG_MODEL = "wrong_model"  # bytes come, but not this model's
    LOST = "lost"  # closed, unplugged, out of range; being tried again


@dataclass(frozen=True, slots=True)
class Numeric:
    """One reading of one channel; `value` is None, with a reason, when there is none."""

    device_id: str
    channel: str
    t: Nanos
    value: float | None
    unit: Unit
    reason: Reason | None = None
    doubtful: bool = False  # artefact, low perfusion: counts towards an alarm, shown with "?"
    device_time: datetime | None = None  # the device's own clock, naive, no zone
    simulated: bool = False
    stored: bool = False  # from the device's memory: recorded, never shown or judged as live


@dataclass(frozen=True, slots=True)
class Mark:
    """Who marked a cuff reading invalid, and why."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Nibp:
    """One cuff measurement: several values, one time. All None: it failed."""

    device_id: str
    t: Nanos
    sys: float | None
    dia: float | None
    map: float | None
    pulse_rate: float | None
    unit: Unit = Unit.MMHG
    status: tuple[StatusCode, ...] = ()
    source: NibpSource = NibpSource.DEVICE_INITIATED
    site: str = ""
    stored: bool = False  # from the cuff's memory: recorded, never raises or clears an alarm
    sequence: int | None = None
    device_time: datetime | None = None
    simulated: bool = False
    error: str = ""  # the device's own result in words, with its code: "leak or loose cuff (87)"
    id: str = ""  # "device:utc_ns", given by the bed; the same after a restart and in the record

    @property
    def failed(self) -> bool:
        """True when the measurement ended without a pressure."""
        return self.sys is None and self.dia is None and self.map is None

    @property
    def doubtful(self) -> bool:
        """True when movement, fit or position makes the values doubtful."""
        return not DOUBTFUL_NIBP.isdisjoint(self.status)


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """A run of samples; value = raw * scale + offset, raw GAP_SAMPLE is a gap.

    `t` is when the last sample's bytes arrived. `lost` counts samples known to be missing
    before this chunk (from the device's own counter, or from bytes thrown away).
    """

    device_id: str
    channel: str
    t: Nanos
    rate_hz: float
    samples: Samples  # int16, read-only
    scale: float = 1.0
    offset: float = 0.0
    lost: int = 0
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """A device's own flag, sent on change only."""

    device_id: str
    t: Nanos
    code: StatusCode
    active: bool
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class DeviceLink:
    """The state of the way to one device, sent by its supervisor on change."""

    device_id: str
    t: Nanos
    state: LinkState
    detail: str = ""  # for people: what happened and what to do
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """Something a device tells about itself, sent on change: its serial number, its battery."""

    device_id: str
    t: Nanos
    field: InfoField
    text: str
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class CuffState:
    """What a cuff that takes orders does, sent on change; its pressure comes as cuff_pressure."""

    device_id: str
    t: Nanos
    phase: CuffPhase
    interval_s: float | None = None  # of the automatic cycle; None: measures when asked
    due: Nanos | None = None  # when the cycle measures next
    detail: str = ""  # for people: who asked, why it waits
    simulated: bool = False


Reading = Numeric | Nibp | Waveform | DeviceStatus | DeviceLink | DeviceInfo | CuffState
"""All that a device can hand to a bed."""
