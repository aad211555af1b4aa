"""How Vigil holds a session with an IntelliVue monitor: against the simulated one, in simulated time."""

from datetime import UTC, datetime, timedelta

import pytest

from drivers.devices.intellivue import MODEL
from drivers.devices.intellivue_pressures import Pressures
from drivers.model import DeviceConfig
from drivers.orders import Order, OrderKind, OrderRefused
from drivers.wire.events import NibpEvent
from drivers.wire.intellivue_frame import framed, unframed
from drivers.wire.intellivue_session import ASSOCIATE, RELEASE
from monitor.core.clock import Nanos, seconds
from monitor.core.errors import LinkError
from monitor.core.types import DeviceStatus, Nibp, Numeric, Reason, StatusCode
from monitor.core.units import Unit
from simulators.intellivue import datagrams, serial
from simulators.machine import Setting
from simulators.patient import Patient, Rest
from simulators.subject import VirtualSubject

TICK_S = 0.01
START = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Bedside:
    """A monitor and its driver, joined without loss, in simulated time."""

    def __init__(self, way="serial", first_s=1e9):
        self.t_s = 0.0
        self.sent = []
        self.readings = []
        self.cut = False
        subject = VirtualSubject(Patient(Rest(), 1), 1.0, 1)
        setting = Setting(subject, 1, self.local, first_s=first_s, every_s=1e9)
        self.monitor = (serial if way == "serial" else datagrams)(setting)
        port = "/dev/ttyUSB0" if way == "serial" else "udp://192.0.2.1:24105"
        self.device = MODEL.make_device(DeviceConfig("monitor", MODEL.name, port=port), self)
        self.source = MODEL.sources[0 if way == "serial" else 1]
        self.open()

    def now(self):
        return Nanos(seconds(self.t_s) + seconds(1000))

    def utc(self):
        return START + timedelta(seconds=self.t_s)

    def later(self, span_s):
        self.t_s += span_s
        return self.now()

    def local(self):
        return self.utc().astimezone().replace(tzinfo=None)

    def open(self):
        self.decoder = self.source.make_decoder()
        self._pass(self.device.opened(self.now()))

    def run(self, span_s):
        """Let time pass; return the readings that it brought."""
        before = len(self.readings)
        for tick in range(round(span_s / TICK_S)):
            self._hear(self.monitor.step(self.t_s))
            if tick % 10 == 0:
                self._pass(self.device.step(self.now()).writes)
            self.t_s += TICK_S
        return self.readings[before:]

    def _pass(self, writes):
        for write in writes:
            self.sent.append((self.t_s, write.data))
            if not self.cut:
                self._hear(self.monitor.heard(write.data, self.t_s))

    def _hear(self, frames):
        for frame in frames:
            if not self.cut:
                events = self.decoder.feed(frame)
                self.readings += self.device.readings(events, self.now())
                self._pass(self.device.step(self.now()).writes)

    def messages(self, first=0.0):
        return [unframed(data[1:-1])[0] for at_s, data in self.sent if at_s >= first]


@pytest.fixture(params=["serial", "udp"])
def bedside(request):
    return Bedside(request.param)


def numbers(readings, channel="spo2"):
    return [reading for reading in readings if isinstance(reading, Numeric) and reading.channel == channel]


def cuffs(readings):
    return [reading for reading in readings if isinstance(reading, Nibp)]


def test_numerics_come_once_a_set_for_as_long_as_one_listens(bedside):
    readings = bedside.run(60.0)
    assert 58 <= len(numbers(readings)) <= 58 + 7  # a set every 1.024 s, and one for each keep-alive
    assert {reading.value is None for reading in numbers(readings)} == {False}
    assert bedside.monitor.associated
    channels = {reading.channel for reading in readings if isinstance(reading, Numeric)}
    assert channels == {channel for channel in MODEL.channels if not channel.startswith("nibp")}


def test_the_create_event_is_answered_before_the_first_poll():
    messages = Bedside().messages()
    assert [message[:1] for message in messages] == [b"\x0d", b"\xe1", b"\xe1"]
    assert messages[1][24:26] == b"\x0d\x06"
    assert messages[2][24:26] == b"\xf1\x3b"


def test_over_the_network_messages_have_no_frame():
    assert Bedside("udp").sent[0][1] == ASSOCIATE
    assert Bedside().sent[0][1] == framed(ASSOCIATE)


def test_the_association_is_asked_for_every_two_seconds_until_it_stands():
    bedside = Bedside()
    bedside.cut = True
    bedside.device.opened(bedside.now())
    bedside.sent.clear()
    bedside.run(7.0)
    assert [(round(at_s), data) for at_s, data in bedside.sent] == [
        (at_s, framed(ASSOCIATE)) for at_s in (2, 4, 6)
    ]


def test_a_refusal_is_told_in_words_and_the_way_closed():
    bedside = Bedside()
    bedside.monitor.faults.refuse = True
    bedside.monitor.obey(["abort"], 0.0)
    with pytest.raises(LinkError, match="aborted the association"):
        bedside.run(1.0)
    with pytest.raises(LinkError, match="refuses the association: another program"):
        bedside.open()
    assert bedside.device.parting(bedside.now()) == []
    bedside.monitor.faults.refuse = False
    bedside.open()
    assert numbers(bedside.run(3.0))


def test_a_repeated_request_that_is_refused_does_not_end_what_stands():
    bedside = Bedside()
    accept, refuse = b"\x0e\x00", b"\x0c\x00"
    for message in (accept, refuse):
        bedside.device.readings(bedside.decoder.feed(framed(message)), bedside.now())
    bedside.device.step(bedside.now())


def test_the_way_is_let_go_with_a_release():
    bedside = Bedside()
    [parting] = bedside.device.parting(bedside.now())
    assert parting.data == framed(RELEASE)
    bedside.monitor.heard(parting.data, bedside.t_s)
    assert not bedside.monitor.associated


def test_an_extended_poll_is_renewed_before_it_ends():
    bedside = Bedside()
    bedside.run(560.0)
    renewed = [message for message in bedside.messages(1.0) if message[24:26] == b"\xf1\x3b"]
    assert len(renewed) == 1
    assert len(numbers(bedside.run(90.0))) >= 87


def test_a_monitor_without_extended_polls_is_asked_again_and_again(bedside):
    bedside.monitor.faults.no_extended = True
    bedside.monitor.obey(["abort"], 0.0)
    with pytest.raises(LinkError):
        bedside.run(1.0)
    bedside.open()
    assert 52 <= len(numbers(bedside.run(60.0))) <= 60


def test_a_lost_extended_poll_is_replaced_by_single_ones():
    bedside = Bedside()
    bedside.run(5.0)
    bedside.monitor._host.running.clear()
    assert numbers(bedside.run(2.0)) == []
    assert len(numbers(bedside.run(10.0))) >= 8


def test_a_session_that_the_monitor_forgot_is_asked_for_anew():
    bedside = Bedside()
    bedside.run(2.0)
    bedside.cut = True
    bedside.run(20.0)
    assert not bedside.monitor.associated
    bedside.cut = False
    assert len(numbers(bedside.run(10.0))) >= 7


def test_the_answer_to_a_release_of_ours_does_not_end_what_follows(bedside):
    bedside.run(5.0)
    hear = bedside._hear
    release = bedside.device.parting(bedside.now())[0].data
    bedside._hear = lambda frames: hear(frames) if release in [data for _, data in bedside.sent] else None
    assert len(numbers(bedside.run(12.0))) >= 5


def test_nothing_is_sent_faster_than_four_messages_in_128_ms(bedside):
    bedside.monitor.faults.no_extended = True
    bedside.run(30.0)
    times = [at_s for at_s, _ in bedside.sent]
    assert all(later - first > 0.12 for first, later in zip(times, times[4:], strict=False))


@pytest.mark.parametrize("fault", ["sensor_off", "unavailable", "calibrating", "test_data", "demo", "nan"])
def test_what_is_not_measured_on_the_patient_is_no_value(fault):
    bedside = Bedside()
    setattr(bedside.monitor.faults, fault, True)
    told = numbers(bedside.run(3.0))
    assert told and {(reading.value, reading.reason) for reading in told} == {(None, Reason.MISSING)}


def test_questionable_numbers_are_doubtful():
    bedside = Bedside()
    bedside.monitor.faults.questionable = True
    assert {reading.doubtful for reading in numbers(bedside.run(3.0))} == {True}


def test_linked_answers_hold_everything_once(bedside):
    bedside.monitor.faults.linked = True
    readings = bedside.run(5.0)
    assert len(numbers(readings, "art_sys")) == len(numbers(readings, "temperature")) == 5


@pytest.mark.parametrize("kpa", [False, True])
def test_a_measurement_is_one_reading_however_often_it_is_polled(kpa):
    bedside = Bedside(first_s=3.0)
    bedside.monitor.faults.kpa = kpa
    [measured] = cuffs(bedside.run(60.0))
    assert measured.sys == pytest.approx(124, abs=4) and measured.stored is False
    assert measured.device_time is not None and measured.pulse_rate is not None
    bedside.monitor.faults.kpa = not kpa
    assert cuffs(bedside.run(5.0)) == []
    bedside.monitor.obey(["measure", "182/104"], bedside.t_s)
    [again] = cuffs(bedside.run(30.0))
    assert again.sys == pytest.approx(182, abs=0.5) and again.stored is False


def test_a_measurement_seen_before_a_break_is_not_new_after_it():
    bedside = Bedside(first_s=3.0)
    assert len(cuffs(bedside.run(40.0))) == 1
    bedside.cut = True
    bedside.run(15.0)
    bedside.cut = False
    bedside.open()
    assert cuffs(bedside.run(5.0)) == []


@pytest.mark.parametrize(
    ("waited_s", "clock", "stored"),
    [
        pytest.param(100.0, "right", False, id="young"),
        pytest.param(400.0, "right", True, id="old"),
        pytest.param(100.0, "off", False, id="young, by a clock that is wrong and told"),
        pytest.param(400.0, "off", True, id="old, by a clock that is wrong and told"),
        pytest.param(100.0, "none", False, id="young, by our clock"),
        pytest.param(400.0, "none", True, id="old, by our clock"),
    ],
)
def test_a_measurement_older_than_five_minutes_at_first_sight_is_stored(waited_s, clock, stored):
    bedside = Bedside(first_s=3.0)
    bedside.cut = True
    if clock == "off":
        bedside.monitor.obey(["clock", "-7200"], 0.0)
    bedside.monitor.faults.no_clock = clock == "none"
    bedside.run(28.0 + waited_s)
    bedside.cut = False
    bedside.open()
    [measured] = cuffs(bedside.run(5.0))
    assert measured.stored is stored


def test_without_a_told_clock_what_appears_while_watched_is_fresh():
    bedside = Bedside(first_s=10.0)
    bedside.monitor.faults.no_clock = True
    bedside.monitor.obey(["clock", "-7200"], 0.0)
    [measured] = cuffs(bedside.run(60.0))
    assert measured.stored is False


@pytest.mark.parametrize("step", ["3600", "-3600"])
def test_a_measurement_after_the_monitor_was_set_to_another_time_is_fresh(step):
    bedside = Bedside()
    bedside.run(10.0)
    bedside.monitor.obey(["clock", step], bedside.t_s)
    bedside.run(5.0)
    bedside.monitor.obey(["measure", "182/104"], bedside.t_s)
    [measured] = cuffs(bedside.run(30.0))
    assert measured.stored is False


def test_a_set_that_leaves_the_time_out_does_not_make_the_measurement_new():
    pressures = Pressures(DeviceConfig("monitor", MODEL.name))
    measured = datetime(2026, 11, 24, 12)
    dated = NibpEvent((0, 9), 118, 76, 90, 71, Unit.MMHG, device_time=measured)
    undated = NibpEvent((0, 9), 118, 76, 90, 71, Unit.MMHG)
    other = NibpEvent((0, 9), 119, 76, 90, 71, Unit.MMHG)
    told = [pressures.take(event, Nanos(1), measured) for event in (dated, undated, dated, undated, other)]
    assert [reading is not None for reading in told] == [True, False, False, False, True]


def test_a_final_measurement_is_told_after_an_early_one_of_the_same_time():
    pressures = Pressures(DeviceConfig("monitor", MODEL.name))
    measured = datetime(2026, 11, 24, 12)
    early = NibpEvent((0, 9), 114, 76, 90, 71, Unit.MMHG, (StatusCode.ARTIFACT,), measured)
    final = NibpEvent((0, 9), 118, 76, 90, 71, Unit.MMHG, device_time=measured)
    told = [pressures.take(event, Nanos(1), measured) for event in (early, early, final, early, final)]
    assert [reading is not None for reading in told] == [True, False, True, False, False]


def measuring(readings):
    return [each.active for each in readings if isinstance(each, DeviceStatus)]


def test_a_way_that_breaks_while_the_cuff_measures_ends_the_flag(bedside):
    bedside.monitor.obey(["measure"], bedside.t_s)
    assert measuring(bedside.run(5.0)) == [True]
    [ended] = bedside.device.closed(bedside.now())
    assert (ended.code, ended.active) == (StatusCode.MEASURING, False)
    assert bedside.device.closed(bedside.now()) == ()


def test_a_monitor_that_falls_silent_while_the_cuff_measures_ends_the_flag():
    bedside = Bedside()
    bedside.monitor.obey(["measure"], bedside.t_s)
    bedside.run(5.0)
    bedside.cut = True
    bedside.run(4.0)
    told = [each for _ in range(20) for each in bedside.device.step(bedside.later(0.1)).readings]
    assert measuring(told) == [False]


def test_no_order_is_taken():
    bedside = Bedside()
    with pytest.raises(OrderRefused):
        bedside.device.order(Order(OrderKind.START), bedside.now())
