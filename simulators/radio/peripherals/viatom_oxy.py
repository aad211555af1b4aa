"""A Viatom / Wellue ring ("O2" family): it speaks only when asked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

from simulators.radio.peripherals.framed import FramedPeripheral, FrameFaults, crc8
from simulators.radio.peripherals.live import RadioSim
from simulators.radio.peripherals.peripheral import Traits

INFO, PING, SENSORS, LIVE = 0x14, 0x15, 0x17, 0x1B
RATE_HZ = 125.0
SLOW_HZ = 62.5
MARKER = 156
MOST_SAMPLES = 250
LOW_PERCENT = 10
SUCCESS, ERROR = 0, 1


@dataclass(frozen=True, slots=True)
class Measured:
    """What the ring finds; 0 where it finds nothing."""

    spo2: int
    pulse: int
    perfusion: int  # as sent
    worn: bool
    battery: int


def answer(data: bytes = b"", status: int = SUCCESS) -> bytes:
    """Return an answer; its second byte is the status, not the command."""
    frame = bytes([0x55, status, status ^ 0xFF, 0, 0]) + len(data).to_bytes(2, "little") + data
    return frame + bytes([crc8(frame)])


def sensors(measured: Measured, motion: int = 0) -> bytes:
    """Return the answer to 0x17."""
    head = bytes([measured.spo2, min(measured.pulse, 255), 0, 0, 0, 0, 0, measured.battery, 0, motion])
    return answer(head + bytes([measured.perfusion, measured.worn, 0]))


def live(measured: Measured, wave: Sequence[int]) -> bytes:
    """Return the answer to 0x1B."""
    numbers = bytes([measured.spo2]) + measured.pulse.to_bytes(2, "little")
    state = bytes([measured.battery, 0, measured.perfusion, measured.worn, 0, 0, 0])
    return answer(numbers + state + len(wave).to_bytes(2, "little") + bytes(wave))


def described(serial: str, battery: int, time: str) -> bytes:
    """Return the answer to 0x14: JSON, all of it strings, NUL padded."""
    facts = {
        "Region": "CE",
        "Model": "1652",
        "HardwareVer": "AA",
        "SoftwareVer": "1.4.0",
        "SN": serial,
        "CurTIME": time,
        "CurBAT": f"{battery}%",
        "CurBatState": "0",
        "CurOxiThr": "90",
        "CurMotor": "20",
        "CurMode": "1",
        "FileList": "20261123220000.vld",
    }
    text = json.dumps(facts, separators=(",", ":")).encode()
    return answer(text.ljust(256, b"\0"))


@dataclass(slots=True)
class RingFaults(FrameFaults):
    """What its wearer, its age and its battery can do to it."""

    finger_out: bool = False
    searching: bool = False
    low_battery: bool = False
    weak_signal: bool = False
    old_firmware: bool = False  # does not answer 0x1B


class Ring(FramedPeripheral):
    """Answers info, ping, sensors and real-time data."""

    model = "Virtual ring"
    default_name = "O2Ring 0001"
    service = "14839ac4-7d7e-415c-9a42-167340cf2339"
    write_uuid = "8b00ace7-eb0b-49b0-bbe9-9aee0a26e1a3"
    notify_uuid = "0734594a-a8e7-4b1a-a6b1-cd5243059a57"

    def __init__(self, *, name: str, address: str, **traits: Unpack[Traits]) -> None:
        super().__init__(name=name, address=address, **traits)
        self.faults: RingFaults = RingFaults()
        self._sampled_s = 0.0

    def command(self, request: bytes) -> bytes:
        """Return the command of an AA frame with a good checksum."""
        good = len(request) >= 8 and request[0] == 0xAA and crc8(request[:-1]) == request[-1]
        return request[1:2] if good and request[1] ^ request[2] == 0xFF else b""

    def answers(self, request: bytes, now_s: float) -> list[bytes]:
        """Return the one answer; older firmware has none to 0x1B."""
        command = self.command(request)
        if not command or (command[0] == LIVE and self.faults.old_firmware):
            return []
        if self.faults.refuse:
            return [answer(status=ERROR)]
        measured = self.measured(now_s)
        if command[0] == LIVE:
            return [live(measured, self.wave(now_s, SLOW_HZ if request[7] == 1 else RATE_HZ))]
        if command[0] == SENSORS:
            return [sensors(measured)]
        if command[0] == INFO:
            time = self.setting.local_time().strftime("%Y-%m-%d,%H:%M:%S")
            return [described(self.address.replace(":", ""), measured.battery, time)]
        return [answer()] if command[0] == PING else [answer(status=ERROR)]

    def measured(self, now_s: float) -> Measured:
        """Return what the ring finds at `now_s`."""
        battery = LOW_PERCENT if self.faults.low_battery else self.battery_percent
        reading = self.setting.subject.oximetry(now_s)
        worn = not self.faults.finger_out
        nothing = not worn or self.faults.searching or reading.spo2_pct is None
        if nothing or reading.spo2_pct is None:
            return Measured(0, 0, 0, worn, battery)
        perfusion = 1 if self.faults.weak_signal else round((reading.perfusion_pct or 0.0) * 10)
        return Measured(round(reading.spo2_pct), round(reading.pulse_bpm or 0), perfusion, worn, battery)

    def wave(self, now_s: float, rate_hz: float = RATE_HZ) -> list[int]:
        """Return the samples since the last answer, a marker where a pulse begins."""
        first, end = round(self._sampled_s * rate_hz), round(now_s * rate_hz)
        self._sampled_s = now_s
        subject = self.setting.subject
        samples = []
        for number in range(max(first, end - MOST_SAMPLES), end):
            t_s = number / rate_hz
            height = min(200, max(0, round(200 * subject.pleth(t_s))))
            begins = subject.since_pulse_s(t_s) < 1 / rate_hz
            samples.append(MARKER if begins else height - (height == MARKER))
        return samples


SIM = RadioSim(Ring.worn)
