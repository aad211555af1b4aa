"""The client's state of a bed, as messages build it."""

import bed_scenes as scenes
import pytest
from bed_scenes import StepClock, nibp, numeric, pleth, snapshot

from monitor.link.client import Connection
from monitor.link.messages import Hello
from ui.bed_model import BedModel


@pytest.fixture
def clock():
    return StepClock()


@pytest.fixture
def model(clock):
    made = BedModel()
    made.accept(scenes.connected(clock.now()), clock.now())
    made.accept(snapshot(), clock.now())
    return made


def test_age_is_the_messages_own_plus_what_went_by(model, clock):
    model.accept(numeric(value=95.0, age_s=2.5), clock.now())
    clock.advance(1)
    assert clock.now() - model.state.numeric("spo2").born == pytest.approx(3.5e9)


def test_a_reading_with_a_value_comes_before_one_without(model, clock):
    model.accept(numeric(value=None, reason="sensor_off", device="other"), clock.advance(1))
    assert model.state.numeric("spo2").message.value == 97.0


def test_no_reading_replaces_the_value_of_its_device(model, clock):
    model.accept(numeric(value=None, reason="sensor_off"), clock.advance(1))
    assert model.state.numeric("spo2").message.value is None


def test_a_failed_measurement_keeps_the_last_pressure(model, clock):
    model.accept(nibp(None, None, None, age_s=0), clock.advance(1))
    assert model.state.nibp.message.nibp_sys == 128.0
    assert model.state.nibp_failed is not None
    model.accept(nibp(140.0, 80.0, 100.0, age_s=0), clock.advance(1))
    assert model.state.nibp_failed is None


def test_a_stored_measurement_is_not_shown(model, clock):
    model.accept(nibp(200.0, stored=True, age_s=0), clock.advance(1))
    assert model.state.nibp.message.nibp_sys == 128.0


def test_a_snapshot_forgets_what_the_service_no_longer_knows(model, clock):
    model.accept(snapshot(numerics=[numeric()], nibp=None), clock.advance(1))
    assert model.state.numeric("heart_rate") is None
    assert model.state.nibp is None


@pytest.mark.parametrize(
    ("silence_s", "connected"), [pytest.param(2.8, True, id="2.8 s"), pytest.param(3.0, False, id="3.0 s")]
)
def test_a_silent_service_is_no_connection_even_if_the_socket_is_open(model, clock, silence_s, connected):
    assert model.state.connected(clock.advance(silence_s)) is connected


def test_lost_is_lost_at_once_and_until_the_next_snapshot(model, clock):
    model.accept(Connection("lost", "gone", clock.now()), clock.now())
    assert not model.state.connected(clock.now())
    model.accept(Connection("connected", "", clock.now()), clock.now())
    assert not model.state.connected(clock.now())
    model.accept(snapshot(), clock.now())
    assert model.state.connected(clock.now())


def test_other_beds_are_left_alone(clock):
    model = BedModel("bed2")
    model.accept(snapshot(), clock.now())
    assert not model.state.known


def test_without_a_name_the_first_bed_is_followed(clock):
    model = BedModel()
    model.accept(Hello(schema=1, epoch="e", version="0", beds=["bed1", "bed2"]), clock.now())
    assert model.state.bed == "bed1"


def test_a_new_start_of_the_service_drops_the_old_waveforms(model, clock):
    model.accept(pleth(0, 25), clock.now())
    assert "pleth" in model.state.sweeps
    model.accept(Hello(schema=1, epoch="another", version="0", beds=["bed1"]), clock.now())
    assert not model.state.sweeps


def test_simulated_once_is_simulated_until_a_snapshot_says_otherwise(clock):
    model = BedModel()
    model.accept(numeric(), clock.now())
    assert model.state.simulated


def test_the_trend_is_the_services_past_and_our_own_present(model, clock):
    for _ in range(60):
        model.accept(numeric(value=91.0), clock.advance(1))
    ages, values = model.state.trends["spo2"].window(clock.now(), 3600)
    assert max(ages) > 1600
    assert values[-1] == 91.0
    assert ages[-1] == 0
