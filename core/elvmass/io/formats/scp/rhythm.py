"""Sections 2 to 6 of SCP-ECG: the leads in millivolts."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from elvmass.errors import CorruptFileError, LeadsError, UnsupportedFileError
from elvmass.io import codes, leads
from elvmass.io.formats.scp import huffman, restore
from elvmass.io.formats.scp.huffman import Codes, Ints
from elvmass.io.rawfile import RawFile
from elvmass.record import FloatArray, Notice

_NV_TO_MV = 1e-6
_MAX_SAMPLES = 1 << 17  # more than two minutes at 1000 Hz
_MAX_DECIMATION = 8
_LEAD = np.dtype([("start", "<u4"), ("end", "<u4"), ("id", "u1")])
_ALL_TOGETHER = 4
_INDEPENDENT_LEADS = 8
_UNTOLD_PROTOCOL = 11  # 1.1, whose writers leave the number of simultaneous leads undefined
_LONGEST = 65535  # bytes of a lead that the format can tell
_PADDING = 20  # samples that zero bits at the end of a lead may look like

Samples = Ints | FloatArray


@dataclass(frozen=True, slots=True)
class Section:
    """What follows the header of a section, and the protocol version in it (20 is 2.0)."""

    body: bytes
    protocol: int


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Samples [n] in mV by lead."""

    found: dict[str, FloatArray]
    rate_hz: float
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class _Layout:
    """Section 3: the stored leads by name, None for those that are not read.

    Those that are read have ``count`` samples, of which the first has the number ``start``: 1 by
    the standard, but 0 occurs.
    """

    names: list[str | None]
    start: int
    count: int
    is_subtracted: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Section 5 or 6: values as stored, of the leads that are read."""

    nanovolts: int
    interval_us: int
    order: int
    is_bimodal: bool
    values: list[Ints]

    def samples(self, count: int) -> Ints:
        """First ``count`` samples [leads, count]."""
        if min(values.size for values in self.values) < count:
            raise ValueError("a lead is cut off")
        stored = np.stack([values[:count] for values in self.values])
        return restore.undo_differences(stored, self.order)


def rhythm(sections: Mapping[int, Section], raw: RawFile) -> Rhythm:
    """Read the leads.

    Raises
    ------
    LeadsError, UnsupportedFileError, CorruptFileError
        Leads are missing, were not recorded together, or contradict each other.
    ValueError, LookupError, struct.error
        The sections are damaged.
    """
    if 6 not in sections:
        raise LeadsError(
            raw.path, "holds no rhythm data", "Export the ECG with its waveforms, not the report."
        )
    layout = _layout(sections[3], raw)
    tables = huffman.parse(sections[2].body) if 2 in sections else None
    stored = _block(sections[6], layout.names, tables, raw)
    if layout.is_subtracted or stored.is_bimodal:
        beat = _block(sections[5], layout.names, tables, raw)
        return _restored(layout, stored, beat, sections[4])
    count, notices = _length(layout, stored, is_coded=tables is not None)
    return _rhythm(layout, stored.samples(count), stored, notices)


def _rhythm(layout: _Layout, counts: Samples, scale: _Block, notices: tuple[Notice, ...]) -> Rhythm:
    """Samples [leads, n] with the amplitude unit and the interval of ``scale``."""
    names = [name for name in layout.names if name]
    signal: FloatArray = counts * np.float64(scale.nanovolts * _NV_TO_MV)
    found = dict(zip(names, signal, strict=True))
    return Rhythm(found, 1e6 / scale.interval_us, notices)


def _layout(section: Section, raw: RawFile) -> _Layout:
    """Read section 3; refuse leads that are missing or were not recorded together."""
    number, flags = section.body[0], section.body[1]
    rows = np.frombuffer(section.body, _LEAD, number, 2)
    names = [codes.lead(f"5.6.3-9-{lead}") for lead in rows["id"]]
    found = [name for name in names if name]
    leads.check(found, raw.path)
    ranges = {(int(row["start"]), int(row["end"])) for row, n in zip(rows, names, strict=True) if n}
    if len({start for start, _ in ranges}) > 1 or not _together(flags, section.protocol):
        raise leads.one_after_another(raw.path)
    if len(ranges) > 1 or len(found) > len(set(found)):
        raise CorruptFileError(
            raw.path, "has leads of different length or stored twice", "Export the ECG again."
        )
    ((start, end),) = ranges
    # The standard counts from 1 to the last sample; who counts from 0 names the one after it.
    count = end if start == 0 else end - start + 1
    if count < 1:
        raise ValueError("a lead without samples")
    if count > _MAX_SAMPLES:
        raise UnsupportedFileError(
            raw.path, f"announces {count} samples in a lead", "Export a resting ECG."
        )
    return _Layout(names, start, count, bool(flags & 1))


def _together(flags: int, protocol: int) -> bool:
    """Whether at least the independent leads ran together; 0 of them means "not told"."""
    number = flags >> 3
    told = number and protocol != _UNTOLD_PROTOCOL
    return bool(flags & _ALL_TOGETHER or not told or number >= _INDEPENDENT_LEADS)


def _block(section: Section, names: list[str | None], tables: Codes | None, raw: RawFile) -> _Block:
    """Read section 5 or 6."""
    nanovolts, interval_us, order, bimodal = struct.unpack_from("<HHBB", section.body)
    sizes = np.frombuffer(section.body, "<u2", len(names), 6).astype(np.int64)
    ends = 6 + 2 * len(names) + np.cumsum(sizes)
    unread = len(section.body) - int(ends[-1])
    if unread < 0 or not nanovolts or not interval_us or order > 2:
        raise ValueError("a section of samples is cut off or has impossible settings")
    if unread > _LONGEST:
        raise UnsupportedFileError(
            raw.path, "has leads longer than its format can tell", "Export a shorter recording."
        )
    values = [
        _values(section.body[end - size : end], tables)
        for name, size, end in zip(names, sizes.tolist(), ends.tolist(), strict=True)
        if name
    ]
    # Protocol 1.0 did not know decimation yet, 3.0 no longer does.
    is_bimodal = bimodal == 1 and 10 < section.protocol < 30
    return _Block(nanovolts, interval_us, order, is_bimodal, values)


def _values(chunk: bytes, tables: Codes | None) -> Ints:
    if tables is None:
        return np.frombuffer(chunk, "<i2", len(chunk) // 2).astype(np.int64)
    return huffman.decode(chunk, tables)


def _length(layout: _Layout, stored: _Block, *, is_coded: bool) -> tuple[int, tuple[Notice, ...]]:
    """Number of samples to use: as section 3 says, but of raw samples all that are there."""
    sizes = [values.size for values in stored.values]
    if is_coded:
        return layout.count, _surplus(layout.count, min(sizes))
    if max(sizes) > min(sizes):
        raise ValueError("leads of different length")
    inclusive = layout.count + (layout.start == 0)
    if sizes[0] in (layout.count, inclusive):
        return sizes[0], ()
    return sizes[0], (_mismatch(layout.count, sizes[0], sizes[0]),)


def _surplus(announced: int, there: int) -> tuple[Notice, ...]:
    """Tell of coded samples beyond those announced, unless they are zero bits at the end."""
    return (_mismatch(announced, there, announced),) if there > announced + _PADDING else ()


def _mismatch(announced: int, there: int, used: int) -> Notice:
    return Notice(
        "length_mismatch",
        f"Section 3 of the file announces {announced} samples in each lead, section 6 holds "
        f"{there}; {used} are used. Check whether the recording is complete.",
    )


def _restored(layout: _Layout, stored: _Block, beat: _Block, section: Section) -> Rhythm:
    """Undo decimation and the subtraction of the reference beat."""
    factor = round(stored.interval_us / beat.interval_us)
    misfit_us = abs(stored.interval_us - factor * beat.interval_us)  # both are rounded
    if not 1 <= factor <= _MAX_DECIMATION or misfit_us > factor:
        raise ValueError("the intervals of reference beat and rhythm do not fit")
    if layout.start == 0:
        raise ValueError("zones of a recording that is not counted from 1 are ambiguous")
    beats = restore.parse(section.body, section.protocol, layout.start, layout.count)
    plan = restore.decimation(layout.count, beats.protected, factor)
    counts = restore.interpolate(stored.samples(plan.stored), plan, beats.subtracted)
    counts *= stored.nanovolts / beat.nanovolts
    if layout.is_subtracted:
        counts = restore.add_beat(counts, _reference(beat, beats.beat_ms), beats)
    there = min(values.size for values in stored.values)
    return _rhythm(layout, counts, beat, _surplus(plan.stored, there) + _decimated(factor))


def _decimated(factor: int) -> tuple[Notice, ...]:
    if factor == 1:
        return ()
    return (
        Notice(
            "interpolated_samples",
            f"Outside the QRS complexes the file keeps one sample in {factor}; those between are "
            f"interpolated.",
        ),
    )


def _reference(beat: _Block, length_ms: int) -> Ints:
    """Samples of the reference beat; writers round its length up or down."""
    exact = length_ms * 1000 / beat.interval_us
    if exact < 1:
        raise ValueError("the reference beat has no length")
    there = min(values.size for values in beat.values)
    return beat.samples(max(min(round(exact), there), int(exact)))
