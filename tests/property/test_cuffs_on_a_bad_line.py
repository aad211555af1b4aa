"""Both pressure modules with a line that loses frames, breaks, and people who press everything."""

import contextlib
import itertools
import random

import pytest
from cuff_room import Room

from drivers.devices import pm6750, suntech
from drivers.orders import OrderKind, OrderRefused
from drivers.wire import pm6750 as pm6750_wire
from drivers.wire import suntech as suntech_wire
from monitor.core.types import CuffPhase
from simulators.pm6750 import Pm6750Machine
from simulators.subject import Pressure
from simulators.suntech import SuntechMachine

LENGTH_S = 600.0
UP_AT_MOST_S = 180.0 + 25.0
"""The longest inflation, and what a stop takes on a line that loses half of all frames."""
RESTED_S = 29.5
"""Half a second may go by before an empty cuff is seen to be up to 15 mmHg again."""
KINDS = {
    "suntech": (
        suntech.MODEL,
        SuntechMachine,
        {
            suntech_wire.START_ADULT,
            suntech_wire.ABORT,
            suntech_wire.GET_PRESSURE,
            suntech_wire.GET_RESULT,
        },
    ),
    "pm6750": (pm6750.MODEL, Pm6750Machine, {pm6750_wire.START, pm6750_wire.STOP}),
}


class Losing(Room):
    """Loses frames both ways at a rate; every measurement finds another pressure."""

    def __init__(self, kind: str, chance: random.Random) -> None:
        model, machine, self.allowed = KINDS[kind]
        self.chance = chance
        self.loss = 0.0
        self.hands: list[float] = []  # when somebody started the module itself
        super().__init__(model, machine)
        found = itertools.count(100)
        self.arm.pressure = lambda t_s: Pressure(float(next(found)), 60.0, 75.0, 72.0)

    def _receive(self, frames):
        super()._receive([each for each in frames if self.chance.random() >= self.loss])

    def _send(self, writes):
        for write in writes:
            self.to_module = self.chance.random() >= self.loss
            super()._send([write])

    def press(self) -> None:
        """Let something happen: an order, a hand at the module, the line."""
        chance = self.chance
        if chance.random() < 0.5 and self.connected:
            kind = chance.choice([OrderKind.START, OrderKind.START, OrderKind.STOP, OrderKind.CYCLE])
            with contextlib.suppress(OrderRefused):
                assert self.order(kind, chance.choice([0, 1, 2]))
            return
        match chance.randrange(4):
            case 0 if not self.machine._pump.measuring:
                self.hands.append(self.now_s)
                self.command("measure")
            case 1:
                self.close(parting=chance.random() < 0.5) if self.connected else self.open()
            case 2:
                self.loss = chance.choice([0.0, 0.1, 0.3, 0.5])
            case 3:
                self.machine.faults.leak = chance.random() < 0.2
                self.machine.faults.movement = chance.random() < 0.2
                self.machine.faults.deaf_stops = float(chance.choice([0, 0, 2]))

    def calm(self) -> None:
        """End all that is wrong, and stop the cuff."""
        self.loss = 0.0
        self.machine.faults.leak = self.machine.faults.movement = False
        if not self.connected:
            self.open()
        self.order(OrderKind.STOP)
        self.run(15)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_the_arm_rests_the_cuff_comes_down_and_each_reading_counts_once(kind, seed):
    room = Losing(kind, random.Random(f"{kind}/{seed}"))
    while room.now_s < LENGTH_S:
        room.press()
        room.run(room.chance.choice([0.5, 3.0, 12.0, 40.0]))
    room.calm()
    assert room.phase is CuffPhase.IDLE and not room.machine._pump.measuring
    assert {data for _, data in room.written} <= room.allowed
    for (begin_s, up), (end_s, _) in itertools.pairwise(room.arm.squeezed):
        if up:
            assert end_s - begin_s <= UP_AT_MOST_S
        elif not any(0 <= end_s - hand < 3.0 for hand in room.hands):  # Vigil filled it
            assert end_s - begin_s >= RESTED_S
    found = [nibp.sys for nibp in room.nibps() if not nibp.failed]
    assert len(set(found)) == len(found)
