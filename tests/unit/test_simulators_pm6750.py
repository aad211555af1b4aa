"""The simulated PM6750 module against its document: frames, streams, and the cuff's state machine."""

import pytest
from cuff_room import Arm, setting

from simulators.faults import CommandError
from simulators.pm6750 import ECG, ECG_WAVE, NIBP, PLETH, RESP, SPO2, TEMPERATURE, Pm6750Machine, frame, nibp

START = bytes.fromhex("55 AA 04 02 01 F8")
STOP = bytes.fromhex("55 AA 04 02 00 F9")


class Module:
    def __init__(self) -> None:
        self.arm = Arm()
        self.machine = Pm6750Machine(setting(self.arm))
        self.faults = self.machine.faults
        self.now_s = 0.0

    def run(self, length_s: float, kind: int | None = None) -> list[bytes]:
        """Return the frames of so many seconds, or those of one type."""
        said: list[bytes] = []
        for _ in range(round(length_s * 100)):
            self.now_s += 0.01
            said += self.machine.step(self.now_s)
        return [each for each in said if kind in (None, each[3])]

    def order(self, command: bytes) -> None:
        assert self.machine.heard(command, self.now_s) == []

    def cuff(self) -> tuple[int, int]:
        """Return result and pressure of the next cuff packet."""
        [packet] = self.run(1, NIBP)
        return packet[4] >> 2, 2 * packet[5]


@pytest.fixture
def module():
    return Module()


def test_the_documents_frames():
    assert nibp(1, 0x47).hex(" ") == "55 aa 08 03 04 47 00 00 00 a9"
    assert nibp(0, 0, 118, 90, 76).hex(" ") == "55 aa 08 03 00 00 76 5a 4c d8"
    assert nibp(4, 0).hex(" ") == "55 aa 08 03 10 00 00 00 00 e4"
    assert frame(SPO2, 0, 97, 72).hex(" ") == "55 aa 06 04 00 61 48 4c"
    assert frame(SPO2, 2, 0x7F, 0xFF).hex(" ") == "55 aa 06 04 02 7f ff 75"


def test_it_streams_from_power_on(module):
    module.run(1)
    frames = module.run(4)
    counts = {kind: sum(each[3] == kind for each in frames) / 4 for kind in (*range(1, 6), 0xFE, 0xFF)}
    assert counts == {ECG_WAVE: 250, ECG: 1, NIBP: 1, SPO2: 1, TEMPERATURE: 1, PLETH: 100, RESP: 50}
    assert all(~sum(each[2:-1]) & 0xFF == each[-1] and len(each) == each[2] + 2 for each in frames)


@pytest.mark.parametrize(
    ("off", "kind"),
    [
        ("55 AA 04 03 00 F8", SPO2),
        ("55 AA 04 FE 00 FD", PLETH),
        ("55 AA 04 01 00 FA", ECG),
        ("55 AA 04 FB 00 00", ECG_WAVE),
        ("55 AA 04 04 00 F7", TEMPERATURE),
        ("55 AA 04 FF 00 FC", RESP),
    ],
)
def test_streams_can_be_switched(module, off, kind):
    module.order(bytes.fromhex(off))
    assert module.run(2, kind) == []
    assert module.run(1)


def test_a_measurement_rises_and_falls_and_its_result_stays(module):
    assert module.cuff() == (10, 0)
    module.order(START)
    seen = [module.cuff() for _ in range(40)]
    pressures = [mmhg for result, mmhg in seen if result == 1]
    assert 18 <= len(pressures) <= 60
    top = pressures.index(max(pressures))
    assert pressures[: top + 1] == sorted(pressures[: top + 1])
    assert pressures[top:] == sorted(pressures[top:], reverse=True)
    assert [packet[6:9] for packet in module.run(5, NIBP)] == [bytes([118, 90, 76])] * 5
    assert [up for _, up in module.arm.squeezed] == [True, False]


@pytest.mark.parametrize("code", range(2, 9))
def test_every_result(module, code):
    module.machine.obey(["fail", str(code)], 0.0)
    module.order(START)
    module.run(60)
    [packet] = module.run(1, NIBP)
    assert packet[4] >> 2 == code and packet[6:9] == bytes(3)


@pytest.mark.parametrize(("fault", "code"), [("leak", 4), ("movement", 7)])
def test_faults_of_cuff_and_arm(module, fault, code):
    setattr(module.faults, fault, True)
    module.order(START)
    module.run(60)
    assert module.cuff()[0] == code


def test_a_stop_lets_the_air_out(module):
    module.order(START)
    module.run(5)
    module.order(STOP)
    module.run(3)
    assert module.cuff() == (2, 0)


def test_stops_can_go_unheard_and_a_valve_can_stick(module):
    module.faults.deaf_stops = 1.0
    module.faults.stuck = True
    module.order(START)
    module.run(5)
    module.order(STOP)
    assert module.cuff()[0] == 1
    module.order(STOP)
    module.run(3)
    result, mmhg = module.cuff()
    assert result == 2 and mmhg > 100


def test_orders_are_ignored_while_it_initialises_or_is_deaf(module):
    module.faults.initialising = True
    module.order(START)
    assert module.cuff() == (9, 0)
    module.faults.initialising, module.faults.deaf = False, True
    module.order(START)
    assert module.cuff() == (10, 0)


def test_the_patient_mode_is_in_the_status(module):
    module.order(bytes.fromhex("55 AA 04 09 03 EF"))
    [packet] = module.run(1, NIBP)
    assert packet[4] & 3 == 2


def test_of_its_cuff_it_may_say_nothing_but_while_it_measures(module):
    module.faults.quiet_cuff = True
    assert module.run(3, NIBP) == []
    module.order(START)
    packets = module.run(60, NIBP)
    assert packets[-1][4] >> 2 == 0 and packets[-1][6] == 118
    module.faults.quiet_cuff, module.faults.lost_cuff = False, True
    assert module.run(3, NIBP) == []


@pytest.mark.parametrize(
    ("fault", "kind", "data"),
    [
        ("sensor_off", SPO2, bytes([1, 0x7F, 0xFF])),
        ("finger_off", SPO2, bytes([2, 0x7F, 0xFF])),
        ("searching", SPO2, bytes([3, 0x7F, 0xFF])),
        ("search_timeout", SPO2, bytes([4, 0x7F, 0xFF])),
        ("probe_off", TEMPERATURE, bytes([1, 0, 0])),
        ("leads_off", ECG, bytes([0b0101_1010, 0, 0, 0, 1])),
    ],
)
def test_faults_of_the_sensors(module, fault, kind, data):
    setattr(module.faults, fault, True)
    assert module.run(1, kind)[-1][4:-1] == data


def test_a_weak_ecg_is_a_bit(module):
    module.faults.weak_ecg = True
    assert module.run(1, ECG)[-1][4] & 3 == 1


def test_a_command_may_come_byte_by_byte_and_behind_noise(module):
    for byte in b"\x00\x55\x11" + START:
        module.order(bytes([byte]))
    assert module.cuff()[0] == 1


def test_a_wrong_checksum_is_no_command(module):
    module.order(START[:-1] + b"\xf7")
    assert module.cuff() == (10, 0)


def test_what_a_person_does_at_the_module(module):
    assert module.machine.obey(["measure"], 0.0) == "measures"
    with pytest.raises(CommandError):
        module.machine.obey(["measure"], 0.0)
    module.run(5)
    module.machine.obey(["stop"], module.now_s)
    module.run(3)
    assert module.cuff() == (2, 0)
    with pytest.raises(CommandError, match="CODE"):
        module.machine.obey(["fail", "9"], 0.0)
