"""`vigil simulate`: simulated devices until stopped."""

import asyncio
import signal
import sys
from pathlib import Path

from simulators import scenario as scenarios
from simulators.run import simulate


async def run(
    scenario: str,
    run_dir: Path,
    *,
    replay: Path | None,
    model: str | None,
    radio: bool,
    seed: int,
    minutes: float | None,
) -> int:
    """Run the devices until SIGTERM, SIGINT or `quit` at the prompt; return 0."""
    job = asyncio.current_task()
    assert job is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, job.cancel)
    try:
        await simulate(
            scenario,
            run_dir,
            replay=replay,
            seed=seed,
            announce=_say,
            minutes=minutes,
            model=model,
            radio=radio,
            prompt=sys.stdin.isatty(),
        )
    except asyncio.CancelledError:
        return 0
    return 0


def print_scenarios() -> None:
    """Print the shipped scenarios, one a line, with their titles."""
    names = scenarios.shipped()
    width = max(len(name) for name in names)
    for name in names:
        print(f"{name:{width}}  {scenarios.load(name).title}")


def _say(text: str) -> None:
    print(f"vigil simulate: {text}", file=sys.stderr, flush=True)
