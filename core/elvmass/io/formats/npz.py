"""NumPy archives, as ``elvmass convert --to npz`` and research code write them.

============================  ===================================================================
read                          how
============================  ===================================================================
signal_mv                     [leads, n] or [n, leads] in mV, floats or whole numbers; NaN are gaps
leads                         names of the leads in the order of ``signal_mv``; never by position
rate_hz                       samples per second
meta                          JSON text with the patient, the recording and the device (the keys of
                              :mod:`elvmass.io.stated`), optional
not read                      pickled objects, encrypted archives, as many samples as leads (which
                              axis is which?)
============================  ===================================================================

Sizes are checked before anything is unpacked: an archive of a few bytes can announce gigabytes.
"""

from __future__ import annotations

import io
import json
import math
import tokenize
import warnings
import zipfile
from typing import Any

import numpy as np
from numpy.lib import format as npy

from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.io import leads, stated, values
from elvmass.io.rawfile import MAX_BYTES, RawFile
from elvmass.record import FloatArray, Record, Source

FORMAT = "NPZ"
#: What zipfile, numpy and json raise on damaged archives, besides ValueError and its kin.
LIBRARY_ERRORS = (
    MemoryError, NotImplementedError, OSError, RecursionError, RuntimeError, SyntaxError,
    TypeError, tokenize.TokenError, zipfile.BadZipFile,
)  # fmt: skip

_MOST_MEMBERS = 100
# Noise does not shrink to less than a tenth; an archive that unpacks to more is a bomb.
_SIGNAL_BYTES, _MOST_EXPANSION = 16 * 2**20, 20
_SMALL_BYTES = 2**20


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    if raw.data.count(b"PK\x01\x02") > _MOST_MEMBERS:
        raise UnsupportedFileError(raw.path, "holds too many arrays", "Write one ECG per archive.")
    with zipfile.ZipFile(io.BytesIO(raw.data)) as archive:
        signal = _array(archive, "signal_mv", raw)
        names = _array(archive, "leads", raw).astype(str).ravel().tolist()
        rate_hz = values.required(_array(archive, "rate_hz", raw).item())
        known = _meta(archive, raw)
    found = leads.collect(zip(names, _by_lead(signal, len(names), raw), strict=True), raw.path)
    whole, computed = leads.complete(found, raw.path)
    patient, notices = stated.patient(known)
    return Record(
        signal_mv=whole,
        rate_hz=rate_hz,
        patient=patient,
        reported=stated.measurements(known),
        recorded_at=stated.recorded_at(known),
        source=Source(raw.path, FORMAT, raw.sha256, known.get("device", "")),
        derived_leads=stated.derived_leads(known, computed),
        device_filter=known.get("device_filter", ""),
        notices=notices,
    )


def _by_lead(signal: Any, count: int, raw: RawFile) -> FloatArray:
    """Samples [leads, n] as float64; the axis of the leads is the one of their number."""
    if signal.ndim != 2 or count not in signal.shape or signal.dtype.kind not in "fiu":
        raise CorruptFileError(
            raw.path,
            "holds a signal that does not fit its names of leads",
            "Write signal_mv as numbers [leads, samples] with as many names in leads.",
        )
    if signal.shape == (count, count):
        raise UnsupportedFileError(
            raw.path, "has as many samples as leads", "Write a recording of at least some seconds."
        )
    by_lead = signal if signal.shape[0] == count else signal.T
    return np.ascontiguousarray(by_lead, dtype=np.float64)


def _array(archive: zipfile.ZipFile, key: str, raw: RawFile) -> Any:
    """One array; what it unpacks to is limited before it is unpacked."""
    try:
        member = archive.getinfo(f"{key}.npy")
    except KeyError:
        raise LeadsError(
            raw.path,
            f"has no array {key}",
            "Write signal_mv (mV), leads (names) and rate_hz, as elvmass convert does.",
        ) from None
    limit = _SMALL_BYTES
    if key == "signal_mv":
        limit = min(MAX_BYTES, max(_SIGNAL_BYTES, _MOST_EXPANSION * len(raw.data)))
    if member.file_size > limit:
        raise UnsupportedFileError(
            raw.path, "unpacks to more than an ECG can hold", "Write a single resting ECG."
        )
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("numpy compresses in no other way")
    return _decoded(archive.read(member))


def _decoded(data: bytes) -> Any:
    """Array of one npy member, a view of its bytes: the announced shape allocates nothing."""
    stream = io.BytesIO(data)
    version = npy.read_magic(stream)
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of headers that Python 2 wrote, or damage
        shape, by_column, dtype = header(stream)
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(data) - stream.tell():
        raise ValueError("array does not fill its announced shape")
    if dtype.kind not in "fiuUS":
        raise ValueError("array is neither numbers nor text")
    if dtype.kind == "U":  # numpy would build invalid texts of invalid letters
        stream.read().decode("utf-32-be" if dtype.byteorder == ">" else "utf-32-le")
    flat = np.frombuffer(data, dtype, offset=len(data) - math.prod(shape) * dtype.itemsize)
    return flat.reshape(shape, order="F" if by_column else "C")


def _meta(archive: zipfile.ZipFile, raw: RawFile) -> dict[str, str]:
    """Facts beside the signal as texts; none if the archive has no ``meta``."""
    if "meta.npy" not in archive.namelist():
        return {}
    known = json.loads(_array(archive, "meta", raw).astype(str).item())
    if not isinstance(known, dict):
        raise ValueError("meta is no JSON object")  # noqa: TRY004
    return stated.facts((key, _words(value)) for key, value in known.items() if value is not None)


def _words(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
