"""What recordings call things, and which of our channels that is.

A number outside the catalogue's plausible range is a code or an accident: no reading. So is a 0, which
monitors and their archives write for it; under our own channel name a breathing rate of 0 is what it says.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from monitor.core.catalogue import CATALOGUE
from simulators.recordings.tracks import Floats, Track
from simulators.subject import Pressure

NUMBERS: Mapping[str, str] = MappingProxyType(
    {
        "HR": "heart_rate",
        "HEARTRATE": "heart_rate",
        "PULSE": "pulse_rate",
        "PULSERATE": "pulse_rate",
        "PR": "pulse_rate",
        "SPO2": "spo2",
        "RESP": "resp_rate",
        "RR": "resp_rate",
        "RESPRATE": "resp_rate",
        "PERF": "perfusion_index",
        "PI": "perfusion_index",
        "PERFUSIONINDEX": "perfusion_index",
        "TEMP": "temperature",
        "TEMPERATURE": "temperature",
        "NBPSYS": "nibp_sys",
        "NIBPSYS": "nibp_sys",
        "NBPDIAS": "nibp_dia",
        "NIBPDIA": "nibp_dia",
        "NBPMEAN": "nibp_map",
        "NIBPMAP": "nibp_map",
        "NIBPPULSERATE": "nibp_pulse_rate",
    }
)
WAVES: Mapping[str, str] = MappingProxyType(
    {
        "PLETH": "pleth",
        "PPG": "pleth",
        "RESP": "resp",
        "RESPIMP": "resp",
        "ECGII": "ecg",
        "II": "ecg",
        "MLII": "ecg",
        "ECG": "ecg",
        "ECGI": "ecg",
        "I": "ecg",
        "ECGV": "ecg",
        "V": "ecg",
        "ECGPATCH": "ecg",
        "ABP": "art",
        "ART": "art",
    }
)
"""Of several names for one channel, the first that a recording has is played."""
SAME_MEASUREMENT_S = 30.0


def plain(name: str) -> str:
    """Return a name in capitals without anything but letters and digits."""
    return re.sub(r"[^A-Z0-9]", "", name.upper())


def tracks_of(times_s: Floats, columns: Mapping[str, Floats]) -> dict[str, Track]:
    """Return the known channels among columns of numbers."""
    tracks: dict[str, Track] = {}
    for name, values in columns.items():
        channel = NUMBERS.get(plain(name))
        if channel is None or channel in tracks or not len(times_s):
            continue
        low, high = CATALOGUE[channel].plausible
        zero_is_told = channel == "perfusion_index" or name == channel == "resp_rate"
        told = (values >= low) & (values <= high) & ((values != 0) | zero_is_told)
        tracks[channel] = Track(times_s, np.where(told, values, np.nan))
    return tracks


def cuffs_of(tracks: Mapping[str, Track]) -> list[tuple[float, Pressure]]:
    """Return the cuff measurements among tracks of equal times, with their recording seconds.

    A row without diastolic is no measurement; equal rows less than 30 s apart are one.
    """
    if "nibp_sys" not in tracks or "nibp_dia" not in tracks:
        return []
    found: list[tuple[float, Pressure]] = []
    before: tuple[float, tuple[float | None, ...]] = (-np.inf, ())
    for row, second in enumerate(tracks["nibp_sys"].times_s):
        sys, dia, mean = (_cell(tracks, name, row) for name in ("nibp_sys", "nibp_dia", "nibp_map"))
        if sys is None or dia is None:
            continue
        repeated = before[1] == (sys, dia, mean) and second - before[0] < SAME_MEASUREMENT_S
        before = (float(second), (sys, dia, mean))
        if not repeated:
            mean = dia + (sys - dia) / 3.0 if mean is None else mean
            pulse = _cell(tracks, "nibp_pulse_rate", row) or _cell(tracks, "pulse_rate", row)
            found.append((float(second), Pressure(sys, dia, mean, pulse)))
    return found


def _cell(tracks: Mapping[str, Track], channel: str, row: int) -> float | None:
    if channel not in tracks or np.isnan(tracks[channel].values[row]):
        return None
    return float(tracks[channel].values[row])
