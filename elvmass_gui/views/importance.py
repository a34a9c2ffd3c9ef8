"""Which leads and segments the estimate leans on: the paper's Table 5 for this one ECG."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFormLayout, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from elvmass.beat import SEGMENTS, Segment
from elvmass.model.explain import DEFAULT_METHOD, METHODS
from elvmass.record import LEADS
from elvmass.result import Analysis
from elvmass_gui import style
from elvmass_gui.pointing import NOWHERE, Spot
from elvmass_gui.themes import mixed, readable_on
from elvmass_gui.views.importance_table import (
    ROW_LEADS,
    ROWS,
    SHARE,
    VIEWS,
    Cell,
    by_hand_note,
    cells,
    lead_cells,
    note,
)
from elvmass_gui.views.parts import Panel, label, selector
from elvmass_gui.views.trial import TrialBar
from elvmass_gui.views.trust_badge import TrustBadge

WAITING = "Follows the estimate."
EXPLAINING = "The explanation is on its way …"
_GROUPS, _LEADS = "groups", "leads"
#: Width of the names of rows.
_NAMES_PX = 62
_ROUND_PX = 3
_TOOLTIP = Qt.ItemDataRole.ToolTipRole

_SEGMENT_TIPS = {
    Segment.PR: "From the onset of P to the onset of QRS, and its length in this beat",
    Segment.QRS: "From the onset to the end of QRS, and its length in this beat",
    Segment.ST: "From the end of QRS to the onset of T, and its length in this beat",
    Segment.T: "From the onset to the end of T, and its length in this beat",
    Segment.TP: "The rest, before P and after T, and its length in this beat",
}
_TITLE_TIP = (
    "How much of the explanation of the estimate lies in which segment of the\n"
    "beat and in which leads."
)


class HeatCell(QLabel):
    """A number on a ground whose depth is its part of the largest number.

    It paints its ground itself: seventy style sheets, each with a colour of its own, would be
    parsed at every answer.
    """

    #: Whether the mouse is over it.
    entered = Signal(bool)

    def __init__(self, name: str, height_px: int = 38) -> None:
        super().__init__()
        self._name = name
        self._lit = False
        self._depth = 0.0
        self.setProperty("role", "cell")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(50, height_px)

    @property
    def ground(self) -> str:
        """The colour behind the number, in the theme in force."""
        return mixed(*style.theme().heat, self._depth)

    def set_lit(self, lit: bool) -> None:
        """Outline the cell, as another view points at it, or no longer."""
        if lit != self._lit:
            self._lit = lit
            self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """The mouse points here."""
        self.entered.emit(True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """It does no longer."""
        self.entered.emit(False)
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground, the number, and the outline."""
        ground = self.ground
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(ground))
            painter.drawRoundedRect(self.rect(), _ROUND_PX, _ROUND_PX)
            painter.setPen(QColor(readable_on(ground)))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
            if self._lit:
                painter.setPen(QPen(QColor(style.theme().mark), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    def show_cell(self, cell: Cell) -> None:
        """Show a cell of the table."""
        self._depth = cell.depth
        self.setText(cell.text)
        self.setAccessibleName(f"{self._name}: {cell.text}")
        self.setToolTip(cell.tip)
        self.update()


class ImportancePanel(Panel):
    """Limb and precordial leads by segment; which method says so, and whether to trust it.

    Method, view and badge stay in sight while there is no table.
    """

    methodPicked = Signal(str)
    #: Spot of the cell under the mouse; NOWHERE when there is none.
    pointed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Why: importance by segment", WAITING, parent, tip=_TITLE_TIP)
        self._analysis: Analysis | None = None
        self.method = selector(_method_rows(), "Saliency method")
        self.view = selector([(key, v.title) for key, v in VIEWS.items()], "Unit of the table")
        self.rows = selector([(_GROUPS, "lead groups"), (_LEADS, "each lead")], "Rows of the table")
        self.rows.setToolTip("Limb and precordial leads together, or each lead by itself")
        self.badge, self.trial = TrustBadge(), TrialBar()
        self.control = label(role="control", wrap=True)
        self.control.hide()
        for row in range(self.method.count()):
            self.method.setItemData(row, self.method.itemData(row), _TOOLTIP)
        for row, view in enumerate(VIEWS.values()):
            self.view.setItemData(row, view.tip, _TOOLTIP)
        self.cells = [[HeatCell(f"{name} {s.value}") for s in SEGMENTS] for name in ROWS]
        #: Sixty cells that few look at: made when they are first asked for.
        self.lead_cells: list[list[HeatCell]] = []
        self.heads = [label(role="small") for _ in SEGMENTS]
        for head, segment in zip(self.heads, SEGMENTS, strict=True):
            head.setToolTip(_SEGMENT_TIPS[segment])
        self.note = label(role="small", wrap=True)
        self._lay_out()
        self.method.activated.connect(self._on_method)
        self.view.activated.connect(self._on_view)
        self.rows.activated.connect(self._on_rows)
        self._listen(self.cells, ROW_LEADS)
        self.set_method(DEFAULT_METHOD)
        self.set_view(SHARE)

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Show the table, or why there is none yet."""
        self._analysis = analysis
        if analysis is None or analysis.importance is None or analysis.saliency is None:
            self.show_state(WAITING if analysis is None else EXPLAINING)
            self._forget()
            return
        self._fill()
        self.show_state("")

    def show_control(self, text: str) -> None:
        """Say in strong words that the table is that of a control; "" for a real one."""
        self.control.setText(text)
        self.control.setVisible(bool(text))

    def set_pointed(self, spot: Spot) -> None:
        """Outline the smallest cell that holds what another view points at; NOWHERE ends that."""
        rows = [k for k, leads in enumerate(ROW_LEADS) if set(spot.lead_rows) <= set(leads)]
        for row, widgets in enumerate(self.cells):
            for column, widget in enumerate(widgets):
                widget.set_lit(row == rows[0] and column == spot.segment)
        for row, widgets in enumerate(self.lead_cells):
            for column, widget in enumerate(widgets):
                widget.set_lit(row in spot.lead_rows and column == spot.segment)

    def set_method(self, key: str) -> None:
        """Show which method is in force."""
        with QSignalBlocker(self.method):
            self.method.setCurrentIndex(self.method.findData(key))
        self.method.setToolTip(f"{METHODS[key].words}\n{key}")

    def set_view(self, key: str) -> None:
        """Show the table in another unit."""
        with QSignalBlocker(self.view):
            self.view.setCurrentIndex(self.view.findData(key))
        self.view.setToolTip(VIEWS[key].tip)
        self._fill()

    def _forget(self) -> None:
        """Leave nothing of a former explanation behind, not even for a screen reader."""
        for cell in (cell for row in (*self.cells, *self.lead_cells) for cell in row):
            cell.show_cell(Cell("", 0.0, ""))
        self.note.setText("")

    def _fill(self) -> None:
        analysis = self._analysis
        if analysis is None or analysis.importance is None or analysis.saliency is None:
            return
        view, saliency = self.view.currentData(), analysis.saliency
        for head, segment, seconds in zip(
            self.heads, SEGMENTS, analysis.importance.seconds, strict=True
        ):
            head.setText(f"{segment.value}\n{1000 * seconds:.0f} ms")
        by_group = self.rows.currentData() == _GROUPS
        grams = saliency.unit == "g"
        _show(self.cells, cells(analysis.importance, view, grams=grams))
        if self.lead_cells:
            _show(self.lead_cells, lead_cells(analysis.importance, view, grams=grams))
        self.note.setText(note(saliency, view, grams_below=by_group) + by_hand_note(analysis))

    def _on_entered(self, spot: Spot, entered: bool) -> None:
        self.pointed.emit(spot if entered else NOWHERE)

    def _on_method(self, row: int) -> None:
        self.methodPicked.emit(self.method.itemData(row))

    def _on_view(self, row: int) -> None:
        self.set_view(self.view.itemData(row))

    def _on_rows(self) -> None:
        by_group = self.rows.currentData() == _GROUPS
        if not self.lead_cells:
            self._make_lead_rows()
        self._group_rows.setVisible(by_group)
        self._lead_rows.setVisible(not by_group)
        self._fill()

    def _make_lead_rows(self) -> None:
        self.lead_cells = [[HeatCell(f"{n} {s.value}", 20) for s in SEGMENTS] for n in LEADS]
        self._listen(self.lead_cells, [(row,) for row in range(len(LEADS))])
        self._lead_column.addWidget(_table(LEADS, self.lead_cells))

    def _listen(self, table: list[list[HeatCell]], leads: Sequence[tuple[int, ...]]) -> None:
        """Say which leads and segment the mouse is over."""
        for of_row, widgets in zip(leads, table, strict=True):
            for column, widget in enumerate(widgets):
                widget.entered.connect(partial(self._on_entered, Spot(of_row, column)))

    # --- layout ------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        outer = self.layout()
        assert isinstance(outer, QVBoxLayout)
        outer.insertWidget(1, self._controls())
        outer.insertWidget(2, self.control)
        self._group_rows = _table([name.capitalize() for name in ROWS], self.cells)
        self._lead_rows = QWidget()
        self._lead_column = QVBoxLayout(self._lead_rows)
        self._lead_column.setContentsMargins(0, 0, 0, 0)
        self._lead_rows.hide()
        self.body.addWidget(_table_head(self.heads))
        self.body.addWidget(self._group_rows)
        self.body.addWidget(self._lead_rows)
        self.body.addWidget(self.note)

    def _controls(self) -> QWidget:
        controls = QWidget()
        controls.setObjectName("whyControls")
        form = QFormLayout(controls)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(3)
        form.addRow(self.method)  # its names need all of the width
        form.addRow(label("Trust", "small"), self.badge)
        form.addRow(label("Trial", "small"), self.trial)
        both = QHBoxLayout()
        both.setSpacing(6)
        both.addWidget(self.view, 1)
        both.addWidget(self.rows, 1)
        form.addRow(label("Show", "small"), both)
        return controls


def _table_head(heads: Sequence[QLabel]) -> QWidget:
    return _table([""], [heads])


def _table(names: Sequence[str], rows: Sequence[Sequence[QLabel]]) -> QWidget:
    """Rows below each other; the columns of all tables lie at the same places."""
    table = QWidget()
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setSpacing(3)
    grid.setColumnMinimumWidth(0, _NAMES_PX)
    for row, (name, widgets) in enumerate(zip(names, rows, strict=True)):
        grid.addWidget(label(name, "small"), row, 0)
        for column, widget in enumerate(widgets, start=1):
            widget.setAlignment(Qt.AlignmentFlag.AlignCenter)
            grid.addWidget(widget, row, column)
            grid.setColumnStretch(column, 1)
    return table


def _show(widgets: list[list[HeatCell]], found: list[list[Cell]]) -> None:
    for line, row in zip(widgets, found, strict=True):
        for widget, cell in zip(line, row, strict=True):
            widget.show_cell(cell)


def _method_rows() -> list[tuple[str, str]]:
    keys = [DEFAULT_METHOD, *(key for key in METHODS if key != DEFAULT_METHOD)]
    return [(key, METHODS[key].words) for key in keys]
