"""Whatever a network does to the beats: the bed is never quiet without a station that lived 6 s ago."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from alarms.quiet import BEAT_S, LOST_AFTER, Beat, Holder, Quiet, QuietRoom
from monitor.core.clock import SECOND, Nanos, seconds

HOLDER = Holder("lease", "anna", "station-2")
STEP_S = 0.25
DELAYS = st.lists(st.floats(0, 12), max_size=3)
"""Of one message: no delay means that it is lost, several that it comes more than once."""


class Network:
    """Carries beats to the room and answers back, each as late as told."""

    def __init__(self):
        self.count = itertools.count()
        self.under_way = []

    def send(self, now, delays, what):
        for delay in delays:
            self.under_way.append((now + seconds(delay), next(self.count), what))

    def arrived(self, now):
        come = sorted(one for one in self.under_way if one[0] <= now)
        self.under_way = [one for one in self.under_way if one[0] > now]
        return [what for _, _, what in come]


@given(
    st.integers(0, 20),
    st.lists(DELAYS, min_size=20, max_size=20),
    st.lists(DELAYS, min_size=20, max_size=20),
    st.lists(st.booleans(), min_size=20, max_size=20),
)
def test_never_quiet_without_a_station_that_lived_within_six_seconds(dies_after, there, back, frozen):
    room, beats, answers = QuietRoom(), Network(), Network()
    now = Nanos(0)
    echo, echo_at = room.offer(HOLDER, now).results[0]["echo"], now
    room.hold(Beat(HOLDER, echo, 0.0, heard=True), now)
    lived, lost = now, False  # the last moment at which the station was well
    for step in range(round(30 / STEP_S)):
        now = seconds(step * STEP_S)
        for answer in answers.arrived(now):
            if int(answer.results[0]["echo"]) > int(echo):
                echo, echo_at = answer.results[0]["echo"], now
        number, phase = divmod(step, round(BEAT_S / STEP_S))
        if number < dies_after and not frozen[number]:
            lived = now
        if phase == 0 and number < dies_after and lived >= echo_at:
            beats.send(now, there[number], Beat(HOLDER, echo, (lived - echo_at) / SECOND))
        for beat in beats.arrived(now):
            answers.send(now, back[number], room.hold(beat, now))
        room.pass_time(now)
        lost = lost or room.state is Quiet.LOST
        assert room.state is (Quiet.LOST if lost else Quiet.HELD)
        assert room.state is Quiet.LOST or now - lived < LOST_AFTER


@given(st.lists(st.floats(0, 0.4), min_size=30, max_size=30))
def test_a_network_that_only_tarries_a_little_never_loses_it(delays):
    room = QuietRoom()
    result = room.hold(
        Beat(HOLDER, room.offer(HOLDER, Nanos(0)).results[0]["echo"], 0.0, heard=True), Nanos(0)
    )
    for number, delay in enumerate(delays, 1):
        sent = seconds(number * BEAT_S)
        age_s = (sent - int(result.results[0]["echo"])) / SECOND
        result = room.hold(Beat(HOLDER, result.results[0]["echo"], age_s), Nanos(sent + seconds(delay)))
        assert result.ok
