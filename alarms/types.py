"""What the alarm engine says: events, rows, answers. Frozen values; times are monotonic."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from monitor.core.clock import Nanos
from monitor.core.types import Reading


class Priority(IntEnum):
    """How soon somebody must act; a higher number is more urgent."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3

    @property
    def label(self) -> str:
        """Return the word that messages and presets use."""
        return self.name.lower()

    @classmethod
    def of(cls, label: str) -> "Priority":
        """Return the priority named by `label`; ValueError when there is none such."""
        try:
            return cls[label.upper()]
        except KeyError:
            raise ValueError(f"no priority {label!r}: use high, medium or low") from None


class Kind(StrEnum):
    """About the patient, or about equipment."""

    PHYSIOLOGICAL = "physiological"
    TECHNICAL = "technical"


class State(StrEnum):
    """Where one condition is. UNACK and ACK are *active*; ENDED is only said of an occurrence."""

    NORMAL = "normal"
    PENDING = "pending"
    UNACK = "unack"
    ACK = "ack"
    LATCHED = "latched"  # gone, and nobody has seen it
    DISABLED = "disabled"
    ENDED = "ended"


NEVER_OFF = frozenset(
    {
        "SPO2_DESAT",
        "NO_DATA",
        "PULSE_LOST",
        "LINK_LOST",
        "ALARM_ENGINE_STALL",
        "AUDIO_FAIL",
        "LIMITS_INVALID",
        "STORE_FAIL",
        "REMOTE_LOST",
    }
)


def never_off(condition: str) -> bool:
    """Return whether a condition is never off, and never paused beyond 2 min (alarm decisions, 2)."""
    return condition in NEVER_OFF or condition.startswith("CUFF_")


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """One event of one occurrence, with the occurrence as it is after the event.

    `event`: start, update, escalate, deescalate, acknowledge, rearm, latched, end, restored.
    """

    t: Nanos
    event: str
    condition: str
    priority: Priority
    kind: Kind
    occurrence: str
    episode: str
    state: State
    since: Nanos
    value: float | None
    limit: float | None
    comparator: str
    unit: str
    channel: str | None
    device: str | None
    text: str
    action: str
    reason: str | None = None
    user: str | None = None
    covered_by: str | None = None
    value_t: Nanos | None = None  # when `value` was taken; None: not known


@dataclass(frozen=True, slots=True)
class RowMember:
    """One occurrence inside a row, as an acknowledgement must name it."""

    occurrence: str
    condition: str
    priority: Priority
    state: State
    channel: str | None
    limit_text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the alarm bar: occurrences that share row, sound and button."""

    key: str
    priority: Priority
    state: State
    text: str
    action: str
    kind: Kind
    since: Nanos
    members: tuple[RowMember, ...]
    acknowledged_by: str | None = None
    calls: str = ""  # whom it calls while nobody acknowledges
    paused_until: Nanos | None = None  # its own audio pause; None: it is heard
    paused_by: str = ""


@dataclass(frozen=True, slots=True)
class AckResult:
    """The answer for one occurrence of an acknowledgement; refused ones carry the new state."""

    occurrence: str
    ok: bool
    text: str
    state: str
    priority: str


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person changed about the signals, or that time did.

    `act`: audio_paused, audio_pause_ended, alarm_off, alarm_on, alarm_off_reminder, escalation, outcome,
    measure, limit_changed, limits_preset, limits_restored, baseline_frozen,
    sound_taken, sound_lost, sound_given_back.
    `reason` says why it ended, why an alarm was turned off or a limit changed, whom it calls, or why a
    cuff is to measure. A pause
    that names an occurrence is that of its row. `more` is what the journal keeps besides.
    """

    t: Nanos
    act: str
    user: str | None = None
    reason: str = ""
    seconds: float = 0.0
    condition: str = ""
    occurrence: str = ""
    outcome: str = ""  # acted, noted, false, artefact
    text: str = ""  # what a person said with it
    more: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class ActResult:
    """The answer to an act, in words; `results` is for programs."""

    ok: bool
    text: str
    results: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What one input did: events and acts in order, the reading after the gate, and whether rows changed."""

    events: tuple[AlarmEvent, ...] = ()
    accepted: Reading | None = None
    rows_changed: bool = False
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceDecl:
    """A device of the bed: what it measures, and how often (declared, for the age of a value)."""

    device_id: str
    channels: Sequence[str]
    episodic: bool = False  # a cuff that is heard only after a measurement
    interval_s: float = 1.0
    limb: str = ""  # where cuff or probe is worn; unknown: no cuff is taken to squeeze this probe
    commanded: bool = False  # a cuff that can be asked to measure
    armed: bool = False  # judged from the first moment: no 30 s of waiting for a first value
