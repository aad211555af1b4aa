"""The commands `vigil devices`, `vigil devices test` and `vigil devices add`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from monitor.core.errors import ConfigError
from monitor.link.run_dir import default_run_dir

app = typer.Typer(
    help="Find serial ports and Bluetooth monitors, test one, write its configuration.",
    invoke_without_command=True,
    add_completion=False,
)
RunDir = Annotated[Path | None, typer.Option(help="Where a simulation offers its devices.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]
Place = Annotated[str, typer.Argument(help="A serial port, socket://host:port, or a Bluetooth address.")]
ModelName = Annotated[
    str | None, typer.Option(help="Its model; without it, what it seems to be (`vigil decode --list`).")
]
Seconds = Annotated[float, typer.Option(min=1, max=300, help="How long to try it.")]
FOUND_PROBLEM = 1
GUESS_S = 4.0
PLAIN_WIDTH = 160


@app.callback()
def find(
    context: typer.Context,
    run_dir: RunDir = None,
    as_json: Json = False,
    seconds: Annotated[
        float, typer.Option(min=1, max=60, help="How long to listen, at each serial setting.")
    ] = 4.0,
    ask: Annotated[
        bool,
        typer.Option(
            "--ask",
            help="Also speak to silent ports, as models that only answer. Not with a patient connected.",
        ),
    ] = False,
    bluetooth: Annotated[bool, typer.Option(help="Look for Bluetooth monitors.")] = True,
) -> None:
    """List serial ports and Bluetooth monitors in range, with the models they seem to be."""
    if context.invoked_subcommand is not None:
        return
    from monitor.app import device_list

    Console(stderr=True).print(
        f"listening at every line speed, {seconds:g} s each, and to the air ...", highlight=False
    )
    run_at = run_dir or default_run_dir()
    found = asyncio.run(device_list.find(run_at, seconds, ask=ask, bluetooth=bluetooth))
    if as_json:
        print(device_list.as_json(found))
    else:
        console = Console()
        device_list.show(found, console if console.is_terminal else Console(width=PLAIN_WIDTH))


@app.command("test")
def test_device(
    place: Place,
    model: ModelName = None,
    seconds: Seconds = 10.0,
    run_dir: RunDir = None,
    as_json: Json = False,
) -> None:
    """Try one device as the service would, and show what it read; exit 1 when it does not work."""
    raise typer.Exit(asyncio.run(_test(place, model, seconds, run_dir or default_run_dir(), as_json=as_json)))


async def _test(place: str, model: str | None, seconds: float, run_dir: Path, *, as_json: bool) -> int:
    from monitor.app import device_trial

    config = device_trial.entry(place, model or await _guess(place, run_dir), None, run_dir)
    trial = await device_trial.trial_of(config, run_dir, seconds, Console(stderr=True))
    if as_json:
        print(json.dumps(device_trial.as_dict(config, trial)))
    else:
        device_trial.show(config, trial, Console())
    return 0 if trial.passed else FOUND_PROBLEM


@app.command("add")
def add_device(
    place: Place,
    bed: Annotated[str, typer.Option(help="The bed that the device belongs to; made when it is new.")],
    config: Annotated[Path, typer.Option(help="The configuration to write into; made when it is new.")],
    id: Annotated[str | None, typer.Option(help="What the device is called; by default its model.")] = None,
    model: ModelName = None,
    seconds: Seconds = 10.0,
    test: Annotated[bool, typer.Option(help="Try it first (and pair it), and write only what works.")] = True,
    run_dir: RunDir = None,
) -> None:
    """Try a device, pair it if it asks, and bind it to a bed in a configuration file."""
    run_at = run_dir or default_run_dir()
    raise typer.Exit(asyncio.run(_add(place, bed, config, id, model, seconds if test else None, run_at)))


async def _add(
    place: str, bed: str, path: Path, id: str | None, model: str | None, seconds: float | None, run_dir: Path
) -> int:
    from monitor.app import device_trial

    console = Console()
    device = device_trial.entry(place, model or await _guess(place, run_dir), id, run_dir)
    text, added = device_trial.prepared(path, bed, device)
    if seconds is not None:
        trial = await device_trial.trial_of(device, run_dir, seconds, Console(stderr=True))
        device_trial.show(device, trial, console)
        if not trial.passed:
            raise ConfigError(f"{place}: not written, for it does not work; --no-test writes it all the same")
    device_trial.write(path, text)
    console.print(f"written to {path}, bed {bed}:", soft_wrap=True)
    console.print(added, markup=False, highlight=False, soft_wrap=True)
    return 0


async def _guess(place: str, run_dir: Path) -> str:
    from monitor.app import device_list

    Console(stderr=True).print(f"listening to {place} to tell its model ...", highlight=False, soft_wrap=True)
    return await device_list.model_at(place, run_dir, GUESS_S)
