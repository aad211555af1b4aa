"""How the panel of limits looks: one style sheet, and buttons that no handed-on focus can press."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from ui.views import theme

FIELD = "#0b0f14"
_SHEET = """
QWidget {{ background: {panel}; color: {text}; font-family: "{family}"; font-size: {size}px; }}
#limits {{ border: {line}px solid {quiet}; border-radius: {round}px; }}
QLabel#title {{ font-size: {title}px; font-weight: bold; }}
QLabel#changed, QLabel#answer {{ color: {warning}; font-weight: bold; }}
QLabel#quiet, QLabel#note {{ color: {quiet}; }}
QLabel#note, QLabel#small {{ font-size: {small}px; }}
QLabel#value {{ font-size: {value}px; font-weight: bold; }}
QLineEdit {{ background: {field}; border: {line}px solid {edge}; border-radius: {round}px;
             padding: {pad}px; placeholder-text-color: {quiet}; }}
QLineEdit:focus, QTableWidget:focus {{ border-color: {focus}; }}
QLineEdit#number {{ font-size: {value}px; font-weight: bold; }}
QTableWidget {{ font-size: {cell}px; }}
QTableWidget {{ background: {field}; border: {line}px solid {edge}; gridline-color: {edge}; }}
QTableWidget::item:selected {{ background: {row}; }}
QHeaderView::section {{ background: {panel}; color: {quiet}; border: 0; padding: 1px {pad}px;
                        font-size: {small}px; }}
QPushButton {{ background: {panel}; border: {line}px solid {quiet}; border-radius: {round}px;
               padding: {pad}px {wide}px; font-weight: bold; }}
QPushButton:disabled {{ color: {stale}; border-color: {edge}; }}
QPushButton:pressed {{ background: #b9c6d3; color: #000000; }}
QPushButton#bright:enabled {{ background: #f4f7fa; color: #000000; border-color: #000000; }}
QScrollBar:vertical {{ background: {panel}; width: {bar}px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0px; }}
QScrollBar::handle:vertical {{ background: {quiet}; border-radius: {round}px; min-height: {bar}px; }}
QMenu {{ border: {line}px solid {quiet}; }}
QMenu::item {{ padding: {wide}px; }}
QMenu::item:selected {{ background: {chosen}; }}
"""


def sheet(scale: float) -> str:
    """Return the style sheet in this scale."""
    sizes = {
        "size": 16,
        "title": 21,
        "value": 20,
        "small": 14,
        "cell": 15,
        "round": 5,
        "pad": 4,
        "wide": 9,
        "bar": 14,
    }
    scaled = {name: max(1, round(size * scale)) for name, size in sizes.items()}
    return _SHEET.format(
        panel=theme.PANEL,
        text=theme.TEXT,
        family=theme.FAMILY,
        quiet=theme.QUIET,
        warning=theme.WARNING,
        stale=theme.STALE,
        edge=theme.LINE,
        field=FIELD,
        focus=theme.FOCUS,
        chosen=theme.CHOSEN,
        row=theme.CHOSEN_ROW,
        line=max(1, round(2 * scale)),
        **scaled,
    )


def button(text: str, parent: QWidget, *, bright: bool = False) -> QPushButton:
    """Return a button for mouse and Alt + letter.

    It takes no focus: when *Acknowledge* goes grey, Qt hands the focus on, and a second Space
    must not change a limit.
    """
    made = QPushButton(text, parent)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setAccessibleName(text.replace("&", ""))
    if bright:
        made.setObjectName("bright")
    return made
