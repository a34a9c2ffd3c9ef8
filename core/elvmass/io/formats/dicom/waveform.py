"""The waveforms of a DICOM ECG: which multiplex group is read, and its samples in millivolts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from elvmass.errors import LeadsError, UnsupportedFileError
from elvmass.io import codes, leads, values
from elvmass.io.formats.dicom.elements import text
from elvmass.io.leads import Strip
from elvmass.io.rawfile import RawFile
from elvmass.record import FloatArray, Notice

_DTYPES = {
    (8, "SB"): "i1", (8, "UB"): "u1", (16, "SS"): "i2", (16, "US"): "u2",
    (32, "SL"): "i4", (32, "UL"): "u4", (8, "MB"): "u1", (8, "AB"): "u1",
}  # fmt: skip
_GAP_BEYOND_MV = 10.0
# A code of these systems says which lead it is, or that it is no standard lead.
_LEAD_SYSTEM = re.compile(r"(?:5\.6\.3-9-|2:)\d+")

Order = Literal["<", ">"]
Counts = NDArray[np.integer]
Table = np.ndarray[tuple[int, int], np.dtype[np.integer]]


def rhythm(dataset: Dataset, raw: RawFile) -> Strip[Dataset]:
    """Choose the strip to read."""
    # Items of a sequence do not know the byte order of their file.
    order: Order = ">" if dataset.original_encoding[1] is False else "<"
    # All of them, so that a file cut off in any group is noticed.
    groups = [(group, _counts(group, order, raw)) for group in dataset.WaveformSequence]
    strips = [
        _strip(group, counts, raw)
        for group, counts in groups
        if text(group, "WaveformOriginality").upper() != "DERIVED"
    ]
    if not strips:
        raise LeadsError(
            raw.path, "holds only derived waveforms", "Export the rhythm, not the median beat."
        )
    return leads.choose(strips, raw.path)


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that is a standard lead; ``by_text``: no code said so, only words."""

    name: str
    column: int
    definition: Dataset
    by_text: bool


def _strip(group: Dataset, counts: Table, raw: RawFile) -> Strip[Dataset]:
    rate_hz = values.required(group.SamplingFrequency)
    if rate_hz <= 0:
        raise ValueError("sampling frequency is not positive")
    channels = list(_channels(group, counts.shape[1]))
    _check_skew(channels, rate_hz, raw)
    padding = _padding(group, counts.dtype)
    coding = text(group, "WaveformSampleInterpretation")
    found = leads.collect(
        [
            (channel.name, _scaled_mv(counts[:, channel.column], channel.definition, padding, raw))
            for channel in channels
        ],
        raw.path,
    )
    offset = values.number(text(group, "MultiplexGroupTimeOffset")) or 0.0
    return Strip(
        found, rate_hz, group, f"{offset:g} ms", (*_by_text(channels), *_companded(coding))
    )


def _channels(group: Dataset, count: int) -> Iterator[Channel]:
    definitions = group.ChannelDefinitionSequence
    if len(definitions) != count:
        raise ValueError("channels without definition")
    for column, definition in enumerate(definitions):
        name, by_text = _lead(definition)
        if name:
            yield Channel(name, column, definition, by_text)


def _lead(definition: Dataset) -> tuple[str | None, bool]:
    """Name of a channel's lead, and whether it was found by words only."""
    words = []
    for source in definition.get("ChannelSourceSequence") or ():
        code = text(source, "CodeValue")
        name = codes.lead(code)
        if name or _LEAD_SYSTEM.fullmatch(code):
            return name, False
        words.append(text(source, "CodeMeaning"))
    words.append(text(definition, "ChannelLabel"))
    return next((name for word in words if (name := leads.canonical(word))), None), True


def _by_text(channels: list[Channel]) -> tuple[Notice, ...]:
    named = ", ".join(channel.name for channel in channels if channel.by_text)
    if not named:
        return ()
    return (
        Notice(
            "leads_by_text",
            f"No known code names leads {named}; they were recognised by their descriptions.",
        ),
    )


def _companded(coding: str) -> tuple[Notice, ...]:
    if coding not in _EXPANDED:
        return ()
    return (
        Notice(
            "companded_samples",
            "The samples are stored in 8 bits by µ-law or A-law; the sensitivity is taken to count "
            "their 16-bit values. Compare the amplitudes with the original.",
        ),
    )


def _check_skew(channels: list[Channel], rate_hz: float, raw: RawFile) -> None:
    """Leads may differ by a sample, as multiplexers do, but not by more."""
    skews = [
        (values.number(text(channel.definition, "ChannelSampleSkew")) or 0.0)
        + rate_hz * (values.number(text(channel.definition, "ChannelTimeSkew")) or 0.0)
        for channel in channels
    ]
    if skews and max(skews) - min(skews) > 1:
        raise UnsupportedFileError(
            raw.path, "samples its leads at different times", "Export leads without skew."
        )


def _counts(group: Dataset, order: Order, raw: RawFile) -> Table:
    """[n, channels]: C1S1, C2S1, ..., C1S2, ..."""
    coding = text(group, "WaveformSampleInterpretation")
    key = (int(group.WaveformBitsAllocated), coding)
    if key not in _DTYPES:
        raise UnsupportedFileError(
            raw.path, "stores its samples in a form that is not read", "Export 16-bit samples."
        )
    channels, samples = int(group.NumberOfWaveformChannels), int(group.NumberOfWaveformSamples)
    dtype = np.dtype(_DTYPES[key]).newbyteorder(order)
    surplus = len(group.WaveformData) - channels * samples * dtype.itemsize
    # One more byte makes the length even; more would mean other channels than announced.
    if min(channels, samples) < 1 or not 0 <= surplus < channels * dtype.itemsize:
        raise ValueError("another number of samples than announced")
    counts = np.frombuffer(group.WaveformData, dtype, channels * samples)
    if coding in _EXPANDED:
        counts = _EXPANDED[coding][counts]
    return counts.reshape(samples, channels)


def _mu_law() -> NDArray[np.int32]:
    """16-bit value of each µ-law byte (ITU-T G.711): inverted; sign, exponent, mantissa."""
    code = 255 - np.arange(256, dtype=np.int32)
    size = ((2 * (code & 15) + 33) << (code >> 4 & 7)) - 33
    return np.where(code & 128, -4 * size, 4 * size).astype(np.int32)


def _a_law() -> NDArray[np.int32]:
    """16-bit value of each A-law byte (ITU-T G.711): even bits inverted, a set sign is positive."""
    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = code >> 4 & 7, 2 * (code & 15) + 1
    size = np.where(exponent, (mantissa + 32) << np.maximum(exponent - 1, 0), mantissa)
    return np.where(code & 128, 8 * size, -8 * size).astype(np.int32)


_EXPANDED = {"MB": _mu_law(), "AB": _a_law()}


def _padding(group: Dataset, dtype: np.dtype[np.integer]) -> int | None:
    value = group.get("WaveformPaddingValue")
    if isinstance(value, bytes) and len(value) >= dtype.itemsize:
        return int(np.frombuffer(value, dtype, 1)[0])
    return int(value) if isinstance(value, int) else None


def _scaled_mv(
    counts: Counts,
    definition: Dataset,
    padding: int | None,
    raw: RawFile,
) -> FloatArray:
    """Raw x sensitivity x correction + baseline; without sensitivity there is no amplitude."""
    units = definition.get("ChannelSensitivityUnitsSequence") or ()
    if not units or "ChannelSensitivity" not in definition:
        raise UnsupportedFileError(
            raw.path, "gives no sensitivity for a lead", "Export the ECG with calibrated channels."
        )
    factor = values.to_mv(text(units[0], "CodeValue"), raw.path)
    gain = values.required(definition.ChannelSensitivity)
    gain *= values.required(definition.get("ChannelSensitivityCorrectionFactor") or 1)
    if not gain:
        raise ValueError("the sensitivity of a lead is zero")
    baseline = values.required(definition.get("ChannelBaseline") or 0)
    stored = _with_sign(counts, definition.get("WaveformBitsStored"))
    scaled: FloatArray = (stored.astype(np.float64) * gain + baseline) * factor
    if padding is not None and abs(padding * gain + baseline) * factor > _GAP_BEYOND_MV:
        scaled[counts == padding] = np.nan
    return scaled


def _with_sign(counts: Counts, bits: object) -> Counts:
    """Restore the sign where a writer filled the bits above those stored with zeros."""
    allocated = 8 * counts.dtype.itemsize
    if counts.dtype.kind != "i" or not isinstance(bits, int) or not 1 < bits < allocated:
        return counts
    half = 1 << bits - 1
    if counts.min() < 0 or not half <= counts.max() < 2 * half:
        return counts
    return np.where(counts < half, counts, counts - np.int64(2 * half))
