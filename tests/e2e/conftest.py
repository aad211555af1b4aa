"""Vigil's own commands as processes, each in a run directory of its own."""

import json
import os
import queue
import shutil
import signal
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

    def stop(self):
        for process in reversed(self._processes):
            process.stop()


@pytest.fixture
def station():
    folder = Path(tempfile.mkdtemp(prefix="vigil-e2e-"))  # short: a socket's path has a limit
    station = Station(folder)
    yield station
    station.stop()
    shutil.rmtree(folder, ignore_errors=True)
