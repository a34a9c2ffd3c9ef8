"""Themes: every text can be read on every ground that it stands on, and a change reaches all."""

from __future__ import annotations

from collections.abc import Iterator

import helpers
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QImage, QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from elvmass_gui import settings as rows
from elvmass_gui import style
from elvmass_gui.commands.actions import COMMANDS
from elvmass_gui.looks import theme_of
from elvmass_gui.painting.grid import BLUE_GREY, PINK
from elvmass_gui.painting.ink import FAINT, SEGMENT_TEXT, TEXT
from elvmass_gui.themes import (
    CHOICES,
    CONTRAST,
    DARK,
    LIGHT,
    THEMES,
    contrast,
    luminance,
    mixed,
    readable_on,
)

#: WCAG 2.2: AA for text, AAA for the theme that exists for its contrast.
LEAST = {"light": 4.5, "dark": 4.5, "contrast": 7.0}


@pytest.fixture(autouse=True)
def _light_again(qapp) -> Iterator[None]:
    yield
    style.apply(qapp, LIGHT)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert luminance("#ff0000") == pytest.approx(0.2126)


@pytest.mark.parametrize("key", THEMES)
def test_every_text_can_be_read_on_its_ground(key) -> None:
    for what, ink, ground in THEMES[key].pairs:
        assert contrast(ink, ground) >= LEAST[key], f"{key}: {what}, {ink} on {ground}"


@pytest.mark.parametrize("key", THEMES)
def test_numbers_of_the_importance_table_can_be_read(key) -> None:
    for depth in np.linspace(0.0, 1.0, 101):
        ground = mixed(*THEMES[key].heat, float(depth))
        assert contrast(ground, readable_on(ground)) >= LEAST[key], f"{key} at {depth}"


def test_words_on_paper_can_be_read_in_every_theme() -> None:
    for ink in (TEXT, FAINT, *SEGMENT_TEXT.values()):
        for paper in ("#FFFFFF", PINK.paper, BLUE_GREY.paper):
            assert contrast(ink, paper) >= 7.0, f"{ink} on {paper}"


def test_sizes_follow_the_text_of_the_desktop(qapp) -> None:
    font = qapp.font()
    larger = QFont(font)
    larger.setPointSizeF(2 * font.pointSizeF())
    usual = style.side_px(), style.scaled(76)
    small = style.points(8)
    try:
        qapp.setFont(larger)
        style.apply(qapp)
        assert (style.side_px(), style.scaled(76)) == tuple(2 * px for px in usual)
        assert f"font-size: {style.points(8)}" in style.sheet(LIGHT)
        assert style.points(8) != small
    finally:
        qapp.setFont(font)


@pytest.mark.parametrize("key", THEMES)
@pytest.mark.parametrize("kind", [QDoubleSpinBox, QSpinBox, QComboBox, QPushButton, QLineEdit])
def test_what_can_be_used_is_outlined(qapp, qtbot, key, kind) -> None:
    """Fusion's own outline is darker than the ground, which is no outline in the dark."""
    style.apply(qapp, THEMES[key])
    window = QWidget()
    qtbot.addWidget(window)
    made = kind(window)
    made.resize(90, 26)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # that has an outline of its own
    window.show()
    image = made.grab().toImage()
    ends = [image.pixelColor(45, y).name() for y in (0, image.height() - 1)]
    assert ends == [THEMES[key].control] * 2


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # as a popup asks
@pytest.mark.parametrize("key", THEMES)
def test_the_present_row_of_a_list_is_a_selection(key, qapp, qtbot) -> None:
    style.apply(qapp, THEMES[key])
    box = QComboBox()
    qtbot.addWidget(box)
    box.addItems(["one", "two", "three"])
    box.setCurrentIndex(1)
    box.show()
    box.showPopup()
    view = box.view()
    image = view.viewport().grab().toImage()
    grounds = []
    for row in range(3):
        place = view.visualRect(view.model().index(row, 0))
        grounds.append(image.pixelColor(place.right() - 2, place.center().y()).name())
    assert grounds == [THEMES[key].card, THEMES[key].accent, THEMES[key].card]
    present = image.copy(view.visualRect(view.model().index(1, 0)))
    places = ((x, y) for x in range(present.width()) for y in range(present.height()))
    inks = {present.pixelColor(*place).name() for place in places}
    assert THEMES[key].on_accent in inks
    box.hidePopup()


@pytest.mark.parametrize("key", THEMES)
def test_the_palette_has_the_themes_contrast(key) -> None:
    role = QPalette.ColorRole
    palette = style.palette(THEMES[key])
    for ink, ground in (
        (role.WindowText, role.Window), (role.Text, role.Base), (role.Text, role.AlternateBase),
        (role.ButtonText, role.Button), (role.ToolTipText, role.ToolTipBase),
        (role.HighlightedText, role.Highlight), (role.PlaceholderText, role.Base),
        (role.Link, role.Base), (role.LinkVisited, role.Base),
    ):  # fmt: skip
        pair = [palette.color(each).name() for each in (ink, ground)]
        assert contrast(*pair) >= LEAST[key], f"{key}: {ink} on {ground}"


def test_a_sheet_uses_colours_of_its_theme_only() -> None:
    for look in THEMES.values():
        known = {getattr(look, name) for name in look.__slots__ if name != "heat"}
        used = {word.strip(";{},") for word in style.sheet(look).split() if word.startswith("#")}
        colours = {word for word in used if len(word) == 7 and QColor(word).isValid()}
        assert len(colours) > 5
        assert colours <= known


def test_the_contrast_theme_has_thick_traces(window, session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    ink = []
    for key in ("light", "contrast"):
        window.commands.actions[f"theme_{key}"].trigger()
        window.ecg._rest.stop()
        image = window.ecg.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        pixels = np.array(image.constBits(), dtype=np.uint8).reshape(-1, 4)  # a copy
        ink.append(np.count_nonzero(pixels[:, :3].max(axis=1) < 64))
    assert ink[1] > 1.3 * ink[0] > 0


def test_the_ecg_stays_paper_in_the_dark(window, session) -> None:
    session.adopt(helpers.synthetic_record())
    window.commands.actions["theme_dark"].trigger()
    image = window.ecg.grab().toImage()
    assert image.pixelColor(2, 2) == QColor("#ffffff")
    assert window.palette().color(QPalette.ColorRole.Window) == QColor(DARK.ground)


def test_a_change_reaches_the_cells_of_the_table(window, session, analyst, qtbot) -> None:
    session.adopt(helpers.synthetic_record())
    for _ in range(2):
        analyst.answer(helpers.toy_analysis(session.record))
    cell = window.panels.side.importance.cells[0][1]
    for key, theme in (("light", LIGHT), ("dark", DARK)):
        window.commands.actions[f"theme_{key}"].trigger()
        colour = cell.grab().toImage().pixelColor(cell.width() // 2, 2)
        assert colour == QColor(mixed(*theme.heat, cell._depth))


def test_is_remembered_and_checked_in_the_menu(window) -> None:
    window.commands.actions["theme_contrast"].trigger()
    assert window.preferences[rows.THEME] == "contrast"
    checked = [c for c in CHOICES if window.commands.actions[f"theme_{c}"].isChecked()]
    assert checked == ["contrast"]
    assert style.theme() is CONTRAST
    assert theme_of("contrast") is CONTRAST


def test_follows_the_desktop_if_it_is_told_to(window, monkeypatch) -> None:
    desktop = {"scheme": Qt.ColorScheme.Dark}

    class Hints:
        def colorScheme(self) -> Qt.ColorScheme:
            return desktop["scheme"]

    monkeypatch.setattr(QGuiApplication, "styleHints", Hints)
    window.commands.actions["theme_system"].trigger()
    assert style.theme() is DARK
    desktop["scheme"] = Qt.ColorScheme.Light
    window.workflow.looks._on_desktop()
    assert style.theme() is LIGHT
    window.commands.actions["theme_contrast"].trigger()
    window.workflow.looks._on_desktop()
    assert style.theme() is CONTRAST


def test_icons_follow_the_ink(window, session) -> None:
    session.adopt(helpers.synthetic_record())
    window.commands.actions["theme_dark"].trigger()
    for command in COMMANDS:
        if not command.icon:
            continue
        image = window.commands.actions[command.key].icon().pixmap(20, 20).toImage()
        drawn = [
            image.pixelColor(x, y)
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() > 200
        ]
        assert drawn
        assert all(contrast(colour.name(), DARK.card) > 4.5 for colour in drawn), command.key
