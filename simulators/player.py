"""Finds out what a recording is, and opens it for the simulated devices.

PULSE and SpO2 go to the oximeter, HR to the strap, cuff pressures to the cuff; PLETH, ECG and RESP to
whatever sends waves. A wave is interpolated linearly at the device's own rate.
"""

from pathlib import Path

from monitor.core.errors import ConfigError
from simulators.recordings import folder, session, table, wfdb_record
from simulators.recordings.recording import Recording

EXPECTED = (
    "no recording here: give a folder with numerics.csv or waves.npz, a Vigil session file, "
    "a WFDB record (NAME.hea) or a CSV whose first column is t_s"
)


def load(path: Path) -> Recording:
    """Return the recording at `path`; ConfigError says what was expected, or what is wrong with it."""
    if folder.is_recording(path):
        return folder.load(path)
    header = wfdb_record.header_of(path)
    if header is not None:
        return wfdb_record.load(header)
    if not path.is_file():
        raise ConfigError(f"{path}: {EXPECTED}")
    try:
        if session.is_session(path):
            return session.load(path)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    if path.suffix.lower() == ".csv":
        return table.load(path)
    raise ConfigError(f"{path}: {EXPECTED}")
