"""Lead names and the completion of a 12-lead set.

Leads are found by name, never by position. Einthoven and Goldberger give the four limb leads
that many devices do not store::

    III = II - I    aVR = -(I + II) / 2    aVL = I - II / 2    aVF = II - I / 2
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from elvmass.errors import CorruptFileError, LeadsError
from elvmass.record import LEADS, FloatArray

#: Weights of I and II in each limb lead that can be computed.
FROM_I_AND_II: dict[str, tuple[float, float]] = {
    "III": (-1.0, 1.0),
    "aVR": (-0.5, -0.5),
    "aVL": (1.0, -0.5),
    "aVF": (-0.5, 1.0),
}

_PREFIX = re.compile(r"(?:MDC_ECG_LEAD_|ECG[ _]+|LEAD[ _]+)+")
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
    absent = missing(found)
    if absent:
        raise LeadsError(
            path,
            f"is not a complete 12-lead ECG: {', '.join(absent)} missing",
            "Export all twelve leads (I, II and V1 to V6 suffice).",
        )
    if len({samples.shape for samples in found.values()}) != 1 or not found["I"].size:
        raise CorruptFileError(path, "has leads of different length", "Export the ECG again.")
    derived = tuple(name for name in FROM_I_AND_II if name not in found)
    computed = {
        name: FROM_I_AND_II[name][0] * found["I"] + FROM_I_AND_II[name][1] * found["II"]
        for name in derived
    }
    whole = {**found, **computed}
    return np.stack([whole[name] for name in LEADS]), derived
