"""Rule-based criteria, QTc by every formula and the quality of the leads, as they are shown."""

from __future__ import annotations

from dataclasses import replace

import helpers
import numpy as np
import pytest

from elvmass.clinical.criteria import PRESETS, RULES, criteria
from elvmass.record import LEADS, LeadQuality, Measurements, Sex
from elvmass_gui import settings as rows
from elvmass_gui.painting import criteria_words as words
from elvmass_gui.painting.ink import TextStyle, text_width_mm
from elvmass_gui.painting.report_measured import _CRITERIA
from elvmass_gui.views.criteria import CriteriaPanel
from elvmass_gui.views.measurements import MeasurementsPanel


def shown(panel: CriteriaPanel) -> dict[str, list[str]]:
    return {cells[0].text(): [cell.text() for cell in cells[1:]] for cells in panel.cells}


def test_every_criterion_stands_with_value_limit_and_verdict(qtbot) -> None:
    panel = CriteriaPanel()
    qtbot.addWidget(panel)
    assert panel.state == "Follows the estimate."
    panel.set_analysis(helpers.toy_analysis())
    table = shown(panel)
    assert list(table) == [rule.name for rule in RULES]
    assert table["Sokolow-Lyon voltage"] == ["3.30 mV", "3.50", "negative"]
    assert table["Cornell voltage"] == ["2.10 mV", "2.80", "negative"]
    assert table["MESA sum"] == ["3.30 mV", "", "no single limit"]
    assert table["Framingham"] == ["not met", "", "negative"]
    assert panel.aside.text() == "0 of 14 positive"
    assert panel.cells[0][0].toolTip() == (
        "Sokolow-Lyon voltage: S V1 + max(R V5, R V6)\nSource: Sokolow & Lyon 1949"
    )


def test_what_is_not_computed_says_why_and_the_sex_matters(qtbot) -> None:
    analysis = helpers.toy_analysis()
    panel = CriteriaPanel()
    qtbot.addWidget(panel)
    unknown = criteria(analysis.leads, analysis.measured, None)
    panel.set_analysis(replace(analysis, criteria=unknown))
    assert shown(panel)["Cornell product"] == ["–", "244", "sex is unknown"]
    assert shown(panel)["Cornell voltage"] == ["2.10 mV", "", "sex is unknown"]
    woman = criteria(analysis.leads, analysis.measured, Sex.FEMALE)
    panel.set_analysis(replace(analysis, criteria=woman))
    assert shown(panel)["Cornell voltage"] == ["2.10 mV", "2.00", "positive"]
    assert panel.cells[2][0].property("role") == "met"
    panel.set_analysis(analysis)
    assert panel.cells[2][0].property("role") == "small"


def test_other_cut_offs_are_asked_for_and_remembered(window, session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    for _ in range(2):
        analyst.answer(helpers.toy_analysis(session.record))
    count, saliency = len(analyst.requests), session.analysis.saliency
    box = window.panels.side.criteria.preset
    box.setCurrentIndex(box.findData("korean"))
    box.activated.emit(box.currentIndex())
    assert analyst.last.options.cutoffs == "korean"
    assert window.preferences[rows.CUTOFFS] == "korean"
    quick = helpers.toy_analysis(session.record)
    analyst.answer(replace(quick, saliency=None, importance=None))
    assert session.analysis.saliency is saliency
    assert len(analyst.requests) == count + 1


def test_every_preset_has_its_words() -> None:
    assert set(words.PRESET_WORDS) == set(PRESETS)


def test_qtc_stands_by_four_formulas(qtbot) -> None:
    panel = MeasurementsPanel()
    qtbot.addWidget(panel)
    analysis = helpers.toy_analysis()
    panel.set_record(analysis.record)
    assert panel.qtc.isHidden()
    panel.set_analysis(analysis)
    assert panel.qtc.text() == (
        "QTc measured: Bazett 440, Fridericia 427, Framingham 428, Hodges 423 ms"
    )
    assert words.qtc_line(Measurements(rate_bpm=72.0)) == ""


def test_leads_that_stand_out_are_named(qtbot) -> None:
    noise, wander, off = np.full(12, 0.01), np.full(12, 0.2), np.zeros(12)
    noise[7], wander[2], off[9] = 0.12, 0.9, 1.5
    quality = LeadQuality(noise, wander, off)
    assert words.quality_line(quality) == (
        "Leads: noise at most 120 µV (V2); wander at most 900 µV (III); "
        "without signal for a while: V4"
    )
    bad = {lead for lead, cells in words.quality_rows(quality) if any(b for _, b in cells)}
    assert bad == {"III", "V2", "V4"}
    assert words.quality_table(quality).count("stands out") == 3
    panel = MeasurementsPanel()
    qtbot.addWidget(panel)
    analysis = replace(helpers.toy_analysis(), lead_quality=quality)
    panel.set_record(analysis.record)
    panel.set_analysis(analysis)
    assert "V2" in panel.quality.text()
    assert len(panel.quality.toolTip().splitlines()) == 1 + len(LEADS)


@pytest.mark.usefixtures("qapp")
def test_every_formula_and_source_fits_its_column_of_the_report() -> None:
    room = {head: width for head, _, width in _CRITERIA}
    small, bold = TextStyle(2.4), TextStyle(2.7, bold=True)
    for rule in RULES:
        assert text_width_mm(rule.formula, small) <= room["formula (voltages in mV)"], rule.key
        assert text_width_mm(rule.source, small) <= room["source"], rule.key
        assert text_width_mm(rule.name, bold) <= room["criterion"], rule.key
