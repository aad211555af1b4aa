"""The simulated SunTech module against its document: frames, and the state machine."""

import pytest
from cuff_room import Arm, setting

from simulators.faults import CommandError
from simulators.suntech import ERRORS, SuntechMachine, ack, frame, pressure, result

START = bytes.fromhex("3A 20 A6")
ABORT = bytes.fromhex("3A 79 01 00 4C")
GET_PRESSURE = bytes.fromhex("3A 79 05 00 48")
GET_RESULT = bytes.fromhex("3A 79 03 00 4A")
GOOD = result(118, 76, 90, 72, 28)


class Module:
    def __init__(self) -> None:
        self.arm = Arm()
        self.machine = SuntechMachine(setting(self.arm))
        self.faults = self.machine.faults
        self.now_s = 0.0

    def run(self, length_s: float) -> list[bytes]:
        said: list[bytes] = []
        for _ in range(round(length_s * 100)):
            self.now_s += 0.01
            said += self.machine.step(self.now_s)
        return said

    def ask(self, command: bytes) -> list[bytes]:
        return self.machine.heard(command, self.now_s)

    def mmhg(self) -> int:
        [answer] = self.ask(GET_PRESSURE)
        return int.from_bytes(answer[2:4], "little")


@pytest.fixture
def module():
    return Module()


def test_the_documents_frames():
    assert pressure(258).hex(" ") == "3e 05 02 01 ba"
    assert ack("K").hex(" ") == "3e 04 4b 73"
    assert (
        result(118, 76, 90, 72, 28).hex(" ")
        == "3e 18 76 00 4c 00 1c 01 00 00 00 00 00 00 00 00 48 00 5a 00 00 00 00 29"
    )
    assert result(0, 0, 0, 0, 0, 87).hex(" ") == "3e 18" + " 00" * 18 + " 57 00 00 53"


def test_it_says_nothing_unasked(module):
    assert module.run(30) == []


def test_a_measurement_rises_and_falls_and_ends_with_k(module):
    assert module.ask(START) == [ack("O")]
    pressures = []
    said: list[bytes] = []
    while not said and module.now_s < 60:
        said += module.run(0.2)
        pressures.append(module.mmhg())
    assert said == [ack("K")] and 20 <= module.now_s <= 60
    top = pressures.index(max(pressures))
    assert pressures[: top + 1] == sorted(pressures[: top + 1])
    assert pressures[top:] == sorted(pressures[top:], reverse=True)
    [answer] = module.ask(GET_RESULT)
    assert answer[2:6] == GOOD[2:6] and answer[16] == 72 and answer[20] == 0
    assert module.run(5) == []
    assert [up for _, up in module.arm.squeezed] == [True, False]


def test_speed_makes_it_short(module):
    module.faults.speed = 20.0
    module.ask(START)
    assert module.run(3) == [ack("K")]


@pytest.mark.parametrize("code", ERRORS)
def test_every_error_still_ends_with_k(module, code):
    module.machine.obey(["fail", str(code)], 0.0)
    module.ask(START)
    assert module.run(60) == [ack("K")]
    assert module.ask(GET_RESULT)[0][20] == code
    module.ask(START)
    module.run(60)
    assert module.ask(GET_RESULT)[0][20] == 0


@pytest.mark.parametrize(("fault", "code"), [("leak", 87), ("movement", 2), ("blocked", 85)])
def test_faults_of_cuff_and_arm(module, fault, code):
    setattr(module.faults, fault, True)
    module.ask(START)
    module.run(60)
    assert module.ask(GET_RESULT)[0][20] == code


def test_a_start_while_it_measures_is_busy(module):
    module.ask(START)
    module.run(1)
    assert module.ask(START) == [ack("B")]


def test_an_abort_is_answered_a_and_k_when_the_air_is_out(module):
    module.ask(START)
    module.run(5)
    assert module.ask(ABORT) == [ack("A")]
    assert module.run(5) == [ack("K")]
    assert module.mmhg() < 15
    assert module.ask(GET_RESULT)[0][20] == 86


def test_aborts_can_go_unheard_and_a_valve_can_stick(module):
    module.faults.deaf_stops = 2.0
    module.faults.stuck = True
    module.ask(START)
    module.run(5)
    assert [module.ask(ABORT) for _ in range(3)] == [[], [], [ack("A")]]
    module.run(5)
    assert module.mmhg() > 100
    module.faults.stuck = False
    module.run(5)
    assert module.mmhg() < 15


def test_k_can_be_lost_and_a_result_stay_old(module):
    module.faults.lost_k = module.faults.stale = True
    before = module.ask(GET_RESULT)
    module.ask(START)
    assert module.run(60) == []
    assert module.ask(GET_RESULT) == before


def test_no_pressure_busy_and_deaf(module):
    module.faults.no_pressure = module.faults.busy = True
    assert module.ask(GET_PRESSURE) == [pressure(0xFFFF)]
    assert module.ask(START) == [ack("B")]
    module.faults.deaf = True
    assert module.ask(START) == []


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("3A 20 A7", ack("D")),
        ("3A 55 71", ack("N")),
        ("3A 00 C6", ack("K")),
        ("3A 17 B4 00 FB", ack("O")),
        ("3A 79 10 03 3A", frame(bytes(2))),
        ("3A 79 02 03 48", frame(bytes(3))),
    ],
)
def test_other_commands(module, command, answer):
    assert module.ask(bytes.fromhex(command)) == [answer]


def test_the_version_is_a_long_answer(module):
    [answer] = module.ask(bytes.fromhex("3A 79 02 40 0B"))
    assert (len(answer), answer[1]) == (67, 67) and answer[2:4] == b"SB"


def test_a_command_may_come_byte_by_byte_and_behind_noise(module):
    said = [module.ask(bytes([byte])) for byte in b"\x00\x11" + START]
    assert said[:-1] == [[]] * 4 and said[-1] == [ack("O")]


@pytest.mark.parametrize("letter", "OKABENDST")
def test_any_acknowledgement_can_be_had(module, letter):
    module.machine.obey(["answer", letter], 0.0)
    assert module.ask(START) == [ack(letter)]


def test_what_a_person_does_at_the_module(module):
    assert module.machine.obey(["measure"], 0.0) == "measures"
    with pytest.raises(CommandError):
        module.machine.obey(["measure"], 0.0)
    module.run(5)
    module.machine.obey(["stop"], module.now_s)
    assert module.run(5) == [ack("K")]
    with pytest.raises(CommandError, match="CODE"):
        module.machine.obey(["fail", "7"], 0.0)
