"""Jumper JPD-500F oximeters: they speak by themselves; nothing is ever written to them."""

from drivers.devices.about import ABOUT
from drivers.devices.plain import PlainListener
from drivers.model import Guess, Model, Source, Transport
from drivers.wire.jumper import JumperDecoder

SERVICE = "cdeacb80-5235-4c07-8846-93a37ee6b86d"
NOTIFY = "cdeacb81-5235-4c07-8846-93a37ee6b86d"


MODEL = Model(
    "jumper-jpd500f",
    'Jumper JPD-500F "My Oximeter", PLS-01BT',
    Transport.BLE,
    ("spo2", "pulse_rate", "perfusion_index"),
    (Source(JumperDecoder, NOTIFY), *ABOUT),
    PlainListener,
    silent_after_s=4.0,
    reopen_after_s=20.0,
    guess=Guess(names=("My Oximeter", "PLS-01BT"), services=(SERVICE,)),
)
