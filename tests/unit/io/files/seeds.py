"""One small intact file of every format and variant: where fuzzing starts from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from helpers import synthetic_record
from unit.io.files import (
    write_aecg,
    write_cardiosoft,
    write_csv,
    write_dicom,
    write_edf,
    write_eli,
    write_fhir,
    write_ishne,
    write_mfer,
    write_muse,
    write_schiller,
    write_scp,
    write_sierra,
    write_wfdb,
)

from elvmass.io.write import write
from elvmass.record import Record

Writer = Callable[[Record, Path], object]


def _npz(record: Record, path: Path) -> None:
    write(record, path, "npz", overwrite=True)


SEEDS: dict[str, Writer] = {
    "muse": partial(write_muse.write, encoding="UTF-8"),
    "muse_text": partial(write_muse.write, text=","),
    "cardiosoft": write_cardiosoft.write,
    "sierra_xli": write_sierra.write,
    "sierra_utf8": partial(write_sierra.write, compression="", charset="utf-8"),
    "aecg": write_aecg.write,
    "dicom": write_dicom.write,
    "dicom_implicit": partial(write_dicom.write, syntax="implicit"),
    "scp_huffman": write_scp.write,
    "scp_raw": partial(write_scp.write, table=None, order=0),
    "scp_beat": partial(write_scp.write, subtract=True),
    "wfdb_header": write_wfdb.write,
    "wfdb_signal": write_wfdb.write,
    "wfdb_212": partial(write_wfdb.write, code="212"),
    "edf": write_edf.write,
    "bdf": partial(write_edf.write, bits=24),
    "ishne": write_ishne.write,
    "mfer": write_mfer.write,
    "eli": write_eli.write,
    "schiller": write_schiller.write,
    "fhir": write_fhir.write,
    "fhir_xml": partial(write_fhir.write, xml=True),
    "csv": write_csv.write,
    "npz": _npz,
}


def write_seed(name: str, folder: Path) -> Path:
    """Write the intact file; returns what `elvmass.io.read` is to open."""
    path = folder / ("rec.hea" if name.startswith("wfdb") else "seed")
    SEEDS[name](synthetic_record(rate_hz=250.0, seconds=2.0), path)
    return path


def part_to_alter(name: str, path: Path) -> Path:
    """Name the file that is mutated: a WFDB record has several."""
    signals = sorted(p for p in path.parent.iterdir() if p.suffix not in (".hea", ""))
    return signals[0] if name in ("wfdb_signal", "wfdb_212") else path
