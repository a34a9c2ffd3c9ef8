"""Body and mass: age, height, weight, left ventricular mass and the hypertrophy in it.

All constants reproduce Table 1 of the preprint (medRxiv 2024.02.19.24303061): means and SDs of
1,459 Taiwanese patients with cardiac CT. Nothing is standardised within the cohort, so subject i
does not depend on how many others are made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from elvmass.record import FloatArray, Sex

T = TypeVar("T")

MALE_SHARE = 0.644

#: SD of the normal behind the log-normal hypertrophy: right-skewed, as mass is.
_SKEW = 0.12


@dataclass(frozen=True, slots=True)
class _SexTable:
    """Constants of one sex; (mean, SD) pairs."""

    age_years: tuple[float, float]
    height_cm: tuple[float, float]
    weight_kg: tuple[float, float]
    log_bsa: tuple[float, float]
    lvm_g: tuple[float, float]
    size_share: float  # correlation of log mass with log body surface area


_TABLE = {
    Sex.MALE: _SexTable(
        (60.3, 11.4), (168.59, 6.12), (72.86, 11.53), (0.5986, 0.0820), (123.29, 29.88), 0.49
    ),
    Sex.FEMALE: _SexTable(
        (63.0, 11.3), (158.16, 6.39), (60.47, 9.36), (0.4731, 0.0830), (85.21, 21.41), 0.24
    ),
}


@dataclass(frozen=True, slots=True)
class Body:
    """One subject before any ECG.

    ``hypertrophy`` (zero mean, unit variance, right-skewed) is the part of the mass that the body
    does not explain; ``size`` is the standardised log mass.
    """

    sex: Sex
    age_years: float
    height_cm: float
    weight_kg: float
    bsa_m2: float
    lvm_g: float
    hypertrophy: float
    size: float

    def of(self, men: T, women: T) -> T:
        """Choose the constant of this body's sex."""
        return men if self.sex is Sex.MALE else women

    @property
    def bmi(self) -> float:
        """Body mass index, kg/m²."""
        return self.weight_kg / (self.height_cm / 100.0) ** 2


def draw_body(rng: np.random.Generator) -> Body:
    """Draw one body from its own random stream."""
    sex = Sex.MALE if rng.random() < MALE_SHARE else Sex.FEMALE
    table = _TABLE[sex]
    z1, z2, z3, z4 = (float(z) for z in rng.standard_normal(4))
    age = min(max(table.age_years[0] + table.age_years[1] * z1, 20.0), 92.0)
    u = -0.22 * z1 + math.sqrt(1 - 0.22**2) * z2
    height = table.height_cm[0] + table.height_cm[1] * u
    v = 0.42 * z2 - 0.15 * z1 + math.sqrt(1 - 0.42**2 - 0.15**2) * z3
    weight = _lognormal(table.weight_kg, v)
    bsa = 0.007184 * weight**0.425 * height**0.725  # Du Bois
    b = (math.log(bsa) - table.log_bsa[0]) / table.log_bsa[1]
    h = float(hypertrophy_at(np.array(z4)))
    size = table.size_share * b + 0.05 * z1 + hypertrophy_weight(sex) * h
    return Body(sex, age, height, weight, bsa, mass_g(sex, size), h, size)


def mass_g(sex: Sex, size: float) -> float:
    """Left ventricular mass in grams of a standardised log mass."""
    return _lognormal(_TABLE[sex].lvm_g, 0.98 * size)


def hypertrophy_weight(sex: Sex) -> float:
    """Weight of the hypertrophy in the standardised log mass; the body has the rest."""
    return math.sqrt(1 - _TABLE[sex].size_share ** 2 - 0.05**2)


def hypertrophy_at(z: FloatArray) -> FloatArray:
    """Hypertrophy at quantiles of the normal behind it."""
    k2 = _SKEW**2
    spread = math.sqrt((math.exp(k2) - 1) * math.exp(k2))
    return np.asarray((np.exp(_SKEW * z) - math.exp(k2 / 2)) / spread)


def _lognormal(mean_sd: tuple[float, float], z: float) -> float:
    """Value at ``z`` SDs of the log-normal with the given mean and SD."""
    mean, sd = mean_sd
    sigma2 = math.log(1 + (sd / mean) ** 2)
    return math.exp(math.log(mean) - sigma2 / 2 + math.sqrt(sigma2) * z)
