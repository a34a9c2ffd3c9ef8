"""Random weights in place of the real ones, and the lie detector on one ECG."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import helpers
import numpy as np
import pytest
from helpers import explained_analysis
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel

from elvmass import pipeline
from elvmass.beside import CONTROL_WORDS, Control
from elvmass.beside.check import check_record
from elvmass.beside.control import random_control
from elvmass.errors import Cancelled, SignalError
from elvmass.model.explain.check import Person, check_person, likeness
from elvmass.model.explain.randomise import all_random
from elvmass.model.explain.trust import CHECKS, MethodTrust, TrustFigure
from elvmass.model.importance import segment_importance
from elvmass.pipeline import Options
from elvmass.result import Interval, SecondEstimate
from elvmass_gui import trust
from elvmass_gui.desks.control_desk import likeness_words
from elvmass_gui.processes.aside_lanes import answer
from elvmass_gui.processes.aside_requests import CheckRequest, ControlRequest, Progress
from elvmass_gui.views.contributions import NOT_GRAMS
from elvmass_gui.views.importance_table import DENSITY, SEED_LIKE, SHARE, lead_values, values

QUICK = Options(method="gradient_x_input")


def control(like: float = 0.8) -> Control:
    """The toy map backwards: another one, with all its grams in other places."""
    made = explained_analysis()
    saliency = replace(
        made.saliency,
        values_g=made.saliency.values_g[:, ::-1],
        method=f"{CONTROL_WORDS}; integrated gradients",
    )
    return Control(saliency, segment_importance(saliency, made.beat), like)


def asked(analyst, kind):
    return [each for each in analyst.asked if isinstance(each, kind)]


# --- the core ----------------------------------------------------------------------------------


def test_the_control_is_the_end_of_the_checks_cascade() -> None:
    record = helpers.synthetic_record()
    found = random_control(record, QUICK)
    case = pipeline.open_case(record, QUICK)
    person = Person(case.prepared.seen, case.scalars)
    checked = check_person(case.bundle, person, QUICK.method)
    assert found.likeness == pytest.approx(checked.figures["randomisation"], abs=1e-9)
    assert found.saliency.method.startswith(CONTROL_WORDS)
    real = pipeline.analyse(record, QUICK)
    assert likeness(real.saliency.values_g, found.saliency.values_g) < 0.99
    np.testing.assert_allclose(found.importance.share.sum(), 1.0)


def test_the_same_random_weights_every_time_and_none_stay_behind() -> None:
    record = helpers.synthetic_record()
    before = pipeline.analyse(record, QUICK)
    a, b = random_control(record, QUICK), random_control(record, QUICK)
    np.testing.assert_array_equal(a.saliency.values_g, b.saliency.values_g)
    after = pipeline.analyse(record, QUICK)
    np.testing.assert_array_equal(before.saliency.values_g, after.saliency.values_g)
    assert before.estimate.mass_g == after.estimate.mass_g


def test_a_check_of_one_ecg_reports_and_can_be_stopped() -> None:
    record, steps = helpers.synthetic_record(), []
    found = check_record(record, QUICK, lambda text, done: steps.append(done))
    assert set(found.figures) == set(CHECKS)
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (0.0, 1.0)
    assert found.figures["completeness"].passed is None  # the method does not promise a sum

    def stop(text: str, done: float) -> None:
        if done > 0.2:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        check_record(record, QUICK, stop)


def test_the_analyst_answers_both() -> None:
    record, told = helpers.synthetic_record(), []
    found = answer(ControlRequest(1, record, QUICK), lambda _text, _done: None)
    assert isinstance(found.value, Control)
    found = answer(CheckRequest(2, record, QUICK), lambda text, done: told.append(text))
    assert isinstance(found.value, MethodTrust)
    assert told
    flat = replace(record, signal_mv=np.zeros_like(record.signal_mv))
    assert isinstance(
        answer(ControlRequest(3, flat, QUICK), lambda _text, _done: None).error, SignalError
    )


# --- random weights in the window --------------------------------------------------------------


def test_one_key_shows_them_in_strong_words_and_takes_them_back(explained, analyst, qtbot) -> None:
    side, real = explained.panels.side, explained_analysis()
    explained.ecg.setFocus()
    qtbot.keyClick(explained.ecg, Qt.Key.Key_W)
    (request,) = asked(analyst, ControlRequest)
    assert request.options.method == "ig_mean"
    assert side.importance.trial.random.isChecked()
    assert side.importance.trial.random.text() == "Random weights …"
    assert not explained.panels.control.banner.isVisible()  # what is seen is still the real map
    analyst.tell(control(), to=request)
    assert explained.panels.control.banner.text() == CONTROL_WORDS
    assert explained.panels.control.banner.isVisible()
    assert side.importance.control.isVisible()
    assert side.importance.control.text().startswith(CONTROL_WORDS)
    assert "0.80" in side.importance.control.text()
    assert CONTROL_WORDS in side.importance.note.text()
    assert CONTROL_WORDS in explained.panels.beat._content.saliency.method
    shown = side.importance.cells[2][1].text().partition("\n")[0]
    assert shown == f"{100 * control().importance.share[:, 1].sum():.0f} %"
    assert "real network" in side.contributions.state
    qtbot.keyClick(explained.ecg, Qt.Key.Key_W)
    assert not explained.panels.control.banner.isVisible()
    assert not side.importance.control.isVisible()
    assert not side.importance.trial.random.isChecked()
    assert not side.contributions.state
    shown = side.importance.cells[2][1].text().partition("\n")[0]
    assert shown == f"{100 * real.importance.share[:, 1].sum():.0f} %"
    assert CONTROL_WORDS not in explained.panels.beat._content.saliency.method


def test_it_never_leaves_the_program(explained, session, analyst, tmp_path, monkeypatch) -> None:
    real = session.analysis
    explained.panels.asides.ask_control(True)
    analyst.tell(control())
    assert session.analysis is real
    assert not explained.commands.actions["export_saliency"].isEnabled()
    session.analysisChanged.emit(session.analysis)
    assert not explained.commands.actions["export_saliency"].isEnabled()
    assert explained.panels.control.banner.isVisible()
    target = tmp_path / "out.svg"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(target), "SVG"))
    explained.commands.actions["export"].trigger()
    written = "".join(path.read_text("utf-8") for path in tmp_path.glob("out*.svg"))
    assert "integrated gradients" in written
    assert "RANDOM WEIGHTS" not in written
    explained.panels.asides.ask_control(False)
    assert explained.commands.actions["export_saliency"].isEnabled()


def test_it_is_gone_with_another_ecg(explained, session, analyst) -> None:
    explained.panels.asides.ask_control(True)
    analyst.tell(control())
    session.adopt(helpers.synthetic_record(bpm=90))
    assert not explained.panels.control.banner.isVisible()
    assert not explained.panels.side.importance.control.isVisible()
    assert not explained.panels.side.importance.trial.random.isChecked()
    assert not explained.panels.side.importance.trial.random.isEnabled()


def test_a_late_control_is_dropped(explained, session, analyst) -> None:
    explained.panels.asides.ask_control(True)
    late = asked(analyst, ControlRequest)[-1]
    session.adopt(helpers.synthetic_record(bpm=90))
    for _ in range(2):
        analyst.answer(explained_analysis(session.record))
    analyst.tell(control(), to=late)
    assert not explained.panels.control.banner.isVisible()
    assert explained.panels.asides.control is None


def test_another_method_takes_it_away(explained, session, analyst) -> None:
    explained.panels.asides.ask_control(True)
    analyst.tell(control())
    session.choose(replace(session.options, method="ig_zero"))
    assert not explained.panels.control.banner.isVisible()
    analyst.answer(explained_analysis(session.record))
    assert not explained.panels.side.importance.control.isVisible()


def test_the_second_estimate_leaves_it(explained, session, analyst) -> None:
    explained.panels.asides.ask_control(True)
    analyst.tell(control())
    session.add_second(session.analysis.estimate, None)
    assert explained.panels.control.banner.isVisible()
    assert CONTROL_WORDS in explained.panels.beat._content.saliency.method


def test_the_control_follows_boundaries_by_hand(explained, session, analyst) -> None:
    explained.panels.asides.ask_control(True)
    analyst.tell(control())
    fiducials = session.analysis.beat.fiducials
    drawn = replace(fiducials, qrs_off=fiducials.qrs_off + 4)
    shares = segment_importance(
        control().saliency, replace(explained_analysis().beat, fiducials=drawn)
    )

    def is_control() -> bool:
        shown = explained.panels.beat._analysis
        np.testing.assert_array_equal(shown.importance.share, shares.share)
        cell = explained.panels.side.importance.cells[2][1].text().partition("\n")[0]
        assert cell == f"{100 * shares.share[:, 1].sum():.0f} %"
        return shown.saliency.method.startswith(CONTROL_WORDS)

    session.draw_boundaries(drawn)
    assert is_control()
    explained.panels.beat.kept.emit(drawn, "")
    assert is_control()
    assert not session.analysis.saliency.method.startswith(CONTROL_WORDS)


def test_a_control_that_fails_is_a_message(explained, session, analyst) -> None:
    explained.panels.asides.ask_control(True)
    analyst.tell(error=SignalError("The saliency map is zero everywhere"))
    assert explained.message_bar.isVisible()
    assert not explained.panels.side.importance.trial.random.isChecked()


def test_a_control_in_other_units_keeps_its_words(explained, session, analyst) -> None:
    session.choose(replace(session.options, method="gradient"))
    made = explained_analysis(session.record)
    bare = replace(made.saliency, unit="g/mV", completeness_error=float("nan"))
    analyst.answer(replace(made, saliency=bare))
    explained.panels.asides.ask_control(True)
    found = control()
    analyst.tell(replace(found, saliency=replace(found.saliency, unit="g/mV")))
    assert CONTROL_WORDS in explained.panels.side.importance.note.text()
    explained.panels.asides.ask_control(False)
    assert explained.panels.side.contributions.state == NOT_GRAMS


def test_the_similarity_is_read_against_the_limit_of_the_check() -> None:
    limit = CHECKS["randomisation"].limit
    assert "more from the ECG and the method" in likeness_words(control(limit + 0.01))
    assert "depends on what the network has learned" in likeness_words(control(limit - 0.01))
    assert likeness_words(None) == ""


# --- the check in the window -------------------------------------------------------------------


def found(**failed: float) -> MethodTrust:
    figures = {name: TrustFigure(0.9, 0.9, 0.9, True) for name in CHECKS}
    figures["completeness"] = TrustFigure(None, None, None, None)
    figures |= {name: TrustFigure(v, v, v, False) for name, v in failed.items()}
    return MethodTrust(figures, {})


def test_the_check_shows_how_far_it_is_and_what_it_found(explained, analyst) -> None:
    trial = explained.panels.side.importance.trial
    trial.check.click()
    (request,) = asked(analyst, CheckRequest)
    assert trial.check.text() == "Stop (0 %)"
    analyst.progressed.emit(Progress(request.id, "adding noise", 0.6))
    assert (trial.check.text(), trial.step.text()) == ("Stop (60 %)", "Adding noise …")
    analyst.progressed.emit(Progress(request.id + 1, "somebody else's", 0.9))
    assert trial.check.text() == "Stop (60 %)"
    analyst.tell(found(randomisation=0.8), to=request)
    assert trial.check.text() == "Check this ECG"
    assert trial.found.isVisible()
    assert trial.found.text() == (
        "On this ECG: fails randomisation (0.80, at most 0.5); passes deletion, insertion, "
        "fold agreement, noise, shift."
    )
    assert trial.found.property("trust") == "failed"
    assert "does not apply" in trial.found.toolTip()
    assert "(0.80 to 0.80)" not in trial.found.toolTip()


def test_the_check_is_stopped(explained, analyst) -> None:
    trial = explained.panels.side.importance.trial
    trial.check.click()
    request = asked(analyst, CheckRequest)[-1]
    trial.check.click()
    assert [each.id for each in analyst.cancelled] == [request.id]
    assert trial.check.text() == "Check this ECG"
    analyst.tell(error=Cancelled("Stopped."), to=request)
    analyst.progressed.emit(Progress(request.id, "late", 0.9))
    assert trial.check.text() == "Check this ECG"
    assert not trial.found.isVisible()
    assert not trial.step.isVisible()


def test_the_check_is_gone_with_another_ecg_or_method(explained, session, analyst) -> None:
    trial = explained.panels.side.importance.trial
    trial.check.click()
    analyst.tell(found(), to=asked(analyst, CheckRequest)[-1])
    assert trial.found.property("trust") == "passed"
    session.choose(replace(session.options, method="ig_zero"))
    assert not trial.found.isVisible()
    analyst.answer(explained_analysis(session.record))
    trial.check.click()
    late = asked(analyst, CheckRequest)[-1]
    session.adopt(helpers.synthetic_record(bpm=90))
    assert [each.id for each in analyst.cancelled] == [late.id]
    analyst.tell(found(), to=late)
    assert not trial.found.isVisible()


def test_a_check_that_fails_says_why(explained, analyst) -> None:
    trial = explained.panels.side.importance.trial
    trial.check.click()
    analyst.tell(error=SignalError("The saliency map is zero everywhere"))
    assert "zero everywhere" in trial.step.text()
    assert trial.check.text() == "Check this ECG"


def test_without_any_check_the_badge_says_so() -> None:
    none = MethodTrust({name: TrustFigure(None, None, None, None) for name in CHECKS}, {})
    assert trust.of_this_ecg(none).look == trust.UNCHECKED


# --- lead by lead ------------------------------------------------------------------------------


def test_the_table_by_lead_sums_to_that_by_group() -> None:
    importance = explained_analysis().importance
    for view in (SHARE, SEED_LIKE):
        by_lead = lead_values(importance, view)
        np.testing.assert_allclose(values(importance, view)[0], by_lead[:6].sum(axis=0))
        np.testing.assert_allclose(by_lead.sum(), 1.0)
    np.testing.assert_array_equal(lead_values(importance, DENSITY), importance.density())


def test_each_lead_has_a_row(explained, analyst) -> None:
    panel, count = explained.panels.side.importance, len(analyst.requests)
    assert panel.cells[0][0].isVisible()
    panel.rows.setCurrentIndex(1)
    panel.rows.activated.emit(1)
    assert not panel.cells[0][0].isVisible()
    importance = explained_analysis().importance
    for row in range(12):
        cell = panel.lead_cells[row][1]
        assert cell.isVisible()
        assert cell.text() == f"{100 * importance.share[row, 1]:.0f} %"
        assert cell.height() >= cell.minimumSizeHint().height()
    assert "lead V4" in panel.lead_cells[9][1].toolTip()
    assert panel.lead_cells[9][1].toolTip().endswith(" g net")
    assert "net grams" not in panel.note.text()
    assert len(analyst.requests) == count


@pytest.mark.parametrize("by_lead", [False, True])
def test_nothing_is_cut_in_the_narrow_column(explained, session, analyst, qtbot, by_lead) -> None:
    """With all that can stand there: second estimate, control, check, rows."""
    card = helpers.toy_card(name="simulated-pooled-model2", sex=None)
    second = SecondEstimate(152.0, (152.0,), Interval(120.0, 190.0, 0.9), card)
    session.add_second(session.analysis.estimate, second)
    explained.panels.asides.ask_control(True)
    analyst.tell(control())
    explained.panels.asides.ask_check()
    names = {name: 0.1 for name in CHECKS if name != "completeness"}
    analyst.tell(found(**names))
    panel = explained.panels.side.importance
    panel.rows.setCurrentIndex(int(by_lead))
    panel.rows.activated.emit(int(by_lead))
    qtbot.wait(50)
    for text in explained.panels.side.findChildren(QLabel):
        if text.isVisible() and text.text():
            if text.wordWrap():
                assert text.height() >= text.heightForWidth(text.width()), text.text()
            else:
                assert text.width() >= text.minimumSizeHint().width(), text.text()
    for button in (panel.trial.random, panel.trial.check):
        assert button.width() >= button.minimumSizeHint().width()


def test_two_threads_draw_the_same_random_weights() -> None:
    """The control and the check may run at once."""
    bundle = pipeline.open_case(helpers.synthetic_record(), QUICK).bundle
    with ThreadPoolExecutor(max_workers=2) as threads:
        made = list(threads.map(all_random, [bundle] * 4))
    first, *others = [each.folds[0].net.state_dict() for each in made]
    for other in others:
        assert all((first[name] == other[name]).all() for name in first)
