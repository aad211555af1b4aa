"""BerryMed BM1000 and BM2000 oximeters over Bluetooth: subscribing is enough, nothing is written."""

from functools import partial

from drivers.devices.about import ABOUT
from drivers.devices.frame_oximeter import FrameOximeter
from drivers.model import Guess, Model, Source, Transport
from drivers.wire.bci import BERRY, BciDecoder

NOTIFY = "49535343-1e4d-4bd9-ba61-23c647249616"

MODEL = Model(
    "berrymed-ble",
    "BerryMed BM1000, BM2000",
    Transport.BLE,
    ("spo2", "pulse_rate", "pleth"),
    (Source(partial(BciDecoder, BERRY), NOTIFY), *ABOUT),
    FrameOximeter,
    reopen_after_s=20.0,
    guess=Guess(names=("BerryMed",)),  # not the service: printers and lamps have it too
)
