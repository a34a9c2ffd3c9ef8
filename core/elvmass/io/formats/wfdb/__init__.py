"""WFDB (PhysioNet) records: a header and the signal files beside it.

============================  ===================================================================
read                          how
============================  ===================================================================
files                         one or several signal files, also MATLAB v4 ``.mat`` by its byte
                              offset; only plain names beside the header, never a path or a
                              network address; files without standard leads are not opened
sample formats                8, 16, 24, 32, 61, 80, 160, 212, 310, 311 and FLAC (508, 516, 524)
leads                         by signal name in any case; further signals (Frank vx vy vz) ignored
amplitudes                    (raw - baseline) / gain in the unit of each signal; gaps are NaN
rate                          frames per second times the samples per frame of the leads; 250 Hz
                              with a notice where the header states none
skew                          taken back; what it moves out of the file is a gap
checksum                      of each signal; a wrong one is a notice
segments                      one after another (fixed layout), each with all leads
patient                       comments ``age:``, ``sex:``, ``height:``, ``weight:`` in any case,
                              with their units; year, cm and kg without
not read                      variable layout (segments with other leads, pauses), leads of
                              different rates, uncalibrated signals, more than 33 million samples
============================  ===================================================================

The library ``wfdb`` is the oracle of the tests. It is not used here: it loads pandas, follows
addresses into the network and averages several samples per frame to one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from elvmass.errors import FileError, UnsupportedFileError
from elvmass.io import leads, values
from elvmass.io.formats.wfdb.header import Comment, Header, Signal, parse
from elvmass.io.formats.wfdb.samples import (
    FLAC,
    MAX_SAMPLES,
    PACKINGS,
    Samples,
    decode,
    decode_flac,
    missing,
)
from elvmass.io.leads import Strip
from elvmass.io.rawfile import RawFile, load
from elvmass.record import LEADS, FloatArray, Notice, Patient, Record, Source

FORMAT = "WFDB"
_MAX_SEGMENTS = 100


def read(raw: RawFile) -> Record:
    """Decode one record by its header; see the table above."""
    header = parse(raw.data)
    strip = _segments(header, raw) if header.segments else _strip(header, raw)
    signal, derived = leads.complete(strip.found, raw.path)
    return Record(
        signal_mv=signal,
        rate_hz=strip.rate_hz,
        patient=_patient(header.comments),
        recorded_at=header.recorded_at,
        source=Source(raw.path, FORMAT, raw.sha256),
        derived_leads=derived,
        notices=_default_rate(header) + strip.notices,
    )


def _segments(header: Header, raw: RawFile) -> Strip[Header]:
    """Join the segments of a record with fixed layout."""
    names = [name for name, _ in header.segments]
    if "~" in names or not all(frames for _, frames in header.segments):
        raise UnsupportedFileError(
            raw.path, "is a multi-segment record of variable layout", "Export one segment of it."
        )
    if len(names) > _MAX_SEGMENTS:
        raise UnsupportedFileError(
            raw.path, f"has more than {_MAX_SEGMENTS} segments", "Export one segment of it."
        )
    _check_length(sum(frames for _, frames in header.segments) * len(LEADS), raw)
    strips = [_segment(name, frames, header.rate_hz, raw) for name, frames in header.segments]
    shared = set(strips[0].found).intersection(*(strip.found for strip in strips))
    if leads.missing(shared) or len({strip.rate_hz for strip in strips}) != 1:
        raise UnsupportedFileError(
            raw.path, "has segments with different leads or rates", "Export one segment of it."
        )
    return Strip(
        {name: np.concatenate([strip.found[name] for strip in strips]) for name in shared},
        strips[0].rate_hz,
        header,
        notices=tuple(dict.fromkeys(notice for strip in strips for notice in strip.notices)),
    )


def _segment(name: str, frames: int, rate_hz: float, raw: RawFile) -> Strip[Header]:
    part = load(raw.path.with_name(f"{name}.hea"))
    header = parse(part.data)
    if header.segments or header.frames not in (None, frames) or header.rate_hz != rate_hz:
        raise ValueError("a segment is not what the record announces")
    return _strip(replace(header, frames=frames), part)


def _strip(header: Header, raw: RawFile) -> Strip[Header]:
    """Read the standard leads of a record without segments."""
    files: dict[str, list[Signal]] = {}
    for signal in header.signals:
        files.setdefault(signal.file, []).append(signal)
    rates = {s.samples_per_frame for s in header.signals if leads.canonical(s.name)}
    if len(rates) > 1:
        raise UnsupportedFileError(
            raw.path, "samples its leads at different rates", "Export all leads at one rate."
        )
    found: list[tuple[str, FloatArray]] = []
    wrong: list[str] = []
    for signals in files.values():
        if not any(leads.canonical(signal.name) for signal in signals):
            continue
        for signal, stored in _stored(signals, header.frames, raw):
            name = leads.canonical(signal.name)
            if name:
                frames = header.frames or len(stored)
                found.append((name, _millivolts(signal, stored, frames, raw)))
                wrong += [name] if _contradicted(signal, stored[:frames]) else []
    rate_hz = header.rate_hz * (rates.pop() if rates else 1)
    return Strip(leads.collect(found, raw.path), rate_hz, header, notices=_altered(wrong))


def _stored(
    signals: list[Signal], frames: int | None, raw: RawFile
) -> Iterator[tuple[Signal, Samples]]:
    """Samples [frames, samples per frame] of the signals of one file, with their skew."""
    code, each = signals[0].format, [s.samples_per_frame for s in signals]
    if len({(s.format, s.offset) for s in signals}) > 1 or not all(each):
        raise ValueError("the signals of one file are not stored alike")
    if code not in FLAC and code not in PACKINGS:
        raise UnsupportedFileError(
            raw.path, f"stores its samples in format {code}", "Convert the record to format 16."
        )
    data = _beside(signals[0].file, raw)
    skewed = frames and frames + max(s.skew for s in signals)
    if code in FLAC:
        yield from _stored_as_flac(signals, data, skewed, raw)
        return
    data = data[signals[0].offset :]
    whole, over = divmod(PACKINGS[code].capacity(len(data)), sum(each))
    count = min(whole, skewed or whole)
    # Packed formats may seem to hold two samples more than were written.
    if count < (frames or 1) or (frames is None and over > 2):
        raise ValueError("fewer samples than announced, or a part of a frame")
    _check_length(count * sum(each), raw)
    block = decode(code, data, count * sum(each)).reshape(count, sum(each))
    for signal, end in zip(signals, np.cumsum(each), strict=True):
        columns = block[:, end - signal.samples_per_frame : end]
        if code == "8":
            columns = (columns.cumsum(dtype=np.int64) + signal.first).reshape(columns.shape)
        yield signal, columns


def _stored_as_flac(
    signals: list[Signal], data: bytes, frames: int | None, raw: RawFile
) -> Iterator[tuple[Signal, Samples]]:
    """As above: every signal is a channel, whatever the samples per frame."""
    first = signals[0]
    if first.offset or any(
        s.skew or s.samples_per_frame != first.samples_per_frame for s in signals
    ):
        raise UnsupportedFileError(
            raw.path, "stores FLAC with offset, skew or several rates", "Convert it to format 16."
        )
    each = first.samples_per_frame
    _check_length((frames or 1) * each * len(signals), raw)
    block = decode_flac(first.format, data, frames and frames * each, len(signals))
    for signal, channel in zip(signals, block.T, strict=True):
        yield signal, channel[: channel.size // each * each].reshape(-1, each)


def _millivolts(signal: Signal, stored: Samples, frames: int, raw: RawFile) -> FloatArray:
    """Scale one lead and take back its skew."""
    if signal.gain is None:
        raise UnsupportedFileError(
            raw.path, "gives no gain for a lead", "Obtain the calibrated record."
        )
    counts = stored[signal.skew : signal.skew + frames].ravel()
    factor = values.to_mv(signal.unit, raw.path)
    scaled = counts.astype(np.float64)
    scaled -= signal.baseline
    scaled *= factor / signal.gain
    scaled[counts == missing(signal.format)] = np.nan
    moved_out = frames * signal.samples_per_frame - scaled.size
    return np.append(scaled, np.full(moved_out, np.nan)) if moved_out else scaled


def _contradicted(signal: Signal, stored: Samples) -> bool:
    """Compare the 16-bit sum of the samples with the header's."""
    if signal.checksum is None or signal.skew:
        return False
    return bool((signal.checksum - int(stored.sum(dtype=np.int64))) % 65536)


def _beside(name: str, raw: RawFile) -> bytes:
    """Read a signal file; only a plain name in the folder of the header is followed."""
    if name in (".", "..") or any(mark in name for mark in "/\\:"):
        raise UnsupportedFileError(
            raw.path, "names a signal file in another place", "Put all files into one folder."
        )
    part = raw.path.parent / name
    if not part.is_file():
        raise FileError(
            raw.path, "has no signal file beside it", "Copy all files of the record together."
        )
    return load(part).data


def _check_length(samples: int, raw: RawFile) -> None:
    if samples > MAX_SAMPLES:
        raise UnsupportedFileError(
            raw.path,
            f"is too long: more than {MAX_SAMPLES / 1e6:.0f} million samples, "
            f"{MAX_SAMPLES // (12 * 500 * 60)} minutes of 12 leads at 500 Hz",
            "Cut the recording to a resting ECG.",
        )


def _default_rate(header: Header) -> tuple[Notice, ...]:
    if header.rate_stated:
        return ()
    return (
        Notice(
            "sampling_rate_default",
            f"The header states no sampling rate; {header.rate_hz:g} Hz, the default of WFDB, is "
            f"used.",
        ),
    )


def _altered(wrong: list[str]) -> tuple[Notice, ...]:
    if not wrong:
        return ()
    return (
        Notice(
            "checksum_mismatch",
            f"The checksum does not match the samples (leads {', '.join(wrong)}): a signal file "
            f"was altered or damaged. Compare the tracing with the original.",
        ),
    )


def _patient(comments: Mapping[str, Comment]) -> Patient:
    none = Comment("", "")
    age, height, weight = (comments.get(key, none) for key in ("age", "height", "weight"))
    return Patient(
        sex=values.sex(comments.get("sex", comments.get("gender", none)).value),
        age_years=values.age_years(age.value, age.unit or "y"),
        height_cm=values.height_in(height.value, height.unit or "cm"),
        weight_kg=values.weight_in(weight.value, weight.unit or "kg"),
    )
