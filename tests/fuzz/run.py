"""Fuzz every decoder, two at a time, each for FUZZ_SECONDS; exit 1 when one breaks a promise.

usage: run.py [MODEL ...]       FUZZ_SECONDS=60 by default

Promises: no exception, every byte told once, and the same events however the bytes are cut.
"""

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "conformance"), str(HERE.parents[1])]

from known import KNOWN, Known  # noqa: E402  # found by the line above: this runs as a script
from pieces import joined, split  # noqa: E402

from drivers.model import BLUETOOTH_BASE, Source  # noqa: E402

AT_A_TIME = 2
SEED_FRAMES = 20
LONGEST_INPUT = 2048
LONGEST_RUN_S = 5
"""One input that takes longer is a finding too."""
RUNS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
EDGES = re.compile(r"\bcov: (\d+)")


@dataclass(frozen=True)
class Target:
    """One decoder, named after the first model that has it."""

    known: Known
    source: Source

    @property
    def name(self) -> str:
        uuid = self.source.uuid.removesuffix(BLUETOOTH_BASE)
        main = self.source is self.known.model.sources[0]
        return self.known.model.name if main else f"{self.known.model.name} {uuid.lstrip('0') or uuid}"

    @property
    def streams(self) -> bool:
        return self.known.streams and self.source is self.known.source

    def seeds(self) -> Iterator[bytes]:
        if self.source is not self.known.source:
            yield joined([b"\x00"])
            return
        frames = self.known.frames()[:SEED_FRAMES]
        for frame in [*frames, *(each for missing in self.known.case.missing for each in missing.frames)]:
            yield joined([frame[:LONGEST_INPUT]])
        for reply in self.known.case.replies:
            yield joined([frames[0][:255], reply, frames[1]])
        yield joined([frames[0][:7], frames[0][7:255], frames[1]])


def targets(names: list[str]) -> list[Target]:
    """Return a target for each decoder of the models named, of all when none is.

    What a model may lack (battery, maker ...) is decoded alike for all: once a class is enough.
    """
    found: dict[object, Target] = {}
    for name in names or KNOWN:
        for source in KNOWN[name].model.sources:
            decoder = type(source.make_decoder())
            key = decoder if source.optional else (name, source.uuid)
            found.setdefault(key, Target(KNOWN[name], source))
    return list(found.values())


async def fuzz(target: Target, seconds: int, folder: Path) -> bool:
    """Print what came of one target; return whether it kept its promises."""
    corpus, found = folder / "corpus", folder / "found"
    corpus.mkdir(parents=True)
    found.mkdir()
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    way = "stream" if target.streams else "values"
    words = [str(HERE / "target.py"), target.known.model.name, target.source.uuid, way]
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST_INPUT}", f"-timeout={LONGEST_RUN_S}"]
    options += [f"-artifact_prefix={found}/", "-print_final_stats=1", str(corpus)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, *options, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said = (await process.communicate())[0].decode(errors="replace")
    inputs = sorted(found.iterdir())
    print(f"{target.name:32} {_figures(said)}  {'broken' if inputs or process.returncode else 'kept'}")
    for each in inputs:
        print(_finding(target, each.read_bytes(), said))
    if process.returncode and not inputs:
        print(said[-2000:])
    sys.stdout.flush()
    return not inputs and process.returncode == 0


def _figures(said: str) -> str:
    runs, edges = RUNS.findall(said), EDGES.findall(said)
    return f"{int(runs[-1]) if runs else 0:9,} inputs, {edges[-1] if edges else '?':>5} edges"


def _finding(target: Target, data: bytes, said: str) -> str:
    """Return the input that breaks a promise, and the command that shows it."""
    pieces = split(data)
    why = [line for line in said.splitlines() if re.match(r"\w+(Error|Exception)\b", line)]
    uuid = target.source.uuid
    lines = "\\n".join(f"{uuid}: {piece.hex()}" if uuid else piece.hex() for piece in pieces if uuid or piece)
    return (
        f"  {why[-1] if why else 'too slow or too large'}\n"
        f"  pieces: {' | '.join(piece.hex(' ') for piece in pieces)}\n"
        f"  vigil decode {target.known.model.name} --hex $'{lines}'"
    )


async def main() -> int:
    """Fuzz all that is asked for; return how this program ends."""
    seconds = int(os.environ.get("FUZZ_SECONDS") or 60)
    chosen = targets(sys.argv[1:])
    room = asyncio.Semaphore(AT_A_TIME)
    print(f"{len(chosen)} decoders, {seconds} s each, {AT_A_TIME} at a time", flush=True)

    async def one(number: int, target: Target, folder: Path) -> bool:
        async with room:
            return await fuzz(target, seconds, folder / str(number))

    with tempfile.TemporaryDirectory(prefix="vigil-fuzz-") as folder:
        kept = await asyncio.gather(*(one(n, each, Path(folder)) for n, each in enumerate(chosen)))
    print(f"{sum(kept)} of {len(kept)} kept their promises")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
