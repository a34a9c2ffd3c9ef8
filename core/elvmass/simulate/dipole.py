"""The heart's dipole: vectors of the P, QRS and ST-T lobes, in µV.

Axes: x to the left, y to the feet, z to the back. Order of operations: QRS vectors → turned by
age, build and sex → turned by the channel "rotation" → strain against the turned QRS.

Where these constants depart from ``simulator.md``'s prototype they were set so that the axes
have the means and SDs of Table 1 (turns, sex vector of women without its frontal part) and the
amplitudes those of real databases after shapes were scaled to unit rms (sizes).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from elvmass.record import FloatArray
from elvmass.simulate.body import Body
from elvmass.simulate.population import LOBE_CENTRES, Anatomy, mean_log_size

# Pairs are (men, women).
_P_TURN_DEG = ((-17.5, 0.0), (-16.0, 6.0))  # mean, SD
_P_GAIN = 1.15
_QRS_TURN_DEG = (-13.5, -9.5)
_QRS_LOG_GAIN = (0.04, -0.12)
_ST_T_TURN_DEG = (-12.0, -4.5)
_ST_T_LOG_GAIN = (0.07, -0.21)
_ST_T_SEX_UV = (np.array([9.8, 2.8, -18.0]), np.array([0.0, 0.0, 29.9]))

_QRS_PER_VOLTAGE = 0.12
_ATRIUM_UV = 16.0 * np.array([0.8, 1.0])
#: Weight of the turn in each QRS lobe: late forces turn most.
_TURN_WEIGHT = np.linspace(0.4, 1.6, len(LOBE_CENTRES["Q"]))
_ST_T_PROFILE = np.array([0.45, 0.5, 0.6, 0.8, 1.0, 0.9, 0.4])
_STRAIN_PROFILE = np.array([0.15, 0.2, 0.3, 0.6, 1.0, 1.0, 0.5])
_SLUR_UV = 85.0 * np.array([0.55, -0.10, 0.60])


@dataclass(frozen=True, slots=True, eq=False)
class Dipole:
    """Vectors [lobes, 3] in µV of one beat; ``slur`` [3].

    The strain belongs to ST-T but is kept apart, because the leads see it with a gain of its own.
    """

    p: FloatArray
    qrs: FloatArray
    slur: FloatArray
    st_t: FloatArray
    strain: FloatArray


def dipole(body: Body, anatomy: Anatomy, channels: dict[str, float], p_turn_z: float) -> Dipole:
    """Compose the dipole of one beat; ``p_turn_z`` is the P wave's own turn, N(0, 1)."""
    qrs = _qrs(body, anatomy, channels)
    return Dipole(
        p=_p(body, anatomy, channels, p_turn_z),
        qrs=qrs,
        slur=channels["slur"] * _SLUR_UV,
        st_t=_st_t(body, anatomy),
        strain=_strain(qrs, channels["strain"]),
    )


def _p(body: Body, anatomy: Anatomy, channels: dict[str, float], turn_z: float) -> FloatArray:
    mean, sd = body.of(*_P_TURN_DEG)
    size = _P_GAIN * math.exp(anatomy.log_sizes["P"])
    p = _turned(size * anatomy.shapes["P"], 0, 1, math.radians(mean + sd * turn_z))
    p[2:, 2] += 5.0 + _ATRIUM_UV * channels["atrium"]
    return p


def _qrs(body: Body, anatomy: Anatomy, channels: dict[str, float]) -> FloatArray:
    log_size = anatomy.log_sizes["Q"] + body.of(*_QRS_LOG_GAIN)
    log_size += _QRS_PER_VOLTAGE * channels["voltage"] - 0.018 * (body.bmi - 24.5)
    turn_deg = body.of(*_QRS_TURN_DEG) - 0.35 * (body.age_years - 50) - 1.0 * (body.bmi - 24.5)
    qrs = _turned(math.exp(log_size) * anatomy.shapes["Q"], 0, 1, math.radians(turn_deg))
    more = channels["rotation"] * np.radians(_TURN_WEIGHT)
    return _turned(_turned(qrs, 0, 2, 8.0 * more), 1, 0, 7.0 * more)


def _st_t(body: Body, anatomy: Anatomy) -> FloatArray:
    size = math.exp(anatomy.log_sizes["T"] + body.of(*_ST_T_LOG_GAIN))
    turned = _turned(size * anatomy.shapes["T"], 0, 1, math.radians(body.of(*_ST_T_TURN_DEG)))
    return np.asarray(turned + np.outer(_ST_T_PROFILE, body.of(*_ST_T_SEX_UV)))


def _strain(qrs: FloatArray, c: float) -> FloatArray:
    """ST-T against the mean QRS vector, growing beyond a threshold as strain does."""
    mean = qrs.mean(axis=0)
    against = -mean / np.linalg.norm(mean)
    size = (0.24 * c + 0.5 * max(c - 1.1, 0.0)) * 2 * math.exp(mean_log_size("T"))
    return np.asarray(size * np.outer(_STRAIN_PROFILE, against))


def _turned(vectors: FloatArray, a: int, b: int, angle: float | FloatArray) -> FloatArray:
    """Vectors [n, 3] turned from axis ``a`` towards axis ``b`` by ``angle`` rad (one or [n])."""
    turned = vectors.copy()
    turned[:, a] = vectors[:, a] * np.cos(angle) - vectors[:, b] * np.sin(angle)
    turned[:, b] = vectors[:, a] * np.sin(angle) + vectors[:, b] * np.cos(angle)
    return turned
