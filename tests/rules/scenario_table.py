"""Plays the scenario tables of this folder: written to be read by a clinician.

A table is played second by second. `at` is the time in seconds from the start. A value given
(`spo2 = 88`) is sent every second from then on until another is given; "none": the device sends
"no reading"; "silent": nothing comes. `doubtful = true` marks the values that follow as doubtful.
`preset` names the limits (adult standard when nothing is said), `baseline` is the patient at rest
that they follow. `cuff = [sys, dia, map]` is one measurement, `cuff = "failed"` one without a
result. `sensor_off`, `searching` are the device's flags, `link` the state of its connection.
`every_min = 5`: the cuff measures in a cycle; 0: only when asked. `cuff_up`: the cuff squeezes;
`same_limb = true` says that cuff and probe are on one limb. `acknowledge = true` is the
button, pressed by a nurse who saw what is shown. `expect` gives conditions and their states after
all that happened in this second, `row` the text of the topmost row ("none": there is none), `sound`
what is heard.
`remote = "takes"`: another station takes the sound, its test heard, and beats every 2 s from then on;
"dies": it beats no more; "gives back": it ends the quiet room. `bedside` is what is heard at the bed.
What people do, after all that: `pause = 60` pauses the audio for so many seconds, `pause_row = "PR_HIGH"`
that of one row for a minute; `off`, `on` an alarm; `limit = ["PR_HIGH", "medium", 140]` by a clinician
who names no alarm; `mark = 120` marks the cuff reading of that second invalid. `restart = 60`: the
service is away for so many seconds from then on, and takes up what it kept.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
from alarm_bed import CUFF, OXIMETER, STRAP, AlarmBed

from alarms import preset as presets
from alarms.baseline import Baseline
from alarms.quiet import BEAT_S, Beat, Holder
from alarms.types import ActResult, DeviceDecl
from monitor.core.clock import seconds
from monitor.core.types import LinkState, StatusCode

FOLDER = Path(__file__).parent
CHANNELS = ("spo2", "pulse_rate", "heart_rate")
REMOTE = Holder("lease", "anna", "station-2")
DEVICES = {"oximeter": OXIMETER, "strap": STRAP, "cuff": CUFF}


class At(msgspec.Struct, forbid_unknown_fields=True):
    """One line of a scenario."""

    at: int
    spo2: float | str | None = None
    pulse_rate: float | str | None = None
    heart_rate: float | str | None = None
    doubtful: bool | None = None
    cuff: list[float] | str | None = None
    moved: bool = False
    sensor_off: bool | None = None
    searching: bool | None = None
    link: str | None = None
    every_min: float | None = None
    cuff_up: bool | None = None
    acknowledge: bool | list[str] | None = None
    remote: str | None = None
    pause: float | None = None
    pause_row: str | None = None
    off: str | None = None
    on: str | None = None
    limit: tuple[str, str, float] | None = None
    mark: int | None = None
    restart: int | None = None
    expect: dict[str, str] = {}
    row: str | None = None
    sound: str | None = None
    bedside: str | None = None


class Scenario(msgspec.Struct, forbid_unknown_fields=True):
    """One story: what happens, and what must be alarmed."""

    id: str
    story: str
    source: str
    line: list[At]
    devices: tuple[str, ...] = ("oximeter",)
    same_limb: bool = False
    preset: str = "adult-standard"
    baseline: Baseline | None = None

    @property
    def limits(self) -> str:
        """Return in words what the patient is judged by."""
        return self.preset + (f", {self.baseline.text}" if self.baseline else "")


class Table(msgspec.Struct, forbid_unknown_fields=True):
    scenario: list[Scenario]


class Differs(AssertionError):
    """A scenario that does not go as its table says: the second, and what was found."""


def read(path: Path) -> list[Scenario]:
    """Return the scenarios of one table; msgspec.DecodeError when a key is unknown."""
    return msgspec.toml.decode(path.read_bytes(), type=Table).scenario


def tables() -> list[Path]:
    """Return the tables of this folder."""
    return sorted(FOLDER.glob("*.toml"))


def play(scenario: Scenario) -> None:
    """Play a scenario to its last line; Differs at the first second that is not as written."""
    _Player(scenario).play()


class _Player:
    def __init__(self, scenario: Scenario) -> None:
        self.lines = {line.at: line for line in scenario.line}
        if len(self.lines) != len(scenario.line):
            raise Differs("two lines of one second")
        limb = "left arm" if scenario.same_limb else ""
        declared = (replace(self._declared(DEVICES[name]), limb=limb) for name in scenario.devices)
        self.bed = AlarmBed(*declared, preset=presets.load(scenario.preset, scenario.baseline))
        self.held: dict[str, float | str] = {}
        self.doubtful = False
        self.away_until = 0
        self.beats_from: int | None = None
        self.answered = 0

    def _declared(self, device: DeviceDecl) -> DeviceDecl:
        """Return the device with the channels that the scenario gives: no other is armed."""
        if device.episodic:
            return device
        used = [c for c in CHANNELS if any(getattr(line, c) is not None for line in self.lines.values())]
        return replace(device, channels=[channel for channel in device.channels if channel in used])

    def play(self) -> None:
        for t in range(max(self.lines) + 1):
            line = self.lines.get(t)
            if line is not None:
                self._change(line)
            if t < self.away_until:
                continue
            self._send(t)
            self._beat(t)
            self.bed.tick(t)
            if line is not None:
                self._acknowledge(line)
                self._act(line)
                self._check(line)
                self._restart(line)

    def _change(self, line: At) -> None:
        for channel in CHANNELS:
            value = getattr(line, channel)
            if value is not None:
                self.held[channel] = value
        if line.doubtful is not None:
            self.doubtful = line.doubtful
        flags = ((StatusCode.SENSOR_OFF, line.sensor_off), (StatusCode.PULSE_SEARCH, line.searching))
        for code, active in flags:
            if active is not None:
                self.bed.status(code, active, line.at)
        if line.link is not None:
            self.bed.link(LinkState(line.link), line.at)
        self._measure(line)
        if line.remote is not None:
            self._remote(line.remote, line.at)

    def _measure(self, line: At) -> None:
        if line.every_min is not None:
            self.bed.schedule(60 * line.every_min or None, line.at)
        if line.cuff_up is not None:
            self.bed.squeeze(line.cuff_up, line.at)
        status = (StatusCode.BODY_MOVEMENT,) if line.moved else ()
        if isinstance(line.cuff, list):
            sys, dia, mean = line.cuff
            self.bed.cuff(sys, line.at, dia=dia, mean=mean, status=status)
        elif line.cuff is not None:
            self.bed.cuff(None, line.at, status=(StatusCode.MEASUREMENT_FAILED,))

    def _send(self, t: int) -> None:
        for channel, value in self.held.items():
            if value == "none":
                self.bed.value(channel, None, t)
            elif value != "silent":
                self.bed.value(channel, float(value), t, doubtful=self.doubtful)

    def _remote(self, does: str, t: int) -> None:
        """Let the other station take the sound, die, or give it back."""
        self.beats_from = t if does == "takes" else None
        self.answered = t
        quiet = self.bed.engine.quiet
        if does == "takes" and not quiet.offer(REMOTE, seconds(t)).ok:
            raise Differs(f"at {t} s: the sound cannot be taken")
        if does == "gives back" and not quiet.give_back(REMOTE, seconds(t)).ok:
            raise Differs(f"at {t} s: there is no sound to give back")

    def _beat(self, t: int) -> None:
        if self.beats_from is not None and (t - self.beats_from) % BEAT_S == 0:
            beat = Beat(REMOTE, str(seconds(self.answered)), t - self.answered, heard=True)
            if not self.bed.engine.quiet.hold(beat, seconds(t)).ok:
                raise Differs(f"at {t} s: the beat was refused")
            self.answered = t

    def _acknowledge(self, line: At) -> None:
        if line.acknowledge:
            names = line.acknowledge if isinstance(line.acknowledge, list) else []
            if not self.bed.acknowledge(*names):
                raise Differs(f"at {line.at} s: nothing was there to be acknowledged")

    def _act(self, line: At) -> None:
        """Let people do what the line says; Differs when it is refused."""
        acts: tuple[tuple[object, Callable[[], ActResult]], ...] = (
            (line.pause, lambda: self.bed.pause(line.pause or 0)),
            (line.pause_row, lambda: self.bed.pause_row(60, line.pause_row or "")),
            (line.off, lambda: self.bed.turn_off(line.off or "")),
            (line.on, lambda: self.bed.turn_on(line.on or "")),
            (line.limit, lambda: self.bed.set_limit(*(line.limit or ("", "", 0)))),
            (line.mark, lambda: self.bed.mark(line.mark or 0, line.at)),
        )
        for asked, act in acts:
            if asked is not None:
                answer = act()
                if not answer.ok:
                    raise Differs(f"at {line.at} s: refused: {answer.text}")

    def _restart(self, line: At) -> None:
        if line.restart is not None:
            self.away_until = line.at + line.restart
            self.bed.restart(self.away_until, gap=line.restart)

    def _check(self, line: At) -> None:
        wrong = [
            f"{what}: expected {expected!r}, found {found!r}"
            for what, expected, found in self._compared(line)
            if expected != found
        ]
        if wrong:
            raise Differs(f"at {line.at} s: " + "; ".join(wrong))

    def _compared(self, line: At) -> Iterator[tuple[str, str, str]]:
        """Yield what is looked at in a line, how it is expected, and how it was found."""
        for name, expected in line.expect.items():
            yield name, expected, self._state(name)
        if line.row is not None:
            yield "row", line.row, next(iter(self.bed.texts()), "none")
        if line.sound is not None:
            heard = self.bed.sounding
            yield "sound", line.sound, heard.label if heard else "none"
        if line.bedside is not None:
            heard = self.bed.sounding if self.bed.engine.sounds_here else None
            yield "bedside", line.bedside, heard.label if heard else "none"

    def _state(self, name: str) -> str:
        """Return "unack high", "normal" ... of a condition."""
        for row in self.bed.engine.rows(seconds(self.bed.now)):
            for member in row.members:
                if member.condition == name:
                    return f"{member.state.value} {member.priority.label}"
        return self.bed.state(name).value
