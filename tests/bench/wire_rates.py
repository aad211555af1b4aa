"""What each device sends in a second, by its document; polled devices: what Vigil asks them for."""

from typing import NamedTuple


class WireRate(NamedTuple):
    """Bytes a second on average, and who says so."""

    bytes_per_s: float
    source: str


WIRE_RATES = {
    "nonin-df2": WireRate(75 * 5, "75 frames of 5 bytes (Onyx II 9560 OEM specification)"),
    "nonin-df7": WireRate(75 * 5, "75 frames of 5 bytes (Onyx II 9560 OEM specification)"),
    "ble-heart-rate": WireRate(4 + 70 / 60 * 2, "a notification a second, 70 beats (Heart Rate Service 1.0)"),
    "ble-blood-pressure": WireRate(4 * 18, "cuff pressure about 4 times a second (Blood Pressure Service)"),
}
