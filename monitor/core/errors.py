"""The error tree: every error that Vigil raises on purpose has this root."""


class MonitorError(Exception):
    """Root of Vigil's own errors; its text says what is wrong and what to do next."""


class ConfigError(MonitorError):
    """A configuration file, key, type or value is refused; the text names file, key and reason."""


class RegistryError(MonitorError):
    """A device model is unknown, or its name is claimed twice."""


class RecordError(MonitorError):
    """A session file cannot be opened, written or trusted."""


class ProtocolError(MonitorError):
    """A peer of the link spoke out of turn, or a newer major version."""


class DeviceError(MonitorError):
    """Something is wrong with one device; the text begins with its id."""

    def __init__(self, device_id: str, detail: str) -> None:
        super().__init__(f"{device_id}: {detail}")
        self.device_id = device_id
        self.detail = detail


class LinkError(DeviceError):
    """The path to a device could not be opened, or broke."""


class LinkTimeoutError(LinkError, TimeoutError):
    """The path is open and the device says nothing."""
