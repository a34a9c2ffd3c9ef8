"""How P, QRS and ST-T vary between people: means, SDs and common factors fitted to real beats."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from itertools import product

import numpy as np

import elvmass_resources
from elvmass.record import FloatArray, freeze

#: Lobes of each wave: (number, SD as a fraction of the wave, centres as fractions of the wave).
LOBE_CENTRES: dict[str, tuple[float, ...]] = {
    "P": (0.15, 0.38, 0.62, 0.85),
    "Q": (0.04, 0.18, 0.31, 0.43, 0.55, 0.67, 0.80, 0.94),
    "T": (0.00, 0.16, 0.33, 0.50, 0.64, 0.77, 0.90),
}
LOBE_SDS: dict[str, float] = {"P": 0.14, "Q": 0.075, "T": 0.085}

#: The leads that an electrocardiograph stores; the other four follow from I and II.
STORED_LEADS: tuple[str, ...] = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")

_N_FACTORS = 40
_TIMES = ("lnPd", "lnPR", "lnQTc", "lnHR")
_RESIDUAL = 0.8  # the fit's own residual is partly measurement noise
#: Factors on the SDs of the fit: hypertrophy, sex, age and build add the rest of the spread.
_SHRINK = {
    **{
        "xQ": 0.88,
        "yQ": 0.88,
        "zQ": 0.90,
        "xT": 0.73,
        "yT": 0.73,
        "zT": 0.9,
        "xP": 0.90,
        "yP": 0.80,
    },
    **{"lnQ": 0.70, "lnPd": 1.05, "lnHR": 1.15},
}


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """What one person's heart and chest are like, apart from sex, age, build and hypertrophy.

    Attributes
    ----------
    shapes
        Wave ("P", "Q", "T") → [lobes, 3], amplitudes in units of the wave's rms size.
    log_sizes
        Wave → natural log of the rms size in µV.
    log_times
        "lnPd" (P duration), "lnPR", "lnQTc" (QT at 65/min) → natural log of ms; "lnHR" → of
        beats per minute.
    lead_additions
        [8, 3] what this chest adds to Dower's lead vectors, order of :data:`STORED_LEADS`.
    """

    shapes: dict[str, FloatArray]
    log_sizes: dict[str, float]
    log_times: dict[str, float]
    lead_additions: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The population table: mean, scaled SD and residual weight [88], loadings [88, 24]."""

    names: tuple[str, ...]
    mean: FloatArray
    sd: FloatArray
    loadings: FloatArray
    residual: FloatArray


def value_names() -> tuple[str, ...]:
    """Name the 88 rows of the table: 57 shapes (axis, wave, lobe), 7 logs, 24 lead additions."""
    shapes = (f"{axis}{wave}{k}" for axis in "xyz" for wave, k in _lobes())
    logs = ("lnP", "lnQ", "lnT", *_TIMES)
    leads = (f"{lead}.{axis}" for lead, axis in product(STORED_LEADS, "xyz"))
    return (*shapes, *logs, *leads)


def mean_log_size(wave: str) -> float:
    """Give the population mean of the log rms size of a wave, ln µV."""
    return float(_table().mean[value_names().index(f"ln{wave}")])


def draw_anatomy(rng: np.random.Generator) -> Anatomy:
    """Draw one person from the population: common factors, then each value's own residual."""
    table = _table()
    factors = rng.standard_normal(_N_FACTORS)
    own = rng.standard_normal(len(table.names))
    values = table.mean + table.sd * (table.loadings @ factors + table.residual * own)
    n = sum(len(centres) for centres in LOBE_CENTRES.values())
    vectors = values[: 3 * n].reshape(3, n).T  # [lobes, 3]
    ends = np.cumsum([len(centres) for centres in LOBE_CENTRES.values()])[:-1]
    log_rows = slice(3 * n, 3 * n + 7)
    logs = dict(zip(table.names[log_rows], values[log_rows].tolist(), strict=True))
    return Anatomy(
        shapes={w: _unit(v) for w, v in zip(LOBE_CENTRES, np.split(vectors, ends), strict=True)},
        log_sizes={wave: logs[f"ln{wave}"] for wave in LOBE_CENTRES},
        log_times={name: logs[name] for name in _TIMES},
        lead_additions=values[3 * n + 7 :].reshape(len(STORED_LEADS), 3),
    )


def _unit(shape: FloatArray) -> FloatArray:
    """Scale to unit rms, as every shape of the fit was.

    Drawn shapes are not: left alone they make T and P waves 7 to 13 % too small and add up to
    24 % of spread to sizes that already vary as they should.
    """
    return np.asarray(shape / np.sqrt((shape**2).mean()))


def _lobes() -> list[tuple[str, int]]:
    return [(wave, k + 1) for wave, centres in LOBE_CENTRES.items() for k in range(len(centres))]


def _shrink(name: str) -> float:
    return _SHRINK.get(name if "." in name else name.rstrip("12345678"), 1.0)


@cache
def _table() -> _Table:
    source = elvmass_resources.path("simulator", "population.csv")
    with source.open(newline="", encoding="utf-8") as lines:
        rows = {row[0]: [float(cell) for cell in row[1:]] for row in list(csv.reader(lines))[1:]}
    names = value_names()
    if set(rows) != set(names):
        raise ValueError(f"{source.name} does not hold the {len(names)} expected rows")
    cells = np.array([rows[name] for name in names])
    loadings = cells[:, 2:]
    residual = _RESIDUAL * np.sqrt(1 - (loadings**2).sum(axis=1))
    sd = cells[:, 1] * [_shrink(name) for name in names]
    return _Table(names, freeze(cells[:, 0]), freeze(sd), freeze(loadings), freeze(residual))
