"""The simulated rings, cuffs and oximeters say what their documents say, on demand what goes wrong."""

import asyncio

import pytest
from framed_play import worn

from simulators.faults import CommandError, set_fault, usage_of
from simulators.radio.peripherals import jumper, lepu_bp2, mightysat, nonin_3230, viatom_oxy
from simulators.radio.peripherals.framed import crc8
from simulators.subject import Pressure

INFO = bytes.fromhex("AA 14 EB 00 00 00 00 C6")
PING = bytes.fromhex("AA 15 EA 00 00 00 00 D3")
LIVE = bytes.fromhex("AA 1B E4 00 00 01 00 00 5E")
SENSORS = bytes.fromhex("AA 17 E8 00 00 00 00 1B")


def test_documented_frames():
    measured = viatom_oxy.Measured(97, 72, 12, True, 85)
    assert viatom_oxy.sensors(measured, 3) == bytes.fromhex(
        "55 00 FF 00 00 0D 00 61 48 00 00 00 00 00 55 00 03 0C 01 00 F4"
    )
    assert viatom_oxy.live(measured, range(100, 110)).hex() == (
        "5500ff000016006148005500" + "0c010000000a00" + "6465666768696a6b6c6d4b"
    )
    assert lepu_bp2.running(134, 80, 1) == bytes.fromhex("A5 08 F7 01 01 05 00 00 00 50 86 00 45")
    assert lepu_bp2.finished(Pressure(128, 84, 99, 71), 80, 2) == bytes.fromhex(
        "A5 08 F7 01 02 0B 00 01 00 50 80 00 54 00 63 00 47 00 78"
    )
    assert jumper.numbers(56, 99, 68) == bytes.fromhex("81 38 63 44")
    assert nonin_3230.continuous(0x14, 28, 235, 7, 98, 72) == bytes.fromhex("0A 14 1C 00 EB 00 07 62 00 48")
    values = (98, 0), (72, 0), (20, 0x10), (550, 0), (16, 0)
    assert mightysat.parameters(0, *(mightysat.Parameter(*value) for value in values)) == bytes.fromhex(
        "77 11 05 00 00 00 00 00 62 00 48 10 14 00 26 02 00 10 0E"
    )


@pytest.mark.parametrize(
    "model", ["viatom-oxy", "lepu-bp2", "jumper-jpd500f", "nonin-3230", "masimo-mightysat"]
)
def test_every_fault_is_a_control_word(model):
    peripheral = worn(model)
    [line] = usage_of(peripheral.faults)
    for word in line.removesuffix(" on|off").split("|"):
        assert set_fault(peripheral.faults, [word, "on"]) and getattr(peripheral.faults, word) is True


def test_a_ring_answers_its_requests_and_nothing_else():
    ring = worn("viatom-oxy")
    for request in (INFO, PING, LIVE, SENSORS):
        if crc8(request[:-1]) != request[-1]:
            request = request[:-1] + bytes([crc8(request[:-1])])
        [answer] = ring.answers(request, 20.0)
        assert answer[:3] == b"\x55\x00\xff" and crc8(answer) == 0
    assert ring.answers(LIVE[:-1] + b"\0", 20.0) == ring.answers(b"", 20.0) == []
    ring.faults.old_firmware = True
    assert ring.answers(LIVE, 21.0) == [] and ring.answers(SENSORS, 21.0)
    ring.faults.refuse = True
    assert ring.answers(SENSORS, 22.0)[0][1] == 1


def test_a_ring_sends_each_sample_once():
    ring = worn("viatom-oxy")
    ring.wave(20.0)
    assert [len(ring.wave(t_s)) for t_s in (21.0, 21.4, 100.0)] == [125, 50, 250]


def test_what_leaves_of_a_frame():
    ring = worn("viatom-oxy")
    frame = bytes(range(50))
    assert ring.notifications(frame, 180) == [frame]
    ring.faults.split = True
    assert [len(part) for part in ring.notifications(frame, 180)] == [20, 20, 10]
    ring.faults.bad_crc = True
    assert b"".join(ring.notifications(frame, 180))[:-1] == frame[:-1]
    assert b"".join(ring.notifications(frame, 180)) != frame
    ring.faults.no_answer = True
    assert ring.notifications(frame, 180) == []


def test_a_cuff_measures_on_schedule_and_shows_its_result_for_a_while():
    cuff = worn("lepu-bp2", first_s=30)
    states = []
    for tenth in range(1200):
        cuff.due(tenth / 10)
        states.append(cuff.state(tenth / 10))
    changes = [state for state, before in zip(states, [None, *states], strict=False) if state != before]
    assert changes == [3, 4, 5, 3]


def test_a_cuff_ignores_what_would_inflate_it():
    cuff = worn("lepu-bp2")
    for command in (0x09, 0x0A, 0x39):
        head = bytes([0xA5, command, command ^ 0xFF, 0, 1, 0, 0])
        assert cuff.answers(head + bytes([crc8(head)]), 1.0) == [] and cuff.state(1.0) == 3


def test_a_cuff_refuses_to_measure_twice_and_knows_no_other_words():
    cuff = worn("lepu-bp2")
    asyncio.run(cuff.obey(["measure"], 1.0))
    for words in (["measure"], ["fail"], ["inflate"]):
        with pytest.raises(CommandError):
            asyncio.run(cuff.obey(words, 2.0))


def test_a_mightysat_streams_only_after_its_start():
    oximeter = worn("masimo-mightysat")
    assert oximeter.due(20.0) == []
    assert oximeter.answers(bytes.fromhex("77 02 01 07"), 20.0) == [mightysat.ABOUT_FRAME]
    assert oximeter.answers(bytes.fromhex("77 05 03 1F 00 03 D6"), 20.0) == [mightysat.frame(b"\xfe\x03")]
    frames = [frame for tenth in range(201, 231) for frame in oximeter.due(tenth / 10)]
    assert sum(frame[2] == 5 for frame in frames) == 3 and sum(frame[2] == 4 for frame in frames) == 13


def test_a_3230_shows_every_status_bit_on_demand():
    oximeter = worn("nonin-3230")
    assert oximeter.value(20)[1] == 0x14
    expected = {"searching": 0x18, "weak_signal": 0x12, "low_battery": 0x34, "finger_out": 0x00}
    for fault, bits in expected.items():
        setattr(oximeter.faults, fault, True)
        assert oximeter.value(20)[1] == bits, fault
        setattr(oximeter.faults, fault, False)


def test_a_jumper_shows_every_missing_code_on_demand():
    oximeter = worn("jumper-jpd500f")
    assert [value[0] for value in oximeter.values(20)] == [0x80, 0x81]
    oximeter.faults.finger_out = True
    assert oximeter.values(20)[1] == bytes.fromhex("81 FF 7F 00")
    oximeter.faults.idle = True
    assert set(oximeter.values(20)[0]) == {0x2D}
