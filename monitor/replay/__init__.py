"""The alarm engine over a recording, as fast as it goes: what would have alarmed, with which limits."""
