"""The comparison of two analyses: order, differences, noise, cautions, and its words."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import helpers
import numpy as np
import pytest

from elvmass.compare import (
    compare,
    mass_change,
    student_quantile,
    turn_deg,
)
from elvmass.compare.cautions import differing_identity
from elvmass.record import Notice, Patient, Sex
from elvmass.report.comparison import (
    change_text,
    comparison_json,
    comparison_text,
    row_texts,
    signed,
    verdict,
)
from elvmass.result import Analysis

FIRST = datetime(2026, 3, 4, 10, 20, 30)


def made(
    mass_g: float = 140.0,
    beats_g: tuple[float, ...] = (138.0, 140.0, 142.0, 139.0, 141.0),
    years: float = 0.0,
    **patient: object,
) -> Analysis:
    """A toy analysis of this mass, recorded so many years after :data:`FIRST`."""
    analysis = helpers.toy_analysis()
    by = mass_g - analysis.estimate.mass_g
    span = analysis.estimate.interval
    span = replace(span, low_g=span.low_g + by, high_g=span.high_g + by)
    record = replace(
        analysis.record,
        recorded_at=FIRST + timedelta(days=365.25 * years),
        source=replace(analysis.record.source, sha256=f"{mass_g}-{years}"),
        patient=replace(analysis.record.patient, **patient),
    )
    estimate = replace(analysis.estimate, mass_g=mass_g, interval=span, beat_masses_g=beats_g)
    return replace(analysis, record=record, estimate=estimate)


def codes(one: Analysis, other: Analysis) -> list[str]:
    return [each.code for each in compare(one, other).cautions]


def test_the_order_is_that_of_the_recordings() -> None:
    later = made(150.0, years=1, age_years=62.0)
    for pair in ((made(), later), (later, made())):
        found = compare(*pair)
        assert (found.first.estimate.mass_g, found.second.estimate.mass_g) == (140.0, 150.0)
        assert found.mass.change_g == pytest.approx(10.0)
        assert found.dated
    assert compare(later, made()).swapped


def test_without_dates_the_order_is_as_given_and_that_is_said() -> None:
    undated = replace(made(150.0), record=replace(made().record, recorded_at=None))
    found = compare(undated, made())
    assert found.mass.change_g == pytest.approx(-10.0)
    assert not found.dated
    assert "order_unknown" in [each.code for each in found.cautions]


def test_dates_with_and_without_a_zone_can_be_compared() -> None:
    zoned = made(150.0, years=1, age_years=62.0)
    zoned = replace(
        zoned,
        record=replace(zoned.record, recorded_at=zoned.record.recorded_at.replace(tzinfo=UTC)),
    )
    assert compare(zoned, made()).swapped


def test_noise_is_that_of_two_single_beats() -> None:
    """Without a change, at least 95 % of the differences lie within the noise, and few do not."""
    rng, estimate, inside = np.random.default_rng(5), made().estimate, []
    for _ in range(1500):
        pair = (rng.normal(140.0, sd, 8) for sd in (3.0, 5.0))
        one, other = (
            replace(estimate, mass_g=beats[0], interval=None, beat_masses_g=tuple(beats))
            for beats in pair
        )
        inside.append(mass_change(one, other).within_noise)
    assert 0.95 < np.mean(inside) < 0.99  # the shown beat is one of those, so a little more


def test_few_beats_give_no_noise_and_the_reason() -> None:
    mass = compare(made(), made(170.0, (168.0, 172.0), 1, age_years=62.0)).mass
    assert mass.noise_g is None
    assert mass.within_noise is None
    assert "2 clean beats" in mass.why_no_noise


def test_students_quantile() -> None:
    from scipy.stats import t

    for degrees in (2.0, 3.0, 5.5, 20.0, 1000.0):
        assert student_quantile(degrees) == pytest.approx(t.ppf(0.975, degrees), rel=0.01)


def test_an_unchanged_mass_is_excluded_only_if_the_intervals_do_not_meet() -> None:
    near = compare(made(), made(160.0, years=1, age_years=62.0)).mass
    assert near.shared_g == pytest.approx((130.0, 178.0), abs=0.6)
    assert compare(made(), made(300.0, years=1, age_years=62.0)).mass.shared_g is None


def test_rows_hold_both_values_and_their_difference() -> None:
    later = made(years=1, age_years=62.0)
    later = replace(
        later, measured=replace(later.measured, qrs_ms=104.0, t_axis_deg=-170.0, p_axis_deg=None)
    )
    earlier = replace(made(), measured=replace(made().measured, t_axis_deg=170.0))
    rows = {row.key: row for row in compare(earlier, later).rows}
    assert (rows["qrs_ms"].first, rows["qrs_ms"].second) == (94.0, 104.0)
    assert rows["qrs_ms"].change == pytest.approx(10.0)
    assert rows["t_axis_deg"].change == pytest.approx(20.0)  # over 180, not back through 0
    assert rows["p_axis_deg"].change is None
    assert row_texts(rows["p_axis_deg"]) == ("60", "–", "–")
    assert rows["sokolow_lyon"].first == pytest.approx(3.3)


@pytest.mark.parametrize(
    ("change", "turned"), [(350.0, -10.0), (-190.0, 170.0), (180.0, 180.0), (-180.0, 180.0)]
)
def test_axes_turn_the_shorter_way(change: float, turned: float) -> None:
    assert turn_deg(change) == pytest.approx(turned)


@pytest.mark.parametrize(
    ("changes", "which"),
    [
        ({"id": "T-2"}, "identifier"),
        ({"name": "Other, Case"}, "name"),
        ({"sex": Sex.FEMALE}, "sex"),
        ({"age_years": 75.0}, "age"),
    ],
)
def test_two_patients_are_told_by_what_differs_not_by_their_names(changes, which) -> None:
    found = compare(made(), made(150.0, years=1, **({"age_years": 62.0} | changes)))
    caution = found.cautions[0]
    assert caution.code == "other_patient"
    assert which in caution.message
    assert not found.comparable
    for secret in ("T-1", "T-2", "Test", "Other,", "Case"):
        assert secret not in comparison_text(found)
        assert secret not in json.dumps(comparison_json(found))
    assert "not as a change" in verdict(found)[0]


def test_the_same_name_may_be_written_otherwise() -> None:
    one = Patient(name="Doe, Jane", id="A 1")
    assert not differing_identity(one, Patient(name="DOE^JANE", id="a-1"), None)


def test_one_patient_years_later_is_one_patient() -> None:
    assert codes(made(), made(150.0, years=8, age_years=69.0)) == []


def test_nothing_to_compare_is_said() -> None:
    nobody = {"id": None, "name": None}
    assert codes(made(**nobody), made(150.0, years=1, age_years=62.0)) == ["patient_unproved"]


def test_two_anonymous_patients_are_not_one() -> None:
    nobody = {"id": None, "name": "Anonymous"}
    assert codes(made(**nobody), made(150.0, years=1, age_years=62.0, **nobody)) == [
        "patient_unproved"
    ]


def test_other_models_filters_bodies_and_gaps_are_said() -> None:
    later = made(150.0, years=1, age_years=62.0, weight_kg=95.0)
    estimate = replace(
        later.estimate, card=helpers.toy_card(name="another"), imputed=("height_cm",)
    )
    record = replace(later.record, device_filter="0.5-40 Hz")
    later = replace(later, estimate=estimate, record=record, filter_text="band-pass 0.5-40 Hz")
    found = compare(made(), later)
    assert [each.code for each in found.cautions] == [
        "other_model", "other_filter", "other_device_filter", "other_body", "other_imputed",
    ]  # fmt: skip
    assert not found.comparable
    assert "78 → 95 kg" in comparison_text(found)


def test_the_same_file_is_said() -> None:
    assert "same_file" in codes(made(), made())


def test_words_never_claim_more_than_the_numbers() -> None:
    small = compare(made(), made(142.0, years=1, age_years=62.0))
    assert "Within the beat-to-beat noise" in verdict(small)[1]
    assert "not excluded" in verdict(small)[2]
    large = compare(made(), made(300.0, years=1, age_years=62.0))
    assert "More than the beat-to-beat noise" in verdict(large)[1]
    assert "do not meet" in verdict(large)[2]
    assert "No interval of the change" in verdict(large)[3]
    assert change_text(large).startswith("+160 g (beat-to-beat noise ±")


def test_the_shown_change_is_that_of_the_shown_values() -> None:
    row = next(r for r in compare(made(), made(years=1, age_years=62.0)).rows if r.key == "qrs_ms")
    assert row_texts(replace(row, first=95.4, second=92.6, change=-2.8)) == ("95", "93", "−2")
    assert signed(-0.3) == "0"


def test_parts_add_up_to_the_change() -> None:
    first, later = made(), made(150.0, years=1, age_years=62.0)
    saliency = later.saliency
    scalars = saliency.scalars_g | {"weight_kg": saliency.scalars_g["weight_kg"] + 6.0}
    later = replace(
        later, saliency=replace(saliency, values_g=saliency.values_g * 1.5, scalars_g=scalars)
    )
    parts = compare(first, later).parts
    assert parts.patient_g == pytest.approx(6.0)
    assert parts.ecg_g == pytest.approx(0.5 * saliency.values_g.sum())
    assert "+6 g from age, sex and body size" in comparison_text(compare(first, later))


@pytest.mark.parametrize(
    "other", [{"reference_g": 100.0}, {"unit": "g/mV"}, {"method": "another"}, {"scalars_g": {}}]
)
def test_parts_of_different_explanations_are_not_subtracted(other) -> None:
    later = made(150.0, years=1, age_years=62.0)
    later = replace(later, saliency=replace(later.saliency, **other))
    assert compare(made(), later).parts is None
    assert compare(made(), replace(later, saliency=None)).parts is None


def test_a_scalar_of_the_device_against_one_of_ours_is_said() -> None:
    scalars = made().estimate.scalars | {"qrs_ms": 143.0}
    reported = made()
    reported = replace(
        reported, estimate=replace(reported.estimate, scalars=scalars | {"qrs_ms": 92.0})
    )
    measured = made(150.0, years=1, age_years=62.0)
    nothing = replace(measured.record.reported, qrs_ms=None)
    measured = replace(
        measured,
        record=replace(measured.record, reported=nothing),
        estimate=replace(measured.estimate, scalars=scalars),
    )
    (caution,) = compare(reported, measured).cautions
    assert caution.code == "other_origin"
    assert "QRS duration 92 → 143" in caution.message


def test_what_lies_outside_the_model_is_said_once() -> None:
    wide = (Notice("wide_qrs", "QRS is wide."),)
    later = made(150.0, years=1, age_years=62.0)
    later = replace(later, estimate=replace(later.estimate, notices=wide))
    assert "The second ECG lies outside" in compare(made(), later).cautions[0].message
