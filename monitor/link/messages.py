"""The messages of the link, schema 1: what the service says, and what a client may ask.

Length-prefixed msgpack on the local socket; JSON of the same structs over MQTT and in `--json`.
Unknown fields are ignored; a newer major version is refused. `docs/messages.md` is the page for
people. Times in `utc` are ISO 8601 with offset. `age_s` is the age when the message was sent:
a client adds its own elapsed time since arrival, for no clock is shared between hosts.
"""

from typing import Any

import msgspec

SCHEMA = 1
"""The major version; a change that an old client would misread raises it."""
NURSE, CLINICIAN = "nurse", "clinician"
ROLES = (NURSE, CLINICIAN)
"""Who a person at a client says to be; what the responsible organisation may change is in files alone."""
STATION_MAX = 80


class Message(msgspec.Struct, tag_field="type", kw_only=True, omit_defaults=False):
    """Root of all messages; the field `type` names the kind."""


class BedMessage(Message, kw_only=True):
    """A message of one bed; `seq` counts up by one a message, a gap asks for a snapshot.

    A waveform carries no sequence (0): its own sample counter `first` shows what was missed.
    """

    bed: str
    seq: int = 0
    simulated: bool = False
    replay: bool = False


class Numeric(BedMessage, tag="numeric", kw_only=True):
    """One reading of one channel; `value` null has a `reason`."""

    device: str
    channel: str
    value: float | None
    reason: str | None
    unit: str
    utc: str
    doubtful: bool = False
    age_s: float = 0.0
    shown: bool = True  # false: another device of the bed is shown for this channel


class Nibp(BedMessage, tag="nibp", kw_only=True):
    """One cuff measurement in mm[Hg] (or all null, when it failed)."""

    device: str
    nibp_sys: float | None
    nibp_dia: float | None
    nibp_map: float | None
    pulse_rate: float | None
    unit: str
    status: list[str]
    source: str
    stored: bool
    utc: str
    device_time: str | None = None
    age_s: float = 0.0
    error: str = ""  # the device's own result in words: "leak or loose cuff (87)"
    id: str = ""  # of the reading within its bed; the same after a restart and in the record
    invalid: str = ""  # why a person does not trust it; "": valid
    invalid_by: str = ""  # who marked it


class Waveform(BedMessage, tag="waveform", kw_only=True):
    """A run of samples, little-endian int16; value = raw * scale + offset, -32768 is a gap.

    `first` is the absolute counter of the first sample since the bed's ring began (gaps counted);
    `age_s` how old the last sample was when sent.
    """

    device: str
    channel: str
    rate_hz: float
    first: int
    scale: float
    offset: float
    samples: bytes
    utc: str
    age_s: float = 0.0


class Alarm(BedMessage, tag="alarm", kw_only=True):
    """One event of one occurrence; with it comes the occurrence as it is after the event.

    `event`: start, update, escalate, deescalate, acknowledge, rearm, latched, end, restored.
    `state`: unack, ack, latched, ended.
    """

    event: str
    condition: str  # SPO2_LOW, NO_DATA ...
    priority: str  # high, medium, low
    kind: str  # physiological, technical
    occurrence: str
    episode: str
    state: str
    value: float | None
    limit: float | None
    comparator: str  # "<", "<=", ">", ">=" or ""
    unit: str
    channel: str | None
    device: str | None
    text: str  # what it is, for people
    action: str  # the first step, for people
    utc: str
    since_utc: str
    reason: str | None = None  # why it ended, or rose
    user: str | None = None
    covered_by: str | None = None
    mdc: str = ""  # "196674^MDC_EVT_LO_VAL_LT_LIM^MDC": its event in the words of other systems


class AlarmRow(msgspec.Struct, kw_only=True):
    """One line of the alarm bar: a group of occurrences that share row, sound and button."""

    key: str
    priority: str  # the highest among its members
    state: str  # unack, ack, latched
    text: str
    action: str
    kind: str
    since_utc: str
    age_s: float
    members: list["RowMember"]
    acknowledged_by: str | None = None
    calls: str = ""  # whom it calls while nobody acknowledges: console, second person, everybody
    paused_s: float = 0.0  # seconds left of this row's own audio pause when this was sent
    paused_by: str = ""


class RowMember(msgspec.Struct, kw_only=True):
    """One occurrence inside a row, as an acknowledgement must name it."""

    occurrence: str
    condition: str
    priority: str
    state: str
    channel: str | None = None
    limit_text: str = ""  # "< 90 %"


class OffAlarm(msgspec.Struct, kw_only=True):
    """One alarm that a person turned off: no value starts it until it is on again."""

    condition: str  # PR_HIGH
    channels: list[str]  # the numbers that it is about
    by: str
    reason: str
    age_s: float
    reminders: int = 0  # how often people were reminded of it; one more: remind now


class QuietRoom(msgspec.Struct, kw_only=True):
    """The station that sounds instead of the bed, or that should and was lost."""

    by: str  # the person who took the sound there
    station: str
    state: str  # held: the bed is quiet; lost: the bed sounds again
    since_s: float
    beat_age_s: float  # since the last moment at which the station is known to have lived


class AlarmBoard(BedMessage, tag="board", kw_only=True):
    """All rows of the bed, highest priority first, newest first within one; sent on change."""

    rows: list[AlarmRow]
    highest: str | None  # priority of the highest unacknowledged or latched row
    sounding: str | None  # priority that sounds now; null: nothing to hear
    paused_s: float = 0.0  # seconds left of an audio pause when this was sent; 0: audio is not paused
    paused_by: str = ""  # who paused it
    off: list["OffAlarm"] = []  # alarms that are turned off
    louder_db: float = 0.0  # how much louder than set it must be heard, for nobody came
    quiet: "QuietRoom | None" = None  # null: the bed's own station sounds, as usual
    sounds_here: bool = True  # what sounds is to be heard at the bed; false: only at the station in `quiet`


class Device(BedMessage, tag="device", kw_only=True):
    """The way to one device: connecting, connected, waiting, silent, wrong_model, lost."""

    device: str
    model: str
    state: str
    detail: str
    utc: str
    status: list[str] = []  # the device's own active flags
    info: dict[str, str] = {}  # what it says of itself: manufacturer, serial, battery_pct ...
    orders: list[str] = []  # what a person may ask of it: start, stop, cycle
    interval_s: float = 1.0  # between two of its continuous numbers
    channels: list[str] = []  # that the bed uses of it


class Cuff(BedMessage, tag="cuff", kw_only=True):
    """What a cuff that takes orders does: idle, starting, measuring, stopping; sent on change.

    Its pressure while it measures comes as `numeric` of channel cuff_pressure.
    """

    device: str
    phase: str
    interval_s: float | None  # of the automatic cycle; null: it measures when asked
    due_in_s: float | None  # until the cycle measures next, when this was sent
    detail: str  # for people
    utc: str


class LimitInForce(msgspec.Struct, kw_only=True):
    """One limit as it is being judged, with its comparator: always readable."""

    condition: str
    channel: str
    comparator: str
    value: float
    priority: str
    on_delay_s: float
    text: str  # "< 90 %"
    decided_by: str = "delay"  # of a cuff: "reading" at once, "repeat" by a second reading
    preset_value: float | None = None  # as the preset has it, with the frozen baseline
    least: float | None = None  # what a nurse may set it to
    most: float | None = None
    clinician_least: float | None = None  # what a clinician may set it to
    clinician_most: float | None = None
    changed_by: str = ""  # who set it; "": as the preset has it
    reason: str = ""  # why
    automatic: bool = False  # set from the values of that moment


class BaselineInForce(msgspec.Struct, kw_only=True):
    """The patient at rest, as a person froze it before the dose: mmHg, per minute, percent."""

    sys: float
    dia: float
    pulse: float
    spo2: float
    by: str  # who froze it
    age_s: float


class ChannelTrend(msgspec.Struct, kw_only=True):
    """The backfill of one channel: seconds before now and values (null: no reading)."""

    channel: str
    age_s: list[float]
    values: list[float | None]


class Snapshot(BedMessage, tag="snapshot", kw_only=True):
    """The whole bed at `seq`: what a client needs that has heard nothing before."""

    title: str
    session: str | None  # id of the open session; null: standby
    session_age_s: float | None
    preset: str
    preset_note: str  # "factory limits, not approved by this clinic"
    devices: list[Device]
    numerics: list[Numeric]
    nibp: Nibp | None
    board: AlarmBoard
    limits: list[LimitInForce]
    trend: list[ChannelTrend]
    waveforms: list[str]  # channels that carry samples
    sound: str  # "none": no sound output configured, else the output's state
    store: str  # "recording", "failed: ...", "standby"
    nibps: list[Nibp] = []  # cuff readings within the trend, oldest first, those marked invalid too
    cuffs: list[Cuff] = []
    sources: dict[str, str] = {}  # channel that several devices give -> the one that is shown
    restored_after_s: float | None = None  # alarms came back after this long, nobody has looked since
    baseline: BaselineInForce | None = None  # that the limits follow; null: no baseline
    limits_changed: int = 0  # how many limits differ from the preset
    utc: str


class Hello(Message, tag="hello", kw_only=True):
    """The first message of the service on a connection."""

    schema: int
    epoch: str  # changes with every start of the service
    version: str
    beds: list[str]


class Heartbeat(Message, tag="heartbeat", kw_only=True):
    """Every second; a client that misses three has no connection to the service."""

    epoch: str
    utc: str
    flash: float = 0.0  # the flash clock, seconds, so that all clients blink together


class Command(Message, tag="command", kw_only=True):
    """What a client asks. `id` is unique: a repeated id gets the first answer.

    `name` "acknowledge": args {"occurrences": [[occurrence id, priority seen], ...]}.
    `name` "pause": args {"seconds": 1 to 120}; "resume": args {}. Of one row: with "occurrences": [id, ...].
    `name` "outcome": args {"occurrence": id, "outcome": acted | noted | false | artefact, "text": words}.
    `name` "off": args {"condition": "PR_HIGH", "reason": words}; "on": args {"condition": "PR_HIGH"}.
    `name` "invalidate": args {"reading": id of a nibp, "reason": words}; "validate" takes the mark away.
    `name` "limits": args {"changes": [[condition, priority, value], ...], "reason": words, "occurrences":
    [ids that the person names], "automatic": bool}; a change that needs it is [..., value, decided_by].
    `name` "limits_auto": args {}: proposals. `name` "limits_reset": args {"reason": words}.
    `name` "baseline": args {}: a proposal; {"sys", "dia", "pulse", "spo2", "reason": words} freezes it.
    `name` "take_sound": args {}; "hold_sound": args {"lease", "echo", "age_s", "heard": bool for the first};
    "give_back_sound": args {} or {"lease"}.
    `name` "cuff": args {"device": id, "order": "start" | "stop" | "cycle", "minutes": for cycle, 0 ends it}.
    `name` "snapshot": args {}. `name` "waves": args {"on": bool}.
    """

    id: str
    bed: str
    name: str
    user: str
    verified: bool = False
    role: str = NURSE  # as the person says, like the user
    station: str = ""  # the host that the client runs on
    args: dict[str, Any] = {}


class Reply(Message, tag="reply", kw_only=True):
    """The answer to one command, durable before it was sent; `ok` false says why in `text`."""

    id: str
    ok: bool
    text: str
    results: list[dict[str, Any]] = []


ServiceMessage = (
    Hello | Heartbeat | Snapshot | Numeric | Nibp | Waveform | Alarm | AlarmBoard | Device | Cuff | Reply
)
"""All that a service may send."""

_encode_msgpack = msgspec.msgpack.Encoder()
_decode_service: msgspec.msgpack.Decoder[ServiceMessage] = msgspec.msgpack.Decoder(ServiceMessage)
_decode_command = msgspec.msgpack.Decoder(Command)
_decode_service_json: msgspec.json.Decoder[ServiceMessage] = msgspec.json.Decoder(ServiceMessage)
_encode_json = msgspec.json.Encoder()


def to_msgpack(message: Message) -> bytes:
    """Return the message for the local socket."""
    return _encode_msgpack.encode(message)


def from_service(data: bytes) -> ServiceMessage:
    """Return what the service said; msgspec.ValidationError when it is none of its messages."""
    return _decode_service.decode(data)


def from_client(data: bytes) -> Command:
    """Return what a client asked; msgspec.ValidationError when it is no command."""
    return _decode_command.decode(data)


def to_builtins(message: Message) -> dict[str, Any]:
    """Return the message as plain values, as the journal keeps it."""
    plain: dict[str, Any] = msgspec.to_builtins(message)
    return plain


def to_json(message: Message) -> bytes:
    """Return one JSON object without a line end; samples become base64 text."""
    return _encode_json.encode(message)


def from_service_json(data: bytes) -> ServiceMessage:
    """Return a message read from MQTT; msgspec.ValidationError when it is none."""
    return _decode_service_json.decode(data)
