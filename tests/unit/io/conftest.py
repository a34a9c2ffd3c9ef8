"""One small ECG file of every format."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from helpers import synthetic_record
from unit.io.files.ecg_files import (
    SHUFFLED,
    UV_PER_COUNT,
    aecg_text,
    dicom_dataset,
    dicom_group,
    sierra_text,
    write_wfdb,
)

from elvmass.io.write.muse import write_muse
from elvmass.record import LEADS, Record


@pytest.fixture(scope="session")
def truth() -> Record:
    """What every written file holds, before rounding."""
    return synthetic_record(rate_hz=250.0, seconds=6.0)


@pytest.fixture(scope="session")
def files(truth: Record, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A file of each format by a short name."""
    folder = tmp_path_factory.mktemp("ecg")
    paths = {
        k: folder / f"{k}.bin" for k in ("muse", "sierra_xli", "sierra_plain", "aecg", "dicom")
    }
    write_muse(truth, paths["muse"], uv_per_bit=UV_PER_COUNT)
    paths["sierra_xli"].write_bytes(sierra_text(truth, compressed=True).encode("utf-16"))
    paths["sierra_plain"].write_bytes(sierra_text(truth, compressed=False).encode("utf-16"))
    paths["aecg"].write_text(aecg_text(truth), encoding="utf-8")
    groups = [
        dicom_group(synthetic_record(250.0, 9.0), LEADS, "DERIVED"),
        dicom_group(truth, SHUFFLED, "ORIGINAL"),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dicom_dataset(paths["dicom"], groups).save_as(paths["dicom"])
    paths["wfdb"] = write_wfdb(folder, truth)
    return paths
