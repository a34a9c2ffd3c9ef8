"""Electrodes that are not where the names of the leads say: suspicions from one beat.

The eight independent leads are redundant: in a correct recording each is largely predicted by the
others. For every usual exchange of electrodes the leads are read the other way round; where they
then agree much better with each other, the exchange is suspected (the idea of Kors and van Herpen,
Am J Cardiol 2001;88:396, here for five parts of the beat with one covariance matrix each).

============================== ===================================================================
exchange                       how
============================== ===================================================================
RA-LA, RA-LL, LA-LL, rotations leads I and II read back, against V1-V6; LA-LL mainly by P
RA-RL, LA-RL, arms with legs   II, III or I without QRS: both its electrodes lie on the legs
any two of V1-V6               chest leads read back, against their neighbours, I and II
V1-V6 reversed, V1-V3 / V4-V6  the same
LL-RL                          not seen: both legs have the same potential
limb with chest electrode      not looked for; nor electrodes in a wrong intercostal space
several exchanges at once      only the likeliest is named
============================== ===================================================================

Never more than a suspicion: dextrocardia, infarction and ectopic atrial rhythm look alike.

Origin of :data:`MOMENTS` and :data:`WEIGHTS`: 217 recordings as they are and with every exchange
applied to them, 120 of LUDB (Kalyakulina et al., IEEE Access 8:186181, 2020) and 97 of the
PhysioNet/CinC Challenge 2021 (Reyna et al., CinC 2021). ``tests/bench/eligibility.py`` repeats the
fit and prints the sensitivity per exchange and the specificity on recordings left out of it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elvmass.record import FloatArray, Notice
from elvmass.signal.measure import Waves

#: The parts of a beat whose leads are compared.
PARTS = ("P", "early QRS", "middle QRS", "late QRS", "T")

#: Weight of each part in the sum of logarithms (logistic regression).
WEIGHTS = (5.1, 3.2, 3.6, 2.9, 1.9)

#: Mean second moments of I, II and V1-V6 in each part, as ten-thousandths of their sum of squares:
#: lower triangles, row by row.
MOMENTS = (
    (  # P
        1249,
        1545, 3070,
        -408, -367, 935,
        324, 574, 491, 699,
        788, 1444, 165, 665, 1081,
        905, 1668, -36, 552, 1021, 1130,
        911, 1599, -165, 426, 895, 1005, 990,
        885, 1468, -241, 324, 760, 889, 875, 846,
    ),
    (  # early QRS
        401,
        211, 491,
        -132, -62, 770,
        265, 170, 996, 2083,
        392, 447, 792, 1869, 2354,
        506, 640, 280, 1158, 1783, 1923,
        491, 581, -48, 548, 1044, 1413, 1275,
        372, 443, -182, 168, 523, 872, 887, 703,
    ),
    (  # middle QRS
        624,
        429, 768,
        -529, -552, 909,
        -219, -422, 878, 1491,
        117, 130, 402, 1060, 1519,
        583, 777, -377, 207, 1126, 1821,
        745, 925, -708, -277, 563, 1528, 1677,
        677, 825, -732, -467, 205, 1065, 1334, 1191,
    ),
    (  # late QRS
        374,
        42, 487,
        -337, -232, 1446,
        -43, -156, 1416, 2316,
        32, 109, 1147, 2061, 2483,
        112, 329, 515, 1195, 1687, 1572,
        191, 362, 0, 403, 793, 975, 820,
        224, 313, -304, -109, 125, 412, 513, 502,
    ),
    (  # T
        588,
        475, 762,
        -237, -196, 611,
        444, 482, 593, 1962,
        597, 746, 372, 1826, 2319,
        643, 796, 24, 1178, 1757, 1750,
        611, 748, -200, 667, 1123, 1297, 1236,
        516, 626, -262, 378, 700, 867, 886, 772,
    ),
)  # fmt: skip

_RIDGE = 0.03 / 8  # noise of the leads, as a share: keeps the inverse from trusting small moments
_LIMB_ENOUGH, _CHEST_ENOUGH = 1.6, 2.5  # scores of a suspicion; chosen for a specificity of 98 %
# A lead between two electrodes on the legs; published: below 0.1 mV. The smallest leads I, II and
# III of the 217 recordings span 0.16 mV and 17 % of the largest.
_LEGS_MV, _LEGS_SHARE = 0.12, 0.15
_BEFORE_QRS_S = 0.016
_SHORTEST = 4  # samples of a part


@dataclass(frozen=True, slots=True, eq=False)
class Exchange:
    """Electrodes that may have been mistaken for each other.

    Attributes
    ----------
    name
        "RA-LA", "V1-V2".
    words
        What may have happened.
    limb
        Whether limb electrodes are concerned.
    back
        [8, 8] turns the leads as recorded into the leads as they should be.
    """

    name: str
    words: str
    limb: bool
    back: FloatArray

    @property
    def alike(self) -> str:
        """What the exchange may be mistaken for."""
        return "Dextrocardia or disease" if self.limb else "Disease"


def _limb(name: str, words: str, lead_i: tuple[int, int], lead_ii: tuple[int, int]) -> Exchange:
    """Exchange of RA, LA and LL: I and II as they should be, as multiples of those recorded."""
    back = np.eye(8)
    back[0, :2], back[1, :2] = lead_i, lead_ii
    return Exchange(name, words, True, back)


def _chest(name: str, words: str, order: tuple[int, ...]) -> Exchange:
    """Exchange of V1-V6: lead k should be the one recorded as ``order[k]``."""
    back = np.eye(8)
    back[2:, 2:] = np.eye(6)[list(order)]
    return Exchange(name, words, False, back)


def _pair(first: int, second: int) -> Exchange:
    order = list(range(6))
    order[first], order[second] = second, first
    name, other = f"V{first + 1}", f"V{second + 1}"
    words = f"Electrodes {name} and {other} may be exchanged"
    return _chest(f"{name}-{other}", words, tuple(order))


EXCHANGES: tuple[Exchange, ...] = (
    _limb("RA-LA", "The electrodes of the right and left arm may be exchanged", (-1, 0), (-1, 1)),
    _limb("RA-LL", "The electrodes of right arm and left leg may be exchanged", (1, -1), (0, -1)),
    _limb("LA-LL", "The electrodes of left arm and left leg may be exchanged", (0, 1), (1, 0)),
    _limb("RA-LA-LL", "All three limb electrodes may be exchanged in turn", (-1, 1), (-1, 0)),
    _limb("RA-LL-LA", "All three limb electrodes may be exchanged in turn", (0, -1), (1, -1)),
    *(_pair(first, second) for first, second in itertools.combinations(range(6), 2)),
    _chest("V6-V1", "The chest electrodes may be in reverse order", (5, 4, 3, 2, 1, 0)),
    _chest("V4-V6, V1-V3", "Electrodes V1-V3 and V4-V6 may be exchanged", (3, 4, 5, 0, 1, 2)),
)

# The lead without QRS, and whose electrode then lies on the legs.
_ON_THE_LEGS = (
    ("I", "Both arm electrodes may be exchanged with those of the legs"),
    ("II", "The electrodes of right arm and right leg may be exchanged"),
    ("III", "The electrodes of left arm and right leg may be exchanged"),
)


def suspect(beat_mv: FloatArray, offsets_s: FloatArray, waves: Waves) -> Notice | None:
    """Name the likeliest exchange of electrodes, if there is a suspicion.

    Parameters
    ----------
    beat_mv
        [8, m] leads I, II, V1-V6 of the representative beat, mV.
    offsets_s
        [m] times from R.
    waves
        Its boundaries.
    """
    parts = cut_parts(beat_mv, offsets_s, waves)
    on_legs = _on_the_legs(np.concatenate(parts[1:4], axis=1)[:2])
    if on_legs is not None:
        return on_legs
    best, gains = likeliest(second_moments(parts), _TABLES, _WEIGHTS)
    if best is None:
        return None
    exchange = EXCHANGES[best]
    kind = "limb_reversal" if exchange.limb else "precordial_swap"
    return Notice(
        f"suspected_{kind}",
        f"{exchange.words}: read the other way round, the leads agree better with each other, most "
        f"of all in {_NAMED[int(np.argmax(gains))]}. {exchange.alike} can look alike; check the "
        "electrodes.",
    )


def _on_the_legs(qrs_mv: FloatArray) -> Notice | None:
    """Look for a limb lead without QRS in leads I and II [2, m]."""
    lead_i, lead_ii = qrs_mv
    span = np.ptp(np.stack([lead_i, lead_ii, lead_ii - lead_i]), axis=1)
    least = int(np.argmin(span))
    if span[least] > min(_LEGS_MV, _LEGS_SHARE * float(span.max())):
        return None
    lead, words = _ON_THE_LEGS[least]
    return Notice(
        "suspected_limb_reversal",
        f"{words}: lead {lead} shows hardly any QRS "
        f"({1000 * span[least]:.0f} µV), as between the two legs. Check the electrodes.",
    )


def cut_parts(beat_mv: FloatArray, offsets_s: FloatArray, waves: Waves) -> list[FloatArray]:
    """Cut a beat into :data:`PARTS`, [8, k] each; without samples where there is no such wave.

    QRS and T stand on the level before QRS, P on the line between its own ends.
    """

    def cut(start: float | None, stop: float | None) -> FloatArray:
        if start is None or stop is None:
            return beat_mv[:, :0]
        first, last = np.searchsorted(offsets_s, (start - 1e-9, stop + 1e-9))
        return beat_mv[:, first:last] if last - first >= _SHORTEST else beat_mv[:, :0]

    level = cut(waves.qrs_on - _BEFORE_QRS_S, waves.qrs_on).mean(axis=1, keepdims=True)
    p = cut(waves.p_on, waves.p_off)
    if p.size:
        p = p - np.linspace(p[:, 0], p[:, -1], p.shape[1], axis=1)
    qrs = cut(waves.qrs_on, waves.qrs_off) - level
    t = cut(None if waves.t_off is None else waves.qrs_off, waves.t_off) - level
    return [p, *np.array_split(qrs, 3, axis=1), t]


def second_moments(parts: list[FloatArray]) -> FloatArray:
    """[5, 8, 8] second moments of the leads in each part, with a trace of 1; 0 without the part."""
    moments = np.stack([part @ part.T for part in parts])
    power = np.trace(moments, axis1=1, axis2=2)[:, None, None]
    return np.asarray(np.divide(moments, power, out=np.zeros_like(moments), where=power > 0))


def tables(mean_moments: FloatArray) -> FloatArray:
    """[1 + exchanges, 5, 8, 8] quadratic forms of the misfit, as recorded first.

    The misfit is that of a normal distribution with the given moments [5, 8, 8]: large where a
    lead is not what the others let expect.
    """
    inverse = np.linalg.inv(mean_moments + _RIDGE * np.eye(8))
    back = np.stack([np.eye(8), *(exchange.back for exchange in EXCHANGES)])
    return np.asarray(np.einsum("hji,wjk,hkl->hwil", back, inverse, back, optimize=True))


def agreement(moments: FloatArray, forms: FloatArray) -> FloatArray:
    """[exchanges, 5] logarithm of the misfit as recorded over that with the exchange undone."""
    misfit = np.einsum("hwij,wij->hw", forms, moments)
    present = misfit[0] > 0
    misfit[:, ~present] = 1.0
    gains: FloatArray = np.log(misfit[:1] / misfit[1:])
    return gains


def likeliest(
    moments: FloatArray, forms: FloatArray, weights: FloatArray
) -> tuple[int | None, FloatArray]:
    """Number of the suspected exchange, if any, and what each part [5] says for the likeliest."""
    gains = weights * agreement(moments, forms)
    margin = gains.sum(axis=1) - _ENOUGH
    best = int(np.argmax(margin))
    return best if margin[best] > 0 else None, gains[best]


def _square(triangles: tuple[tuple[int, ...], ...]) -> FloatArray:
    """[5, 8, 8] symmetric matrices of lower triangles in ten-thousandths."""
    lower = np.zeros((len(triangles), 8, 8))
    rows, columns = np.tril_indices(8)
    lower[:, rows, columns] = np.array(triangles) / 1e4
    lower[:, columns, rows] = lower[:, rows, columns]
    return lower


_WEIGHTS = np.array(WEIGHTS)
_TABLES = tables(_square(MOMENTS))
_ENOUGH: NDArray[np.float64] = np.array(
    [_LIMB_ENOUGH if exchange.limb else _CHEST_ENOUGH for exchange in EXCHANGES]
)
# PARTS in a sentence.
_NAMED = ("the P wave", "the first third of QRS", "the middle of QRS", "the end of QRS", "ST and T")
