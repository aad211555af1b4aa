"""Nellcor oximeters that print a line every two seconds (N-595, N-600x, N-395, NPB-195/290/295)."""

from drivers.devices.plain import PlainListener
from drivers.model import Model, Source, Transport
from drivers.wire.nellcor_ascii import NellcorDecoder

MODEL = Model(
    "nellcor-ascii",
    "Nellcor N-595, N-600, N-600x, N-395, N-550, NPB-190, NPB-195, NPB-290, NPB-295",
    Transport.SERIAL,
    ("spo2", "pulse_rate"),
    (Source(NellcorDecoder),),
    PlainListener,
    silent_after_s=6.25,
    interval_s=2.0,
)
