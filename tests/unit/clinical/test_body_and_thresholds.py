from __future__ import annotations

import pytest

from elvmass.clinical.body import du_bois_m2, mosteller_m2
from elvmass.clinical.thresholds import DEFAULT_THRESHOLD, THRESHOLDS, judge, threshold
from elvmass.errors import ConfigError
from elvmass.record import Sex
from elvmass.result import Interval


# Golden values of the specification (mean man and woman of the paper's Table 1).
@pytest.mark.parametrize(
    ("weight", "height", "du_bois", "mosteller"),
    [(72.86, 168.59, 1.830, 1.847), (60.47, 158.16, 1.614, 1.630)],
)
def test_body_surface_area(weight: float, height: float, du_bois: float, mosteller: float) -> None:
    assert du_bois_m2(height, weight) == pytest.approx(du_bois, abs=6e-4)
    assert mosteller_m2(height, weight) == pytest.approx(mosteller, abs=6e-4)


LIMIT = THRESHOLDS[DEFAULT_THRESHOLD]  # 80 / 65 g/m²


def test_verdict_is_settled_only_if_the_whole_interval_is_on_one_side() -> None:
    # limit in grams for a man with 2 m²: 160 g
    assert judge(170, Interval(161, 190, 0.9), 2.0, Sex.MALE, LIMIT).positive is True
    assert judge(170, Interval(161, 190, 0.9), 2.0, Sex.MALE, LIMIT).certain
    assert not judge(170, Interval(150, 190, 0.9), 2.0, Sex.MALE, LIMIT).certain
    low = judge(100, Interval(80, 120, 0.9), 2.0, Sex.MALE, LIMIT)
    assert (low.positive, low.certain) == (False, True)


def test_limit_follows_the_sex() -> None:
    woman = judge(140, Interval(120, 170, 0.9), 2.0, Sex.FEMALE, LIMIT)
    man = judge(140, Interval(120, 170, 0.9), 2.0, Sex.MALE, LIMIT)
    assert (woman.limit_g_per_m2, woman.positive) == (65.0, True)
    assert (man.limit_g_per_m2, man.positive) == (80.0, False)


@pytest.mark.parametrize(
    ("bsa", "sex", "word"), [(None, Sex.MALE, "height or weight"), (1.9, None, "sex")]
)
def test_no_verdict_without_sex_or_size(bsa: float | None, sex: Sex | None, word: str) -> None:
    judgement = judge(140, Interval(120, 170, 0.9), bsa, sex, LIMIT)
    assert judgement.positive is None
    assert word in judgement.reason


def test_unknown_threshold_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="ct_fuchs_2016"):
        threshold("nonsense")


def test_every_threshold_is_higher_for_men() -> None:
    assert all(t.male_g_per_m2 > t.female_g_per_m2 for t in THRESHOLDS.values())
    assert all(key == t.key for key, t in THRESHOLDS.items())
