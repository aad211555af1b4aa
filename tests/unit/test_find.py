"""What a stretch of bytes or an advertisement may be, and what the ports of a computer are called."""

import random
from datetime import datetime

import pytest

from drivers import registry
from drivers.find.air import guess
from drivers.find.fit import fits
from drivers.find.ports import serial_ports
from simulators.machine import Setting
from simulators.models import load as simulator
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

MODELS = [registry.load(name) for name in registry.MODELS]


def stream(model, seconds):  # what comes by itself
    subject = VirtualSubject(Patient(Rest(), 7), 1.0, 7)
    machine = simulator(model).make(Setting(subject, 7, lambda: datetime(2026, 11, 24)))
    return b"".join(b"".join(machine.step(tick / 100)) for tick in range(round(seconds * 100)))


STREAMING = [
    "nonin-df2",
    "nonin-df7",
    "nonin-df8",
    "contec-5byte",
    "masimo-ascii1",
    "berrymed-pm6750",
]


@pytest.mark.parametrize("model", STREAMING)
def test_a_few_seconds_of_a_stream_are_enough_to_name_it(model):
    found = fits(stream(model, 6), MODELS)
    assert found[0].model == model
    assert found[0].garbage == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("cut", [1, 7, 60, 124])
def test_a_line_opened_in_the_middle_of_a_packet_fits_as_well(cut):
    assert fits(stream("nonin-df2", 2)[cut:], MODELS)[0].model == "nonin-df2"


@pytest.mark.parametrize("data", [b"", random.Random(1).randbytes(3000), b"U" * 3000], ids=["", "noise", "U"])
def test_noise_fits_no_model(data):
    assert fits(data, MODELS) == []


HEART_RATE = "0000180d-0000-1000-8000-00805f9b34fb"


@pytest.mark.parametrize(
    ("name", "services", "expected"),
    [
        pytest.param("HRM 801", [HEART_RATE.upper()], "ble-heart-rate", id="by its service"),
        pytest.param("", ["00001810-0000-1000-8000-00805f9b34fb"], "ble-blood-pressure", id="a cuff"),
    ],
)
def test_an_advertisement_names_the_likeliest_model_first(name, services, expected):
    assert guess(name, services, [], MODELS)[0] == expected


def test_what_is_no_monitor_is_not_guessed():
    assert guess("LE_SPEAKER", ["0000fe2c-0000-1000-8000-00805f9b34fb"], [0x004C], MODELS) == ()


def test_simulated_ports_are_listed_as_such(tmp_path):
    (tmp_path / "oximeter").symlink_to("/dev/null")
    (tmp_path / "notes.txt").write_text("no link")
    simulated = [port for port in serial_ports(tmp_path) if port.simulated]
    assert [port.path for port in simulated] == [str(tmp_path / "oximeter")]
