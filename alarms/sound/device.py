"""The sound device, by PortAudio. Only the player's process may load this: PortAudio may abort it."""

from typing import Any, Protocol

import sounddevice

from alarms.sound.bursts import RATE_HZ, Sound

LATENCY_S = 0.05
"""What lies in the device's buffer is heard even after an acknowledgement."""
NO_DEVICE = "no sound device on this station"


class Stream(Protocol):
    """What the player needs of a sound stream."""

    def write(self, block: Sound) -> None:
        """Play `block`, waiting until the device has room."""
        ...


class _DeviceStream:
    """A started stream of one channel doubled to two."""

    def __init__(self, block: int) -> None:
        self._stream: Any = sounddevice.OutputStream(
            samplerate=RATE_HZ, channels=2, dtype="float32", blocksize=block, latency=LATENCY_S
        )
        self._stream.start()

    def write(self, block: Sound) -> None:
        self._stream.write(block.repeat(2).reshape(-1, 2))


def open_device(block: int) -> Stream:
    """Return a started stream on the system's default device; OSError in words if there is none."""
    try:
        if not any(entry["max_output_channels"] > 0 for entry in sounddevice.query_devices()):
            raise OSError(NO_DEVICE)
        return _DeviceStream(block)
    except (sounddevice.PortAudioError, ValueError) as error:
        raise OSError(f"the sound device cannot be opened: {error}") from error
