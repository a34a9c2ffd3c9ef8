"""Two analysed beats over each other, lead by lead, at 25 mm/s and 10 mm/mV."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtGui import QPainter

from elvmass.beat import Beat
from elvmass.record import LEADS, FloatArray
from elvmass_gui.geometry.paper import Rect, Scale
from elvmass_gui.painting.grid import PINK, draw_grid
from elvmass_gui.painting.ink import BLACK, PRINT, Stroke, TextStyle, clipped, draw_text
from elvmass_gui.painting.trace import draw_trace

#: The ink of the other ECG: stands out from black and from the pink grid for every kind of
#: colour vision, and is a middle grey in a black-and-white print.
OTHER_INK = "#0072B2"
#: Seconds shown before and after R.
BEFORE_S, AFTER_S = 0.35, 0.65
#: The level of a beat is taken over so long before QRS, as the voltages are measured.
_LEVEL_S = 0.02
_SCALE = Scale()
_PER_ROW = 6
_CELL_MM = (BEFORE_S + AFTER_S) * _SCALE.mm_per_s
_GAP_MM = 2.5
_AIR_MM = 4.0
_NAME = TextStyle(2.8, BLACK, bold=True)

#: Width of six leads beside each other, mm.
WIDTH_MM = _PER_ROW * _CELL_MM + (_PER_ROW - 1) * _GAP_MM

Inked = tuple[Beat, str]


def from_r(beat: Beat) -> tuple[FloatArray, FloatArray]:
    """Seconds from R [m], and the leads [12, m] in mV above their level just before QRS.

    NaN where the neighbouring beats would begin.
    """
    seconds = (np.arange(beat.signal_mv.shape[1]) - beat.r_index) / beat.rate_hz
    onset = beat.fiducials.qrs_on
    first = max(0, onset - max(1, round(_LEVEL_S * beat.rate_hz)))
    level = beat.signal_mv[:, first : max(onset, first + 1)].mean(axis=1, keepdims=True)
    leads = beat.signal_mv - level
    leads[:, : beat.valid_from] = np.nan
    leads[:, beat.valid_to :] = np.nan
    return seconds, leads


def paint_overlay(
    painter: QPainter, box: Rect, beats: Sequence[Inked], stroke: Stroke = PRINT
) -> bool:
    """Paint limb leads above precordial leads into ``box``; the last beat lies on top.

    Returns whether a wave ends at the edge of its paper. The box is :data:`WIDTH_MM` wide; its
    height is shared out by how tall the waves of either row are.
    """
    curves = [(*from_r(beat), ink) for beat, ink in beats]
    rows = [range(0, _PER_ROW), range(_PER_ROW, 2 * _PER_ROW)]
    spans = [_span_mm(curves, row) for row in rows]
    spare = box.height - _GAP_MM - sum(up + down for up, down in spans)
    y, cut = box.y, False
    for row, (up, down) in zip(rows, spans, strict=True):
        height = max(10.0, up + down + spare / 2)
        zero_y = y + up + (height - up - down) / 2
        cut = cut or height < up + down - 2 * _AIR_MM
        for k, lead in enumerate(row):
            cell = Rect(box.x + k * (_CELL_MM + _GAP_MM), y, _CELL_MM, height)
            _paint_lead(painter, cell, zero_y, [(s, v[lead], ink) for s, v, ink in curves], stroke)
            draw_text(painter, cell.x + 1.0, y + 3.4, LEADS[lead], _NAME)
        y += height + _GAP_MM
    return cut


def _span_mm(
    curves: Sequence[tuple[FloatArray, FloatArray, str]], row: range
) -> tuple[float, float]:
    """Room above and below the level that the leads of a row ask for, mm."""
    values = np.concatenate([leads[list(row)].ravel() for _, leads, _ in curves])
    up, down = float(np.nanmax(values)), float(-np.nanmin(values))
    per_mv = _SCALE.mm_per_mv
    return max(0.0, up) * per_mv + _AIR_MM, max(0.0, down) * per_mv + _AIR_MM


def _paint_lead(
    painter: QPainter,
    cell: Rect,
    zero_y: float,
    curves: Sequence[tuple[FloatArray, FloatArray, str]],
    stroke: Stroke,
) -> None:
    draw_grid(painter, cell, PINK, stroke)
    with clipped(painter, cell):
        for seconds, values, ink in curves:
            x = cell.x + (seconds + BEFORE_S) * _SCALE.mm_per_s
            draw_trace(painter, x, zero_y - values * _SCALE.mm_per_mv, stroke, ink)
