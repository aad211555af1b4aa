"""The keys in words: one table, shown by F1 and written down in docs/keys.md."""

import re
from pathlib import Path

from ui.presenters.keys import KEYS, LIMITS_KEYS

PAGE = (Path(__file__).parents[2] / "docs" / "keys.md").read_text()


def test_the_page_says_what_the_window_shows():
    told = re.findall(r"^\| (?!Key|---)(.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    assert told == [(one.keys, one.does) for one in (*KEYS, *LIMITS_KEYS)]


def test_no_key_stands_for_two_things():
    named = [one.keys for one in (*KEYS, *LIMITS_KEYS)]
    assert len(named) == len(set(named))
