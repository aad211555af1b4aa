"""The simulated oximeter's frames and record access point, against the document."""

from datetime import datetime, timedelta

import pytest
from bumble import att

from simulators.faults import CommandError, set_fault
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.radio.peripherals.own_clock import ClockFaults, OwnClock
from simulators.radio.peripherals.pulse_oximeter import (
    Measured,
    PulseOximeterPeripheral,
    continuous,
    features,
    spot_check,
)
from simulators.subject import VirtualSubject

NOON = datetime(2026, 11, 24, 12)
ONGOING = 1 << 5


def worn() -> PulseOximeterPeripheral:
    subject = VirtualSubject(Patient(Rest(), 3), 1.0, 3)
    return PulseOximeterPeripheral.worn(Setting(subject, 3, lambda: NOON, address="C0:00:00:00:00:05"))


@pytest.mark.parametrize(
    ("frame", "sent"),
    [
        pytest.param(continuous(Measured(98, 72), bare=True), "00 62 00 48 00", id="whole numbers"),
        pytest.param(continuous(Measured(98, 72), bare=True, tenths=True), "00 D4 F3 D0 F2", id="tenths"),
        pytest.param(
            continuous(Measured(98, 78, status=ONGOING)), "0C 62 00 4E 00 20 00 00 00 00", id="ChoiceMMed"
        ),
        pytest.param(continuous(Measured(None, None), bare=True), "00 FF 07 FF 07", id="no value"),
        pytest.param(
            spot_check(
                Measured(97, 96, None, ONGOING, 1 << 5, datetime(2017, 1, 1, 1, 34, 19)), clock_unset=True
            ),
            "17 61 00 60 00 E1 07 01 01 01 22 13 20 00 20 00 00",
            id="spot-check, ChoiceMMed",
        ),
        pytest.param(features(), "4F 00 E0 FF FF FF 00", id="features"),
    ],
)
def test_frames_of_the_document(frame, sent):
    assert frame == bytes.fromhex(sent)


async def test_every_status_bit_can_be_held_and_let_go():
    oximeter = worn()
    for bit in range(16):
        await oximeter.obey(["status", str(bit), "on"], 30)
        assert oximeter.measured(30).status & 1 << bit
        await oximeter.obey(["status", str(bit), "off"], 30)
    for bit in range(24):
        await oximeter.obey(["sensor", str(bit), "on"], 30)
        assert oximeter.measured(30).sensor == 1 << bit
        await oximeter.obey(["sensor", str(bit), "off"], 30)
    assert (oximeter.measured(30).status, oximeter.measured(30).sensor) == (1 << 7, 0)


def test_finger_out_has_no_values_and_says_why():
    oximeter = worn()
    set_fault(oximeter.faults, ["sensor_off", "on"])
    measured = oximeter.measured(30)
    assert (measured.spo2, measured.pulse, measured.sensor) == (None, None, 1 << 11)


@pytest.mark.parametrize(
    "words", ["status 16 on", "sensor 24 on", "status x on", "spot_check 101/60", "memory 0", "dance"]
)
async def test_what_makes_no_sense_is_refused(words):
    with pytest.raises(CommandError):
        await worn().obey(words.split(), 30)


async def test_memory_holds_an_hour_for_each_record():
    oximeter = worn()
    await oximeter.obey(["memory", "3"], 30)
    assert [record.when for record in oximeter.records] == [NOON - timedelta(hours=n) for n in (3, 2, 1)]


def test_requests_before_a_subscription_are_refused_with_fd():
    oximeter = worn()
    with pytest.raises(att.ATT_Error) as refused:
        oximeter._take_request(b"\x01\x01")
    assert refused.value.error_code == 0xFD


def test_clock_is_off_until_it_is_set():
    faults = ClockFaults(clock_off_s=-7200)
    clock = OwnClock(lambda: NOON, faults)
    assert clock.now() == NOON - timedelta(hours=2)
    assert clock.take(bytes.fromhex("EA 07 0B 18 0C 00 00 02 00 01"))
    assert clock.now() == NOON
    assert clock.current_time() == bytes.fromhex("EA 07 0B 18 0C 00 00 02 00 00")


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param("EA 07 0D 18 0C 00 00", id="month 13"),
        pytest.param("EA 07 0B 00 0C 00 00", id="day 0"),
        pytest.param("EA 07 0B 18 18 00 00", id="hour 24"),
        pytest.param("00 00 0B 18 0C 00 00", id="year 0"),
        pytest.param("EA 07 0B", id="cut"),
    ],
)
def test_time_out_of_range_is_ignored(sent):
    faults = ClockFaults(clock_unset=True)
    clock = OwnClock(lambda: NOON, faults)
    assert not clock.take(bytes.fromhex(sent))
    assert clock.now() is None and clock.current_time() == bytes(10)


def test_deaf_clock_stays_wrong():
    faults = ClockFaults(clock_off_s=60, ignores_time=True)
    clock = OwnClock(lambda: NOON, faults)
    assert clock.take(bytes.fromhex("EA 07 0B 18 0C 00 00"))
    assert clock.now() == NOON + timedelta(minutes=1)
