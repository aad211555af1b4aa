"""The sound device: one thread owns the stream, feeds it, and knows whether it makes progress.

A missing, broken or stalled device is a state in words, never an exception: whoever sounds must
still show, and shows this text. The device is tried again every few seconds.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from alarms.sound.bursts import RATE_HZ, Sound
from alarms.sound.sequencer import Sequencer

BLOCK = RATE_HZ // 50
"""20 ms a block; with LATENCY_S it bounds how long an acknowledged sound goes on."""
LATENCY_S = 0.06
RETRY_S = 5.0
STALLED_S = 1.0
AHEAD_S = 0.5
"""A device that takes samples faster than time passes is a sink: slow down, do not spin."""

NO_DEVICE = "no sound device on this station"


class Stream(Protocol):
    """What the output needs of a sound stream."""

    def write(self, block: Sound) -> None:
        """Play `block`, waiting until the device has room."""
        ...

    def close(self) -> None:
        """Let go of the device."""
        ...


@dataclass(frozen=True, slots=True)
class OutputState:
    """How the sound output is: `ok`, and in words for people."""

    ok: bool
    text: str


class _DeviceStream:
    """A sounddevice stream of one channel doubled to two, opened and started."""

    def __init__(self, device: str | int | None) -> None:
        import sounddevice  # here: without libportaudio the import itself fails

        self._stream: Any = sounddevice.OutputStream(
            samplerate=RATE_HZ,
            channels=2,
            dtype="float32",
            blocksize=BLOCK,
            latency=LATENCY_S,
            device=device,
        )
        self._stream.start()

    def write(self, block: Sound) -> None:
        self._stream.write(block.repeat(2).reshape(-1, 2))

    def close(self) -> None:
        self._stream.abort()
        self._stream.close()


def open_device(device: str | int | None = None) -> Stream:
    """Return a started stream on `device` (None: the system's default); OSError in words if none."""
    try:
        import sounddevice
    except OSError as error:
        raise OSError("no sound: the PortAudio library is missing (install libportaudio2)") from error
    try:
        # PortAudio lists the devices once, when it starts: a device plugged in later needs this.
        sounddevice._terminate()
        sounddevice._initialize()
        if not any(entry["max_output_channels"] > 0 for entry in sounddevice.query_devices()):
            raise OSError(NO_DEVICE)
        return _DeviceStream(device)
    except (sounddevice.PortAudioError, ValueError) as error:
        raise OSError(f"the sound device cannot be opened: {error}") from error


class SoundOutput:
    """Sounds what it was last told to; every method returns at once and may be called anywhere."""

    def __init__(self, open_stream: Callable[[], Stream] = open_device, retry_s: float = RETRY_S) -> None:
        self._open_stream = open_stream
        self._retry_s = retry_s
        self._sequencer = Sequencer()
        self._stop = threading.Event()
        self._settled = threading.Event()  # the first attempt to open is over
        self._failure: str | None = "the sound output has not been started"
        self._progress_at = 0.0
        self._thread: threading.Thread | None = None
        self.frames = 0

    def start(self) -> None:
        """Start the thread that owns the device."""
        self._failure = "opening the sound device"
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)
        self._thread.start()

    def sound(self, priority: str | None) -> None:
        """Let "high", "medium" or "low" sound from now on, or nothing (None)."""
        self._sequencer.want(priority)

    def remind(self) -> None:
        """Sound the reminder once."""
        self._sequencer.remind()

    def louder(self, gain_db: float) -> None:
        """Raise the level by `gain_db` above the specified one, at most 6 dB."""
        self._sequencer.gain_db = min(6.0, max(0.0, gain_db))

    def settle(self, timeout_s: float) -> OutputState:
        """Wait until the first attempt to open the device is over; return the state."""
        self._settled.wait(timeout_s)
        return self.state

    @property
    def state(self) -> OutputState:
        """Return whether sound can be heard, as far as a program can know."""
        failure = self._failure
        if failure is not None:
            return OutputState(False, failure)
        if time.monotonic() - self._progress_at > STALLED_S:
            return OutputState(False, "the sound output has stalled")
        return OutputState(True, "ok")

    def close(self, timeout_s: float = 2.0) -> bool:
        """Stop the thread; False when a hung device did not let it end in time."""
        self._stop.set()
        self._failure = "the sound output is closed"
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                stream = self._open_stream()
            except Exception as error:  # noqa: BLE001 - whatever a sound library throws becomes words
                self._fail(error)
            else:
                self._play(stream)
            self._stop.wait(self._retry_s)

    def _play(self, stream: Stream) -> None:
        started = self._progress_at = time.monotonic()
        written = 0
        self._failure = None
        self._settled.set()
        try:
            while not self._stop.is_set():
                stream.write(self._sequencer.render(BLOCK))
                self._progress_at = time.monotonic()
                written += BLOCK
                self.frames += BLOCK
                ahead = written / RATE_HZ - (self._progress_at - started)
                if ahead > AHEAD_S:
                    self._stop.wait(ahead - AHEAD_S / 2)
        except Exception as error:  # noqa: BLE001 - an unplugged device must not end the thread
            self._fail(error)
        finally:
            _close_quietly(stream)

    def _fail(self, error: Exception) -> None:
        if not self._stop.is_set():
            self._failure = str(error) or type(error).__name__
        self._settled.set()


def _close_quietly(stream: Stream) -> None:
    with contextlib.suppress(Exception):  # the device is gone already: that was reported
        stream.close()
