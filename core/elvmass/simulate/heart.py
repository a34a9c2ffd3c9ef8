"""One subject's heartbeat: channels, wave times, and what each lead sees of the dipole.

Times are in ms from the beat's reference instant, which lies inside the QRS but is *not* the R
peak: nothing that learns may be given it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from elvmass.record import FloatArray
from elvmass.simulate.body import Body
from elvmass.simulate.dipole import Dipole, dipole
from elvmass.simulate.options import CHANNELS, Plant, SimulationOptions
from elvmass.simulate.population import (
    LOBE_CENTRES,
    LOBE_SDS,
    STORED_LEADS,
    Anatomy,
    draw_anatomy,
)

#: Dower's lead vectors (x, y, z) of the eight stored leads.
DOWER: FloatArray = np.array([
    (0.632, -0.235, 0.059), (0.235, 1.066, -0.132), (-0.515, 0.157, -0.917),
    (0.044, 0.164, -1.387), (0.882, 0.098, -1.277), (1.213, 0.127, -0.601),
    (1.125, 0.127, -0.086), (0.831, 0.076, 0.230),
])  # fmt: skip

_LIMB, _PRECORDIAL, _V2_TO_V4 = slice(0, 2), slice(2, 8), slice(3, 6)
_GROUP_ROWS = {"limb": _LIMB, "precordial": _PRECORDIAL}

#: What every chest adds to Dower's lead vectors wave by wave, order of :data:`STORED_LEADS`.
_LEAD_GAIN = {
    "P": np.array([1.05, 1.05, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
    "QRS": np.array([0.88, 1.22, 0.97, 1.0, 1.03, 1.06, 1.0, 1.0]),
    "ST-T": np.array([1.0, 1.18, 0.95, 0.95, 0.92, 0.92, 0.98, 1.05]),
}

#: Lobes of ST-T that a plant in ST raises, and those that a plant in T scales.
_ST_LOBES = np.array([0.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0])
_T_LOBES = np.array([0.0, 0.0, 0.3, 1.0, 1.0, 1.0, 1.0])
_ST_PLANT_UV = 200.0

# Pairs are (men, women).
_QRS_MS = ((93.86, 10.74), (86.26, 9.63))  # mean, SD: Table 1 of the preprint
_PRECORDIAL_PER_VOLTAGE = (0.04, 0.08)
_V2_TO_V4_LOG_GAIN = (0.08, -0.09)
#: Strain is a local, anterior-lateral matter: the limb leads see less of it than the dipole says.
_STRAIN_GAIN = {"limb": (0.5, 0.3), "precordial": (1.5, 1.1)}

#: Share of the QRS that lies before the reference instant.
_QRS_BEFORE = 0.47
_SLUR_AT, _SLUR_SD_MS = 0.70, 7.0


@dataclass(frozen=True, slots=True)
class Times:
    """Wave marks in ms from the reference instant, and the rate that goes with them."""

    p_on: float
    p_off: float
    qrs_on: float
    qrs_off: float
    t_off: float
    rate_bpm: float


@dataclass(frozen=True, slots=True, eq=False)
class LeadWave:
    """A wave as the leads see it: Gaussian lobes with one amplitude per lead.

    ``centres_ms`` and ``sds_ms`` are [lobes], ``leads_uv`` is [8, lobes] in the order of
    :data:`elvmass.simulate.population.STORED_LEADS`.
    """

    centres_ms: FloatArray
    sds_ms: FloatArray
    leads_uv: FloatArray

    def area(self) -> FloatArray:
        """[8] net area under the wave, µV·ms."""
        return np.asarray(self.leads_uv @ self.sds_ms) * math.sqrt(2 * math.pi)


@dataclass(frozen=True, slots=True, eq=False)
class Heart:
    """Everything that one beat is made of; the recording repeats it.

    The one "lobe" of ``slur`` is an odd wavelet: it bends the QRS and has no net area.
    ``plants`` are the sizes c of the planted effects; ``lead_vectors`` [8, 3]; ``conditions``
    the names of what this heart and its recording have; ``spike`` the pacemaker's.
    """

    channels: dict[str, float]
    plants: tuple[float, ...]
    lead_vectors: FloatArray
    times: Times
    p: LeadWave
    qrs: LeadWave
    slur: LeadWave
    st_t: LeadWave
    conditions: frozenset[str] = frozenset()
    spike: LeadWave | None = None


def draw_heart(body: Body, rng: np.random.Generator, options: SimulationOptions) -> Heart:
    """Draw one heart. The plants draw last, so that they change nothing else."""
    anatomy = draw_anatomy(rng)
    channels = _draw_channels(body, rng, options)
    p_turn_z = float(rng.standard_normal())
    times = _times(body, anatomy, channels)
    vectors = dipole(body, anatomy, channels, p_turn_z)
    plants = tuple(_plant_size(plant, body, rng) for plant in options.plants)
    leads = _LeadView(
        DOWER + anatomy.lead_additions,
        _gains(body, channels, tuple(zip(options.plants, plants, strict=True))),
        _strain_gain(body),
    )
    heart = _seen(leads, vectors, channels, times)
    return replace(
        heart,
        plants=plants,
        st_t=_st_planted(heart.st_t, tuple(zip(options.plants, plants, strict=True))),
    )


def _plant_size(plant: Plant, body: Body, rng: np.random.Generator) -> float:
    own = float(rng.standard_normal())
    return plant.share * body.hypertrophy + math.sqrt(1 - plant.share**2) * own


def _draw_channels(
    body: Body, rng: np.random.Generator, options: SimulationOptions
) -> dict[str, float]:
    """Channel = λ · hypertrophy + √(1 − λ²) · own; "duration" follows absolute size instead."""
    drawn = {}
    for name, own in zip(CHANNELS, rng.standard_normal(len(CHANNELS)), strict=True):
        loading = body.of(*getattr(options.loadings, name))
        source = body.size if name == "duration" else body.hypertrophy
        drawn[name] = loading * source + math.sqrt(1 - loading**2) * float(own)
    return drawn


def _times(body: Body, anatomy: Anatomy, channels: dict[str, float]) -> Times:
    logs = anatomy.log_times
    rate = math.exp(logs["lnHR"] + body.of(-0.015, 0.025))
    pr = math.exp(logs["lnPR"]) - 14 + 0.2 * (body.age_years - 60) + 0.3 * (body.height_cm - 164)
    p = min(0.87 * math.exp(logs["lnPd"]) + 3.5 * channels["atrium"], pr - 8)
    mean, sd = body.of(*_QRS_MS)
    qrs = min(max(mean + sd * channels["duration"], 68.0), 124.0)
    qt = math.exp(logs["lnQTc"] - 0.36 * math.log(rate / 65)) - body.of(25, 14)
    qt += 0.6 * (qrs - 90)
    on = -_QRS_BEFORE * qrs
    return Times(on - pr, on - pr + p, on, on + qrs, on + qt, rate)


def _gains(
    body: Body, channels: dict[str, float], plants: tuple[tuple[Plant, float], ...]
) -> dict[str, FloatArray]:
    """Wave → [8, 1 or lobes] gains: leads, voltage and sex in the QRS, then the plants."""
    gains = {wave: gain[:, None].copy() for wave, gain in _LEAD_GAIN.items()}
    gains["ST-T"] = np.repeat(gains["ST-T"], _T_LOBES.size, axis=1)
    voltage = body.of(*_PRECORDIAL_PER_VOLTAGE) * channels["voltage"]
    gains["QRS"][_PRECORDIAL] *= math.exp(voltage)
    gains["QRS"][_V2_TO_V4] *= math.exp(body.of(*_V2_TO_V4_LOG_GAIN))
    for plant, c in plants:
        rows = _GROUP_ROWS[plant.group]
        if plant.wave == "T":
            gains["ST-T"][rows] *= np.exp(plant.strength * c * _T_LOBES)
        elif plant.wave != "ST":
            gains[plant.wave][rows] *= math.exp(plant.strength * c)
    return gains


def _st_planted(st_t: LeadWave, plants: tuple[tuple[Plant, float], ...]) -> LeadWave:
    """Raise ST by the plants that ask for it."""
    leads_uv = st_t.leads_uv.copy()
    for plant, c in plants:
        if plant.wave == "ST":
            leads_uv[_GROUP_ROWS[plant.group]] += plant.strength * c * _ST_PLANT_UV * _ST_LOBES
    return replace(st_t, leads_uv=leads_uv)


def _strain_gain(body: Body) -> FloatArray:
    gain = np.empty(len(STORED_LEADS))
    for group, rows in _GROUP_ROWS.items():
        gain[rows] = body.of(*_STRAIN_GAIN[group])
    return gain


@dataclass(frozen=True, slots=True, eq=False)
class _LeadView:
    """Lead vectors [8, 3], gains by wave [8, 1 or lobes], gain of the strain [8]."""

    vectors: FloatArray
    gains: dict[str, FloatArray]
    strain_gain: FloatArray

    def of(self, wave: str, lobes: FloatArray) -> FloatArray:
        """[8, lobes] µV of dipole lobes [lobes, 3]."""
        return np.asarray(self.gains[wave] * (self.vectors @ lobes.T))


def _seen(leads: _LeadView, vectors: Dipole, channels: dict[str, float], times: Times) -> Heart:
    qrs_ms = times.qrs_off - times.qrs_on
    strain = leads.strain_gain[:, None] * leads.of("ST-T", vectors.strain)
    slur_ms = np.array([times.qrs_on + _SLUR_AT * qrs_ms])
    return Heart(
        channels=channels,
        plants=(),
        lead_vectors=leads.vectors,
        times=times,
        p=laid("P", times.p_on, times.p_off, leads.of("P", vectors.p)),
        qrs=laid(
            "Q",
            times.qrs_on,
            times.qrs_off,
            leads.of("QRS", vectors.qrs),
            late=0.022 + 0.026 * channels["intrinsicoid"],
        ),
        slur=LeadWave(slur_ms, np.array([_SLUR_SD_MS]), leads.of("QRS", vectors.slur[None])),
        st_t=laid("T", times.qrs_off, times.t_off, leads.of("ST-T", vectors.st_t) + strain),
    )


def laid(
    wave: str, start_ms: float, end_ms: float, leads_uv: FloatArray, late: float = 0.0
) -> LeadWave:
    """Lay the lobes between the marks; ``late`` moves the middle ones by that share."""
    u = np.array(LOBE_CENTRES[wave])
    u = u + late * 4 * u * (1 - u)
    length = end_ms - start_ms
    return LeadWave(start_ms + u * length, np.full(u.shape, LOBE_SDS[wave] * length), leads_uv)
