"""Finds out what a recording is, and opens it as a feed."""

from collections.abc import Mapping
from pathlib import Path

from monitor.core.errors import ConfigError
from monitor.replay import session, table
from monitor.replay.feed import Feed
from simulators.recordings import folder, wfdb_record

EXPECTED = (
    "no recording here: give a Vigil session file, a WFDB record (NAME.hea), a folder with numerics.csv "
    "or a CSV with the column t_s"
)


def load(path: Path, wished: Mapping[str, str]) -> Feed:
    """Return the feed of the recording at `path`; ConfigError or RecordError say what is wrong with it."""
    numerics = path / folder.NUMERICS
    if numerics.is_file():
        return table.of_csv(numerics, wished, path.name)
    if folder.is_recording(path):
        raise ConfigError(f"{path}: the recording has waves only; alarms are judged by {folder.NUMERICS}")
    header = wfdb_record.header_of(path)
    if header is not None:
        return table.of_wfdb(header, wished)
    if not path.is_file():
        raise ConfigError(f"{path}: {EXPECTED}")
    try:
        is_session = session.is_session(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    if not is_session:
        return table.of_csv(path, wished)
    if wished:
        raise ConfigError(f"{path}: --map is for columns; a session file names its channels itself")
    return session.load(path)
