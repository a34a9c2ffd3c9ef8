"""The window as a whole, with workers that the test answers by hand."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import helpers
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QLabel, QWidget

import elvmass_resources
from elvmass.errors import CorruptFileError, SignalError
from elvmass.record import Notice, Source
from elvmass_gui import settings as rows
from elvmass_gui.commands.actions import COMMANDS
from elvmass_gui.commands.beat_actions import BEAT_COMMANDS
from elvmass_gui.commands.command_bar import CommandBar
from elvmass_gui.commands.page_actions import PAGE_COMMANDS
from elvmass_gui.main_window import MainWindow
from elvmass_gui.messages import WorkerError
from elvmass_gui.processes.worker import Answer
from elvmass_gui.settings import Settings
from elvmass_gui.views.notices import RESEARCH, SIMULATED


@pytest.fixture
def analysed(window, session, analyst):
    """The window with a complete analysis."""
    session.adopt(helpers.synthetic_record())
    for _ in range(2):
        analyst.answer(helpers.toy_analysis(session.record))
    return window


def test_starts_with_words_and_without_numbers(window) -> None:
    for panel in window.panels.side.panels:
        assert panel.state
    assert window.banner.isVisible()
    assert not window.commands.actions["export"].isEnabled()


def test_invites_to_open_an_ecg_until_one_is_open(window, session, reader) -> None:
    assert window.empty.isVisible()
    assert window.empty.size() == window.ecg.size()
    assert not [line.text() for line in window.empty.findChildren(QLabel) if _is_cut(line)]
    window.empty.example.click()
    assert reader.last.path.is_file()
    assert reader.last.path.name.startswith("simulated")
    session.adopt(helpers.synthetic_record())
    assert not window.empty.isVisible()


def test_shows_an_analysis(analysed) -> None:
    side = analysed.panels.side
    assert side.result.mass.text() == "141 g"
    assert "73.8 g/m²" in side.result.index.text()
    assert "not settled" in side.result.verdict.text()
    assert [panel.state for panel in side.panels] == [""] * len(side.panels)
    assert analysed.commands.actions["export"].isEnabled()
    assert "synthetic.xml" in analysed.windowTitle()


def test_a_bad_file_leaves_the_ecg_and_says_what_helps(analysed, session, reader, qtbot) -> None:
    page = analysed.ecg
    qtbot.waitUntil(lambda: not (page._rest.isActive() or page._marking.isActive()))
    before = analysed.ecg.grab().toImage()
    session.open(Path("bad.xml"))
    reader.answer(error=CorruptFileError(Path("bad.xml"), "lead V3 is cut", "Export it again"))
    bar = analysed.message_bar
    assert bar.isVisible()
    assert (bar.thing.text(), bar.text.text()) == ("bad.xml", "lead V3 is cut. Export it again.")
    bar.hide()
    qtbot.waitUntil(lambda: analysed.ecg.size() == before.size())
    assert analysed.panels.side.result.mass.text() == "141 g"
    assert analysed.ecg.grab().toImage() == before


def test_another_file_clears_the_old_numbers_at_once(analysed, session) -> None:
    other = helpers.synthetic_record(bpm=90)
    session.adopt(replace(other, source=Source(Path("other.xml"), "test")))
    assert "on its way" in analysed.panels.side.result.state
    assert analysed.panels.side.importance.state
    assert "other.xml" in analysed.windowTitle()


def test_no_estimate_is_said_where_the_number_would_be(window, session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    analyst.answer(error=SignalError("Lead V2 is flat"))
    assert window.panels.side.result.state == "No estimate. Lead V2 is flat."
    assert window.panels.side.contributions.state == "There is no estimate to explain."
    assert window.panels.beat.accessibleDescription().endswith("Lead V2 is flat.")


def test_a_correction_goes_from_the_field_to_the_analyst(analysed, analyst, qtbot) -> None:
    field = analysed.panels.side.patient.fields["weight_kg"].text
    field.setFocus()  # else Return belongs to the page
    field.selectAll()
    qtbot.keyClicks(field, "95")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert analyst.last.record.patient.weight_kg == 95.0
    assert analysed.panels.side.patient.marks["weight_kg"].text() == "file: 78 kg"
    assert analysed.commands.actions["reset_patient"].isEnabled()
    analysed.commands.actions["reset_patient"].trigger()
    assert analyst.last.record.patient.weight_kg == 78.0
    assert not analysed.panels.side.patient.marks["weight_kg"].isVisible()


def test_a_correction_keeps_the_zoom(analysed, session) -> None:
    analysed.ecg.zoom_in()
    before = analysed.ecg.scale_text()
    session.correct(replace(session.record.patient, age_years=40.0))
    assert analysed.ecg.scale_text() == before


def test_another_limit_is_asked_for_and_remembered(analysed, analyst) -> None:
    box = analysed.panels.side.result.threshold
    box.setCurrentIndex(box.findData("cmr_ukb_2017"))
    box.activated.emit(box.currentIndex())
    assert analyst.last.options.threshold == "cmr_ukb_2017"
    assert analysed.preferences[rows.THRESHOLD] == "cmr_ukb_2017"


def test_the_research_strip_stays(analysed, session, analyst) -> None:
    assert analysed.banner.text() == SIMULATED
    card = replace(helpers.toy_card(), simulated=False)
    analysis = helpers.toy_analysis(session.record)
    session.analyse()
    analyst.answer(replace(analysis, estimate=replace(analysis.estimate, card=card)))
    assert analysed.banner.text() == RESEARCH
    assert analysed.banner.isVisible()


def test_notices_of_file_and_estimate_are_shown_once(window, session, analyst) -> None:
    record = replace(helpers.synthetic_record(), notices=(Notice("a", "Lead V1 is noisy."),))
    session.adopt(record)
    assert window.panels.side.notices.texts == ["Lead V1 is noisy."]
    analysis = helpers.toy_analysis(record)
    both = (*analysis.estimate.notices, *record.notices)
    estimate = replace(analysis.estimate, notices=both)
    analyst.answer(replace(analysis, estimate=estimate))
    assert window.panels.side.notices.texts == [
        "Model trained on simulated ECGs; research use only.", "Lead V1 is noisy.",
    ]  # fmt: skip


def test_export_writes_what_is_on_the_screen(analysed, tmp_path, monkeypatch) -> None:
    target = tmp_path / "out"
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *a: (str(target), "PDF report (*.pdf)")
    )
    analysed.commands.actions["export"].trigger()
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")


def test_an_export_without_name_suggests_no_name(analysed, tmp_path, monkeypatch) -> None:
    suggested = []
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *a: suggested.append(a[2]) or ("", "")
    )
    analysed.commands.actions["export_anonymous"].trigger()
    assert Path(suggested[0]).name == "report.pdf"


def test_an_export_that_fails_is_a_message(analysed, tmp_path, monkeypatch) -> None:
    target = tmp_path / "none" / "out.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(target), "PDF"))
    analysed.commands.actions["export"].trigger()
    assert analysed.message_bar.isVisible()


def test_closing_remembers_and_tells(window, qtbot, settings, tmp_path) -> None:
    window.page.arrangement.setCurrentIndex(3)
    window.page.arrangement.activated.emit(3)
    with qtbot.waitSignal(window.closing):
        window.close()
    again = Settings(tmp_path / "viewer.ini")
    assert again[rows.LAYOUT] == "6x2"
    assert again[rows.GEOMETRY].size() > 0
    assert not again.notice


def test_settings_hold_no_name(analysed, tmp_path) -> None:
    analysed.close()
    text = (tmp_path / "viewer.ini").read_text()
    assert "Test" not in text
    assert "synthetic.xml" not in text


def test_a_narrow_window_keeps_the_selectors_and_drops_words(window, qtbot) -> None:
    bar = window.commands.tool_bar
    window.resize(1600, 768)
    qtbot.waitUntil(lambda: bar.toolButtonStyle() is not Qt.ToolButtonStyle.ToolButtonIconOnly)
    window.resize(940, 500)  # 1920 × 1080 at 200 %, without the frame
    qtbot.waitUntil(lambda: bar.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly)
    assert window.width() == 940
    qtbot.waitUntil(window.page.isVisible)
    window.resize(1600, 768)
    qtbot.waitUntil(lambda: bar.toolButtonStyle() is not Qt.ToolButtonStyle.ToolButtonIconOnly)


def test_guide_and_about_open(analysed, qtbot) -> None:
    for key in ("guide", "about"):
        analysed.commands.actions[key].trigger()
    assert len([d for d in analysed.children() if isinstance(d, QWidget) and d.isWindow()]) >= 2


def test_every_command_has_its_icon_and_handler(window) -> None:
    for command in COMMANDS:
        action = window.commands.actions[command.key]
        assert action.toolTip()
        if command.icon:
            assert elvmass_resources.path("icons", f"{command.icon}.svg").is_file()
            assert not action.icon().pixmap(20, 20).isNull()


def test_no_two_commands_share_a_letter_of_a_menu_or_a_key() -> None:
    letters: Counter[tuple[str, str, str]] = Counter()
    for c in (*COMMANDS, *PAGE_COMMANDS, *BEAT_COMMANDS):
        if "&" in c.text:
            letters[c.menu, c.submenu, c.text.partition("&")[2][0].lower()] += 1
    assert [each for each, count in letters.items() if count > 1] == []
    for view in (PAGE_COMMANDS, BEAT_COMMANDS):  # the keys of a view work only in it
        keys = Counter(key for c in (*COMMANDS, *view) for key in c.shortcuts)
        assert [each for each, count in keys.items() if count > 1] == []


def test_a_command_without_handler_is_refused(window) -> None:
    with pytest.raises(ValueError, match="differ"):
        CommandBar(window, {})


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
def test_nothing_is_cut_or_overlaps(analysed, size, qtbot) -> None:
    """Every visible label has room for its text, and siblings do not lie on each other."""
    analysed.resize(*size)
    qtbot.wait(50)
    cut = [label.text() for label in analysed.findChildren(QLabel) if _is_cut(label)]
    assert not cut
    panels = [p for p in analysed.panels.side.panels if p.isVisible()]
    for above, below in pairwise(panels):
        assert above.geometry().bottom() < below.geometry().top()
    tools = analysed.commands.tool_bar
    assert analysed.page.mapTo(tools, QPoint(analysed.page.width(), 0)).x() <= tools.width()


def _is_cut(label: QLabel) -> bool:
    if not label.isVisible() or not label.text():
        return False
    if label.wordWrap():
        return label.height() < label.heightForWidth(label.width())
    return label.width() < label.minimumSizeHint().width()


def test_the_ecg_does_not_move_when_the_panels_come(qtbot, session, settings) -> None:
    made = MainWindow(session, settings)
    qtbot.addWidget(made)
    made.resize(1366, 768)
    made.show()
    qtbot.waitExposed(made)
    before = made.ecg.size()
    made.add_panels()
    qtbot.wait(50)
    assert made.ecg.size() == before
    assert 0.55 < before.height() / made.splitter.height() < 0.7


def test_damaged_settings_are_told_until_the_message_is_closed(qtbot, session, tmp_path) -> None:
    (tmp_path / "viewer.ini").write_bytes(bytes(range(256)) * 8)
    window = MainWindow(session, Settings(tmp_path / "viewer.ini"))
    qtbot.addWidget(window)
    session.adopt(helpers.synthetic_record())
    assert "defaults are used" in window.message_bar.text.text()
    assert not window.message_bar.isHidden()
    window.message_bar._on_close()
    session.adopt(helpers.synthetic_record())
    assert window.message_bar.isHidden()


def test_a_process_that_dies_at_rest_leaves_the_estimate(analysed, analyst) -> None:
    shown = analysed.session.analysis
    error = WorkerError("The analyst process ended unexpectedly")
    analyst.answered.emit(Answer(0, error=error))
    assert analysed.session.analysis is shown
    assert not analysed.message_bar.isVisible()
    assert analysed.panels.side.result.mass.text().startswith("141")
    assert analysed.statusBar().currentMessage().endswith("The estimate stands.")


def test_a_message_goes_with_the_attempt_that_it_was_about(analysed, analyst) -> None:
    analysed.session.analyse()
    analyst.answer(error=WorkerError("The analyst process ended unexpectedly"))
    assert analysed.message_bar.isVisible()
    analysed.session.analyse()
    assert not analysed.message_bar.isVisible()


def test_another_ecg_takes_the_keys_and_drops_what_was_being_typed(
    analysed, session, analyst
) -> None:
    weight = analysed.panels.side.patient.fields["weight_kg"].text
    weight.setFocus()
    weight.setText("95")
    other = helpers.synthetic_record(bpm=90)
    session.adopt(other)
    assert analysed.ecg.hasFocus()
    assert session.record.patient == other.patient


def turned(box: QComboBox) -> bool:
    """Turn the wheel over a box by one step; whether the box took it."""
    middle = QPointF(box.rect().center())
    wheel = QWheelEvent(
        middle, box.mapToGlobal(middle), QPoint(), QPoint(0, -120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(box, wheel)
    return wheel.isAccepted()


def test_scrolling_the_numbers_chooses_nothing(analysed, analyst) -> None:
    side, asked = analysed.panels.side, len(analyst.requests)
    before = [each.currentIndex() for each in side.findChildren(QComboBox)]
    for choice in side.findChildren(QComboBox):
        assert not turned(choice), choice.accessibleName()  # so it goes on to the column
    assert [each.currentIndex() for each in side.findChildren(QComboBox)] == before
    assert len(analyst.requests) == asked


def test_above_the_page_the_wheel_turns_only_what_was_clicked(analysed, qtbot) -> None:
    boxes = [
        *analysed.page.findChildren(QComboBox),
        *analysed.panels.controls.findChildren(QComboBox),
    ]
    assert len(boxes) == 9
    before = [box.currentIndex() for box in boxes]
    assert not any(turned(box) for box in boxes)
    assert [box.currentIndex() for box in boxes] == before
    speed = analysed.page.speed
    speed.setFocus()
    qtbot.waitUntil(speed.hasFocus)
    assert turned(speed)
    assert speed.currentIndex() == before[2] + 1
