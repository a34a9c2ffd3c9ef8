"""What if: the model's answers to suppositions, and the window that asks for them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import helpers
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel

from elvmass import pipeline
from elvmass.beat import Segment
from elvmass.beside import Curve, Given, Point, Supposed, Supposition, Sweep
from elvmass.beside.suppose import outside_training, suppose, trained_range
from elvmass.errors import BundleError, ConfigError, SignalError
from elvmass.model.library import installed
from elvmass.pipeline import Options
from elvmass.record import Sex
from elvmass.report.curve_csv import curve_csv
from elvmass.result import Interval, SecondEstimate
from elvmass_gui import what_if_words as words
from elvmass_gui.messages import WorkerError
from elvmass_gui.processes.aside_lanes import answer
from elvmass_gui.processes.aside_requests import SupposeRequest

WEIGHTS = Sweep("weight_kg", (60.0, 78.0, 100.0, 150.0))
VOLTAGES = Sweep("", (0.0, 0.5, 1.0, 2.0))


@pytest.fixture(scope="module")
def man():
    return pipeline.analyse(helpers.synthetic_record(), Options(explain=False))


# --- what the model says -----------------------------------------------------------------------


def test_nothing_supposed_is_the_estimate(man) -> None:
    found = suppose(Given.of(man), Supposition(), WEIGHTS)
    assert found.original.mass_g == pytest.approx(man.estimate.mass_g, abs=0.01)
    assert found.changed == found.original
    assert found.original.interval.low_g == pytest.approx(man.estimate.interval.low_g, abs=0.01)
    assert found.curve.mass_g[1] == pytest.approx(man.estimate.mass_g, abs=0.01)
    assert not found.outside


def test_another_weight_is_what_a_corrected_patient_gets(man) -> None:
    found = suppose(Given.of(man), Supposition({"weight_kg": 100.0}), WEIGHTS)
    patient = replace(man.record.patient, weight_kg=100.0)
    direct = pipeline.analyse(replace(man.record, patient=patient), Options(explain=False)).estimate
    assert found.changed.mass_g == pytest.approx(direct.mass_g, abs=0.01)
    assert found.changed.interval.high_g == pytest.approx(direct.interval.high_g, abs=0.01)
    assert found.original.mass_g == pytest.approx(man.estimate.mass_g, abs=0.01)
    assert found.curve.mass_g[2] == pytest.approx(direct.mass_g, abs=0.01)


def test_outside_the_cohort_there_is_no_interval(man) -> None:
    found = suppose(Given.of(man), Supposition({"weight_kg": 150.0}), WEIGHTS)
    assert found.outside == ("weight_kg",)
    assert found.changed.interval is None
    assert found.curve.outside.tolist() == [False, False, False, True]
    assert np.isfinite(found.curve.low_g).tolist() == [True, True, True, False]
    spec = installed.open_bundle(man.estimate.card).spec
    low, high = trained_range(spec, "weight_kg")
    assert 100 < high < 150
    assert outside_training(spec, {"weight_kg": high + 0.1}) == ("weight_kg",)
    assert outside_training(spec, {"weight_kg": low + 0.1}) == ()


def test_an_altered_ecg_has_no_interval(man) -> None:
    half = Supposition(segment=Segment.QRS, group="precordial", factor=0.5)
    found = suppose(Given.of(man), half, VOLTAGES)
    assert found.changed.interval is None
    assert found.changed.mass_g != pytest.approx(found.original.mass_g, abs=0.5)
    assert found.curve.mass_g[1] == pytest.approx(found.changed.mass_g, abs=1e-3)
    assert found.curve.mass_g[2] == pytest.approx(found.original.mass_g, abs=0.01)
    assert np.isfinite(found.curve.low_g).tolist() == [False, False, True, False]


def test_a_curve_over_weight_keeps_the_altered_ecg(man) -> None:
    flat = Supposition({"age_years": 30.0}, Segment.T, "all", 0.0)
    found = suppose(Given.of(man), flat, WEIGHTS)
    assert found.curve.mass_g[1] == pytest.approx(found.changed.mass_g, abs=0.01)
    assert np.isnan(found.curve.low_g).all()


def test_sex_is_asked_of_the_pooled_model_only(man) -> None:
    woman = Supposition({"sex_male": 0.0})
    with pytest.raises(ConfigError, match="pooled model"):
        suppose(Given.of(man), woman, WEIGHTS)
    options = Options(explain=False, model="simulated-pooled-model2")
    pooled = Given.of(pipeline.analyse(man.record, options))
    patient = replace(man.record.patient, sex=Sex.FEMALE)
    direct = pipeline.analyse(replace(man.record, patient=patient), options).estimate
    assert suppose(pooled, woman, WEIGHTS).changed.mass_g == pytest.approx(direct.mass_g, abs=0.01)


def test_what_cannot_be_asked_is_refused(man) -> None:
    given = Given.of(man)
    beat = given.beat
    without_t = replace(beat, fiducials=replace(beat.fiducials, t_on=None, t_off=None))
    with pytest.raises(SignalError, match="no T segment"):
        suppose(replace(given, beat=without_t), Supposition(segment=Segment.T, factor=0.0), WEIGHTS)
    gone = replace(given.card, sha256="0" * 64)
    with pytest.raises(BundleError, match="no longer installed"):
        suppose(replace(given, card=gone), Supposition(), WEIGHTS)


def test_the_analyst_answers(man) -> None:
    request = SupposeRequest(9, Given.of(man), Supposition({"age_years": 40.0}), WEIGHTS)
    told = answer(request, lambda _text, _done: None)
    assert told.id == 9
    assert isinstance(told.value, Supposed)
    refused = replace(request, supposition=Supposition({"sex_male": 0.0}))
    assert isinstance(answer(refused, lambda _text, _done: None).error, ConfigError)


def test_the_csv_has_a_row_for_each_value_and_names_nobody(man) -> None:
    found = suppose(Given.of(man), Supposition({"age_years": 40.0}), WEIGHTS)
    rows = list(csv.DictReader(io.StringIO(curve_csv(found))))
    assert [float(row["value"]) for row in rows] == list(WEIGHTS.values)
    assert float(rows[1]["mass_g"]) == pytest.approx(found.curve.mass_g[1])
    assert rows[3]["low_g"] == ""
    assert rows[3]["far_outside_training"] == "1"
    assert rows[0]["supposed"] == "age_years=40"
    assert "not a patient" in rows[0]["note"]
    assert "Test" not in curve_csv(found)
    voltage = suppose(Given.of(man), Supposition(group="limb", factor=0.5), VOLTAGES)
    rows = list(csv.DictReader(io.StringIO(curve_csv(voltage))))
    assert (rows[1]["variable"], rows[1]["unit"], rows[1]["value"]) == (
        "QRS/limb",
        "percent",
        "50.0",
    )


# --- the window --------------------------------------------------------------------------------


def made_up(request: SupposeRequest, changed_g: float = 150.0) -> Supposed:
    n = len(request.sweep.values)
    folds = np.linspace(100.0, 180.0, n)[:, None] + np.array([-2.0, 2.0])
    curve = Curve(
        request.sweep, folds.mean(axis=1), folds, np.full(n, 80.0), np.full(n, 220.0),
        np.arange(n) > n - 4,
    )  # fmt: skip
    span = Interval(110.0, 190.0, 0.9)
    asked = request.supposition
    honest = None if asked.alters_ecg else Interval(changed_g - 30, changed_g + 30, 0.9)
    return Supposed(
        request.given, asked, Point(141.0, (139.0, 143.0), span),
        Point(changed_g, (changed_g - 1, changed_g + 1), honest), curve, (),
    )  # fmt: skip


def pooled() -> SecondEstimate:
    return SecondEstimate(152.0, (152.0,), None, helpers.toy_card(name="pooled", sex=None))


def asked(analyst) -> list[SupposeRequest]:
    return [each for each in analyst.asked if isinstance(each, SupposeRequest)]


@pytest.fixture
def what_if(window, session, analyst, qtbot):
    session.adopt(helpers.synthetic_record())
    for _ in range(2):
        analyst.answer(helpers.toy_analysis(session.record))
    window.commands.actions["what_if"].trigger()
    found = window.panels.what_if.window
    qtbot.waitExposed(found)
    analyst.tell(made_up(analyst.asked[-1], 141.0))
    yield found
    found.close()


def test_it_opens_with_what_was_recorded(what_if, analyst) -> None:
    request = asked(analyst)[0]
    assert words.is_nothing(request.supposition)
    assert request.sweep.scalar == "weight_kg"
    assert 78.0 in request.sweep.values
    assert what_if.question.text() == "A question to the model, not a patient"
    assert what_if.question.isVisible()
    assert what_if.original.text() == what_if.supposed.text() == "141 g"
    assert len(asked(analyst)) == 1


def test_a_slider_asks_and_the_original_stays(what_if, analyst, qtbot) -> None:
    slider = what_if.sliders["weight_kg"].slider
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    request = analyst.asked[-1]
    assert request.supposition.scalars == {"weight_kg": 79.0}
    analyst.tell(made_up(request, 172.4))
    assert what_if.original.text() == "141 g"
    assert what_if.supposed.text() == "172 g"
    assert what_if.moved.text() == "+31.4 g"
    assert what_if.sliders["weight_kg"].was.text() == "was 78 kg"
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert words.is_nothing(analyst.asked[-1].supposition)


def test_one_question_at_a_time_and_the_newest_next(what_if, analyst) -> None:
    slider = what_if.sliders["age_years"]
    before = len(asked(analyst))
    for age in (50.0, 51.0, 52.0, 53.0):
        slider.set_value(age)
    assert len(asked(analyst)) == before + 1
    analyst.tell(made_up(analyst.asked[-1], 150.0))
    assert what_if.supposed.text() == "150 g"  # the number follows the hand
    assert len(asked(analyst)) == before + 2
    assert analyst.asked[-1].supposition.scalars == {"age_years": 53.0}
    analyst.tell(made_up(analyst.asked[-1], 153.0))
    assert len(asked(analyst)) == before + 2
    assert what_if.supposed.text() == "153 g"


def test_another_ecg_begins_anew_and_a_late_answer_is_dropped(
    what_if, analyst, session, window
) -> None:
    what_if.sliders["age_years"].set_value(50.0)
    late = analyst.asked[-1]
    session.adopt(helpers.synthetic_record(bpm=90))
    assert what_if.original.text() == "–"
    assert not what_if.export.isEnabled()
    made = helpers.toy_analysis(session.record)
    analyst.answer(replace(made, saliency=None, importance=None))
    analyst.tell(made_up(late, 999.0), to=late)
    assert what_if.supposed.text() == "–"
    request = asked(analyst)[-1]
    assert request is not late
    assert words.is_nothing(request.supposition)
    analyst.tell(made_up(request, 141.0), to=request)
    assert what_if.supposed.text() == "141 g"


def test_the_second_estimate_and_the_reasons_keep_what_is_supposed(
    what_if, analyst, session
) -> None:
    what_if.sliders["age_years"].set_value(50.0)
    session.add_second(session.analysis.estimate, pooled())
    assert what_if.sliders["age_years"].value == 50.0
    assert [what_if.model.itemText(k) for k in range(what_if.model.count())] == [
        "toy-male-model2", "pooled",
    ]  # fmt: skip


def test_sex_waits_for_a_model_that_knows_both(what_if, analyst, session) -> None:
    analyst.tell(made_up(analyst.asked[-1]))
    assert not what_if.sex.isEnabled()
    assert "one sex only" in what_if.sex.toolTip()
    session.add_second(session.analysis.estimate, pooled())
    what_if.model.setCurrentIndex(1)
    what_if.model.activated.emit(1)
    assert what_if.sex.isEnabled()
    assert asked(analyst)[-1].given.card.name == "pooled"
    analyst.tell(made_up(asked(analyst)[-1]), to=asked(analyst)[-1])
    what_if.sex.setCurrentIndex(what_if.sex.findData("0"))
    what_if.sex.activated.emit(0)
    assert asked(analyst)[-1].supposition.scalars == {"sex_male": 0.0}


def test_flatten_marks_the_answer_as_nobodys(what_if, analyst) -> None:
    what_if.segment.setCurrentIndex(what_if.segment.findData("T"))
    what_if.flatten.click()
    request = analyst.asked[-1]
    assert (request.supposition.segment, request.supposition.factor) == (Segment.T, 0.0)
    analyst.tell(made_up(request))
    assert what_if.doubts.isVisible()
    assert "nobody" in what_if.doubts.text()
    assert "no interval" in what_if.supposed_more.text()
    what_if.reset.click()
    analyst.tell(made_up(analyst.asked[-1], 141.0))
    assert not what_if.doubts.isVisible()
    assert what_if.factor.value == 1.0


def test_outside_the_trained_range_is_said(what_if, analyst) -> None:
    what_if.sliders["weight_kg"].set_value(150.0)
    request = analyst.asked[-1]
    analyst.tell(replace(made_up(request), outside=("weight_kg",)))
    assert what_if.doubts.text().startswith("Outside the trained range: weight.")


def test_units_are_those_of_the_patient_panel(what_if, window, analyst) -> None:
    analyst.tell(made_up(analyst.asked[-1]))
    window.panels.side.patient.unitPicked.emit("weight_kg", "lb")
    slider = what_if.sliders["weight_kg"]
    assert slider.number.suffix() == " lb"
    assert slider.number.value() == pytest.approx(172.0, abs=0.05)
    assert not slider.changed
    slider.number.setValue(200.0)
    assert slider.value == pytest.approx(90.718, abs=0.001)
    slider.number.setValue(172.0)  # as shown at first: rounding is no change
    assert slider.value == 78.0


def test_the_curve_over_voltage_runs_over_the_chosen_segment(what_if, analyst) -> None:
    what_if.variable.setCurrentIndex(what_if.variable.findData(""))
    what_if.variable.activated.emit(what_if.variable.currentIndex())
    request = analyst.asked[-1]
    assert request.sweep.scalar == ""
    assert (request.sweep.values[0], request.sweep.values[-1]) == (0.0, 2.0)
    analyst.tell(made_up(request, 141.0))
    axis = what_if.plot.widget.getAxis("bottom")
    assert axis.labelText == "QRS voltage, all leads, % of this ECG"
    assert what_if.plot._present.getData()[0].tolist() == [100.0]


def test_both_axes_are_named_in_every_theme(what_if) -> None:
    left = what_if.plot.widget.getAxis("left")
    for _ in range(2):
        assert left.labelText == "mass, g"
        assert left.label.isVisible()
        what_if.plot.dress()


def test_the_mark_stands_at_the_present_value(what_if, analyst) -> None:
    what_if.sliders["weight_kg"].set_value(100.0)
    analyst.tell(made_up(analyst.asked[-1], 160.0))
    x, y = what_if.plot._present.getData()
    assert (x.tolist(), y.tolist()) == ([100.0], [160.0])
    x, y = what_if.plot._original.getData()
    assert (x.tolist(), y.tolist()) == ([78.0], [141.0])
    dashed = what_if.plot._outside.getData()[1]
    assert np.isfinite(dashed).sum() == 4  # three values and the step to them


def test_a_process_that_dies_is_asked_again_by_the_next_question(what_if, analyst) -> None:
    what_if.flatten.click()
    analyst.tell(error=WorkerError("The analyst process ended unexpectedly"))
    assert what_if.state.text() == "The analyst process ended unexpectedly."
    what_if.sliders["weight_kg"].set_value(100.0)
    analyst.tell(made_up(analyst.asked[-1], 160.0))
    assert what_if.state.isHidden()
    assert what_if.supposed.text() == "160 g"


def test_an_answer_that_fails_is_words(what_if, analyst) -> None:
    what_if.flatten.click()
    analyst.tell(error=SignalError("This beat has no T segment"))
    assert what_if.state.isVisible()
    assert "no T segment" in what_if.state.text()
    assert what_if.state.wordWrap()
    assert what_if.original.text() == "141 g"
    assert what_if.supposed.text() == "–"
    what_if.reset.click()
    analyst.tell(made_up(analyst.asked[-1], 141.0))
    assert not what_if.state.isVisible()


def test_the_curve_is_saved(what_if, analyst, tmp_path, monkeypatch) -> None:
    target = tmp_path / "curve.csv"
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *a: (str(target), "CSV table (*.csv)")
    )
    what_if.export.click()
    assert len(target.read_text("utf-8").splitlines()) == 23
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *a: (str(Path("/nonexistent/x.csv")), "")
    )
    what_if.export.click()
    assert "folder does not exist" in what_if.state.text()


def test_without_an_estimate_it_says_so(window, session, analyst, qtbot) -> None:
    session.adopt(helpers.synthetic_record())
    window.commands.actions["what_if"].trigger()
    found = window.panels.what_if.window
    assert found.state.text() == "Follows the estimate."
    assert not asked(analyst)
    analyst.answer(error=SignalError("Lead V2 is flat"))
    assert "Lead V2 is flat" in found.state.text()
    found.close()


def test_nothing_is_cut(what_if) -> None:
    for text in what_if.findChildren(QLabel):
        if text.isVisible() and text.text() and not text.wordWrap():
            assert text.width() >= text.minimumSizeHint().width(), text.text()
    assert what_if.minimumSizeHint().height() <= 700


def test_the_voltage_is_named_by_segment_and_leads(what_if, analyst) -> None:
    row = what_if.variable.findData("")
    assert what_if.variable.itemText(row) == "QRS voltage, all leads"
    what_if.group.setCurrentIndex(what_if.group.findData("precordial"))
    what_if.group.activated.emit(what_if.group.currentIndex())
    assert what_if.variable.itemText(row) == "QRS voltage, precordial leads"
    assert analyst.asked[-1].supposition.group == "precordial"
