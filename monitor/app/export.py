"""`vigil export`: a recorded session in a format that other systems read."""

import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from monitor.core.errors import ConfigError, RecordError
from monitor.record import journal
from monitor.record.export import pcd04
from monitor.record.journal import Entry
from monitor.record.session_file import Meta, check_header, connect_readonly, read_meta

Format = Callable[[Meta, list[Entry]], Iterator[str]]
FORMATS: Mapping[str, Format] = {"pcd04": pcd04.report}
"""Name -> what makes its text of a session."""


def run(file: Path, form: str, out: Path | None) -> int:
    """Write the session to `out`, else to standard output; return 0.

    ConfigError for a format that there is not, RecordError for a file that cannot be trusted.
    """
    if form not in FORMATS:
        raise ConfigError(f"--format {form}: there is {', '.join(FORMATS)}")
    if out is not None and out.exists() and out.samefile(file):
        raise ConfigError(f"--out {out}: is the session itself; it is never overwritten")
    meta, entries = _read(file)
    text = "".join(FORMATS[form](meta, entries)).encode("utf-8")
    if out is not None:
        out.write_bytes(text)
    else:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    return 0


def _read(file: Path) -> tuple[Meta, list[Entry]]:
    check_header(file)
    try:
        connection = connect_readonly(file)
        try:
            meta, entries = read_meta(connection), list(journal.read(connection))
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise RecordError(f"{file}: cannot be read: {error}; look at it with `vigil verify`") from error
    if broken := journal.problems(entries):
        seq, what = broken[0]
        raise RecordError(f"{file}: journal entry {seq} {what}; look at it with `vigil verify`")
    return meta, entries
