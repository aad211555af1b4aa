"""The command line: thin, every command one call into the room that does the work."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.app import device_commands, limit_commands
from monitor.core.display import has_display
from monitor.core.errors import ConfigError, MonitorError, RegistryError
from monitor.link.messages import NURSE, ROLES
from monitor.link.run_dir import SOCKET, default_data_dir, default_run_dir, make_private

app = typer.Typer(
    name="vigil",
    help="In-session vital-signs monitoring. Not a certified medical device: not for clinical use.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

RunDir = Annotated[
    Path | None, typer.Option(help="Where service, clients and simulators meet (default: this user's own).")
]
DataDir = Annotated[Path | None, typer.Option(help="Where session files live.")]
User = Annotated[str, typer.Option(help="Your name, as it enters the journal (marked unverified).")]
Role = Annotated[str, typer.Option(help="nurse or clinician: who may change how much (unverified).")]

FOUND_PROBLEM = 1
USAGE = 2

app.add_typer(device_commands.app, name="devices")
app.add_typer(limit_commands.app, name="limits")


def main() -> None:
    """Run `vigil`; exit 0, 1 (found a problem) or 2 (usage or configuration)."""
    try:
        app()
    except (ConfigError, RegistryError) as error:
        _fail(str(error), USAGE)
    except MonitorError as error:
        _fail(str(error), FOUND_PROBLEM)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        _fail(f"{error.filename or 'output'}: {error.strerror or error}", FOUND_PROBLEM)


def _fail(text: str, status: int) -> None:
    print(f"vigil: {text}", file=sys.stderr)
    sys.exit(status)


def _run(job: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine to its end; Ctrl-C is an ordinary end."""
    try:
        return asyncio.run(job)
    except KeyboardInterrupt:
        return 0


@app.command()
def demo(
    headless: Annotated[
        bool, typer.Option("--headless", help="No window: terminal view and a picture.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Run until stopped with Ctrl-C.")] = False,
    minutes: Annotated[
        float, typer.Option(min=0.5, max=240, help="How long the compressed session takes.")
    ] = 3.0,
    user: User = "demo",
) -> None:
    """Show a compressed session: simulated devices, the service, the dashboard."""
    from monitor.app import demo as demonstration

    raise typer.Exit(demonstration.run(headless=headless, keep=keep, minutes=minutes, user=user))


@app.command()
def serve(
    config: Annotated[
        Path | None, typer.Option(help="Configuration; without it, what `vigil simulate` offers.")
    ] = None,
    start: Annotated[
        bool, typer.Option("--start", help="Open a plain session (an open one is resumed).")
    ] = False,
    end: Annotated[
        bool,
        typer.Option("--end", help="End the session when stopped; without it, it stays open and is resumed."),
    ] = False,
    run_dir: RunDir = None,
    data_dir: DataDir = None,
) -> None:
    """Run the service: devices, alarms, record. It needs no screen."""
    from monitor.app import serve as serving

    run_at = make_private(run_dir or default_run_dir())
    data_at = make_private(data_dir or default_data_dir())
    raise typer.Exit(_run(serving.run(config, run_at, data_at, start_session=start, end_session=end)) or 0)


@app.command()
def dashboard(
    run_dir: RunDir = None,
    bed: Annotated[str | None, typer.Option(help="Which bed (default: the first).")] = None,
    user: User = "unnamed",
    role: Role = NURSE,
    fullscreen: Annotated[bool, typer.Option("--fullscreen")] = False,
    picture: Annotated[Path | None, typer.Option(help="Write a picture of the window here.")] = None,
    run_seconds: Annotated[float | None, typer.Option(help="Close after this long.")] = None,
    take_sound: Annotated[
        bool, typer.Option("--take-sound", help="Sound the bed's alarms here: asks for the test at once.")
    ] = False,
) -> None:
    """Open the bedside dashboard; it waits for a service and survives its restart."""
    if picture is None and not has_display() and "QT_QPA_PLATFORM" not in os.environ:
        raise ConfigError("no display here: use `vigil watch`, or --picture FILE for a picture of the window")
    from ui import dashboard as window

    if role not in ROLES:
        raise ConfigError(f"--role {role}: one of {', '.join(ROLES)}")
    socket = (run_dir or default_run_dir()) / SOCKET
    raise typer.Exit(
        window.run(
            socket,
            user,
            bed=bed,
            picture=picture,
            fullscreen=fullscreen,
            run_seconds=run_seconds,
            role=role,
            take_sound=take_sound,
        )
    )


@app.command()
def watch(
    run_dir: RunDir = None,
    bed: Annotated[str | None, typer.Option(help="Only this bed (default: all).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    waves: Annotated[bool, typer.Option("--waves", help="With --json: waveforms too.")] = False,
    mqtt: Annotated[
        str | None, typer.Option(help="Follow a broker, mqtt://host:1883/site, not the socket.")
    ] = None,
    user: User = "unnamed",
) -> None:
    """Follow a service in the terminal: a live table, or JSON lines."""
    from ui.terminal import watch as terminal

    where: Path | str = mqtt or (run_dir or default_run_dir()) / SOCKET
    raise typer.Exit(
        _run(terminal.watch(where, user, bed=bed, as_json=as_json, waves=waves, out=sys.stdout)) or 0
    )


@app.command()
def cuff(
    order: Annotated[str, typer.Argument(help="start, stop, or cycle (with --minutes).")],
    minutes: Annotated[
        float | None, typer.Option(help="With cycle: measure every so many minutes; 0 ends it.")
    ] = None,
    bed: Annotated[str | None, typer.Option(help="Which bed (default: the only one).")] = None,
    device: Annotated[str | None, typer.Option(help="Which cuff (default: the only one).")] = None,
    run_dir: RunDir = None,
    user: User = "unnamed",
) -> None:
    """Order a cuff: measure now, stop, or measure every so many minutes."""
    from ui.terminal import cuff as ordering

    if order not in ("start", "stop", "cycle"):
        raise ConfigError(f"{order!r} is no order: start, stop, or cycle --minutes N")
    if order == "cycle" and minutes is None:
        raise ConfigError("cycle: say how often, as --minutes 5; --minutes 0 ends it")
    socket = (run_dir or default_run_dir()) / SOCKET
    reply = _run(ordering.give(socket, user, bed, device, order, minutes or 0.0))
    if not reply.ok:
        raise MonitorError(reply.text)
    print(reply.text)


@app.command()
def simulate(
    scenario: Annotated[
        str, typer.Argument(help="A scenario's name or TOML file; --list prints the names.")
    ] = "demo",
    replay: Annotated[
        Path | None, typer.Option(help="Play a recording: a folder, session file, WFDB record or CSV.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="With --replay: which model sends it (default: nonin-df7).")
    ] = None,
    radio: Annotated[
        bool, typer.Option("--radio", help="With --replay: strap and cuff too, on the virtual radio.")
    ] = False,
    run_dir: RunDir = None,
    seed: Annotated[int, typer.Option(help="The virtual patient's seed.")] = 1,
    minutes: Annotated[float | None, typer.Option(min=0.1, help="Stretch or compress the scenario.")] = None,
    list_scenarios: Annotated[
        bool, typer.Option("--list", help="Print the shipped scenarios, one a line, with their titles.")
    ] = False,
) -> None:
    """Stand in for the hardware: serial ports as pseudo-terminals, Bluetooth as a virtual radio."""
    from monitor.app import simulate as simulating

    if list_scenarios:
        simulating.print_scenarios()
        raise typer.Exit()
    run_at = make_private(run_dir or default_run_dir())
    raise typer.Exit(
        _run(
            simulating.run(
                scenario, run_at, replay=replay, model=model, radio=radio, seed=seed, minutes=minutes
            )
        )
        or 0
    )


@app.command()
def decode(
    model: Annotated[str | None, typer.Argument(help="The device's model; --list prints them.")] = None,
    file: Annotated[
        str | None, typer.Argument(help="Raw bytes (serial) or hex lines (Bluetooth); - is stdin.")
    ] = None,
    hex_text: Annotated[str | None, typer.Option("--hex", metavar="TEXT", help="The bytes as hex.")] = None,
    list_models: Annotated[bool, typer.Option("--list", help="Print the models, one a line.")] = False,
) -> None:
    """Say what a device's raw bytes mean: one JSON event a line."""
    from monitor.app import decode as decoding

    raise typer.Exit(decoding.run(model, file, hex_text, list_models=list_models))


@app.command()
def alarms(
    files: Annotated[
        list[Path],
        typer.Argument(help="A session file, WFDB record, recording folder, or CSV with a column t_s."),
    ],
    told: Annotated[
        bool,
        typer.Option("--told", help="What DID alarm in session files, what people did, and the load."),
    ] = False,
    preset: Annotated[
        str, typer.Option(help="Whose limits: a preset's id, or a TOML file.")
    ] = "adult-standard",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a limit: SPO2_LOW=92, PR_LOW.high=38."),
    ] = None,
    maps: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=CHANNEL", help="Say what a column is; CHANNEL none: nothing."),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(metavar="SYS/DIA/PULSE/SPO2", help="The patient at rest, for limits that follow it."),
    ] = None,
    compare: Annotated[
        str | None, typer.Option(metavar="PRESET", help="No events: two presets side by side.")
    ] = None,
    summary: Annotated[
        bool,
        typer.Option("--summary", help="Last line: counts, alarm load, what is open or passed."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="--compare, --told: JSON, no table.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Write a picture: trend, limits, alarms.")] = None,
) -> None:
    """Run the alarm engine over a recording: one JSON event a line. Finding alarms is exit 0."""
    if told:
        if any((changes, maps, baseline, compare, summary, plot)) or preset != "adult-standard":
            raise ConfigError("--told says what did alarm: of the other options only --json goes with it")
        from monitor.app import told as telling

        raise typer.Exit(telling.run(files, as_json=as_json))
    if len(files) > 1:
        raise ConfigError("one recording at a time; several session files go with --told")
    from monitor.app import alarms as judging

    raise typer.Exit(
        judging.run(
            files[0],
            preset=preset,
            changes=changes or (),
            maps=maps or (),
            baseline=baseline,
            compare=compare,
            with_summary=summary,
            as_json=as_json,
            plot=plot,
        )
    )


@app.command()
def verify(file: Annotated[Path, typer.Argument(help="A session file.")]) -> None:
    """Check a session file: exit 1 and say what and where when something is wrong."""
    from monitor.record.verify import verify as findings_of

    findings = findings_of(file)
    for finding in findings:
        print(f"{file}: {finding}")
    if any(finding.damage for finding in findings):
        raise typer.Exit(FOUND_PROBLEM)
    print(f"{file}: intact")


@app.command()
def export(
    session: Annotated[Path, typer.Argument(help="A session file.")],
    form: Annotated[
        str, typer.Option("--format", metavar="NAME", help="pcd04: its alarms as HL7 messages (IHE PCD-04).")
    ],
    out: Annotated[Path | None, typer.Option(help="Write here, not to standard output.")] = None,
) -> None:
    """Write a session in a format that other systems read."""
    from monitor.app import export as exporting

    raise typer.Exit(exporting.run(session, form, out))


@app.command()
def sessions(
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the recorded sessions."""
    from monitor.app import sessions as listing

    for line in listing.lines(data_dir or default_data_dir(), as_json=as_json):
        print(line)
