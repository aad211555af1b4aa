"""`vigil watch`: follow a service in the terminal, as a live table, plain lines or JSON lines."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.live import Live

from monitor.core.clock import Clock, Nanos, SystemClock, seconds
from monitor.link.client import Client, Connection, Item
from monitor.link.messages import Snapshot
from ui.bed_model import BedModel, BedState
from ui.presenters.alarm_rows import bar
from ui.presenters.audio_pause import audio_pause
from ui.presenters.connection import banner
from ui.presenters.limits_table import changed_text
from ui.presenters.off_alarms import off_alarms, said
from ui.presenters.quiet_room import quiet_room
from ui.presenters.words import condition_text
from ui.terminal import table
from ui.terminal.lines import line

REFRESH_S = 0.25
NUMERICS_EVERY = seconds(10)


async def watch(
    where: Path | str, user: str, bed: str | None, as_json: bool, waves: bool, out: TextIO
) -> int:
    """Follow the service at `where` until cancelled or until nobody reads `out`; return 0."""
    clock = SystemClock()
    client = Client(where, user, clock)
    if as_json:
        await _json_lines(client, bed, waves, out)
    elif out.isatty():
        await _live_table(client, bed, user, clock, out)
    else:
        await _plain_lines(client, bed, clock, out)
    return 0


class _Reader:
    """Whoever reads our lines; `gone` is set when they do not any more."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.gone = asyncio.Event()

    def tell(self, text: str) -> None:
        """Write one line now; a closed pipe ends the watch quietly, also at the interpreter's exit."""
        if self.gone.is_set():
            return
        try:
            print(text, file=self._out, flush=True)
        except BrokenPipeError:
            self.gone.set()
            with contextlib.suppress(OSError):  # io.UnsupportedOperation is one: no descriptor to turn away
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._out.fileno())


async def _json_lines(client: Client, bed: str | None, waves: bool, out: TextIO) -> None:
    reader = _Reader(out)
    asked: set[str] = set()
    requests: set[asyncio.Task[None]] = set()

    def on_item(item: Item) -> None:
        if waves and isinstance(item, Snapshot) and item.bed not in asked:
            asked.add(item.bed)
            task = asyncio.get_running_loop().create_task(client.set_waves(item.bed, True))
            requests.add(task)
            task.add_done_callback(requests.discard)
        said = line(item, bed, waves=waves)
        if said is not None:
            reader.tell(said)

    await _until_one_ends(client.run(on_item), reader.gone.wait())


async def _live_table(client: Client, bed: str | None, user: str, clock: Clock, out: TextIO) -> None:
    model = BedModel(bed)
    started = clock.now()
    with Live(console=Console(file=out), auto_refresh=False, screen=True) as live:

        def show() -> None:
            live.update(table.screen(model.state, user, started, clock.now()), refresh=True)

        await _until_one_ends(
            client.run(lambda item: model.accept(item, clock.now())), _again_and_again(show)
        )


async def _plain_lines(client: Client, bed: str | None, clock: Clock, out: TextIO) -> None:
    lines, reader = PlainLines(bed, clock), _Reader(out)

    def on_item(item: Item) -> None:
        lines.accept(item)
        show()

    def show() -> None:
        for text in lines.due():
            reader.tell(text)

    await _until_one_ends(client.run(on_item), _again_and_again(show), reader.gone.wait())


async def _again_and_again(show: Callable[[], None]) -> None:
    while True:
        show()
        await asyncio.sleep(REFRESH_S)


async def _until_one_ends(*jobs: Coroutine[Any, Any, Any]) -> None:
    """Run the jobs until the first ends, then end the others."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class PlainLines:
    """What a log wants to know: every change of connection and alarms, the numbers every 10 s."""

    def __init__(self, bed: str | None, clock: Clock) -> None:
        self._model = BedModel(bed)
        self._clock = clock
        self._started = clock.now()
        self._alarms: object = ()
        self._paused = False
        self._quiet = ""
        self._off: dict[str, str] = {}
        self._changed = 0
        self._headline: str | None = None
        self._numbers_at: Nanos | None = None

    def accept(self, item: Item) -> None:
        """Take one item of the client."""
        self._model.accept(item, self._clock.now())
        if isinstance(item, Connection):
            self._alarms = ()

    def due(self) -> list[str]:
        """Return the lines that are due now."""
        now, state = self._clock.now(), self._model.state
        lost = banner(state, self._started, now)
        lines = []
        headline = lost.headline if lost is not None else ""
        if headline != self._headline:
            self._headline = headline
            lines.append(table.banner_line(lost))
        if lost is not None:
            return lines
        shown = bar(state, now)
        pause = audio_pause(state, now)
        if pause.running != self._paused:
            self._paused = pause.running
            lines.append(f"{pause.headline} by {pause.by}" if pause.running else "Audio pause ended")
        lines += self._who_sounds(state)
        off = {one.condition: said(one) for one in off_alarms(state)}
        lines += [text.upper()[:9] + text[9:] for name, text in off.items() if name not in self._off]
        lines += [f"Alarm on: {condition_text(name)}" for name in self._off if name not in off]
        self._off = off
        if state.limits_changed != self._changed:
            self._changed = state.limits_changed
            lines.append(f"Limits: {changed_text(self._changed) or 'all as in the preset'}")
        key = table.alarm_key(shown)
        if key != self._alarms:
            self._alarms = key
            lines += [f"ALARM {table.alarm_line(row)} - {row.action}" for row in shown.rows] or ["No alarms"]
        if self._numbers_at is None or now - self._numbers_at >= NUMERICS_EVERY:
            self._numbers_at = now
            lines.append(table.numerics_line(state, now))
        return lines

    def _who_sounds(self, state: BedState) -> list[str]:
        """Return the line that another station sounds instead of the bed, or does no more."""
        before, self._quiet = self._quiet, quiet_room(state).sign
        return [self._quiet or "The bed sounds its alarms again"] if self._quiet != before else []
