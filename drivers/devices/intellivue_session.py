"""The session with an IntelliVue monitor: an association asked for, kept, polled through, let go.

Pure: what came goes in, with its time; the messages that are due come out.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.wire.events import Event, GarbageEvent, IncompleteEvent, ReplyEvent
from drivers.wire.intellivue_session import (
    ASSOCIATE,
    CREATE,
    CREATE_WAIT_S,
    POLL,
    RELEASE,
    RELEASING,
    REPEAT_S,
    association_timeout_s,
    create_result,
    extended_poll,
    single_poll,
)
from monitor.core.clock import Nanos, seconds
from monitor.core.errors import LinkError

RUN_S = 600.0
RENEW_AFTER = seconds(540.0)
"""An extended poll runs for ten minutes and is asked for again after nine."""
SET = seconds(1.024)
NO_SET = seconds(3.25)
"""Without an answer for this long the extended poll has not begun, or has ended."""
LOST = seconds(5.25)
"""A monitor that says nothing for so long has forgotten us."""
BEFORE_TIMEOUT = seconds(1.0)
BURST = 4
BURST_TIME = seconds(0.128)
"""At most so many messages in so long a time."""
NUMBERS = 0x10000


class Pace:
    """Holds messages back so that the monitor never gets more than it takes."""

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._sent: deque[Nanos] = deque(maxlen=BURST)

    def add(self, message: bytes) -> None:
        """Let `message` go after those before it."""
        self._waiting.append(message)

    def due(self, now: Nanos) -> list[bytes]:
        """Return what may go now."""
        found: list[bytes] = []
        while self._waiting and (len(self._sent) < BURST or now - self._sent[0] > BURST_TIME):
            found.append(self._waiting.popleft())
            self._sent.append(now)
        return found


@dataclass(slots=True)
class Polling:
    """What keeps numerics coming once the association stands."""

    begun: Nanos | None = None
    extended: bool = True
    asked: Nanos | None = None
    extended_id: int | None = None
    number: int = 0

    def begin(self, now: Nanos) -> bytes:
        """Return the first request."""
        self.begun = now
        return self._extend(now)

    def due(self, now: Nanos, answered: Nanos) -> bytes | None:
        """Return the request that is due; `answered` is when a set came last."""
        asked = now if self.asked is None else self.asked
        if self.extended and now - max(asked, answered) >= NO_SET:
            self.extended = False
        if self.extended:
            return self._extend(now) if now - asked >= RENEW_AFTER else None
        return self.single(now) if now - asked >= SET else None

    def single(self, now: Nanos) -> bytes:
        """Return the request for one set."""
        if not self.extended:
            self.asked = now
        self.number = self.number % (NUMBERS - 1) + 1
        return single_poll(self.number, self.number)

    def refused(self, invoke_id: int | None) -> None:
        """Learn that a request was answered with an error."""
        if invoke_id == self.extended_id:
            self.extended = False

    def _extend(self, now: Nanos) -> bytes:
        self.asked = now
        self.number = self.number % (NUMBERS - 1) + 1
        self.extended_id = self.number
        return extended_poll(self.number, self.number, RUN_S)


class Session:
    """The association with one monitor, pure: asked for until it stands, kept, and let go."""

    def __init__(self, device_id: str) -> None:
        self._device_id = device_id
        self.restart(Nanos(0))

    def restart(self, now: Nanos) -> None:
        """Begin anew: nothing is sent or heard yet."""
        self.pace = Pace()
        self.polling = Polling()
        self._associated: Nanos | None = None
        self._timeout = seconds(association_timeout_s(None))
        self._asked = self._sent = self._heard = self._answered = now
        self._end: LinkError | None = None
        self._letting_go = False  # released by us: the answer to that ends nothing

    @property
    def associated(self) -> bool:
        """True from the monitor's consent to the end of the association."""
        return self._associated is not None

    def associate(self, now: Nanos) -> None:
        """Ask for the association."""
        self._asked = now
        self.pace.add(ASSOCIATE)

    def hear(self, events: Sequence[Event], t: Nanos) -> None:
        """Take what came: answers move the session on, numbers show that it goes on."""
        for event in events:
            if isinstance(event, GarbageEvent | IncompleteEvent):
                continue
            self._heard = t
            if not isinstance(event, ReplyEvent):
                self._answered = t
            else:
                self._hear_reply(event, t)

    def step(self, now: Nanos) -> list[bytes]:
        """Return the messages that are due; LinkError in words when the monitor has ended it."""
        if self._end is not None:
            raise self._end
        if self._associated is None:
            if now - self._asked >= seconds(REPEAT_S):
                self.associate(now)
        elif self._is_lost(now):
            self.restart(now)
            self._letting_go = True
            self.pace.add(RELEASE)
            self.associate(now)
        else:
            self._keep(now, self._associated)
        found = self.pace.due(now)
        if found:
            self._sent = now
        return found

    def _is_lost(self, now: Nanos) -> bool:
        begun = self.polling.begun
        return begun is not None and now - max(self._heard, begun) >= LOST

    def _keep(self, now: Nanos, since: Nanos) -> None:
        """Begin to poll, go on with it, and send something before the monitor gives the session up."""
        if self.polling.begun is None:
            if now - since >= min(seconds(CREATE_WAIT_S), self._timeout - BEFORE_TIMEOUT):
                self.pace.add(self.polling.begin(now))
        elif request := self.polling.due(now, self._answered):
            self.pace.add(request)
        elif now - self._sent >= self._timeout - BEFORE_TIMEOUT:
            self.pace.add(self.polling.single(now))

    def _hear_reply(self, reply: ReplyEvent, t: Nanos) -> None:
        if reply.command == POLL:
            self._answered = t
            if not reply.ok:
                self.polling.refused(reply.number)
        elif reply.command == CREATE:
            self._accepted(None, t)
            self.pace.add(create_result(reply))
            if self.polling.begun is None:
                self.pace.add(self.polling.begin(t))
        elif reply.command == RELEASING and self._letting_go:
            self._letting_go = False
        elif reply.command == RELEASING:
            self._ended("the monitor released the association; Vigil asks for a new one")
        elif reply.ok:
            self._accepted(reply.number, t)
        else:
            self._refused(reply.text)

    def _accepted(self, period: int | None, t: Nanos) -> None:
        if self._associated is None:
            self._letting_go = False
            self._associated = t
            self._timeout = seconds(association_timeout_s(period))

    def _refused(self, how: str) -> None:
        """A request that was repeated may be refused because the first one was accepted."""
        if how == "aborted":
            self._ended("the monitor aborted the association; Vigil asks for a new one")
        elif self._associated is None:
            self._ended(
                "the monitor refuses the association: another program reads it, or it still holds the last"
                " session (10 s and more); Vigil tries again"
            )

    def _ended(self, why: str) -> None:
        self._associated = None
        self._end = LinkError(self._device_id, why)
