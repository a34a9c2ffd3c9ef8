"""SCP-ECG: patient, device and measurements."""

from __future__ import annotations

import struct
from datetime import datetime
from pathlib import Path

import pytest
from unit.io.files import write_scp
from unit.io.files.scp_parts import codes_of, put, saved
from unit.io.files.write_scp import parts, write

from elvmass import io
from elvmass.errors import CorruptFileError
from elvmass.record import Measurements, Record, Sex


def test_patient_and_device(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x"))
    assert record.patient == truth.patient
    assert record.recorded_at == datetime(2026, 3, 4, 10, 20, 30)
    assert record.source.device == "Maker TEST1"
    assert record.device_filter == "0.05-150 Hz, notch 50 Hz"


def with_tags(truth: Record, changes: dict[int, bytes]) -> dict[int, bytes]:
    tags = write_scp.tags_of(truth) | changes
    body = b"".join(struct.pack("<BH", tag, len(value)) + value for tag, value in tags.items())
    return parts(truth) | {1: body + b"\xff\0\0"}


@pytest.mark.parametrize(
    ("tag", "value", "field", "expected"),
    [
        (6, struct.pack("<HB", 70, 2), "height_cm", 177.8),
        (6, struct.pack("<HB", 1800, 3), "height_cm", 180.0),
        (6, struct.pack("<HB", 180, 0), "height_cm", None),
        (6, b"\xb4\0", "height_cm", None),
        (7, struct.pack("<HB", 65000, 2), "weight_kg", 65.0),
        (7, struct.pack("<HB", 180, 3), "weight_kg", 180 * 0.45359237),
        (7, struct.pack("<HB", 2880, 4), "weight_kg", 180 * 0.45359237),
        (7, struct.pack("<HB", 0, 1), "weight_kg", None),
        (4, struct.pack("<HB", 600, 2), "age_years", 50.0),
        (4, struct.pack("<HB", 61, 0), "age_years", None),
        (4, struct.pack("<HB", 999, 1), "age_years", None),
        (8, b"\2", "sex", Sex.FEMALE),
        (8, b"\x09", "sex", None),
        (8, b"", "sex", None),
        (2, b"", "id", None),
        (2, b"A1\0rest", "id", "A1"),
    ],
)
def test_patient_in_other_words(tag, value, field, expected, truth, tmp_path):
    record = io.read(saved(tmp_path, with_tags(truth, {tag: value})))
    stated = getattr(record.patient, field)
    assert stated == (pytest.approx(expected) if isinstance(expected, float) else expected)


def test_age_from_the_birth_date(truth, tmp_path):
    changes = {4: struct.pack("<HB", 0, 0), 5: struct.pack("<HBB", 1964, 12, 31)}
    assert io.read(saved(tmp_path, with_tags(truth, changes))).patient.age_years == 61
    changes[5] = struct.pack("<HBB", 0, 0, 0)
    assert io.read(saved(tmp_path, with_tags(truth, changes))).patient.age_years is None
    changes = {5: struct.pack("<HBB", 1990, 1, 1)}
    record = io.read(saved(tmp_path, with_tags(truth, changes)))
    assert record.patient.age_years == 61
    assert codes_of(record) == {"age_contradicts_birth_date"}


@pytest.mark.parametrize(
    ("code", "codec"),
    [(0, "latin-1"), (1, "latin-1"), (0x13, "iso8859-5"), (0x07, "utf-16-le"), (0x37, "utf-8")],
)
def test_text_in_its_character_set(code, codec, truth, tmp_path):
    name = "Жуков" if codec == "iso8859-5" else "Åström"
    device = put(write_scp.tags_of(truth)[14], 16, "B", code)
    changes = {14: device, 0: name.encode(codec) + "\0".encode(codec), 1: b""}
    assert io.read(saved(tmp_path, with_tags(truth, changes))).patient.name == name


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({27: b"\0\0", 28: b"\0\0", 29: b"\0"}, ""),
        ({27: b"\0\0", 28: struct.pack("<H", 35), 29: b"\1"}, "low-pass 35 Hz, notch 60 Hz"),
        ({27: b"", 28: b"", 29: b""}, ""),
    ],
)
def test_filters(changes, text, truth, tmp_path):
    assert io.read(saved(tmp_path, with_tags(truth, changes))).device_filter == text


def test_tags_beyond_their_section_are_refused(truth, tmp_path):
    for body in (b"\0\xff\xff", struct.pack("<BH", 30, 9) + b"short"):
        with pytest.raises(CorruptFileError):
            io.read(saved(tmp_path, parts(truth) | {1: body}))


def test_file_without_patient(truth, tmp_path):
    bodies = parts(truth)
    del bodies[1], bodies[7]
    record = io.read(saved(tmp_path, bodies))
    assert record.patient.name is record.patient.sex is record.recorded_at is None
    assert record.reported == Measurements()
    assert record.source.device == record.device_filter == ""


MEASURED = Measurements(72.0, 160.0, 92.0, 380.0, 431.0, 44.0, -61.0, 86.0)


def measured(truth: Record, folder: Path, body: bytes, protocol: int = 20) -> Measurements:
    return io.read(saved(folder, parts(truth) | {7: body}, protocol)).reported


def test_measurements_are_those_of_the_reference_beat(truth, tmp_path):
    other = (10, 20, 30, 40, 50, 1, 2, 3)
    body = write_scp.global_measurements(write_scp.FIDUCIALS, other, other, spikes=3)
    assert measured(truth, tmp_path, body) == MEASURED


def test_missing_measurements(truth, tmp_path):
    gone = (29999, 29999, 200, 292, 65535, 999, 29999, 57)
    body = write_scp.global_measurements(gone)
    expected = Measurements(72.0, qrs_ms=92.0, qtc_ms=431.0, t_axis_deg=57.0)
    assert measured(truth, tmp_path, body) == expected
    body = write_scp.global_measurements((0, 0, 0, 0, 0, 999, 999, 999))
    assert measured(truth, tmp_path, body) == Measurements(72.0, qtc_ms=431.0)
    assert measured(truth, tmp_path, write_scp.global_measurements()) == Measurements(
        72.0, qtc_ms=431.0
    )


def test_rate_from_the_interval_where_none_is_stated(truth, tmp_path):
    """Protocols before 1.3 end after the pacemaker spikes, and any other may."""
    whole = write_scp.global_measurements(write_scp.FIDUCIALS)
    for body, protocol in ((whole, 12), (whole[:-12], 20), (whole[:-12] + b"\x2f\x75", 20)):
        reported = measured(truth, tmp_path, body, protocol)
        assert reported.rate_bpm == pytest.approx(60000 / 833)
        assert reported.qtc_ms is None
        assert reported.qrs_ms == 92
    assert measured(truth, tmp_path, whole, 11) == Measurements()
    nothing = put(whole[:-12], 2, "<H", 29999)
    assert measured(truth, tmp_path, nothing).rate_bpm is None
