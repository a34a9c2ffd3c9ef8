"""The window: it lays out the views and wires them to the session. It knows how nothing is done."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QMoveEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QSplitter, QVBoxLayout, QWidget

from elvmass.errors import Cancelled, ElvmassError
from elvmass.record import Record
from elvmass.result import Analysis
from elvmass_gui import drops, settings, style
from elvmass_gui.commands.beat_actions import BEAT_COMMANDS
from elvmass_gui.commands.command_bar import CommandBar
from elvmass_gui.desks.compare_desk import CompareDesk
from elvmass_gui.desks.page_desk import PageDesk
from elvmass_gui.desks.tab_desk import TabDesk
from elvmass_gui.intents import Intents, Parts
from elvmass_gui.messages import Message, message
from elvmass_gui.rooms import Rooms
from elvmass_gui.settings import Settings
from elvmass_gui.state.session import Session
from elvmass_gui.views.busy import BusyIndicator
from elvmass_gui.views.ecg import EcgView
from elvmass_gui.views.empty_state import EmptyState
from elvmass_gui.views.notices import MessageBar, ResearchBanner
from elvmass_gui.views.page_controls import PageControls
from elvmass_gui.workflow import Workflow

if TYPE_CHECKING:
    from elvmass_gui.panels import Panels

TITLE = "elvmass"
_LIST = "The first of {} files; Next (Ctrl+PgDown) goes on. For tabs, drop them with Ctrl."
#: Shares of the height of ECG and beat.
_SPLIT = (60, 40)
#: What the panels are made of, in portions that are imported in a moment each.
_DEAR = (
    "views.importance", "views.contributions", "views.result", "views.criteria", "views.side",
    "painting.beat_panel", "views.beat", "views.beat_editor", "desks.boundary_desk",
    "desks.control_desk", "panels",
)  # fmt: skip
#: Size of the very first window; later the user's own size is restored.
_LARGEST = QSize(1840, 1000)
#: What the desktop puts around a window, about: a title bar and edges.
_FRAME = QSize(16, 48)
_MODELS = {
    "off": "Models: not loaded",
    "starting": "Models: loading …",
    "ready": "Models: ready",
    "busy": "Models: working …",
}


class MainWindow(QMainWindow):
    """ECG above, beat below, numbers at the right, the research notice always on top.

    Parameters
    ----------
    session
        What is shown and what is done; see :class:`elvmass_gui.state.session.Session`.
    preferences
        Read at the start, written when the window closes.
    """

    closing = Signal()

    def __init__(self, session: Session, preferences: Settings) -> None:
        super().__init__()
        self.session, self.preferences = session, preferences
        self.ecg = EcgView()
        self.panels: Panels | None = None
        self._screen = self.screen()
        self.banner, self.message_bar = ResearchBanner(), MessageBar()
        self.readout, self.scale, self.models = (QLabel() for _ in range(3))
        self.busy = BusyIndicator()
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.page = PageControls()
        self.desk = PageDesk(self.ecg, self.page, preferences, self)
        self.tabs = TabDesk(session, self.ecg, self.desk, self)
        self.comparisons = CompareDesk(session, preferences, self.ecg, self)
        self.intents = Intents(Parts(self, session, preferences, self.ecg, self.desk))
        self.workflow = Workflow(self, session, preferences)
        self.rooms = Rooms(self, self.ecg)
        handlers = self.intents.handlers() | self.workflow.handlers() | self.rooms.handlers()
        self.commands = CommandBar(self, handlers)
        self.commands.add_page_actions(self.ecg.page_actions)
        actions = self.commands.actions
        self.empty = EmptyState(actions["open"], actions["example"], self.ecg)
        self.workflow.follow(self.commands, self.ecg.page_actions)
        self._lay_out()
        self._wire()
        self._restore()
        self._show_title()

    def add_panels(self) -> Panels:
        """Put the beat and the numbers into the room that was kept for them, at once."""
        for _ in self.panel_steps():
            pass
        assert self.panels is not None
        return self.panels

    def panel_steps(self) -> Iterator[None]:
        """:meth:`add_panels` in steps; the window may answer in between."""
        for name in _DEAR:  # after the first paint, not before
            import_module(f"elvmass_gui.{name}")
            yield
        from elvmass_gui.panels import Panels, make_views

        central = self.centralWidget()
        assert central is not None
        views = yield from make_views(central)
        panels = Panels(self.session, self.preferences, views, self)
        yield
        self._put_in(panels)

    def _put_in(self, panels: Panels) -> None:
        from elvmass_gui.hover_link import HoverLink  # as above

        self.panels = panels
        reading = panels.side.result.reading
        reading.follow(self.workflow.reading.mode)
        reading.entered.connect(lambda _: self.ecg.setFocus())  # its keys are the next thing wanted
        self.ecg.beatPicked.connect(panels.controls.pick_beat)
        self.intents.beatPicked.connect(panels.controls.pick_beat)
        self.intents.beatStepped.connect(panels.controls.step)
        self.intents.overlayToggled.connect(panels.controls.overlay.toggle)
        self.commands.add_page_actions(panels.beat.beat_actions, BEAT_COMMANDS)
        self.workflow.finder.add(panels.beat.beat_actions)
        panels.beat.told.connect(self.readout.setText)
        # After the patient panel, which drops what was being typed for the ECG before.
        self.session.recordChanged.connect(lambda _: self.ecg.setFocus())
        HoverLink(self.session, self.ecg, panels, self)
        self.intents.whatIfAsked.connect(panels.what_if.open)
        self.intents.randomToggled.connect(panels.control.toggle)
        self.intents.checkAsked.connect(panels.asides.ask_check)
        panels.control.controlled.connect(self._forbid_saliency)
        self.intents.modelsChanged.connect(panels.show_models)
        heights = self.splitter.sizes()
        self.splitter.replaceWidget(1, panels.lower)
        self.splitter.setStretchFactor(1, _SPLIT[1])
        self.splitter.setSizes(heights)  # the ECG stays where it is
        self._row.replaceWidget(self._side_room, panels.side)
        self.rooms.hold(panels.lower, panels.side)
        for room in (self._beat_room, self._side_room):
            room.deleteLater()

    def open_paths(self, paths: list[Path]) -> None:
        """Open the first ECG of what was named; several files are a list to be walked through."""
        first, worklist = drops.resolve(paths)
        if first is None:
            self.message_bar.show_message(
                Message("Nothing to open", drops.nothing_in(paths), "Choose an ECG file.")
            )
            return
        self.session.worklist = worklist
        self.session.open(first, direction=1 if worklist or paths[0].is_dir() else 0)
        if worklist:
            self._show_notice(_LIST.format(len(worklist)))

    def show_analyst(self, state: str) -> None:
        """Say in the status bar how the analyst process is."""
        self.models.setText(_MODELS[state])

    # --- layout ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._beat_room, self._side_room = QWidget(), QWidget()
        self.splitter.addWidget(self.ecg)
        self.splitter.addWidget(self._beat_room)
        for index, stretch in enumerate(_SPLIT):
            self.splitter.setStretchFactor(index, stretch)
        self.splitter.setSizes([10 * stretch for stretch in _SPLIT])  # a ratio; Qt scales it
        self.splitter.setChildrenCollapsible(False)
        self._row = QHBoxLayout()
        self._side_room.setFixedWidth(style.side_px())
        self._row.setSpacing(0)
        self._row.addWidget(self.splitter, 1)
        self._row.addWidget(self._side_room)
        self.rooms.hold(self._beat_room, self._side_room)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self.message_bar)
        column.addWidget(self.tabs.bar)
        column.addLayout(self._row, 1)
        self.setCentralWidget(central)
        self.statusBar().addWidget(self.readout, 1)
        self.statusBar().addPermanentWidget(self.scale)
        self.statusBar().addPermanentWidget(self.busy)
        self.statusBar().addPermanentWidget(self.models)
        self.commands.put_page(self.page)
        self.setAcceptDrops(True)
        self.resize((self.screen().availableSize() - _FRAME).boundedTo(_LARGEST))

    def _wire(self) -> None:
        session = self.session
        for signal, slot in (
            (session.recordChanged, self._show_record),
            (session.patientChanged, self._show_title),
            (session.analysisChanged, self._show_analysis),
            (session.analysisFailed, self._show_error),
            (session.busyChanged, self._show_busy),
            (session.busyChanged, self.ecg.show_busy),
            (self.busy.cancelled, session.cancel),
            (self.ecg.escaped, session.cancel),
            (session.failed, self._show_error),
            (session.skipped, self._show_skipped),
            (session.noticed, self._show_notice),
            (self.message_bar.closed, self._forget_notice),
            (self.ecg.cursorMoved, self.readout.setText),
            (self.ecg.scaleChanged, self.scale.setText),
            (self.intents.opened, self.open_paths),
            (self.intents.openedBeside, self.tabs.open_paths),
            (self.intents.comparisonAsked, self.comparisons.open),
            (session.documentsChanged, self._enable_commands),
            (self.intents.failed, self._show_error),
            (self.intents.said, self._show_success),
            (self.workflow.recent.opened, self.open_paths),
            (self.workflow.failed, self._show_error),
            (self.workflow.said, self._show_notice),
        ):
            signal.connect(slot)

    # --- what the session says ---------------------------------------------------------------

    def _show_record(self, record: Record) -> None:
        self._clear_message()
        self.empty.hide()
        self.ecg.set_record(record)
        if record.source.path is not None:
            self.preferences[settings.FOLDER] = str(record.source.path.parent)
        self._show_title()

    def _show_analysis(self, analysis: Analysis | None) -> None:
        self._enable_commands()
        if analysis is None:
            self._clear_message()  # a new attempt; what the former one said is over
            self.ecg.set_marks(())
            return
        from elvmass_gui.pointing import analysed_s  # the first analysis needs it

        self.ecg.set_marks(analysis.marks, analysed_s(analysis))
        self.banner.set_card(analysis.estimate.card)

    def _show_busy(self, text: str) -> None:
        self.busy.show_work(text)
        self._enable_commands()

    def _show_error(self, error: ElvmassError) -> None:
        if isinstance(error, Cancelled):  # asked for: no reason to move the page for a bar
            self._show_notice(message(error).fact)
            return
        self.message_bar.show_message(message(error))

    def _show_skipped(self, error: ElvmassError) -> None:
        """The next ECG takes the message away; what was left out is still read then."""
        self._show_error(error)
        self._show_notice(f"Left out: {message(error).text}")

    def _show_notice(self, text: str) -> None:
        self.statusBar().showMessage(text, 6000)

    def _show_success(self, text: str) -> None:
        self._clear_message()
        self._show_notice(text)

    def _show_title(self) -> None:
        self._enable_commands()
        record = self.session.record
        path = record.source.path if record is not None else None
        self.setWindowTitle(f"{path.name} – {TITLE}" if path else TITLE)

    def _forbid_saliency(self, controlled: bool) -> None:
        """While a control is seen, nobody should think that it is what is exported."""
        if controlled:
            self.commands.actions["export_saliency"].setEnabled(False)
        else:
            self._enable_commands()

    def _enable_commands(self) -> None:
        record, analysis = self.session.record, self.session.analysis
        explained = analysis is not None and analysis.saliency is not None
        self.commands.enable(
            record=record is not None, explanation=explained, work=self.session.at_work
        )
        for key in ("close_tab", "tab_next", "tab_previous"):
            self.commands.actions[key].setEnabled(len(self.session.documents) > 1)
        changed = record is not None and record.patient != self.session.original
        self.commands.actions["reset_patient"].setEnabled(changed)

    # --- the window itself -------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files, and say what dropping them does; of anything else, why it cannot."""
        if drops.paths(event.mimeData()):
            drops.take(event)
            self._show_notice(drops.HINT)
        else:
            self._show_notice(drops.NO_FILE)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped: in tabs with Ctrl or on the tab bar, else in place."""
        paths = drops.paths(event.mimeData())
        drops.take(event)
        self.statusBar().clearMessage()
        if not paths:  # offered, but not handed over: its program has ended, or is too slow
            self._show_notice(drops.NO_FILE)
        elif self.tabs.wants(event):
            self.tabs.open_paths(paths)
        else:
            self.open_paths(paths)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc that nobody else wanted stops what is being done."""
        if event.key() == Qt.Key.Key_Escape:
            self.session.cancel()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window has room for icons only."""
        self.commands.fit(event.size().width())
        super().resizeEvent(event)

    def moveEvent(self, event: QMoveEvent) -> None:
        """On another screen a millimetre has another size."""
        if self.screen() is not self._screen:
            self._screen = self.screen()
            self.desk.use_screen()
        super().moveEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the window and end the workers."""
        if not self.workflow.reading.may_close():
            event.ignore()
            return
        self.preferences[settings.GEOMETRY] = self.saveGeometry()
        self.preferences[settings.SPLITTERS] = self.splitter.saveState()
        self.preferences.save()
        self.intents.lab.close()
        self.closing.emit()
        super().closeEvent(event)

    def _restore(self) -> None:
        self.restoreGeometry(self.preferences[settings.GEOMETRY])
        self.splitter.restoreState(self.preferences[settings.SPLITTERS])
        self.show_analyst("off")
        self._clear_message()

    def _clear_message(self) -> None:
        """Take the message away; what happened to the settings stays until it has been closed."""
        self.message_bar.hide()
        if self.preferences.notice:
            self.message_bar.show_message(Message("Settings", self.preferences.notice, ""))

    def _forget_notice(self) -> None:
        self.preferences.notice = ""
