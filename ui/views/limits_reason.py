"""Why a limit is changed: one of a few reasons, or typed."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from ui.presenters.limits_draft import REASON_MAX, REASONS
from ui.views.key_menu import KeyMenu
from ui.views.limits_style import button


class ReasonField(QWidget):
    """A line to type in, with a menu that fills it."""

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.line = QLineEdit(self)
        self.line.setMaxLength(REASON_MAX)
        self.line.setAccessibleName("Reason for the change")
        self.line.textChanged.connect(lambda: self.changed.emit())
        self.choose = button("R&eason ...", self)
        self.menu = KeyMenu(self)
        for reason in REASONS:
            self.menu.addAction(reason).triggered.connect(lambda *_, said=reason: self.line.setText(said))
        self.choose.setMenu(self.menu)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.choose)
        layout.addWidget(self.line, 1)

    @property
    def text(self) -> str:
        """Return the reason, "" while there is none."""
        return self.line.text().strip()

    def set_needed(self, wider: str) -> None:
        """Say in the empty line whether a reason must be given: for which limits, that get wider."""
        said = f"needed: wider {wider}" if wider else "reason"
        if said != self.line.placeholderText():
            self.line.setPlaceholderText(said)
