"""Print what of every model rests on which evidence, and how much of it agrees.

    python tests/conformance/table.py

Exit 1 when a model has no case or `vigil decode` contradicts a documented example.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

from case import Example  # noqa: E402  # found by the line above when this runs as a script
from examples import disagreement  # noqa: E402
from known import KNOWN, Known  # noqa: E402

from drivers import registry  # noqa: E402

TAGS = "MDRX"
LEGEND = "M the maker's manual, D a driver of real devices, R captured from a device, X computed by the rules"


def evidence(examples: list[Example]) -> str:
    """Return how many examples rest on which evidence: "M2 X4"."""
    tags = [tag for example in examples for tag in TAGS if tag in example.evidence]
    return " ".join(f"{tag}{tags.count(tag)}" for tag in TAGS if tag in tags)


def row(known: Known) -> tuple[str, list[str]]:
    """Return a model's line, and what is wrong with it."""
    examples = list(known.case.examples)
    wrong = [text for example in examples if (text := disagreement(known.model, example))]
    agree = len(examples) - len(wrong)
    line = (
        f"{known.model.name:22} {known.model.transport:7} {evidence(examples):18} {len(examples):8} {agree:6}"
    )
    return line, [f"{known.model.name}: {text}" for text in wrong]


def main() -> int:
    """Print the table; return how this program ends."""
    print(f"{'model':22} {'way':7} {'evidence':18} {'examples':>8} {'agree':>6}")
    wrong = [f"{name}: no case" for name in registry.MODELS if name not in KNOWN]
    for known in KNOWN.values():
        line, disagreements = row(known)
        print(line)
        wrong += disagreements
    print(LEGEND)
    for text in wrong:
        print(text, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
