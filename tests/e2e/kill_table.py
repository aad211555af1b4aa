"""`make kills`: a service killed, or stopped, in each state of an alarm; a table of before and after.

Real processes on simulated devices, preset iv-racemic. What is expected is the last two rows of the
table of alarm decisions 2, and that every time-out goes on. Exit 1 when one thing differs. Minutes long.
"""

import asyncio
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from crash_loop import crash_loops
from stations import USER, Room, opened, until

from alarms.texts import REPEAT_NOW, REPEATS
from monitor.link import messages

SCENARIO = Path(__file__).with_name("kill-states.toml")
CUFFS = ("confirming", "repeating")
"""Beds with a cuff: of the first a person has stopped it, that of the second repeats by itself."""
OXIMETERS = ("pending", "unack", "ack", "latched", "off", "paused", "risen", "covered")
BEDS = (*OXIMETERS, *CUFFS)
LOW, DESAT, SYS, NO_DATA = "SPO2_LOW", "SPO2_DESAT", "SYS_HIGH", "NO_DATA"
DELAY_S, RISE_S, TIMEOUT_S, CONFIRM_S, PAUSE_S = 15.0, 60.0, 180.0, 150.0, 120.0
REPEAT_S, REST_S, MEASURING_S = 60.0, 30.0, 20.0
LOST_S = 3.0
SLACK_S = 3.0
"""A second for the value, one for the tick and one for a busy machine."""


@dataclass(frozen=True)
class Case:
    """What is done to the service, and for how long it judges nothing."""

    name: str
    signal: signal.Signals
    gap_s: float

    @property
    def long(self) -> bool:
        """True when the restart must tell people: killed, for more than 30 s."""
        return self.signal is signal.SIGKILL and self.gap_s > 30

    @property
    def blind(self) -> bool:
        """True when every number is too old to be believed: NO_DATA is high until fresh ones come."""
        return self.gap_s > 30


CASES = (
    Case("killed, back after 5 s", signal.SIGKILL, 5),
    Case("killed, back after 60 s", signal.SIGKILL, 60),
    Case("stopped for 5 s", signal.SIGSTOP, 5),
    Case("stopped for 40 s", signal.SIGSTOP, 40),
)


@dataclass
class Run:
    """One case as it went: what was shown before and after, and when things began."""

    case: Case
    room: Room
    before: dict[str, str] = field(default_factory=dict)
    ids: dict[str, set[str]] = field(default_factory=dict)
    began: dict[str, float] = field(default_factory=dict)
    back: float = 0.0
    action: str = ""
    lines: list[tuple[str, str, str, str, bool]] = field(default_factory=list)


def shown(board: messages.AlarmBoard) -> str:
    """Return a board in words: its limit alarms, what sounds, what is paused and off."""
    rows = [
        f"{m.condition} {m.state} {m.priority}" + (f" by {row.acknowledged_by}" if m.state == "ack" else "")
        for row in board.rows
        for m in row.members
        if m.condition in (LOW, DESAT, SYS)
    ]
    rows += [f"{off.condition} off by {off.by}" for off in board.off]
    paused = ", paused" if board.paused_s else ""
    return ", ".join([*sorted(rows), f"sounds {board.sounding or 'nothing'}{paused}"])


def active(board: messages.AlarmBoard) -> set[str]:
    """Return the conditions that are active, acknowledged or not."""
    return {m.condition for row in board.rows for m in row.members if m.state in ("unack", "ack")}


def occurrences(board: messages.AlarmBoard) -> set[str]:
    return {m.occurrence for row in board.rows for m in row.members if m.condition in (LOW, DESAT, SYS)}


# --- to each state -------------------------------------------------------------------------------


async def start_of(room: Room, bed: str, condition: str, event: str = "start", within_s: float = 40) -> float:
    await until(lambda: room.seen.told(bed, condition, event), f"{bed}: {condition} {event}", within_s)
    at = room.seen.told(bed, condition, event)
    assert at is not None
    return at


async def acknowledge(room: Room, bed: str) -> None:
    seen = [[m.occurrence, m.priority] for row in room.seen.boards[bed].rows for m in row.members]
    await room.ask(bed, "acknowledge", {"occurrences": seen})


async def cuff(room: Room, bed: str, order: str) -> None:
    await room.ask(bed, "cuff", {"device": f"{bed}_cuff", "order": order})


async def reach(run: Run) -> None:
    """Bring every bed to its state, the one that lasts shortest last."""
    room, began = run.room, run.began
    await until(lambda: all(room.seen.outside(bed, 101) for bed in OXIMETERS), "values of every bed", 60)
    for bed in CUFFS:
        await room.tell(f"{bed} sys 185")
        await room.tell(f"{bed}_cuff speed 8")
    await room.ask("off", "off", {"condition": LOW, "reason": "a test"})
    await cuff(room, "confirming", "start")
    await room.tell("latched spo2 80")
    began["latched"] = await start_of(room, "latched", DESAT)
    await room.tell("latched spo2 97")
    began["confirming"] = await start_of(room, "confirming", SYS, within_s=60)
    await cuff(room, "confirming", "stop")
    for bed in ("unack", "ack", "paused", "risen"):
        await room.tell(f"{bed} spo2 90")
    await room.tell("off spo2 90")
    began["unack"] = await start_of(room, "unack", LOW)
    await cuff(room, "repeating", "start")
    await room.tell("risen spo2 87")
    await room.tell("covered spo2 80")
    await start_of(room, "risen", LOW, "escalate")
    await start_of(room, "covered", LOW)
    await until(lambda: LOW in shown(room.seen.boards["ack"]), "ack alarms", 20)
    await acknowledge(room, "ack")
    began["ack"] = time.monotonic()
    await start_of(room, "paused", LOW)
    await room.ask("paused", "pause", {"seconds": PAUSE_S})
    began["paused"] = time.monotonic()
    began["repeating"] = await start_of(room, "repeating", SYS)
    await begin_pending(run)
    for bed in BEDS:
        run.before[bed] = shown(room.seen.boards[bed])
        run.ids[bed] = occurrences(room.seen.boards[bed])


async def begin_pending(run: Run) -> None:
    """Let one bed be outside for 5 s: its on-delay runs."""
    await run.room.tell("pending spo2 90")
    await until(lambda: run.room.seen.outside("pending", 90), "pending is outside", 20)
    run.began["pending"] = run.room.seen.outside("pending", 90) or 0.0
    await asyncio.sleep(5)


async def strike(run: Run) -> None:
    """Do to the service what the case says, and wait until a client sees every bed again."""
    room, case = run.room, run.case
    struck, before = time.monotonic(), room.seen
    await room.kill(case.signal)
    await asyncio.sleep(case.gap_s)
    lost = min(
        (at - struck for at, state in before.connections if state == "lost" and at >= struck), default=99.0
    )
    run.lines.append(
        ("a client: connection lost", "", f"within {LOST_S:.0f} s", f"{lost:.1f} s", lost <= LOST_S + 0.3)
    )
    if case.signal is signal.SIGKILL:
        await room.serve()
    else:
        await room.kill(signal.SIGCONT)
    room.look()
    await until(lambda: len(room.seen.boards) == len(BEDS), "every bed is back", 30)
    run.back = time.monotonic()
    if case.blind:
        told = [
            bed for bed in BEDS if any(a.bed == bed for _, a in room.seen.alarms if a.condition == NO_DATA)
        ]
        told += [bed for bed in BEDS if NO_DATA in active(room.seen.boards[bed]) and bed not in told]
        run.lines.append(
            ("no data are known", "", "NO_DATA high, 8 beds", f"{len(told)} beds", len(told) == 8)
        )
    await until(lambda: not any(NO_DATA in active(b) for b in room.seen.boards.values()), "values", 20)
    await asyncio.sleep(0.5)
    run.action = " / ".join(row.action for row in room.seen.boards["repeating"].rows)
    rise = run.began["unack"] + RISE_S - time.monotonic()
    await asyncio.sleep(SLACK_S if abs(rise) < SLACK_S / 2 else 0)  # not in the very moment of a rise


# --- what must hold ------------------------------------------------------------------------------


def expected(run: Run, bed: str) -> str:
    """Return what must be shown after it: as before, but for what a long restart brings."""
    long, now = run.case.long, time.monotonic()
    as_before = run.before[bed]
    if bed == "pending":
        due = run.began[bed] + DELAY_S
        return "sounds nothing" if long or now < due else f"{LOW} unack medium, sounds medium"
    if bed == "ack" and long:
        return f"{LOW} unack medium, sounds medium"
    if bed == "paused" and run.case.blind:  # not restored, or broken by NO_DATA
        as_before = as_before.replace("sounds nothing, paused", "sounds medium")
    if bed in ("unack", "paused") and now > run.began["unack"] + RISE_S:
        return f"{LOW} unack high, sounds high"
    return as_before


def compare(run: Run) -> None:
    """Compare what every bed shows after it, its occurrences, its banner and its pause."""
    for bed in BEDS:
        board, snapshot = run.room.seen.boards[bed], run.room.seen.snapshots[bed]
        want, found = expected(run, bed), shown(board)
        ok = found == want and run.ids[bed] <= occurrences(board)
        banner = snapshot.restored_after_s is not None
        expects_banner = run.case.long and (bed != "pending" or banner)  # NO_DATA may bring it there
        ok = ok and banner is expects_banner
        if board.paused_s:
            left = PAUSE_S - (time.monotonic() - run.began["paused"])
            found += f" {board.paused_s:.0f} s"
            ok = ok and abs(board.paused_s - left) <= SLACK_S
        if expects_banner:
            want += ", banner"
        found += ", banner" if banner else ""
        run.lines.append((bed, run.before[bed], want, found, ok))


async def times(run: Run) -> None:
    """Wait for what must come due, each at its time as if nothing had happened."""
    seen, began, long = run.room.seen, run.began, run.case.long
    await asyncio.sleep(max(0.0, began["ack"] + TIMEOUT_S + SLACK_S - time.monotonic()))
    due = {
        "pending: the on-delay is over": (
            seen.told("pending", LOW, "start"),
            run.back + DELAY_S if long else max(began["pending"] + DELAY_S, run.back),
        ),
        "confirming: no repeat, high": (
            seen.told("confirming", SYS, "escalate", "no_repeat"),
            began["confirming"] + CONFIRM_S,
        ),
        "unack: nobody came, high": (
            seen.told("unack", LOW, "escalate", "unacknowledged"),
            max(began["unack"] + RISE_S, run.back),
        ),
    }
    if long:
        due["ack: nobody came, high"] = (seen.told("ack", LOW, "escalate"), run.back + RISE_S)
    else:
        due["ack: the time-out, alarms again"] = (seen.told("ack", LOW, "rearm"), began["ack"] + TIMEOUT_S)
    struck = run.back
    if run.case.signal is signal.SIGKILL:
        due["repeating: nobody repeats, high"] = (
            seen.told("repeating", SYS, "escalate", "no_repeat"),
            began["repeating"] + CONFIRM_S,
        )
    run.lines += repeats(run)
    for name, (at, want) in due.items():
        wanted = f"{want - struck:.0f} s after it"
        if at is None:
            board = run.room.seen.boards[name.split(":")[0]]
            early = want <= run.back + SLACK_S and " unack " in shown(board)
            run.lines.append((name, "", wanted, "with it" if early else "never", early))
            continue
        ok = -SLACK_S <= at - want <= SLACK_S
        run.lines.append((name, "", wanted, f"{at - struck:.1f} s", ok))


def repeats(run: Run) -> list[tuple[str, str, str, str, bool]]:
    """Return what a cuff that takes orders does after it: repeat; killed, a person is told at once."""
    killed = run.case.signal is signal.SIGKILL
    want = REPEAT_NOW if killed else REPEATS
    lines = [("repeating: who repeats", "", want, run.action, run.action == want)]
    if killed:
        return lines
    at = run.room.seen.told("repeating", SYS, "escalate", "confirmed")
    due = run.began["repeating"] + REPEAT_S
    latest = max(due, run.back + REST_S) + MEASURING_S
    found = "never" if at is None else f"{at - run.back:.1f} s"
    wanted = f"{due - run.back:.0f} to {latest - run.back:.0f} s after it"
    ok = at is not None and due - SLACK_S <= at <= latest
    return [*lines, ("repeating: the cuff has repeated, high", "", wanted, found, ok)]


async def play(case: Case) -> Run:
    async with opened(SCENARIO, "iv-racemic") as room:
        run = Run(case, room)
        await reach(run)
        await strike(run)
        compare(run)
        await times(run)
        return run


def table(runs: list[Run]) -> bool:
    """Print every case as a table; return whether all of it is as expected."""
    whole = True
    for run in runs:
        print(f"\n## The service {run.case.name}\n")
        print("| bed | before | expected | found | |\n|---|---|---|---|---|")
        for bed, before, want, found, ok in run.lines:
            whole = whole and ok
            print(f"| {bed} | {before} | {want} | {found} | {'ok' if ok else '**DIFFERS**'} |")
    return whole


async def main() -> bool:
    runs = [asyncio.create_task(play(case)) for case in CASES]
    loops = asyncio.create_task(crash_loops())
    whole = table([await run for run in runs])
    lines, ok = await loops
    print("\n## Killed every 8 s\n\n" + "\n".join(lines))
    print(
        f"\n{USER} acknowledged, paused and turned off. "
        + ("All as expected." if whole and ok else "DIFFERS.")
    )
    return whole and ok


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main()) else 1)
