from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import SHARED, synthetic_record

import elvmass
from elvmass import pipeline
from elvmass.beat import BeatKind
from elvmass.choices import SignalOptions
from elvmass.errors import ConfigError, SignalError
from elvmass.pipeline import Options
from elvmass.record import Notice, Patient, Record, Sex
from elvmass.result import Analysis, Failure
from elvmass.signal import once


def codes(analysis: Analysis) -> set[str]:
    return {notice.code for notice in analysis.estimate.notices}


def test_three_lines_do_the_main_job() -> None:
    analysis = elvmass.analyse(synthetic_record())
    assert analysis.saliency is not None
    assert analysis.importance is not None
    assert analysis.saliency.values_g.shape == analysis.beat.signal_mv.shape
    assert analysis.saliency.completeness_error <= 0.01
    assert analysis.estimate.mass_g == pytest.approx(analysis.saliency.mass_g, abs=0.01)


def test_sex_and_available_scalars_choose_the_model() -> None:
    record = synthetic_record()
    man = elvmass.analyse(record, explain=False).estimate
    nobody = elvmass.analyse(replace(record, patient=Patient()), explain=False)
    assert (man.card.sex, man.card.inputs) == (Sex.MALE, "model2")
    assert nobody.estimate.card.sex is None
    assert "pooled" in nobody.estimate.chosen_because
    assert nobody.estimate.index_g_per_m2 is None
    assert nobody.estimate.lvh.positive is None
    assert "imputed" in codes(nobody)


def test_unknown_demographics_widen_the_interval() -> None:
    record = synthetic_record()
    known = elvmass.analyse(record, explain=False).estimate
    patient = replace(record.patient, sex=None, age_years=None, height_cm=None, weight_kg=None)
    unknown = elvmass.analyse(replace(record, patient=patient), explain=False).estimate

    def width(e: object) -> float:
        return (e.interval.high_g - e.interval.low_g) / e.mass_g  # type: ignore[attr-defined]

    assert width(unknown) > width(known)


def test_far_outside_the_training_cohort_is_said() -> None:
    record = synthetic_record()
    heavy = replace(record, patient=replace(record.patient, weight_kg=190.0))
    notices = elvmass.analyse(heavy, explain=False).estimate.notices
    (said,) = (n.message for n in notices if n.code == "outside_training")
    assert said.startswith("The weight (190 kg) lies far outside")
    assert said.endswith(" kg).")


def test_every_bundled_estimate_says_what_it_was_trained_on() -> None:
    assert "simulated_training" in codes(elvmass.analyse(synthetic_record(), explain=False))


def test_same_record_gives_the_same_number() -> None:
    masses = {elvmass.analyse(synthetic_record(), explain=False).estimate.mass_g for _ in range(2)}
    assert len(masses) == 1


def test_what_reader_and_signal_stage_both_notice_is_said_once() -> None:
    slow = synthetic_record(rate_hz=150.0)
    read = replace(slow, notices=(Notice("low_sampling_rate", "said by the reader"),))
    found = [n.code for n in elvmass.analyse(read, explain=False).estimate.notices]
    assert found.count("low_sampling_rate") == 1


def test_flat_record_is_refused_with_a_reason() -> None:
    flat = Record(np.zeros((12, 5000)), 500.0)
    with pytest.raises(SignalError):
        elvmass.analyse(flat)


def test_the_estimate_is_repeated_on_every_clean_beat() -> None:
    record = synthetic_record()
    found = elvmass.analyse(record, explain=False)
    masses = found.estimate.beat_masses_g
    assert len(masses) == len(found.clean_beats) == found.beat.count
    assert masses[found.beat.number] == pytest.approx(found.estimate.mass_g, abs=0.01)
    assert found.estimate.beat_sd_g == pytest.approx(np.std(masses, ddof=1))
    noisy = replace(record, signal_mv=record.signal_mv + 0.25 * np.random.default_rng(1)
                    .standard_normal(record.signal_mv.shape))  # fmt: skip
    spread = elvmass.analyse(noisy, explain=False).estimate.beat_sd_g
    assert spread is not None
    assert spread > 2 * (found.estimate.beat_sd_g or 0)
    quick = elvmass.analyse(record, explain=False, each_beat=False).estimate
    assert quick.beat_masses_g == ()
    assert quick.beat_sd_g is None


def forget() -> None:
    """Nothing is known of any recording, as in a new process."""
    once._kept.clear()
    pipeline._encoded.cache_clear()
    pipeline._masses.cache_clear()


def told(record: Record, options: Options) -> tuple[object, ...]:
    """Every number of an analysis that a network answered."""
    found = pipeline.analyse(record, options)
    saliency = found.saliency
    assert saliency is not None
    return (
        found.estimate.fold_masses_g, found.estimate.beat_masses_g, found.estimate.interval,
        found.estimate.card.name, saliency.scalars_g, saliency.values_g.tobytes(),
        saliency.mass_g, saliency.reference_g,
    )  # fmt: skip


def changed(record: Record, kind: str) -> tuple[Record, Options]:
    """The record and the options after one change."""
    patient, usual = record.patient, Options()
    marks = pipeline.analyse(record, Options(explain=False)).beat.fiducials
    moved = replace(marks, qrs_off=marks.qrs_off + 3)
    return {
        "weight": (replace(record, patient=replace(patient, weight_kg=101.0)), usual),
        "height": (replace(record, patient=replace(patient, height_cm=155.0)), usual),
        "sex": (replace(record, patient=replace(patient, sex=Sex.FEMALE)), usual),
        "age unknown": (replace(record, patient=replace(patient, age_years=None)), usual),
        "beat": (record, Options(signal=SignalOptions(BeatKind.CHOSEN, 2))),
        "filter": (record, Options(signal=SignalOptions(band="monitor"))),
        "model": (record, Options(model="simulated-pooled-model1")),
        "method": (record, Options(method="ig_zero")),
        "boundaries": (record, Options(boundaries=moved, method="ig_bridge")),
        "voltage": (replace(record, signal_mv=1.1 * record.signal_mv), usual),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    ["weight", "height", "sex", "age unknown", "beat", "filter", "model", "method", "boundaries",
     "voltage"],
)  # fmt: skip
def test_what_is_remembered_never_answers_for_something_else(kind: str) -> None:
    record = synthetic_record()
    other, options = changed(record, kind)
    forget()
    fresh = told(other, options)
    forget()
    first = told(record, Options())
    assert told(other, options) == fresh != first
    assert told(record, Options()) == first


def test_another_filter_than_the_models_is_said() -> None:
    record = synthetic_record()
    for band, said in (("paper", False), ("diagnostic", True), ("monitor", True)):
        found = elvmass.analyse(record, explain=False, signal=SignalOptions(band=band))
        assert ("other_filter" in codes(found)) is said
    assert "hides hypertrophy" in " ".join(n.message for n in found.estimate.notices)


def test_what_lies_outside_the_population_is_not_eligible() -> None:
    record = synthetic_record()
    assert elvmass.analyse(record, explain=False).estimate.ineligible == ()
    fast = elvmass.analyse(synthetic_record(bpm=140.0), explain=False).estimate
    assert "rate_outside_range" in [n.code for n in fast.ineligible]
    assert "simulated_training" not in [n.code for n in fast.ineligible]


def test_unknown_options_are_refused_before_any_work() -> None:
    with pytest.raises(ConfigError, match="du_bois"):
        Options(bsa_formula="guess")
    with pytest.raises(ConfigError, match="ct_fuchs_2016"):
        Options(threshold="guess")


def test_many_turns_errors_into_failures(tmp_path: Path) -> None:
    bad = tmp_path / "x.xml"
    bad.write_bytes(b"<nothing/>")
    (result,) = pipeline.analyse_many([bad])
    assert isinstance(result, Failure)
    assert result.path == bad


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="no shared folder beside the checkout")
def test_leads_off_recording_is_refused() -> None:
    record = elvmass.read(SHARED / "data/formats/philips_sierra/sierra_103_mrx_leads_off.xml")
    with pytest.raises(SignalError):
        elvmass.analyse(record)
