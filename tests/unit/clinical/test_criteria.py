"""Every criterion on beats that were added up by hand."""

from __future__ import annotations

import numpy as np
import pytest
from helpers import toy_leads

from elvmass.clinical.criteria import RULES, criteria
from elvmass.errors import ConfigError
from elvmass.record import LeadMeasurements, Measurements, Sex
from elvmass.result import Criterion

QRS_100 = Measurements(qrs_ms=100.0, qrs_axis_deg=20.0)

# R and S in mV of a heart with high voltages, without strain.
TALL = {
    "r_mv": {"I": 1.6, "II": 0.9, "III": 0.2, "aVL": 1.3, "aVF": 0.5, "V1": 0.2, "V5": 2.4,
             "V6": 2.0},
    "s_mv": {"I": 0.1, "III": 1.0, "V1": 1.5, "V2": 2.2, "V3": 1.6, "V4": 0.9},
}  # fmt: skip


def judged(
    leads: LeadMeasurements,
    sex: Sex | None = Sex.MALE,
    measured: Measurements = QRS_100,
    preset: str = "standard",
) -> dict[str, Criterion]:
    return {each.key: each for each in criteria(leads, measured, sex, preset)}


@pytest.mark.parametrize(
    ("key", "value", "positive"),
    [
        ("sokolow_lyon", 1.5 + 2.4, True),
        ("sokolow_lyon_product", 390.0, True),
        ("cornell", 1.3 + 1.6, True),
        ("cornell_product", 290.0, True),
        ("peguero_lo_presti", 2.2 + 0.9, True),
        ("r_avl", 1.3, True),
        ("gubner", 1.6 + 1.0, True),
        ("lewis", (1.6 + 1.0) - (0.2 + 0.1), True),
        ("mesa_sum", 1.5 + 2.2 + 2.4, None),
        ("romhilt_estes", 1.0, False),  # QRS of 90 ms or more; no voltage of 2 or 3 mV, no strain
        ("framingham", 0.0, False),
        ("cornell_strain", 1.0, True),
        ("perugia", 1.0, True),
        ("minnesota_3_1", 1.0, True),
        ("minnesota_3_3", 1.0, True),
    ],
)
def test_sums_of_a_tall_heart(key: str, value: float, positive: bool | None) -> None:
    found = judged(toy_leads(**TALL))[key]
    assert found.value == pytest.approx(value)
    assert found.positive is positive


def test_every_rule_is_judged_and_has_a_source() -> None:
    found = criteria(toy_leads(**TALL), QRS_100, Sex.MALE)
    assert [each.key for each in found] == [rule.key for rule in RULES]
    assert all(each.source and each.formula for each in found)


def test_a_quiet_heart_is_negative_everywhere() -> None:
    quiet = toy_leads(r_mv={"I": 0.5, "aVL": 0.3, "V5": 1.0}, s_mv={"V1": 0.8, "V3": 0.6})
    found = judged(quiet, measured=Measurements(qrs_ms=85.0))
    assert not any(each.positive for each in found.values())


def test_women_have_lower_limits_and_a_correction() -> None:
    leads = toy_leads(r_mv={"aVL": 1.0}, s_mv={"V3": 1.2, "V4": 1.1})
    man, woman = judged(leads, Sex.MALE), judged(leads, Sex.FEMALE)
    assert (man["cornell"].positive, woman["cornell"].positive) == (False, True)
    assert man["cornell_product"].value == pytest.approx(220.0)
    assert woman["cornell_product"].value == pytest.approx(300.0)
    assert (man["peguero_lo_presti"].positive, woman["peguero_lo_presti"].positive) == (False, True)


def test_s_in_v4_counts_twice_where_it_is_the_deepest() -> None:
    leads = toy_leads(s_mv={"V3": 1.2, "V4": 1.5})
    assert judged(leads)["peguero_lo_presti"].value == pytest.approx(3.0)


def test_limits_that_read_above_exclude_the_limit_itself() -> None:
    at_limit = toy_leads(r_mv={"aVL": 1.1})
    assert judged(at_limit)["r_avl"].positive is False
    assert judged(toy_leads(r_mv={"aVL": 1.1001}))["r_avl"].positive is True
    assert judged(toy_leads(r_mv={"V5": 3.5}))["sokolow_lyon"].positive is True


def test_unknown_sex_and_unknown_qrs_are_said_not_guessed() -> None:
    found = judged(toy_leads(**TALL), sex=None)
    for key in ("cornell", "peguero_lo_presti", "cornell_product", "cornell_strain", "perugia"):
        assert found[key].positive is None
        assert "sex" in found[key].reason
    assert found["cornell"].value == pytest.approx(2.9)
    product = judged(toy_leads(**TALL), measured=Measurements())["sokolow_lyon_product"]
    assert (product.value, product.positive, product.reason) == (
        None, None, "QRS duration is unknown",
    )  # fmt: skip


STRAIN = {"st_j_mv": {"V5": -0.12}, "t_mv": {"V5": -0.3}}


def test_strain_with_voltage_is_framingham() -> None:
    assert judged(toy_leads(**TALL, **STRAIN))["framingham"].positive is True
    alone = judged(toy_leads(**STRAIN))
    assert alone["framingham"].positive is False
    assert alone["cornell_strain"].positive is True


def test_romhilt_estes_adds_all_its_points() -> None:
    leads = toy_leads(
        r_mv={"I": 2.1},
        p_terminal_mv={"V1": 0.11},
        p_terminal_ms={"V1": 42.0},
        intrinsicoid_ms={"V6": 51.0},
        **STRAIN,
    )
    left = Measurements(qrs_ms=91.0, qrs_axis_deg=-31.0)
    assert judged(leads, measured=left)["romhilt_estes"].value == 3 + 3 + 3 + 2 + 1 + 1


def test_r_prime_counts_where_it_is_taller() -> None:
    leads = toy_leads(r_mv={"V5": 1.0}, r2_mv={"V5": 2.0}, s_mv={"V1": 1.0})
    assert judged(leads)["sokolow_lyon"].value == pytest.approx(3.0)


def test_presets_move_limits_and_name_their_source() -> None:
    leads = toy_leads(r_mv={"aVL": 1.0}, s_mv={"V3": 1.2})
    korean = judged(leads, preset="korean")["cornell"]
    assert (korean.cutoff, korean.positive) == (2.0, True)
    assert "Korean" in korean.source
    man = judged(leads, preset="taiwanese_young_women")["cornell"]
    assert man.positive is None
    assert "men" in man.reason
    with pytest.raises(ConfigError, match="korean"):
        criteria(leads, QRS_100, Sex.MALE, "martian")


def test_no_wave_at_all_is_zero_volt_not_a_crash() -> None:
    found = judged(toy_leads())
    assert found["sokolow_lyon"].value == 0.0
    assert np.isfinite([each.value for each in found.values() if each.value is not None]).all()
