"""A serial port without hardware: a pseudo-terminal behind a stable link."""

import contextlib
import os
import pty
import select
import termios
import tty
from collections import deque
from pathlib import Path

from monitor.core.errors import MonitorError

QUEUED = 4096
"""Bytes kept for a reader that has the port open and does not read."""


class SerialPort:
    """What a device writes into; whoever opens the link reads it. Nothing here ever blocks.

    Bytes sent while nobody has the port open are gone, as on a real line.
    """

    def __init__(self, link: Path) -> None:
        self.link = link
        self.unheard = 0  # bytes sent while nobody had the port open
        self.overrun = 0  # bytes thrown away because a reader did not read
        self._master: int | None = None
        self._poll = select.poll()
        self._queue: deque[bytes] = deque()
        self._queued = 0
        self._had_listener = False

    @property
    def plugged(self) -> bool:
        """True while the port exists."""
        return self._master is not None

    @property
    def listening(self) -> bool:
        """True while somebody has the port open."""
        return self._master is not None and not self._events() & select.POLLHUP

    def plug(self) -> None:
        """Make the port and point the link at it; nothing when it is there already."""
        if self._master is not None:
            return
        master, slave = pty.openpty()
        try:
            _raw(slave)
            self._point(os.ttyname(slave))
        except OSError as error:
            os.close(master)
            raise MonitorError(f"{self.link}: cannot make the port: {error.strerror}") from error
        finally:
            os.close(slave)
        os.set_blocking(master, False)
        self._poll.register(master, select.POLLIN)
        self._master = master

    def unplug(self) -> None:
        """Take the port away; a reader sees the line go dead."""
        if self._master is None:
            return
        self.link.unlink(missing_ok=True)
        self._poll.unregister(self._master)
        os.close(self._master)
        self._master = None
        self._forget()

    def write(self, data: bytes) -> None:
        """Send `data` to whoever listens; the oldest goes when a reader does not read."""
        if not self.listening:
            self.unheard += len(data)
            self._quiet()
            return
        self._had_listener = True
        self._queue.append(data)
        self._queued += len(data)
        self._send()
        while self._queued > QUEUED:
            dropped = len(self._queue.popleft())
            self._queued -= dropped
            self.overrun += dropped

    def read(self) -> bytes:
        """Return what the host has sent to the device since the last call."""
        if self._master is None or not self._events() & select.POLLIN:
            return b""
        with contextlib.suppress(OSError):  # the reader left in between
            return os.read(self._master, 4096)
        return b""

    def _events(self) -> int:
        return sum(event for _, event in self._poll.poll(0))

    def _send(self) -> None:
        while self._queue and self._master is not None:
            try:
                sent = os.write(self._master, self._queue[0])
            except BlockingIOError:
                return
            except OSError:  # the reader left in between
                self._forget()
                return
            self._queued -= sent
            rest = self._queue.popleft()[sent:]
            if rest:
                self._queue.appendleft(rest)

    def _quiet(self) -> None:
        """Empty the line once its reader has left, so that the next one gets nothing stale."""
        if not self._had_listener:
            return
        self._forget()
        with contextlib.suppress(OSError):  # unplugged in between
            slave = os.open(self.link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            try:
                termios.tcflush(slave, termios.TCIOFLUSH)
                _raw(slave)
            finally:
                os.close(slave)

    def _forget(self) -> None:
        self._queue.clear()
        self._queued = 0
        self._had_listener = False

    def _point(self, target: str) -> None:
        """Make the link, in one step also where an old one stands."""
        fresh = self.link.with_name(self.link.name + ".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target)
        fresh.replace(self.link)


def _raw(descriptor: int) -> None:
    """Set 9600 8N1, raw, no flow control (the driver sets its own; a person may just read)."""
    tty.setraw(descriptor)
    mode = termios.tcgetattr(descriptor)
    mode[2] = (mode[2] & ~(termios.CSIZE | termios.PARENB | termios.CSTOPB)) | termios.CS8
    mode[2] |= termios.CREAD | termios.CLOCAL
    mode[4] = mode[5] = termios.B9600
    termios.tcsetattr(descriptor, termios.TCSANOW, mode)
