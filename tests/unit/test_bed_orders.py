"""Orders to cuffs through a bed: carried out, refused in words, written down."""

import pytest
from bed_place import Place

from alarms.types import Act, Step
from drivers.orders import OrderRefused
from monitor.core.types import Nibp
from monitor.core.units import Unit
from monitor.link import messages
from monitor.record.resume import read_back


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.recorder.close(ended=False)


async def order(place, args, user="anna"):
    return await place.bed.command(messages.Command(id="1", bed="bed1", name="cuff", user=user, args=args))


async def test_an_order_reaches_the_cuff_and_the_journal_with_the_user(place):
    given = []
    place.orders.attach(lambda order: given.append(order) or "measuring")
    args = {"device": "cuff", "order": "start"}
    reply = await place.bed.command(messages.Command(id="1", bed="bed1", name="cuff", user="anna", args=args))
    assert (reply.ok, reply.text, [order.kind for order in given]) == (True, "measuring", ["start"])
    (body,) = [body for kind, body in place.journal() if kind == "cuff_order"]
    assert body.items() >= {"user": "anna", "device": "cuff", "order": "start", "ok": True}.items()


@pytest.mark.parametrize(
    ("args", "text"),
    [
        pytest.param({"device": "ox", "order": "start"}, "no cuff of this bed", id="no cuff"),
        pytest.param({"device": "cuff", "order": "burst"}, "start, stop or cycle", id="no order"),
        pytest.param({"device": "cuff", "order": "cycle", "minutes": 0.1}, "1 to 60 minutes", id="too often"),
        pytest.param({"device": "cuff", "order": "cycle", "minutes": float("nan")}, "60", id="NaN"),
        pytest.param({"device": "cuff", "order": "start"}, "resting", id="the cuff refuses"),
        pytest.param({}, "name the device", id="nothing"),
    ],
)
async def test_an_order_that_cannot_be_is_refused_in_words(place, args, text):
    def refuse(order):
        raise OrderRefused("the arm is resting, 12 s more")

    place.orders.attach(refuse)
    reply = await place.bed.command(messages.Command(id="1", bed="bed1", name="cuff", user="anna", args=args))
    assert not reply.ok
    assert text in reply.text


async def test_nobody_gives_the_order_of_an_alarm(place):
    place.orders.attach(lambda order: "measuring")
    reply = await order(place, {"device": "cuff", "order": "again"})
    assert (reply.ok, reply.text) == (False, "name the device, and start, stop or cycle")


def press(place, sys):
    place.bed.accept(Nibp("cuff", place.clock.now(), sys, 55, 62, 70, Unit.MMHG, simulated=True))
    place.clock.forward(1)
    place.bed.tick()


def test_an_alarm_asks_the_cuff_for_a_repeat_and_writes_what_it_said(place):
    given = []
    place.orders.attach(lambda order: given.append(order) or "measures in 59 s")
    press(place, 75)
    press(place, 76)
    assert [(one.kind, one.after_s, one.why) for one in given] == [("again", 59.0, "to confirm the pressure")]
    (body,) = [body for kind, body in place.journal() if kind == "cuff_asked"]
    assert body == {"device": "cuff", "ok": True, "text": "measures in 59 s"}


def test_when_the_cuff_refuses_the_row_says_that_a_person_must(place):
    def refuse(order):
        raise OrderRefused("stopped: measure by hand")

    place.orders.attach(refuse)
    press(place, 75)
    assert place.bed.snapshot().board.rows[0].action == "Repeat the measurement now"
    assert [body["ok"] for kind, body in place.journal() if kind == "cuff_asked"] == [False]


def measure_192_over_104(place):
    place.orders.attach(lambda order: "measures in 59 s")
    place.bed.accept(Nibp("cuff", place.clock.now(), 192, 104, 133, 70, Unit.MMHG, simulated=True))
    place.clock.forward(1)
    place.bed.tick()


def actions(place):
    return [row.action for row in place.bed.snapshot().board.rows if row.key.startswith("pressure")]


@pytest.mark.parametrize("obeys", [True, False])
def test_after_a_kill_the_repeat_is_asked_for_anew_and_a_refusal_told_at_once(place, tmp_path, obeys):
    measure_192_over_104(place)
    assert actions(place) == ["Look at the patient; the cuff repeats by itself"]
    place.clock.forward(10)
    after = Place(tmp_path / "after", before=place)
    assert actions(after) == ["Repeat the measurement now"]
    given = []

    def take(order):
        given.append((order.kind, order.after_s))
        if not obeys:
            raise OrderRefused("nobody has measured since the start: measure by hand")
        return "measures in 48 s"

    after.orders.attach(take)
    after.clock.forward(1)
    after.bed.tick()
    assert given == [("again", 48.0)]
    promise, call = "Look at the patient; the cuff repeats by itself", "Repeat the measurement now"
    assert actions(after) == [promise if obeys else call]
    assert [body["ok"] for kind, body in after.journal() if kind == "cuff_asked"] == [obeys]
    after.recorder.close(ended=False)


def test_what_a_restart_itself_wants_of_a_cuff_is_handed_to_it(place):
    given = []
    place.orders.attach(lambda order: given.append(order.why) or "well")
    now = place.clock.now()
    act = Act(now, "measure", reason="to confirm the pressure", seconds=5.0, more=(("device", "cuff"),))
    place.recorder.flush().result(10)
    place.bed.restore(read_back(place.path, place.clock, boot="epoch"), Step(acts=(act,)))
    assert given == ["to confirm the pressure"]


async def test_a_stop_is_carried_out_whatever_stands_in_its_way(place):
    given = []
    place.orders.attach(lambda order: given.append(order.kind.value) or "well")
    start = {"device": "cuff", "order": "start"}
    for args, user in ((start, "anna"), ({"device": "cuff", "order": "stop", "minutes": "x"}, "")):
        await order(place, args, user)
    assert given == ["start", "stop"]


async def test_another_command_under_a_known_id_is_refused(place):
    place.orders.attach(lambda order: "well")
    for kind, ok in (("start", True), ("start", True), ("cycle", False)):
        assert (await order(place, {"device": "cuff", "order": kind, "minutes": 5})).ok is ok
