"""The form that freezes the patient's baseline: a proposal, each number to be corrected."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from ui.presenters.limits_baseline import BEFORE_DOSE, FIELDS, BaselineForm, baseline_args
from ui.presenters.limits_draft import REASON_MAX
from ui.views.limits_style import button


class BaselineView(QWidget):
    """Shows one BaselineForm; `frozen` carries the command's arguments when a person says so."""

    frozen = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        before = QLabel(BEFORE_DOSE, self)
        before.setObjectName("changed")
        before.setWordWrap(True)
        self.said = QLabel(self)
        self.said.setWordWrap(True)
        self.fault = QLabel(self)
        self.fault.setObjectName("answer")
        self.fault.setWordWrap(True)
        self.fields: dict[str, QLineEdit] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(before)
        layout.addWidget(self.said)
        layout.addLayout(self._numbers())
        self.reason = QLineEdit(self)
        self.reason.setMaxLength(REASON_MAX)
        self.reason.setAccessibleName("Reason for another baseline")
        self.reason.setPlaceholderText("a baseline is frozen: why another?")
        self.reason.textChanged.connect(lambda: self._judge())
        layout.addWidget(self.reason)
        layout.addWidget(self.fault)
        layout.addStretch(1)
        layout.addLayout(self._buttons())

    def _numbers(self) -> QGridLayout:
        grid = QGridLayout()
        for row, (name, label, unit, _) in enumerate(FIELDS):
            field = self.fields[name] = QLineEdit(self)
            field.setObjectName("number")
            field.setMaxLength(6)
            field.setAccessibleName(f"{label}, {unit}")
            field.textChanged.connect(lambda: self._judge())
            grid.addWidget(QLabel(label, self), row, 0)
            grid.addWidget(field, row, 1)
            grid.addWidget(QLabel(unit, self), row, 2)
        grid.setColumnStretch(3, 1)
        return grid

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.back = button("Bac&k", self)
        self.back.clicked.connect(lambda: self.left.emit())
        self.freeze = button("&Freeze this baseline", self, bright=True)
        self.freeze.clicked.connect(lambda: self._freeze())
        row.addWidget(self.back)
        row.addStretch(1)
        row.addWidget(self.freeze)
        return row

    def show_form(self, form: BaselineForm, *, again: bool = False) -> None:
        """Show a proposal; what was typed before goes. `again`: one is frozen, so another needs a reason."""
        self.reason.clear()
        self.reason.setVisible(again)
        self.said.setText(form.said)
        for name, field in self.fields.items():
            field.setText(form.values.get(name, ""))
        self._judge()

    def _typed(self) -> dict[str, str]:
        return {name: field.text() for name, field in self.fields.items()}

    def _judge(self) -> None:
        _, fault = baseline_args(self._typed())
        wanting = not self.reason.isHidden() and not self.reason.text().strip()
        self.fault.setText(fault)
        self.freeze.setEnabled(not fault and not wanting)

    def _freeze(self) -> None:
        numbers, fault = baseline_args(self._typed())
        if not fault:
            reason = self.reason.text().strip()
            self.frozen.emit({**numbers, "reason": reason} if reason else numbers)
