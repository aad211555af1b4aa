"""Scenarios: who lies where, with which devices, and what happens, as TOML data.

Times called `_s` are wire seconds. The physiology of the patients runs `speed` times as fast, so
a session of 90 min fits into three. Alarm delays do not shrink, hence what happens to a patient is
given in wire seconds; a dose is given in minutes of the body.
"""

import difflib
import re
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from monitor.core.errors import ConfigError
from simulators import models
from simulators.contact import Contact, Movement
from simulators.dose import Dose, Positive
from simulators.happening import PATIENT_WORDS
from simulators.incidents import Anxiety, Apnoea, Desaturation, Episode, Incident, Vasovagal
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject
from simulators.udp_device import DatagramSim

Name = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9_-]{0,31}$")]
Seconds = Annotated[float, Meta(ge=0)]
Address = Annotated[str, Meta(pattern="^([0-9A-F]{2}:){5}[0-9A-F]{2}$")]

LEAST_CUFF_S = 15.0
"""A cuff that connects, tells and hangs up needs this long between two measurements."""


class Device(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One device: any model that can be simulated."""

    id: Name
    model: str
    address: Address | None = None  # Bluetooth
    name: str = ""  # as advertised; "" for the model's own
    first_s: Seconds = 10.0  # of a cuff that measures by itself
    every_s: Annotated[float, Meta(ge=LEAST_CUFF_S)] = 300.0
    link: Literal["serial", "udp"] = "serial"  # of a model that also speaks on a network

    @property
    def wireless(self) -> bool:
        """Return whether it lives on the virtual radio."""
        return models.is_wireless(self.model)


Each = TypeVar("Each")


def _all(one_or_several: Each | tuple[Each, ...]) -> tuple[Each, ...]:
    return one_or_several if isinstance(one_or_several, tuple) else (one_or_several,)


class Bed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place with one patient."""

    id: Name
    title: str
    device: Annotated[tuple[Device, ...], Meta(min_length=1)]
    patient: Rest = Rest()
    cuff_on_same_arm: bool = False  # as the oximeter
    dose: Dose | tuple[Dose, ...] = ()
    # One table or several, wire seconds:
    desaturation: Desaturation | tuple[Desaturation, ...] = ()
    vasovagal: Vasovagal | tuple[Vasovagal, ...] = ()
    apnoea: Apnoea | tuple[Apnoea, ...] = ()
    anxiety: Anxiety | tuple[Anxiety, ...] = ()
    movement: Movement | tuple[Movement, ...] = ()

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Return what happens to the body, in wire seconds."""
        return (*_all(self.desaturation), *_all(self.vasovagal), *_all(self.apnoea), *_all(self.anxiety))

    def virtual_patient(self, seed: int, speed: float) -> Patient:
        """Return the patient of this bed."""
        incidents = [incident.stretched(speed) for incident in self.incidents]
        return Patient(self.patient, seed, doses=_all(self.dose), incidents=incidents)

    def virtual_subject(self, seed: int, speed: float) -> VirtualSubject:
        """Return the same patient with the sensors on."""
        contact = Contact(seed, _all(self.movement), same_arm=self.cuff_on_same_arm)
        return VirtualSubject(self.virtual_patient(seed, speed), speed, seed, contact)


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A control command (the same words as on the control channel) given at a wire second."""

    at_s: Seconds
    command: str


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One whole simulation."""

    title: str
    bed: Annotated[tuple[Bed, ...], Meta(min_length=1)]
    speed: Positive = 1.0
    minutes: Positive | None = None  # of wire time; None: until stopped
    event: tuple[Event, ...] = ()

    @property
    def devices(self) -> tuple[Device, ...]:
        """Return the devices of all beds."""
        return tuple(device for bed in self.bed for device in bed.device)

    @property
    def wireless(self) -> bool:
        """True when any device needs the virtual radio."""
        return any(device.wireless for device in self.devices)

    def lasting(self, minutes: float) -> "Scenario":
        """Return the same story in another wire time; without a time of its own it just ends then.

        The start of what happens to a patient moves, its length does not: an alarm needs its seconds.
        """
        if self.minutes is None:
            return replace(self, minutes=minutes)
        share = minutes / self.minutes
        return replace(
            self,
            minutes=minutes,
            speed=self.speed / share,
            bed=tuple(_scaled_bed(bed, share) for bed in self.bed),
            event=tuple(replace(event, at_s=event.at_s * share) for event in self.event),
        )

    def at_speed(self, speed: float) -> "Scenario":
        """Return it with faster or slower physiology in the same wire time; ConfigError if not above 0."""
        if speed <= 0:
            raise ConfigError(f"speed {speed:g}: must be above 0")
        return replace(self, speed=speed)


def _scaled_bed(bed: Bed, share: float) -> Bed:
    devices = tuple(
        replace(
            device,
            first_s=device.first_s * share,
            every_s=max(LEAST_CUFF_S, device.every_s * share),
        )
        for device in bed.device
    )
    moved = {
        name: _moved(getattr(bed, name), share)
        for name in ("desaturation", "vasovagal", "apnoea", "anxiety", "movement")
    }
    return replace(bed, device=devices, **moved)


def _moved(episodes: Episode | tuple[Episode, ...], share: float) -> Episode | tuple[Episode, ...]:
    if isinstance(episodes, tuple):
        return tuple(replace(each, at_s=each.at_s * share) for each in episodes)
    return replace(episodes, at_s=episodes.at_s * share)


def shipped() -> tuple[str, ...]:
    """Return the names of the scenarios that come with Vigil."""
    folder = resources.files("simulators") / "scenarios"
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load(name: str | Path) -> Scenario:
    """Return a shipped scenario by name, or the one in a file; ConfigError says what is wrong."""
    if str(name) in shipped():
        source = resources.files("simulators") / "scenarios" / f"{name}.toml"
        return parse(source.read_bytes(), f"{name}.toml")
    path = Path(name)
    if not path.is_file():
        raise ConfigError(f"{name}: no such scenario: give a file, or one of {', '.join(shipped())}")
    return parse(path.read_bytes(), str(path))


def parse(text: bytes, source: str) -> Scenario:
    """Return the scenario in `text`; ConfigError names `source`, the key and the reason."""
    try:
        scenario = msgspec.toml.decode(text, type=Scenario)
    except msgspec.ValidationError as error:
        raise ConfigError(_explain(source, str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{source}: not valid TOML: {error}") from error
    check(scenario, source)
    return scenario


def _explain(source: str, message: str) -> str:
    """Return msgspec's message with the key first, as file: key: reason; beds and devices count from 1."""
    reason, _, place = message.partition(" - at `$")
    key = re.sub(r"\[(\d+)\]", lambda found: f"[{int(found[1]) + 1}]", place.rstrip("`").lstrip("."))
    field = re.fullmatch(r"Object (contains unknown|missing required) field `(.*)`", reason)
    if field:
        key = f"{key}.{field[2]}".lstrip(".")
        reason = "unknown key" if field[1] == "contains unknown" else "is missing"
    return f"{source}: {key}: {reason}"


def check(scenario: Scenario, source: str) -> None:
    """Refuse what is well-formed and cannot be played; ConfigError names `source` and the key."""
    seen: set[str] = set()
    for bed_number, bed in enumerate(scenario.bed, 1):
        names = [(f"bed[{bed_number}].id", bed.id)]
        for number, device in enumerate(bed.device, 1):
            place = f"bed[{bed_number}].device[{number}]"
            _check_device(device, f"{source}: {place}")
            names.append((f"{place}.id", device.id))
            if device.address is not None:
                names.append((f"{place}.address", device.address))
        for key, name in names:
            if name in seen or name in PATIENT_WORDS:
                raise ConfigError(f"{source}: {key}: '{name}' is taken; every bed and device needs its own")
            seen.add(name)
    for number, event in enumerate(scenario.event, 1):
        word = event.command.split(maxsplit=1)[0] if event.command.strip() else ""
        if word not in seen and word not in PATIENT_WORDS:
            raise ConfigError(
                f"{source}: event[{number}].command: '{word}' is no device, bed or patient value"
            )


def _check_device(device: Device, place: str) -> None:
    if device.model not in models.MODELS:
        near = difflib.get_close_matches(device.model, models.MODELS, n=3, cutoff=0.4)
        known = f"did you mean {' or '.join(near)}?" if near else f"models are {', '.join(models.MODELS)}"
        raise ConfigError(f"{place}.model: unknown model '{device.model}'; {known}")
    if device.wireless and device.address is None:
        raise ConfigError(f"{place}.address: is missing; {device.model} lives on the virtual radio")
    if not device.wireless and device.address is not None:
        raise ConfigError(f"{place}.address: {device.model} is on a serial line and has none")
    if device.link == "udp" and not isinstance(models.load(device.model), DatagramSim):
        raise ConfigError(f"{place}.link: {device.model} does not speak on a network")
