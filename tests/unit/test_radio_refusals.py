"""Where the virtual radio will not go, what it answers, and faults waiting to happen."""

import pytest

from simulators.radio import FaultPlan, RadioError, SimRadio, refuse_system_bus
from simulators.radio.errors import att_error


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        pytest.param("unix:path=/run/dbus/system_bus_socket", "this machine's own", id="system bus"),
        pytest.param("unix:path=/var/run/dbus/system_bus_socket", "this machine's own", id="its older name"),
        pytest.param("unix:path=/run/../run/dbus/system_bus_socket", "this machine's own", id="in disguise"),
        pytest.param("unix:path=%2frun/dbus/system_bus_socket", "this machine's own", id="escaped"),
        pytest.param(
            "unix:path=/tmp/x;unix:path=/run/dbus/system_bus_socket", "this machine's own", id="in a list"
        ),
        pytest.param("tcp:host=localhost,port=1", "private bus", id="network"),
        pytest.param("unix:abstract=/x", "private bus", id="abstract"),
        pytest.param("", "private bus", id="none"),
    ],
)
def test_radio_refuses_any_bus_but_a_private_one(address, reason):
    with pytest.raises(RadioError, match=reason):
        SimRadio(address)


def test_system_bus_is_recognised_through_a_link(tmp_path, monkeypatch):
    real = tmp_path / "system_bus_socket"
    real.touch()
    (tmp_path / "harmless").symlink_to(real)
    monkeypatch.setattr("simulators.radio.bus.SYSTEM_BUSES", (str(real),))
    with pytest.raises(RadioError, match="own"):
        refuse_system_bus(f"unix:path={tmp_path}/harmless")


def test_connect_errors_happen_once_each_in_order():
    faults = FaultPlan()
    faults.fail_next_connect("first")
    faults.fail_next_connect("twice", times=2)
    assert [faults.next_connect_error() for _ in range(4)] == ["first", "twice", "twice", None]


@pytest.mark.parametrize(
    ("code", "name", "text"),
    [
        (0x02, "NotPermitted", "Read not permitted"),
        (0x03, "NotPermitted", "Write not permitted"),
        (0x05, "NotPermitted", "Not paired"),
        (0x0C, "NotPermitted", "Not paired"),
        (0x0F, "NotPermitted", "Not paired"),
        (0x06, "NotSupported", "Operation is not supported"),
        (0x08, "NotAuthorized", "Operation Not Authorized"),
        (0x80, "Failed", "Operation failed with ATT error: 0x80"),
    ],
)
def test_att_errors_become_what_bluez_says(code, name, text):
    error = att_error(code)
    assert (error.name, error.text) == (f"org.bluez.Error.{name}", text)
