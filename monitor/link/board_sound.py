"""What a new board of a bed changes in what is heard, for whoever sounds it: the station, or a holder."""

from alarms.types import State
from monitor.link.messages import AlarmBoard


def by_a_person(old: AlarmBoard, new: AlarmBoard) -> bool:
    """Return whether the bed's sound fell because a person quietened it, not because the alarm ended.

    Of what sounded something is then still there, acknowledged or paused; an alarm that is over has
    left the board or is latched, and its burst goes on to the end.
    """
    if old.sounding is None or new.sounding == old.sounding:
        return False
    now = {member.occurrence: member.state for row in new.rows for member in row.members}
    sounded = [
        member.occurrence
        for row in old.rows
        for member in row.members
        if not row.paused_s  # it was not heard
        if member.state == State.UNACK and member.priority == old.sounding
    ]
    return any(now.get(one, State.LATCHED) != State.LATCHED for one in sounded)


def reminded(old: AlarmBoard, new: AlarmBoard) -> bool:
    """Return whether people are to be reminded by sound of an alarm that is off."""
    if new.paused_s:
        return False
    before = {one.condition: one.reminders for one in old.off}
    return any(one.reminders > before.get(one.condition, one.reminders) for one in new.off)
