"""The panels of the right column: every state of the estimate has its words."""

from __future__ import annotations

from dataclasses import replace

import helpers
import numpy as np
import pytest

from elvmass.beat import SEGMENTS
from elvmass.clinical.thresholds import THRESHOLDS, judge
from elvmass.record import Notice, Sex
from elvmass.result import OUR_EXCLUSIONS, PAPER_EXCLUSIONS, Analysis, Estimate, group_sums
from elvmass_gui.painting.result_words import outside_line
from elvmass_gui.painting.wording import height_index_text
from elvmass_gui.views import wording
from elvmass_gui.views.contributions import ContributionsPanel, rows
from elvmass_gui.views.importance import EXPLAINING, ImportancePanel
from elvmass_gui.views.importance_table import with_total
from elvmass_gui.views.measurements import MeasurementsPanel
from elvmass_gui.views.result import ResultPanel


def with_verdict(sex: Sex | None, bsa_m2: float | None, key: str = "ct_fuchs_2016") -> Estimate:
    estimate = helpers.toy_analysis().estimate
    lvh = judge(estimate.mass_g, estimate.interval, bsa_m2, sex, THRESHOLDS[key])
    index = None if bsa_m2 is None else estimate.mass_g / bsa_m2
    return replace(estimate, bsa_m2=bsa_m2, index_g_per_m2=index, lvh=lvh)


@pytest.mark.parametrize(
    ("sex", "bsa_m2", "key", "headline", "settled"),
    [
        (Sex.MALE, 1.0, "ct_fuchs_2016", "LVH: above the limit", True),
        (Sex.MALE, 1.9, "echo_ase_2015", "LVH: below the limit", True),
        (Sex.MALE, 1.91, "ct_fuchs_2016", "LVH not settled: estimate below the limit", False),
        (Sex.MALE, 1.7, "ct_fuchs_2016", "LVH not settled: estimate above the limit", False),
        (None, 1.9, "ct_fuchs_2016", "LVH not computed: sex is unknown", False),
        (Sex.MALE, None, "ct_fuchs_2016", "LVH not computed: height or weight is unknown", False),
    ],
)
def test_verdicts(qtbot, sex, bsa_m2, key, headline, settled) -> None:
    panel = ResultPanel()
    qtbot.addWidget(panel)
    estimate = with_verdict(sex, bsa_m2, key)
    panel.set_analysis(replace(helpers.toy_analysis(), estimate=estimate))
    assert panel.verdict.text() == headline
    assert panel.verdict.property("role") == ("verdict" if settled else "unsettled")
    assert (panel.index.text() == "Index –") == (bsa_m2 is None)


def test_the_limit_is_named_with_modality_grams_and_sex() -> None:
    text = wording.verdict_reason(with_verdict(Sex.MALE, 1.91))
    assert text == "CT limit for men: 80 g/m² = 153 g, inside the 90 % interval."
    assert "women: 65 g/m²" in wording.verdict_reason(with_verdict(Sex.FEMALE, 1.91))
    assert wording.verdict_reason(with_verdict(None, 1.9)) == "The CT limit depends on sex."


def test_bsa_inputs_are_named() -> None:
    estimate = helpers.toy_analysis().estimate
    words = wording.body(estimate)
    assert words.replace("\xa0", " ") == "BSA 1.91 m² (Du Bois) from 172 cm, 78 kg"
    assert words.split(" ")[-1].startswith("from")  # no line begins with a unit
    assert "not computed" in wording.body(replace(estimate, bsa_m2=None))


def test_an_ecg_outside_the_models_reach_is_said(qtbot) -> None:
    panel = ResultPanel()
    qtbot.addWidget(panel)
    analysis = helpers.toy_analysis()
    panel.set_analysis(analysis)
    assert panel.outside.isHidden()
    notices = (
        Notice("wide_qrs", "QRS lasts 142 ms."),
        Notice("outside_training", "The T axis lies far outside."),
        Notice("outside_training", "The weight lies far outside."),
        Notice("suspected_arm_reversal", "The arms seem exchanged."),
    )
    panel.set_analysis(replace(analysis, estimate=replace(analysis.estimate, notices=notices)))
    assert not panel.outside.isHidden()
    assert panel.outside.text() == (
        "Outside what the model is meant for: wide QRS, values far from those of the training "
        "cohort, electrodes may be exchanged."
    )
    assert panel.outside.toolTip().splitlines()[1:3] == [
        "The T axis lies far outside.", "The weight lies far outside.",
    ]  # fmt: skip


def test_every_exclusion_has_its_words() -> None:
    estimate = helpers.toy_analysis().estimate
    for code in PAPER_EXCLUSIONS + OUR_EXCLUSIONS:
        line = outside_line(replace(estimate, notices=(Notice(code, "Why."),)))
        assert code not in line, line
        assert "_" not in line, line


@pytest.mark.parametrize(
    ("masses", "line"),
    [
        ((), ""),
        ((150.2,), "only one clean beat: 150 g"),
        ((150.2, 154.2, 158.2), "on 3 clean beats 150–158 g, SD 4.0 g"),
        ((150.2, 150.3), "on 2 clean beats 150 g, SD 0.1 g"),
    ],
)
def test_repeatability_is_said_in_grams(qtbot, masses, line) -> None:
    panel = ResultPanel()
    qtbot.addWidget(panel)
    analysis = helpers.toy_analysis()
    estimate = replace(analysis.estimate, beat_masses_g=masses)
    panel.set_analysis(replace(analysis, estimate=estimate))
    assert panel.beats.text() == line
    assert panel.beats.isHidden() == (not line)
    assert panel.folds.text() == "5 fold models 137–144 g"


def test_the_model_is_named(qtbot) -> None:
    lines = dict(wording.model_lines(helpers.toy_analysis().estimate))
    assert lines["Model"] == "toy-male-model2, version 1"
    assert lines["For"] == "men"
    assert lines["Folds"] == "5 models, 137 to 144 g"
    assert "15 g" in lines["Error"]
    assert set(lines) == {"Model", "For", "Inputs", "Chosen", "Trained on", "Folds", "Error"}


def test_the_selector_names_modality_and_limits(qtbot) -> None:
    panel = ResultPanel()
    qtbot.addWidget(panel)
    titles = [panel.threshold.itemText(k) for k in range(panel.threshold.count())]
    assert len(set(titles)) == len(THRESHOLDS)
    for title, row in zip(titles, THRESHOLDS.values(), strict=True):
        assert title.startswith(row.modality)
        assert f"{row.male_g_per_m2:g}" in title
        assert f"{row.female_g_per_m2:g}" in title


def test_showing_options_asks_for_nothing(qtbot) -> None:
    panel = ResultPanel()
    qtbot.addWidget(panel)
    picked: list[str] = []
    panel.thresholdPicked.connect(picked.append)
    panel.set_options("echo_ase_2015", "mosteller")
    assert panel.threshold.currentData() == "echo_ase_2015"
    assert panel.formula.currentData() == "mosteller"
    assert not picked


def test_the_scale_is_drawn_and_spoken(qtbot) -> None:
    panel = ResultPanel()
    qtbot.addWidget(panel)
    panel.resize(380, 500)
    panel.set_analysis(helpers.toy_analysis())
    image = panel.scale.grab().toImage()
    colours = {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}
    assert len(colours) > 10
    assert "90 % interval 111 to 179 g" in panel.scale.accessibleName()
    assert "limit 153 g" in panel.scale.accessibleName()


def test_importance_sums_up(qtbot) -> None:
    panel = ImportancePanel()
    qtbot.addWidget(panel)
    analysis = helpers.toy_analysis()
    panel.set_analysis(analysis)
    share = analysis.importance.share
    precordial_qrs = share[6:, 1].sum()
    assert panel.cells[1][1].text().startswith(f"{100 * precordial_qrs:.0f} %")
    assert panel.heads[1].text() == f"QRS\n{1000 * analysis.importance.seconds[1]:.0f} ms"
    totals = with_total(group_sums(share))
    np.testing.assert_allclose(totals[2].sum(), 1.0)
    np.testing.assert_allclose(totals[2], share.sum(axis=0))
    assert len(panel.cells[0]) == len(SEGMENTS)


def test_the_index_by_height_stands_below_that_by_surface(qtbot) -> None:
    panel = ResultPanel()
    qtbot.addWidget(panel)
    made = helpers.toy_analysis()
    panel.set_analysis(made)
    assert panel.by_height.isHidden()
    tall = replace(made, estimate=replace(made.estimate, height_cm=172.0))
    panel.set_analysis(tall)
    assert not panel.by_height.isHidden()
    assert panel.by_height.text() == height_index_text(tall.estimate) != ""


def test_contributions_add_up() -> None:
    analysis = helpers.toy_analysis()
    lines = rows(analysis)
    steps = sum(value for _, value, _ in lines if value is not None)
    assert analysis.saliency.reference_g + steps == pytest.approx(analysis.estimate.mass_g)
    assert [title for title, _, _ in lines][-3:] == ["Height 172 cm", "Weight 78 kg", "Estimate"]


def test_imputed_contributions_are_marked() -> None:
    analysis = helpers.toy_analysis()
    estimate = replace(analysis.estimate, imputed=("age_years",))
    titles = [title for title, _, _ in rows(replace(analysis, estimate=estimate))]
    assert "Age 61 years (imputed)" in titles


def test_without_explanation_the_panels_say_so(qtbot) -> None:
    quick: Analysis = replace(helpers.toy_analysis(), saliency=None, importance=None)
    for panel in (ImportancePanel(), ContributionsPanel()):
        qtbot.addWidget(panel)
        panel.set_analysis(quick)
        assert panel.state == EXPLAINING
        panel.set_analysis(helpers.toy_analysis())
        panel.set_analysis(helpers.toy_analysis())
        assert not panel.state


def test_device_and_measured_never_mix(qtbot) -> None:
    panel = MeasurementsPanel()
    qtbot.addWidget(panel)
    analysis = helpers.toy_analysis()
    panel.set_record(analysis.record)
    assert panel.cells["QRS", "Device"].text() == "92 ms"
    assert panel.cells["QRS", "Measured"].text() == "–"
    panel.set_analysis(analysis)
    assert panel.cells["QRS", "Measured"].text() == "94 ms"
    assert panel.cells["PR", "Device"].text() == "–"
    assert panel.cells["P axis", "Measured"].text() == "60°"
