"""Cut, flipped and malicious files: a FileError or a complete record, never anything else."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from elvmass import io
from elvmass.errors import CorruptFileError, FileError, UnsupportedFileError
from elvmass.record import Record

FILES = ("muse", "sierra_xli", "sierra_plain", "aecg", "dicom", "wfdb")
PARTS = (*FILES, "rec.dat")


def copy_with(files: dict[str, Path], name: str, folder: Path, data: bytes) -> Path:
    """Write altered bytes of one file (WFDB with its other parts); return what to open."""
    if name not in ("wfdb", "rec.dat"):
        path = folder / "altered"
        path.write_bytes(data)
        return path
    for part in ("rec.hea", "rec.dat", "rec.xyz"):
        shutil.copy(files["wfdb"].with_name(part), folder / part)
    (folder / ("rec.hea" if name == "wfdb" else name)).write_bytes(data)
    return folder / "rec.hea"


def content(files: dict[str, Path], name: str) -> bytes:
    return (files[name] if name in files else files["wfdb"].with_name(name)).read_bytes()


def attempt(path: Path) -> Record | None:
    try:
        return io.read(path)
    except FileError:
        return None


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("tenths", range(10))
def test_cut_files(name, tenths, files, truth, tmp_path):
    data = content(files, name)
    record = attempt(copy_with(files, name, tmp_path, data[: len(data) * tenths // 10]))
    if record is not None:
        assert record.signal_mv.shape == truth.signal_mv.shape
        np.testing.assert_allclose(record.signal_mv, truth.signal_mv, atol=0.004)


@pytest.mark.parametrize("name", ["muse", "sierra_xli", "sierra_plain", "aecg", "dicom", "rec.dat"])
def test_half_a_file_is_named_damaged(name, files, tmp_path):
    data = content(files, name)
    with pytest.raises(CorruptFileError):
        io.read(copy_with(files, name, tmp_path, data[: len(data) // 2]))


@pytest.mark.parametrize("name", PARTS)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(flips=st.lists(st.tuples(st.floats(0, 0.9999), st.integers(1, 255)), min_size=1, max_size=8))
@example(flips=[(0.0, 255)])
@example(flips=[(0.001, 1), (0.01, 4)])
def test_flipped_bytes(name, flips, files, tmp_path):
    data = bytearray(content(files, name))
    for where, mask in flips:
        data[int(where * len(data))] ^= mask
    attempt(copy_with(files, name, tmp_path, bytes(data)))


@pytest.mark.parametrize("name", ["dicom", "wfdb"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(where=st.integers(0, 900), value=st.integers(0, 255))
def test_any_byte_of_a_binary_head(name, where, value, files, tmp_path):
    data = bytearray(content(files, name))
    data[where % len(data)] = value
    attempt(copy_with(files, name, tmp_path, bytes(data)))


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=400))
def test_noise(data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "noise"
    path.write_bytes(data)
    assert attempt(path) is None


BOMB = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 12))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "subset",
    [f'<!ENTITY a0 "ha">{BOMB}', '<!ENTITY a11 SYSTEM "file:///etc/hostname">'],
    ids=["expansion", "external"],
)
@pytest.mark.parametrize("root", ["RestingECG", "restingecgdata", "AnnotatedECG"])
def test_entities_are_refused(root, subset, encoding, tmp_path):
    text = f"<!DOCTYPE {root} [{subset}]><{root} a='&a11;'>&a11;</{root}>"
    declaration = f'<?xml version="1.0" encoding="{encoding}"?>'
    (tmp_path / "x").write_bytes((declaration + text).encode(encoding))
    with pytest.raises(UnsupportedFileError, match="entities"):
        io.read(tmp_path / "x")


@pytest.mark.parametrize("code", ["utf-7", "cp037"])
def test_entities_hidden_by_an_encoding_are_not_expanded(code, tmp_path):
    text = f'<?xml version="1.0" encoding="{code}"?><!DOCTYPE RestingECG [<!ENTITY a "b">]>'
    (tmp_path / "x").write_bytes((text + "<RestingECG>&a;</RestingECG>").encode(code))
    with pytest.raises(FileError):
        io.read(tmp_path / "x")


def test_deep_nesting_is_refused(tmp_path):
    (tmp_path / "x").write_bytes(b"<RestingECG>" + b"<a>" * 100000)
    with pytest.raises(CorruptFileError):
        io.read(tmp_path / "x")


@pytest.mark.parametrize("gain", ["inf", "nan", "1e308", "-1e308", "", "0x5"])
def test_impossible_gains(gain, files, tmp_path):
    text = files["muse"].read_text(encoding="utf-8")
    text = text.replace("UnitsPerBit>2.5<", f"UnitsPerBit>{gain}<")
    (tmp_path / "x").write_text(text, encoding="utf-8")
    attempt(tmp_path / "x")


@pytest.mark.parametrize("rate", ["0", "-500", "inf", "nan", "1e300", "x"])
def test_impossible_rates(rate, files, tmp_path):
    text = files["muse"].read_text(encoding="utf-8")
    text = text.replace("<SampleBase>250<", f"<SampleBase>{rate}<")
    (tmp_path / "x").write_text(text, encoding="utf-8")
    assert attempt(tmp_path / "x") is None


def test_names_never_reach_messages(files, tmp_path):
    """Break each file in a field beside the patient's name; the message must not quote it."""
    for name in ("sierra_plain", "aecg"):
        encoding = "utf-16" if name == "sierra_plain" else "utf-8"
        text = files[name].read_bytes().decode(encoding)
        broken = text.replace('samplespersecond="250"', 'samplespersecond="Secretname"')
        broken = broken.replace('<increment value="4"', '<increment value="Secretname"')
        assert broken != text
        (tmp_path / "x").write_bytes(broken.encode(encoding))
        with pytest.raises(FileError) as caught:
            io.read(tmp_path / "x")
        assert "Secretname" not in str(caught.value)
        assert caught.value.__cause__ is None
