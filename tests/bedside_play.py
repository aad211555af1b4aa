"""Plays scenes into a bedside window with a clock of its own: no service, no waiting."""

import os
import sys

if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anything makes the application

import bed_scenes as scenes

from monitor.link.client import Connection
from ui.bed_model import BedModel
from ui.views.bedside import Bedside


class NoSound:
    """Stands for a sound output on a station without a card."""

    def __init__(self):
        self.wanted = None
        self.ok = False
        self.gain_db = 0.0
        self.reminders = 0
        self.closed = False
        self.started = False

    def start(self):
        self.started = True

    def sound(self, priority, *, at_once=False):
        self.wanted = priority

    def louder(self, gain_db):
        self.gain_db = gain_db

    def beat(self):
        pass

    def remind(self):
        self.reminders += 1

    def close(self, timeout_s=0.0):
        self.closed = True
        return True

    @property
    def state(self):
        from alarms.sound.output import OutputState

        return OutputState(True, "ok") if self.ok else OutputState(False, "no sound device on this station")


class Keeper:
    """Stands for the beats on the client's thread."""

    def __init__(self):
        self.beds = []
        self.vouched = []

    def hold_sound(self, bed):
        self.beds.append(bed)

    def vouch(self, now):
        self.vouched.append(now)

    def let_go(self):
        self.beds.append(None)


class Play:
    """One window, its clock, and what it asked for."""

    def __init__(self, width=1280, height=800):
        self.clock = scenes.StepClock()
        self.model = BedModel()
        self.commands = []
        self.outputs = []
        self.keeper = Keeper()
        self.window = Bedside(
            self.model,
            "anna",
            self.clock,
            lambda *command: self.commands.append(command),
            self._output,
            keeper=self.keeper,
        )
        self.window._timer.stop()  # the play moves time
        self.window.resize(width, height)
        self.first = 0
        self._owed = 0.0

    def _output(self):
        self.outputs.append(NoSound())
        return self.outputs[-1]

    def hear(self, *items):
        self.window.accept([(self.clock.now(), item) for item in items])

    def begin(self, *rows, **changes):
        self.hear(scenes.connected(self.clock.now()), scenes.snapshot(*rows, **changes), scenes.heartbeat())

    def lose(self):
        self.hear(Connection("lost", "the service closed the connection; trying again", self.clock.now()))

    def run(self, seconds, *, waves=True, beat=True, numerics=()):
        """Let time pass in frames: waveform 3 times a second, heartbeat and numerics once."""
        for frame in range(round(seconds * 30)):
            self.clock.advance(1 / 30)
            if frame % 10 == 0 and waves:
                self.hear(scenes.pleth(self.first, 25))
                self.first += 25
            if frame % 30 == 0:
                self.hear(*numerics, *([scenes.heartbeat(self.clock.now() / 1e9 % 60)] if beat else []))
            self.window.tick()
