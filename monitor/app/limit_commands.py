"""The commands `vigil limits`, `limits set`, `limits auto`, `limits reset` and `limits baseline`."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.core.errors import ConfigError, MonitorError
from monitor.link.messages import NURSE, ROLES, Reply
from monitor.link.run_dir import SOCKET, default_run_dir

app = typer.Typer(
    help="The alarm limits in force: list them, change one, go back to the preset, freeze a baseline.",
    invoke_without_command=True,
    add_completion=False,
)
RunDir = Annotated[Path | None, typer.Option(help="Where service and clients meet.")]
Bed = Annotated[str | None, typer.Option(help="Which bed (default: the only one).")]
User = Annotated[str, typer.Option(help="Your name, as it enters the journal (marked unverified).")]
Role = Annotated[str, typer.Option(help="nurse or clinician: who may change how much (unverified).")]
Reason = Annotated[str, typer.Option(help="Why; needed when a limit gets wider.")]
Number = Annotated[float | None, typer.Option(help="Of the patient at rest, before the dose.")]
PLAIN_WIDTH = 160


@app.callback()
def limits(
    context: typer.Context,
    bed: Bed = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    role: Role = NURSE,
    run_dir: RunDir = None,
) -> None:
    """List the limits in force: value, priority, delay, what may be set, and who changed it."""
    if context.invoked_subcommand is not None:
        return
    from rich.console import Console

    from ui.terminal import limits as terminal

    snapshot = asyncio.run(terminal.heard(_socket(run_dir), "limits", bed))
    if as_json:
        print(terminal.as_json(snapshot))
    else:
        console = Console()
        made = terminal.table(snapshot, _known(role))
        (console if console.is_terminal else Console(width=PLAIN_WIDTH)).print(made)


@app.command("set")
def set_limit(
    condition: Annotated[str, typer.Argument(help="As the list names it: SPO2_LOW, SYS_HIGH ...")],
    priority: Annotated[str, typer.Argument(help="high, medium or low.")],
    value: Annotated[float, typer.Argument(help="The new value.")],
    by: Annotated[
        str, typer.Option(help="reading or repeat, where a condition has two levels of one priority.")
    ] = "",
    reason: Reason = "",
    bed: Bed = None,
    role: Role = NURSE,
    user: User = "unnamed",
    run_dir: RunDir = None,
) -> None:
    """Change one limit until the session ends. The service says whether it may be."""
    from ui.terminal import limits as terminal

    wanted = (condition.upper(), priority.lower(), by.lower())
    asked = terminal.set_one(_socket(run_dir), user, _known(role), bed, wanted, value, reason)
    _tell(asyncio.run(asked), terminal.answer_lines)


@app.command("auto")
def propose(
    set_them: Annotated[bool, typer.Option("--set", help="Set what was printed, marked automatic.")] = False,
    reason: Reason = "",
    bed: Bed = None,
    role: Role = NURSE,
    user: User = "unnamed",
    run_dir: RunDir = None,
) -> None:
    """Show limits that would follow the current values. Nothing is changed without --set."""
    from ui.terminal import limits as terminal

    proposal = _ask(run_dir, user, role, bed, "limits_auto", {})
    _tell(proposal, terminal.proposal_lines)
    if set_them:
        asked = terminal.set_proposed(_socket(run_dir), user, _known(role), bed, proposal, reason)
        _tell(asyncio.run(asked), terminal.answer_lines)


@app.command()
def reset(
    reason: Reason = "", bed: Bed = None, role: Role = NURSE, user: User = "unnamed", run_dir: RunDir = None
) -> None:
    """Take away every change: the limits of the preset, with the frozen baseline."""
    from ui.terminal import limits as terminal

    asked = terminal.reset(_socket(run_dir), user, _known(role), bed, reason)
    _tell(asyncio.run(asked), terminal.answer_lines)


@app.command()
def baseline(
    sys: Number = None,
    dia: Number = None,
    pulse: Number = None,
    spo2: Number = None,
    reason: Annotated[str, typer.Option(help="Why, when another one is frozen already.")] = "",
    bed: Bed = None,
    role: Role = NURSE,
    user: User = "unnamed",
    run_dir: RunDir = None,
) -> None:
    """Propose a baseline from the readings; with all four numbers: freeze it, before the dose."""
    from ui.terminal import limits as terminal

    given: dict[str, Any] = {"sys": sys, "dia": dia, "pulse": pulse, "spo2": spo2}
    missing = [f"--{name}" for name, value in given.items() if value is None]
    if missing and len(missing) < len(given):
        raise ConfigError(f"a baseline has four numbers; missing: {', '.join(missing)}")
    args: dict[str, Any] = {} if missing else given
    if args and reason.strip():
        args["reason"] = reason.strip()
    reply = _ask(run_dir, user, role, bed, "baseline", args)
    _tell(reply, terminal.answer_lines if args else terminal.baseline_lines)


def _ask(
    run_dir: Path | None, user: str, role: str, bed: str | None, command: str, args: dict[str, Any]
) -> Reply:
    from ui.terminal import limits as terminal

    return asyncio.run(terminal.give(_socket(run_dir), user, _known(role), bed, command, args))


def _tell(reply: Reply, lines: Callable[[Reply], Iterable[str]]) -> None:
    """Print an answer; a refusal is an error with the service's words."""
    said = list(lines(reply))
    if not reply.ok:
        raise MonitorError("; ".join(said))
    for line in said:
        print(line)


def _socket(run_dir: Path | None) -> Path:
    return (run_dir or default_run_dir()) / SOCKET


def _known(role: str) -> str:
    if role not in ROLES:
        raise ConfigError(f"--role {role}: one of {', '.join(ROLES)}")
    return role
