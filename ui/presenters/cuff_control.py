"""What the cuff's control says and offers: measure, stop, automatic cycle. Stop is offered at any time."""

from dataclasses import dataclass

from monitor.core.clock import SECOND, Nanos
from ui.bed_model import BedState, HeldCuff
from ui.presenters import words

UP = ("starting", "measuring", "stopping")
"""Phases in which the cuff is filled, or may be."""
CYCLES_MIN = (0, 3, 5, 10, 15)
"""What the menu offers; 15 min is the longest interval of a session (ketamine session, 7)."""


@dataclass(frozen=True, slots=True)
class CuffText:
    """The control of one cuff, ready to paint."""

    device: str
    headline: str  # "Cuff measuring 142 mmHg"
    detail: str  # why it waits, what went wrong
    up: bool  # the cuff is filled: stop is what matters
    may_measure: bool
    may_cycle: bool
    cycle: str  # "Auto: 5 min", "Auto: off"
    minutes: float  # of the cycle, 0: off

    @property
    def spoken(self) -> str:
        """Return it as a sentence for screen readers."""
        return ", ".join(part for part in (self.headline, self.detail, self.cycle) if part)


def cuff_control(state: BedState, now: Nanos) -> CuffText | None:
    """Return the control of the bed's first cuff that takes orders; None when there is none."""
    device = next((each for each in state.devices.values() if "start" in each.orders), None)
    if device is None or not state.connected(now):
        return None
    held = state.cuffs.get(device.device)
    phase = held.message.phase if held else "idle"
    lost = device.state != "connected"
    interval_s = held.message.interval_s if held else None
    up = phase in UP
    if lost and up:
        headline, detail = "Cuff not answering", "If it is tight, take it off"
    elif lost:
        headline, detail = f"Cuff {words.device_text(device.state)}", device.detail
    else:
        headline, detail = _headline(state, device.device, held, now), held.message.detail if held else ""
    return CuffText(
        device.device,
        headline,
        detail,
        up,
        may_measure=not up and not lost,
        may_cycle="cycle" in device.orders and not lost,
        cycle=f"Auto: {interval_s / 60:g} min" if interval_s else "Auto: off",
        minutes=interval_s / 60 if interval_s else 0,
    )


def _headline(state: BedState, device: str, held: HeldCuff | None, now: Nanos) -> str:
    phase = held.message.phase if held else "idle"
    if phase == "stopping":
        return f"Cuff stopping{_pressure(state, device, now)}"
    if phase in UP:
        return f"Cuff measuring{_pressure(state, device, now)}"
    if held is not None and held.due is not None:
        left = max(0, held.due - now) / SECOND
        repeats = held.message.detail.startswith("to ")  # "to confirm the pressure": an alarm's own
        return f"Cuff{' repeats' if repeats else ': next'} in {words.clock_text(left)}"
    return "Cuff: when asked"


def _pressure(state: BedState, device: str, now: Nanos) -> str:
    """Return the pressure in the cuff while it is current."""
    held = state.numerics.get((device, "cuff_pressure"))
    if held is None or held.message.value is None or now - held.born > 3 * SECOND:
        return ""
    return f" {held.message.value:.0f} mmHg"
