"""Models that cannot be told apart by their bytes, and why: (sent by, read as) -> reason."""

LOOKALIKES: dict[tuple[str, str], str] = {
    ("polar-h10", "ble-heart-rate"): "an H10 is a strap, and may be configured as any: no ECG then",
    ("ble-heart-rate", "polar-h10"): "a strap without ECG gives its heart rate as an H10 does",
}
