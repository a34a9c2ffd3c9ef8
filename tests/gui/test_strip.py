"""Rows of controls that give way: at any width and size of text, no word is cut."""

from __future__ import annotations

import helpers
import pytest
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent, QScreen
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QToolTip, QWidget

from elvmass_gui import style
from elvmass_gui.main_window import MainWindow
from elvmass_gui.messages import Message
from elvmass_gui.views.calibration import CalibrationDialog
from elvmass_gui.views.comparison import ComparisonWindow
from elvmass_gui.views.parts import Selector
from elvmass_gui.views.strip import Choice, Line, StripLayout, Tag, Tick, fitting

#: 1920 × 1080 at 200 % within its frame, up to 3840 × 2160 at 200 %.
SIZES = ((944, 492), (1024, 600), (1280, 720), (1366, 768), (1440, 900), (1536, 864), (1920, 1080))

#: Two lines on a small screen.
LONG = Message(
    "No estimate",
    "Leads V2, V5 are flat. No estimate is made from an incomplete ECG: check the electrodes",
    "The ECG itself can still be read and exported.",
)


@pytest.fixture(params=(9.0, 12.0), ids=("usual text", "large text"))
def analysed(request, qtbot, qapp, session, settings, analyst):
    """The window with an ECG and its explanation, for a desktop with text of this size."""
    usual = qapp.font()
    font = qapp.font()
    font.setPointSizeF(request.param)
    qapp.setFont(font)
    style.apply(qapp)
    made = MainWindow(session, settings)
    qtbot.addWidget(made)
    made.add_panels()
    made.show()
    session.adopt(helpers.synthetic_record())
    for _ in range(2):
        analyst.answer(helpers.explained_analysis(session.record))
    yield made
    made.close()
    qapp.setFont(usual)
    style.apply(qapp)


def shown_text(widget: QWidget) -> str:
    """What a control says at its present width."""
    if isinstance(widget, Selector):
        return widget.shown_text(widget.room_px())
    if isinstance(widget, Line):
        return widget.shown_text()
    return widget.text()


def is_cut(widget: QWidget) -> bool:
    """Whether a control has too little room for what it says."""
    if isinstance(widget, (Selector, Line)):
        return "…" in shown_text(widget)
    if isinstance(widget, QLabel) and widget.wordWrap():
        return widget.height() < widget.heightForWidth(widget.width())
    return widget.width() < widget.minimumSizeHint().width() or (
        widget.height() < widget.minimumSizeHint().height()
    )


def controls(window: MainWindow) -> list[QWidget]:
    """All that says something above and between the pictures, and in the column of numbers."""
    kinds = (Selector, Tick, Tag, QLabel, QToolButton)
    found = {each: None for kind in kinds for each in window.findChildren(kind)}
    return [each for each in found if each.isVisible()]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "{}x{}".format(*size))
def test_no_control_is_cut_at_any_size_of_the_window(analysed, size, qtbot) -> None:
    analysed.resize(*size)
    qtbot.waitUntil(lambda: analysed.width() == size[0])
    QApplication.processEvents()
    assert [shown_text(each) for each in controls(analysed) if is_cut(each)] == []


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "{}x{}".format(*size))
def test_the_selectors_of_the_page_are_never_out_of_reach(analysed, size, qtbot) -> None:
    analysed.resize(*size)
    tools = analysed.commands.tool_bar
    qtbot.waitUntil(lambda: analysed.page.isVisible())
    boxes = analysed.page.findChildren(Choice)
    assert len(boxes) == 6
    for box in boxes:
        assert box.isVisible()
        assert box.mapTo(tools, QPoint(box.width(), box.height() - 1)).x() <= tools.width()
    hidden = [a for a in tools.actions() if not tools.widgetForAction(a).isVisible()]
    more = tools.findChild(QToolButton, "qt_toolbar_ext_button")
    assert more.isVisible() is bool(hidden)


def test_words_come_back_on_the_tool_bar_for_those_that_have_them(window, qtbot) -> None:
    bar, only = window.commands.tool_bar, Qt.ToolButtonStyle.ToolButtonIconOnly
    for width in (940, 1600):
        window.resize(width, 600)
        QApplication.processEvents()
    with_words = [b.text() for b in buttons(window) if b.toolButtonStyle() is not only]
    assert with_words == ["Open", "Previous", "Next", "Export"]
    assert bar.sizeHint().width() <= 1600


def buttons(window: MainWindow) -> list[QToolButton]:
    bar = window.commands.tool_bar
    found = [bar.widgetForAction(action) for action in bar.actions()]
    return [each for each in found if isinstance(each, QToolButton)]


@pytest.mark.parametrize("with_bars", [False, True], ids=("alone", "with message and tabs"))
def test_the_window_asks_for_no_more_than_a_small_screen(analysed, session, with_bars) -> None:
    if with_bars:
        analysed.message_bar.show_message(LONG)
        analysed.tabs.bar.show()
        session.adopt(helpers.synthetic_record(seconds=30.0))  # and with a scroll bar
        QApplication.processEvents()
    least = analysed.minimumSizeHint()
    assert least.width() <= 944
    assert least.height() <= 492


def test_the_longest_words_that_fit_are_taken(qapp) -> None:
    words = ("as trained: middle, 5 of 9", "trained: 5 of 9")
    metrics = QFontMetrics(qapp.font())
    assert fitting(words, 1000, metrics) == words[0]
    assert fitting(words, metrics.horizontalAdvance(words[1]), metrics) == words[1]
    assert fitting(words, metrics.horizontalAdvance(words[1]) - 1, metrics).endswith("…")


def test_a_box_shows_what_its_list_says_in_fewer_words(qtbot) -> None:
    rows = (("3×4+1 Cabrera", "3×4+1 Cab."), "a"), (("6×2",), "b")
    box = Choice("layout", "Lead layout", rows)
    qtbot.addWidget(box)
    box.resize(box.sizeHint())
    assert box.shown_text(box.room_px()) == "3×4+1 Cabrera"
    box.resize(box.minimumSizeHint())
    assert box.shown_text(box.room_px()) == "3×4+1 Cab."
    assert box.currentText() == "3×4+1 Cabrera"
    box.set_words(0, ("3×4+1 with Cabrera's order", "3×4+1 in another order"))
    assert box.shown_text(box.room_px()).endswith("…")
    assert box.minimumSizeHint().width() > box.width()


def test_a_box_says_all_of_it_where_the_mouse_rests(qtbot, monkeypatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda at, text, box: said.append(text))
    box = Selector()
    qtbot.addWidget(box)
    box.addItem("simulated_man_hypertrophy.xml")
    box.setToolTip("The other ECG")
    rests = QHelpEvent(QEvent.Type.ToolTip, QPoint(5, 5), QPoint(5, 5))
    box.resize(90, 24)
    assert box.event(rests)
    assert said == ["simulated_man_hypertrophy.xml\nThe other ECG"]


def test_a_strip_breaks_where_its_shortest_words_end(qtbot) -> None:
    strip = QWidget()
    qtbot.addWidget(strip)
    layout = StripLayout(strip)
    layout.setContentsMargins(0, 0, 0, 0)
    ticks = [Tick(f"Overlay beats {k}", f"Overlay {k}") for k in range(3)]
    for tick in ticks:
        layout.addWidget(tick)
    strip.show()
    strip.resize(layout.sizeHint())
    assert [tick.text() for tick in ticks] == [f"Overlay beats {k}" for k in range(3)]
    one_row = layout.heightForWidth(layout.sizeHint().width())
    least = sum(t.minimumSizeHint().width() for t in ticks) + 2 * layout.spacing()
    strip.resize(least, one_row)
    assert [tick.text() for tick in ticks] == [f"Overlay {k}" for k in range(3)]
    assert layout.heightForWidth(least) == one_row
    strip.resize(least - 1, layout.heightForWidth(least - 1))
    assert layout.heightForWidth(least - 1) > 1.5 * one_row
    assert [tick.y() > ticks[0].y() for tick in ticks] == [False, False, True]
    assert all(tick.geometry().right() < strip.width() for tick in ticks)


@pytest.mark.parametrize("key", ["what_if", "guide", "shortcuts"])
def test_no_other_window_is_larger_than_a_small_screen(key, explained, monkeypatch) -> None:
    small = QSize(960, 540)
    monkeypatch.setattr(QScreen, "availableSize", lambda self: small)
    before = set(QApplication.topLevelWidgets())
    explained.commands.actions[key].trigger()
    opened = [w for w in QApplication.topLevelWidgets() if w not in before and w.isVisible()]
    assert len(opened) == 1
    assert opened[0].width() < small.width()
    assert opened[0].height() < small.height()
    opened[0].close()


def test_a_comparison_and_a_calibration_keep_to_a_small_screen(qtbot, monkeypatch) -> None:
    small = QSize(960, 540)
    monkeypatch.setattr(QScreen, "availableSize", lambda self: small)
    parent = QWidget()
    qtbot.addWidget(parent)
    for made in (ComparisonWindow(3.78, parent), CalibrationDialog(3.78, parent)):
        assert made.width() < small.width()
        assert made.height() < small.height()
