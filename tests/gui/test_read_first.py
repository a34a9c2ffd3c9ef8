"""Read first: nothing of the estimate leaks before the opinion, and both are logged."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import helpers
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QFileDialog, QMessageBox, QWidget

from elvmass.errors import SignalError
from elvmass.record import Source
from elvmass_gui import settings as rows
from elvmass_gui.main_window import MainWindow
from elvmass_gui.messages import ReadingLogError
from elvmass_gui.state.open_ecgs import WITHHELD
from elvmass_gui.state.readings import Lvh, Opinion, ReadingLog
from elvmass_gui.views import reading_dialogs

#: Of the toy analysis: mass, interval, index, fold models, verdict, limit in grams, a criterion.
SECRETS = ("141 g", "111", "179", "73.8", "137", "LVH not settled", "153 g", "mV", "%")
#: The ECG itself and the words of selectors may hold some of them.
HARMLESS = ("12-lead ECG",)


@pytest.fixture
def log(window, tmp_path) -> ReadingLog:
    window.workflow.reading.mode.log = ReadingLog(tmp_path / "data" / "readings.jsonl")
    return window.workflow.reading.mode.log


@pytest.fixture
def reader_first(window, log):
    window.commands.actions["read_first"].trigger()
    return window


def show(session, analyst, name: str = "a.xml", sha: str = "a1" * 32) -> None:
    """Open an ECG; its estimate and its explanation arrive."""
    record = replace(helpers.synthetic_record(), source=Source(Path(name), "test", sha))
    session.adopt(record)
    answer_all(session, analyst)


def answer_all(session, analyst) -> None:
    for _ in range(2):
        analyst.answer(helpers.toy_analysis(session.record))


def lines(log: ReadingLog) -> list[dict]:
    return [json.loads(text) for text in log.path.read_text("utf-8").splitlines()]


def words_of(window: MainWindow) -> list[str]:
    """Everything that a person or a screen reader can get out of the window."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    found = []
    for widget in [window, *window.findChildren(QWidget)]:
        if widget.accessibleName() in HARMLESS or isinstance(widget, QComboBox):
            continue
        for name in (
            "text", "toolTip", "accessibleName", "accessibleDescription", "statusTip",
            "windowTitle", "whatsThis", "placeholderText",
        ):  # fmt: skip
            told = getattr(widget, name, None)
            found.append(told() if callable(told) else "")
    found += [a.toolTip() + a.text() for a in window.findChildren(QAction)]
    return [word for word in found if word and "caliper" not in word.lower()]


def leaks(window: MainWindow) -> list[str]:
    QCoreApplication.processEvents()  # what is shown in a turn of its own
    window.statusBar().clearMessage()
    hidden = [w for w in words_of(window) if any(secret in w for secret in SECRETS)]
    return [w for w in hidden if not _is_static(w)]


def _is_static(word: str) -> bool:
    """Words that were there before any ECG."""
    return word in _STATIC


_STATIC: set[str] = set()


@pytest.fixture(autouse=True)
def _remember_static(window) -> None:
    _STATIC.clear()
    _STATIC.update(words_of(window))


def answer(form, lvh: Lvh, mass: str = "") -> None:
    form.answers[lvh].click()
    form.mass.setText(mass)
    form.show_estimate.click()


def test_the_test_would_see_a_leak(window, session, analyst) -> None:
    show(session, analyst)
    found = leaks(window)
    for secret in SECRETS:
        assert any(secret in word for word in found), secret


def test_is_off_to_begin_with(window, session, analyst) -> None:
    show(session, analyst)
    assert window.panels.side.result.mass.text() == "141 g"
    assert not window.panels.side.result.reading.isVisible()


def test_hides_everything_until_the_opinion(reader_first, session, analyst) -> None:
    show(session, analyst)
    assert leaks(reader_first) == []
    side = reader_first.panels.side
    for panel in (side.result, side.importance, side.contributions, side.criteria, side.model):
        assert panel.state == WITHHELD
    assert side.notices.state == WITHHELD  # not: nothing to note
    assert reader_first.panels.beat.accessibleDescription() == WITHHELD
    assert side.result.reading.question.isVisible()
    answer(side.result.reading, Lvh.YES, "210")
    assert side.result.mass.text() == "141 g"
    assert side.result.state == side.importance.state == ""
    assert not side.result.reading.question.isVisible()
    assert side.result.reading.said.text().startswith("Your reading: LVH yes · 210 g · after")


def test_switched_on_it_forgets_what_was_shown(window, log, session, analyst) -> None:
    show(session, analyst)
    window.commands.actions["read_first"].trigger()
    assert leaks(window) == []
    answer(window.panels.side.result.reading, Lvh.NO)
    assert lines(log)[0]["seen_before"] is True


def test_an_estimate_that_comes_after_the_opinion_is_shown_and_logged(
    reader_first, log, session, analyst
) -> None:
    session.adopt(helpers.synthetic_record())
    answer(reader_first.panels.side.result.reading, Lvh.CANNOT_SAY)
    assert not log.path.exists()
    answer_all(session, analyst)
    assert reader_first.panels.side.result.mass.text() == "141 g"
    assert [entry["estimate_g"] for entry in lines(log)] == [141.0]


def test_logs_opinion_and_answer_and_no_name(reader_first, log, session, analyst) -> None:
    clock = iter([100.0, 112.34])
    reader_first.workflow.reading.mode._clock = lambda: next(clock)
    show(session, analyst, "Miller_John_1950.xml")
    answer(reader_first.panels.side.result.reading, Lvh.YES, "210,5")
    (entry,) = lines(log)
    assert entry.pop("time")
    assert entry.pop("elvmass")
    assert entry == {
        "format": 1,
        "ecg_sha256": "a1" * 32,
        "lvh": "yes",
        "own_mass_g": 210.5,
        "seconds_to_opinion": 12.3,
        "seen_before": False,
        "model": {"name": helpers.toy_card().name, "version": helpers.toy_card().version,
                  "sha256": "ab" * 32},
        "estimate_g": 141.0,
        "interval_g": {"low": 111.0, "high": 179.0, "coverage": 0.9},
        "verdict": {"limit": "ct_fuchs_2016", "limit_g_per_m2": 80.0, "above": False,
                    "settled": False},
        "no_estimate": None,
    }  # fmt: skip
    text = log.path.read_text("utf-8")
    patient = session.record.patient
    assert patient.name
    for word in ("Miller", "1950", patient.name, patient.id):
        assert word not in text


def test_a_dismissed_reading_is_logged_as_such(reader_first, log, session, analyst) -> None:
    show(session, analyst)
    form = reader_first.panels.side.result.reading
    form.dismiss.click()
    assert reader_first.panels.side.result.mass.text() == "141 g"
    assert lines(log)[0]["lvh"] == "dismissed"
    assert form.said.text() == "Shown without a reading."


def test_an_opinion_holds_for_its_ecg_only(reader_first, log, session, analyst) -> None:
    form = reader_first.panels.side.result.reading
    show(session, analyst)
    answer(form, Lvh.NO)
    show(session, analyst, "b.xml", "b2" * 32)
    assert form.question.isVisible()
    assert not any(button.isChecked() for button in form.answers.values())
    assert not form.show_estimate.isEnabled()
    assert leaks(reader_first) == []
    show(session, analyst)
    assert reader_first.panels.side.result.mass.text() == "141 g"
    assert len(lines(log)) == 1


def test_a_correction_of_the_patient_does_not_ask_again(
    reader_first, log, session, analyst
) -> None:
    show(session, analyst)
    answer(reader_first.panels.side.result.reading, Lvh.NO)
    session.correct(replace(session.record.patient, weight_kg=95.0))
    answer_all(session, analyst)
    assert reader_first.panels.side.result.mass.text() == "141 g"
    assert len(lines(log)) == 1


def test_an_implausible_mass_is_refused(reader_first, log, session, analyst) -> None:
    show(session, analyst)
    form = reader_first.panels.side.result.reading
    answer(form, Lvh.YES, "2100")
    assert "30 to 800 g" in form.hint.text()
    assert leaks(reader_first) == []
    assert not log.path.exists()


def test_the_report_and_the_saliency_are_refused_while_hidden(
    reader_first, session, analyst, monkeypatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", _no_dialog)
    show(session, analyst)
    for key in ("export", "export_anonymous"):
        reader_first.message_bar.hide()
        reader_first.commands.actions[key].trigger()
        assert reader_first.message_bar.isVisible()
        assert reader_first.message_bar.thing.text() == "Read first"
    assert not reader_first.commands.actions["export_saliency"].isEnabled()
    assert session.analysis is None


def _no_dialog(*_: object, **__: object) -> None:
    raise AssertionError("nothing may be asked")


def test_an_ecg_without_estimate_is_logged_without_one(reader_first, log, session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    analyst.answer(error=SignalError("Lead V2 is flat"))
    side = reader_first.panels.side
    assert side.result.state == "No estimate. Lead V2 is flat."
    answer(side.result.reading, Lvh.NO)
    assert side.result.state == "No estimate. Lead V2 is flat."
    assert lines(log)[0]["estimate_g"] is None
    assert lines(log)[0]["no_estimate"] == "SignalError"


def test_a_reading_whose_estimate_never_came_is_not_lost(reader_first, log, session) -> None:
    session.adopt(helpers.synthetic_record())
    answer(reader_first.panels.side.result.reading, Lvh.YES)
    reader_first.close()
    assert lines(log)[0]["no_estimate"] == "left before it came"


def test_is_remembered(reader_first, tmp_path, session, qtbot) -> None:
    assert reader_first.preferences[rows.READ_FIRST] == "on"
    again = MainWindow(session, reader_first.preferences)
    qtbot.addWidget(again)
    assert again.workflow.reading.mode.on
    assert again.commands.actions["read_first"].isChecked()


def test_a_disk_that_cannot_be_written_loses_nothing(
    reader_first, log, session, analyst, monkeypatch
) -> None:
    full = log.path.parent
    full.write_text("a file where the folder should be")
    show(session, analyst)
    answer(reader_first.panels.side.result.reading, Lvh.YES)
    assert "could not be written" in reader_first.message_bar.text.text()
    assert reader_first.panels.side.result.mass.text() == "141 g"
    assert len(log.waiting) == 1
    asked = []
    monkeypatch.setattr(
        reading_dialogs, "ask_before_closing", lambda *a: asked.append(a[2]) or False
    )
    assert not reader_first.close()
    assert "could not be written" in asked[0]
    full.unlink()
    show(session, analyst, "b.xml", "b2" * 32)
    answer(reader_first.panels.side.result.reading, Lvh.NO)
    assert [entry["lvh"] for entry in lines(log)] == ["yes", "no"]
    assert log.waiting == ()


def test_a_full_disk_leaves_no_half_line(tmp_path, monkeypatch) -> None:
    log = ReadingLog(tmp_path / "readings.jsonl")
    log.add('{"n": 1}')
    write = os.write

    def half(handle: int, block: bytes) -> int:
        if len(block) > 4:
            return write(handle, block[:4])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", half)
        with pytest.raises(ReadingLogError, match="No space left"):
            log.add('{"n": 2}')
    assert log.path.read_text() == '{"n": 1}\n'
    log.add('{"n": 3}')
    assert [entry["n"] for entry in lines(log)] == [1, 2, 3]


def test_a_line_cut_by_a_crash_stays_alone(tmp_path) -> None:
    log = ReadingLog(tmp_path / "readings.jsonl")
    log.path.write_text('{"n": 1}\n{"n":')
    log.add('{"n": 2}')
    assert log.path.read_text().splitlines() == ['{"n": 1}', '{"n":', '{"n": 2}']


def test_what_waits_can_be_saved_elsewhere(tmp_path, window, monkeypatch) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    log = ReadingLog(blocked / "readings.jsonl")
    with pytest.raises(ReadingLogError, match="could not be written"):
        log.add('{"n": 1}')
    target = tmp_path / "elsewhere.jsonl"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(target), ""))
    monkeypatch.setattr(QMessageBox, "exec", lambda box: None)
    monkeypatch.setattr(
        QMessageBox, "clickedButton",
        lambda box: next(b for b in box.buttons() if "nwritten" in b.text()),
    )  # fmt: skip
    reading_dialogs.show_log(window, log)
    assert target.read_text() == '{"n": 1}\n'
    assert log.waiting == ()


def test_the_keyboard_is_enough(reader_first, log, session, analyst, qtbot) -> None:
    show(session, analyst)
    form = reader_first.panels.side.result.reading
    form.answers[Lvh.YES].setFocus()
    qtbot.keyClick(form.answers[Lvh.YES], Qt.Key.Key_Space)
    form.mass.setFocus()
    qtbot.keyClicks(form.mass, "180")
    qtbot.keyClick(form.mass, Qt.Key.Key_Return)
    assert lines(log)[0]["own_mass_g"] == 180.0
    assert reader_first.ecg.hasFocus()


def test_opinions_without_an_ecg_are_nobodys(reader_first, log) -> None:
    reader_first.workflow.reading.mode.enter(Opinion(Lvh.YES))
    assert not log.path.exists()
