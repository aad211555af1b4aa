"""Contec's V7.0 is started, kept alive and asked again; numbers of every frame are told once a second."""

from itertools import pairwise

import pytest

from drivers import registry
from drivers.devices.contec import FIVE_BYTE, V7
from drivers.model import DeviceConfig, OrderRefused
from drivers.orders import Order, OrderKind
from drivers.wire.contec_v7 import KEEP_ALIVE, START, STOP, STOP_STORED
from monitor.core.clock import Nanos, SystemClock, seconds
from monitor.core.types import DeviceStatus, Numeric, Waveform

STOPPED = bytes.fromhex("0C 80")
DATA = bytes.fromhex("01 80 C6 DA 8B C8 E2 FB 81")
OFF = bytes.fromhex("01 E9 80 C0 90 FF FF FF FF")
FRAME = bytes.fromhex("C5 64 0C 48 62")
FALLEN = bytes.fromhex("C5 64 0C 48 60")


class Bench:
    """A device connected as the supervisor does it."""

    def __init__(self, model) -> None:
        self.t = Nanos(0)
        self.device = model.make_device(DeviceConfig("ox", model.name, simulated=True), SystemClock())
        self.decoder = model.sources[0].make_decoder()

    def opened(self) -> list[bytes]:
        return [write.data for write in self.device.opened(self.t)]

    def pass_s(self, s: float) -> list[bytes]:
        self.t = Nanos(self.t + seconds(s))
        return [write.data for write in self.device.step(self.t).writes]

    def hear(self, wire: bytes) -> list[bytes]:
        self.said = self.device.readings(self.decoder.feed(wire), self.t)
        return self.pass_s(0)

    def numbers(self, wire: bytes) -> list[tuple[str, float | None]]:
        found = self.device.readings(self.decoder.feed(wire), self.t)
        return [(each.channel, each.value) for each in found if isinstance(each, Numeric)]


def running() -> Bench:
    bench = Bench(V7)
    bench.opened()
    bench.hear(STOPPED)
    bench.hear(DATA * 3)
    return bench


def test_it_is_stopped_first_and_started_when_it_says_so():
    bench = Bench(V7)
    assert bench.opened() == [STOP_STORED, STOP]
    assert bench.pass_s(0.5) == []
    assert bench.hear(STOPPED) == [START]
    assert bench.hear(STOPPED) == []  # the second one's answer
    assert bench.hear(DATA * 2) == []


def test_it_is_started_after_a_second_though_it_does_not_say_that_it_has_stopped():
    bench = Bench(V7)
    bench.opened()
    assert bench.pass_s(0.9) == []
    assert bench.pass_s(0.1) == [START]


def test_an_older_stream_that_still_runs_does_not_count_as_started():
    bench = Bench(V7)
    bench.opened()
    assert bench.hear(DATA * 3) == []
    assert bench.hear(STOPPED) == [START]


def test_all_is_asked_anew_when_no_data_come_within_a_second():
    bench = Bench(V7)
    bench.opened()
    bench.hear(STOPPED)
    assert bench.pass_s(0.9) == []
    assert bench.pass_s(0.1) == [STOP_STORED, STOP]
    assert bench.pass_s(1.0) == [START]


def test_all_is_asked_anew_when_the_data_cease():
    bench = running()
    assert bench.pass_s(0.9) == []
    assert bench.hear(DATA) == []
    assert bench.pass_s(0.9) == []
    assert bench.pass_s(0.1) == [STOP_STORED, STOP]


def test_keep_alive_goes_out_every_five_seconds_and_nothing_else():
    bench = running()
    sent = [(bench.t, data) for _ in range(200) for data in (bench.hear(DATA) + bench.pass_s(0.1))]
    assert [data for _, data in sent] == [KEEP_ALIVE] * 4
    assert {round((b - a) / seconds(1), 1) for (a, _), (b, _) in pairwise(sent)} == {5.0}


def test_it_is_stopped_before_vigil_hangs_up():
    assert [write.data for write in running().device.parting(Nanos(0))] == [STOP]


def test_an_opened_way_begins_anew():
    bench = running()
    assert bench.opened() == [STOP_STORED, STOP]


def test_nothing_but_four_commands_is_ever_written():
    bench = Bench(V7)
    sent = set(bench.opened())
    for turn in range(4000):
        wire = (DATA * 2, OFF, STOPPED, b"\x7f\x00", b"")[turn // 7 % 5]
        sent |= {*bench.hear(wire), *bench.pass_s(0.1 + turn % 3)}
    assert sent == {START, STOP, STOP_STORED, KEEP_ALIVE}


def test_finger_out_is_told_as_flag_and_without_values():
    bench = running()
    bench.hear(OFF * 2)
    assert [type(each) for each in bench.said] == [DeviceStatus, Numeric, Numeric, Numeric, Waveform]
    assert [each.value for each in bench.said if isinstance(each, Numeric)] == [None] * 3
    assert all(each.simulated for each in bench.said)


def test_numbers_that_stand_are_told_once_a_second_and_changes_at_once():
    bench = Bench(FIVE_BYTE)
    assert bench.opened() == []
    assert bench.numbers(FRAME * 8) == [("pulse_rate", 72), ("spo2", 98)]
    bench.pass_s(0.9)
    assert bench.numbers(FRAME) == []
    assert bench.numbers(FALLEN) == [("spo2", 96)]
    bench.pass_s(0.1)
    assert bench.numbers(FALLEN) == [("pulse_rate", 72)]
    bench.pass_s(0.9)
    assert bench.numbers(FALLEN) == [("spo2", 96)]


def test_the_pleth_of_one_read_is_one_chunk():
    bench = Bench(FIVE_BYTE)
    [wave] = [r for r in bench.device.readings(bench.decoder.feed(FRAME * 9), bench.t) if type(r) is Waveform]
    assert (wave.samples.tolist(), wave.rate_hz) == ([100] * 9, 60.0)


def test_after_a_new_connection_all_is_told_again():
    bench = Bench(FIVE_BYTE)
    bench.numbers(FRAME * 8)
    bench.opened()
    assert bench.numbers(FRAME) == [("pulse_rate", 72), ("spo2", 98)]


def test_the_line_of_the_old_firmware_swallows_no_byte():
    assert (FIVE_BYTE.baudrate, FIVE_BYTE.parity) == (19200, "O")
    assert not FIVE_BYTE.xonxoff  # 11h and 13h are a pulse of 145 and of 147


def test_v7_line():
    assert (V7.baudrate, V7.parity, V7.rtscts, V7.xonxoff) == (115200, "N", False, False)


@pytest.mark.parametrize("name", ["contec-5byte", "contec-v7", "berrymed-ble"])
def test_no_orders_are_taken(name):
    model = registry.load(name)
    device = model.make_device(DeviceConfig("ox", name), SystemClock())
    assert model.orders == frozenset()
    with pytest.raises(OrderRefused):
        device.order(Order(OrderKind.START), Nanos(0))


@pytest.mark.parametrize("name", ["contec-5byte", "berrymed-ble"])
def test_a_listener_is_told_nothing(name):
    device = registry.load(name).make_device(DeviceConfig("ox", name), SystemClock())
    assert [*device.opened(Nanos(0)), *device.step(Nanos(0)).writes, *device.parting(Nanos(0))] == []


def test_a_berrymed_is_recognised_by_name_alone():
    guess = registry.load("berrymed-ble").guess
    assert (guess.names, guess.services) == (("BerryMed",), ())
