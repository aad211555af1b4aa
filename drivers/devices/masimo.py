"""Masimo oximeters that print a line of "ASCII 1" every second (Rad-8, Rad-87, Radical-7)."""

from drivers.devices.plain import PlainListener
from drivers.model import Model, Source, Transport
from drivers.wire.masimo_ascii1 import MasimoDecoder

MODEL = Model(
    "masimo-ascii1",
    "Masimo Rad-8, Rad-87, Radical, Radical-7 set to ASCII 1",
    Transport.SERIAL,
    ("spo2", "pulse_rate", "perfusion_index"),
    (Source(MasimoDecoder),),
    PlainListener,
)
