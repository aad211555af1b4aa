"""Models that cannot be told apart by their bytes, and why: (sent by, read as) -> reason."""

LOOKALIKES: dict[tuple[str, str], str] = {}
