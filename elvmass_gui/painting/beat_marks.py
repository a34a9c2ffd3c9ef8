"""The marks of the beats on the lower edge of the ECG page: their shape tells their grade."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QPainter, QPolygonF

from elvmass.beat import BeatGrade, BeatMark
from elvmass_gui.geometry.paper import Sheet
from elvmass_gui.painting.ink import pen, tint

#: The analysed beat: a calm blue that neither alarms nor drowns on pink.
MARK_INK = "#4C78A8"
_DARK_INK = "#2B4A6B"  # for marks of thin lines
#: Words of the legend.
GRADE_WORDS: dict[BeatGrade, str] = {
    BeatGrade.DOMINANT: "beats found",
    BeatGrade.ECTOPIC: "of another shape",
    BeatGrade.NOISY: "noisy",
    BeatGrade.INCOMPLETE: "incomplete",
}
_GRADE_TIPS: dict[BeatGrade, str] = {
    BeatGrade.DOMINANT: "of the usual shape, whole and clean",
    BeatGrade.ECTOPIC: "another shape of QRS: extrasystole or aberrant conduction",
    BeatGrade.NOISY: "covered by noise",
    BeatGrade.INCOMPLETE: "its window leaves the recording or touches a gap; not analysed",
}
_HALF_MM, _HIGH_MM, _REACH_MM = 0.8, 1.8, 1.6


def paint_beats(painter: QPainter, sheet: Sheet, beats: tuple[BeatMark, ...]) -> None:
    """A mark under every beat found, on the lower edge of the paper."""
    for strip in sheet.bottom_strips():
        for beat in beats:
            if strip.start_s <= beat.time_s <= strip.stop_s:
                paint_mark(painter, strip.x_mm(beat.time_s), sheet.paper.bottom, beat.grade)


def paint_mark(painter: QPainter, x: float, bottom: float, grade: BeatGrade) -> None:
    """Filled triangle (usual), open triangle (other shape), cross (noisy), dash (incomplete)."""
    left, right, top = x - _HALF_MM, x + _HALF_MM, bottom - _HIGH_MM
    painter.setPen(pen(_DARK_INK, 0.25))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if grade is BeatGrade.NOISY:
        painter.drawLines([QLineF(left, top, right, bottom), QLineF(left, bottom, right, top)])
        return
    if grade is BeatGrade.INCOMPLETE:
        painter.drawLine(QLineF(left, bottom - 0.4, right, bottom - 0.4))
        return
    if grade is BeatGrade.DOMINANT:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint(MARK_INK, 1.0))
    corners = ((left, bottom), (right, bottom), (x, top))
    painter.drawPolygon(QPolygonF([QPointF(a, b) for a, b in corners]))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def mark_at(sheet: Sheet, beats: tuple[BeatMark, ...], x: float, y: float) -> BeatMark | None:
    """The beat whose mark lies under a point of the sheet (mm), or None."""
    if not -2.0 * _HIGH_MM <= y - sheet.paper.bottom <= 1.0:
        return None
    near = [
        (abs(strip.x_mm(beat.time_s) - x), beat)
        for strip in sheet.bottom_strips()
        for beat in beats
        if strip.start_s <= beat.time_s <= strip.stop_s
    ]
    distance, nearest = min(near, key=lambda pair: pair[0], default=(_REACH_MM, None))
    return nearest if distance < _REACH_MM else None


def mark_text(mark: BeatMark) -> str:
    """What a mark says when it is pointed at."""
    name = "Beat" if mark.number is None else f"Beat {mark.number + 1}"
    text = f"{name} at {mark.time_s:.2f} s: {_GRADE_TIPS[mark.grade]}"
    text += f" (likeness to the usual QRS {mark.likeness:.2f})".replace("-", "−")
    return text if mark.number is None else f"{text}.\nClick to analyse this beat."
