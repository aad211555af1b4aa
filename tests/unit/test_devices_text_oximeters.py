import pytest

from drivers import registry
from drivers.model import DeviceConfig, OrderRefused
from drivers.orders import Order, OrderKind
from monitor.core.clock import Nanos, SystemClock
from monitor.core.types import DeviceInfo, DeviceStatus, Numeric, StatusCode

MASIMO = (
    b"02/22/16 22:47:45 SN=0000056661 SPO2=098% BPM=097 PI=03.60% DESAT=-- PIDELTA=+-- ALARM=0000"
    b" EXC=000C00\r\n"
)
NELLCOR = b"N-595 VERSION 1.2 CRC:A5C3\r\n24-NOV-26 15:30:05    88*   72    60    SL  LB\r\n"


def read(name, wire, **rest):
    model = registry.load(name)
    device = model.make_device(DeviceConfig("ox", name, **rest), SystemClock())
    return device.readings(model.sources[0].make_decoder().feed(wire), Nanos(7))


@pytest.mark.parametrize(
    ("name", "wire", "numbers", "code"),
    [
        (
            "masimo-ascii1",
            MASIMO,
            [("spo2", 98), ("pulse_rate", 97), ("perfusion_index", 3.6)],
            StatusCode.WEAK_SIGNAL,
        ),
        ("nellcor-ascii", NELLCOR, [("spo2", 88), ("pulse_rate", 72)], StatusCode.BATTERY_LOW),
    ],
)
def test_a_line_becomes_facts_flags_and_numbers(name, wire, numbers, code):
    readings = read(name, wire, simulated=True)
    assert [(each.channel, each.value) for each in readings if isinstance(each, Numeric)] == numbers
    assert [each.code for each in readings if isinstance(each, DeviceStatus)] == [code]
    assert any(isinstance(each, DeviceInfo) for each in readings)
    assert {(each.device_id, each.t, each.simulated) for each in readings} == {("ox", 7, True)}


@pytest.mark.parametrize("name", ["masimo-ascii1", "nellcor-ascii"])
def test_a_listener_is_told_nothing(name):
    device = registry.load(name).make_device(DeviceConfig("ox", name), SystemClock())
    assert list(device.opened(Nanos(0))) == [] and list(device.step(Nanos(0)).writes) == []
    with pytest.raises(OrderRefused):
        device.order(Order(OrderKind.START), Nanos(0))
