"""Nonin 3230 finger oximeters (and the 3150 BLE, which has the same characteristic).

Nothing is ever written to them: the numbers carry no time, so that their clock need not be set.
"""

from drivers.devices.about import ABOUT
from drivers.devices.plain import PlainListener
from drivers.model import Guess, Model, Source, Transport
from drivers.wire.nonin_3230 import Nonin3230Decoder

SERVICE = "46a970e0-0d5f-11e2-8b5e-0002a5d5c51b"
CONTINUOUS_OXIMETRY = "0aad7ea0-0d60-11e2-8e3c-0002a5d5c51b"


MODEL = Model(
    "nonin-3230",
    "Nonin 3230 and 3150 BLE over Bluetooth",
    Transport.BLE,
    ("spo2", "pulse_rate", "perfusion_index"),
    (Source(Nonin3230Decoder, CONTINUOUS_OXIMETRY), *ABOUT),
    PlainListener,
    silent_after_s=4.0,  # once a second: three missed, and the radio's own delay
    reopen_after_s=20.0,
    guess=Guess(names=("Nonin3230", "Nonin3150"), services=(SERVICE,)),
)
