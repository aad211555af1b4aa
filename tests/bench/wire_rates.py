"""What each device sends in a second, by its document; polled devices: what Vigil asks them for."""

from typing import NamedTuple


class WireRate(NamedTuple):
    """Bytes a second on average, and who says so."""

    bytes_per_s: float
    source: str


NONIN = "Onyx II 9560 OEM specification"
CONTEC = "CMS50 protocol V7.0"

WIRE_RATES = {
    # serial lines
    "nonin-df2": WireRate(75 * 5, f"75 frames of 5 bytes ({NONIN})"),
    "nonin-df7": WireRate(75 * 5, f"75 frames of 5 bytes ({NONIN})"),
    "nonin-df8": WireRate(4, f"4 bytes a second ({NONIN})"),
    "nonin-df13": WireRate(22, f"22 bytes a measurement, here one a second ({NONIN})"),
    "contec-5byte": WireRate(100 * 5, "100 packets of 5 bytes (BCI protocol V1.2; a CMS50 sends 60)"),
    "contec-v7": WireRate(62 * 9, f"60 +/- 2 packets of 9 bytes ({CONTEC})"),
    "masimo-ascii1": WireRate(170, "a line a second of at most 170 characters (captures of Radical-7)"),
    "nellcor-ascii": WireRate(85 / 2, "a line of at most 85 characters every 2 s (N-600x operator's manual)"),
    "datex-dri": WireRate(19200 / 11, "all that 19200 baud 8E1 carries (Datex-Ohmeda Record Interface)"),
    "intellivue": WireRate(1500, "one set of numbers in 1.024 s, a datagram at most (captures)"),
    "berrymed-pm6750": WireRate(
        250 * 12 + 250, "250 ECG packets of 12 bytes, and the numbers (drivers of real devices)"
    ),
    "suntech-advantage": WireRate(5 * 8, "the cuff's pressure five times a second (drivers of real devices)"),
    # Bluetooth
    "ble-heart-rate": WireRate(4 + 70 / 60 * 2, "a notification a second, 70 beats (Heart Rate Service 1.0)"),
    "ble-blood-pressure": WireRate(4 * 18, "cuff pressure about 4 times a second (Blood Pressure Service)"),
    "berrymed-ble": WireRate(100 * 5, "100 packets of 5 bytes (BCI protocol V1.2)"),
    "jumper-jpd500f": WireRate(60, "four bytes a second and waves of 11 bytes (drivers of real devices)"),
    "lepu-bp2": WireRate(2 * 13, "pressure twice a second while it measures (vendor's SDK)"),
    "masimo-mightysat": WireRate(
        19 + 32 * 3, "numbers once a second, a sample every 32 ms (vendor's document)"
    ),
    "nonin-3230": WireRate(10, "10 bytes once a second (3230 Bluetooth specification)"),
    "ble-pulse-oximeter": WireRate(20, "a notification a second (Pulse Oximeter Service 1.0)"),
    "polar-h10": WireRate(6, "a notification of 0x2A37 a second (Heart Rate Service 1.0)"),
    "viatom-oxy": WireRate(20 + 125, "one answer a second with 125 samples (drivers of real devices)"),
}
