"""What every Bluetooth monitor may say about itself: battery and device information, all optional."""

from functools import partial

from drivers.model import characteristic
from drivers.wire.about import BatteryDecoder, TextDecoder
from monitor.core.types import InfoField

ABOUT = (
    characteristic(0x2A19, BatteryDecoder, optional=True, read=True),
    *(
        characteristic(short, partial(TextDecoder, field), optional=True, read=True)
        for short, field in (
            (0x2A29, InfoField.MANUFACTURER),
            (0x2A24, InfoField.MODEL),
            (0x2A25, InfoField.SERIAL),
            (0x2A26, InfoField.FIRMWARE),
            (0x2A27, InfoField.HARDWARE),
            (0x2A28, InfoField.SOFTWARE),
        )
    ),
)
"""The optional sources that a Bluetooth model appends to its own."""
