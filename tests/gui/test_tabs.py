"""Several open ECGs: each keeps its own state, and every answer finds the one that asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import helpers
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog

from elvmass.beat import BeatKind
from elvmass.choices import SignalOptions
from elvmass.errors import CorruptFileError, SignalError
from elvmass.record import Record, Source
from elvmass_gui.desks.tab_desk import tip
from elvmass_gui.geometry.paper import Scale
from elvmass_gui.state.reading import ReadAhead, Reading, stamp


def at(name: str, bpm: float = 72.0) -> Record:
    record = helpers.synthetic_record(bpm=bpm)
    return replace(record, source=Source(Path(name), "test", sha256=name))


def finish(session, analyst, mass_g: float = 141.0) -> None:
    """Answer the quick and the full request of the present ECG."""
    made = helpers.toy_analysis(session.record)
    span = made.estimate.interval
    by = mass_g - made.estimate.mass_g
    moved = replace(span, low_g=span.low_g + by, high_g=span.high_g + by)
    made = replace(made, estimate=replace(made.estimate, mass_g=mass_g, interval=moved))
    analyst.answer(replace(made, saliency=None, importance=None))
    analyst.answer(made)


@pytest.fixture
def two(session, reader, analyst):
    """a.xml (141 g, analysed) behind b.xml (200 g, analysed)."""
    session.adopt(at("a.xml"))
    finish(session, analyst)
    session.open_beside(Path("b.xml"))
    reader.answer(at("b.xml", bpm=90))
    finish(session, analyst, 200.0)
    return session


def titles(session) -> list[str]:
    return [each.title for each in session.documents]


def test_a_new_tab_keeps_the_ecg_that_was_there(two) -> None:
    assert titles(two) == ["a.xml", "b.xml"]
    assert two.present == 1
    assert two.record.source.path.name == "b.xml"
    assert two.documents[0].analysis.estimate.mass_g == 141.0


def test_switching_back_shows_the_kept_analysis_and_asks_nothing(two, analyst) -> None:
    asked, shown = len(analyst.requests), []
    two.analysisChanged.connect(shown.append)
    two.switch(0)
    assert [each.estimate.mass_g for each in shown] == [141.0]
    assert shown[0].saliency is not None
    assert two.analysis.record is two.record
    assert len(analyst.requests) == asked


def test_a_late_estimate_lands_in_the_tab_that_asked(session, reader, analyst) -> None:
    session.adopt(at("a.xml"))
    asked = analyst.last
    session.open_beside(Path("b.xml"))
    reader.answer(at("b.xml"))
    analyst.answer(helpers.toy_analysis(asked.record), to=asked)
    assert session.analysis is None
    assert session.documents[0].analysis.record is asked.record
    # The present ECG comes first; then the other one gets its explanation, in the background.
    finish(session, analyst, 200.0)
    assert session.analysis.estimate.mass_g == 200.0
    assert analyst.last.record is asked.record
    assert analyst.last.options.explain
    analyst.answer(helpers.toy_analysis(asked.record))
    assert session.analysis.estimate.mass_g == 200.0
    assert session.documents[0].analysis.saliency is not None
    assert session.documents[0].asked is None


def test_an_answer_that_was_overtaken_is_asked_for_again(session, reader, analyst) -> None:
    session.adopt(at("a.xml"))
    asked = analyst.last
    session.open_beside(Path("b.xml"))
    reader.answer(at("b.xml"))  # the worker now drops the answer to a.xml
    session.switch(0)
    assert analyst.last.record is asked.record
    finish(session, analyst)
    assert session.analysis.estimate.mass_g == 141.0


def test_an_answer_for_a_closed_tab_is_nobodys(session, reader, analyst) -> None:
    session.adopt(at("a.xml"))
    finish(session, analyst)
    session.open_beside(Path("b.xml"))
    reader.answer(at("b.xml"))
    asked, failed = analyst.last, []
    session.close()
    session.analysisFailed.connect(failed.append)
    analyst.answer(helpers.toy_analysis(asked.record), to=asked)
    analyst.answer(error=SignalError("flat"), to=asked)
    assert titles(session) == ["a.xml"]
    assert session.analysis.estimate.mass_g == 141.0
    assert not failed


def test_why_there_is_no_estimate_stays_with_its_tab(session, reader, analyst) -> None:
    session.adopt(at("a.xml"))
    asked = analyst.last
    session.open_beside(Path("b.xml"))
    reader.answer(at("b.xml"))
    failed: list[object] = []
    session.analysisFailed.connect(failed.append)
    error = SignalError("Lead V2 is flat")
    analyst.answer(error=error, to=asked)
    assert not failed
    assert session.failure == ""
    session.switch(0)
    assert failed == [error]
    assert session.failure == "Lead V2 is flat"


def test_corrections_and_options_belong_to_their_tab(two, analyst) -> None:
    two.correct(replace(two.record.patient, weight_kg=95.0))
    finish(two, analyst, 210.0)
    two.choose(replace(two.options, signal=SignalOptions(BeatKind.MEDIAN)))
    finish(two, analyst, 220.0)
    two.switch(0)
    assert two.record.patient.weight_kg == 78.0
    assert two.options.signal.kind is None
    two.switch(1)
    assert two.record.patient.weight_kg == 95.0
    assert two.original.weight_kg == 78.0
    assert two.options.signal.kind is BeatKind.MEDIAN
    assert two.analysis.estimate.mass_g == 220.0


def test_a_bad_file_makes_no_tab(two, reader) -> None:
    failed: list[object] = []
    two.failed.connect(failed.append)
    present, analysis = two.record, two.analysis
    two.open_beside(Path("bad.xml"))
    error = CorruptFileError(Path("bad.xml"), "lead V3 is cut", "Export it again")
    reader.answer(error=error)
    assert failed == [error]
    assert titles(two) == ["a.xml", "b.xml"]
    assert two.record is present
    assert two.analysis is analysis


def test_a_file_that_was_being_read_lands_in_its_own_tab(two, reader, analyst) -> None:
    two.open(Path("c.xml"))
    two.switch(0)
    reader.answer(at("c.xml"))
    assert two.record.source.path.name == "a.xml"
    assert titles(two) == ["a.xml", "c.xml"]
    assert two.documents[1].analysis is None
    assert analyst.last.record.source.path.name == "c.xml"


def test_a_file_for_a_closed_tab_is_dropped(two, reader) -> None:
    two.open(Path("c.xml"))
    two.close()
    reader.answer(at("c.xml"))
    assert titles(two) == ["a.xml"]


def test_several_files_are_read_in_turn_and_the_first_is_shown(session, reader) -> None:
    session.adopt(at("a.xml"))
    for place, name in enumerate(("b.xml", "c.xml", "d.xml")):
        session.open_beside(Path(name), show=place == 0)
    for name in ("b.xml", "c.xml", "d.xml"):
        assert reader.last.path.name == name
        reader.answer(at(name))
    assert titles(session) == ["a.xml", "b.xml", "c.xml", "d.xml"]
    assert session.record.source.path.name == "b.xml"


def test_opening_in_place_does_not_lose_a_tab_on_its_way(session, reader) -> None:
    session.adopt(at("a.xml"))
    session.open_beside(Path("b.xml"), show=False)
    session.open(Path("c.xml"))
    reader.answer(at("c.xml"))
    assert reader.last.path.name == "b.xml"
    reader.answer(at("b.xml"))
    assert titles(session) == ["c.xml", "b.xml"]


def test_the_first_file_needs_no_tab(session, reader) -> None:
    session.open_beside(Path("a.xml"))
    reader.answer(at("a.xml"))
    assert titles(session) == ["a.xml"]


def test_tabs_can_be_moved_and_closed(two, analyst) -> None:
    two.move(1, 0)
    assert titles(two) == ["b.xml", "a.xml"]
    assert two.record.source.path.name == "b.xml"
    two.cycle(+1)
    assert two.record.source.path.name == "a.xml"
    two.close(0)
    assert titles(two) == ["a.xml"]
    assert two.analysis.estimate.mass_g == 141.0
    two.close()
    assert titles(two) == ["a.xml"]


# --- the window ------------------------------------------------------------------------------


def test_one_ecg_needs_no_tab_bar(window, session, reader, analyst) -> None:
    session.adopt(at("a.xml"))
    finish(session, analyst)
    assert not window.tabs.bar.isVisible()
    assert not window.commands.actions["close_tab"].isEnabled()
    session.open_beside(Path("b.xml"))
    reader.answer(at("b.xml"))
    assert window.tabs.bar.isVisible()
    assert window.tabs.bar.currentIndex() == 1
    window.commands.actions["close_tab"].trigger()
    assert not window.tabs.bar.isVisible()


def test_the_window_shows_the_numbers_of_the_tab(window, two) -> None:
    assert window.panels.side.result.mass.text() == "200 g"
    window.tabs.bar.setCurrentIndex(0)
    assert window.panels.side.result.mass.text() == "141 g"
    assert "a.xml" in window.windowTitle()
    assert window.panels.side.importance.state == ""


def test_the_page_comes_back_as_it_was_left(window, two) -> None:
    page = window.ecg
    page.set_scale(Scale(50.0, 20.0))
    page.zoom_in()
    left = page.page_view
    two.switch(0)
    page.set_scale(Scale())
    page.set_layout("6x2")
    page.fit()
    two.switch(1)
    assert page.page_view == left
    assert left.place is not None
    assert window.page.arrangement.currentData() == left.layout.name


def test_calipers_stay_with_their_ecg(window, two, qtbot) -> None:
    window.ecg.page_actions["caliper_put"].trigger()
    kept = window.ecg.calipers
    assert len(kept) == 1
    two.correct(replace(two.record.patient, weight_kg=95.0))
    two.switch(0)
    assert window.ecg.calipers == ()
    two.switch(1)
    assert window.ecg.calipers == kept


def test_what_is_being_typed_belongs_to_the_tab_that_is_left(window, two, qtbot) -> None:
    window.activateWindow()
    field = window.panels.side.patient.fields["weight_kg"].text
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    field.selectAll()
    qtbot.keyClicks(field, "95")
    two.switch(0)
    assert two.record.patient.weight_kg == 78.0
    assert two.documents[1].record.patient.weight_kg == 95.0


def test_selectors_follow_the_tab(window, two, analyst) -> None:
    result = window.panels.side.result
    two.choose(replace(two.options, threshold="cmr_ukb_2017", bsa_formula="mosteller"))
    finish(two, analyst, 200.0)
    two.switch(0)
    assert result.threshold.currentData() == two.options.threshold == "ct_fuchs_2016"
    two.switch(1)
    assert result.threshold.currentData() == "cmr_ukb_2017"
    assert result.formula.currentData() == "mosteller"


def test_the_command_opens_each_chosen_file_in_a_tab(window, two, reader, monkeypatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *a: (["/x/c.xml", "/x/d.xml"], ""))
    window.commands.actions["open_tab"].trigger()
    for name in ("c.xml", "d.xml"):
        reader.answer(at(name))
    assert titles(two) == ["a.xml", "b.xml", "c.xml", "d.xml"]
    assert two.present == 2


@pytest.mark.parametrize(
    ("modifier", "tabs"),
    [(Qt.KeyboardModifier.NoModifier, 2), (Qt.KeyboardModifier.ControlModifier, 4)],
)
def test_dropped_files_are_a_list_and_with_ctrl_tabs(window, two, reader, modifier, tabs) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/x/c.xml"), QUrl.fromLocalFile("/x/d.xml")])
    drop = QDropEvent(
        QPointF(300, 400), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, modifier
    )
    window.dropEvent(drop)
    for name in ("c.xml", "d.xml")[: 2 if tabs == 4 else 1]:
        reader.answer(at(name))
    assert len(two.documents) == tabs
    assert bool(two.worklist) == (tabs == 2)


def test_the_middle_button_closes_a_tab(window, two, qtbot) -> None:
    place = window.tabs.bar.tabRect(0).center()
    qtbot.mouseClick(window.tabs.bar, Qt.MouseButton.MiddleButton, pos=QPoint(place))
    assert titles(two) == ["b.xml"]


def test_a_tooltip_says_what_the_record_says(two) -> None:
    odd = replace(two.record, patient=replace(two.record.patient, name="<b>Odd</b>"))
    two.adopt(odd)
    words = tip(two.documents[1])
    assert "2026-03-04 10:20" in words
    assert "&lt;b&gt;Odd&lt;/b&gt;" in words


# --- reading ahead ---------------------------------------------------------------------------


@pytest.fixture
def walk(session, reader, analyst, tmp_path):
    """A folder of three ECGs, the first on the screen."""
    for name in ("1.xml", "2.xml", "3.xml"):
        (tmp_path / name).write_text(name)
    session.adopt(at(str(tmp_path / "1.xml")))
    finish(session, analyst)
    return tmp_path


def test_the_next_file_is_read_ahead_and_shown_at_once(walk, session, reader) -> None:
    assert not reader.requests  # nobody walks yet
    session.step(+1)
    reader.answer(at(str(walk / "2.xml")))
    assert reader.last.path.name == "3.xml"
    ahead = at(str(walk / "3.xml"))
    reader.answer(ahead)
    assert session.record.source.path.name == "2.xml"
    asked = len(reader.requests)
    session.step(+1)
    assert session.record is ahead
    session.step(-1)
    assert session.record.source.path.name == "2.xml"
    assert [each.path.name for each in reader.requests[asked:]] == ["1.xml"]


def test_a_file_that_has_changed_since_is_read_again(walk, session, reader) -> None:
    session.step(+1)
    reader.answer(at(str(walk / "2.xml")))
    reader.answer(at(str(walk / "3.xml")))
    (walk / "3.xml").write_text("other bytes")
    session.step(+1)
    assert session.record.source.path.name == "2.xml"
    assert reader.last.path.name == "3.xml"


def test_a_damaged_neighbour_is_told_only_when_it_is_reached(walk, session, reader) -> None:
    told: list[object] = []
    session.skipped.connect(told.append)
    session.step(+1)
    reader.answer(at(str(walk / "2.xml")))
    error = CorruptFileError(walk / "3.xml", "is cut", "")
    reader.answer(error=error)
    assert not told
    session.step(+1)
    reader.answer(error=error)
    assert told == [error]


def test_few_records_are_kept(tmp_path) -> None:
    ahead = ReadAhead()
    for k in range(5):
        path = tmp_path / f"{k}.xml"
        path.write_text("x")
        ahead.keep(Reading(path, 0, stamp=stamp(path)), at(str(path)))
    assert [path.name for path in ahead.kept] == ["2.xml", "3.xml", "4.xml"]
