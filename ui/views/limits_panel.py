"""The panel of limits: over curves and trend, never over the alarm bar or a number."""

from collections.abc import Callable, Collection
from typing import Any

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from monitor.core.clock import Nanos
from monitor.link.messages import LimitInForce, Reply
from ui.bed_model import BedState
from ui.presenters import limits_draft as drafting
from ui.presenters.limits_baseline import baseline_form, became
from ui.presenters.limits_picture import limit_picture
from ui.presenters.limits_table import limit_lines, limits_title, range_text
from ui.presenters.words import in_words
from ui.views.limits_baseline import BaselineView
from ui.views.limits_edit import LimitEdit
from ui.views.limits_reason import ReasonField
from ui.views.limits_style import button, sheet
from ui.views.limits_table import LimitsTable

EDIT_HEIGHT = 144
NO_SERVICE = "No connection to the service: nothing can be changed"
_TABLE, _BASELINE = 0, 1
_ORDERS, _CONFIRM = 0, 1


class LimitsPanel(QWidget):
    """Shows the limits in force and holds drafts of others. Nothing changes until the service says so."""

    asked = Signal(str, object)
    """A command for the service, with its arguments."""

    def __init__(self, parent: QWidget, role: str, seen: Callable[[], Collection[str]]) -> None:
        super().__init__(parent)
        self._role, self._seen = role, seen
        self._state: BedState | None = None
        self._now: Nanos = Nanos(0)
        self._scale = 1.0
        self._live = False
        self._session: str | None = None
        self._waiting = ""  # for the answer to this command
        self.drafts: dict[drafting.Key, drafting.Draft] = {}
        self.setObjectName("limits")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Limits")
        self._build()
        self.hide()

    def _build(self) -> None:
        layout = self._column = QVBoxLayout(self)
        layout.addLayout(self._heading())
        self.note = _label(self, "note", wraps=True)
        layout.addWidget(self.note)
        self.baseline = BaselineView(self)
        self.baseline.left.connect(lambda: self._turn_to(_TABLE))
        self.baseline.frozen.connect(lambda numbers: self._ask("baseline", numbers))
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self._table_page())
        self.pages.addWidget(self.baseline)
        layout.addWidget(self.pages, 1)
        self.answer = _label(self, "answer", wraps=True)
        layout.addWidget(self.answer)

    def _heading(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.title, self.changed = _label(self, "title"), _label(self, "changed")
        self.close_button = button("Close (Esc)", self)
        self.close_button.clicked.connect(self.hide)
        row.addWidget(self.title, 1)
        row.addWidget(self.changed)
        row.addWidget(self.close_button)
        return row

    def _table_page(self) -> QWidget:
        page = QWidget(self)
        layout = self._page = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        self.table = LimitsTable(page)
        self.table.chosen.connect(self._show_edit)
        self.table.stepped.connect(self._step)
        self.edit = LimitEdit(page)
        self.edit.stepped.connect(self._step)
        self.reason = ReasonField(page)
        self.reason.changed.connect(self._show_edit)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.edit)
        layout.addLayout(self._setting())
        self.orders = QStackedWidget(page)
        self.orders.addWidget(self._order_row())
        self.orders.addWidget(self._confirm_row())
        layout.addWidget(self.orders)
        return page

    def _setting(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.discard = button("&Discard", self)
        self.discard.clicked.connect(self._discard)
        self.set = button("&Set", self, bright=True)
        self.set.clicked.connect(self._set)
        row.addWidget(self.reason, 1)
        row.addWidget(self.discard)
        row.addWidget(self.set)
        return row

    def _order_row(self) -> QWidget:
        self.propose = button("&Propose from current values", self)
        self.propose.clicked.connect(lambda: self._ask("limits_auto", {}))
        self.reset = button("Back to p&reset", self)
        self.reset.clicked.connect(lambda: self.orders.setCurrentIndex(_CONFIRM))
        self.freeze = button("Freeze &baseline ...", self)
        self.freeze.clicked.connect(lambda: self._ask("baseline", {}))
        return _in_a_row(self, self.propose, self.reset, self.freeze)

    def _confirm_row(self) -> QWidget:
        self.sure = _label(self, "changed")
        self.no = button("&No", self)
        self.no.clicked.connect(lambda: self.orders.setCurrentIndex(_ORDERS))
        self.yes = button("&Yes, back to preset", self, bright=True)
        self.yes.clicked.connect(self._reset)
        return _in_a_row(self, self.sure, self.no, self.yes)

    # --- what the window tells ------------------------------------------------------------------

    def open_at(self, channels: Collection[str] = ()) -> None:
        """Show the panel with the first limit of `channels` selected."""
        self._waiting = ""
        self._say("")
        self._turn_to(_TABLE)
        self.show()
        self.raise_()
        self.table.setFocus()
        if self._state is not None:
            self.show_limits(self._state, self._now, self._scale)
            wanted = next((one for one in self._state.limits if one.channel in channels), None)
            if wanted is not None:
                self.table.choose(drafting.key_of(wanted))

    def set_place(self, place: QRect, scale: float) -> None:
        """Take `place` in this scale."""
        self.setGeometry(place)
        if scale != self._scale or not self.styleSheet():
            self._scale = scale
            self.setStyleSheet(sheet(scale))
            self.edit.set_scale(scale)
            self.edit.setFixedHeight(round(EDIT_HEIGHT * scale))
            gap = round(5 * scale)
            self._column.setContentsMargins(2 * gap, gap, 2 * gap, gap)
            for layout in (self._column, self._page):
                layout.setSpacing(gap)

    def show_limits(self, state: BedState, now: Nanos, scale: float) -> None:
        """Show what is in force now; drafts that came into force are none any more."""
        self._state, self._now, self._live = state, now, state.connected(now)
        if self._live and state.session != self._session:
            self._session, self.drafts = state.session, {}  # another patient: nothing of the last one is left
        if not self.isVisible():
            return
        self.drafts = drafting.still_drafts(self.drafts, state.limits)
        said = limits_title(state, now)
        self.title.setText(f"Limits: {said.preset}")
        self.changed.setText(said.changed)
        self.note.setText(" · ".join(part for part in (said.note, said.baseline) if part))
        lines = limit_lines(state, self.drafts) if self._live else ()  # what may not judge is not shown
        self.table.show_lines(lines, scale)
        self._show_edit()

    def answered(self, command: str, reply: Reply) -> None:
        """Show the service's answer; a proposal fills the drafts, the baseline's fills its form."""
        asked, self._waiting = self._waiting, ""
        said = in_words(drafting.answer(reply))
        if command == "limits_auto" and self._state is not None:
            self.drafts = drafting.proposed(self.drafts, self._state.limits, reply, self._role)
            said = said if self.drafts or not reply.ok else f"{said}: none differs from what is in force"
        elif command == "baseline" and asked == "baseline ?":
            frozen = self._state is not None and self._state.baseline is not None
            self.baseline.show_form(baseline_form(reply), again=frozen)
            self._turn_to(_BASELINE)
            said = ""
        elif command == "baseline" and reply.ok:
            self._turn_to(_TABLE)
            said = " · ".join(part for part in (said, became(reply)) if part)
        elif reply.ok:
            self.reason.line.clear()
        self._say(said)
        if self._state is not None:
            self.show_limits(self._state, self._now, self._scale)

    # --- what the person does -------------------------------------------------------------------

    @property
    def _chosen(self) -> LimitInForce | None:
        limits = self._state.limits if self._state is not None else ()
        return next((one for one in limits if drafting.key_of(one) == self.table.key), None)

    def _step(self, by: float) -> None:
        limit = self._chosen
        if limit is not None:
            draft = self.drafts.get(drafting.key_of(limit))
            value = (draft.value if draft is not None else limit.value) + by
            self.drafts = drafting.with_value(self.drafts, limit, value, self._role)
            self._refresh()

    def _discard(self) -> None:
        self.drafts = {}
        self._say("")
        self._refresh()

    def _refresh(self) -> None:
        if self._state is not None:
            self.show_limits(self._state, self._now, self._scale)

    def _set(self) -> None:
        if self._state is not None:
            named = drafting.named(self._state.board, self._seen(), self.drafts)
            self._ask("limits", drafting.order(self.drafts, self._state.limits, self.reason.text, named))

    def _reset(self) -> None:
        self.orders.setCurrentIndex(_ORDERS)
        self._ask("limits_reset", {"reason": self.reason.text or "back to the preset"})

    def _ask(self, command: str, args: dict[str, Any]) -> None:
        self._waiting = command if args or command != "baseline" else "baseline ?"
        self._say("Waiting for the service ...")
        self._show_edit()
        self.asked.emit(command, args)

    def _turn_to(self, page: int) -> None:
        self.pages.setCurrentIndex(page)
        self.orders.setCurrentIndex(_ORDERS)

    def _say(self, text: str) -> None:
        """Show an answer; without one its line is the table's."""
        self.answer.setText(text)
        self.answer.setVisible(bool(text))

    # --- painting -------------------------------------------------------------------------------

    def _show_edit(self) -> None:
        limit, state = self._chosen, self._state
        if state is None:
            return
        self._dress(state)
        if limit is None:
            self.edit.show_nothing()
            return
        draft = self.drafts.get(drafting.key_of(limit))
        line = next(one for one in limit_lines(state, self.drafts) if one.key == drafting.key_of(limit))
        new = f", new {draft.value:g}" if draft is not None else ""
        allowed = drafting.bounds(limit, self._role)
        said = " · ".join(part for part in (range_text(limit, self._role), line.note) if part)
        title = f"{line.name}: in force {line.in_force}{new}"
        if line.off:
            title = f"{line.name}: OFF by {line.off_by} ({line.in_force}{new})"
        self.edit.show_numbers(title, said, may=allowed is not None, off=line.off)
        self.edit.show_picture(limit_picture(state, limit, draft.value if draft else None, self._now))

    def _dress(self, state: BedState) -> None:
        """Set words and state of the buttons."""
        free = self._live and not self._waiting
        count = len(self.drafts)
        needed = drafting.needs_reason(self.drafts, state.limits)
        self.reason.set_needed(needed)
        self.set.setText(f"&Set {count} limit{'s' if count > 1 else ''}" if count else "&Set")
        self.set.setEnabled(free and bool(count) and (not needed or bool(self.reason.text)))
        self.discard.setEnabled(bool(count))
        changed = state.limits_changed
        self.sure.setText(f"{changed} changes go back. Sure?" if changed > 1 else "1 change goes back. Sure?")
        self.reset.setEnabled(free and changed > 0)
        self.propose.setEnabled(free)
        self.freeze.setEnabled(free)
        if not self._live:
            self._say(NO_SERVICE)
        elif self.answer.text() == NO_SERVICE:
            self._say("")


def _label(parent: QWidget, name: str, *, wraps: bool = False) -> QLabel:
    made = QLabel(parent)
    made.setObjectName(name)
    made.setWordWrap(wraps)
    return made


def _in_a_row(parent: QWidget, *widgets: QWidget) -> QWidget:
    row = QWidget(parent)
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        layout.addWidget(widget, 1 if isinstance(widget, QLabel) else 0)
    if not any(isinstance(widget, QLabel) for widget in widgets):
        layout.addStretch(1)
    return row
