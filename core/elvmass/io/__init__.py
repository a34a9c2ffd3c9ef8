"""Readers: a file of any supported format becomes a :class:`elvmass.record.Record`.

A format is recognised by its content, from the literal table :data:`FORMATS`; its reader in
:mod:`elvmass.io.formats` is imported only then. A reader turns bytes into millivolts in the
standard lead order; what holds for all formats alike (ranges, flat leads, Einthoven) is judged
in :mod:`elvmass.io.plausibility`.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from os import PathLike
from pathlib import Path

import numpy as np

from elvmass.errors import CorruptFileError, TooShortError, UnknownFormatError
from elvmass.io import sniff
from elvmass.io.plausibility import doubt
from elvmass.io.rawfile import RawFile, load
from elvmass.io.text_table import TextLayout
from elvmass.record import Record

#: Below this no complete heartbeat can be expected, not even at 60 beats per minute.
MIN_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Format:
    """One row of :data:`FORMATS`: name in words, test of the first bytes, reader in ``formats``."""

    name: str
    sniff: Callable[[bytes], bool]
    module: str


FORMATS: tuple[Format, ...] = (
    Format("GE MUSE XML", sniff.is_muse, "muse"),
    Format("Philips Sierra XML", sniff.is_sierra, "sierra"),
    Format("HL7 aECG", sniff.is_aecg, "aecg"),
    Format("DICOM waveform", sniff.is_dicom, "dicom"),
    Format("SCP-ECG", sniff.is_scp, "scp"),
    Format("EDF", sniff.is_edf, "edf"),
    Format("ISHNE", sniff.is_ishne, "ishne"),
    Format("MFER", sniff.is_mfer, "mfer"),
    Format("GE CardioSoft XML", sniff.is_cardiosoft, "cardiosoft"),
    Format("Mortara ELI XML", sniff.is_eli, "eli"),
    Format("Schiller XML", sniff.is_schiller, "schiller"),
    Format("FHIR Observation", sniff.is_fhir, "fhir"),
    Format("NPZ", sniff.is_npz, "npz"),
    Format("WFDB", sniff.is_wfdb, "wfdb"),
    Format("CSV", sniff.is_csv, "csv_text"),
)

# The one format that the user may have to explain.
_TEXT = FORMATS[-1]

# What damaged content makes a parser raise. A reader module adds its library's own in
# LIBRARY_ERRORS. Anything else is a mistake of ours and must surface as one.
_PARSER_ERRORS: tuple[type[Exception], ...] = (
    ValueError,
    LookupError,
    ArithmeticError,
    EOFError,
    struct.error,
    zlib.error,
)


def read(path: str | PathLike[str], layout: TextLayout | None = None) -> Record:
    """Read one 12-lead ECG.

    Parameters
    ----------
    path
        A file of one of :data:`FORMATS`. For WFDB the header, a signal file that has its header
        beside it, or the record name without a suffix.
    layout
        Columns, sampling rate and unit of separated text that does not state them itself; no
        other format asks for it.

    Returns
    -------
    Record
        [12, n] mV in the standard lead order, with what the file says about the patient and
        with notices on everything that was guessed, repaired or doubted.

    Raises
    ------
    FileError
        Or one of its kinds: unknown, damaged, unsupported, leads missing, too short.
    """
    raw = _load(Path(path))
    chosen = recognise(raw, layout)
    reader = import_module(f"{__name__}.formats.{chosen.module}")
    extra: tuple[type[Exception], ...] = getattr(reader, "LIBRARY_ERRORS", ())
    with _damage_named(raw.path, chosen.name, _PARSER_ERRORS + extra), np.errstate(all="ignore"):
        record: Record = reader.read(raw, layout) if chosen is _TEXT else reader.read(raw)
    if record.duration_s < MIN_SECONDS:
        raise TooShortError(
            raw.path,
            f"holds only {record.duration_s:.2f} s of signal",
            "Record at least 10 s.",
        )
    with np.errstate(all="ignore"):
        return doubt(record)


def format_of(head: bytes) -> Format | None:
    """Return the row of :data:`FORMATS` that knows the first bytes of a file."""
    return next((row for row in FORMATS if row.sniff(head)), None)


def recognise(raw: RawFile, layout: TextLayout | None = None) -> Format:
    """Return the row of :data:`FORMATS` that knows this content; with a layout, text at least."""
    found = format_of(raw.data[: sniff.HEAD_BYTES]) or (_TEXT if layout else None)
    if found:
        return found
    names = ", ".join(row.name for row in FORMATS)
    raise UnknownFormatError(
        raw.path, "is in no format that is read here", f"Export the ECG as one of: {names}."
    )


def _load(path: Path) -> RawFile:
    """Load the file, or the header that belongs to a WFDB signal file or record name."""
    header = path.with_name(path.name + ".hea")
    if not path.exists() and header.exists():
        return load(header)
    # Signal files carry no mark of their own: only a header that names the file identifies it.
    header = path.with_suffix(".hea")
    if header != path and header.is_file() and path.is_file():
        beside = load(header)
        lines = beside.data.decode("latin-1").splitlines()
        if sniff.is_wfdb(beside.data[: sniff.HEAD_BYTES]) and any(
            line.split()[:1] == [path.name] for line in lines
        ):
            return beside
    return load(path)


@contextmanager
def _damage_named(path: Path, name: str, kinds: tuple[type[Exception], ...]) -> Iterator[None]:
    """Turn what a parser raises on damaged content into :class:`CorruptFileError`.

    The parser's own words are left out on purpose: they may quote the patient.
    """
    try:
        yield
    except kinds as error:
        raise CorruptFileError(
            path,
            f"is damaged: its content is not valid {name} ({type(error).__name__})",
            "Export the ECG again from the device or archive.",
        ) from None
