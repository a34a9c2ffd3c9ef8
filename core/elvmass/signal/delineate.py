"""Wave boundaries of a representative beat by rules: what :mod:`elvmass.signal.refine` begins with.

Method. QRS edges are medians over leads of slope crossings. T and P are found as the highest
curvature (a "hat" filter, which needs no baseline) inside a window that the rhythm allows, and
their boundaries are weighted means of a few landmarks: slope crossings, and inflections and
turning points of the hat-filtered principal lead. All weights of a boundary sum to one: shift the
beat, and the boundary shifts with it.

Convention: the *median over the leads* of what a cardiologist marks lead by lead.

The constants of :data:`BLENDS` were fitted on the 120 development records of LUDB (Kalyakulina et
al., IEEE Access 8:186181, 2020; 500 Hz, one recorder, one group of annotators);
``tests/bench/ludb.py`` repeats the fit and prints what records get that were not fitted.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

import numpy as np

from elvmass.record import FloatArray
from elvmass.signal import landmarks
from elvmass.signal.landmarks import Shape
from elvmass.signal.measure import Waves


@dataclass(frozen=True, slots=True)
class Blend:
    """A boundary as a weighted mean of landmarks (seconds from R) plus a constant."""

    weights: tuple[float, ...]
    constant_s: float
    rr_weight: float = 0.0

    def at(self, marks_s: tuple[float, ...], rr_s: float = 0.0) -> float:
        """Blend landmarks into the boundary, seconds from R."""
        blend = sum(w * m for w, m in zip(self.weights, marks_s, strict=True))
        return blend + self.constant_s + self.rr_weight * min(rr_s, _LONGEST_RR_S)


_LONGEST_RR_S = 1.2

BLENDS: dict[str, Blend] = {
    "QRS_on": Blend((1.0,), -0.0124),
    "QRS_off": Blend((0.82, 0.18), -0.0029),
    "T_on": Blend((0.92, -0.19, 0.27), -0.0260, rr_weight=-0.0216),
    "T_off": Blend((1.32, -0.32), -0.0118),
    "P_on": Blend((0.48, 0.52), 0.0021),
    "P_off": Blend((0.93, 0.07), 0.0106),
}

# Middle of T after R as a function of RR, and its spread (natural logarithm), for the search.
_T_MIDDLE_S, _T_EXPONENT, _T_SPREAD = 0.273, 0.42, 0.25
_TURN_S = 0.04
_T_FOOT_S = 0.03  # the bend where T ends reaches this far: not to be taken for the foot of P
_QRS_REACH_S = (0.15, 0.20)  # furthest QRS edges before and after R
# P centres further from R than this become unlikely.
_P_FAR_S, _P_FAR_SOFTNESS_S = 0.40, 0.02
_P_INFLECTION_S = 0.010  # furthest behind the straight continuation of the fall before it
_P_SHARPEST = 1.2  # curvature at 6 ms over curvature at 18 ms
_P_COHERENCE = 0.45  # of its beats
_P_LEAST_MV = 0.010  # in the lead that shows it best


def delineate(
    beats_mv: FloatArray,
    median_mv: FloatArray,
    offsets_s: FloatArray,
    rr_s: tuple[float, float],
) -> Waves:
    """Boundaries of the representative beat.

    Parameters
    ----------
    beats_mv
        [beats, leads, m] aligned beats of the dominant morphology, independent leads, mV.
    median_mv
        [leads, m] their sample-wise median: the representative beat.
    offsets_s
        [m] times from R.
    rr_s
        Distances to the beats before and after.
    """
    rate_hz = 1.0 / float(offsets_s[1] - offsets_s[0])
    zero = int(np.argmin(np.abs(offsets_s)))
    shape = Shape(median_mv, rate_hz, zero)
    marks = find_marks(shape, *rr_s)
    qrs_on = BLENDS["QRS_on"].at(marks.qrs_on)
    qrs_off = max(BLENDS["QRS_off"].at(marks.qrs_off), qrs_on + 0.03)
    t_on = t_off = p_on = p_off = None
    if marks.t_centre is not None:
        t_on = max(BLENDS["T_on"].at(marks.t_on, rr_s[1]), qrs_off)
        t_off = max(BLENDS["T_off"].at(marks.t_off), t_on + 0.04)
    if marks.p_centre is not None and _may_be_p(beats_mv, shape, marks):
        p_off = min(BLENDS["P_off"].at(marks.p_off), qrs_on)
        p_on = min(BLENDS["P_on"].at(marks.p_on), p_off - 0.03)
    return Waves(p_on, p_off, qrs_on, qrs_off, t_on, t_off)


@dataclass(frozen=True, slots=True)
class Marks:
    """Landmarks of each boundary, seconds from R, and the centres of P and T in samples."""

    qrs_on: tuple[float, ...]
    qrs_off: tuple[float, ...]
    t_centre: int | None = None
    t_on: tuple[float, ...] = ()
    t_off: tuple[float, ...] = ()
    p_centre: int | None = None
    p_on: tuple[float, ...] = ()
    p_off: tuple[float, ...] = ()


def find_marks(shape: Shape, rr_before_s: float, rr_after_s: float) -> Marks:
    """All landmarks of a representative beat."""
    steep_on, last_off = landmarks.qrs_edges(shape, 0.25, 0.06)
    all_off = landmarks.qrs_end(shape, 0.12)
    # Without an end in sight (ventricular flutter) QRS may not swallow the whole cycle.
    steep_on = max(steep_on, shape.zero - shape.samples(_QRS_REACH_S[0]))
    last_off, all_off = (
        min(x, shape.zero + shape.samples(_QRS_REACH_S[1])) for x in (last_off, all_off)
    )
    on = round(steep_on) - shape.samples(0.012)
    off = round(last_off)
    centre = _t_centre(shape, off, rr_after_s)
    t_on: tuple[float, ...] = ()
    t_off: tuple[float, ...] = ()
    if centre is not None:
        t_on, t_off = _t_marks(shape, off, centre, rr_after_s)
    previous_t_end = t_off[0] - 0.008 - rr_before_s if t_off else -rr_before_s
    p_centre = _p_centre(shape, on, previous_t_end, rr_before_s)
    p_on: tuple[float, ...] = ()
    p_off: tuple[float, ...] = ()
    if p_centre is not None:
        p_on, p_off = _p_marks(shape, on, p_centre, previous_t_end)
    return Marks(
        _seconds(shape, steep_on),
        _seconds(shape, all_off, last_off),
        centre,
        t_on,
        t_off,
        p_centre,
        p_on,
        p_off,
    )


def _seconds(shape: Shape, *positions: float) -> tuple[float, ...]:
    return tuple((p - shape.zero) / shape.rate_hz for p in positions)


def _t_centre(shape: Shape, qrs_off: int, rr_s: float) -> int | None:
    """Sample of the strongest T curvature where T may lie at this heart rate."""
    start = qrs_off + shape.samples(0.05)
    stop = min(shape.n - shape.samples(0.02), shape.zero + shape.samples(min(0.62, rr_s - 0.12)))
    if stop - start < 3:
        return None
    t = (np.arange(start, stop) - shape.zero) / shape.rate_hz
    expected_s = _T_MIDDLE_S * min(rr_s, 1.3) ** _T_EXPONENT
    likely = np.exp(-0.5 * (np.log(t / expected_s) / _T_SPREAD) ** 2)
    curve = landmarks.rms(shape.hat(0.044)[:, start:stop]) * likely
    top = landmarks.highest(curve, 0, curve.size)
    return None if top is None else start + top


def _t_marks(
    shape: Shape, qrs_off: int, centre: int, rr_s: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Landmarks of T onset (3) and T end (2)."""
    end = min(shape.n - 2, centre + shape.samples(0.26), shape.zero + shape.samples(rr_s - 0.06))
    end = max(end, centre + 2)
    reach = shape.samples(0.14)
    start = max(qrs_off + 5, centre - reach)
    weights = landmarks.principal(shape.beat_mv, start, min(shape.n, centre + reach))
    broad = _upright(weights @ shape.hat(0.050), centre)
    gentle = landmarks.even_rms(shape.slope(0.010))
    coarse = landmarks.rms(shape.slope(0.024))
    near = shape.samples(0.12)
    on = (
        _median_inflection(shape, qrs_off, centre),
        max(qrs_off, landmarks.cross(broad, centre, -1, 0.0)),
        landmarks.flank(gentle, centre, min(near, centre - qrs_off - 8), qrs_off, 0.15),
    )
    fall = landmarks.flank(coarse, centre, near, end, 0.25)
    turn = centre + int(np.argmin(broad[centre : min(end, centre + shape.samples(0.18)) + 1]))
    # A turning point far behind the flank belongs to something else (U wave, drift).
    off = (fall, min(turn, fall + shape.samples(_TURN_S)))
    return _seconds(shape, *on), _seconds(shape, *off)


def _median_inflection(shape: Shape, qrs_off: int, centre: int) -> float:
    """Median over leads of the rising inflection of T."""
    hat = shape.hat(0.024)
    start = max(qrs_off + shape.samples(0.04), centre - shape.samples(0.05))
    stop = centre + shape.samples(0.05) + 1
    top = start + np.abs(hat[:, start:stop]).argmax(axis=1)
    upright = np.where(hat[np.arange(top.size), top] < 0, -1.0, 1.0)[:, None] * hat
    found = landmarks.cross_each(upright[:, :stop], top, -1, np.zeros(top.size))
    return float(median(np.maximum(found, qrs_off).tolist()))


def _upright(curve: FloatArray, at: int) -> FloatArray:
    """Turn the curve so that it is positive at a sample."""
    return curve if curve[at] >= 0 else -curve


def _p_centre(shape: Shape, qrs_on: int, previous_t_end_s: float, rr_s: float) -> int | None:
    """Sample of the strongest P curvature before QRS."""
    stop = qrs_on - shape.samples(0.04)
    earliest_s = max(-min(0.42, 0.5 * rr_s), previous_t_end_s)
    start = max(2, min(shape.zero + shape.samples(earliest_s) + 2, stop - shape.samples(0.04)))
    if stop - start < 3:
        return None
    curve = landmarks.rms(shape.hat(0.024)[:, start:stop])  # a notch may not part a wave in two
    t = (np.arange(start, stop) - shape.zero) / shape.rate_hz
    likely = 1.0 / (1.0 + np.exp((-_P_FAR_S - t) / _P_FAR_SOFTNESS_S))
    top = landmarks.highest(curve * likely, 0, curve.size)
    return None if top is None else start + top


def _p_marks(
    shape: Shape, qrs_on: int, centre: int, previous_t_end_s: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Landmarks of P onset (2) and P end (2)."""
    reach, far = shape.samples(0.08), shape.samples(0.18)
    foot_s = previous_t_end_s + _T_FOOT_S
    earliest = min(shape.zero + shape.samples(foot_s), centre - shape.samples(0.03))
    weights = landmarks.principal(
        shape.beat_mv,
        max(0, centre - shape.samples(0.09)),
        min(qrs_on - shape.samples(0.016), centre + shape.samples(0.09)),
    )
    fine = _upright(weights @ shape.hat(0.018), centre)
    broad = _upright(weights @ shape.hat(0.024), centre)
    slow = landmarks.rms(shape.slope(0.018))
    quick = landmarks.rms(shape.slope(0.012))
    first = max(0, centre - far, earliest)
    turn = max(0, centre - shape.samples(0.12), earliest)
    on = (
        landmarks.flank(slow, centre, reach, first, 0.5),
        turn + int(np.argmin(fine[turn : centre + 1])),
    )
    # Noise may hold the curve above zero; the inflection is never far behind its fall.
    fallen = landmarks.foot(broad, centre, +1) + _P_INFLECTION_S * shape.rate_hz
    off = (
        min(landmarks.cross(broad, centre, +1, 0.0), fallen, qrs_on),
        landmarks.flank(quick, centre, reach, max(qrs_on, centre + 2), 0.15),
    )
    return _seconds(shape, *on), _seconds(shape, *off)


def _may_be_p(beats_mv: FloatArray, shape: Shape, marks: Marks) -> bool:
    """Whether the bump before QRS can be a P wave.

    It must be as slow as one (a pacing spike is not), high enough to be seen, and repeat from beat
    to beat (fibrillation waves hardly do). What passes still has to be seen by the network
    (:mod:`elvmass.signal.refine`).
    """
    if marks.p_centre is None or _sharpness(shape, marks.p_centre) > _P_SHARPEST:
        return False
    reach = shape.samples(0.06)
    last = shape.zero + shape.samples(marks.qrs_on[0] - 0.020)
    span = slice(max(0, marks.p_centre - reach), min(marks.p_centre + reach + 1, last))
    if np.abs(_level(shape.beat_mv[None, :, span])).max() < _P_LEAST_MV:
        return False
    return _coherence(_level(beats_mv[:, :, span])) > _P_COHERENCE


def _level(part: FloatArray) -> FloatArray:
    """[n, leads, m] without the line between its ends."""
    ramp = np.linspace(0.0, 1.0, part.shape[2])
    return np.asarray(part - part[:, :, :1] - (part[:, :, -1:] - part[:, :, :1]) * ramp)


def _sharpness(shape: Shape, centre: int) -> float:
    """Curvature at 6 ms over curvature at 18 ms, each scaled to its width."""
    near = shape.samples(0.03)
    fine = landmarks.rms(shape.hat(0.006)[:, max(0, centre - near) : centre + near + 1]).max()
    return float(fine / max(landmarks.rms(shape.hat(0.018)[:, [centre]])[0], 1e-12))


def _coherence(parts: FloatArray) -> float:
    """Median correlation of each of [n, leads, m] with the mean of the others; 1 for one beat."""
    n = parts.shape[0]
    if n < 2:
        return 1.0
    others = (parts.sum(axis=0) - parts) / (n - 1)
    product = np.einsum("nlm,nlm->n", parts, others)
    power = np.einsum("nlm,nlm->n", parts, parts) * np.einsum("nlm,nlm->n", others, others)
    return float(median((product / np.sqrt(np.maximum(power, 1e-24))).tolist()))
