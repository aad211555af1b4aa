"""The header's words: where, how long, under which limits, and what is not as it should be."""

from dataclasses import dataclass

from monitor.core.clock import SECOND, Nanos
from monitor.link.messages import CLINICIAN, NURSE
from ui.bed_model import BedState
from ui.presenters import words
from ui.presenters.audio_pause import PauseText, audio_pause
from ui.presenters.limits_table import changed_text
from ui.presenters.off_alarms import in_header
from ui.presenters.quiet_room import QuietText, quiet_room

WORKING_SOUND = ("ok", "on")


@dataclass(frozen=True, slots=True)
class Badge:
    """A short text with a role: plain, quiet, warning or simulated."""

    text: str
    role: str
    spoken: str
    bell: str = ""  # "crossed": the bed does not sound; "plain": this window does
    short: str = ""  # the same where there is little room; "": it has no shorter form

    @property
    def least(self) -> str:
        """Return the fewest words that still say it."""
        return self.short or self.text


@dataclass(frozen=True, slots=True)
class HeaderText:
    """The header, ready to paint."""

    title: str
    session: str
    preset: str
    badges: tuple[Badge, ...]
    user: str
    changed: str = ""  # "2 limits changed", beside the preset
    under: tuple[str, ...] = ()  # the preset in short, the most important first: what has no room is left out


def header(state: BedState, user: str, now: Nanos, role: str = NURSE, *, holding: bool = False) -> HeaderText:
    """Return the header; without a connection it says only what this client knows by itself."""
    title = state.title or state.bed or "Vigil"
    if not state.connected(now):
        return HeaderText(title, "", "", _origin_badges(state), _user_text(user, role))
    if state.session is None:
        session = "Standby: no session"
    else:
        session = f"Session {words.clock_text((now - (state.session_born or now)) / SECOND)}"
    preset = f"{state.preset}: {state.preset_note}" if state.preset_note else state.preset
    badges = (
        *_origin_badges(state),
        *_restart_badges(state.restored_after_s),
        _store_badge(state.store),
        *_off_badges(state),
        *_sound_badges(state.sound, audio_pause(state, now), quiet_room(state, holding=holding)),
    )
    changed = changed_text(state.limits_changed)
    return HeaderText(title, session, preset, badges, _user_text(user, role), changed, _under(state))


def _under(state: BedState) -> tuple[str, ...]:
    """Return what the limits follow, whose they are, and whether the clinic has approved them."""
    base = f"base {state.baseline.sys:g}/{state.baseline.dia:g}" if state.baseline is not None else ""
    approved = "not approved" if "not approved" in state.preset_note else ""
    rest = (
        () if approved else (part.strip() for part in state.preset_note.split("; ") if "baseline" not in part)
    )
    return tuple(part for part in (base, state.preset, approved, *rest) if part)


def _user_text(user: str, role: str) -> str:
    return f"{user} ({role}, unverified)" if role == CLINICIAN else f"{user} (unverified)"


def _origin_badges(state: BedState) -> tuple[Badge, ...]:
    badges = []
    if state.simulated:
        badges.append(Badge("SIMULATED", "simulated", "Simulated devices: this is not a patient"))
    if state.replay:
        badges.append(Badge("REPLAY", "simulated", "Replay of a recording: this is not live"))
    return tuple(badges)


def _restart_badges(after_s: float | None) -> tuple[Badge, ...]:
    if after_s is None:
        return ()
    gone = words.clock_text(after_s)
    spoken = f"The service was off for {gone}: alarms are restored, acknowledge to say that you have looked"
    return (Badge(f"RESTARTED, off {gone}", "warning", spoken, short="RESTARTED"),)


def _store_badge(store: str) -> Badge:
    if store == "recording":
        return Badge("● Recording", "plain", "Recording", short="● Rec")
    if store in ("standby", ""):
        return Badge("Not recording", "quiet", "No session is recorded")
    why = store.removeprefix("failed:").strip()
    return Badge(f"NOT RECORDED: {why}", "warning", f"Recording {store}", short="NOT RECORDED")


def _off_badges(state: BedState) -> tuple[Badge, ...]:
    text, spoken = in_header(state)
    return (Badge(text, "warning", spoken, short=text.partition(":")[0]),) if text else ()


def _sound_badges(sound: str, pause: PauseText, quiet: QuietText) -> tuple[Badge, ...]:
    """Return the state of the sound; one that works is not said to be on while it is paused or elsewhere.

    One that does not work is said always: a quiet room falls back on it.
    """
    paused = (Badge(pause.headline, "warning", pause.spoken),) if pause.running else ()
    elsewhere: tuple[Badge, ...] = ()
    if quiet.quiet:
        elsewhere = (
            Badge(
                quiet.sign,
                "warning",
                quiet.spoken,
                bell="plain" if quiet.here else "crossed",
                short=quiet.short,
            ),
        )
    unsaid = sound in WORKING_SOUND and (paused or elsewhere)
    return (*(() if unsaid else (_sound_badge(sound),)), *paused, *elsewhere)


def _sound_badge(sound: str) -> Badge:
    if sound in WORKING_SOUND:
        return Badge("Sound on", "plain", "Alarm sound is on")
    if sound in ("none", ""):
        return Badge("NO SOUND", "warning", "The service has no sound output: watch the screen")
    return Badge(f"NO SOUND: {sound}", "warning", f"The alarm sound does not work: {sound}", short="NO SOUND")
