"""Contrast and separation of colours."""

import pytest

from ui.views import theme


@pytest.mark.parametrize("priority", ["high", "medium", "low"])
def test_alarm_texts_can_be_read(priority):
    lit, on_lit, dark, on_dark = theme.ALARMS[priority]
    assert theme.contrast(lit, on_lit) >= 4.5
    assert theme.contrast(dark, theme.TEXT) >= 4.5
    assert theme.contrast(theme.BACKGROUND, on_dark) >= 4.5


@pytest.mark.parametrize("colour", [theme.TEXT, theme.QUIET, theme.STALE, *theme.CHANNELS.values()])
def test_texts_can_be_read_on_panels(colour):
    assert theme.contrast(colour, theme.PANEL) >= 4.5


@pytest.mark.parametrize("colour", [theme.WARNING, theme.SIMULATED])
def test_badges_can_be_read(colour):
    assert theme.contrast(colour, "#000000") >= 4.5


@pytest.mark.parametrize("colour", [theme.TEXT, theme.QUIET, theme.STALE, *theme.CHANNELS.values()])
def test_numbers_and_notes_can_be_read_while_the_light_of_an_alarm_is_off(colour):
    assert min(theme.contrast(colour, dark) for _, _, dark, _ in theme.ALARMS.values()) >= 4.5


@pytest.mark.parametrize(
    ("colour", "behind"),
    [
        pytest.param(theme.TEXT, theme.CHOSEN, id="line of a menu"),
        pytest.param(theme.QUIET, theme.CHOSEN_ROW, id="line of the limits"),
        pytest.param(theme.WARNING, theme.CHOSEN_ROW, id="changed limit"),
        pytest.param(theme.TEXT, theme.QUESTION, id="question"),
    ],
)
def test_what_is_chosen_can_be_read(colour, behind):
    assert theme.contrast(colour, behind) >= 4.5


def test_alarm_colours_belong_to_alarms_alone():
    alarms = {colours[0] for colours in theme.ALARMS.values()}
    assert alarms.isdisjoint({*theme.CHANNELS.values(), theme.WARNING, theme.SIMULATED})
