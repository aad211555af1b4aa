"""What a person can do to a patient by a word on the control channel: hold a value, let something happen."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from simulators.contact import Movement
from simulators.faults import number
from simulators.incidents import Anxiety, Apnoea, Desaturation, Episode, Vasovagal

LONGEST_S = 3600.0
INCIDENTS: Mapping[str, Episode] = MappingProxyType(
    {
        "desaturation": Desaturation(at_s=0.0, to_pct=84.0, fall_s=15.0, hold_s=30.0, recover_s=20.0),
        "vasovagal": Vasovagal(at_s=0.0),
        "apnoea": Apnoea(at_s=0.0),
        "obstruction": Apnoea(at_s=0.0, effort=0.5),
        "anxiety": Anxiety(at_s=0.0),
        "movement": Movement(at_s=0.0),
    }
)
"""Word -> what it means."""
PATIENT_RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"spo2": (0, 100), "pulse": (20, 300), "sys": (30, 300), "dia": (20, 250), "breaths": (2, 60)}
)
"""Value that can be held -> from where to where."""
PATIENT_WORDS = (*PATIENT_RANGES, *INCIDENTS)
USAGE = (f"{'|'.join(PATIENT_RANGES)} NUMBER|auto", f"{'|'.join(INCIDENTS)} [SECONDS]")


def incident(words: Sequence[str], now_s: float) -> Episode:
    """Return what the words (the first is one of `INCIDENTS`) make happen from `now_s` on, for SECONDS."""
    meant, rest = INCIDENTS[words[0]], list(words[1:])
    hold_s = number(rest, 0.0, LONGEST_S) if rest else meant.hold_s
    return replace(meant, at_s=now_s, hold_s=hold_s)
