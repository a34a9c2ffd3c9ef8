"""Numbers as words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers import toy_analysis

from elvmass.record import Measurements, Patient
from elvmass_gui.painting import wording


@pytest.fixture(scope="module")
def analysis():
    return toy_analysis()


def test_mass_interval_and_index_have_no_false_precision(analysis):
    e = analysis.estimate
    assert wording.grams(e.mass_g) == "141 g"
    assert wording.interval_text(e) == "90 % interval 111–179 g"
    assert wording.index_text(e) == "73.8 g/m² (BSA 1.91 m², Du Bois)"


def test_an_unknown_index_is_said_to_be_unknown(analysis):
    e = replace(analysis.estimate, index_g_per_m2=None, bsa_m2=None)
    assert "height or weight is unknown" in wording.index_text(e)


def test_a_verdict_inside_the_interval_is_never_settled(analysis):
    lvh = analysis.estimate.lvh
    assert "not settled" in wording.lvh_text(lvh)
    assert "not settled" not in wording.lvh_text(replace(lvh, certain=True))
    assert "CT limit of 80 g/m²" in wording.lvh_text(lvh)
    assert "not judged: sex unknown" in wording.lvh_text(
        replace(lvh, positive=None, limit_g_per_m2=None, reason="sex unknown")
    )


@pytest.mark.parametrize(
    ("trained_on", "simulated", "expected"),
    [
        ("simulated ECGs, 940 hearts.", True, "Model trained on simulated ECGs, 940 hearts. "),
        ("a digital cohort", True, "Model trained on simulated ECGs: a digital cohort. "),
        ("UK Biobank", False, "Model trained on UK Biobank. "),
    ],
)
def test_the_notice_names_the_training_data(analysis, trained_on, simulated, expected):
    card = replace(analysis.estimate.card, trained_on=trained_on, simulated=simulated)
    changed = replace(analysis, estimate=replace(analysis.estimate, card=card))
    assert wording.notice_text(changed) == expected + wording.NOT_A_DEVICE


def test_contributions_add_up_to_the_mass(analysis):
    terms = wording.contributions(analysis)
    assert sum(v for _, v in terms) == pytest.approx(analysis.estimate.mass_g, abs=0.5)
    assert terms[0] == ("reference", 123.0)
    assert ("weight", 4.0) in terms


def test_what_is_not_attributed_is_a_term_of_its_own(analysis):
    saliency = replace(analysis.saliency, mass_g=analysis.saliency.mass_g + 3.0)
    terms = wording.contributions(replace(analysis, saliency=saliency))
    assert terms[-1] == ("not attributed", pytest.approx(3.0))


def test_importance_table_shows_whole_per_cent_by_group(analysis):
    rows = wording.importance_table(analysis.importance)
    assert [r[0] for r in rows] == ["PR", "QRS", "ST", "T", "TP", "all"]
    limb, precordial = (int(v.removesuffix(" %")) for v in rows[-1][1:3])
    assert limb + precordial == 100


def test_a_segment_without_length_has_no_density(analysis):
    seconds = analysis.importance.seconds.copy()
    seconds[0] = 0.0
    row = wording.importance_table(replace(analysis.importance, seconds=seconds))[0]
    assert row[3] == "–"


def test_unknown_measurements_are_dashes_not_zeros(analysis):
    table = {head: row for head, *row in wording.measurement_table(analysis.record.reported, None)}
    assert table["PR"] == ["ms", "–", "–"]
    assert table["QRS"] == ["ms", "92", "–"]


@pytest.mark.parametrize(("axis", "words"), [(-0.4, "0"), (0.4, "0"), (-0.6, "−1")])
def test_what_is_rounded_to_zero_has_no_sign(analysis, axis, words):
    measured = replace(analysis.record.reported, qrs_axis_deg=axis)
    table = {head: row for head, *row in wording.measurement_table(Measurements(), measured)}
    assert table["QRS axis"] == ["°", "–", words]


def test_anonymous_pages_carry_no_identity(analysis):
    patient = wording.patient_lines(analysis.record.patient, True)
    words = (*patient, *wording.recording_lines(analysis.record, True))
    text = " ".join(words)
    assert "Test" not in text
    assert "T-1" not in text
    assert "2026" not in text
    assert "61 years" in text


def test_unknown_patient_values_are_named(analysis):
    text = " ".join(wording.patient_lines(Patient(), False))
    assert "sex unknown" in text
    assert "weight unknown" in text


def test_every_notice_is_a_warning_once(analysis):
    twice = analysis.estimate.notices * 2
    changed = replace(analysis, estimate=replace(analysis.estimate, notices=twice))
    assert wording.warnings(changed) == tuple(n.message for n in analysis.estimate.notices)


def test_signed_grams():
    assert wording.signed_grams(3.6) == "+4 g"
    assert wording.signed_grams(-3.6) == "−4 g"
    assert wording.signed_grams(0.4) == "0 g"
    assert wording.signed_grams(-0.44, 1) == "−0.4 g"


def test_provenance_names_file_model_and_versions(analysis):
    text = "\n".join(wording.provenance_lines(analysis))
    assert "0" * 64 in text
    assert "ab" * 32 in text
    assert "band-pass 0.5-100 Hz" in text
    assert "elvmass" in text


def test_the_index_by_height_has_no_limit(analysis):
    assert wording.height_index_text(analysis.estimate) == ""
    tall = replace(analysis.estimate, mass_g=140.0, height_cm=200.0)
    assert wording.height_index_text(tall) == "by height 43.1 g/m¹·⁷, 21.5 g/m²·⁷; no limit"


def test_provenance_of_a_median_beat_counts_its_beats(analysis):
    single = "\n".join(wording.provenance_lines(analysis))
    assert f"Beat {analysis.beat.number + 1} of" in single
    median = replace(analysis, beat=replace(analysis.beat, members=(0, 1, 4)))
    text = "\n".join(wording.provenance_lines(median))
    assert f"Median of 3 of {analysis.beat.count} complete beats" in text
    assert f"Beat {analysis.beat.number + 1} of" not in text
