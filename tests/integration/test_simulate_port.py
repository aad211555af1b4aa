import os
import select
import termios

import pytest

from simulators.serial_port import QUEUED, SerialPort

pytestmark = pytest.mark.integration


@pytest.fixture
def port(tmp_path):
    port = SerialPort(tmp_path / "oximeter")
    port.plug()
    yield port
    port.unplug()


def _open(port):
    return os.open(port.link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)


def _read(reader):
    assert select.select([reader], [], [], 5)[0], "nothing came"
    return os.read(reader, 65536)


def test_every_byte_value_passes_both_ways_unchanged(port):
    reader = _open(port)
    every = bytes(range(256))
    port.write(every)
    assert _read(reader) == every
    os.write(reader, every)
    assert port.read() == every
    os.close(reader)


def test_the_line_is_9600_8n1(port):
    reader = _open(port)
    mode = termios.tcgetattr(reader)
    assert mode[4] == mode[5] == termios.B9600
    assert mode[2] & termios.CSIZE == termios.CS8 and not mode[2] & (termios.PARENB | termios.CSTOPB)
    os.close(reader)


def test_what_nobody_hears_is_gone_and_counted(port):
    assert not port.listening
    port.write(b"before")
    assert port.unheard == 6
    reader = _open(port)
    assert port.listening
    port.write(b"now")
    assert _read(reader) == b"now"
    os.close(reader)


def test_the_next_reader_gets_nothing_stale(port):
    first = _open(port)
    for _ in range(200):
        port.write(b"old" * 100)
    os.close(first)
    port.write(b"between")
    second = _open(port)
    port.write(b"new")
    assert _read(second) == b"new"
    os.close(second)


def test_a_reader_that_does_not_read_costs_the_oldest_bytes_and_never_blocks(port):
    reader = _open(port)
    sent = [b"%07d" % number for number in range(20_000)]
    for piece in sent:
        port.write(piece)
    assert port.overrun > 0
    arrived = bytearray()
    while select.select([reader], [], [], 0.05)[0]:
        arrived += os.read(reader, 65536)
        port.write(b"")
    assert arrived.endswith(sent[-1]), "the newest are kept"
    assert len(arrived) + port.overrun == 7 * len(sent)
    assert port.overrun < 7 * len(sent) - QUEUED
    os.close(reader)


def test_unplugged_the_reader_sees_it_and_the_link_is_gone_until_replugged(port):
    reader = _open(port)
    port.unplug()
    assert not port.link.is_symlink() and not port.plugged
    with pytest.raises(OSError):
        if not os.read(reader, 1):
            raise OSError("end of file")
    os.close(reader)
    port.write(b"lost")
    port.plug()
    port.plug()
    reader = _open(port)
    port.write(b"back")
    assert _read(reader) == b"back"
    os.close(reader)
