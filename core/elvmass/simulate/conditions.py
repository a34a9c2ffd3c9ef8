"""Conditions on request: atrial fibrillation, bundle branch block, a pacemaker.

Textbook patterns laid over the subject's own heart (size, lead vectors, rate), made to test
readers, warnings and exclusions; how they vary between patients was not fitted to anything.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from elvmass.record import FloatArray
from elvmass.simulate.heart import Heart, LeadWave, Times, laid
from elvmass.simulate.options import CONDUCTIONS, REVERSALS, SimulationOptions
from elvmass.simulate.population import LOBE_CENTRES

#: QRS vectors (x left, y down, z back) of block of the left bundle, in units of their own rms:
#: no septal q, then slowly to the left and back. A pacemaker in the right apex: up as well.
_LBBB = np.array([
    (0.1, 0.1, 0.1), (0.7, 0.3, 0.7), (1.4, 0.4, 1.5), (1.5, 0.3, 1.9),
    (1.5, 0.1, 2.0), (1.6, 0.0, 1.6), (1.1, -0.1, 0.9), (0.2, 0.0, 0.2),
])  # fmt: skip
_PACED = _LBBB * np.array([0.8, 0.0, 1.0]) + np.array([0.0, -1.0, 0.0]) * _LBBB[:, :1]
#: Late forces of block of the right bundle, to the right and front, and where in QRS they lie.
_RBBB_LATE = np.array([(-0.9, 0.1, -1.1), (-1.2, 0.1, -1.5), (-0.6, 0.0, -0.8)])
_RBBB_CENTRES, _RBBB_SD = np.array([0.70, 0.82, 0.93]), 0.055
_OWN_SHARE = 0.66  # of the wide QRS, taken by the normal one

_QRS_MS = {"lbbb": (148.0, 10.0), "rbbb": (138.0, 8.0), "paced": (160.0, 12.0)}  # mean, SD
_LEAST_QRS_MS = 122.0
_DISCORDANT = np.array([0.2, 0.35, 0.5, 0.8, 1.0, 0.8, 0.3])
_SPIKE_MV, _SPIKE_SD_MS, _SPIKE_BEFORE_MS = (1.2, 2.8), 0.6, 22.0
_SPIKE_DIRECTION = np.array([-0.5, -0.8, 0.3])


def draw_conditions(options: SimulationOptions, rng: np.random.Generator) -> frozenset[str]:
    """Draw what this subject has of the conditions that were asked for."""
    drawn = [c.kind for c in options.conditions if rng.random() < c.share]
    kept = [k for k in drawn if k not in CONDUCTIONS and k not in REVERSALS]
    for exclusive in (CONDUCTIONS, REVERSALS):
        kept += [k for k in drawn if k in exclusive][:1]
    return frozenset(kept)


def with_conditions(heart: Heart, conditions: frozenset[str], rng: np.random.Generator) -> Heart:
    """Heart with its conditions; those of the recording are only noted in it."""
    changed = replace(heart, conditions=conditions)
    if "af" in conditions:
        changed = replace(changed, p=replace(heart.p, leads_uv=0 * heart.p.leads_uv))
    for kind in CONDUCTIONS:
        if kind in conditions:
            changed = _conducted(changed, kind, rng)
    return changed


def _conducted(heart: Heart, kind: str, rng: np.random.Generator) -> Heart:
    """Wide QRS of a kind, and a T wave against it."""
    mean, sd = _QRS_MS[kind]
    qrs_ms = max(mean + sd * float(rng.standard_normal()), _LEAST_QRS_MS)
    times = _widened(heart.times, qrs_ms)
    size = float(np.sqrt((heart.qrs.leads_uv**2).mean()))
    if kind == "rbbb":
        qrs, late = _right_block(heart, times, size)
    else:
        qrs = late = _lobes(heart, times, _LBBB if kind == "lbbb" else _PACED, size)
    return replace(
        heart,
        times=times,
        qrs=qrs,
        slur=replace(heart.slur, leads_uv=0 * heart.slur.leads_uv),
        st_t=_discordant(heart.st_t, times, late, 0.5 if kind == "rbbb" else 1.0),
        spike=_spike(heart, times, rng) if kind == "paced" else None,
    )


def _widened(times: Times, qrs_ms: float) -> Times:
    wider = qrs_ms - (times.qrs_off - times.qrs_on)
    off = times.qrs_off + wider
    return replace(times, qrs_off=off, t_off=times.t_off + 0.6 * wider)


def _lobes(heart: Heart, times: Times, vectors: FloatArray, size: float) -> LeadWave:
    leads_uv = heart.lead_vectors @ vectors.T
    leads_uv *= size / np.sqrt((leads_uv**2).mean())
    return laid("Q", times.qrs_on, times.qrs_off, leads_uv)


def _right_block(heart: Heart, times: Times, size: float) -> tuple[LeadWave, LeadWave]:
    """The own QRS, then slow forces to the right and front; and these alone."""
    length = times.qrs_off - times.qrs_on
    own = laid("Q", times.qrs_on, times.qrs_on + _OWN_SHARE * length, heart.qrs.leads_uv)
    late_uv = heart.lead_vectors @ _RBBB_LATE.T
    late_uv *= 1.1 * size / np.sqrt((late_uv**2).mean())
    late = LeadWave(times.qrs_on + _RBBB_CENTRES * length, np.full(3, _RBBB_SD * length), late_uv)
    joined = [
        np.concatenate([getattr(own, field), getattr(late, field)], axis=-1)
        for field in ("centres_ms", "sds_ms", "leads_uv")
    ]
    return LeadWave(*joined), late


def _discordant(st_t: LeadWave, times: Times, qrs: LeadWave, strength: float) -> LeadWave:
    """ST-T against the mean of a QRS, on what is left of the own T wave."""
    against = -qrs.leads_uv.mean(axis=1)
    leads_uv = 0.35 * st_t.leads_uv + 0.45 * strength * np.outer(against, _DISCORDANT)
    assert leads_uv.shape[1] == len(LOBE_CENTRES["T"])
    return laid("T", times.qrs_off, times.t_off, leads_uv)


def _spike(heart: Heart, times: Times, rng: np.random.Generator) -> LeadWave:
    low, high = _SPIKE_MV
    seen = heart.lead_vectors @ _SPIKE_DIRECTION
    size_uv = 1000.0 * (low + (high - low) * float(rng.random()))
    return LeadWave(
        np.array([times.qrs_on - _SPIKE_BEFORE_MS]),
        np.array([_SPIKE_SD_MS]),
        size_uv * (seen / np.abs(seen).max())[:, None],
    )
