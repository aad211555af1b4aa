"""The courses against what is published and what the session facts ask for."""

import pytest

from simulators.plasma import K10, USUAL_PEAK_NG_ML, V1_L_PER_KG, WAYS, Route, effect, usual_effect

MINUTES = [half / 2 for half in range(721)]


def _course(route, over_min=None, mg_per_kg=None):
    """Return plasma (ng/ml) and effect (1 at its peak) every half minute."""
    way = WAYS[route]
    over_min = way.over_min if over_min is None else over_min
    mg_per_kg = mg_per_kg or way.usual_mg_per_kg
    plasma = [way.plasma_ng_ml(mg_per_kg, minute, over_min) for minute in MINUTES]
    effects = [effect(way.site_ng_ml(mg_per_kg, minute, over_min)) for minute in MINUTES]
    return plasma, [each / max(effects) for each in effects]


def _peak_min(values):
    return MINUTES[values.index(max(values))]


def _half_after_min(values):
    """Return how long after its peak the course has fallen by half."""
    peak = values.index(max(values))
    return next(MINUTES[at] for at in range(peak, len(values)) if values[at] < 0.5) - MINUTES[peak]


@pytest.mark.parametrize(
    ("route", "plasma_peak", "effect_peak", "half_after"),
    [
        pytest.param(Route.IV, (39, 41), (38, 42), (15, 22), id="infusion: 40 min, half in 20"),
        pytest.param(Route.IM, (5, 15), (15, 21), (22, 30), id="muscle: 18 min, half in 25"),
        pytest.param(Route.NASAL, (14, 25), (30, 42), (30, 45), id="nose: 40 min from the first device"),
        pytest.param(Route.SUBLINGUAL, (15, 60), (45, 55), (35, 50), id="troche: 50 min, half in 40"),
        pytest.param(Route.ORAL, (40, 70), (55, 80), (50, 90), id="swallowed: plasma after an hour"),
    ],
)
def test_a_route_peaks_and_fades_when_the_session_facts_say(route, plasma_peak, effect_peak, half_after):
    plasma, effects = _course(route)
    assert plasma_peak[0] <= _peak_min(plasma) <= plasma_peak[1]
    assert effect_peak[0] <= _peak_min(effects) <= effect_peak[1]
    assert half_after[0] <= _half_after_min(effects) <= half_after[1]


def test_an_infusion_follows_the_course_of_the_session_facts_within_a_sixth():
    _, effects = _course(Route.IV)
    rise = [(1 - 2.718281828 ** (-minute / 18)) / (1 - 2.718281828 ** (-40 / 18)) for minute in MINUTES]
    wanted = [rise[at] if minute <= 40 else 0.5 ** ((minute - 40) / 20) for at, minute in enumerate(MINUTES)]
    assert max(abs(have - want) for have, want in zip(effects, wanted, strict=True)) < 1 / 6
    assert effects[200] == pytest.approx(0.12, abs=0.03), "about 12 % left after 100 min"


def test_an_infusion_reaches_the_published_concentration():
    assert 150 < max(_course(Route.IV)[0]) < 300, "0.5 mg/kg over 40 min: about 200 ng/ml"
    assert 150 < USUAL_PEAK_NG_ML < 300


def test_a_dose_at_once_begins_in_the_plasma_volume_and_leaves_it_all():
    way = WAYS[Route.IV]
    assert way.plasma_ng_ml(0.5, 1e-9, 0.0) == pytest.approx(500.0 / V1_L_PER_KG, rel=1e-3)
    eliminated = sum(share / rate for share, rate in way.plasma.terms) * K10
    assert eliminated == pytest.approx(1.0), "what is cleared over all time is the dose"


@pytest.mark.parametrize("route", list(Route))
def test_nothing_is_there_before_a_dose_and_little_the_next_day(route):
    way = WAYS[route]
    assert way.plasma_ng_ml(1.0, 0.0, 0.0) == way.site_ng_ml(1.0, -5.0, 0.0) == effect(0.0) == 0.0
    assert way.site_ng_ml(1.0, 1440.0, 0.0) < 1.0
    assert min(way.site_ng_ml(1.0, minute, 0.0) for minute in MINUTES) >= 0.0


def test_more_ketamine_does_more_but_not_without_end():
    assert usual_effect(Route.IV) < effect(2 * USUAL_PEAK_NG_ML) < effect(20 * USUAL_PEAK_NG_ML) < 1.0
    assert effect(1e6) / usual_effect(Route.IV) < 1.6
