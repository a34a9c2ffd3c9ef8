"""The pictures of the lab: legible in every theme, and nothing of them is hidden."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor, QTextDocument

from elvmass.train.runtime.history import HistoryRow
from elvmass_gui import style
from elvmass_gui.lab.plots import (
    COLOURS,
    ON_DARK,
    Plot,
    colours,
    draw_agreement,
    draw_calibration,
    draw_curves,
)
from elvmass_gui.themes import CONTRAST, DARK, LIGHT, THEMES, contrast

#: WCAG 2.2 asks that of graphics.
LEAST = 3.0
HISTORY = ((HistoryRow(1, 0.001, 0.9, 0.8, 1.0), HistoryRow(2, 0.001, 0.7, 0.6, 1.0)),)
SCORES = {
    "truth_g": [100.0, 120.0, 140.0, 160.0],
    "estimate_g": [104.0, 118.0, 139.0, 150.0],
    "sex_male": [1.0, 0.0, 1.0, None],
    "agreement": {k: {"value": v} for k, v in (("bias", -2.3), ("lower", -13.1), ("upper", 8.6))},
    "calibration": {
        "estimate_g": [111.0, 144.5], "truth_g": [110.0, 150.0], "truth_se_g": [4.0, 5.0],
        "n": [145, 146],
    },
}  # fmt: skip


@pytest.fixture
def plot(qtbot, qapp) -> Plot:
    style.apply(qapp, LIGHT)
    made = Plot("Name", "bottom (g)", "left (g)", tip="How it is read.")
    qtbot.addWidget(made)
    made.resize(260, 360)
    made.show()
    yield made
    style.apply(qapp, LIGHT)


def drawn(plot: Plot) -> set[str]:
    """Colours of the lines that are drawn."""
    return {QColor(item.opts["pen"].color()).name() for item in plot.widget.listDataItems()}


@pytest.mark.parametrize("key", list(THEMES))
def test_every_colour_stands_out_from_the_ground(qapp, key) -> None:
    style.apply(qapp, THEMES[key])
    try:
        found = {ink: round(contrast(ink, THEMES[key].card), 2) for ink in colours()}
        assert min(found.values()) >= LEAST, found
        assert len(found) == len(COLOURS)
    finally:
        style.apply(qapp, LIGHT)


def test_a_picture_follows_the_theme(plot, qapp) -> None:
    plot.show_picture(lambda: draw_curves(plot, HISTORY, None))
    assert drawn(plot) == {COLOURS[0]}
    style.apply(qapp, DARK)
    assert drawn(plot) == {ON_DARK[0]}
    assert ON_DARK[0] in plot.legend.text()
    style.apply(qapp, CONTRAST)
    assert drawn(plot) == {COLOURS[0]}


def test_the_limits_of_agreement_stand_in_the_legend(plot) -> None:
    draw_agreement(plot, SCORES)
    text = words(plot)
    assert "bias −2.3 g" in text
    assert "−13.1 to +8.6 g" in text
    for name in ("men", "women", "sex unknown"):
        assert f"■\N{NO-BREAK SPACE}{name}".replace(" ", "\N{NO-BREAK SPACE}") in text


@pytest.mark.parametrize("draw", [draw_agreement, draw_calibration])
def test_no_legend_is_wider_than_its_picture(plot, draw) -> None:
    draw(plot, SCORES)
    page = QTextDocument()
    page.setDefaultFont(plot.legend.font())
    page.setHtml(plot.legend.text())
    page.setTextWidth(0)  # as narrow as its longest piece that is not broken
    assert page.idealWidth() <= plot.legend.width()


def test_a_double_click_shows_all_of_it_again(plot, qtbot) -> None:
    draw_curves(plot, HISTORY, None)
    view = plot.widget.getViewBox()
    view.updateAutoRange()
    whole = np.array(view.viewRange())
    view.setRange(xRange=(1.4, 1.5), yRange=(0.7, 0.71), padding=0)
    assert not np.allclose(view.viewRange(), whole)
    plot.widget.scene().sigMouseClicked.emit(DoubleClick())
    view.updateAutoRange()
    assert np.allclose(view.viewRange(), whole)


class DoubleClick:
    def double(self) -> bool:
        return True


def words(plot: Plot) -> str:
    page = QTextDocument()
    page.setHtml(plot.legend.text())
    return page.toRawText()
