"""A Masimo MightySat: it is asked what it is, told to start, and then streams."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Unpack

from simulators.radio.peripherals.framed import FramedPeripheral, FrameFaults, crc8
from simulators.radio.peripherals.live import RadioSim
from simulators.radio.peripherals.peripheral import Traits

ABOUT, START, WAVE, PARAMETERS, DONE, REFUSED = 0x01, 0x03, 0x04, 0x05, 0xFE, 0xFF
NOT_FOUND, NOT_SUPPORTED = 1, 3
SAMPLE_S = 0.032
SAMPLES_A_FRAME = 7
SAMPLE_INVALID = 0x80
ABOUT_FRAME = bytes.fromhex("77 14 01 63 10 1F 00 03 01 00 17 00 10 E6 00 00 00 F6 00 00 00 18")
"""As captured: software 0x1063, parameters 0x001F, waveforms 3."""
PVI = 14


class System(IntFlag):
    """System exceptions."""

    SENSOR_OFF = 1 << 21
    PULSE_SEARCH = 1 << 22
    INTERFERENCE = 1 << 23
    LOW_PERFUSION = 1 << 24


LOW_CONFIDENCE, INVALID, START_UP = 0x01, 0x04, 0x10


def frame(payload: bytes) -> bytes:
    """Return a frame; the checksum covers the payload only."""
    return bytes([0x77, len(payload) + 1]) + payload + bytes([crc8(payload)])


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; None is sent as invalid."""

    value: int | None
    exception: int = 0


def parameters(
    system: int, spo2: Parameter, pulse: Parameter, pvi: Parameter, perfusion: Parameter, resp: Parameter
) -> bytes:
    """Return opcode 0x05 with mask 0x1F; the perfusion index in hundredths."""
    payload = bytes([PARAMETERS]) + system.to_bytes(4, "little")
    for parameter, size in ((spo2, 1), (pulse, 1), (pvi, 1), (perfusion, 2), (resp, 1)):
        missing = parameter.value is None
        value = b"\xff" * size if parameter.value is None else parameter.value.to_bytes(size, "little")
        payload += bytes([parameter.exception | (INVALID if missing else 0)]) + value
    return frame(payload)


def waveform(ordinal: int, samples: Sequence[tuple[int, int]]) -> bytes:
    """Return opcode 0x04: pairs of pleth (signed) and signal identification and quality."""
    pairs = b"".join(bytes([pleth & 0xFF, quality]) for pleth, quality in samples)
    return frame(bytes([WAVE, ordinal & 0xFF]) + pairs)


@dataclass(slots=True)
class MightySatFaults(FrameFaults):
    """What its wearer and the room can do to it."""

    sensor_off: bool = False
    searching: bool = False
    interference: bool = False
    low_perfusion: bool = False
    low_confidence: bool = False
    start_up: bool = False
    invalid_samples: bool = False
    unknown_exception: bool = False


class MightySat(FramedPeripheral):
    """Streams from the start command to the end of the link."""

    model = "Virtual MightySat"
    default_name = "MightySat 0001"
    service = "54c21000-a720-4b4f-11e4-9fe20002a5d5"
    write_uuid = "54c21001-a720-4b4f-11e4-9fe20002a5d5"
    notify_uuid = "54c21002-a720-4b4f-11e4-9fe20002a5d5"
    manufacturer_data = bytes.fromhex("43 02 01 01 01 78 56 34 12")

    def __init__(self, *, name: str, address: str, **traits: Unpack[Traits]) -> None:
        super().__init__(name=name, address=address, **traits)
        self.faults: MightySatFaults = MightySatFaults()
        self._streams = False
        self._samples = 0  # sampled so far
        self._second = 0
        self._ordinal = 0

    def _parted(self) -> None:
        self._streams = False

    def command(self, request: bytes) -> bytes:
        """Return the opcode of a 77 frame with a good checksum."""
        good = len(request) >= 4 and request[0] == 0x77 and request[1] == len(request) - 2
        return request[2:3] if good and crc8(request[2:-1]) == request[-1] else b""

    def answers(self, request: bytes, now_s: float) -> list[bytes]:
        """Return what it is, or the acknowledgement or refusal of a command."""
        command = self.command(request)
        if not command:
            return []
        if self.faults.refuse:
            return [frame(bytes([REFUSED, command[0], NOT_SUPPORTED]))]
        if command[0] == ABOUT:
            return [ABOUT_FRAME]
        if command[0] == START and request[3:5] == b"\x1f\x00" and request[5] == 3:
            self._streams = True
            self._samples, self._second = int(now_s / SAMPLE_S), int(now_s)
            return [frame(bytes([DONE, START]))]
        return [frame(bytes([REFUSED, command[0], NOT_FOUND]))]

    def due(self, now_s: float) -> list[bytes]:
        """Return the waveform frames and the parameters that are due, once it was started."""
        if not self._streams:
            return []
        frames = []
        while (self._samples + SAMPLES_A_FRAME) * SAMPLE_S <= now_s:
            frames.append(self.wave_frame())
        if int(now_s) > self._second:
            self._second = int(now_s)
            frames.append(self.parameter_frame(now_s))
        return frames

    def wave_frame(self) -> bytes:
        """Return the next seven samples."""
        quality = SAMPLE_INVALID if self.faults.invalid_samples or self.faults.sensor_off else 0
        times = [(self._samples + number) * SAMPLE_S for number in range(SAMPLES_A_FRAME)]
        pleth = self.setting.subject.pleth
        samples = [(max(-127, min(127, round(254 * pleth(t_s) - 127))), quality) for t_s in times]
        self._samples += SAMPLES_A_FRAME
        self._ordinal += 1
        return waveform(self._ordinal, samples)

    def parameter_frame(self, now_s: float) -> bytes:
        """Return this second's parameters."""
        subject, faults = self.setting.subject, self.faults
        reading = subject.oximetry(now_s)
        found = not (faults.sensor_off or faults.searching)
        exception = LOW_CONFIDENCE * faults.low_confidence | START_UP * faults.start_up
        values = (
            reading.spo2_pct,
            reading.pulse_bpm,
            PVI,
            None if reading.perfusion_pct is None else reading.perfusion_pct * 100,
            subject.resp_rate(now_s),
        )
        spo2, pulse, pvi, perfusion, resp = (
            Parameter(None if value is None or not found else round(value), exception) for value in values
        )
        searches = faults.searching or (reading.spo2_pct is None and not faults.sensor_off)
        return parameters(self._system(searches), spo2, pulse, pvi, perfusion, resp)

    def _system(self, searches: bool) -> int:
        faults = self.faults
        flags = (
            (System.SENSOR_OFF, faults.sensor_off),
            (System.PULSE_SEARCH, searches),
            (System.INTERFERENCE, faults.interference),
            (System.LOW_PERFUSION, faults.low_perfusion),
            (1 << 3, faults.unknown_exception),
        )
        return sum(int(flag) for flag, active in flags if active)


SIM = RadioSim(MightySat.worn)
