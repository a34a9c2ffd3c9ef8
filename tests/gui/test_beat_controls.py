"""Which beat, which filter, whose boundaries: from the strip to the analyst and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import helpers
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip

from elvmass.beat import BeatGrade, BeatKind, BeatMark
from elvmass.choices import AS_TRAINED, SignalOptions
from elvmass.record import Source
from elvmass_gui.painting.beat_content import BeatContent, evenly
from elvmass_gui.painting.beat_marks import mark_at, mark_text
from elvmass_gui.views import beat_words as words
from elvmass_gui.views.beat_controls import BeatControls

GRADES = (BeatGrade.INCOMPLETE, *[BeatGrade.DOMINANT] * 9, BeatGrade.ECTOPIC, BeatGrade.NOISY)
MARKS = tuple(
    BeatMark(0.5 + k * 60 / 72.0, grade, 0.9, k - 1 if k else None)
    for k, grade in enumerate(GRADES)
)


def analysis(record=None):
    made = helpers.toy_analysis(record)
    return replace(made, marks=MARKS, beat=replace(made.beat, number=5, count=11))


@pytest.fixture
def analysed(window, session, analyst):
    session.adopt(helpers.synthetic_record())
    for _ in range(2):
        analyst.answer(analysis(session.record))
    return window


def test_only_whole_beats_can_be_chosen_and_bad_ones_are_marked() -> None:
    rows = words.beat_rows(MARKS)
    assert [key for _, key in rows] == [None, "middle", "median", *range(11)]
    assert rows[3][0] == ("1 of 11, 1.3 s", "1 of 11")
    assert rows[-2][0][0].endswith("another shape")
    assert rows[-1][0][0].endswith("noisy")


def test_a_picked_beat_is_analysed(analysed, analyst) -> None:
    helpers.pick(analysed.panels.controls.beat, 2)
    assert analyst.last.options.signal == SignalOptions(kind=BeatKind.CHOSEN, number=2)
    helpers.pick(analysed.panels.controls.beat, "median")
    assert analyst.last.options.signal == SignalOptions(kind=BeatKind.MEDIAN)
    helpers.pick(analysed.panels.controls.beat, None)
    assert analyst.last.options.signal == AS_TRAINED


def test_keys_walk_through_the_beats_without_waiting(analysed, analyst) -> None:
    for key in ("beat_next", "beat_next", "beat_previous", "beat_next"):
        analysed.commands.actions[key].trigger()
    assert analyst.last.options.signal.number == 7
    for _ in range(9):
        analysed.commands.actions["beat_next"].trigger()
    assert analyst.last.options.signal.number == 10
    assert not analysed.panels.controls.next.isEnabled()
    analysed.commands.actions["beat_trained"].trigger()
    assert analyst.last.options.signal == AS_TRAINED
    analysed.commands.actions["beat_median"].trigger()
    assert analyst.last.options.signal.kind is BeatKind.MEDIAN


def test_filter_notch_and_boundaries_are_asked_for(analysed, analyst) -> None:
    controls = analysed.panels.controls
    helpers.pick(controls.band, "monitor")
    helpers.pick(controls.notch, "off")
    controls.delineators.actions()[1].trigger()
    asked = analyst.last.options.signal
    assert (asked.band, asked.notch, asked.delineator) == ("monitor", "off", "nk-prominence")
    assert controls.reset.isVisible()
    assert "filter, notch, boundaries" in controls.reset.toolTip()
    controls.reset.click()
    assert analyst.last.options.signal == AS_TRAINED
    assert not controls.reset.isVisible()


def test_what_was_done_is_said(analysed) -> None:
    controls = analysed.panels.controls
    assert controls.done.text() == "band-pass 0.5-100 Hz, notch 50 Hz"
    controls.done.resize(controls.done.sizeHint().width() - 10, controls.done.height())
    assert controls.done.shown_text() == "0.5-100 Hz, notch 50 Hz"
    assert controls.done.toolTip() == controls.done.text()
    assert controls.beat.currentText() == "as trained: middle, 6 of 11"


def test_showing_what_is_in_force_asks_for_nothing(qtbot) -> None:
    controls = BeatControls()
    qtbot.addWidget(controls)
    picked: list[SignalOptions] = []
    controls.picked.connect(picked.append)
    controls.new_record()
    controls.set_analysis(analysis())
    controls.show_options(SignalOptions(kind=BeatKind.CHOSEN, number=3, band="paper"))
    assert controls.beat.currentData() == 3
    assert controls.band.currentData() == "paper"
    assert not picked


def test_another_file_gives_up_the_number_but_not_the_filter(analysed, session, analyst) -> None:
    signal = SignalOptions(kind=BeatKind.CHOSEN, number=9, band="paper")
    session.choose(replace(session.options, signal=signal))
    other = helpers.synthetic_record(bpm=90)
    session.adopt(replace(other, source=Source(Path("other.xml"), "test")))
    assert analyst.last.options.signal == SignalOptions(band="paper")
    assert analysed.panels.controls.beat.currentData() is None
    assert analysed.panels.controls.band.currentData() == "paper"


def test_other_boundaries_are_explained_anew(analysed, session, analyst) -> None:
    """The same mass, but other segments: the former importance is not theirs."""
    session.choose(replace(session.options, signal=SignalOptions(delineator="nk-dwt")))
    quick = analysis(session.record)
    analyst.answer(replace(quick, saliency=None, importance=None))
    assert analyst.last.options.explain
    assert session.analysis.saliency is None


def test_a_beat_that_fails_leaves_the_way_back(analysed, session, analyst) -> None:
    from elvmass.errors import SignalError

    helpers.pick(analysed.panels.controls.beat, 2)
    analyst.answer(error=SignalError("This beat is flat"))
    controls = analysed.panels.controls
    assert controls.beat.count() == 14
    controls.reset.click()
    assert analyst.last.options.signal == AS_TRAINED


def test_overlay_is_behind_and_never_recolours(analysed) -> None:
    made = analysis()
    clean = replace(made, clean_beats=(made.beat,) * 200)
    assert BeatContent.of(clean).others == ()
    assert 50 <= len(BeatContent.of(clean, overlay=True).others) <= 60
    assert evenly((made.beat,), 60) == (made.beat,)
    view = analysed.panels.beat
    before = view.grab().toImage()
    analysed.commands.actions["beat_overlay"].trigger()
    assert analysed.panels.controls.overlay.isChecked()
    after = view.grab().toImage()
    assert after != before
    black = [(x, y) for x in range(0, before.width(), 3) for y in range(before.height())
             if before.pixelColor(x, y).lightness() < 8]  # fmt: skip
    assert black
    assert all(after.pixelColor(x, y).lightness() < 90 for x, y in black[::7])


def test_marks_tell_their_grade_and_can_be_clicked(analysed, analyst, qtbot, monkeypatch) -> None:
    page = analysed.ecg
    qtbot.waitUntil(lambda: not page._marking.isActive())
    strip = page.sheet.bottom_strips()[0]
    mark = MARKS[3]
    x, y = strip.x_mm(mark.time_s), page.sheet.paper.bottom - 0.5
    assert mark_at(page.sheet, MARKS, x, y) is mark
    assert mark_at(page.sheet, MARKS, x, y - 20.0) is None
    assert "Beat 3 at 3.00 s: of the usual shape" in mark_text(mark)
    assert "Click" not in mark_text(MARKS[0])
    at = QPointF(*page._view.to_px(x, y)).toPoint()
    qtbot.mouseClick(page, Qt.MouseButton.LeftButton, pos=at)
    assert analyst.last.options.signal.number == 2
    said: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda where, text, widget: said.append(text))
    page.event(QHelpEvent(QHelpEvent.Type.ToolTip, at, QPoint()))
    page.event(QHelpEvent(QHelpEvent.Type.ToolTip, QPoint(5, 5), QPoint()))
    assert said == [mark_text(mark), ""]
