"""SunTech Advantage: the manual's examples, and what the simulator answers in a few measurements."""

from datetime import datetime

from case import Case, Example, Missing

from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject
from simulators.suntech import ERRORS, SuntechMachine, ack, frame, pressure, result

NOON = datetime(2026, 11, 24, 12)
START = bytes.fromhex("3A 20 A6")
GET_PRESSURE = bytes.fromhex("3A 79 05 00 48")
GET_RESULT = bytes.fromhex("3A 79 03 00 4A")
UP = [pressure(90), pressure(80)]


class Host:
    """Asks a simulated module, whose patient lives 60 times as fast, and keeps its answers."""

    def __init__(self, seed: int, **faults: float) -> None:
        subject = VirtualSubject(Patient(Rest(), seed), 60.0, seed)
        self.machine = SuntechMachine(Setting(subject, seed, lambda: NOON))
        for name, value in faults.items():
            setattr(self.machine.faults, name, value)
        self.now_s = 0.0
        self.answers: list[bytes] = []

    def ask(self, command: bytes) -> None:
        self.answers += self.machine.heard(command, self.now_s)

    def measure(self, every_s: float) -> None:
        """Measure once, asking for the pressure every so often, and rest for 30 s."""
        self.ask(START)
        until_s = self.now_s + 60.0
        while self.now_s < until_s:
            said = len(self.answers)
            self.now_s += every_s
            self.answers += self.machine.step(self.now_s)
            if ack("K") in self.answers[said:]:
                self.ask(GET_RESULT)
            if self.machine._pump.measuring or not self.machine._pump.empty:
                self.ask(GET_PRESSURE)


def frames(seed: int) -> list[bytes]:
    """Return four measurements, the pressure asked for once a second."""
    host = Host(seed)
    for _ in range(4):
        host.measure(1.0)
    return host.answers


def failed(error: int) -> Missing:
    ended = [*UP, ack("K"), pressure(60), result(0, 0, 0, 0, 0, error)]
    return Missing(f"error {error}", ended, "nibp_sys", "measurement_failed")


def nibp(sys, dia, mean, rate):
    return {"event": "nibp", "nibp_sys": sys, "nibp_dia": dia, "nibp_map": mean, "pulse_rate": rate}


CASE = Case(
    "suntech-advantage",
    [
        Example(
            "115/74, mean 88, pulse 85",
            "M",
            "3E 18 73 00 4A 00 1E 01 00 00 00 00 00 00 31 07 55 00 58 00 00 00 00 E9",
            [nibp(115, 74, 88, 85)],
        ),
        Example(
            "258 mmHg in the cuff",
            "M",
            "3E 05 02 01 BA",
            [{"event": "numeric", "channel": "cuff_pressure", "value": 258, "unit": "mm[Hg]"}],
        ),
        Example(
            "118/76, mean 90, pulse 72",
            "X",
            "3E 18 76 00 4C 00 1C 01 00 00 00 00 00 00 00 00 48 00 5A 00 00 00 00 29",
            [nibp(118, 76, 90, 72)],
        ),
        Example(
            "leak",
            "X",
            "3E 18" + " 00" * 18 + " 57 00 00 53",
            [
                {
                    **nibp(None, None, None, None),
                    "reason": "measurement_failed",
                    "status": ["measurement_failed", "cuff_leak"],
                    "error": "cuff not filled in time: leak or loose cuff (87)",
                }
            ],
        ),
        Example(
            "command executed, or measurement finished",
            "D",
            "3E 04 4B 73",
            [{"event": "reply", "ok": True, "text": "command executed, or measurement finished (K)"}],
        ),
        *(
            Example(f"acknowledgement {letter}", "X", wire, [{"event": "reply", "ok": letter in "OA"}])
            for letter, wire in (
                ("O", "3E 04 4F 6F"),
                ("A", "3E 04 41 7D"),
                ("B", "3E 04 42 7C"),
                ("E", "3E 04 45 79"),
                ("N", "3E 04 4E 70"),
                ("D", "3E 04 44 7A"),
                ("S", "3E 04 53 6B"),
                ("T", "3E 04 54 6A"),
            )
        ),
    ],
    frames,
    [
        *(failed(error) for error in ERRORS),
        Missing("no pressure", [*UP, pressure(0xFFFF)], "cuff_pressure", "missing"),
    ],
    checked=True,
    replies=[*map(ack, "OKABENDST"), frame(b"SB1.00".ljust(64)), frame(bytes(3))],
)
