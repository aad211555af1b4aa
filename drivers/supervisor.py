"""One supervisor a device: connect, read, watch, and connect again, until cancelled."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace

from drivers import registry
from drivers.backoff import Backoff
from drivers.link.port import Port, WrongModelError, settle
from drivers.model import DeviceConfig, Model, Transport, Write
from drivers.orders import Order, OrderKind, OrderRefused, Orders
from drivers.watch import Watch
from drivers.wire.events import Decoder
from monitor.core.clock import Clock, Nanos, seconds
from monitor.core.errors import ConfigError, LinkError
from monitor.core.types import DeviceLink, DeviceStatus, LinkState, Reading, StatusCode

__all__ = ["DeviceConfig", "open_way", "supervise"]

Sink = Callable[[Reading], None]
Sleep = Callable[[float], Awaitable[object]]
MakePort = Callable[[DeviceConfig, Model], Port]
LOOK_EVERY_S = 0.25
HELD_UP = seconds(1)
"""Between two looks; bytes read behind a longer standstill may have waited as long: no known time."""
SETTLED = seconds(0.1)
"""How long after a standstill the line is emptied before it counts again."""
SPEECHLESS = frozenset({LinkState.SILENT, LinkState.WRONG_MODEL})
"""The way is open, and the decoders, which tell changes only, live on."""
DEFAULT_BACKOFF = Backoff()
log = logging.getLogger(__name__)


def open_way(config: DeviceConfig, model: Model) -> Port:
    """Return the unopened port that the configuration means; ConfigError when it names none.

    The libraries are imported here: a missing radio library breaks the radio's devices only.
    """
    if model.transport is Transport.BLE:
        if not config.address:
            raise ConfigError(f"{config.device_id}: {model.name} needs an address")
        from drivers.link.ble import BlePort

        return BlePort(config.device_id, config.address, model)
    if not config.port:
        raise ConfigError(f"{config.device_id}: {model.name} needs a port")
    from drivers.link.serial import Line, open_port

    baudrate = config.options.get("baudrate")
    line = Line(
        baudrate if isinstance(baudrate, int) else model.baudrate,
        model.parity,
        model.rtscts,
        model.xonxoff,
    )
    return open_port(config.device_id, config.port, line)


async def supervise(
    config: DeviceConfig,
    sink: Sink,
    clock: Clock,
    *,
    backoff: Backoff = DEFAULT_BACKOFF,
    rng: random.Random | None = None,
    sleep: Sleep = asyncio.sleep,
    make_port: MakePort = open_way,
    orders: Orders | None = None,
) -> None:
    """Hand every reading of the device to `sink`, in the turn of the loop that read its bytes.

    What a person leaves at `orders` is carried out while the way is open, and refused in words while
    it is not.

    Runs until cancelled; then the port is closed and no task is left. Only a configuration that
    names no known model or no port ends it (RegistryError, ConfigError), at once.
    """
    model = registry.load(config.model)
    make_port(config, model)
    supervisor = _Supervisor(config, model, sink, clock, sleep, make_port)
    if orders is not None:
        orders.attach(supervisor.obey)
    await supervisor.run(backoff, rng or random.Random())


class _Supervisor:
    def __init__(
        self, config: DeviceConfig, model: Model, sink: Sink, clock: Clock, sleep: Sleep, make_port: MakePort
    ) -> None:
        self._config = config
        self._model = model
        self._sink = sink
        self._clock = clock
        self._sleep = sleep
        self._make_port = make_port
        self._device = model.make_device(config, clock)
        self._state: LinkState | None = None
        self._detail = ""
        self._failures = 0
        self._warned: set[str] = set()
        # of the way that is open now
        self._port: Port | None = None
        self._greeted = False
        self._flags: dict[StatusCode, DeviceStatus] = {}  # that are on
        self._decoders: dict[str, Decoder] = {}
        self._watch = Watch(model, clock.now())
        self._broken: asyncio.Future[None] | None = None
        self._looked: Nanos = clock.now()
        self._discard_until: Nanos = clock.now()

    async def run(self, backoff: Backoff, rng: random.Random) -> None:
        self._say(LinkState.WAITING if self._model.episodic else LinkState.CONNECTING)
        while True:
            await self._try_once()
            _stop_when_cancelled()
            self._failures += 1
            await self._sleep(backoff.delay_s(self._failures, rng))

    async def _try_once(self) -> None:
        """Have one way from opening to end, and say how it ended."""
        try:
            await self._once()
            self._failures = 0
            if self._model.episodic:
                self._say(LinkState.WAITING)
        except WrongModelError as error:
            self._warn(error.detail)
            self._say(LinkState.WRONG_MODEL, f"connected, but this does not look like {self._model.name}")
        except LinkError as error:
            self._warn(error.detail)
            self._failed(error.detail)
        except Exception as error:
            detail = f"unexpected {type(error).__name__}: {error}"
            if detail in self._warned:
                log.debug("%s: %s", self._config.device_id, detail, exc_info=True)
            else:
                log.exception("%s: %s; trying again", self._config.device_id, detail)
            self._warned.add(detail)
            self._failed(detail)

    async def _once(self) -> None:
        """Open the way and read until it ends; returns when it ended in good order."""
        self._decoders = {source.uuid: source.make_decoder() for source in self._model.sources}
        self._watch = Watch(self._model, self._clock.now())
        self._broken = asyncio.get_running_loop().create_future()
        self._flags.clear()
        self._looked = self._clock.now()
        port = self._make_port(self._config, self._model)
        try:
            speaking = () if self._model.speak_every_s is None else (self._speak(),)
            await _first_of(self._keep_open(port), self._look(), self._broken, *speaking)
        finally:
            settle(self._broken)
            was_open, self._port = self._port is not None, None
            await self._close(port, was_open)

    async def _keep_open(self, port: Port) -> None:
        """Open the way, which may take long and give bytes already; return when the device hangs up."""
        await port.open(self._receive, self._greet)
        self._port = port
        now = self._clock.now()
        self._watch.opened(now)
        self._step(now)
        await port.closed()

    async def _close(self, port: Port, was_open: bool) -> None:
        """Let the device end what it does, close the way, and tell how that ended.

        A device that was greeted is told of the end even if the way never opened wholly: what it
        learnt on this connection must not count on the next.
        """
        now = self._clock.now()
        try:
            await port.close(self._device.parting(now) if was_open else ())
        except Exception:
            log.exception("%s: error while closing", self._config.device_id)
        greeted, self._greeted = self._greeted, False
        if greeted or was_open:
            self._hand_on(self._device.closed(self._clock.now()))

    def _greet(self) -> Sequence[Write]:
        self._greeted = True
        return self._device.opened(self._clock.now())

    def obey(self, order: Order) -> str:
        """Carry out a person's order; OrderRefused in words when it cannot be now.

        A stop is kept while there is no way to the device: it is what is said first when there is.
        """
        away = f"{self._config.device_id} is not connected"
        if self._port is None and order.kind is not OrderKind.STOP:
            raise OrderRefused(away)
        answer = self._device.order(order, self._clock.now())
        if self._port is None:
            raise OrderRefused(f"{away}: it is stopped when it answers; if the cuff is tight, take it off")
        self._step(self._clock.now())
        return answer

    async def _speak(self) -> None:
        """Ask the device's behaviour again and again for what is due."""
        assert self._model.speak_every_s is not None
        while True:
            await self._sleep(self._model.speak_every_s)
            self._step(self._clock.now())

    def _step(self, now: Nanos) -> None:
        """Send and hand on what is due at `now`."""
        port = self._port
        if port is None or self._model.speak_every_s is None:
            return
        step = self._device.step(now)
        for write in step.writes:
            port.write(write)
        self._hand_on(step.readings)

    def _hand_on(self, readings: Iterable[Reading]) -> None:
        for reading in readings:
            if isinstance(reading, DeviceStatus):
                if reading.active:
                    self._flags[reading.code] = reading
                else:
                    self._flags.pop(reading.code, None)
            self._sink(reading)

    def _repeat_flags(self, now: Nanos) -> None:
        """Tell again what the device still says: flags that cannot be renewed are forgotten meanwhile."""
        self._hand_on([replace(flag, t=now) for flag in self._flags.values()])

    def _receive(self, source: str, data: bytes) -> None:
        """Take bytes from the port: stamp, decode, hand on, all in this one turn of the loop."""
        now = self._clock.now()
        if self._broken is None or self._broken.done():
            return  # being closed
        if not self._model.episodic and self._is_of_unknown_age(now, len(data)):
            return
        try:
            events = self._decoders[source].feed(data)
            good = self._watch.heard(events, now)
            if good and self._state is not LinkState.CONNECTED:
                self._failures = 0
                self._warned.clear()
                speechless = self._state in SPEECHLESS
                self._say(LinkState.CONNECTED)
                if speechless:
                    self._repeat_flags(now)
            self._hand_on(self._device.readings(events, now))
            self._step(now)
        except Exception as error:
            log.debug("%s: error while reading", self._config.device_id, exc_info=True)
            self._broken.set_exception(error)

    def _is_of_unknown_age(self, now: Nanos, count: int) -> bool:
        """Return whether the bytes may have waited while this process stood still; said in the log."""
        if now - self._looked > HELD_UP:
            self._discard_until = Nanos(now + SETTLED)
        if now >= self._discard_until:
            return False
        log.warning("%s: held up; %d bytes of unknown age thrown away", self._config.device_id, count)
        return True

    async def _look(self) -> None:
        """Look at the watch again and again; return when connecting again may help.

        From the beginning, so that what comes while the way is opened is known to be fresh.
        """
        while True:
            await self._sleep(LOOK_EVERY_S)
            now = self._clock.now()
            self._looked = now
            if self._port is None:
                continue
            if verdict := self._watch.verdict(now):
                self._warn(verdict[1])
                self._say(*verdict)
            if self._watch.given_up(now):
                return

    def _failed(self, detail: str) -> None:
        """Say that the way is lost; an episodic device is only waited for, with the reason."""
        self._say(LinkState.WAITING if self._model.episodic else LinkState.LOST, detail)

    def _warn(self, detail: str) -> None:
        level = logging.DEBUG if detail in self._warned else logging.WARNING
        self._warned.add(detail)
        log.log(level, "%s: %s", self._config.device_id, detail)

    def _say(self, state: LinkState, detail: str = "") -> None:
        """Tell a state, or the reason for it, when it changes."""
        if (state, detail) == (self._state, self._detail):
            return
        self._state, self._detail = state, detail
        self._sink(
            DeviceLink(self._config.device_id, self._clock.now(), state, detail, self._config.simulated)
        )


async def _first_of(*waited: Awaitable[None]) -> None:
    """Return, or raise, what the first of them does; the others are cancelled and awaited."""
    tasks = [asyncio.ensure_future(each) for each in waited]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _stop_when_cancelled() -> None:
    """Raise a cancellation that an error on the way out has hidden."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
