"""Displayed values of a Datex-Ohmeda monitor, class "Basic": groups of values by their place.

A group has a status of 32 bits (bit 0: the module is there, bit 1: it measures), a label, and
signed values of 16 bits; -32001 and below are codes for "no value". (Record Specification 8005313.)
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.wire.events import Event, NibpEvent, NumericEvent, Span, StatusEvent
from monitor.core.types import Reason, StatusCode
from monitor.core.units import Unit

PART = 278
DATA = 4  # where the values begin in a subrecord, after its time
HIGHEST_NO_VALUE = -32001
UNDER_RANGE, OVER_RANGE = -32764, -32763
BASIC = 0
_CLASS = struct.Struct("<H")
_CLASS_AT = 276
_GROUP = struct.Struct("<IH")
_THERE, _MEASURES = 0x01, 0x02

_ECG, _NIBP, _SPO2, _CO2 = 0, 72, 118, 132
_PRESSURES = (16, 30, 44, 58, 240, 254)  # P1 to P6
_TEMPERATURES = (86, 94, 102, 110)  # T1 to T4
_ECG_SOURCES = (1, 9)  # of the heart rate; the others are pressures and oximeters
_ALL_LEADS_OFF = 0b111 << 11
_ECG_DOUBTFUL = 0b111 << 7  # noise, artefact, learning
_ZEROING, _ZEROED = 0x04, 0x08
_ART = 1
_SVO2 = 2
_BODY_SITES = frozenset({1, 2, 3, 4, 5, 6, 10, 15})
"""Oesophageal, nasal, tympanic, rectal, bladder, axillary, myocardial, core; not skin, airway or room."""
_CO2_UNREADY = 0b11 << 3  # being calibrated, being zeroed
_CO2_DOUBTFUL = 0b11 << 5  # occlusion, air leak
_CUFF_MEASURES, _CUFF_CALIBRATES, _CUFF_OLD = 0x20, 0x80, 0x100


@dataclass(frozen=True, slots=True)
class _Group:
    """One group: whether it is there and measures, its status, label and values."""

    there: bool
    measures: bool
    status: int
    label: int
    values: Sequence[int]


def class_of(part: bytes) -> int:
    """Return the class of a subrecord of displayed values: 0 Basic, 1 to 3 extended."""
    word: int = _CLASS.unpack_from(part, _CLASS_AT)[0]
    return word >> 8 & 0x0F


class Displayed:
    """Tells what each record displays; a channel that was there once is told for good."""

    def __init__(self) -> None:
        self._told: dict[str, Unit] = {}
        self._cuff_measures = False

    def tell(self, span: Span, part: bytes) -> list[Event]:
        """Return what a Basic subrecord of PART bytes displays."""
        found: list[Event] = [
            *_heart_rate(span, part),
            *_oximetry(span, part),
            *_breathing(span, part),
            *_arterial(span, part),
            *_temperature(span, part),
        ]
        now = {event.channel: event.unit for event in found if isinstance(event, NumericEvent)}
        for channel, unit in self._told.items():
            if channel not in now:
                found.append(NumericEvent(span, channel, None, Reason.MISSING, unit))
        self._told |= now
        found += self._cuff(span, part)
        if not found:  # no module is plugged in: none can say more than that
            found.append(NumericEvent(span, "spo2", None, Reason.MISSING, Unit.PERCENT))
        return found

    def _cuff(self, span: Span, part: bytes) -> list[Event]:
        """Return the cuff's last values, repeated in every record, and whether it measures."""
        group = _group(part, _NIBP, 4)
        found: list[Event] = []
        measures = group.there and bool(group.label & _CUFF_MEASURES)
        if measures is not self._cuff_measures:
            self._cuff_measures = measures
            found.append(StatusEvent(span, StatusCode.MEASURING, measures))
        if not group.measures or group.label & _CUFF_CALIBRATES:
            return found
        sys, dia, mean = (_value(raw, 100)[0] for raw in group.values[:3])
        if sys is None and dia is None and mean is None:
            return found
        status = (StatusCode.MEASURING,) if measures else ()
        rate = _value(group.values[3])[0]
        old = bool(group.label & _CUFF_OLD)
        found.append(NibpEvent(span, sys, dia, mean, rate, Unit.MMHG, status, stored=old))
        return found


def _group(part: bytes, at: int, count: int) -> _Group:
    status, label = _GROUP.unpack_from(part, DATA + at)
    values = struct.unpack_from(f"<{count}h", part, DATA + at + _GROUP.size)
    there = bool(status & _THERE)
    return _Group(there, there and bool(status & _MEASURES), status, label, values)


def _value(raw: int, scale: int = 1) -> tuple[float | None, Reason | None]:
    """Return the value, or why there is none."""
    if raw > HIGHEST_NO_VALUE:
        return raw / scale, None
    return None, Reason.OUT_OF_RANGE if raw in (UNDER_RANGE, OVER_RANGE) else Reason.MISSING


def _number(
    span: Span, channel: str, unit: Unit, raw: int, scale: int = 1, *, valid: bool, doubtful: bool = False
) -> NumericEvent:
    """Return the event of one value; none when what it comes from is not `valid`."""
    value, reason = _value(raw, scale) if valid else (None, Reason.MISSING)
    return NumericEvent(span, channel, value, reason, unit, doubtful and value is not None)


def _heart_rate(span: Span, part: bytes) -> list[Event]:
    """Return the heart rate where it is one: from the ECG, not from a pulse."""
    ecg = _group(part, _ECG, 1)
    if not ecg.there:
        return []
    if ecg.status & _ALL_LEADS_OFF == _ALL_LEADS_OFF:
        return [NumericEvent(span, "heart_rate", None, Reason.SENSOR_OFF, Unit.PER_MIN)]
    valid = ecg.measures and ecg.status >> 3 & 0x0F in _ECG_SOURCES
    doubtful = bool(ecg.status & _ECG_DOUBTFUL)
    return [_number(span, "heart_rate", Unit.PER_MIN, ecg.values[0], valid=valid, doubtful=doubtful)]


def _oximetry(span: Span, part: bytes) -> list[Event]:
    """Return arterial saturation and its pulse rate; a venous one (SvO2) is none of ours."""
    group = _group(part, _SPO2, 2)
    if not group.there or group.label & 0x03 >= _SVO2:
        return []
    saturation, rate = group.values
    return [
        _number(span, "spo2", Unit.PERCENT, saturation, 100, valid=group.measures),
        _number(span, "pulse_rate", Unit.PER_MIN, rate, valid=group.measures),
    ]


def _breathing(span: Span, part: bytes) -> list[Event]:
    """Return the breaths that the CO2 module counts where it measures, else those of the chest."""
    co2, ecg = _group(part, _CO2, 3), _group(part, _ECG, 5)
    if co2.measures:
        valid = not co2.status & _CO2_UNREADY
        doubtful = bool(co2.status & _CO2_DOUBTFUL)
        return [_number(span, "resp_rate", Unit.PER_MIN, co2.values[2], valid=valid, doubtful=doubtful)]
    if not ecg.there:
        return []
    return [_number(span, "resp_rate", Unit.PER_MIN, ecg.values[4], valid=ecg.measures)]


def _arterial(span: Span, part: bytes) -> list[Event]:
    """Return the pressures of the first line labelled ART."""
    for at in _PRESSURES:
        line = _group(part, at, 3)
        if line.there and line.label == _ART:
            valid = line.measures and not line.status & _ZEROING
            doubtful = not line.status & _ZEROED
            return [
                _number(span, channel, Unit.MMHG, raw, 100, valid=valid, doubtful=doubtful)
                for channel, raw in zip(("art_sys", "art_dia", "art_map"), line.values, strict=True)
            ]
    return []


def _temperature(span: Span, part: bytes) -> list[Event]:
    """Return the first temperature of the body's inside."""
    for at in _TEMPERATURES:
        probe = _group(part, at, 1)
        if probe.there and probe.label in _BODY_SITES:
            return [_number(span, "temperature", Unit.CELSIUS, probe.values[0], 100, valid=probe.measures)]
    return []
