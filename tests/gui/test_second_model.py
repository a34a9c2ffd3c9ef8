"""The model for both sexes beside that for this sex: asked after the estimate, shown beside it."""

from __future__ import annotations

from dataclasses import replace

import helpers
import pytest

from elvmass import pipeline
from elvmass.beside import Given
from elvmass.beside.second import second_estimate, with_second
from elvmass.errors import ConfigError
from elvmass.model.cards import counterpart
from elvmass.model.library import installed
from elvmass.pipeline import Options
from elvmass.record import Patient, Sex
from elvmass.report.as_json import estimate_json
from elvmass.result import Interval, SecondEstimate
from elvmass_gui.outputs.export import export
from elvmass_gui.painting.result_words import SECOND_TIP, second_line
from elvmass_gui.processes.aside_lanes import answer
from elvmass_gui.processes.aside_requests import SecondRequest
from elvmass_gui.views.result import ResultPanel


@pytest.fixture(scope="module")
def man():
    return pipeline.analyse(helpers.synthetic_record(), Options(explain=False))


def pooled(mass_g: float = 152.0) -> SecondEstimate:
    card = helpers.toy_card(name="toy-pooled-model2", sex=None)
    return SecondEstimate(mass_g, (mass_g,), Interval(120.0, 190.0, 0.9), card)


def seconds(analyst) -> list[SecondRequest]:
    return [each for each in analyst.asked if isinstance(each, SecondRequest)]


# --- what the models say -----------------------------------------------------------------------


def test_it_is_the_pooled_model_on_the_same_beat(man) -> None:
    options = Options(explain=False, model="simulated-pooled-model2")
    direct = pipeline.analyse(man.record, options).estimate
    second = second_estimate(Given.of(man), Sex.MALE)
    assert second is not None
    assert second.card == direct.card
    assert second.mass_g == pytest.approx(direct.mass_g, abs=0.01)
    assert second.interval.low_g == pytest.approx(direct.interval.low_g, abs=0.01)
    assert second.card != man.estimate.card


def test_beside_the_pooled_model_stands_that_for_the_sex(man) -> None:
    options = Options(explain=False, model="simulated-pooled-model2")
    given = Given.of(pipeline.analyse(man.record, options))
    assert second_estimate(given, Sex.MALE).card == man.estimate.card
    assert second_estimate(given, Sex.FEMALE).card.sex is Sex.FEMALE
    assert second_estimate(given, None) is None


def test_a_model_for_the_other_sex_has_no_counterpart(man) -> None:
    cards = installed.installed_models()
    assert counterpart(cards, man.estimate.card, Sex.FEMALE) is None


def test_another_cohort_is_no_counterpart(man) -> None:
    cards = installed.installed_models()
    other = replace(man.estimate.card, trained_on="somebody else's patients")
    assert counterpart(cards, other, Sex.MALE) is None


def test_what_is_unknown_stays_unknown_to_the_second(man) -> None:
    record = replace(man.record, patient=Patient(Sex.MALE, 61.0))
    small = pipeline.analyse(record, Options(explain=False))
    assert "weight_kg" not in Given.of(small).scalars
    second = second_estimate(Given.of(small), Sex.MALE)
    known = second_estimate(Given.of(man), Sex.MALE)
    width = [(s.interval.high_g - s.interval.low_g) / s.mass_g for s in (second, known)]
    assert width[0] > width[1]


def test_the_analyst_answers_it(man) -> None:
    told = answer(SecondRequest(5, Given.of(man), Sex.MALE), lambda _text, _done: None)
    assert told.id == 5
    assert isinstance(told.value, SecondEstimate)


def test_json_names_the_second_model(man) -> None:
    assert estimate_json(man)["second"] is None
    told = estimate_json(with_second(man))["second"]
    assert told["model"]["name"] == "simulated-pooled-model2"
    assert told["interval_g"][0] < told["mass_g"] < told["interval_g"][1]


# --- the window --------------------------------------------------------------------------------


def test_it_is_asked_once_the_estimate_stands(window, session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    assert not seconds(analyst)
    made = helpers.toy_analysis(session.record)
    analyst.answer(replace(made, saliency=None, importance=None))
    (asked,) = seconds(analyst)
    assert asked.sex is Sex.MALE
    assert asked.given.card == made.estimate.card
    analyst.tell(pooled(), to=asked)
    panel = window.panels.side.result
    assert panel.mass.text() == "141 g"
    assert panel.second.isVisible()
    assert panel.second.text() == (
        "Model for both sexes (toy-pooled-model2): 152 g, 90 % interval 120 to 190 g; 11 g more"
    )
    assert panel.second.toolTip() == SECOND_TIP
    assert "toy-pooled-model2 152 g" in panel.scale.accessibleName()
    assert panel.folds.isVisible()


def test_the_explanation_keeps_it(window, session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    made = helpers.toy_analysis(session.record)
    analyst.answer(replace(made, saliency=None, importance=None))
    analyst.tell(pooled())
    analyst.answer(made)
    assert session.analysis.saliency is not None
    assert session.analysis.second == pooled()
    assert len(seconds(analyst)) == 1


def test_a_late_answer_is_dropped(window, session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    analyst.answer(helpers.toy_analysis(session.record))
    old = seconds(analyst)[-1]
    session.adopt(helpers.synthetic_record(bpm=90))
    analyst.tell(pooled(), to=old)
    assert session.analysis is None
    analyst.answer(helpers.toy_analysis(session.record))
    analyst.tell(pooled(), to=old)
    assert session.analysis.second is None
    assert not window.panels.side.result.second.isVisible()


def test_a_correction_asks_again(window, session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    analyst.answer(helpers.toy_analysis(session.record))
    analyst.tell(pooled())
    session.correct(replace(session.record.patient, weight_kg=95.0))
    made = helpers.toy_analysis(session.record)
    heavier = replace(made.estimate, fold_masses_g=(150.0,), mass_g=150.0)
    analyst.answer(replace(made, estimate=heavier))
    assert session.analysis.second is None
    assert len(seconds(analyst)) == 2


def test_without_an_answer_nothing_is_shown_and_nothing_asked_again(
    window, session, analyst
) -> None:
    session.adopt(helpers.synthetic_record())
    analyst.answer(helpers.toy_analysis(session.record))
    analyst.tell(None)
    session.analysisChanged.emit(session.analysis)
    assert len(seconds(analyst)) == 1
    assert not window.panels.side.result.second.isVisible()


def test_the_scale_marks_both(qtbot) -> None:
    panel = ResultPanel()
    qtbot.addWidget(panel)
    panel.resize(380, 500)
    made = helpers.toy_analysis()
    panel.set_analysis(made)
    panel.show()
    alone = panel.scale.grab().toImage()
    panel.set_analysis(replace(made, second=pooled()))
    assert panel.scale.grab().toImage() != alone
    assert second_line(made) == ""
    assert second_line(replace(made, second=pooled(141.2))).endswith("no difference")


def test_the_difference_is_that_of_the_grams_that_are_shown() -> None:
    made = helpers.toy_analysis()
    shown_as_141 = replace(made.estimate, mass_g=140.6)
    line = second_line(replace(made, estimate=shown_as_141, second=pooled(141.4)))
    assert "141 g" in line
    assert line.endswith("no difference")


def test_the_report_names_it(qapp, tmp_path) -> None:
    made = helpers.toy_analysis()
    export(replace(made, second=pooled()), tmp_path / "a.svg")
    assert "toy-pooled-model2 152 g, 120–190 g" in (tmp_path / "a.svg").read_text("utf-8")
    export(made, tmp_path / "b.svg")
    assert "pooled" not in (tmp_path / "b.svg").read_text("utf-8")


def test_it_does_not_bring_back_an_explanation_that_failed(window, session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    made = helpers.toy_analysis(session.record)
    analyst.answer(replace(made, saliency=None, importance=None))
    analyst.answer(error=ConfigError("No references."))
    analyst.tell(pooled(), to=seconds(analyst)[-1])
    side = window.panels.side
    assert side.result.second.isVisible()
    assert side.importance.state == "No explanation. No references."
