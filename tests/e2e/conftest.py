"""Vigil's own commands as processes, each in a run directory of its own."""

import contextlib
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest


class Process:
    """One `vigil` command; its output is read as it comes."""

    def __init__(self, *words, **environment):
        self.words = words
        self._process = subprocess.Popen(
            [sys.executable, "-m", "monitor", *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        self._lines = queue.Queue()
        self.errors = []
        threading.Thread(target=self._pump, args=(self._process.stdout, self._lines.put), daemon=True).start()
        threading.Thread(
            target=self._pump, args=(self._process.stderr, self.errors.append), daemon=True
        ).start()

    @staticmethod
    def _pump(stream, take):
        with stream:
            for line in stream:
                take(line.rstrip("\n"))
        take(None)

    @property
    def pid(self):
        return self._process.pid

    @property
    def status(self):
        return self._process.poll()

    def lines(self, within_s):
        """Yield lines of standard output until the time is up or the output ends."""
        end = time.monotonic() + within_s
        while (left := end - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                return
            if line is None:
                return
            yield line

    def messages(self, within_s):
        """Yield JSON lines."""
        for line in self.lines(within_s):
            yield json.loads(line)

    def find(self, wanted, within_s=20):
        """Return the first message for which `wanted` holds; fail with what was said instead."""
        seen = []
        for message in self.messages(within_s):
            if wanted(message):
                return message
            seen.append(message)
        pytest.fail(
            f"{self.words}: not seen within {within_s} s; last {seen[-3:]}; errors {self.errors[-8:]}"
        )

    def kill(self, number=signal.SIGKILL):
        self._process.send_signal(number)

    def wait(self, within_s=20):
        return self._process.wait(within_s)

    def stop(self):
        """End it politely, whatever state it is in, and return its status."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        return self._process.returncode


class Station:
    """A run directory, a data directory and the processes that meet there."""

    def __init__(self, folder):
        self.run_dir = folder / "run"
        self.data_dir = folder / "data"
        self._processes = []

    def start(self, command, *words, **environment):
        where = ["--run-dir", self.run_dir]
        if command == "serve":
            where += ["--data-dir", self.data_dir]
        process = Process(command, *words, *where, **environment)
        self._processes.append(process)
        return process

    def tell(self, line):
        """Give the simulator one control command and return its answer."""
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(self.run_dir / "control"))
            control.sendall(f"{line}\n".encode())
            return control.recv(1000).decode().strip()

    def order(self, bed, device, *words):
        """Order a cuff as a person at a terminal does; return how the command ended."""
        where = ["--bed", bed, "--device", device, "--run-dir", self.run_dir]
        return subprocess.run(
            [sys.executable, "-m", "monitor", "cuff", *words, *map(str, where)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def stop(self):
        for process in reversed(self._processes):
            process.stop()


class Heard:
    """All that a client has said, and what it says next: the tests of one farm share it."""

    def __init__(self, watch):
        self._watch = watch
        self.past = []

    def find(self, wanted, within_s=30):
        """Return the first message for which `wanted` holds, of the past or within the time."""
        for message in self.past:
            if wanted(message):
                return message
        for message in self._watch.messages(within_s):
            fresh = [*self._held_by(message), message]
            self.past += fresh
            for each in fresh:
                if wanted(each):
                    return each
        pytest.fail(f"not seen within {within_s} s; last {self.past[-3:]}")

    @staticmethod
    def _held_by(message):
        """Return the messages that a snapshot repeats for a client that came late."""
        if message["type"] != "snapshot":
            return []
        newest = [message["nibp"]] if message["nibp"] else []
        return [*message["devices"], *message["numerics"], *newest, *message["cuffs"]]


@contextlib.contextmanager
def opened_station():
    folder = Path(tempfile.mkdtemp(prefix="vigil-e2e-"))  # short: a socket's path has a limit
    station = Station(folder)
    try:
        yield station
    finally:
        station.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def station():
    with opened_station() as station:
        yield station


@pytest.fixture(scope="module")
def farm(request):
    """The three processes on the scenario that the module calls SCENARIO, once for all its tests."""
    with opened_station() as station:
        station.simulate = station.start("simulate", request.module.SCENARIO)
        station.service = station.start("serve", "--start")
        station.heard = Heard(station.start("watch", "--json"))
        yield station
