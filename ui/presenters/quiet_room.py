"""The quiet room in words: who sounds instead of the bed, and what may be done about it."""

from dataclasses import dataclass

from monitor.link.messages import AlarmBoard
from ui.bed_model import BedState

KEY_NAME = "F5"
TAKE, GIVE_BACK = "take_sound", "give_back_sound"
QUESTION = "You should hear three tones now, again and again, at this station. Do you hear them?"
NO_SOUND = ("none", "")
"""The sound of a bed that has no output."""
LEAVING_HELD = (
    "This window sounds the alarms of the bed, which is quiet. Closing it gives the sound back to the bed."
)


@dataclass(frozen=True, slots=True)
class QuietText:
    """The quiet room, ready to show. `sign`: "" while the bed sounds as usual."""

    sign: str = ""
    spoken: str = ""
    button: str = ""  # what the button says
    command: str = TAKE  # and asks of the service
    short: str = ""  # the sign where there is little room
    here: bool = False  # it is this window that sounds

    @property
    def quiet(self) -> bool:
        """True while another sound than the bed's own is relied on."""
        return bool(self.sign)


def quiet_room(state: BedState, *, holding: bool = False) -> QuietText:
    """Return the sign and the button; `holding`: this very window sounds for the bed."""
    room = state.board.quiet if state.board is not None else None
    if room is None or room.state != "held":
        return QuietText(button=f"Sound here ({KEY_NAME})")
    where, also = f"at {room.station}", ""
    sign, short = f"QUIET: sounds {where} ({room.by})", f"QUIET: {where}"
    if holding:
        sign, short = f"SOUNDS HERE ({room.by})", "SOUNDS HERE"
    if state.board is not None and state.board.sounds_here:
        sign, short, also = sign + " + bed", short + " + bed", ", and at the bed, for nobody came"
    spoken = f"Quiet room: alarms sound {'at this station' if holding else where}, taken by {room.by}{also}"
    return QuietText(sign, spoken, f"Sound to bed ({KEY_NAME})", GIVE_BACK, short, holding)


def lost(board: AlarmBoard | None) -> bool:
    """Return whether the quiet room is over: ended, or lost for good, which is then an alarm.

    A service that was started anew sounds too, and waits a moment for the beats of its holder.
    """
    if board is None or board.quiet is None:
        return True
    names = {member.condition for row in board.rows for member in row.members}
    return board.quiet.state != "held" and "REMOTE_LOST" in names


def over(bed_sound: str) -> str:
    """Return what to say when this window sounds no more; `bed_sound` as the snapshot has it."""
    if bed_sound in NO_SOUND:
        return "This station sounds no more, and the bed has no sound: watch the screen"
    return "The sound is at the bed again"


def soon(bed_sound: str) -> str:
    """Return who sounds when this station cannot."""
    return "The bed has no sound: watch the screen" if bed_sound in NO_SOUND else "The bed will, within 6 s"


def question(output_ok: bool, output_text: str) -> str:
    """Return what the test asks; a station whose output fails cannot pass it."""
    return QUESTION if output_ok else f"This station cannot sound: {output_text}"


def answer(command: str, *, ok: bool, text: str) -> str:
    """Return what to say of an answer about the sound; "" when the screen shows it anyway."""
    if ok:
        return ""
    lost = "The sound is at the bed again" if command == "hold_sound" else "The sound was not changed"
    return f"{lost}: {text}"
