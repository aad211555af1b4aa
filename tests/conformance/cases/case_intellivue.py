"""Philips IntelliVue data export over RS-232: the documented answers, and what the simulator sends."""

from datetime import datetime, timedelta

from case import Case, Example, Missing

from simulators.intellivue import SET_S, serial
from simulators.intellivue_frame import frame
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12, 0)
SET = (
    "C0 11 01 00 AE E1 00 00 02 00 02 00 A6 00 01 00 07 00 A0 00 21 00 00 00"
    "00 0C 16 00 96 00 01 00 01 23 45 FF FF FF FF FF FF FF FF 00 01 00 06 08"
    "03 00 01 00 7E 00 00 00 03 00 78 82 CF 00 02 00 16 09 24 00 04 00 02 41"
    "82 09 50 00 0A 41 82 00 00 0A A0 00 00 00 48 84 00 00 02 00 16 09 24 00"
    "04 00 02 4B B8 09 50 00 0A 4B B8 00 00 02 20 FF 00 03 CA 83 01 00 03 00"
    "3A 09 24 00 04 00 02 4A 04 09 90 00 08 20 26 11 24 15 30 00 00 09 4B 00"
    "22 00 03 00 1E 4A 05 00 00 0F 20 00 00 00 76 4A 06 00 00 0F 20 00 00 00"
    "4C 4A 07 00 00 0F 20 00 00 00 5A 51 96 C1"
)
CLOSING = (
    "C0 11 01 00 32 E1 00 00 02 00 02 00 2A 00 01 00 07 00 24 00 21 00 00 00 00 F1 3B 00 1A 00 01 00 00"
    "00 1D D4 00 FF FF FF FF FF FF FF FF 00 01 00 06 00 00 00 00 00 00 F8 57 C1"
)
ASSOCIATE = bytes.fromhex("0D 0D 00 01 00 28 80 00 00 00 00 00 1F 40 00")
EXTENDED = bytes.fromhex(
    "E1 00 00 02 00 01 00 28 00 03 00 07 00 22 00 21 00 00 00 00 00 00 00 00 F1 3B 00 14"
    "00 01 00 01 00 06 08 03 00 01 00 08 F1 3E 00 04 00 49 3E 00"
)
KEEP_ALIVE = b"\xe1"
CREATED = bytes.fromhex("E1 00 00 02 00 02 00 14 00 01 00 01 00 0E 00 21 00 00 00 00 00 00 00 00 0D 06 00 00")


class Bedside:
    """A monitor that sends sets to a host, and its patient whose minute is a second."""

    def __init__(self, seed, **faults):
        self.now_s = 0.0
        patient = VirtualSubject(Patient(Rest(), seed), 60.0, seed)
        self.monitor = serial(Setting(patient, seed, self.clock, first_s=2.0, every_s=40.0))
        for name, value in faults.items():
            setattr(self.monitor.faults, name, value)
        self.opening = self.monitor.heard(frame(ASSOCIATE), 0.0)
        for message in (CREATED, EXTENDED):
            self.monitor.heard(frame(message), 0.0)

    def clock(self):
        return NOON + timedelta(seconds=self.now_s)

    def sets(self, count):
        found = []
        for _ in range(count):
            self.monitor.heard(frame(KEEP_ALIVE), self.now_s)
            found += self.monitor.step(self.now_s)
            self.now_s += SET_S
        return found


def frames(seed):
    """Return sets that come whole, and then some that come in linked parts."""
    bedside = Bedside(seed)
    whole = bedside.sets(60)
    bedside.monitor.faults.linked = True
    return whole + bedside.sets(10)


def missing(title, channel="spo2", **faults):
    return Missing(title, Bedside(1, **faults).sets(2), channel, "missing")


def number(channel, value):
    return {"event": "numeric", "channel": channel, "value": value}


CASE = Case(
    model="intellivue",
    examples=[
        Example(
            "answer to a single poll",
            "X",
            SET,
            [
                number("heart_rate", 72),
                number("spo2", 97.0),
                {
                    "event": "nibp",
                    "nibp_sys": 118,
                    "nibp_dia": 76,
                    "nibp_map": 90,
                    "unit": "mm[Hg]",
                    "device_time": "2026-11-24T15:30:00",
                },
            ],
        ),
        Example(
            "empty result that closes a linked one", "R", CLOSING, [{"event": "reply", "command": "poll"}]
        ),
    ],
    frames=frames,
    missing=[
        missing("sensor off", sensor_off=True),
        missing("leads off", "heart_rate", leads_off=True),
        missing("NaN without a state bit", nan=True),
        missing("unavailable", "temperature", unavailable=True),
        missing("calibrating", "art_sys", calibrating=True),
        missing("test data", "resp_rate", test_data=True),
        missing("demonstration data", "pulse_rate", demo=True),
    ],
    checked=True,
    replies=[*Bedside(1).opening, bytes.fromhex(CLOSING)],
    recovers_at=1,
)
