"""The virtual radio: a LocalLink with peripherals, and an org.bluez on a private bus in front of it."""

import asyncio
import contextlib
import functools
import logging
import os
from collections.abc import Coroutine, Iterable
from dataclasses import replace
from typing import Any

from bumble.link import LocalLink
from dbus_fast import Message, MessageFlag, MessageType, NameFlag, RequestNameReply
from dbus_fast.aio.message_bus import MessageBus

from simulators.radio.adapter import AdapterObject
from simulators.radio.bluez_tree import NOTHING, Answer, Call, Interface, ObjectTree
from simulators.radio.bus import RadioError, refuse_system_bus
from simulators.radio.central import Advertisement, Central, quiet_bumble
from simulators.radio.errors import FAILED, BlueZError
from simulators.radio.faults import FaultPlan
from simulators.radio.peripherals.peripheral import Peripheral

NAME = "org.bluez"
DAEMON = "org.freedesktop.DBus"
AGENTS = "/org/bluez"
BY_LIBRARY = {"org.freedesktop.DBus.Introspectable", "org.freedesktop.DBus.Peer"}

_log = logging.getLogger(__name__)


class SimRadio:
    """Peripherals in the air, seen by whoever looks for org.bluez on the bus at `bus_address`."""

    def __init__(self, bus_address: str) -> None:
        refuse_system_bus(bus_address)
        self.faults = FaultPlan()
        self._bus_address = bus_address
        self._peripherals: dict[str, Peripheral] = {}
        self._calls: set[asyncio.Task[None]] = set()
        self._bus: MessageBus | None = None

    async def start(self) -> None:
        """Take the name org.bluez and switch the adapter on; RadioError when the name is taken."""
        quiet_bumble()
        self._link = LocalLink()
        self._central = Central(self._link)
        bus = MessageBus(bus_address=self._bus_address, negotiate_unix_fd=True)
        try:
            await bus.connect()
            self._bus = bus
            self._tree = ObjectTree(self._send)
            self._adapter = AdapterObject(self._tree, self._central, self.faults, self._answered)
            self._tree.add(AGENTS, {"org.bluez.AgentManager1": _agent_manager()})
            bus.add_message_handler(self._take)
            await self._watch_clients(bus)
            await self._take_name(bus)
            await self._central.start()
        except BaseException:
            self._bus = None
            bus.disconnect()
            raise

    async def stop(self) -> None:
        """Hang up, take every peripheral down and leave the bus."""
        if self._bus is None:
            return
        bus, self._bus = self._bus, None
        await self._adapter.hang_up()
        for call in list(self._calls):
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)
        for peripheral in list(self._peripherals.values()):
            await self.remove(peripheral)
        await self._central.stop()
        if bus.connected:
            bus.disconnect()
        with contextlib.suppress(OSError, EOFError):
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]

    async def add(self, peripheral: Peripheral) -> None:
        """Put a peripheral in the air; it advertises as its kind does."""
        if peripheral.address in self._peripherals:
            raise RadioError(f"{peripheral.address}: two peripherals with one address")
        await peripheral.appear(self._link, lambda: not self.faults.refuse_pairing)
        self._peripherals[peripheral.address] = peripheral

    async def remove(self, peripheral: Peripheral) -> None:
        """Take a peripheral out of range; a link to it is lost."""
        if self._peripherals.pop(peripheral.address, None) is not None:
            await peripheral.disappear()

    async def set_powered(self, on: bool) -> None:
        """Switch the adapter on or off."""
        await self._adapter.set_powered(on)

    def _answered(self, heard: Advertisement) -> Advertisement:
        """Return an advertisement with what the device answers a scan with, its strength and kind of address.

        bumble's controller answers every scan with a copy of the advertisement, so it is added here.
        """
        peripheral = self._peripherals.get(heard.address)
        if peripheral is None:
            return heard
        data = peripheral.manufacturer_data
        return replace(
            heard,
            name=peripheral.name,
            rssi_dbm=peripheral.rssi_dbm,
            address_type=peripheral.address_type,
            manufacturer={int.from_bytes(data[:2], "little"): data[2:]} if data else {},
        )

    async def _watch_clients(self, bus: MessageBus) -> None:
        """Ask to be told who leaves the bus: a killed client must not keep its devices connected."""
        rule = f"type='signal',sender='{DAEMON}',interface='{DAEMON}',member='NameOwnerChanged',arg2=''"
        reply = await bus.call(
            Message(DAEMON, "/org/freedesktop/DBus", DAEMON, "AddMatch", signature="s", body=[rule])
        )
        if reply.message_type is MessageType.ERROR:
            raise RadioError(f"bus {self._bus_address}: {reply.body}")

    async def _take_name(self, bus: MessageBus) -> None:
        if await bus.request_name(NAME, NameFlag.DO_NOT_QUEUE) is not RequestNameReply.PRIMARY_OWNER:
            raise RadioError(f"{self._bus_address}: org.bluez is already there; the radio needs its own bus")

    def _take(self, message: Message) -> bool:
        """Accept a message of the bus; True when it is answered from here."""
        if message.message_type is MessageType.SIGNAL:
            if message.member == "NameOwnerChanged" and message.sender == DAEMON:
                self._spawn(self._adapter.leave(str(message.body[0])))
            return False
        if message.message_type is not MessageType.METHOD_CALL:
            return False
        if message.interface in BY_LIBRARY:
            return False
        self._spawn(self._answer(message))
        return True

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._calls.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._calls.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("a call to the virtual radio broke", exc_info=error)

    async def _answer(self, message: Message) -> None:
        try:
            answer = await self._tree.answer(message)
        except BlueZError as error:
            self._reply(message, Message.new_error(message, error.name, error.text))
        except Exception:
            self._reply(message, Message.new_error(message, FAILED, "the virtual radio broke"))
            raise
        else:
            reply = Message.new_method_return(message, answer.signature, answer.body, answer.fds)
            self._reply(message, reply)

    def _reply(self, message: Message, reply: Message) -> None:
        if not message.flags & MessageFlag.NO_REPLY_EXPECTED:
            self._send(reply)

    def _send(self, message: Message) -> None:
        if self._bus is not None and self._bus.connected:
            self._bus.send(message).add_done_callback(functools.partial(_sent, message.unix_fds))
        else:
            _close(message.unix_fds)


def _agent_manager() -> Interface:
    """Return the interface at which clients such as bluetoothctl announce pairing agents: all are welcome."""

    async def welcome(call: Call) -> Answer:
        return NOTHING

    return Interface(
        {}, {name: welcome for name in ("RegisterAgent", "UnregisterAgent", "RequestDefaultAgent")}
    )


def _sent(fds: Iterable[int], sending: "asyncio.Future[object]") -> None:
    """Close descriptors that the peer now has; a bus that died under a message is the reader's to notice."""
    _close(fds)
    if not sending.cancelled():
        sending.exception()


def _close(fds: Iterable[int]) -> None:
    for fd in fds:
        os.close(fd)
