"""`vigil decode`: raw bytes in, one JSON event a line out."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from drivers import registry
from drivers.decode import DecodeInputError, decode
from monitor.core.errors import ConfigError

CHUNK = 65536


def run(model: str | None, file: str | None, hex_text: str | None, *, list_models: bool) -> int:
    """Print the events; return 0, or 1 when nothing could be decoded."""
    if list_models:
        print("\n".join(sorted(registry.MODELS)))
        return 0
    if model is None or (file is None) == (hex_text is None):
        raise ConfigError(
            "decode needs a MODEL (see --list) and either a FILE (- for standard input) or --hex TEXT"
        )
    loaded = registry.load(model)
    decoded = False
    try:
        for event in decode(loaded, _input(file, hex_text), is_hex=hex_text is not None):
            decoded = decoded or event["event"] not in ("garbage", "incomplete")
            print(json.dumps(event, separators=(",", ":")))
    except DecodeInputError as error:
        raise ConfigError(f"{model}: {error}") from error
    return 0 if decoded else 1


def _input(file: str | None, hex_text: str | None) -> str | Iterator[bytes]:
    if hex_text is not None:
        return hex_text
    return _chunks(str(file))


def _chunks(file: str) -> Iterator[bytes]:
    try:
        if file == "-":
            while data := os.read(sys.stdin.fileno(), CHUNK):
                yield data
            return
        with Path(file).open("rb") as stream:
            while data := stream.read(CHUNK):
                yield data
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror or error}") from error
