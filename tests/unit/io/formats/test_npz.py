"""NumPy archives: read when they say everything, refused before they can do harm."""

from __future__ import annotations

import io as bytes_io
import json
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from helpers import synthetic_record

from elvmass import io
from elvmass.errors import CorruptFileError, FileError, LeadsError, UnsupportedFileError
from elvmass.record import LEADS, Sex

EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
META = {
    "sex": "male", "age_years": 61, "height_cm": 172.0, "weight_kg": None, "device": "cart",
    "recorded_at": "2026-03-04T10:20:30", "device_filter": "0.05-150 Hz",
    "derived_leads": ["III"], "reported_qrs_ms": 92, "format": "GE MUSE XML", "sha256": "0" * 64,
}  # fmt: skip


@pytest.fixture(scope="module")
def truth():
    return synthetic_record(rate_hz=250.0, seconds=6.0)


def write(path, signal, leads=LEADS, rate_hz=250.0, compressed=True, **more):
    save = np.savez_compressed if compressed else np.savez
    with path.open("wb") as file:
        save(file, signal_mv=signal, leads=np.array(leads), rate_hz=rate_hz, **more)
    return path


def with_member(path, name, header, size=0, data=b"\0" * 64):
    """Replace an array by one that announces what it wants."""
    with zipfile.ZipFile(path) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    text = header.ljust(118).encode() + b"\n"
    members[name] = b"\x93NUMPY\x01\0" + len(text).to_bytes(2, "little") + text + data
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in members.items():
            archive.writestr(each, content + b"\0" * (size if each == name else 0))
    return path


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("turned", [True, False])
def test_signal_either_way_round(turned, compressed, truth, tmp_path):
    signal = truth.signal_mv[::-1]
    path = write(tmp_path / "a", signal.T if turned else signal, LEADS[::-1], compressed=compressed)
    record = io.read(path)
    np.testing.assert_array_equal(record.signal_mv, truth.signal_mv)
    assert (record.rate_hz, record.notices) == (250.0, ())
    assert not record.signal_mv.flags.writeable


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2"])
def test_types_and_orders(dtype, truth, tmp_path):
    signal = np.asfortranarray(truth.signal_mv.astype(dtype))
    record = io.read(write(tmp_path / "a", signal))
    np.testing.assert_array_equal(record.signal_mv, signal)


def test_meta(truth, tmp_path):
    path = write(tmp_path / "a", truth.signal_mv, meta=np.array(json.dumps(META)))
    record = io.read(path)
    assert (record.patient.sex, record.patient.age_years) == (Sex.MALE, 61.0)
    assert (record.patient.height_cm, record.patient.weight_kg) == (172.0, None)
    assert record.recorded_at == truth.recorded_at
    assert record.device_filter == "0.05-150 Hz"
    assert record.derived_leads == ("III",)
    assert record.reported.qrs_ms == 92.0
    assert (record.source.format, record.source.device) == ("NPZ", "cart")


def test_eight_leads_and_missing_ones(truth, tmp_path):
    rows = [LEADS.index(name) for name in EIGHT]
    record = io.read(write(tmp_path / "a", truth.signal_mv[rows], EIGHT))
    assert record.derived_leads == ("III", "aVR", "aVL", "aVF")
    with pytest.raises(LeadsError, match="V6 missing"):
        io.read(write(tmp_path / "b", truth.signal_mv[:11], LEADS[:11]))


def test_axes_that_cannot_be_told_apart_are_refused(truth, tmp_path):
    with pytest.raises(UnsupportedFileError, match="as many samples as leads"):
        io.read(write(tmp_path / "a", truth.signal_mv[:, :12]))


@pytest.mark.parametrize("missing", ["signal_mv", "leads", "rate_hz"])
def test_missing_arrays_are_named(missing, truth, tmp_path):
    arrays = {"signal_mv": truth.signal_mv, "leads": np.array(LEADS), "rate_hz": 250.0}
    del arrays[missing]
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(LeadsError, match=f"no array {missing}"):
        io.read(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "changes",
    [
        {"leads": LEADS[:11]},
        {"rate_hz": 0.0},
        {"rate_hz": np.nan},
        {"rate_hz": [250.0, 250.0]},
        {"signal": np.zeros((12, 9, 9))},
        {"signal": np.full((12, 1500), "0.1")},
        {"signal": np.zeros((12, 1500), complex)},
        {"signal": np.full((12, 1500), np.inf)},
        {"meta": np.array("[1, 2]")},
        {"meta": np.array("{")},
        {"meta": np.array('{"derived_leads": "V1"}')},
    ],
)
def test_damage_is_named(changes, truth, tmp_path):
    with pytest.raises(CorruptFileError):
        io.read(write(tmp_path / "a", **({"signal": truth.signal_mv} | changes)))


@pytest.mark.parametrize("name", ["signal_mv", "leads", "meta"])
def test_pickles_are_refused(name, truth, tmp_path):
    arrays = {"signal_mv": truth.signal_mv, "leads": np.array(LEADS), "rate_hz": 250.0}
    np.savez(tmp_path / "a.npz", **(arrays | {name: np.array([{"a": 1}], dtype=object)}))
    with pytest.raises(CorruptFileError):
        io.read(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (12, 10000000000000), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (12, -1), }",
        "{'descr': '|S0', 'fortran_order': False, 'shape': (12, 10000000000000), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (12L, 1L), }",
        "{'descr': '<U99999999', 'fortran_order': False, 'shape': (1,), }",
        "(" * 100,
        "",
    ],
)
@pytest.mark.parametrize("name", ["signal_mv.npy", "leads.npy", "rate_hz.npy", "meta.npy"])
def test_lying_headers_are_refused(name, header, truth, tmp_path):
    path = write(tmp_path / "a", truth.signal_mv, meta=np.array("{}"))
    with pytest.raises(CorruptFileError):
        io.read(with_member(path, name, header))


@pytest.mark.parametrize(("name", "megabytes"), [("signal_mv.npy", 64), ("meta.npy", 2)])
def test_archives_that_unpack_to_more_than_an_ecg_are_refused(name, megabytes, truth, tmp_path):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': (12, {megabytes}), }}"
    path = write(tmp_path / "a", truth.signal_mv, meta=np.array("{}"))
    with pytest.raises(UnsupportedFileError, match="unpacks to more"):
        io.read(with_member(path, name, header, size=megabytes * 2**20))


@pytest.mark.parametrize("letter", [0x110000, 0xFFFFFFFF, 0xD800])
def test_texts_of_impossible_letters_are_refused(letter, truth, tmp_path):
    codes = np.full((12, 4), letter, "<u4")
    for name in ("leads", "meta"):
        texts = codes.view("<U4").ravel() if name == "leads" else codes[:1].view("<U4").ravel()
        arrays = {"signal_mv": truth.signal_mv, "leads": np.array(LEADS), "rate_hz": 250.0}
        np.savez(tmp_path / "a.npz", **(arrays | {name: texts}))
        with pytest.raises(CorruptFileError):
            io.read(tmp_path / "a.npz")


def test_compressions_that_numpy_does_not_write_are_refused(truth, tmp_path):
    path = write(tmp_path / "a", truth.signal_mv)
    with zipfile.ZipFile(path) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    with pytest.raises(CorruptFileError):
        io.read(path)


def test_names_as_bytes(truth, tmp_path):
    record = io.read(write(tmp_path / "a", truth.signal_mv, [name.encode() for name in LEADS]))
    np.testing.assert_array_equal(record.signal_mv, truth.signal_mv)


def test_archives_of_very_many_members_are_refused(truth, tmp_path):
    path = write(tmp_path / "a", truth.signal_mv)
    with zipfile.ZipFile(path, "a") as archive:
        for k in range(200):
            archive.writestr(f"x{k}.npy", b"")
    with pytest.raises(UnsupportedFileError, match="too many"):
        io.read(path)


@pytest.mark.parametrize("tenths", range(1, 10))
def test_cut_archives_are_refused(tenths, truth, tmp_path):
    path = write(tmp_path / "a", truth.signal_mv)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * tenths // 10])
    with pytest.raises(FileError):
        io.read(path)


def test_flipped_bits_are_found_by_the_checksum(truth, tmp_path):
    path = write(tmp_path / "a", truth.signal_mv, compressed=False)
    data = bytearray(path.read_bytes())
    data[5000] ^= 1
    path.write_bytes(data)
    with pytest.raises(CorruptFileError):
        io.read(path)


def test_deep_json_is_refused(truth, tmp_path):
    with pytest.raises(CorruptFileError):
        io.read(write(tmp_path / "a", truth.signal_mv, meta=np.array('{"a":' + "[" * 50000)))


def test_other_archives_are_not_taken_for_ecgs(tmp_path):
    buffer = bytes_io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("notes.txt", "x")
    (tmp_path / "a.npz").write_bytes(buffer.getvalue())
    with pytest.raises(FileError, match="no format"):
        io.read(tmp_path / "a.npz")


def test_gaps_stay_gaps(truth, tmp_path):
    signal = truth.signal_mv.copy()
    signal[:, 100:200] = np.nan
    record = io.read(write(tmp_path / "a", signal))
    np.testing.assert_array_equal(record.signal_mv, replace(truth, signal_mv=signal).signal_mv)
