"""Every window and dialog teaches, is used by keys, is told to a screen reader, and cuts nothing.

The widgets are found through Qt. Only the windows are made by hand, in ``all_windows``, and one
that nobody makes there fails the first test.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import helpers
import pytest
from gui.all_windows import KINDS, Windows
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtPrintSupport import QPrintPreviewWidget
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGraphicsView,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QScrollBar,
    QTabBar,
    QTabWidget,
    QTextBrowser,
    QWidget,
)

import elvmass_gui
from elvmass_gui import style
from elvmass_gui.lab.plots import Plot
from elvmass_gui.lab.window import LabWindow
from elvmass_gui.views.parts import Selector

_USABLE = (
    QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox, QAbstractSlider, QAbstractItemView,
    QTextBrowser, QPlainTextEdit, QProgressBar, QGraphicsView, QPrintPreviewWidget,
)  # fmt: skip
#: Painted by ourselves, but as Qt would: an ordinary control.
_ORDINARY = (Selector,)
#: The smallest screen that the program is made for.
_SMALL = (1366, 768 - 24)  # without the title of the window
#: Of a line of a tooltip, which Qt does not break.
_TIP_LETTERS = 110
_SHOWN = (QProgressBar, QGraphicsView, QPrintPreviewWidget)


@pytest.fixture
def windows(window, session, settings, tmp_path, analyst) -> Windows:
    session.adopt(helpers.synthetic_record())
    for _ in range(2):
        analyst.answer(helpers.toy_analysis(session.record))
    return Windows(window, session, settings, tmp_path / "own")


@pytest.fixture
def every(windows, qtbot) -> Iterator[dict[str, QWidget]]:
    """All windows, in sight."""
    made = {kind.__name__: windows.makers()[kind]() for kind in KINDS}
    for each in made.values():
        each.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(each)
        each.show()
    yield made
    for each in made.values():
        each.close()


@pytest.fixture
def boxes(windows, qtbot) -> dict[str, QMessageBox]:
    """All questions and statements, not shown yet."""
    made = {name: make() for name, make in windows.boxes().items()}
    for each in made.values():
        each.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(each)
    return made


def wrong(every: dict[str, QWidget], found: Callable[[QWidget], Iterable[str]]) -> str:
    """What is wrong in which window; nothing is "" and a test holds that it is."""
    return "\n".join(f"{name}: {what}" for name, root in every.items() for what in found(root))


# --- what there is ---------------------------------------------------------------------------


def subclasses(kind: type) -> Iterator[type]:
    for sub in kind.__subclasses__():
        yield sub
        yield from subclasses(sub)


def test_every_window_of_the_program_is_looked_at_here() -> None:
    for each in pkgutil.walk_packages(elvmass_gui.__path__, "elvmass_gui."):
        if not each.name.endswith("__main__"):
            importlib.import_module(each.name)
    own = [*subclasses(QDialog), *subclasses(LabWindow)]
    assert {kind for kind in own if kind.__module__.startswith("elvmass_gui")} == set(KINDS)


def is_standard(widget: QWidget) -> bool:
    """OK, Cancel, Close: whoever uses windows knows them."""
    box = widget.parentWidget()
    return isinstance(box, QDialogButtonBox) and (
        box.standardButton(widget) != QDialogButtonBox.StandardButton.NoButton
    )


def is_inside(widget: QWidget) -> bool:
    """A piece of Qt's: the field of a spin box, the list of a combo box, a scroll bar, a header."""
    owner = widget.parentWidget()
    return (
        isinstance(widget, QScrollBar | QHeaderView)
        or widget.objectName().startswith("qt_")
        or isinstance(owner, QAbstractSpinBox | QComboBox | QTabBar | Plot | QPrintPreviewWidget)
        or (owner is not None and owner.inherits("QComboBoxPrivateContainer"))
        or (isinstance(owner, QLineEdit) and isinstance(widget, QAbstractButton))
        or (isinstance(widget, QAbstractButton) and isinstance(owner, QAbstractItemView))
    )


def usable(root: QWidget) -> list[QWidget]:
    """Whatever can be clicked, typed into, read or looked at, in sight or not yet."""
    found = [w for w in root.findChildren(QWidget) if isinstance(w, _USABLE) or is_painted(w)]
    return [w for w in found if not is_inside(w)]


def is_painted(widget: QWidget) -> bool:
    """A picture of our own, or a chart."""
    own = [kind for kind in type(widget).__mro__ if kind.__module__.startswith("elvmass_gui")]
    return not isinstance(widget, _ORDINARY) and (
        isinstance(widget, Plot) or any("paintEvent" in vars(kind) for kind in own)
    )


def named(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton | QLabel) else ""
    return f"{type(widget).__name__}: {text or widget.accessibleName() or widget.objectName()}"


def plain(text: str) -> str:
    return text.replace("&", "").removesuffix("…").strip().casefold()


# --- it teaches ------------------------------------------------------------------------------


def is_taught(widget: QWidget) -> bool:
    """Its tooltip says more than it says itself. That of a parent is of something else."""
    own = widget.text() if isinstance(widget, QAbstractButton) else widget.accessibleName()
    return plain(widget.toolTip()) not in ("", plain(own))


def test_whatever_can_be_used_says_what_it_does(every) -> None:
    def silent(root: QWidget) -> list[str]:
        return [named(w) for w in usable(root) if not is_standard(w) and not is_taught(w)]

    assert wrong(every, silent) == ""


def test_every_column_says_what_stands_in_it(every) -> None:
    def silent(root: QWidget) -> Iterator[str]:
        across = Qt.Orientation.Horizontal
        for head in root.findChildren(QHeaderView):
            if head.orientation() is not across or head.isHidden():
                continue
            for column in range(head.count()):
                title, tip = (
                    head.model().headerData(column, across, role) or ""
                    for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
                )
                if plain(tip) in ("", plain(title)):
                    yield f"{head.parentWidget().accessibleName()}: {title}"

    assert wrong(every, silent) == ""


def test_every_tab_says_what_it_shows(every) -> None:
    def silent(root: QWidget) -> Iterator[str]:
        for bar in root.findChildren(QTabBar):
            yield from (bar.tabText(k) for k in range(bar.count()) if not bar.tabToolTip(k))

    assert wrong(every, silent) == ""


def test_every_heading_says_what_stands_below_it(every) -> None:
    def silent(root: QWidget) -> list[str]:
        titles = [w for w in root.findChildren(QLabel) if w.property("role") == "title"]
        return [named(w) for w in titles if not w.toolTip()]

    assert wrong(every, silent) == ""


def test_no_tooltip_runs_across_the_screen(every) -> None:
    def long(root: QWidget) -> list[str]:
        tips = [w.toolTip() for w in root.findChildren(QWidget)]
        return [t for t in tips if max(map(len, t.splitlines()), default=0) > _TIP_LETTERS]

    assert wrong(every, long) == ""


def test_every_answer_of_a_box_says_what_comes_of_it(boxes) -> None:
    def silent(root: QWidget) -> list[str]:
        asked = [w for w in root.findChildren(QPushButton) if not is_standard(w)]
        details = "Show Details..."  # Qt's own
        return [named(w) for w in asked if w.text() != details and not is_taught(w)]

    assert wrong(boxes, silent) == ""


# --- by keys ---------------------------------------------------------------------------------


def test_escape_closes_it(every, qtbot) -> None:
    for each in every.values():
        qtbot.keyClick(each, Qt.Key.Key_Escape)
    assert [name for name, each in every.items() if each.isVisible()] == []


def test_escape_and_enter_change_nothing_in_a_question(boxes, qtbot) -> None:
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        for name, each in boxes.items():
            each.show()
            each.activateWindow()
            qtbot.waitUntil(lambda each=each: QApplication.activeWindow() is each)
            qtbot.keyClick(each.focusWidget() or each, key)
            assert not each.isVisible(), (name, key)
            clicked = each.clickedButton()
            destroys = QMessageBox.ButtonRole.DestructiveRole
            assert clicked is None or each.buttonRole(clicked) is not destroys, name


def test_everything_is_reached_by_tab(every) -> None:
    def apart(root: QWidget) -> list[str]:
        asked = [w for w in usable(root) if not isinstance(w, _SHOWN) and not is_painted(w)]
        return [named(w) for w in asked if not w.focusPolicy() & Qt.FocusPolicy.TabFocus]

    del every["Palette"]  # its field keeps the focus and hands the arrows to the list
    assert wrong(every, apart) == ""


def mnemonic(text: str) -> str:
    """The letter that Alt goes with; "" if there is none."""
    return text.replace("&&", "").partition("&")[2][:1].casefold()


def test_every_button_has_a_letter_and_no_letter_is_twofold(every) -> None:
    def without(root: QWidget) -> Iterator[str]:
        asked = [w for w in usable(root) if isinstance(w, QPushButton | QCheckBox)]
        asked = [w for w in asked if len(plain(w.text())) > 1 and not is_standard(w)]
        yield from (named(w) for w in asked if not mnemonic(w.text()))
        texts = [w.text() for w in (*asked, *root.findChildren(QLabel))
                 if not isinstance(w, QLabel) or w.buddy() is not None]  # fmt: skip
        bars = root.findChildren(QTabBar)
        texts += [bar.tabText(k) for bar in bars for k in range(bar.count())]
        letters = Counter(letter for text in texts if (letter := mnemonic(text)))
        yield from (f"Alt+{letter} is twofold" for letter, n in letters.items() if n > 1)

    assert wrong(every, without) == ""


def test_a_click_on_a_label_of_a_form_goes_to_its_field(every) -> None:
    def alone(root: QWidget) -> Iterator[str]:
        for form in root.findChildren(QFormLayout):
            for row in range(form.rowCount()):
                item = form.itemAt(row, QFormLayout.ItemRole.LabelRole)
                title = item.widget() if item is not None else None
                if isinstance(title, QLabel) and title.text() and title.buddy() is None:
                    yield named(title)

    assert wrong(every, alone) == ""


# --- for a screen reader ---------------------------------------------------------------------


def test_everything_has_a_name(every) -> None:
    def silent(root: QWidget) -> Iterator[str]:
        captions = [w.buddy() for w in root.findChildren(QLabel) if w.buddy() is not None]
        for widget in usable(root):
            told = QAccessible.queryAccessibleInterface(widget)
            if widget not in captions and not told.text(QAccessible.Text.Name):
                yield named(widget)

    assert wrong(every, silent) == ""


# --- nothing is cut --------------------------------------------------------------------------


def test_each_fits_a_small_screen(every) -> None:
    sizes = {name: (each.width(), each.height()) for name, each in every.items()}
    assert {n: at for n, at in sizes.items() if at[0] > _SMALL[0] or at[1] > _SMALL[1]} == {}


def cut(widget: QWidget) -> bool:
    """Whether words of a label or a button are wider than their room, or run out of a column."""
    if not widget.text():
        return False
    seen = widget.visibleRegion().boundingRect()
    breaks = isinstance(widget, QLabel) and widget.wordWrap()
    too_wide = not breaks and widget.sizeHint().width() > widget.width()
    return too_wide or (not seen.isEmpty() and seen.width() < widget.width())


def pages(root: QWidget) -> Iterator[None]:
    """Turn to each page of the window."""
    book = root.findChild(QTabWidget)
    for page in range(1 if book is None else book.count()):
        if book is not None:
            book.setCurrentIndex(page)
        yield


@pytest.mark.parametrize("points", [9.0, 12.0])
def test_no_words_are_cut(every, qapp, points, qtbot) -> None:
    def too_narrow(root: QWidget) -> Iterator[str]:
        words = [w for w in root.findChildren(QWidget) if isinstance(w, QLabel | QAbstractButton)]
        for _ in pages(root):
            root.layout().activate()
            qtbot.wait(20)  # titles are laid out when their page comes into sight
            yield from (named(w) for w in words if w.isVisible() and not is_inside(w) and cut(w))

    former, larger = qapp.font(), qapp.font()
    larger.setPointSizeF(points)
    try:
        qapp.setFont(larger)
        style.apply(qapp, style.theme())
        assert wrong(every, too_narrow) == ""
    finally:
        qapp.setFont(former)
        style.apply(qapp, style.theme())
