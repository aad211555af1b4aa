"""Fuzz one decoder until libFuzzer's own limits are reached.

usage: target.py MODEL UUID stream|values [libFuzzer options and folders]

An input that breaks a promise ends the process; libFuzzer leaves it in a file.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "conformance"), str(HERE.parents[1])]

import atheris  # noqa: E402
from pieces import split  # noqa: E402
from tiling import hole  # noqa: E402

from drivers import registry  # noqa: E402
from drivers.wire.events import Event  # noqa: E402


def main() -> None:
    """Run the fuzzer; it never returns."""
    model, uuid, way = sys.argv[1:4]
    with atheris.instrument_imports(include=["drivers.wire"]):
        sources = registry.load(model).sources
    [source] = [source for source in sources if source.uuid == uuid]

    def decode(pieces: list[bytes]) -> list[Event]:
        decoder = source.make_decoder()
        events = [event for piece in pieces for event in decoder.feed(piece)]
        return events + decoder.finish()

    def stream(data: bytes) -> None:
        pieces = split(data)
        wire = b"".join(pieces)
        whole = decode([wire])
        wrong = hole([event.span for event in whole], len(wire))
        assert not wrong, f"not every byte is told once: {wrong}"
        assert decode(pieces) == whole, "these pieces give other events than all bytes at once"

    def values(data: bytes) -> None:
        decoder = source.make_decoder()
        for piece in split(data):
            wrong = hole([event.span for event in decoder.feed(piece)], len(piece))
            assert not wrong, f"not every byte is told once: {wrong}"
        assert not decoder.finish(), "something is left at the end"

    atheris.Setup([sys.argv[0], *sys.argv[4:]], stream if way == "stream" else values)
    atheris.Fuzz()


main()
