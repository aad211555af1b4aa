"""What is told of a cuff that takes orders: its state, its pressure while it is up, its outcomes."""

from drivers.model import DeviceConfig
from drivers.wire.events import NibpEvent
from monitor.core.clock import SECOND, Nanos
from monitor.core.types import (
    CuffPhase,
    CuffState,
    DeviceStatus,
    Nibp,
    NibpSource,
    Numeric,
    Reading,
    Reason,
    StatusCode,
)
from monitor.core.units import Unit

State = tuple[CuffPhase, Nanos | None, Nanos | None, str]
"""Phase, interval, when it measures next, detail."""


class CuffTelling:
    """Collects readings until they are taken; states only when they changed."""

    def __init__(self, config: DeviceConfig) -> None:
        self._device_id = config.device_id
        self._simulated = config.simulated
        self._readings: list[Reading] = []
        self._state: State | None = None
        self._squeezes: bool | None = None  # None: it was never seen

    def again(self) -> None:
        """Tell the state at the next opportunity, changed or not."""
        self._state = None

    def pressure(self, mmhg: float | None, now: Nanos) -> None:
        """Tell the pressure in the cuff; None: the module has none."""
        reason = Reason.MISSING if mmhg is None else None
        self._readings.append(
            Numeric(
                self._device_id,
                "cuff_pressure",
                now,
                mmhg,
                Unit.MMHG,
                reason,
                simulated=self._simulated,
            )
        )

    def result(self, event: NibpEvent, source: NibpSource, now: Nanos) -> None:
        """Tell the outcome that the module gave."""
        self._readings.append(
            Nibp(
                self._device_id,
                now,
                event.sys,
                event.dia,
                event.map,
                event.pulse_rate,
                event.unit,
                event.status,
                source,
                device_time=event.device_time,
                simulated=self._simulated,
                error=event.error,
            )
        )

    def failure(self, why: str, status: tuple[StatusCode, ...], source: NibpSource, now: Nanos) -> None:
        """Tell that a measurement has no outcome, and why."""
        self._readings.append(
            Nibp(
                self._device_id,
                now,
                None,
                None,
                None,
                None,
                status=status,
                source=source,
                simulated=self._simulated,
                error=why,
            )
        )

    def take(self, state: State, squeezes: bool | None, now: Nanos) -> list[Reading]:
        """Return what there is to tell since the last time, changes of state first.

        `squeezes` None: nobody can see the cuff, what was told of it stands.
        """
        found: list[Reading] = []
        if squeezes is not None and squeezes is not self._squeezes:
            self._squeezes = squeezes
            found.append(DeviceStatus(self._device_id, now, StatusCode.MEASURING, squeezes, self._simulated))
        if state != self._state:
            self._state = state
            phase, interval, due, detail = state
            every_s = None if interval is None else interval / SECOND
            found.append(CuffState(self._device_id, now, phase, every_s, due, detail, self._simulated))
        found.extend(self._readings)
        self._readings.clear()
        return found
