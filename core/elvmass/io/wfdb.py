"""WFDB (PhysioNet) records, through the library ``wfdb``.

============================  ===================================================================
read                          how
============================  ===================================================================
files                         header plus signal files beside it (one or several, also MATLAB v4
                              ``.mat`` with a byte offset); all sample formats of the library
leads                         by signal name in any case; further signals (Frank vx vy vz) ignored
amplitudes                    (raw - baseline) / gain in the unit of each signal; gaps are NaN
checksum                      of each signal; a wrong one is a notice
patient                       comment lines ``age:``, ``sex:``, ``height:``, ``weight:`` in any case
not read                      multi-segment records, records without signal files
============================  ===================================================================

Imported only when a WFDB file is read: the library pulls in pandas.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

import wfdb
from wfdb.io.header import HeaderSyntaxError

from elvmass.errors import CorruptFileError, FileError, LeadsError, UnsupportedFileError
from elvmass.io import leads, values
from elvmass.io.rawfile import MAX_BYTES, RawFile
from elvmass.record import FloatArray, Notice, Patient, Record, Source

FORMAT = "WFDB"
#: What the library raises on damaged records, besides ValueError and its kin.
LIBRARY_ERRORS = (AttributeError, HeaderSyntaxError, NotImplementedError, OSError, TypeError)

_COMMENT = re.compile(r"[<\s]*([A-Za-z ]+?)>?\s*:\s*(\S+)")


def read(raw: RawFile) -> Record:
    """Decode one record by its header; see the table above."""
    if raw.path.suffix != ".hea":
        raise UnsupportedFileError(
            raw.path, "is a WFDB header under another name", "Name it like its record, with .hea."
        )
    name = str(raw.path.with_suffix(""))
    _check_files(wfdb.rdheader(name), raw)
    record = wfdb.rdrecord(name, physical=False)
    signal, derived = leads.complete(leads.collect(_channels_mv(record, raw), raw.path), raw.path)
    return Record(
        signal_mv=signal,
        rate_hz=float(record.fs),
        patient=_patient(_comments(record.comments)),
        recorded_at=_recorded_at(record),
        source=Source(raw.path, FORMAT, raw.sha256),
        derived_leads=derived,
        notices=_checksum_notices(record),
    )


def _check_files(header: wfdb.Record, raw: RawFile) -> None:
    """Refuse, before the library allocates memory, what cannot be read."""
    if isinstance(header, wfdb.MultiRecord):
        raise UnsupportedFileError(
            raw.path, "is a multi-segment record", "Export one segment of the recording."
        )
    names = sorted(set(header.file_name or ()))
    if not names or not header.n_sig:
        raise LeadsError(raw.path, "describes no signals", "Choose the header of an ECG record.")
    for name in names:
        part = raw.path.parent / name
        if not part.is_file():
            raise FileError(
                raw.path, "has no signal file beside it", "Copy all files of the record together."
            )
        if part.stat().st_size > MAX_BYTES:
            raise UnsupportedFileError(
                raw.path,
                f"has a signal file larger than {MAX_BYTES >> 20} MB",
                "Cut the recording to a resting ECG.",
            )
    if header.sig_len and header.sig_len > MAX_BYTES:
        raise CorruptFileError(raw.path, "announces an absurd length", "Obtain the record again.")


def _channels_mv(record: wfdb.Record, raw: RawFile) -> list[tuple[str, FloatArray]]:
    """Signal name and samples [n] in mV of the signals that are standard leads."""
    physical = record.dac(return_res=64)
    return [
        (name, physical[:, column] * values.to_mv(record.units[column], raw.path))
        for column, name in enumerate(record.sig_name)
        if leads.canonical(name)
    ]


def _checksum_notices(record: wfdb.Record) -> tuple[Notice, ...]:
    """Compare the 16-bit sums of the samples with the header's."""
    actual = record.calc_checksum()
    wrong = [
        name
        for column, label in enumerate(record.sig_name)
        if (name := leads.canonical(label))
        and (stated := record.checksum[column]) is not None
        and (stated - actual[column]) % 65536
    ]
    if not wrong:
        return ()
    return (
        Notice(
            "checksum_mismatch",
            f"The checksum does not match the samples (leads {', '.join(wrong)}): a signal file "
            f"was altered or damaged. Compare the tracing with the original.",
        ),
    )


def _comments(lines: list[str]) -> dict[str, str]:
    """``key: value`` pairs of the comment lines, keys in lower case, the first one wins."""
    pairs: dict[str, str] = {}
    for line in lines:
        for key, value in _COMMENT.findall(line):
            pairs.setdefault(key.strip().lower(), value)
    return pairs


def _patient(comments: Mapping[str, str]) -> Patient:
    return Patient(
        sex=values.sex(comments.get("sex") or comments.get("gender")),
        age_years=values.age_years(comments.get("age")),
        height_cm=values.positive(comments.get("height")),
        weight_kg=values.positive(comments.get("weight")),
    )


def _recorded_at(record: wfdb.Record) -> datetime | None:
    if record.base_date is None:
        return None
    at = datetime.min.time() if record.base_time is None else record.base_time
    return datetime.combine(record.base_date, at)
