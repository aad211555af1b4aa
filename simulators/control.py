"""The control channel: one line in, one line out, over a socket or from the keyboard."""

import asyncio
import contextlib
import os
import shlex
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from simulators.device import Device
from simulators.faults import CommandError, number
from simulators.happening import INCIDENTS, PATIENT_RANGES, PATIENT_WORDS, USAGE, incident
from simulators.subject import VirtualSubject

LONGEST = 1024
PROMPT = "simulate> "


class Control:
    """Finds the device or patient that a command is for."""

    def __init__(
        self,
        devices: Mapping[str, Device],
        patients: Mapping[str, VirtualSubject],
        quit: Callable[[], None],
        now_s: Callable[[], float],
    ) -> None:
        self._devices = devices
        self._patients = patients
        self._quit = quit
        self._now_s = now_s

    async def answer(self, line: str) -> str:
        """Carry out one command; the answer is one line, an error begins with `error:`."""
        try:
            words = shlex.split(line)
            return await self._obey(words) if words else ""
        except CommandError as error:
            return f"error: {error}".replace("\n", " ")
        except ValueError as error:  # an open quotation
            return f"error: {error}"

    async def _obey(self, words: list[str]) -> str:
        first, rest = words[0], words[1:]
        if first in self._devices:
            return await self._devices[first].obey(rest)
        if first in self._patients:
            return self._change(first, self._patients[first], rest)
        if first in PATIENT_WORDS:
            return self._change(*self._only_patient(), words)
        if first == "help" and rest and rest[0] in self._devices:
            return " / ".join(self._devices[rest[0]].usage)
        if words == ["help"]:
            return " / ".join(
                [*(line for each in self._devices.values() for line in each.usage), *USAGE, "quit"]
            )
        if words == ["quit"]:
            self._quit()
            return "bye"
        raise CommandError(f"'{first}' is no device, bed or word for a patient; say help")

    def _change(self, bed: str, patient: VirtualSubject, words: list[str]) -> str:
        """Let something happen to a patient, or hold one of its values."""
        if words and words[0] in INCIDENTS:
            patient.happen(incident(words, self._now_s()))
            return f"{bed}: {' '.join(words)}"
        return _hold(bed, patient, words)

    def _only_patient(self) -> tuple[str, VirtualSubject]:
        if not self._patients:
            raise CommandError("a recording is played; its values cannot be changed")
        if len(self._patients) > 1:
            raise CommandError(f"say which bed first: {', '.join(self._patients)}")
        return next(iter(self._patients.items()))


def _hold(bed: str, patient: VirtualSubject, words: list[str]) -> str:
    """Hold one value of the patient, or let it go."""
    if len(words) != 2 or words[0] not in PATIENT_RANGES:
        raise CommandError(f"'{' '.join(words)}': say {' or '.join(USAGE)}")
    name, value = words
    if value == "auto":
        patient.held.pop(name, None)
    else:
        patient.held[name] = number([value], *PATIENT_RANGES[name])
    return f"{bed}: {name} {value}"


@contextlib.asynccontextmanager
async def served(control: Control, path: Path) -> AsyncIterator[None]:
    """Answer on the Unix socket `path` while the context lasts; whoever owns the folder removes it."""
    talks: set[asyncio.Task[None]] = set()

    def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.ensure_future(_talk(control, reader, writer))
        talks.add(talk)
        talk.add_done_callback(talks.discard)

    server = await asyncio.start_unix_server(welcome, path, limit=LONGEST)
    try:
        yield
    finally:
        server.close()
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def _talk(control: Control, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while line := await reader.readline():
            writer.write((await control.answer(line.decode(errors="replace")) + "\n").encode())
            await writer.drain()
    except (ConnectionError, ValueError):  # gone, or a line without end
        pass
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def prompted(control: Control) -> AsyncIterator[None]:
    """Answer on the keyboard while the context lasts, where there is one."""
    if not sys.stdin.isatty():
        yield
        return
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop, keyboard = asyncio.get_running_loop(), sys.stdin.fileno()

    def typed() -> None:
        text = os.read(keyboard, LONGEST).decode(errors="replace")
        if not text:  # end of input: the prompt is over, the devices go on
            loop.remove_reader(keyboard)
        for line in text.splitlines():
            lines.put_nowait(line)

    loop.add_reader(keyboard, typed)
    reading = asyncio.ensure_future(_prompt(control, lines))
    try:
        yield
    finally:
        loop.remove_reader(keyboard)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _prompt(control: Control, lines: "asyncio.Queue[str]") -> None:
    while True:
        print(PROMPT, end="", flush=True)
        answer = await control.answer(await lines.get())
        if answer:
            print(answer.replace(" / ", "\n"), flush=True)  # a line a command, where a person reads
