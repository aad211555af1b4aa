"""The catalogue: every channel declared once. Alarms, plots, exports and configuration read it.

Codes: IEEE 11073-10101 (MDC, partition * 65536 + term) and LOINC as in the FHIR vital-signs
profile. Plausible ranges are ours: what a living adult or the transducer can produce, wide
enough that no true emergency is thrown away; a value outside is no value and is counted. The floor of a
systolic pressure, 26, lies above what kilopascals taken for mmHg give up to 195 mmHg.
"""

from dataclasses import dataclass
from types import MappingProxyType

from monitor.core.clock import Nanos, seconds
from monitor.core.units import Unit


@dataclass(frozen=True, slots=True)
class Channel:
    """What one channel is: its label, unit, codes, range and how long a value stays current."""

    id: str
    label: str
    unit: Unit
    plausible: tuple[float, float]
    stale_after: Nanos
    decimals: int = 0
    mdc: int | None = None
    loinc: tuple[str, ...] = ()
    colour: str = "neutral"  # the colour role; the theme owns the colour
    waveform: bool = False
    episodic: bool = False  # a value per measurement (cuff): it has an age, it does not go stale


CURRENT = seconds(3)
"""A continuous value is current for 3 s after it arrived (alarm decisions, 5.1)."""
CUFF_OLD = seconds(22.5 * 60)
"""A cuff reading is greyed at 1.5 of the longest interval, 15 min (alarm decisions, 4)."""


def _continuous(id: str, label: str, unit: Unit, plausible: tuple[float, float], **rest: object) -> Channel:
    return Channel(id, label, unit, plausible, CURRENT, **rest)  # type: ignore[arg-type]


def _pressure(id: str, label: str, mdc: int, loinc: str, plausible: tuple[float, float]) -> Channel:
    return Channel(
        id, label, Unit.MMHG, plausible, CUFF_OLD, mdc=mdc, loinc=(loinc,), colour="nibp", episodic=True
    )


_ALL = (
    _continuous(
        "spo2", "SpO₂", Unit.PERCENT, (30, 100), mdc=150456, loinc=("2708-6", "59408-5"), colour="spo2"
    ),
    _continuous(
        "pulse_rate", "Pulse", Unit.PER_MIN, (15, 350), mdc=149530, loinc=("8889-8", "8867-4"), colour="spo2"
    ),
    _continuous(
        "heart_rate", "Heart rate", Unit.PER_MIN, (15, 350), mdc=147842, loinc=("8867-4",), colour="ecg"
    ),
    _continuous("rr_interval", "RR interval", Unit.MS, (150, 4000), colour="ecg"),
    _pressure("nibp_sys", "Systolic", 150021, "8480-6", (26, 350)),
    _pressure("nibp_dia", "Diastolic", 150022, "8462-4", (15, 300)),
    _pressure("nibp_map", "Mean", 150023, "8478-0", (20, 330)),
    Channel(
        "nibp_pulse_rate",
        "Pulse (cuff)",
        Unit.PER_MIN,
        (15, 350),
        CUFF_OLD,
        mdc=149546,
        loinc=("8867-4",),
        colour="nibp",
        episodic=True,
    ),
    _continuous("cuff_pressure", "Cuff", Unit.MMHG, (0, 330), mdc=150300, colour="nibp"),
    _continuous(
        "perfusion_index",
        "Perfusion",
        Unit.PERCENT,
        (0, 30),
        decimals=1,
        mdc=150488,
        loinc=("61006-3",),
        colour="spo2",
    ),
    _continuous(
        "resp_rate", "Breathing", Unit.PER_MIN, (0, 120), mdc=151562, loinc=("9279-1",), colour="resp"
    ),
    _continuous(
        "temperature",
        "Temp",
        Unit.CELSIUS,
        (20, 45),
        decimals=1,
        mdc=150344,
        loinc=("8310-5",),
    ),
    _continuous("art_sys", "ART sys", Unit.MMHG, (0, 350), mdc=150033, loinc=("76215-3",), colour="art"),
    _continuous("art_dia", "ART dia", Unit.MMHG, (0, 350), mdc=150034, loinc=("76213-8",), colour="art"),
    _continuous("art_map", "ART mean", Unit.MMHG, (0, 350), mdc=150035, loinc=("76214-6",), colour="art"),
    _continuous("pleth", "Pleth", Unit.ONE, (-32767, 65535), waveform=True, colour="spo2"),
    _continuous("ecg", "ECG", Unit.MV, (-20, 20), decimals=2, waveform=True, colour="ecg"),
    _continuous("resp", "Breathing", Unit.ONE, (-32767, 65535), waveform=True, colour="resp"),
)

CATALOGUE = MappingProxyType({channel.id: channel for channel in _ALL})
"""Channel id -> Channel."""

NIBP_PANEL_LOINC = "85354-9"
NIBP_PANEL_MDC = 150020
