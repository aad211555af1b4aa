"""`vigil alarms` as people and scripts run it: lines on standard output, words on standard error."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.e2e

PNG = b"\x89PNG\r\n\x1a\n"


def vigil(*words, **environment):
    return subprocess.run(
        [sys.executable, "-m", "monitor", "alarms", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def lines_of(ran):
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.fixture
def night(tmp_path):
    """A recording folder of ten minutes: a desaturation at 60 s, a loose probe at 300 s, a cuff."""
    folder = tmp_path / "night"
    folder.mkdir()
    rows = ["t_s,HR,PULSE,RESP,SpO2,NBPSys,NBPDias,NBPMean"]
    for t in range(600):
        spo2 = "" if 300 <= t < 320 else 84 if 60 <= t < 80 else 97
        cuff = "172,95,120" if t == 200 else "126,80,95" if t == 500 else ",,"
        rows.append(f"{t},72,{'' if spo2 == '' else 71},14,{spo2},{cuff}")
    (folder / "numerics.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_a_folder_is_judged_to_json_lines_and_a_summary(night):
    ran = vigil(night, "--summary")
    *events, told = lines_of(ran)
    assert [(e["t_s"], e["condition"], e["priority"]) for e in events if e["event"] == "start"] == [
        (63, "SPO2_DESAT", "high"),
        (69, "SPO2_LOW", "medium"),
        (200, "SYS_HIGH", "medium"),
        (200, "MAP_HIGH", "medium"),
        (310, "NO_DATA", "medium"),
        (310, "NO_DATA", "medium"),
    ]
    keys = {"t_s", "event", "condition", "priority", "value", "limit", "occurrence"}
    assert all(keys <= set(event) for event in events)
    assert all("reason" in event for event in events if event["event"] == "end")
    assert {e["channel"] for e in events if e["condition"] == "NO_DATA"} == {"spo2", "pulse_rate"}
    assert told["event"] == "summary" and told["counts"]["NO_DATA"] == 2
    assert (told["rows"], told["dropped_rows"], told["duration_s"]) == (600, 0, 599)
    assert {each["state"] for each in told["open_at_end"]} == {"latched"}
    assert "resp_rate: not judged" in ran.stderr


def test_other_limits_are_compared_for_people_and_for_programs(night):
    ran = vigil(
        night, "--set", "SPO2_DESAT=80", "--set", "SPO2_LOW.on_delay_s=15", "--compare", "adult-standard"
    )
    assert ran.returncode == 0 and "SPO2_DESAT" in ran.stdout and "alarms per hour" in ran.stdout
    (told,) = lines_of(vigil(night, "--set", "SPO2_DESAT=80", "--compare", "adult-standard", "--json"))
    mine, factory = told["presets"]
    assert "SPO2_DESAT" not in mine["counts"] and factory["counts"]["SPO2_DESAT"] == 1
    breach = next(b for b in mine["longest_unalarmed_breach"] if b["condition"] == "SPO2_DESAT")
    assert breach["limit"] == "< 80 %" and breach["longest_s"] == 0


def test_a_picture_is_drawn_without_a_display(night, tmp_path):
    picture = tmp_path / "night.png"
    ran = vigil(night, "--plot", picture, DISPLAY="", WAYLAND_DISPLAY="")
    assert ran.returncode == 0, ran.stderr
    assert picture.read_bytes().startswith(PNG) and picture.stat().st_size > 10_000
    assert vigil(night, "--plot", tmp_path / "nowhere" / "x.png").returncode == 2


def test_the_picture_of_a_comparison_has_both_presets(night, tmp_path):
    one, both = tmp_path / "one.png", tmp_path / "both.png"
    assert vigil(night, "--plot", one).returncode == 0
    assert vigil(night, "--plot", both, "--compare", "sleep-apnoea").returncode == 0
    heights = [int.from_bytes(picture.read_bytes()[20:24], "big") for picture in (one, both)]
    assert heights[1] >= 2 * heights[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--set", "SPO2_LO=92"], "there is SPO2_LOW", id="unknown limit"),
        pytest.param(["--set", "SPO2_LOW.on_delay_s=60"], "at most 30 allowed", id="alarms too late"),
        pytest.param(["--map", "Sats=spo2"], "no column 'Sats'", id="unknown column"),
        pytest.param(["--preset", "none-such"], "adult-standard", id="unknown preset"),
        pytest.param(["--compare", "none-such"], "adult-standard", id="unknown second preset"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(night, words, said):
    ran = vigil(night, *words)
    assert ran.returncode == 2 and ran.stdout == ""
    assert said in ran.stderr and len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "empty"), ("t_s,CVP\n0,5\n", "--map COLUMN=channel"), ("t_s,SpO2\n0,x\n", "line 2: SpO2")],
)
def test_a_file_that_cannot_be_judged_is_refused_in_one_line(tmp_path, text, said):
    path = tmp_path / "x.csv"
    path.write_text(text)
    ran = vigil(path)
    assert ran.returncode == 2 and said in ran.stderr and len(ran.stderr.splitlines()) == 1


def test_qt_is_loaded_for_a_picture_only(night):
    script = (
        "import sys\nfrom pathlib import Path\nfrom monitor.app import alarms\n"
        f"alarms.run(Path({str(night)!r}), with_summary=True)\n"
        "assert not [name for name in sys.modules if name.split('.')[0] in ('PySide6', 'pyqtgraph')]"
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, timeout=60)
