"""Writers: a :class:`elvmass.record.Record` becomes a file of a chosen format.

========  =============================================  ==========================================
target    signal                                         what it cannot hold
========  =============================================  ==========================================
csv       mV, text that reads back as the same float64   nothing
npz       mV, float64                                    nothing
wfdb      format 16, one step per lead, gaps             letters outside ASCII
edf       EDF+C, 16 bits, one step per lead              gaps, device measurements, letters outside
                                                         ASCII
dicom     12-lead ECG (General ECG if it is longer),     fractions of a year, rates outside 200 to
          16 bits, one step per lead, gaps (padding)     1000 Hz
aecg      HL7 aECG, whole numbers, one step per lead     gaps
muse      GE MUSE XML, 16 bits, one step per lead;       gaps
          leads that were computed are left to the
          reader
========  =============================================  ==========================================

Steps and the largest rounding error are those of :mod:`elvmass.io.write.quantise`. What a record
does not know is left out, never invented; where a format insists on a date, a date that it names
as a placeholder stands there. dicom, aecg and muse hold the device's filter as numbers: other
words about it are left out.

Each writer is a module with ``encode(record, path) -> Encoded``, imported late.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from elvmass.io.write.store import Encoded, store
from elvmass.record import Record

#: Name of each target, which is its module, and the suffix of its file.
TARGETS: dict[str, str] = {
    "csv": ".csv",
    "npz": ".npz",
    "wfdb": ".hea",
    "edf": ".edf",
    "dicom": ".dcm",
    "aecg": ".xml",
    "muse": ".xml",
}


def encode(record: Record, path: Path, target: str) -> Encoded:
    """Return the files that hold a record in a format of :data:`TARGETS`; nothing is written.

    Raises
    ------
    WriteError
        The format cannot hold this record; the sentence says why.
    """
    encoded: Encoded = import_module(f"{__name__}.{target}").encode(record, path)
    return encoded


def write(record: Record, path: Path, target: str, *, overwrite: bool = False) -> Encoded:
    """Write a record in a format of :data:`TARGETS`, whole or not at all.

    Parameters
    ----------
    record
        What to write.
    path
        The file; of WFDB the header, the signal file comes beside it.
    target
        One of :data:`TARGETS`.
    overwrite
        Replace files that exist.

    Returns
    -------
    Encoded
        Paths and bytes of what was written, with notices on how.

    Raises
    ------
    WriteError
        The format cannot hold this record, a file exists, or the disk refuses.
    """
    encoded = encode(record, path, target)
    store(encoded.files, overwrite=overwrite)
    return encoded
