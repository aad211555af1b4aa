"""Play the scenario tables and print each story with what came of it.

    python tests/rules/show.py [TABLE ...]

Without a table: all of this folder. Exit 1 when a scenario does not go as written, or none was found.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parents[1])]

import msgspec  # noqa: E402  # like the rest: found by the line above when this runs as a script
import scenario_table  # noqa: E402
from scenario_table import Scenario  # noqa: E402


def outcome(scenario: Scenario) -> str:
    """Return "" when a scenario goes as written, else the second and what was found instead."""
    try:
        scenario_table.play(scenario)
    except scenario_table.Differs as differs:
        return str(differs)
    except Exception as fault:  # noqa: BLE001  # one that breaks must not keep the others from being shown
        return f"{type(fault).__name__}: {fault}"
    return ""


def lines(scenario: Scenario, wrong: str) -> list[str]:
    """Return what is printed of one scenario."""
    shown = [
        f"  {'FAIL' if wrong else 'pass'}  {scenario.id}",
        f"        {scenario.story}",
        f"        limits: {scenario.limits}",
        f"        source: {scenario.source}",
    ]
    return [*shown, f"        {wrong}"] if wrong else shown


def main(arguments: Sequence[str]) -> int:
    """Print every table and the counts; return how this program ends."""
    passed = failed = 0
    for path in [Path(name) for name in arguments] or scenario_table.tables():
        print(f"\n{path.stem}")
        try:
            scenarios = scenario_table.read(path)
        except (OSError, msgspec.MsgspecError) as fault:
            print(f"  FAIL  cannot be read: {fault}")
            failed += 1
            continue
        for scenario in scenarios:
            wrong = outcome(scenario)
            failed, passed = failed + bool(wrong), passed + (not wrong)
            print("\n".join(lines(scenario, wrong)))
    print(f"\n{passed + failed} scenarios: {passed} pass, {failed} FAIL")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
