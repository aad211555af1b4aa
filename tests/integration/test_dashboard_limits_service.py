"""The panel of limits against the real service: what is set judges, what is refused stays."""

import asyncio
import threading

import pytest
from bedside_play import NoSound

from monitor.config import AudioEntry, BedEntry, Config, DeviceEntry
from monitor.core.clock import SystemClock
from monitor.link.messages import CLINICIAN
from monitor.link.run_dir import SOCKET
from monitor.service.service import Service
from ui.bed_model import BedModel
from ui.bridge import Bridge
from ui.dashboard import Inbox
from ui.presenters.limits_draft import Draft, bounds, key_of
from ui.views.bedside import Bedside

pytestmark = pytest.mark.integration

BED = BedEntry(id="bed1", title="Room 1", device=(DeviceEntry(id="ox", model="nonin-df2", port="/dev/null"),))
LOW = ("SPO2_LOW", "medium", "delay")


class Running:
    """A service of one bed in a thread of its own."""

    def __init__(self, folder):
        self.path = folder / SOCKET
        self._folder, self._ready = folder, threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="service")

    def start(self):
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        assert not self._thread.is_alive()

    async def _serve(self):
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        service = Service(
            Config(bed=(BED,), audio=AudioEntry(output="none")), self._folder, self._folder, SystemClock()
        )
        self._ready.set()
        await service.run(self._stop, start_session=True)


@pytest.fixture
def service(tmp_path):
    made = Running(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def window(service, qtbot):
    clock, inbox, model = SystemClock(), Inbox(), BedModel()
    bridge = Bridge(service.path, "Berg", clock, inbox.delivered.emit, inbox.answered.emit, role=CLINICIAN)
    made = Bedside(model, "Berg", clock, bridge.command, NoSound, role=CLINICIAN)
    inbox.delivered.connect(made.accept)
    inbox.answered.connect(made.answered)
    qtbot.addWidget(made, before_close_func=lambda window: window.leave())
    bridge.start()
    made.show()
    qtbot.waitUntil(lambda: model.state.known and bool(model.state.limits), timeout=10_000)
    made.limits.open_at(["spo2"])
    qtbot.waitUntil(lambda: made.limits.table.key is not None, timeout=5000)
    yield made
    assert bridge.stop()


def limit(window, key):
    return next(one for one in window._model.state.limits if key_of(one) == key)


def said(window, qtbot):
    """Wait for the service's answer and return it."""
    panel = window.limits
    qtbot.waitUntil(lambda: not panel._waiting and bool(panel.answer.text()), timeout=5000)
    return panel.answer.text()


def test_a_limit_is_set_marked_and_taken_back(window, qtbot):
    panel, before = window.limits, limit(window, LOW).value
    panel.table.choose(LOW)
    panel._step(1)
    panel.set.click()
    qtbot.waitUntil(lambda: limit(window, LOW).value == before + 1, timeout=5000)
    assert (limit(window, LOW).changed_by, limit(window, LOW).preset_value) == ("Berg", before)
    qtbot.waitUntil(lambda: window.limits.changed.text() == "1 limit changed", timeout=5000)
    assert window.tiles["spo2"].text.changed
    assert panel.drafts == {}
    panel.reset.click()
    panel.reason.line.setText("usual for this patient")
    panel.yes.click()
    qtbot.waitUntil(lambda: limit(window, LOW).value == before, timeout=5000)
    qtbot.waitUntil(lambda: not window.tiles["spo2"].text.changed, timeout=5000)


def test_a_refusal_leaves_the_limit_and_the_draft(window, qtbot):
    panel, before = window.limits, limit(window, LOW)
    _, most = bounds(before, CLINICIAN)
    panel.drafts = {LOW: Draft(most + 20)}
    panel._refresh()
    panel.set.click()
    assert "SpO₂ low" in said(window, qtbot)
    assert limit(window, LOW).value == before.value
    assert panel.drafts == {LOW: Draft(most + 20)}


def test_proposals_without_values_say_so(window, qtbot):
    window.limits.propose.click()
    assert said(window, qtbot)
    assert window.limits.drafts == {}


def test_a_baseline_is_frozen_by_a_person(window, qtbot):
    panel = window.limits
    panel.freeze.click()
    qtbot.waitUntil(panel.baseline.isVisible, timeout=5000)
    assert panel.baseline.said.text()  # what is missing, for nothing was measured
    for name, value in (("sys", 124), ("dia", 78), ("pulse", 70), ("spo2", 97)):
        panel.baseline.fields[name].setText(str(value))
    panel.baseline.freeze.click()
    qtbot.waitUntil(lambda: window._model.state.baseline is not None, timeout=5000)
    held = window._model.state.baseline
    assert (held.sys, held.dia, held.pulse, held.spo2, held.by) == (124, 78, 70, 97, "Berg")
    qtbot.waitUntil(lambda: "baseline 124/78 mmHg" in panel.note.text(), timeout=5000)
