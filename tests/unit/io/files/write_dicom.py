"""DICOM ECG objects in several transfer syntaxes, sample forms and ways to name leads."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)
from unit.io.files.ecg_files import (
    SHUFFLED,
    UV_PER_COUNT,
    coded,
    counts_of,
    dicom_dataset,
    dicom_group,
)

from elvmass.record import Record

SYNTAXES = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "big": ExplicitVRBigEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
}
_FORMS = {
    "SB": "i1", "UB": "u1", "SS": "i2", "US": "u2", "SL": "i4", "UL": "u4", "MB": "u1", "AB": "u1",
}  # fmt: skip
_STEPS = {1: 8, 2: 1, 4: 1}  # of 2.5 µV, so that an ECG fits into the bytes


def write(
    record: Record,
    path: Path,
    *,
    syntax: str = "explicit",
    form: str = "SS",
    group: Dataset | None = None,
    **changes: object,
) -> Path:
    """Write one multiplex group; ``changes`` replace elements of the object by keyword."""
    group = group or waveform(record, form=form, order=">" if syntax == "big" else "<")
    return save(dicom_dataset(path, [group]), path, syntax, **changes)


def save(dataset: FileDataset, path: Path, syntax: str = "explicit", **changes: object) -> Path:
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    dataset.file_meta.TransferSyntaxUID = UID(SYNTAXES[syntax])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dcmwrite(path, dataset)
    return path


def waveform(
    record: Record,
    *,
    names: tuple[str, ...] = SHUFFLED,
    form: str = "SS",
    order: str = "<",
    originality: str = "ORIGINAL",
) -> Dataset:
    """A multiplex group in a sample form; unsigned forms have their zero in the middle."""
    group = dicom_group(record, names, originality)
    leads = counts_of(record)
    dtype = np.dtype(_FORMS[form])
    step = _STEPS[dtype.itemsize]
    middle = 1 << 8 * dtype.itemsize - 1 if form.startswith("U") else 0
    counts = np.stack([np.rint(leads[name] / step) for name in names], axis=1)
    group.WaveformData = (counts + middle).astype(dtype.newbyteorder(order)).tobytes()
    group.WaveformBitsAllocated = 8 * dtype.itemsize
    group.WaveformSampleInterpretation = form
    if "WaveformPaddingValue" in group:
        del group.WaveformPaddingValue
    for channel in group.ChannelDefinitionSequence:
        channel.ChannelSensitivity = step * UV_PER_COUNT / 2
        channel.ChannelBaseline = f"{-middle * step * UV_PER_COUNT / 1000:.10g}"
    return group


def name_leads(
    group: Dataset, names: tuple[str, ...], codes: dict[str, tuple[str, str, str]]
) -> None:
    """Replace the codes of channels: value, scheme and meaning by lead."""
    for name, channel in zip(names, group.ChannelDefinitionSequence, strict=True):
        if name in codes:
            channel.ChannelSourceSequence = coded(*codes[name])


def annotation(code: tuple[str, str, str], value: str, unit: str = "", channel: int = 0) -> Dataset:
    """A numeric annotation."""
    note = Dataset()
    note.ConceptNameCodeSequence = coded(*code)
    note.NumericValue = value
    note.ReferencedWaveformChannels = [1, channel]
    if unit:
        note.MeasurementUnitsCodeSequence = coded(unit, "UCUM", unit)
    return note
