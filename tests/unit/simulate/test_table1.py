"""The simulated people are those of Table 1 of the preprint (medRxiv 2024.02.19.24303061)."""

from __future__ import annotations

import numpy as np
import pytest

from elvmass.simulate.subject import simulate_truth

# (mean, SD) of men and of women.
TABLE_1 = {
    "lvm_g": ((123.29, 29.88), (85.21, 21.41)),
    "index_g_per_m2": ((67.43, 14.71), (52.98, 13.02)),
    "age_years": ((60.29, 11.29), (62.99, 11.15)),
    "height_cm": ((168.59, 6.12), (158.16, 6.39)),
    "weight_kg": ((72.86, 11.53), (60.47, 9.36)),
    "qrs_ms": ((93.86, 10.74), (86.26, 9.63)),
    "p_axis_deg": ((49.52, 20.76), (49.85, 23.30)),
    "qrs_axis_deg": ((28.45, 35.37), (36.79, 34.21)),
    "t_axis_deg": ((40.29, 32.98), (43.47, 33.05)),
}
N = 3000


@pytest.fixture(scope="module")
def truth() -> dict[str, np.ndarray]:
    rows = [simulate_truth(11, i) for i in range(N)]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


@pytest.mark.parametrize("sex", ["men", "women"])
@pytest.mark.parametrize("name", TABLE_1)
def test_means_and_sds_are_within_5_percent(truth, name, sex):
    """An axis has no zero point, so its mean is held to 5 % of its SD; plus 2 standard errors."""
    mean, sd = TABLE_1[name][0 if sex == "men" else 1]
    found = truth[name][truth["male"] == (sex == "men")]
    error = sd / np.sqrt(found.size)
    scale = sd if name.endswith("axis_deg") else mean
    assert abs(found.mean() - mean) < 0.05 * scale + 2 * error
    # QRS is clipped and LVM is skewed: their SDs are worth less than those of a normal
    assert abs(found.std() - sd) < 0.05 * sd + 3 * error / np.sqrt(2)


def test_share_of_men(truth):
    assert truth["male"].mean() == pytest.approx(0.644, abs=0.02)


def test_mass_follows_body_size_as_table_1_implies(truth):
    for male, r in ((1, 0.45), (0, 0.2)):
        group = truth["male"] == male
        found = np.corrcoef(truth["lvm_g"][group], truth["bsa_m2"][group])[0, 1]
        assert found == pytest.approx(r, abs=0.06)


def test_hypertrophy_is_standardised_and_skewed(truth):
    h = truth["h"]
    assert h.mean() == pytest.approx(0, abs=0.05)
    assert h.std() == pytest.approx(1, abs=0.05)
    assert (h**3).mean() > 0.1


def test_mass_and_qrs_are_related_as_in_the_target(truth):
    found = np.corrcoef(truth["lvm_g"], truth["qrs_ms"])[0, 1]
    assert 0.30 < found < 0.45


def test_channels_have_unit_variance(truth):
    for name in truth:
        if name.startswith("c_"):
            assert truth[name].std() == pytest.approx(1, abs=0.06), name


def test_waves_are_in_order(truth):
    marks = ["p_on_ms", "p_off_ms", "qrs_on_ms", "qrs_off_ms", "t_off_ms"]
    times = np.stack([truth[name] for name in marks])
    assert (np.diff(times, axis=0) > 0).all()
