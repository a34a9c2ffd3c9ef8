"""The page of twelve leads as state: what is shown of which recording, and at which scale."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from elvmass.beat import BeatMark
from elvmass.record import Record
from elvmass_gui.geometry.calipers import Calipers
from elvmass_gui.geometry.paper import (
    DEFAULT_LAYOUT,
    LAYOUTS,
    SHEET_S,
    Layout,
    Placement,
    Scale,
    Sheet,
    lay_out,
)
from elvmass_gui.geometry.shown import (
    AS_RECORDED,
    DisplayFilter,
    Shown,
    caption_words,
    sheet_for,
    show,
)
from elvmass_gui.painting.ecg_page import NO_MARKS, Marks
from elvmass_gui.painting.ink import text_scale
from elvmass_gui.painting.page_words import caption_mm, window_box
from elvmass_gui.views.time_bar import TimeBar
from elvmass_gui.views.viewport import Viewport

EMPTY_TEXT = "Open an ECG file or drop it here"

#: The page is drawn finely once it has not moved for so long.
_REST_MS = 100
_MARKING_MS = 100
_MARGIN_MM = 3.0
_STEP = 1.25
_MM_PER_INCH = 25.4
#: Two beats are further apart; another filter moves one by less.
_OTHER_BEAT_S = 0.1
#: A higher caption makes the page smaller, and that the caption higher, by ever less.
_CAPTION_TURNS = 4


@dataclass(frozen=True, slots=True)
class PageView:
    """How a page is looked at; ``place`` is None for a page that is fitted."""

    layout: Layout
    scale: Scale
    filter: DisplayFilter
    start_s: float
    place: tuple[float, float, float] | None


class EcgPage(QWidget):
    """Lays a recording out on ECG paper; its heirs paint it. It asks nobody and decides nothing."""

    #: See :meth:`scale_text`.
    scaleChanged = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._record: Record | None = None
        self._shown: Shown | None = None
        self._marks = NO_MARKS
        self._analysed_s: tuple[tuple[float, float], ...] = ()
        self._hover: tuple[tuple[str, ...], tuple[tuple[float, float], ...]] = ((), ())
        self._layout = DEFAULT_LAYOUT
        self._scale = Scale()
        self._filter = AS_RECORDED
        self._start_s = 0.0
        self._sheet: Sheet = lay_out()
        self._view = Viewport(_MARGIN_MM)
        self._true_px_per_mm: float | None = None
        self._page: QPixmap | None = None
        self._page_marked = NO_MARKS
        self._busy = ""
        self._page_origin = (0.0, 0.0)
        self._rest = self._timer(_REST_MS, self.update)
        # Marks come with a result, and so does work for the other views: theirs goes first.
        self._marking = self._timer(_MARKING_MS, self.update)
        self._time = TimeBar(self)
        self._time.moved.connect(self.set_start)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 150)
        self.setAccessibleName("12-lead ECG")
        self.setAccessibleDescription(EMPTY_TEXT)

    def _timer(self, interval_ms: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(slot)
        return timer

    # ---- what is shown ------------------------------------------------------------------

    def set_record(self, record: Record | None) -> None:
        """Show a recording from its beginning, fitted; None shows the empty state."""
        self._record = record
        self._rest.start()  # coarse first, as while moving: it is on the screen sooner
        self._marks, self._hover = NO_MARKS, ((), ())
        self._analysed_s = ()
        self._start_s = 0.0
        self._show(fit=True, anew=True)

    def set_marks(
        self,
        beats: tuple[BeatMark, ...],
        analysed_s: tuple[tuple[float, float], ...] = (),
    ) -> None:
        """Mark the beats found, and the stretches analysed (s of the recording).

        The page begins where the recording does; it scrolls to a beat that is chosen later.
        """
        marks = Marks(beats, analysed_s)
        if marks == self._marks:
            return
        self._marks = marks
        self._describe()
        self._marking.start()
        if analysed_s:
            former, self._analysed_s = self._analysed_s, analysed_s
            if former and abs(former[0][0] - analysed_s[0][0]) > _OTHER_BEAT_S:
                self.show_analysed()

    def set_hover(
        self, leads: tuple[str, ...] = (), spans_s: tuple[tuple[float, float], ...] = ()
    ) -> None:
        """Shade leads between times, as another view points at them; none ends that."""
        if (leads, spans_s) != self._hover:
            self._hover = leads, spans_s
            self.update()

    def set_layout(self, name: str) -> None:
        """Choose one of ``paper.LAYOUTS`` by name; it comes with its own rhythm."""
        self._layout = LAYOUTS[name]
        self._show(fit=True, anew=True)

    def set_rhythm(self, lead: str) -> None:
        """Choose the lead of the rhythm strip, in layouts that have one."""
        self._layout = self._layout.with_rhythm(lead)
        self._show(fit=True, anew=True)

    def set_scale(self, scale: Scale) -> None:
        """Choose paper speed and gain."""
        self._scale = scale
        self._show(fit=self._view.fitted, anew=True)

    def set_filter(self, display: DisplayFilter) -> None:
        """Choose the filter of the display; it is named on the page. The estimate sees none."""
        self._filter = display
        self._show(fit=self._view.fitted)

    def set_start(self, start_s: float) -> None:
        """Show the ten seconds from ``start_s`` (clamped to the recording)."""
        self._start_s = start_s
        self._rest.start()
        self._show(fit=False)

    def show_analysed(self) -> None:
        """Scroll to what is analysed, unless it can be seen."""
        if self._shown is None or not self._marks.analysed_s:
            return
        first_s, last_s = span = self._marks.analysed_s[len(self._marks.analysed_s) // 2]
        if not self._start_s <= first_s <= last_s <= self._start_s + SHEET_S:
            self.set_start(float(round((first_s + last_s) / 2 - SHEET_S / 2)))
        boxes = (window_box(self._sheet, strip, span) for strip in self._sheet.strips)
        box = next(box for box in boxes if box is not None)
        (left, _), (right, _) = (self._view.to_px(x, box.y) for x in (box.x, box.right))
        width, _ = self._room()
        if left < 0.0 or right > width:
            self._pan((width - left - right) / 2, 0.0)

    def set_true_px_per_mm(self, px_per_mm: float | None) -> None:
        """Calibration of this screen; None trusts what the screen says about itself."""
        self._true_px_per_mm = px_per_mm
        self.scaleChanged.emit(self.scale_text())

    @property
    def page_view(self) -> PageView:
        """How the page is looked at now."""
        return PageView(
            self._layout, self._scale, self._filter, self._start_s, self._view.place
        )  # fmt: skip

    def set_page_view(self, view: PageView) -> None:
        """Look at the page as before."""
        self._layout, self._scale, self._filter = view.layout, view.scale, view.filter
        self._start_s = view.start_s
        self._show(fit=view.place is None, anew=True)
        if view.place is not None:
            self._view.go_to(view.place)
            self._view.keep_in_view(self._sheet.bounds, *self._room())
            self._moved()

    @property
    def sheet(self) -> Sheet:
        """The sheet as it is laid out now."""
        return self._sheet

    @property
    def shown(self) -> Shown | None:
        """The stretch of the recording on the page, or None without a recording."""
        return self._shown

    @property
    def page_layout(self) -> Layout:
        """The layout in force, with its rhythm lead."""
        return self._layout

    @property
    def page_scale(self) -> Scale:
        """Paper speed and gain in force."""
        return self._scale

    @property
    def page_filter(self) -> DisplayFilter:
        """The display filter in force."""
        return self._filter

    @property
    def page_marks(self) -> Marks:
        """The marks of the page, calipers included."""
        return replace(self._marks, calipers=self.calipers)

    def sizeHint(self) -> QSize:
        """A page that can be read."""
        return QSize(1100, 560)

    def _show(self, fit: bool, anew: bool = False) -> None:
        """Cut, lay out and paint; ``anew`` forgets the room that tall waves were given so far."""
        if self._record is None:
            self._shown = None
            self._sheet = lay_out(self._layout, self._scale)
        else:
            self._shown = show(self._record, self._start_s, self._filter)
            self._start_s = self._shown.start_s
            at = Placement(row_mm=self._layout.row_mm)
            if not anew:
                at = replace(at, head_mm=self._sheet.head_mm, foot_mm=self._sheet.foot_mm)
            former = self._sheet
            self._sheet = sheet_for(self._shown, self._layout, self._scale, at)
            fit = fit or (self._view.fitted and former.paper != self._sheet.paper)
            if not fit:
                self._sheet = self._sheet.with_caption(former.caption.height)
        self._describe()
        whole_s = self._record.duration_s if self._record is not None else 0.0
        self._time.show_time(self._start_s, whole_s)
        if fit:
            self._fit()
        self._repaint_page()
        self.scaleChanged.emit(self.scale_text())

    def show_busy(self, text: str) -> None:
        """Say what is being done, as long as there is no ECG to look at."""
        self._busy = text
        if self._shown is None:
            self._describe()
            self.update()

    def _describe(self) -> None:
        """The words that a screen reader speaks."""
        if self._shown is None:
            self.setAccessibleDescription(self._busy or EMPTY_TEXT)
            return
        found = len(self._marks.beats)
        beats = f", {found} beats found" if found else ""
        words = ", ".join(caption_words(self._shown, self._sheet))
        self.setAccessibleDescription(f"{self._layout.name} layout, {words}{beats}")

    # ---- scale --------------------------------------------------------------------------

    def true_px_per_mm(self) -> float:
        """Pixels per millimetre of this screen, as calibrated or as it reports."""
        return self._true_px_per_mm or self.screen().physicalDotsPerInchX() / _MM_PER_INCH

    def scale_text(self) -> str:
        """The magnification against true size, e.g. "×1.00 true size", "×1.37 fitted"."""
        factor = self._view.px_per_mm / self.true_px_per_mm()
        doubt = "" if self._true_px_per_mm else " (screen not calibrated)"
        if abs(factor - 1.0) < 0.005:
            return f"×1.00 true size{doubt}"
        return f"×{factor:.2f} fitted{doubt}" if self._view.fitted else f"×{factor:.2f}{doubt}"

    def fit(self) -> None:
        """Show the whole page, and keep doing so when the window changes."""
        self._fit()
        self._moved()

    def show_true_size(self) -> None:
        """25 mm of paper are 25 mm on the screen (if it is calibrated)."""
        self._zoom_to(self.true_px_per_mm(), QPointF(0.0, 0.0))

    def zoom_in(self) -> None:
        """One step larger, about the middle."""
        self._zoom_to(self._view.px_per_mm * _STEP, self._centre())

    def zoom_out(self) -> None:
        """One step smaller, about the middle."""
        self._zoom_to(self._view.px_per_mm / _STEP, self._centre())

    def _room(self) -> tuple[int, int]:
        """Width and height that the page has, px."""
        bar = self._time.height() if self._time.needed else 0
        return self.width(), self.height() - bar

    def _fit(self) -> None:
        """Fit the page with a caption whose words can be read: on a small page, more of it."""
        height = Placement().caption_mm  # always from the same height: fitting again moves nothing
        for _ in range(_CAPTION_TURNS):
            self._sheet = self._sheet.with_caption(height)
            self._view.fit(self._sheet.bounds, *self._room())
            if self._shown is None:
                return
            former = height
            height = caption_mm(self._sheet, self._shown, text_scale(self._view.px_per_mm))
            if height == former:  # most pages: nothing changes any more
                return

    def _centre(self) -> QPointF:
        width, height = self._room()
        return QPointF(width / 2, height / 2)

    def _zoom_to(self, px_per_mm: float, at: QPointF) -> None:
        self._view.zoom(px_per_mm, at.x(), at.y())
        self._view.keep_in_view(self._sheet.bounds, *self._room())
        self._moved()

    def _pan(self, dx_px: float, dy_px: float) -> None:
        self._view.pan(dx_px, dy_px)
        self._view.keep_in_view(self._sheet.bounds, *self._room())
        self._rest.start()
        self.update()

    def _repaint_page(self) -> None:
        self._page = None
        self.update()

    def _moved(self) -> None:
        """Draw coarsely now, finely after a moment's rest."""
        self._page = None
        self._rest.start()
        self.update()
        self.scaleChanged.emit(self.scale_text())

    @property
    def calipers(self) -> Calipers:
        """The calipers of this ECG."""
        return ()
