"""The virtual Bluetooth radio: real ATT, GATT and SMP, without a radio.

Peripherals and one central (bumble) are joined inside this process; the central is shown as
`org.bluez` on a private message bus, in the shape that BlueZ gives it. A program that uses BlueZ
runs unmodified against it when DBUS_SYSTEM_BUS_ADDRESS names that bus:

    bus = await PrivateBus.start(run_dir)           # needs dbus-daemon; bus.address is "unix:path=..."
    radio = SimRadio(bus.address)
    await radio.start()
    strap = HeartRatePeripheral(name="Vigil HR strap", address="C0:00:00:00:00:01")
    await radio.add(strap)
    await strap.notify(72, rr_ms=[833])
    cuff = BloodPressurePeripheral(name="Vigil cuff", address="C0:00:00:00:00:02")
    await radio.add(cuff)
    await cuff.measure(138, 88, 105, 60)            # returns when somebody has fetched it
    radio.faults.fail_next_connect("le-connection-abort-by-remote")
    await strap.drop_link(); await strap.set_advertising(False); await radio.set_powered(False)
    await radio.stop(); await bus.stop()

By hand: start `vigil simulate` with a scenario that has a strap or a cuff, and in a second terminal

    export DBUS_SYSTEM_BUS_ADDRESS=unix:path=<run directory>/bus
    python -c "import asyncio, bleak; print(asyncio.run(bleak.BleakScanner.discover()))"

The radio refuses to start on the machine's own system bus, and where org.bluez is already taken.
bleak keeps one bus connection per event loop: a test gives the radio and its clients one loop each
test, and one bus. A blocked loop stops a radio that lives in it; measure latency from another process.
Not copied from BlueZ: devices never expire, private addresses, connection parameters.
"""

from simulators.radio.bus import PrivateBus, RadioError, refuse_system_bus
from simulators.radio.faults import FaultPlan
from simulators.radio.peripherals.blood_pressure import BloodPressurePeripheral
from simulators.radio.peripherals.heart_rate import HeartRatePeripheral
from simulators.radio.peripherals.peripheral import Peripheral
from simulators.radio.peripherals.pressure_frames import Reading
from simulators.radio.radio import SimRadio

__all__ = [
    "BloodPressurePeripheral",
    "FaultPlan",
    "HeartRatePeripheral",
    "Peripheral",
    "PrivateBus",
    "RadioError",
    "Reading",
    "SimRadio",
    "refuse_system_bus",
]
