"""The object tree that a client sees on the bus: objects, their properties and the signals of change."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dbus_fast import Message, Variant

from simulators.radio.errors import (
    READ_ONLY_PROPERTY,
    UNKNOWN_METHOD,
    UNKNOWN_OBJECT,
    UNKNOWN_PROPERTY,
    BlueZError,
)

ROOT = "/"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"


@dataclass(frozen=True, slots=True)
class Call:
    """One method call: who asks, and with what arguments."""

    sender: str
    args: list[Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method returns."""

    signature: str = ""
    body: list[Any] = field(default_factory=list)
    fds: list[int] = field(default_factory=list)


NOTHING = Answer()
Method = Callable[[Call], Awaitable[Answer]]
Setter = Callable[[Any], Awaitable[None]]


@dataclass(slots=True)
class Interface:
    """One interface of an object: property values, methods, and what a client may set."""

    properties: dict[str, Variant]
    methods: Mapping[str, Method] = field(default_factory=dict)
    setters: Mapping[str, Setter] = field(default_factory=dict)


class ObjectTree:
    """Objects by path; every change is announced through `emit`, in the order it was made."""

    def __init__(self, emit: Callable[[Message], None]) -> None:
        self._emit = emit
        self._objects: dict[str, dict[str, Interface]] = {}

    def add(self, path: str, interfaces: dict[str, Interface]) -> None:
        """Put an object on the bus."""
        self._objects[path] = interfaces
        shown = {name: interface.properties for name, interface in interfaces.items()}
        self._signal(ROOT, OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, shown])

    def remove(self, path: str) -> None:
        """Take an object off the bus; nothing when it is not there."""
        interfaces = self._objects.pop(path, None)
        if interfaces is not None:
            self._signal(ROOT, OBJECT_MANAGER, "InterfacesRemoved", "oas", [path, list(interfaces)])

    def change(
        self, path: str, interface: str, changed: dict[str, Variant], gone: Sequence[str] = ()
    ) -> None:
        """Give properties new values, or take them away."""
        properties = self._objects[path][interface].properties
        properties.update(changed)
        for name in gone:
            properties.pop(name, None)
        self._signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [interface, changed, list(gone)])

    def value(self, path: str, interface: str, name: str) -> Any:
        """Return the value of a property that is there."""
        return self._objects[path][interface].properties[name].value

    def __contains__(self, path: object) -> bool:
        return path in self._objects

    async def answer(self, message: Message) -> Answer:
        """Carry out one method call; BlueZError when it cannot be."""
        path, interface, member = message.path or "", message.interface or "", message.member or ""
        if path == ROOT and (interface, member) == (OBJECT_MANAGER, "GetManagedObjects"):
            return Answer("a{oa{sa{sv}}}", [self._shown()])
        if path not in self._objects:
            raise BlueZError(UNKNOWN_OBJECT, f'Method "{member}": object "{path}" doesn\'t exist')
        call = Call(message.sender or "", message.body)
        if interface == PROPERTIES:
            return await self._property(path, member, call)
        found = self._objects[path].get(interface)
        if found is None or member not in found.methods:
            raise BlueZError(UNKNOWN_METHOD, f'Method "{member}" of "{interface}" doesn\'t exist')
        return await found.methods[member](call)

    def _shown(self) -> dict[str, dict[str, dict[str, Variant]]]:
        return {
            path: {name: interface.properties for name, interface in interfaces.items()}
            for path, interfaces in self._objects.items()
        }

    async def _property(self, path: str, member: str, call: Call) -> Answer:
        interface = self._objects[path].get(str(call.args[0]))
        if interface is None:
            raise BlueZError(UNKNOWN_PROPERTY, f"no interface {call.args[0]} at {path}")
        if member == "GetAll":
            return Answer("a{sv}", [interface.properties])
        name = str(call.args[1])
        if name not in interface.properties:
            raise BlueZError(UNKNOWN_PROPERTY, f"no property {name}")
        if member == "Get":
            return Answer("v", [interface.properties[name]])
        if name not in interface.setters:
            raise BlueZError(READ_ONLY_PROPERTY, f"property {name} cannot be set")
        await interface.setters[name](call.args[2].value)
        return NOTHING

    def _signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        self._emit(Message.new_signal(path, interface, member, signature, body))
