"""A sound server of its own with a sink that keeps what it is given: `parec` hears what a person would."""

import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

RATE_HZ = 48_000
PROGRAMS = ("pulseaudio", "parec", "pactl")
PLUGIN = "libasound_module_pcm_pulse.so"
ALSA = "</usr/share/alsa/alsa.conf>\npcm.!default { type pulse }\nctl.!default { type pulse }\n"
SINK = "module-null-sink sink_name=null norewinds=1 rate=48000 channels=2"
"""norewinds keeps its blocks under 50 ms; else a null sink takes two seconds of sound at a time."""


def missing():
    """Return what this machine lacks for a null sink, "" when it has all."""
    lacks = [name for name in PROGRAMS if shutil.which(name) is None]
    if not list(Path("/usr/lib").glob(f"**/alsa-lib/{PLUGIN}")):
        lacks.append(f"{PLUGIN} (libasound2-plugins)")
    return f"no PulseAudio null sink here, for want of {', '.join(lacks)}" if lacks else ""


class PulseRoom:
    """`environment` makes a process play into the null sink; `heard()` is what came out of it so far."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="vp", dir="/tmp"))  # a socket's path must be short
        runtime = self.folder / "run"
        runtime.mkdir(mode=0o700)
        config = self.folder / "alsa.conf"
        config.write_text(ALSA)
        self.environment = {
            "XDG_RUNTIME_DIR": str(runtime),
            "HOME": str(self.folder),
            "ALSA_CONFIG_PATH": str(config),
            "PULSE_SERVER": f"unix:{runtime}/pulse/native",
            "PATH": "/usr/bin:/bin",
        }
        self._server = self._run(
            "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no",
            "--high-priority=no", "--realtime=no", "--log-target=stderr", "--log-level=error",
            "-L", "module-native-protocol-unix", "-L", SINK,
        )  # fmt: skip
        self._recorder = None
        self._listener = None
        self._pieces = []

    def _run(self, *command):
        return subprocess.Popen(
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def control(self, *words):
        """Return whether `pactl` did it."""
        done = subprocess.run(
            ("pactl", *words), env=self.environment, capture_output=True, timeout=10, check=False
        )
        return done.returncode == 0

    def open(self, within_s=10.0):
        """Wait for the server and begin to record."""
        end = time.monotonic() + within_s
        while not self.control("info"):
            assert time.monotonic() < end, "pulseaudio did not start in time"
            assert self._server.poll() is None, "pulseaudio ended"
            time.sleep(0.05)
        self._hear()
        return self

    def _hear(self):
        self._recorder = self._run(
            "parec", "-d", "null.monitor", "--rate=48000", "--channels=1", "--format=float32le",
            "--latency-msec=10", "--raw",
        )  # fmt: skip
        self._listener = threading.Thread(target=self._record, args=(self._recorder,), daemon=True)
        self._listener.start()

    def _record(self, recorder):
        with recorder.stdout as stream:
            while piece := stream.read1(65536):
                self._pieces.append(piece)

    def heard(self):
        """Return all samples so far."""
        whole = b"".join(self._pieces)
        return np.frombuffer(whole[: len(whole) // 4 * 4], dtype=np.float32)

    def until(self, holds, what, within_s=15.0):
        """Return the samples once `holds(samples)`; fail with `what`."""
        end = time.monotonic() + within_s
        while not holds(self.heard()):
            assert time.monotonic() < end, f"not heard within {within_s} s: {what}"
            time.sleep(0.05)
        return self.heard()

    def take_sink_away(self):
        """Remove the only sink, and with it what plays into it."""
        self._stop_hearing()
        return self.control("unload-module", "module-null-sink")

    def give_sink_back(self):
        """Make the sink anew and hear it."""
        self.control("load-module", *SINK.split())
        self._hear()

    def _stop_hearing(self):
        if self._recorder is not None:
            self._recorder.kill()
            self._recorder.wait()
            self._listener.join()

    def close(self):
        """End the server and all that listened."""
        self._stop_hearing()
        self._server.kill()
        self._server.wait()
        self._server.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)
