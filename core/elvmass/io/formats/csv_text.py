"""Separated text: CSV, TXT and TSV, also what ``elvmass convert --to csv`` writes.

============================  ===================================================================
read                          how
============================  ===================================================================
text                          UTF-8, UTF-16 with its mark, Latin-1; comma, semicolon, tab, bar or
                              white space; decimal point or comma; quotes; any line ends
leads                         by the header line's names, in any order, other columns ignored;
                              without names only by ``--leads``, never by position in silence
unit                          in the header ("I (mV)"), in a row below it, as "unit: mV" above it,
                              or by ``--unit``; if nothing says it, mV or µV by the size of the
                              beats, with a notice; whole numbers may be counts and are refused
sampling rate                 "Sample Rate,500" above the header, a column of times (s, ms, µs;
                              a bare number by its plausibility) or ``--rate-hz``
patient, date, filter         lines "# key: value" or "key,value" above the header
gaps                          nan or an empty cell
not read                      uneven times, clock times (12:00:00.002), one lead per line, decimal
                              points and commas in one file, more than 16 MB
============================  ===================================================================

What the user says (:class:`elvmass.io.text_table.TextLayout`) must not contradict the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from elvmass.errors import CorruptFileError, UnsupportedFileError
from elvmass.io import leads, stated, values
from elvmass.io.rawfile import RawFile
from elvmass.io.sniff import head_text
from elvmass.io.text_table import Column, Head, TextLayout, cells, column, head_of, is_number
from elvmass.record import FloatArray, Notice, Record, Source, median

FORMAT = "CSV"
#: Seven minutes of twelve leads at 500 Hz; damage at the end of more would be found too late.
MAX_TEXT_BYTES = 16 * 2**20

_TIME_LABELS = frozenset({"time", "t", "timestamp", "elapsed time", "elapsed_time", "zeit"})
_PER_SECOND = {
    "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0,
    "ms": 1e3, "msec": 1e3, "millisecond": 1e3, "milliseconds": 1e3,
    "us": 1e6, "µs": 1e6, "μs": 1e6,
}  # fmt: skip
# Rates that an ECG can have: 1000 times this is far outside, so s and ms cannot be confused.
_RATES_HZ = (50.0, 8000.0)
# What a beat in the median lead spans, in either unit.
_BEAT_MV, _BEAT_UV = (0.2, 10.0), (200.0, 10000.0)


def read(raw: RawFile, layout: TextLayout | None = None) -> Record:
    """Decode one file; see the table above."""
    layout = layout or TextLayout()
    lines = _text(raw).splitlines()
    head = head_of(lines)
    if head is None:
        raise UnsupportedFileError(
            raw.path,
            "holds no rows of samples",
            "Export one row per instant and one column per lead.",
        )
    columns = _columns(head, layout, raw)
    rows, separator = _rows(lines[head.first_row :], head, raw)
    time = _time_place(columns, cells(rows[0], separator))
    places = [k for k, each in enumerate(columns) if leads.canonical(each.label)]
    table = _parsed(rows, separator, len(columns), [*places, *time], raw)
    _check_count(table.shape[1], head, raw)
    stated_hz = _stated_hz(head, layout, raw)
    clock = (table[-1], _time_unit(columns[time[0]])) if time else None
    rate_hz, rate_notices = _rate_hz(clock, stated_hz, raw)
    named = [(columns[k], samples) for k, samples in zip(places, table, strict=False)]
    found, unit_notices = _leads_mv(named, rate_hz, raw)
    signal, computed = leads.complete(found, raw.path)
    patient, notices = stated.patient(head.facts)
    return Record(
        signal_mv=signal,
        rate_hz=rate_hz,
        patient=patient,
        reported=stated.measurements(head.facts),
        recorded_at=stated.recorded_at(head.facts),
        source=Source(raw.path, FORMAT, raw.sha256, head.facts.get("device", "")),
        derived_leads=stated.derived_leads(head.facts, computed),
        device_filter=head.facts.get("device_filter", ""),
        notices=notices + rate_notices + unit_notices,
    )


def _text(raw: RawFile) -> str:
    """Decode by the byte-order mark, else as UTF-8, else as Latin-1."""
    if len(raw.data) > MAX_TEXT_BYTES:
        raise UnsupportedFileError(
            raw.path,
            f"is text of more than {MAX_TEXT_BYTES >> 20} MB",
            "Cut the recording to a resting ECG.",
        )
    if raw.data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head_text(raw.data)
    try:
        return raw.data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.data.decode("latin-1")


def _columns(head: Head, layout: TextLayout, raw: RawFile) -> tuple[Column, ...]:
    """Label and unit of every column, from the header and from what the user says."""
    columns = tuple(column(label) for label in layout.leads or ())
    if columns and head.columns:
        if _names(columns) != _names(head.columns):
            raise _contradiction("names other leads in its header than --leads", raw)
        columns = head.columns
    columns = columns or head.columns
    if not columns:
        raise UnsupportedFileError(
            raw.path,
            "has no header line that names the leads",
            "Name all columns in their order with --leads I,II,...",
        )
    for unit in filter(None, (head.facts.get("unit"), layout.unit)):
        columns = tuple(_with_unit(each, unit, raw) for each in columns)
    return columns


def _names(columns: Iterable[Column]) -> list[str]:
    return [name for each in columns if (name := leads.canonical(each.label))]


def _with_unit(each: Column, unit: str, raw: RawFile) -> Column:
    """Give a lead's column the unit that holds for all; its own must not differ."""
    if not leads.canonical(each.label):
        return each
    if each.unit and values.to_mv(each.unit, raw.path) != values.to_mv(unit, raw.path):
        raise _contradiction("gives a lead in another unit than stated for all", raw)
    return replace(each, unit=unit)


def _contradiction(fact: str, raw: RawFile) -> UnsupportedFileError:
    return UnsupportedFileError(raw.path, fact, "Correct whichever of the two is wrong.")


def _rows(lines: list[str], head: Head, raw: RawFile) -> tuple[list[str], str | None]:
    """Rows of samples as plain numbers with a decimal point, and their separator."""
    rows, separator = list(filter(str.strip, lines)), head.separator
    if '"' in rows[0]:
        if separator == "," and '","' in rows[0]:  # commas inside the quotes are decimal
            separator = "\t"
            rows = [line.replace('","', separator) for line in rows]
        rows = [line.replace('"', "") for line in rows]
    if separator != "," and any("," in line for line in rows):
        if any("." in line for line in rows):
            raise UnsupportedFileError(
                raw.path,
                "mixes decimal points and commas",
                "Export numbers with a decimal point and without thousands separators.",
            )
        rows = [line.replace(",", ".") for line in rows]
    return rows, separator


def _parsed(
    rows: list[str], separator: str | None, width: int, places: list[int], raw: RawFile
) -> FloatArray:
    """Numbers [places, n]; an empty cell is NaN."""
    first = cells(rows[0], separator)
    if separator and len(first) == width + 1 and not first[-1]:  # one after the last cell
        rows = [line.rstrip().removesuffix(separator) for line in rows]
    try:
        table = np.loadtxt(rows, delimiter=separator, comments=None, ndmin=2)
    except ValueError:  # empty cells, words in columns that are not needed, or damage
        if separator is None:
            raise
        # Reading some columns only, numpy does not compare the lengths of rows.
        if {line.count(separator) for line in rows} != {width - 1}:
            raise _ragged(raw) from None
        filled = _filled(rows, separator)
        table = np.loadtxt(filled, delimiter=separator, usecols=places, comments=None, ndmin=2)
    else:
        if table.shape[1] != width:
            raise _ragged(raw)
        table = table[:, places]
    return np.ascontiguousarray(table.T)


def _filled(rows: list[str], separator: str) -> list[str]:
    """Write nan into empty cells."""
    edge = re.escape(separator)
    text = "\n" + "\n".join(rows) + "\n"
    return re.sub(rf"(?<=[{edge}\n])(?=[{edge}\n])", "nan", text)[1:-1].split("\n")


def _ragged(raw: RawFile) -> CorruptFileError:
    return CorruptFileError(
        raw.path,
        "has rows with more or fewer columns than are named",
        "Export the ECG again, or name every column with --leads.",
    )


def _check_count(count: int, head: Head, raw: RawFile) -> None:
    """Compare the rows with the number that our own files state: a cut shows nowhere else."""
    announced = head.facts.get("samples")
    if announced is not None and values.number(announced) != count:
        raise CorruptFileError(
            raw.path, "has more or fewer samples than it states", "Copy the file again."
        )


def _time_place(columns: Sequence[Column], first_row: Sequence[str]) -> list[int]:
    """Place of the column of times: one with a unit rather than one without; or none."""
    found = [
        k
        for k, (each, cell) in enumerate(zip(columns, first_row, strict=False))
        if is_number(cell) and (each.label.lower() in _TIME_LABELS or each.label in _PER_SECOND)
    ]
    return sorted(found, key=lambda k: not _time_unit(columns[k]))[:1]


def _time_unit(each: Column) -> str:
    """Unit of times; a label may be nothing but the unit."""
    return each.unit.lower() or (each.label.lower() if each.label.lower() in _PER_SECOND else "")


def _stated_hz(head: Head, layout: TextLayout, raw: RawFile) -> float | None:
    """Samples per second by the head of the file and by the user, who must agree."""
    number, unit = stated.amount(head.facts.get("rate_hz"))
    by_file = values.positive(number)
    if by_file and unit.lower() == "khz":
        by_file *= 1000
    if by_file and layout.rate_hz and abs(by_file - layout.rate_hz) > 0.001 * by_file:
        raise _contradiction("states another sampling rate than --rate-hz", raw)
    return layout.rate_hz or by_file


def _rate_hz(
    clock: tuple[FloatArray, str] | None, stated_hz: float | None, raw: RawFile
) -> tuple[float, tuple[Notice, ...]]:
    """Samples per second by the times of the samples, by what is stated, or by both."""
    measured_hz, notices = _measured_hz(*clock, raw) if clock else (None, ())
    if stated_hz is None and measured_hz is None:
        raise UnsupportedFileError(
            raw.path, "does not say its sampling rate", "State it with --rate-hz."
        )
    if stated_hz is None or measured_hz is None:
        return stated_hz or measured_hz or 0.0, notices
    if abs(stated_hz - measured_hz) > 0.01 * stated_hz:
        raise _contradiction("has times that contradict the stated sampling rate", raw)
    return stated_hz, ()


def _measured_hz(
    times: FloatArray, unit: str, raw: RawFile
) -> tuple[float | None, tuple[Notice, ...]]:
    """Samples per second by their times, or None if the unit of the times cannot be known."""
    step = (times[-1] - times[0]) / max(times.size - 1, 1)
    off = np.abs(times - times[0] - step * np.arange(times.size))
    # Rounded times wobble by less than half a step; a missing sample is a step of two.
    if not (step > 0 and np.all(np.abs(np.diff(times) - step) <= step / 2) and off.max() < step):
        raise UnsupportedFileError(
            raw.path, "has uneven times", "Export evenly spaced samples without interruption."
        )
    if unit in _PER_SECOND:
        return _rounded(_PER_SECOND[unit] / step, off.max() / (step * times.size)), ()
    low, high = _RATES_HZ
    for assumed in ("s", "ms"):
        hz = _rounded(_PER_SECOND[assumed] / step, off.max() / (step * times.size))
        if not unit and low <= hz <= high:
            return hz, (
                Notice(
                    "time_unit_assumed",
                    f"The file gives times without a unit; {assumed} is assumed, which means "
                    f"{hz:g} Hz.",
                ),
            )
    return None, ()


def _rounded(hz: float, uncertainty: float) -> float:
    """Whole samples per second if that is within what rounded times can tell."""
    whole = float(round(hz))
    return whole if abs(hz - whole) <= hz * (2 * uncertainty + 1e-6) else hz


def _leads_mv(
    named: list[tuple[Column, FloatArray]], rate_hz: float, raw: RawFile
) -> tuple[dict[str, FloatArray], tuple[Notice, ...]]:
    """Samples [n] in mV by lead; a unit that is stated nowhere is taken from the beats."""
    silent = [samples for each, samples in named if not each.unit]
    unit, notices = _assumed_unit(np.stack(silent), rate_hz, raw) if silent else ("", ())
    if 0 < len(silent) < len(named):
        raise UnsupportedFileError(
            raw.path, "gives the unit of some leads only", "State the unit of all with --unit."
        )
    scaled = (
        (each.label, samples * values.to_mv(each.unit or unit, raw.path)) for each, samples in named
    )
    return leads.collect(scaled, raw.path), notices


def _assumed_unit(
    signal: FloatArray, rate_hz: float, raw: RawFile
) -> tuple[str, tuple[Notice, ...]]:
    """Unit of [leads, n] by the span of the median lead's beats: fractions of mV, or of µV."""
    window = max(1, min(round(2 * rate_hz), signal.shape[1]))
    pieces = signal[:, : signal.shape[1] // window * window].reshape(len(signal), -1, window)
    span = float(median(median(np.fmax.reduce(pieces, -1) - np.fmin.reduce(pieces, -1))))
    whole = np.array_equal(signal, np.rint(signal), equal_nan=True)
    for unit, (low, high) in (("mV", _BEAT_MV), ("µV", _BEAT_UV)):
        if low <= span <= high and not whole:
            return unit, (
                Notice(
                    "unit_assumed",
                    f"The file does not state the unit of the amplitudes; {unit} is assumed, as "
                    f"its beats span {span:.3g} of it.",
                ),
            )
    raise UnsupportedFileError(
        raw.path, "does not state the unit of its amplitudes", "State it with --unit mV or uV."
    )
