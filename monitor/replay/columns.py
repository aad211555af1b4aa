"""Which column of a recording is which channel: by its name, or as `--map COLUMN=channel` says."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from monitor.core.catalogue import CATALOGUE
from monitor.core.errors import ConfigError
from simulators.recordings.names import NUMBERS, plain

CHANNELS = tuple(channel.id for channel in CATALOGUE.values() if not channel.waveform)
LEFT_OUT = "none"
"""`--map COLUMN=none` leaves a column out that would be known by its name."""


def wishes(texts: Sequence[str]) -> dict[str, str]:
    """Return column -> channel of the `--map` options; ConfigError for one that is none."""
    found: dict[str, str] = {}
    for text in texts:
        column, equals, channel = (part.strip() for part in text.rpartition("="))
        if not equals or not column or not channel:
            raise ConfigError(f"--map {text}: write COLUMN=channel, as SpO2_raw=spo2")
        if channel not in (*CHANNELS, LEFT_OUT):
            near = get_close_matches(channel.lower(), CHANNELS, n=3) or CHANNELS
            raise ConfigError(f"--map {text}: no channel {channel!r}; there is {', '.join(near)}")
        if column in found:
            raise ConfigError(f"--map {text}: {column} is {found[column]} already; a column is one channel")
        found[column] = channel
    return found


def placed(names: Sequence[str], wished: Mapping[str, str], where: str) -> dict[str, int]:
    """Return channel -> place of its column; ConfigError when a wished column is missing, or nothing known.

    What `--map` says goes before a known name; of two known names for one channel the first counts.
    """
    found: dict[str, int] = {}
    spoken_for: set[int] = set()
    for column, channel in wished.items():
        place = _place(names, column, where)
        if place in spoken_for:
            raise ConfigError(f"{where}: --map names the column {names[place]} twice")
        spoken_for.add(place)
        if channel in found:
            raise ConfigError(f"{where}: --map gives {channel} two columns; name one")
        if channel != LEFT_OUT:
            found[channel] = place
    _take_known(names, found, spoken_for, where)
    if not found:
        raise ConfigError(
            f"{where}: no column is a channel: it has {', '.join(filter(None, names)) or 'none'}; "
            f"say which is with --map COLUMN=channel; channels are {', '.join(CHANNELS)}"
        )
    return found


def _take_known(names: Sequence[str], found: dict[str, int], spoken_for: set[int], where: str) -> None:
    """Add the columns whose own name is a channel; ConfigError when two have the very same."""
    for place, name in enumerate(names):
        channel = name if name in CHANNELS else NUMBERS.get(plain(name), "")
        if not channel or place in spoken_for:
            continue
        if channel not in found:
            found[channel] = place
        elif names[found[channel]] == name:
            raise ConfigError(f"{where}: two columns are called {name}: rename one")


def _place(names: Sequence[str], column: str, where: str) -> int:
    if column in names:
        return list(names).index(column)
    alike = [place for place, name in enumerate(names) if plain(name) == plain(column)]
    if len(alike) == 1:
        return alike[0]
    raise ConfigError(f"{where}: --map: no column {column!r}; there is {', '.join(filter(None, names))}")
