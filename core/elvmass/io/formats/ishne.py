"""ISHNE Holter files, standard output format 1.0.

============================  ===================================================================
read                          how
============================  ===================================================================
leads                         by code (5 to 16), in any order; unknown, bipolar and Frank leads are
                              left out; limb leads computed if not stored
amplitudes                    int16 x the lead's resolution in nV; -32768 (lead fault) is a gap
length                        samples per lead as stated; a count of all leads together, in
                              seconds or not stated is read with a notice if it fits the file;
                              less than stated is an error
checksum                      CRC-CCITT of header and variable block, either byte order, 0 is
                              none; a wrong one is a notice
patient                       name, id, sex; age from birth date and recording date
pacemaker, lead quality       notices
not read                      annotation files; the free text of the variable block
============================  ===================================================================
"""

from __future__ import annotations

import binascii
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from elvmass.errors import CorruptFileError, UnsupportedFileError
from elvmass.io import leads, values
from elvmass.io.leads import FROM_I_AND_II
from elvmass.io.rawfile import RawFile
from elvmass.record import LEAD_INDEX, LEADS, FloatArray, Notice, Patient, Record, Sex, Source

FORMAT = "ISHNE"
_SEXES = {1: Sex.MALE, 2: Sex.FEMALE}
_LEAD_CODES = {5 + row: name for row, name in enumerate(LEADS)}
_QUALITIES = {2: "noisy", 3: "noisy", 4: "disconnected", 5: "disconnected"}
_FAULT = -32768

_HEADER_AT = 10  # after the magic number and the checksum
_HEADER = np.dtype([
    ("variable_bytes", "<i4"), ("samples", "<i4"), ("variable_at", "<i4"), ("ecg_at", "<i4"),
    ("version", "<i2"), ("first_name", "S40"), ("last_name", "S40"), ("id", "S20"),
    ("sex", "<i2"), ("race", "<i2"), ("born", "<i2", 3), ("recorded", "<i2", 3),
    ("written", "<i2", 3), ("started", "<i2", 3), ("leads", "<i2"), ("codes", "<i2", 12),
    ("qualities", "<i2", 12), ("resolutions_nv", "<i2", 12), ("pacemaker", "<i2"),
    ("recorder", "S40"), ("rate_hz", "<i2"), ("texts", "V248"),
])  # fmt: skip
_VARIABLE_AT = _HEADER_AT + _HEADER.itemsize

Counts = NDArray[np.int16]


def read(raw: RawFile) -> Record:
    """Decode one file; see the table above."""
    header = np.frombuffer(raw.data, _HEADER, 1, _HEADER_AT)[0]
    columns = _columns(header, raw)
    counts, doubts = _counts(header, raw)
    signal, derived = _signal_mv(counts, columns, header["resolutions_nv"] * 1e-6)
    recorded_at = _moment(header["recorded"], header["started"])
    born = _moment(header["born"], header["started"])
    age, notices = values.settle_age(None, born.date() if born else None, recorded_at)
    return Record(
        signal_mv=signal,
        rate_hz=float(header["rate_hz"]),
        patient=Patient(
            sex=_SEXES.get(int(header["sex"])),
            age_years=age,
            id=_text(header["id"]) or None,
            name=values.name(_text(header["last_name"]), _text(header["first_name"])),
        ),
        recorded_at=recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256, _device(header)),
        derived_leads=derived,
        notices=(
            *doubts,
            *_checksum_notices(header, raw),
            *_quality_notices(header, columns),
            *_pacemaker_notices(header),
            *notices,
        ),
    )


def _columns(header: np.void, raw: RawFile) -> dict[str, int]:
    """Column of each standard lead; refuses early, before anything is decoded."""
    count = int(header["leads"])
    if not 1 <= count <= len(LEADS):
        raise ValueError("an impossible number of leads")
    columns: dict[str, int] = {}
    for column, code in enumerate(header["codes"][:count].tolist()):
        name = _LEAD_CODES.get(code)
        if name in columns:
            raise CorruptFileError(
                raw.path, f"stores lead {name} twice", "Export the recording again."
            )
        if name:
            columns[name] = column
    leads.check(columns, raw.path)
    if any(header["resolutions_nv"][column] <= 0 for column in columns.values()):
        raise UnsupportedFileError(
            raw.path, "gives no resolution for a lead", "Export the recording with calibration."
        )
    return columns


def _counts(header: np.void, raw: RawFile) -> tuple[Counts, tuple[Notice, ...]]:
    """[n, leads] as stored, and a notice if the stated length is unusual."""
    count, at = int(header["leads"]), _ecg_at(header, raw)
    there = (len(raw.data) - at) // (2 * count)
    stated = int(header["samples"])
    counts = np.frombuffer(raw.data, "<i2", there * count, at).reshape(there, count)
    if stated == there:
        return counts, ()
    # Writers are known to state one of these; each must fit the file exactly.
    if stated <= 0 or stated == there * count or stated * int(header["rate_hz"]) == there:
        return counts, (_length_notice("The header does not state the samples of each lead"),)
    if there - int(header["rate_hz"]) < stated < there:
        return counts[:stated], (_length_notice("Less than a second follows the stated end"),)
    raise CorruptFileError(
        raw.path,
        f"announces {stated} samples in a lead, but holds {there}",
        "Copy or export the recording again.",
    )


def _ecg_at(header: np.void, raw: RawFile) -> int:
    """Where the ECG begins: behind the variable block, which is also stated outright.

    Some writers get one of the two wrong; then the stated samples must fill the rest exactly.
    """
    behind, stated = _VARIABLE_AT + int(header["variable_bytes"]), int(header["ecg_at"])
    size = int(header["samples"]) * int(header["leads"]) * 2
    for at in (behind, stated):
        inside = _VARIABLE_AT <= at <= len(raw.data)
        if inside and (behind == stated or at + size == len(raw.data)):
            return at
    raise CorruptFileError(
        raw.path, "contradicts itself on where the ECG begins", "Export the recording again."
    )


def _length_notice(fact: str) -> Notice:
    return Notice("length_unusual", f"{fact}; compare the length with the original.")


def _signal_mv(
    counts: Counts, columns: dict[str, int], mv_per_count: FloatArray
) -> tuple[FloatArray, tuple[str, ...]]:
    """Fill [12, n] lead by lead: a Holter recording is too long for copies of it."""
    signal = np.empty((len(LEADS), len(counts)))
    faulty = counts.size > 0 and counts.min() == _FAULT
    for name, column in columns.items():
        lead = signal[LEAD_INDEX[name]]
        np.multiply(counts[:, column], mv_per_count[column], out=lead)
        if faulty:
            lead[counts[:, column] == _FAULT] = np.nan
    derived = tuple(name for name in FROM_I_AND_II if name not in columns)
    for name in derived:
        of_one, of_two = FROM_I_AND_II[name]
        lead = signal[LEAD_INDEX[name]]
        np.multiply(signal[LEAD_INDEX["I"]], of_one, out=lead)
        lead += of_two * signal[LEAD_INDEX["II"]]
    signal.flags.writeable = False  # the Record then takes it as it is
    return signal, derived


def _text(field: bytes) -> str:
    return field.split(b"\0")[0].decode("latin-1").strip()


def _moment(day: NDArray[np.int16], clock: NDArray[np.int16]) -> datetime | None:
    """Day, month, year; hours, minutes, seconds."""
    return values.moment(f"{day[2]:04d}-{day[1]}-{day[0]}", ":".join(map(str, clock)))


def _device(header: np.void) -> str:
    """Model of the recorder; the standard's own words for it say nothing."""
    recorder = _text(header["recorder"])
    return "" if recorder.lower() in ("analog", "digital") else recorder


def _checksum_notices(header: np.void, raw: RawFile) -> tuple[Notice, ...]:
    stored = raw.data[8:_HEADER_AT]
    covered = raw.data[_HEADER_AT : _ecg_at(header, raw)]
    actual = binascii.crc_hqx(covered, 0xFFFF).to_bytes(2, "little")
    if stored in (b"\0\0", actual, actual[::-1]):
        return ()
    return (
        Notice(
            "checksum_mismatch",
            "The checksum does not match the header: the file was altered or written by another "
            "program. Compare leads and patient with the original.",
        ),
    )


def _quality_notices(header: np.void, columns: dict[str, int]) -> tuple[Notice, ...]:
    """Say which leads the recorder itself rates as disturbed."""
    rated = {name: int(header["qualities"][column]) for name, column in columns.items()}
    words = [f"{name} ({_QUALITIES[code]})" for name, code in rated.items() if code in _QUALITIES]
    if not words:
        return ()
    return (Notice("lead_quality", f"The recorder rates leads as disturbed: {', '.join(words)}."),)


def _pacemaker_notices(header: np.void) -> tuple[Notice, ...]:
    if not 1 <= int(header["pacemaker"]) <= 5:
        return ()
    return (
        Notice("pacemaker", "The header names a pacemaker; paced beats do not show the LV mass."),
    )
