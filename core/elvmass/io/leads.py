"""Lead names and the completion of a 12-lead set.

Leads are found by name, never by position. Einthoven and Goldberger give the four limb leads
that many devices do not store::

    III = II - I    aVR = -(I + II) / 2    aVL = I - II / 2    aVF = II - I / 2
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.record import LEADS, FloatArray, Notice

#: Weights of I and II in each limb lead that can be computed.
FROM_I_AND_II: dict[str, tuple[float, float]] = {
    "III": (-1.0, 1.0),
    "aVR": (-0.5, -0.5),
    "aVL": (1.0, -0.5),
    "aVF": (-0.5, 1.0),
}

# A label as long as a file would only keep the pattern below busy.
_LABEL_MAX = 100
_PREFIX = re.compile(
    r"(?:[A-Z]{3,16}_ECG_(?:LEAD|ELEC_POTL)_|(?:ECG|EKG|LEAD)[ _:-]+(?:SITE[ _]+)?)+"
)
_BY_UPPER = (
    {name.upper(): name for name in LEADS}
    | {f"C{k}": f"V{k}" for k in range(1, 7)}
    | {"DI": "I", "DII": "II", "DIII": "III", "D1": "I", "D2": "II", "D3": "III"}
)


def canonical(label: str) -> str | None:
    """Return the standard name of a lead label, or None if it is no standard lead.

    >>> canonical("MDC_ECG_LEAD_AVR"), canonical("Lead I (Einthoven)"), canonical("v3r")
    ('aVR', 'I', None)
    """
    if len(label) > _LABEL_MAX:
        return None
    upper = label.split("(")[0].strip().upper()
    return _BY_UPPER.get(_PREFIX.sub("", upper).strip())


def collect(labelled: Iterable[tuple[str, FloatArray]], path: Path | None) -> dict[str, FloatArray]:
    """Keep the standard leads, by canonical name; others (V3R, Frank leads) are left out.

    Raises
    ------
    CorruptFileError
        A lead is stored twice with different samples.
    """
    found: dict[str, FloatArray] = {}
    for label, samples in labelled:
        name = canonical(label)
        if name is None:
            continue
        if name in found and not np.array_equal(found[name], samples, equal_nan=True):
            raise CorruptFileError(
                path, f"stores lead {name} twice, with different samples", "Export the ECG again."
            )
        found[name] = samples
    return found


def missing(names: Iterable[str]) -> list[str]:
    """List the standard leads that are neither among ``names`` nor computable from them."""
    present = set(names)
    if {"I", "II"} <= present:
        present |= FROM_I_AND_II.keys()
    return [name for name in LEADS if name not in present]


def check(names: Iterable[str], path: Path | None) -> None:
    """Raise LeadsError, which names the missing leads, if twelve cannot be had from these."""
    absent = missing(names)
    if absent:
        raise LeadsError(
            path,
            f"is not a complete 12-lead ECG: {', '.join(absent)} missing",
            "Export all twelve leads (I, II and V1 to V6 suffice).",
        )


def complete(
    found: Mapping[str, FloatArray], path: Path | None
) -> tuple[FloatArray, tuple[str, ...]]:
    """Stack twelve leads in the standard order, computing limb leads that are not stored.

    Parameters
    ----------
    found
        Samples in mV [n] by canonical lead name.

    Returns
    -------
    tuple
        Signal [12, n] in mV and the names of the leads that were computed.

    Raises
    ------
    LeadsError
        Names the missing leads.
    CorruptFileError
        Leads differ in length or are empty.
    """
    check(found, path)
    if len({samples.shape for samples in found.values()}) != 1 or not found["I"].size:
        raise CorruptFileError(path, "has leads of different length", "Export the ECG again.")
    derived = tuple(name for name in FROM_I_AND_II if name not in found)
    computed = {
        name: FROM_I_AND_II[name][0] * found["I"] + FROM_I_AND_II[name][1] * found["II"]
        for name in derived
    }
    whole = {**found, **computed}
    stacked = np.stack([whole[name] for name in LEADS])
    stacked.flags.writeable = False  # so that the record need not copy it
    return stacked, derived


T = TypeVar("T")

#: The columns of a printed report last 2.5 s: strips as short as that are not taken to have run
#: together, whatever their start says.
_JOINED_S = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class Strip(Generic[T]):
    """Leads that ran together: samples [n] in mV by canonical name.

    ``source`` is the part of the file that they are from, ``start`` the instant of the first
    sample in the file's words, "" if it is not told.
    """

    found: Mapping[str, FloatArray]
    rate_hz: float
    source: T
    start: str = ""
    notices: tuple[Notice, ...] = ()


def choose(strips: Sequence[Strip[T]], path: Path | None) -> Strip[T]:
    """Choose the strip with most leads, then the longest.

    If none is complete, strips of the same start, rate and length are joined.

    Raises
    ------
    UnsupportedFileError
        All leads are there, but not at the same time.
    """
    best = max(strips, key=_rank)
    if not missing(best.found):
        return best
    best = max([best, *_joined(strips, path)], key=_rank)
    everywhere = {name for strip in strips for name in strip.found}
    if missing(best.found) and not missing(everywhere):
        raise one_after_another(path)
    return best


def one_after_another(path: Path | None) -> UnsupportedFileError:
    """Refusal of leads that do not show the same heartbeats."""
    return UnsupportedFileError(
        path,
        "holds leads that were recorded one after another",
        "Export ten seconds of all leads together.",
    )


def _rank(strip: Strip[T]) -> tuple[int, float]:
    return -len(missing(strip.found)), _samples(strip) / strip.rate_hz


def _samples(strip: Strip[T]) -> int:
    return max((samples.size for samples in strip.found.values()), default=0)


def _joined(strips: Iterable[Strip[T]], path: Path | None) -> list[Strip[T]]:
    together: dict[tuple[str, float, int], list[Strip[T]]] = {}
    for strip in strips:
        if strip.start and _samples(strip) >= _JOINED_S * strip.rate_hz:
            key = (strip.start, strip.rate_hz, _samples(strip))
            together.setdefault(key, []).append(strip)
    return [
        Strip(
            collect((pair for strip in group for pair in strip.found.items()), path),
            group[0].rate_hz,
            group[0].source,
            group[0].start,
            tuple(dict.fromkeys(notice for strip in group for notice in strip.notices)),
        )
        for group in together.values()
    ]
