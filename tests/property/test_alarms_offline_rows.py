"""Whatever stands in a CSV: it is refused in words, or judged to events that hang together."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import event, given, settings
from hypothesis import strategies as st

from alarms import preset as presets
from monitor.core.errors import ConfigError
from monitor.replay.judge import Judge
from monitor.replay.source import load
from monitor.replay.summary import event_line, summary

ADULT = presets.load("adult-standard")
HEADER = "t_s,SpO2,PULSE,HR,NBPSys,NBPDias,remark"
NUMBERS = st.one_of(st.integers(20, 200), st.floats(-1e12, 1e12), st.sampled_from([84, 88, 89, 90, 97, 255]))
CELLS = st.one_of(NUMBERS.map(str), st.sampled_from(["", "", " ", "nan", "inf", "-inf", "0", "1e308"]))
STEPS = st.sampled_from([1, 1, 1, 1, 0.5, 2, 0, -3, 12, 40, 90])
WORDS = st.sampled_from(["x", "--", "9,7", '"', "\ufeff", "٣"])


@st.composite
def tables(draw):
    """Return the text of a table whose cells and times may be anything; rarely a word."""
    t, lines = draw(st.floats(-1e6, 1e6)), [HEADER]
    spell = draw(CELLS)
    for _ in range(draw(st.integers(0, 90))):
        t += draw(STEPS)
        spell = draw(st.one_of(st.just(spell), st.just(spell), CELLS))
        cells = [repr(t) if draw(st.integers(0, 40)) else draw(CELLS), spell]
        cells += [draw(CELLS) for _ in range(4)]
        if draw(st.integers(0, 200)) == 0:
            cells[draw(st.integers(0, 4))] = draw(WORDS)
        lines.append(",".join(cells[: draw(st.sampled_from([6, 6, 6, 3]))]))
    return "\n".join(lines)


@settings(max_examples=100, deadline=None)
@given(tables())
def test_a_table_is_refused_in_words_or_judged_whole(text):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_text(text, "utf-8")
        try:
            feed = load(path, {})
        except ConfigError as error:
            event("refused")
            assert str(error).startswith((str(path), "x: "))
            return
    event("judged")
    if feed.end - feed.start > 20_000 * 10**9:
        return  # a jump of hours: only longer
    judge = Judge(ADULT, feed)
    lines = [event_line(judge, one) for one in judge.run()]
    event(f"alarms: {min(len(lines), 3)}")
    open_ones = set()
    for line in lines:
        json.dumps(line, allow_nan=False)
        if line["event"] == "start":
            assert line["occurrence"] not in open_ones
            open_ones.add(line["occurrence"])
        assert line["occurrence"] in open_ones
        if line["event"] == "end":
            assert line["reason"]
            open_ones.remove(line["occurrence"])
        if line["condition"] == "NO_DATA":
            assert line["channel"]
    assert [line["t_s"] for line in lines] == sorted(line["t_s"] for line in lines)
    told = summary(judge)
    json.dumps(told, allow_nan=False)
    assert {each["occurrence"] for each in told["open_at_end"] if "occurrence" in each} == open_ones
    assert told["rows"] >= told["dropped_rows"] and 0 <= told["audible_s"] <= told["duration_s"]
    assert all(0 <= each["longest_s"] <= told["duration_s"] for each in told["longest_unalarmed_breach"])
