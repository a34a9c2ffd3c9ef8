"""SCP-ECG: protocols, checksums, and the directory of the sections."""

from __future__ import annotations

import numpy as np
import pytest
from unit.io.files.scp_parts import put, quantised
from unit.io.files.write_scp import write

from elvmass import io
from elvmass.errors import CorruptFileError, FileError


@pytest.mark.parametrize("protocol", [10, 13, 20, 30])
@pytest.mark.parametrize("mark", [True, False])
def test_all_protocols_are_recognised(protocol, mark, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", protocol=protocol, mark=mark))
    assert record.source.format == "SCP-ECG"
    assert record.notices == ()


def test_wrong_checksums_are_told(truth, tmp_path):
    data = bytearray(write(truth, tmp_path / "x").read_bytes())
    data[data.index(b"Test\0")] ^= 1  # the patient's name
    (tmp_path / "x").write_bytes(data)
    record = io.read(tmp_path / "x")
    (notice,) = record.notices
    assert notice.code == "checksum_mismatch"
    assert "(file, section 1)" in notice.message
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)


@pytest.mark.parametrize("habit", [lambda s: s[::-1], lambda s: b"\0\0", lambda s: b"\xff\xff"])
def test_checksums_of_other_habits(habit, truth, tmp_path):
    """Exchanged bytes, or none; only that of the file, whose change no other one covers."""
    data = write(truth, tmp_path / "x").read_bytes()
    (tmp_path / "x").write_bytes(habit(data[:2]) + data[2:])
    assert io.read(tmp_path / "x").notices == ()


def test_cut_files_are_refused(truth, tmp_path):
    data = write(truth, tmp_path / "x").read_bytes()
    for size in (7, 30, 140, len(data) // 2, len(data) - 1):
        (tmp_path / "x").write_bytes(data[:size])
        with pytest.raises(FileError):
            io.read(tmp_path / "x")
    (tmp_path / "x").write_bytes(data + b"after the end")
    assert io.read(tmp_path / "x").notices == ()


def test_directories_that_lie_are_refused(truth, tmp_path):
    data = write(truth, tmp_path / "x").read_bytes()
    sixth = 22 + 6 * 10
    for at, form, value in (
        (sixth, "<H", 5),  # listed twice
        (sixth + 2, "<I", 2**31),
        (sixth + 2, "<I", 5),
        (sixth + 6, "<I", 0),
        (sixth + 6, "<I", 2**31),
        (sixth + 6, "<I", 143),  # section 1
        (10, "<I", 2**31),
    ):
        (tmp_path / "x").write_bytes(put(data, at, form, value))
        with pytest.raises(CorruptFileError):
            io.read(tmp_path / "x")
