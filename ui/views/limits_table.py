"""The table of limits: one line each, its draft beside what is in force."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from ui.presenters.limits_draft import Key
from ui.presenters.limits_table import LimitLine
from ui.views import theme
from ui.views.text import font

HEADINGS = ("Priority", "Limit", "In force", "New", "Alarms", "Preset")
_NEW, _ALARMS = 3, 4


class LimitsTable(QTableWidget):
    """Paints LimitLines; "+" and "-" step the selected one."""

    chosen = Signal()
    stepped = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(0, len(HEADINGS), parent)
        self._lines: tuple[LimitLine, ...] = ()
        self._scale = 0.0
        self.setHorizontalHeaderLabels(HEADINGS)
        self.setAccessibleName("Limits in force")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        head = self.horizontalHeader()
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setStretchLastSection(True)
        self.itemSelectionChanged.connect(lambda: self.chosen.emit())

    def show_lines(self, lines: tuple[LimitLine, ...], scale: float) -> None:
        """Paint the lines; the selected one stays selected."""
        if (lines, scale) == (self._lines, self._scale):
            return
        if scale != self._scale:
            self._set_sizes(scale)
        before, self._lines, self._scale = self.key, lines, scale
        self.blockSignals(True)
        self.setRowCount(len(lines))
        for row, line in enumerate(lines):
            self._fill(row, line)
        if before is not None:
            self.choose(before)
        self.blockSignals(False)
        if self.key is None and lines:
            self.selectRow(0)

    @property
    def key(self) -> Key | None:
        """Return the selected limit."""
        row = self.currentRow()
        return self._lines[row].key if 0 <= row < len(self._lines) else None

    def choose(self, key: Key) -> None:
        """Select a limit and bring it into view."""
        for row, line in enumerate(self._lines):
            if line.key == key:
                self.selectRow(row)
                self.scrollTo(self.model().index(row, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with "+" and "-"; the arrows choose, other keys are the window's."""
        steps = {Qt.Key.Key_Plus: 1.0, Qt.Key.Key_Minus: -1.0}
        if Qt.Key(event.key()) in steps:
            self.stepped.emit(steps[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _set_sizes(self, scale: float) -> None:
        for column, width in enumerate((92, 152, 126, 100, 94)):
            self.setColumnWidth(column, round(width * scale))
        self.verticalHeader().setDefaultSectionSize(round(23 * scale))
        self.horizontalHeader().setFixedHeight(round(20 * scale))

    def _fill(self, row: int, line: LimitLine) -> None:
        texts = (
            f"{line.symbol} {line.priority}",
            line.name,
            line.in_force,
            line.draft,
            line.delay,
            line.preset,
        )
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setToolTip(line.note or text)
            ink = theme.QUIET if line.off else theme.TEXT
            if (line.changed and column in (2, 5)) or (line.off and column == _ALARMS):
                ink = theme.WARNING
            item.setForeground(QColor(ink))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, line.spoken)
            if column == _NEW or (column == 2 and line.changed):
                face = font(round(15 * self._scale), bold=True)
                item.setFont(face)
            self.setItem(row, column, item)
