"""Progress and cancel: what takes long is shown and can be stopped, and the ECG stays."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import helpers
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStatusBar

from elvmass.errors import Cancelled
from elvmass.io.write.muse import write_muse
from elvmass.pipeline import Options
from elvmass_gui.messages import message
from elvmass_gui.processes.jobs import WorkerProcess
from elvmass_gui.processes.worker import AnalyseRequest, Answer, ReadRequest
from elvmass_gui.views.busy import BusyIndicator

WAIT_MS = 60_000


@pytest.fixture
def explaining(window, session, analyst):
    """The window with an estimate whose explanation is on its way."""
    session.adopt(helpers.synthetic_record())
    analysis = helpers.toy_analysis(session.record)
    analyst.answer(replace(analysis, saliency=None, importance=None))
    return window


def test_appears_after_a_while_and_goes_with_the_work(qtbot) -> None:
    busy = BusyIndicator()
    qtbot.addWidget(busy)
    busy.show_work("Reading a.xml …")
    assert busy.isHidden()
    qtbot.waitUntil(busy.isVisible)
    assert busy.words.text() == "Reading a.xml …"
    busy.show_work("Estimating …")
    assert busy.isVisible()
    busy.show_work("")
    assert busy.isHidden()


def test_its_words_stand_beside_their_bar_however_wide_the_status_bar(qtbot) -> None:
    bar, busy = QStatusBar(), BusyIndicator()
    qtbot.addWidget(bar)
    bar.addWidget(QLabel(), 1)
    bar.addPermanentWidget(busy)
    bar.resize(1800, 26)
    bar.show()
    bar.showMessage("Read first.")  # hides the label that takes the room
    busy.show_work("Explaining …")
    qtbot.waitUntil(lambda: busy.isVisible() and busy.width() > 0)
    assert busy.width() <= busy.sizeHint().width()


def test_short_work_never_shows(qtbot) -> None:
    busy = BusyIndicator()
    qtbot.addWidget(busy)
    busy.show_work("Reading a.xml …")
    busy.show_work("")
    assert busy.isHidden()
    assert not busy._delay.isActive()


def test_a_stopped_reading_leaves_the_ecg_and_its_estimate(
    explaining, session, reader, analyst, qtbot
) -> None:
    analyst.answer(helpers.toy_analysis(session.record))
    session.open(Path("huge.edf"))
    qtbot.waitUntil(explaining.busy.isVisible)
    explaining.busy.cancel.click()
    assert reader.aborted == 1
    assert explaining.busy.isHidden()
    assert explaining.panels.side.result.mass.text() == "141 g"
    assert explaining.statusBar().currentMessage() == "Reading was stopped."
    reader.answer(helpers.synthetic_record(bpm=90))
    assert session.record.source.path.name == "synthetic.xml"


def test_a_stopped_explanation_leaves_the_estimate(explaining, session, analyst) -> None:
    explaining.commands.actions["cancel"].trigger()
    assert analyst.aborted == 1
    side = explaining.panels.side
    assert side.result.mass.text() == "141 g"
    assert side.importance.state.startswith("No explanation. The explanation was stopped")
    assert not session.at_work
    late = analyst.last
    analyst.answer(helpers.toy_analysis(session.record), to=late)
    assert side.importance.state


def test_a_stopped_estimate_is_no_estimate_of_something_else(explaining, session, analyst) -> None:
    session.correct(replace(session.record.patient, weight_kg=95.0))
    session.cancel()
    assert session.analysis is None
    assert "was stopped; F5 starts it again" in explaining.panels.side.result.state
    assert "was stopped" in explaining.statusBar().currentMessage()
    assert not explaining.message_bar.isVisible()
    assert explaining.ecg.shown is not None
    explaining.commands.actions["analyse"].trigger()
    analyst.answer(helpers.toy_analysis(session.record))
    assert explaining.panels.side.result.mass.text() == "141 g"


@pytest.mark.parametrize("place", ["ecg", "panels"])
def test_esc_stops_wherever_the_focus_is(explaining, analyst, qtbot, place) -> None:
    side = explaining.panels.side
    widget = explaining.ecg if place == "ecg" else side.patient.fields["weight_kg"].text
    widget.setFocus()
    qtbot.keyClick(widget, Qt.Key.Key_Escape)
    assert analyst.aborted == 1


def test_esc_puts_a_caliper_down_before_it_stops_anything(explaining, analyst, qtbot) -> None:
    explaining.ecg.setFocus()
    explaining.ecg.page_actions["caliper_time"].trigger()
    qtbot.keyClick(explaining.ecg, Qt.Key.Key_Escape)
    assert analyst.aborted == 0
    qtbot.keyClick(explaining.ecg, Qt.Key.Key_Escape)
    assert analyst.aborted == 1


def test_with_nothing_to_stop_nothing_happens(window, session, reader, analyst) -> None:
    assert not window.commands.actions["cancel"].isEnabled()
    session.cancel()
    assert reader.aborted == analyst.aborted == 0


def test_can_be_chosen_only_while_there_is_work(explaining, session, analyst) -> None:
    assert explaining.commands.actions["cancel"].isEnabled()
    analyst.answer(helpers.toy_analysis(session.record))
    assert not explaining.commands.actions["cancel"].isEnabled()


@pytest.fixture
def ecg(tmp_path: Path) -> Path:
    path = tmp_path / "ecg.xml"
    write_muse(helpers.synthetic_record(), path)
    return path


def test_an_aborted_process_is_replaced_and_answers_again(qtbot, ecg, tmp_path) -> None:
    worker = WorkerProcess("reader", threads=1)
    answers: list[Answer] = []
    worker.answered.connect(answers.append)
    worker.start()
    slow = tmp_path / "slow"
    _make_unreadable_for_ever(slow)
    worker.submit(ReadRequest(1, slow))
    qtbot.waitUntil(lambda: worker.state == "busy", timeout=WAIT_MS)
    before = worker._process.processId()
    worker.abort()
    assert worker._process.processId() != before
    worker.submit(ReadRequest(2, ecg))
    qtbot.waitUntil(lambda: bool(answers), timeout=WAIT_MS)
    assert [answer.id for answer in answers] == [2]
    assert answers[0].error is None
    worker.stop()


def _make_unreadable_for_ever(path: Path) -> None:
    """A pipe that nobody writes to: whoever opens it waits."""
    os.mkfifo(path)


def test_models_that_load_are_left_to_it(qtbot) -> None:
    worker = WorkerProcess("analyst", warm_up=True, threads=1)
    worker.start()
    before = worker._process.processId()
    worker.submit(AnalyseRequest(1, helpers.synthetic_record(), Options(explain=False)))
    worker.abort()
    assert worker._process.processId() == before
    assert worker._waiting is None
    worker.stop()


def test_nothing_to_abort_before_the_start(qapp) -> None:
    worker = WorkerProcess("reader")
    worker.submit(ReadRequest(1, Path("a.xml")))
    worker.abort()
    assert worker._waiting is None
    assert worker.state == "off"


def test_says_that_it_was_stopped() -> None:
    assert message(Cancelled("The estimate was stopped")).thing == "Stopped"
