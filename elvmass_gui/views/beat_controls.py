"""The strip above the beat panel: which beat, which filter, whose boundaries.

It says what was picked and shows what is in force; the session decides.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import (
    QComboBox,
    QMenu,
    QToolButton,
    QWidget,
)

from elvmass.beat import BeatMark
from elvmass.choices import AS_TRAINED, SignalOptions
from elvmass.result import Analysis
from elvmass_gui.painting.by_hand_words import ESTIMATE_STAYS, moved_line
from elvmass_gui.style import set_look
from elvmass_gui.views import beat_words as words
from elvmass_gui.views.strip import Choice, Line, StripLayout, Tag, Tick


class BeatControls(QWidget):
    """Selectors of the way from the recording to the beat."""

    picked = Signal(object)  # SignalOptions
    overlayToggled = Signal(bool)
    automaticAsked = Signal()  # the boundaries that were found, instead of those drawn by hand

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("beatControls")
        self.setAccessibleName("Choice of the analysed beat")
        self._signal = AS_TRAINED
        self._analysis: Analysis | None = None
        self._marks: tuple[BeatMark, ...] = ()
        self.previous = Tag("Previous beat (Ctrl+Left)", "◀")
        self.next = Tag("Next beat (Ctrl+Right)", "▶")
        rows = words.beat_rows(())
        self.beat = Choice("Analysed beat", words.BEAT_TIP, rows, words.USUAL_BEAT)
        self.band = Choice("Filter before the analysis", words.BAND_TIP, words.BAND_ROWS)
        self.notch = Choice("Notch before the analysis", words.NOTCH_TIP, words.NOTCH_ROWS)
        self.more = Tag(words.MORE_TIP, "More")
        self.delineators = self._delineators()
        self.overlay = Tick("Overlay beats", "Overlay")
        self.overlay.setToolTip(words.OVERLAY_TIP)
        self.reset = Tag("", "changed ✕")
        self.reset.setObjectName("chosenByHand")
        self.by_hand = Tag("", "boundaries by hand ✕", "by hand ✕")
        self.by_hand.setObjectName("drawnByHand")
        self.done = Line()
        self._lay_out()
        self._wire()
        self.show_options(AS_TRAINED)
        self.show_by_hand(None)
        self.setEnabled(False)

    def show_options(self, signal: SignalOptions) -> None:
        """Show which choices are in force."""
        self._signal = signal
        for box, key in (
            (self.beat, words.beat_key(signal)), (self.band, signal.band),
            (self.notch, signal.notch),
        ):  # fmt: skip
            with QSignalBlocker(box):
                box.setCurrentIndex(_row_of(box, key))
            set_look(box, "changed", key != box.itemData(0))
        for action in self.delineators.actions():
            action.setChecked(action.data() == signal.delineator)
        changed = words.changed_words(signal)
        self.reset.explain(f"{changed}.\nClick to go back to what the model was trained on.")
        self.reset.setVisible(bool(changed))
        self._show_state()

    def new_record(self) -> None:
        """Another ECG: its beats are not known yet."""
        self.setEnabled(True)
        self._analysis = None
        self._list((), self._signal)

    def set_analysis(self, analysis: Analysis | None) -> None:
        """List the beats that were found; None keeps the list, so that another can be tried."""
        self._analysis = analysis
        if analysis is not None and analysis.marks != self._marks:
            self._list(analysis.marks, self._signal)
        self.show_by_hand(analysis)
        self._show_state()

    def show_by_hand(self, analysis: Analysis | None) -> None:
        """Say which boundaries are not the automatic ones."""
        moved = "" if analysis is None else moved_line(analysis)
        self.by_hand.setVisible(bool(moved))
        self.by_hand.explain(f"{moved}\n{ESTIMATE_STAYS}\nClick for the automatic ones.")

    def step(self, direction: int) -> None:
        """Pick the complete beat before (-1) or after (+1) the one in force."""
        number = self._number()
        if number is not None and 0 <= number + direction < self._count():
            self.pick_beat(number + direction)

    def pick_beat(self, key: words.BeatKey) -> None:
        """Pick a beat: None (as trained), "middle", "median", or a number from 0."""
        self._pick(words.with_beat(self._signal, key))

    # --- what is shown -----------------------------------------------------------------------

    def _list(self, marks: tuple[BeatMark, ...], signal: SignalOptions) -> None:
        self._marks = marks
        with QSignalBlocker(self.beat):
            self.beat.set_rows(words.beat_rows(marks))
        self.show_options(signal)

    def _show_state(self) -> None:
        self.beat.set_words(0, words.trained_words(self._analysis, self._signal))
        number, count = self._number(), self._count()
        self.previous.setEnabled(number is not None and number > 0)
        self.next.setEnabled(number is not None and number < count - 1)
        self.done.set_words(words.done_words(self._analysis))

    def _number(self) -> int | None:
        """Of the beat that was picked last, though its analysis may still be on its way."""
        if self._signal.number is not None:
            return self._signal.number
        return None if self._analysis is None else self._analysis.beat.number

    def _count(self) -> int:
        return sum(mark.number is not None for mark in self._marks)

    # --- what is picked ----------------------------------------------------------------------

    def _pick(self, signal: SignalOptions) -> None:
        if signal != self._signal and self.isEnabled():
            self.show_options(signal)
            self.picked.emit(signal)

    def _on_beat(self) -> None:
        self.pick_beat(self.beat.currentData())

    def _on_filter(self) -> None:
        band, notch = self.band.currentData(), self.notch.currentData()
        self._pick(replace(self._signal, band=band, notch=notch))

    def _on_delineator(self, action: QAction) -> None:
        self._pick(replace(self._signal, delineator=action.data()))

    def _on_previous(self) -> None:
        self.step(-1)

    def _on_next(self) -> None:
        self.step(+1)

    def _on_reset(self) -> None:
        self._pick(AS_TRAINED)

    # --- layout ------------------------------------------------------------------------------

    def _delineators(self) -> QActionGroup:
        menu, group = QMenu(self.more), QActionGroup(self.more)
        menu.addSection("Boundaries of P, QRS and T")
        for title, key in words.DELINEATOR_ROWS:
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setData(key)
            group.addAction(action)
        self.more.setMenu(menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return group

    def _lay_out(self) -> None:
        heading = Line()
        heading.set_words(("Beat",))
        row = StripLayout(self)
        row.setContentsMargins(8, 1, 8, 1)
        row.setSpacing(4)
        for widget in (
            heading, self.previous, self.beat, self.next, self.band, self.notch, self.more,
            self.overlay, self.reset, self.by_hand, self.done,
        ):  # fmt: skip
            row.addWidget(widget)

    def _wire(self) -> None:
        for signal, slot in (
            (self.beat.activated, self._on_beat), (self.band.activated, self._on_filter),
            (self.notch.activated, self._on_filter), (self.previous.clicked, self._on_previous),
            (self.next.clicked, self._on_next), (self.reset.clicked, self._on_reset),
            (self.delineators.triggered, self._on_delineator),
            (self.overlay.toggled, self.overlayToggled),
            (self.by_hand.clicked, self.automaticAsked),
        ):  # fmt: skip
            signal.connect(slot)


def _row_of(box: QComboBox, key: object) -> int:
    """The row of a key; the first one if it is not there (yet)."""
    rows = (k for k in range(box.count()) if box.itemData(k) == key)
    return next(rows, 0)
