"""The picture of a judged recording: its axes, its labels, its bars."""

import pytest

from alarms import preset as presets
from monitor.app.alarm_chart import chart_of
from monitor.replay.judge import Judge
from monitor.replay.source import load
from ui.presenters.alarm_chart import Curve, LimitLine, Panel, apart, clock, span_of, time_ticks, value_ticks


@pytest.mark.parametrize(
    ("second", "text"), [(0, "0:00:00"), (3725, "1:02:05"), (-61, "-0:01:01"), (100_000, "27:46:40")]
)
def test_times_are_hours_minutes_seconds(second, text):
    assert clock(second) == text


@pytest.mark.parametrize("length", [0, 5, 480, 7200, 115_000, 2_500_000])
def test_there_is_room_between_the_ticks_of_time(length):
    ticks = time_ticks(-1, -1 + length)
    assert len(ticks) <= 14 and all(-1 <= second <= length - 1 for second, _ in ticks)


def test_a_scale_holds_values_and_limits():
    curve = Curve("SpO₂", "spo2", [(0, 97.0), (1, None), (2, 100.0)])
    low, high = span_of(Panel("%", (curve,), (), (LimitLine(85, "< 85 %", "high"),)))
    assert low < 85 and 100 < high <= 101, "no saturation is above 100"
    assert value_ticks(low, high) == [80, 85, 90, 95, 100]


def test_labels_stand_apart_inside_the_frame():
    assert apart([10, 12, 13, 50], 10, 0, 100) == [10, 20, 30, 50]
    assert apart([90, 95, 99], 10, 0, 100) == [80, 90, 100]


def test_an_alarm_is_a_bar_for_each_priority_and_what_is_latched(tmp_path):
    path = tmp_path / "x.csv"
    values = [88] * 90 + [97] * 10 + [""] * 20
    path.write_text("t_s,SpO2\n" + "\n".join(f"{t},{value}" for t, value in enumerate(values)))
    judge = Judge(presets.load("adult-standard"), load(path, {}))
    list(judge.run())
    chart = chart_of(judge)
    assert [row.label for row in chart.rows] == ["SPO2_LOW", "NO_DATA SpO₂"]
    low = chart.rows[0].bars
    assert [(bar.from_s, bar.to_s, bar.priority, bar.latched) for bar in low] == [
        (10, 70, "medium", False),
        (70, 95, "high", False),
        (95, 119, "high", True),
    ]
    (panel,) = chart.panels
    assert [line.text for line in panel.limits] == ["< 85 %", "< 90 %"]
    assert panel.curves[0].points[95] == (95, 97) and panel.curves[0].points[110][1] is None


def test_breaths_are_not_drawn_on_the_scale_of_the_heart(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("t_s,RESP,PULSE,SpO2,NBPSys\n0,14,70,97,120\n1,14,70,97,\n")
    judge = Judge(presets.load("iv-racemic"), load(path, {}))
    list(judge.run())
    panels = chart_of(judge).panels
    drawn = [[curve.label for curve in panel.curves] for panel in panels]
    assert drawn == [["SpO₂"], ["Pulse"], [], ["Breathing"]]
    assert [reading.high for reading in panels[2].readings] == [120]
