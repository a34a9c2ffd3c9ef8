"""One simulated subject: the same always, measured like a device, with nothing leaked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from elvmass.record import LEADS, Measurements
from elvmass.simulate.options import Loadings, Plant, SimulationOptions
from elvmass.simulate.subject import RECORDED_AT, simulate_subject, simulate_truth


@pytest.fixture(scope="module")
def simulated():
    return simulate_subject(5, 17)


def test_same_seed_and_index_give_the_same_bytes(simulated):
    again = simulate_subject(5, 17)
    assert again.record.signal_mv.tobytes() == simulated.record.signal_mv.tobytes()
    assert again.record.patient == simulated.record.patient
    assert again.truth == simulated.truth


@pytest.mark.parametrize(("seed", "index"), [(6, 17), (5, 18)])
def test_another_seed_or_index_is_another_person(simulated, seed, index):
    other = simulate_subject(seed, index)
    assert other.truth["lvm_g"] != simulated.truth["lvm_g"]
    assert not np.array_equal(other.record.signal_mv, simulated.record.signal_mv)


def test_truth_alone_is_the_same_truth(simulated):
    assert simulate_truth(5, 17) == simulated.truth


def test_record_is_that_of_a_clinic(simulated):
    record, truth = simulated.record, simulated.truth
    assert record.signal_mv.shape == (12, 5000)
    assert record.rate_hz == 500.0
    assert record.reported == Measurements()
    assert record.recorded_at == RECORDED_AT
    assert record.source.device == "elvmass simulator"
    patient = record.patient
    assert (patient.id, patient.name) == ("SIM-5-000017", "Simulated")
    assert patient.age_years == np.floor(truth["age_years"])
    assert patient.height_cm == round(truth["height_cm"])
    assert abs(patient.weight_kg - truth["weight_kg"]) <= 0.25


def test_leads_obey_einthoven_and_goldberger(simulated):
    lead = simulated.record.lead
    assert np.array_equal(lead("III"), lead("II") - lead("I"))
    assert np.abs(lead("aVR") + (lead("I") + lead("II")) / 2).max() < 2.5e-3
    assert np.abs(lead("aVL") - (lead("I") - lead("III")) / 2).max() < 2.5e-3
    assert np.abs(lead("aVF") - (lead("II") + lead("III")) / 2).max() < 2.5e-3


@pytest.mark.parametrize("name", ["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"])
def test_stored_leads_are_in_steps_of_5_microvolt(simulated, name):
    steps = simulated.record.lead(name) * 200
    assert np.abs(steps - np.rint(steps)).max() < 1e-9


def test_options_of_the_recording():
    options = SimulationOptions(rate_hz=1000.0, seconds=4.0)
    found = simulate_subject(5, 17, options)
    assert found.record.signal_mv.shape == (12, 4000)
    assert found.truth == simulate_truth(5, 17)


def test_mains_frequency_is_where_it_is_asked_for():
    """Two recordings that differ in nothing but the mains differ by two sines."""
    at_50, at_60 = (
        simulate_subject(5, 0, SimulationOptions(noise_scale=20.0, mains_hz=hz)).record.signal_mv
        for hz in (50.0, 60.0)
    )
    spectrum = np.abs(np.fft.rfft(at_50 - at_60, axis=1)).sum(axis=0)
    assert sorted(np.argsort(spectrum)[-2:] / 10) == [50.0, 60.0]
    assert np.sort(spectrum)[-3] < 0.05 * np.sort(spectrum)[-2]


def test_another_take_is_the_same_heart_with_other_noise(simulated):
    again = simulate_subject(5, 17, SimulationOptions(take=1))
    assert again.truth == simulated.truth
    assert not np.array_equal(again.record.signal_mv, simulated.record.signal_mv)


def test_label_noise_moves_the_label_only(simulated):
    noisy = simulate_subject(5, 17, SimulationOptions(label_noise_g=8.0))
    assert noisy.truth["lvm_g"] == simulated.truth["lvm_g"]
    assert noisy.truth["label_g"] != simulated.truth["lvm_g"]
    assert np.array_equal(noisy.record.signal_mv, simulated.record.signal_mv)


def test_label_noise_has_the_asked_size():
    options = SimulationOptions(label_noise_g=8.0)
    truth = [simulate_truth(5, i, options) for i in range(400)]
    error = np.array([t["label_g"] - t["lvm_g"] for t in truth])
    assert error.std() == pytest.approx(8.0, rel=0.12)


def test_switching_information_off_leaves_body_and_other_channels():
    off = simulate_truth(5, 17, SimulationOptions(loadings=Loadings().only("strain")))
    on = simulate_truth(5, 17)
    assert off["lvm_g"] == on["lvm_g"]
    assert off["c_strain"] == on["c_strain"]
    assert off["c_voltage"] != on["c_voltage"]


def test_a_plant_reaches_only_its_cell():
    """Limb QRS: nothing in V1-V6, nothing in the limb leads away from QRS."""
    options = SimulationOptions(loadings=Loadings().only(), plants=(Plant("limb", "QRS", 0.0),))
    planted = replace(options, plants=(Plant("limb", "QRS", 0.9),))
    before, after = simulate_subject(5, 7, options), simulate_subject(5, 7, planted)
    change = after.record.signal_mv - before.record.signal_mv
    precordial = [LEADS.index(f"V{k}") for k in range(1, 7)]
    assert np.abs(change[precordial]).max() == 0.0
    lead_ii = np.abs(change[LEADS.index("II")])
    assert lead_ii.max() > 0.05
    changed_s = (lead_ii > 0).mean() * before.record.duration_s
    beats = before.truth["rate_bpm"] / 60 * before.record.duration_s
    assert changed_s / (beats + 2) < (before.truth["qrs_ms"] + 80) / 1000


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate_hz": 10.0}, {"seconds": 0.5}, {"noise_scale": -1.0}, {"mains_hz": 400.0},
        {"take": -1}, {"label_noise_g": -1.0},
    ],
)  # fmt: skip
def test_impossible_options_are_refused(wrong):
    with pytest.raises(ValueError, match=r"cannot be negative|makes|must lie"):
        SimulationOptions(**wrong)


def test_unknown_channels_and_cells_are_refused():
    with pytest.raises(ValueError, match="unknown channels"):
        Loadings().only("voltages")
    with pytest.raises(ValueError, match="no cell"):
        Plant("limb", "U")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="loading strain"):
        Loadings(strain=(1.2, 0.0))
