"""Doubts about leads beside each other: copies, and contradictions among the limb leads."""

from __future__ import annotations

import numpy as np

from elvmass.io.leads import FROM_I_AND_II
from elvmass.io.plausibility.seen import Seen
from elvmass.record import LEAD_INDEX, LEADS, PRECORDIAL_ROWS, FloatArray, Notice, Record, median

SAME_MV = 0.0005  # below any converter's step
MISFIT_SHARE = 0.1  # of the limb leads' amplitude
MISFIT_MV = 0.03  # rounding of devices that store 5 µV steps stays below


def duplicates(seen: Seen) -> tuple[Notice, ...]:
    """Find leads that repeat another one; a few samples are compared first, being quick."""
    signal = seen.signal
    lively = seen.lively & ~seen.beyond  # electrodes that are off look alike
    few = signal[:, :: max(1, signal.shape[1] // 16)]
    maybe = ~(np.abs(few[:, None] - few) > SAME_MV).any(axis=2) & lively & lively[:, None]
    twins = [
        f"{LEADS[first]} and {LEADS[second]}"
        for first, second in np.argwhere(np.triu(maybe, 1))
        if _same(signal[first], signal[second])
    ]
    if not twins:
        return ()
    everywhere = len(twins) == len(LEADS) * (len(LEADS) - 1) // 2
    named = "All leads" if everywhere else f"Leads {', '.join(twins)}"
    return (
        Notice(
            "duplicate_leads",
            f"{named} hold the same samples: leads may be mislabelled, or filled with copies.",
        ),
    )


def _same(one: FloatArray, other: FloatArray) -> bool:
    """Whether two leads [n] agree within the step of any converter."""
    both = np.abs(one - other)
    return bool(np.isfinite(both).any() and not (both > SAME_MV).any())


def limb_leads(seen: Seen) -> tuple[Notice, ...]:
    """Compare stored limb leads with those computed from I and II, apart from constant shifts."""
    record, thin = seen.record, seen.thin
    one, two = thin[LEAD_INDEX["I"]], thin[LEAD_INDEX["II"]]
    limb = _beat_span(seen)[:6]
    limit = max(MISFIT_MV, MISFIT_SHARE * float(median(limb)))
    wrong = []
    for name, (of_one, of_two) in FROM_I_AND_II.items():
        if name in record.derived_leads:
            continue
        rest = thin[LEAD_INDEX[name]] - of_one * one - of_two * two
        rest = np.abs(rest - median(rest))
        if np.nanmean(rest > limit) > MISFIT_SHARE if np.isfinite(rest).any() else False:
            wrong.append(name)
    if not wrong:
        return ()
    return (
        Notice(
            "limb_leads_inconsistent",
            f"Leads {', '.join(wrong)} contradict leads I and II (Einthoven, Goldberger): leads "
            f"may be mislabelled or not recorded together.{_misnamed(record)}",
        ),
    )


def _misnamed(record: Record) -> str:
    """Name a chest lead that is what one of the leads I to III should be, as a sentence."""
    one, two, three = (record.lead(name) for name in ("I", "II", "III"))
    for name, expected in (("I", two - three), ("II", one + three), ("III", two - one)):
        for row in PRECORDIAL_ROWS:
            rest = record.signal_mv[row] - expected
            known = rest[np.isfinite(rest)]
            if known.size and np.all(np.abs(known - median(known)) < MISFIT_MV):
                return f" Lead {LEADS[row]} is what lead {name} should be: names swapped?"
    return ""


def _beat_span(seen: Seen) -> FloatArray:
    """[12] median over windows of two seconds of the peak-to-peak amplitude, mV."""
    length = seen.thin.shape[1]
    window = max(1, min(round(2 * seen.record.rate_hz / seen.step), length))
    count = length // window
    pieces = seen.thin[:, : count * window].reshape(len(LEADS), count, window)
    return median(seen.top(pieces) + seen.top(-pieces))
