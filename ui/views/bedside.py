"""The bedside window: one timer moves everything; presenters decide, the parts paint."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from alarms.sound.output import SoundOutput
from monitor.core.clock import SECOND, Clock, Nanos, seconds
from monitor.link.messages import NURSE, Reply
from ui.bed_model import BedModel, BedState, Item
from ui.presenters.alarm_rows import answer_text, bar, to_pause
from ui.presenters.audio_pause import PAUSE_S, PauseText, audio_pause
from ui.presenters.connection import banner, sound_note
from ui.presenters.cuff_control import cuff_control
from ui.presenters.flash import lit_priorities
from ui.presenters.header import header
from ui.presenters.keys import HELP_KEY_NAME
from ui.presenters.limits_draft import answer as limits_answer
from ui.presenters.mark_menu import mark_menu
from ui.presenters.off_alarms import counted, reminder
from ui.presenters.off_menu import off_menu
from ui.presenters.outcome_offer import NOTHING, offer_again
from ui.presenters.quiet_room import LEAVING_HELD, QuietText, quiet_room
from ui.presenters.tiles import NIBP, PRESSURES, tiles
from ui.presenters.trend_lines import trend
from ui.presenters.words import in_words
from ui.views import theme
from ui.views.alarm_bar import KEY, PAUSE_KEY, AlarmBar
from ui.views.cuff_control import CuffControl
from ui.views.foot_question import LeaveQuestion
from ui.views.header import Header
from ui.views.keys_help import KEY as HELP_KEY
from ui.views.keys_help import KeysHelp
from ui.views.limits_panel import LimitsPanel
from ui.views.limits_style import button, sheet
from ui.views.off_menu import OffMenu
from ui.views.outcome_offer import KEY as OUTCOME_KEY
from ui.views.outcome_offer import OutcomeOffer
from ui.views.sound_here import Keeper, NoKeeper, SoundHere
from ui.views.station_sound import StationSound
from ui.views.strip import Strip
from ui.views.tile import VitalTile
from ui.views.trend import TrendView

LIMITS_KEY, LIMITS_KEY_NAME = Qt.Key.Key_F8, "F8"
FRAME_MS = 33
TEXTS_EVERY = seconds(0.25)
TREND_EVERY = seconds(1)
NOTICE_FOR = seconds(10)
SOUND_KEY = Qt.Key.Key_F5
SHIFT = Qt.KeyboardModifier.ShiftModifier
LEAVING = "Close this window? The service goes on monitoring, recording and alarming without it."
Command = Callable[[str, str, dict[str, Any]], None]


class Bedside(QWidget):
    """One bed on one screen. `accept` takes what the bridge delivers, `command` sends."""

    ticked = Signal(object)
    """After every frame, with its time: for whoever takes pictures."""

    def __init__(
        self,
        model: BedModel,
        user: str,
        clock: Clock,
        command: Command,
        make_sound: Callable[[], SoundOutput] = SoundOutput,
        role: str = NURSE,
        keeper: Keeper | None = None,
        take_sound: bool = False,
    ) -> None:
        super().__init__()
        self._keeper = keeper or NoKeeper()
        self._take_sound = take_sound
        self._role = role
        self._model = model
        self._user = user
        self._clock = clock
        self._command = command
        self._started = clock.now()
        self._texts_at: Nanos | None = None
        self._trend_at: Nanos | None = None
        self._notice, self._notice_until = "", self._started
        self._fresh = True
        self._leaving = False
        self.light: str | None = None  # priority of the bar's light
        self.alarm: str | None = None  # the same, of the bed's alarms alone
        self.lit = True
        self._pause = PauseText(False)
        self._quiet = QuietText()
        self._reminded: dict[str, int] = {}
        self.menu: OffMenu | None = None
        self._sound = StationSound(make_sound)
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    def _build(self) -> None:
        self.setWindowTitle("Vigil: bedside")
        self.setStyleSheet(f"QWidget {{ background: {theme.BACKGROUND}; color: {theme.TEXT}; }}")
        self.header = Header(self)
        self.alarm_bar = AlarmBar(self)
        self.alarm_bar.acknowledged.connect(self._acknowledge)
        self.alarm_bar.pause_asked.connect(self._ask_pause)
        self.alarm_bar.row_pause_asked.connect(self._ask_row_pause)
        self.offer = OutcomeOffer(self)
        self.offer.chosen.connect(self._tell_outcome)
        self.offer.left.connect(self.alarm_bar.button.setFocus)
        self.strip = Strip(self)
        self.trend = TrendView(self)
        self.tiles: dict[str, VitalTile] = {}
        self.cuff = CuffControl(self)
        self.cuff.ordered.connect(self._order_cuff)
        self.limits_button = button(f"Limits ({LIMITS_KEY_NAME})", self)
        self.limits: LimitsPanel = LimitsPanel(
            self, self._role, lambda: [row.key for row in self.alarm_bar.shown]
        )
        self.limits.asked.connect(self._turn)
        self.limits_button.clicked.connect(self._turn_limits)
        self.help = KeysHelp(self)
        self.help_button = button(f"Keys ({HELP_KEY_NAME})", self)
        self.help_button.clicked.connect(self._turn_help)
        self.sound_here = SoundHere(self, self._sound, self._keeper, self._ask_sound, self._say)
        self.sound_button = button("", self)
        self.sound_button.setEnabled(False)
        self.sound_button.clicked.connect(lambda: self.sound_here.press(self._model.state))
        self.ask = LeaveQuestion(self)
        self.ask.leave.clicked.connect(self.leave)
        self.ask.stay.clicked.connect(self.ask.hide)
        self.resize(theme.DESIGN_WIDTH, theme.DESIGN_HEIGHT)

    # --- what comes in --------------------------------------------------------------------------

    def accept(self, batch: list[tuple[Nanos, Item]]) -> None:
        """Take a batch of the bridge: each item with the time it reached this client."""
        for arrived, item in batch:
            self._model.accept(item, arrived)
        self._fresh = True

    def answered(self, command: str, reply: Reply) -> None:
        """Show what an answer says that a person must know."""
        text = answer_text(command, reply)
        if command.startswith(("limits", "baseline")):
            self.limits.answered(command, reply)
            text = "" if self.limits.isVisible() else f"Limits: {in_words(limits_answer(reply))}"
        if command == "acknowledge":
            self.offer.answered(reply, self._clock.now())
        if self.sound_here.answered(command, reply):
            text = ""
        if text:
            self._say(text)

    def _say(self, text: str) -> None:
        self._notice, self._notice_until = text, Nanos(self._clock.now() + NOTICE_FOR)
        self._fresh = True

    def _acknowledge(self, pairs: tuple[tuple[str, str], ...]) -> None:
        state = self._model.state
        if not pairs:
            self._sound.acknowledge(self._clock.now())
        elif state.bed is not None:
            self.offer.asked(self.alarm_bar.shown)
            self._command(state.bed, "acknowledge", {"occurrences": [list(pair) for pair in pairs]})

    def _ask_sound(self, command: str, args: dict[str, Any]) -> None:
        bed = self._model.state.bed
        if bed is not None:
            self._command(bed, command, args)

    def _ask_pause(self, command: str) -> None:
        bed = self._model.state.bed
        if bed is not None:
            self._command(bed, command, {"seconds": PAUSE_S} if command == "pause" else {})

    def _ask_row_pause(self, key: str) -> None:
        """Pause one row, or end its pause; the one selected, else the first that sounds."""
        asked = to_pause(self.alarm_bar.shown, key)
        if asked is None:
            self._say("Audio: this alarm does not sound")
            return
        command, args = asked
        self._turn(command, {**args, "seconds": PAUSE_S} if command == "pause" else dict(args))

    def _tell_outcome(self, outcome: str, occurrences: tuple[str, ...]) -> None:
        for occurrence in occurrences:
            self._turn("outcome", {"occurrence": occurrence, "outcome": outcome})
        self._fresh = True

    def _offer_off(self, channel: str) -> None:
        """Open the menu of the alarms of a number, over the curves and over no number."""
        state = self._model.state
        channels = PRESSURES if channel == NIBP else (channel,)
        entries = off_menu(state, channels)
        now = self._clock.now()
        marks = mark_menu(state, now) if channel == NIBP else ()
        if (entries or marks) and state.connected(now):
            if self.menu is not None:
                self.menu.deleteLater()
            room = self.strip.width() - 16
            self.menu = OffMenu(self, entries, self._turn, self._scale, marks, width=room)
            self.menu.limits_asked.connect(lambda: self.limits.open_at(channels))
            self.menu.popup(self.strip.mapToGlobal(QPoint(8, 8)))

    def _turn(self, command: str, args: dict[str, Any]) -> None:
        bed = self._model.state.bed
        if bed is not None:
            self._command(bed, command, args)

    def _order_cuff(self, device: str, order: str, minutes: float) -> None:
        bed = self._model.state.bed
        if bed is not None:
            self._command(bed, "cuff", {"device": device, "order": order, "minutes": minutes})

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let keys act whichever part has the focus (presenters/keys.py names all); a held key acts once."""
        key = Qt.Key(event.key())
        if event.isAutoRepeat() or not (
            self._act(event) or self.cuff.press(key) or self.alarm_bar.press(key)
        ):
            super().keyPressEvent(event)

    def _act(self, event: QKeyEvent) -> bool:
        """Do what a key of the window itself stands for; False when it is none, or does nothing now."""
        acts = {
            KEY: self.alarm_bar.button.click,
            PAUSE_KEY: lambda: self._press_pause(row=bool(event.modifiers() & SHIFT)),
            SOUND_KEY: self.sound_button.click,
            LIMITS_KEY: self.limits_button.click,
            HELP_KEY: self.help_button.click,
        }
        shown = next((part for part in (self.help, self.limits) if part.isVisible()), None)
        if shown is not None:
            acts[Qt.Key.Key_Escape] = shown.hide
        asking = next((part for part in (self.sound_here.question, self.ask) if part.isVisible()), None)
        if asking is not None:
            acts[Qt.Key.Key_Escape] = asking.harmless.click
        acts[OUTCOME_KEY] = self._ask_outcome
        act = acts.get(Qt.Key(event.key()))
        if act is not None:
            act()
        return act is not None

    def _ask_outcome(self) -> None:
        """Give the offer the focus; one that went away comes again for the newest alarm."""
        now = self._clock.now()
        if not self._model.state.connected(now):
            return
        again = None if self.offer.open else offer_again(self._model.state, now)
        if again is not None:
            self.offer.show_offer(again)
            self._show_texts(now)
        if self.offer.open:
            self.offer.setFocus()
        else:
            self._say(NOTHING)

    def _turn_help(self) -> None:
        self.help.turn(self._clock.now(), limits=self.limits.isVisible())

    def _turn_limits(self) -> None:
        self.help.hide()
        self.limits.hide() if self.limits.isVisible() else self.limits.open_at()

    def _press_pause(self, *, row: bool) -> None:
        if not row:
            self.alarm_bar.press_pause()
        elif self._model.state.connected(self._clock.now()):
            self._ask_row_pause(self.alarm_bar.selected)

    # --- the frame ------------------------------------------------------------------------------

    def tick(self) -> None:
        """Paint one frame: the strip always, texts when something came, the trend once a second."""
        now = self._clock.now()
        state = self._model.state
        live = state.connected(now)
        self.strip.set_live(live)
        self.strip.set_sweeps(state.sweeps.values())
        self.strip.advance(now)
        if self._fresh or self._texts_at is None or now - self._texts_at >= TEXTS_EVERY:
            self._fresh, self._texts_at = False, now
            self._show_texts(now)
        else:
            self._flash(now)
        self.sound_here.tick(state, now)
        if self._take_sound and live:
            self._take_sound = False
            self.sound_here.press(state)
        if self._trend_at is None or now - self._trend_at >= TREND_EVERY:
            self._trend_at = now
            self.trend.show_trend(trend(state, now))
        self.ticked.emit(now)

    def _show_texts(self, now: Nanos) -> None:
        state = self._model.state
        if now >= self._notice_until:
            self._notice = ""
        self._bar, self._banner = bar(state, now), banner(state, self._started, now)
        self._pause = audio_pause(state, now)
        due, self._reminded = reminder(state, self._reminded), counted(state)
        if due:
            self._say(due)
        self.alarm = self._bar.light
        self.light = "high" if self._banner is not None and self._banner.sounds else self.alarm
        self._sound.want(self._banner is not None and self._banner.sounds, now)
        self._tiles = tiles(state, now)
        had_cuff = self.cuff.isVisibleTo(self)
        self.cuff.show_text(cuff_control(state, now), scale=self._scale)
        had_offer = self.offer.isVisibleTo(self)
        self.offer.pass_time(now)
        self.help.pass_time(now)
        self.offer.setVisible(self.offer.open and self._banner is None)
        if had_cuff != self.cuff.isVisibleTo(self) or had_offer != self.offer.isVisibleTo(self):
            self._lay_out()
        self.limits.show_limits(state, now, self._scale)
        count = len(self.limits.drafts)
        said = f"{count} draft{'s' if count > 1 else ''}" if count else "Limits"
        self.limits_button.setText(f"{said} ({LIMITS_KEY_NAME})")
        self._show_header(state, now)
        if set(self.tiles) != {text.channel for text in self._tiles}:
            self._make_tiles()
        self._flash(now)

    def _show_header(self, state: BedState, now: Nanos) -> None:
        """Show the header, and who sounds for the bed."""
        holding = self.sound_here.holding
        self.header.show_text(header(state, self._user, now, self._role, holding=holding), scale=self._scale)
        self._quiet = quiet_room(state, holding=holding)
        self.sound_button.setText(self._quiet.button)
        self.sound_button.setAccessibleName(self.sound_button.text())
        self.sound_button.setEnabled(state.connected(now))

    def _flash(self, now: Nanos) -> None:
        """Paint bar and tiles at the common flash clock's phase."""
        if self._texts_at is None:
            return
        lit = lit_priorities((now - self._model.state.flash_origin) / SECOND)
        self.lit = self.light in lit
        notice = self._notice
        if self._banner is not None:
            output = self._sound.state
            notice = sound_note(self._sound.wanted, output.ok, output.text) or notice
        self.alarm_bar.show_bar(
            self._bar,
            self._banner,
            lit=lit,
            notice=notice,
            station_sounds=self._sound.sounding,
            scale=self._scale,
            pause=self._pause,
            quiet=self._quiet.spoken,
        )
        for text in self._tiles:
            self.tiles[text.channel].show_text(text, lit=text.alarm in lit, scale=self._scale)

    # --- layout ---------------------------------------------------------------------------------

    @property
    def _scale(self) -> float:
        return theme.scale_of(self.width(), self.height())

    def _make_tiles(self) -> None:
        for tile in self.tiles.values():
            tile.deleteLater()
        self.tiles = {text.channel: VitalTile(self) for text in self._tiles}
        for tile in self.tiles.values():
            tile.pressed.connect(self._offer_off)
            tile.show()
        self._lay_out()
        self.ask.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out to the window's size."""
        self._lay_out()
        self._fresh = True

    def _lay_out(self) -> None:
        u, w, h = self._scale, self.width(), self.height()
        head, alarms = round(58 * u), round(220 * u)
        top = head + alarms
        right = round(w * 0.47)
        left = w - right
        self.header.setGeometry(0, 0, w, head)
        self.alarm_bar.setGeometry(0, head, w, alarms)
        body = h - top
        foot = round(74 * u) if self.cuff.isVisibleTo(self) else 0
        waves = round((body - foot) * 0.46)
        self.strip.setGeometry(0, top + 4, left - 6, waves - 4)
        offered = round(48 * u) if self.offer.isVisibleTo(self) else 0
        self.offer.set_place(4, top + waves, left - 10, round(44 * u), u)
        self.trend.setGeometry(0, top + waves + offered, left - 6, body - waves - foot - offered)
        self.cuff.setGeometry(4, h - foot, left - 10, foot - 4)
        self._lay_out_buttons(top + waves + offered - round(2 * u), left - 6)
        panel = QRect(4, top + 4, left - 10, body - foot - 8)
        self.help.set_place(panel, u)
        self.limits.set_place(panel, u)
        self.strip.set_scale(u)
        self.trend.set_scale(u)
        self._lay_out_tiles(QRect(left, top, right, body))
        asked = QRect(6, h - foot - round(128 * u), left - 18, round(122 * u))  # above what stops a cuff
        self.ask.set_place(asked, u)
        self.sound_here.question.set_place(asked, u)

    def _lay_out_buttons(self, y: int, right: int) -> None:
        """Place the small buttons in the line of the trend's title."""
        u = self._scale
        limits, keys = right - round(132 * u), right - round(244 * u)
        places = (self.sound_button, round(56 * u), 204), (self.help_button, keys, 106)
        for made, x, width in (*places, (self.limits_button, limits, 132)):
            made.setGeometry(x, y, round(width * u), round(30 * u))
            made.setStyleSheet(sheet(u))

    def _lay_out_tiles(self, box: QRect) -> None:
        """Place oxygen and pulse side by side, the cuff across below, what else there is in a last row."""
        rest = [tile for channel, tile in self.tiles.items() if channel not in ("spo2", "pulse_rate", "nibp")]
        upper = round(box.height() * (0.36 if rest else 0.50))
        middle = round(box.height() * (0.37 if rest else 0.50))
        half = round(box.width() * 0.52)
        places = {
            "spo2": QRect(box.x(), box.y(), half, upper),
            "pulse_rate": QRect(box.x() + half, box.y(), box.width() - half, upper),
            "nibp": QRect(box.x(), box.y() + upper, box.width(), middle),
        }
        for channel, place in places.items():
            if channel in self.tiles:
                self.tiles[channel].setGeometry(place)
        for number, tile in enumerate(rest):
            width = box.width() // len(rest)
            y = box.y() + upper + middle
            tile.setGeometry(box.x() + number * width, y, width, box.bottom() + 1 - y)

    # --- leaving --------------------------------------------------------------------------------

    def leave(self) -> None:
        """Close without asking."""
        self._leaving = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask once while a bed is monitored; then stop what this window owns."""
        monitoring = self._model.state.connected(self._clock.now())
        if monitoring and not self._leaving and not self.ask.isVisible():
            self.ask.open(LEAVING_HELD if self.sound_here.holding else LEAVING)
            event.ignore()
            return
        self._timer.stop()
        self.sound_here.close()
        self._sound.close()
        event.accept()
