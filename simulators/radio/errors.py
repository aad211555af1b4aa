"""The errors that BlueZ answers with, as far as its clients tell them apart."""

from typing import Final

FAILED: Final = "org.bluez.Error.Failed"
IN_PROGRESS: Final = "org.bluez.Error.InProgress"
NOT_READY: Final = "org.bluez.Error.NotReady"
NOT_CONNECTED: Final = "org.bluez.Error.NotConnected"
NOT_SUPPORTED: Final = "org.bluez.Error.NotSupported"
NOT_PERMITTED: Final = "org.bluez.Error.NotPermitted"
NOT_AUTHORIZED: Final = "org.bluez.Error.NotAuthorized"
ALREADY_EXISTS: Final = "org.bluez.Error.AlreadyExists"
DOES_NOT_EXIST: Final = "org.bluez.Error.DoesNotExist"
INVALID_ARGUMENTS: Final = "org.bluez.Error.InvalidArguments"
AUTHENTICATION_FAILED: Final = "org.bluez.Error.AuthenticationFailed"
UNKNOWN_OBJECT: Final = "org.freedesktop.DBus.Error.UnknownObject"
UNKNOWN_METHOD: Final = "org.freedesktop.DBus.Error.UnknownMethod"
UNKNOWN_PROPERTY: Final = "org.freedesktop.DBus.Error.UnknownProperty"
READ_ONLY_PROPERTY: Final = "org.freedesktop.DBus.Error.PropertyReadOnly"

_BY_ATT_CODE: Final = {
    0x02: (NOT_PERMITTED, "Read not permitted"),
    0x03: (NOT_PERMITTED, "Write not permitted"),
    0x05: (NOT_PERMITTED, "Not paired"),
    0x06: (NOT_SUPPORTED, "Operation is not supported"),
    0x08: (NOT_AUTHORIZED, "Operation Not Authorized"),
    0x0C: (NOT_PERMITTED, "Not paired"),
    0x0F: (NOT_PERMITTED, "Not paired"),
}


class BlueZError(Exception):
    """An answer other than success, with the D-Bus error name and text that BlueZ would use."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name
        self.text = text


def att_error(code: int) -> BlueZError:
    """Return what BlueZ makes of the ATT error `code` that the peripheral answered."""
    name, text = _BY_ATT_CODE.get(code, (FAILED, f"Operation failed with ATT error: 0x{code:02x}"))
    return BlueZError(name, text)
