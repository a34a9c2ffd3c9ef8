"""SCP-ECG: codes, differences, both compressions, leads, lengths, and what stands around them."""

from __future__ import annotations

import struct
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from unit.io import write_scp
from unit.io.write_scp import AFTER_PEAK, BEFORE_PEAK, NUMBERS, PROTECTED, assemble, parts, write

from elvmass import io
from elvmass.errors import CorruptFileError, FileError, LeadsError, UnsupportedFileError
from elvmass.io import scp_huffman, scp_restore
from elvmass.record import LEADS, Measurements, Record, Sex

STEP_MV = 0.0025
EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
DEFAULT = struct.pack("<H", 19999)


def quantised(record: Record) -> np.ndarray:
    return np.rint(record.signal_mv / STEP_MV) * STEP_MV


def saved(folder: Path, bodies: dict[int, bytes], protocol: int = 20) -> Path:
    path = folder / "x"
    path.write_bytes(assemble(bodies, protocol))
    return path


def put(body: bytes, at: int, form: str, *new: int) -> bytes:
    """Body with some fields replaced."""
    altered = bytearray(body)
    struct.pack_into(form, altered, at, *new)
    return bytes(altered)


def with_ranges(body: bytes, *ranges: tuple[int, int]) -> bytes:
    """Section 3 with other sample numbers, lead by lead."""
    for k in range(body[0]):
        body = put(body, 2 + 9 * k, "<II", *ranges[k % len(ranges)])
    return body


def codes_of(record: Record) -> set[str]:
    return {notice.code for notice in record.notices}


# --- samples


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("table", [None, "default", "own"])
@pytest.mark.parametrize("subtract", [False, True])
def test_samples_come_back(order, table, subtract, truth, tmp_path):
    path = write(truth, tmp_path / "x", order=order, table=table, subtract=subtract)
    record = io.read(path)
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)
    assert record.rate_hz == 250.0
    assert record.derived_leads == ()
    assert record.notices == ()


@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("protocol", [11, 13, 20])
@pytest.mark.parametrize("subtract", [False, True])
def test_decimation_keeps_the_protected_zones(factor, protocol, subtract, truth, tmp_path):
    variant = {"factor": factor, "subtract": subtract, "protocol": protocol}
    record = io.read(write(truth, tmp_path / "x", **variant))
    error = np.abs(record.signal_mv - quantised(truth))
    peaks = np.rint((0.5 + 60 / 72 * np.arange(7)) * 250).astype(int)[:6]
    before, after = (BEFORE_PEAK, AFTER_PEAK) if protocol == 11 else (PROTECTED, PROTECTED)
    for peak in peaks:
        assert error[:, peak - before : peak + after + 1].max() < 1e-9
    assert 1e-4 < error.max() < 0.03
    assert record.rate_hz == 250.0
    assert codes_of(record) == {"interpolated_samples"}


def test_decimation_by_hand():
    # Run of 9 (two means, one sample left over), three protected samples, run of 4 (one mean).
    plan = scp_restore.decimation(16, np.array([[9, 11], [500, 600]]), 4)
    assert plan.stored == 7
    stored = np.array([[0, 8, 100, -7, -8, -9, 40]])
    none = np.empty((0, 2), np.int64)
    line = [0, 0, 0, 2, 4, 6, 8, 8, 100, -7, -8, -9, 40, 40, 40, 40]
    expected = np.array(line, float)
    for k in (*range(1, 9), 12, 13, 14):
        expected[k] = sum(line[k - 1 : k + 2]) / 3
    restored = scp_restore.interpolate(stored, plan, none)
    np.testing.assert_allclose(restored, expected[None], rtol=0, atol=1e-12)
    # Where a zone of subtraction begins or ends, the residual jumps and is not smoothed.
    restored = scp_restore.interpolate(stored, plan, np.array([[3, 13]]))
    expected[[2, 3, 13, 14]] = [0, 2, 40, 40]
    np.testing.assert_allclose(restored, expected[None], rtol=0, atol=1e-12)


def test_reference_beat_is_cut_at_the_ends_of_the_recording():
    beats = scp_restore.Beats(
        0, 2, np.array([1, 9]), np.array([[-1, 3], [7, 12]]), np.empty((0, 2), np.int64)
    )
    restored = scp_restore.add_beat(np.zeros((1, 10)), np.array([[1, 2, 4, 8, 16]]), beats)
    assert restored.tolist() == [[2, 4, 8, 16, 0, 0, 0, 1, 2, 4]]


def test_overlapping_subtraction_is_refused():
    zones = np.array([[0, 19]] * 3)
    beats = scp_restore.Beats(0, 0, np.zeros(3, np.int64), zones, np.empty((0, 2), np.int64))
    with pytest.raises(ValueError, match="overlap"):
        scp_restore.add_beat(np.zeros((1, 20)), np.ones((1, 20), np.int64), beats)


def test_intervals_rounded_to_microseconds_still_fit(truth, tmp_path):
    """600 Hz and a quarter of it: 1667 and 6667 µs."""
    bodies = parts(truth, factor=4)
    bodies[4] = put(bodies[4], 0, "<H", 161 * 1667 // 1000)
    bodies[5], bodies[6] = put(bodies[5], 2, "<H", 1667), put(bodies[6], 2, "<H", 6667)
    assert io.read(saved(tmp_path, bodies)).rate_hz == 1e6 / 1667
    bodies[6] = put(bodies[6], 2, "<H", 6000)
    with pytest.raises(CorruptFileError):
        io.read(saved(tmp_path, bodies))


@pytest.mark.parametrize("section", [4, 5])
@pytest.mark.parametrize("variant", [{"subtract": True}, {"factor": 4}], ids=str)
def test_compression_without_its_beats_is_refused(section, variant, truth, tmp_path):
    bodies = parts(truth, **variant)
    del bodies[section]
    with pytest.raises(CorruptFileError):
        io.read(saved(tmp_path, bodies))


def test_protected_zones_are_needed_for_decimation_only(truth, tmp_path):
    for factor in (1, 4):
        bodies = parts(truth, subtract=True, factor=factor)
        beats = struct.unpack_from("<H", bodies[4], 4)[0]
        path = saved(tmp_path, bodies | {4: bodies[4][: 6 + 14 * beats]})
        if factor == 1:
            record = io.read(path)
            np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)
        else:
            with pytest.raises(CorruptFileError):
                io.read(path)


@pytest.mark.parametrize(("at", "value"), [(0, 0), (0, 5000), (4, 0), (4, 65535)])
def test_impossible_beats_are_refused(at, value, truth, tmp_path):
    """No length or one beyond the samples; no beats or too many."""
    bodies = parts(truth, subtract=True)
    with pytest.raises(CorruptFileError):
        io.read(saved(tmp_path, bodies | {4: put(bodies[4], at, "<H", value)}))


def test_reference_beat_that_was_not_subtracted_is_not_needed(truth, tmp_path):
    bodies = parts(truth)
    del bodies[4], bodies[5]
    record = io.read(saved(tmp_path, bodies))
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)


@pytest.mark.parametrize(("protocol", "lossless"), [(10, True), (20, False), (30, True)])
def test_decimation_is_known_to_protocols_between(protocol, lossless, truth, tmp_path):
    """1.0 and 3.0 reserve the byte that tells of it."""
    bodies = parts(truth)
    bodies[5] = put(bodies[5], 2, "<H", 2000)
    bodies[6] = put(bodies[6], 5, "B", 1)
    path = saved(tmp_path, bodies, protocol)
    if lossless:
        assert io.read(path).notices == ()
    else:
        assert codes_of(io.read(path)) >= {"interpolated_samples", "length_mismatch"}


# --- Huffman codes


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.int64, st.integers(1, 300), elements=st.integers(-32768, 32767) | st.integers(-9, 9))
)
@pytest.mark.parametrize("table", ["default", "own"])
def test_codes_come_back(table, samples):
    section = DEFAULT if table == "default" else write_scp.own_section()
    data = write_scp._lead(samples, 0, table)
    decoded = scp_huffman.decode(data, scp_huffman.parse(section))
    np.testing.assert_array_equal(decoded[: samples.size], samples)
    assert not decoded[samples.size :].any()
    assert decoded.size <= samples.size + 15


def rows(*tables: list[tuple[int, int, int, int, int]]) -> bytes:
    body = struct.pack("<H", len(tables))
    for table in tables:
        body += struct.pack("<H", len(table))
        body += b"".join(struct.pack("<3BhI", *row) for row in table)
    return body


def test_bits_above_a_prefix_and_exchanged_lengths_do_not_matter():
    codes = scp_huffman.parse(rows([(1, 1, 1, 5, 0xFFFFFFFE), (9, 1, 1, 0, 1)]))
    assert codes
    # 0, then 1 and the eight bits of -3.
    assert scp_huffman.decode(bytes([0b01111111, 0b01000000]), codes).tolist()[:2] == [5, -3]


def test_decoding_ends_before_words_that_are_no_code():
    codes = scp_huffman.parse(rows([(1, 1, 1, 5, 0), (2, 2, 1, 6, 1)]))
    assert codes
    assert scp_huffman.decode(bytes([0b01001111]), codes).tolist() == [5, 6, 5]
    assert scp_huffman.decode(b"", codes).size == 0


@pytest.mark.parametrize(
    "section",
    [
        rows([(0, 0, 1, 0, 0)]),
        rows([(40, 40, 1, 0, 0)]),
        rows([(1, 60, 1, 0, 0)]),
        rows([(1, 1, 1, 0, 0), (2, 2, 1, 0, 0)]),
        rows([(1, 1, 0, 2, 0)]),
        rows([(1, 1, 0, 0, 0)]),
        rows([(1, 1, 1, 0, 0)])[:-1],
        struct.pack("<HH", 2, 0),
        struct.pack("<H", 65535),
    ],
    ids=[
        "no prefix", "long prefix", "long code", "ambiguous", "table 2 of 1", "table 0", "cut row",
        "cut table", "no tables",
    ],
)  # fmt: skip
def test_impossible_tables_are_refused(section, truth, tmp_path):
    with pytest.raises(CorruptFileError):
        io.read(saved(tmp_path, parts(truth) | {2: section}))


def test_tables_without_end_are_refused():
    codes = scp_huffman.parse(rows(*[[(1, 1, 1, 0, 0)]] * 300))
    assert codes
    with pytest.raises(ValueError, match="too many"):
        scp_huffman.decode(bytes(6000), codes)


def test_section_2_without_tables_means_raw_samples(truth, tmp_path):
    record = io.read(saved(tmp_path, parts(truth, table=None) | {2: struct.pack("<H", 0)}))
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)


# --- leads and lengths


def test_leads_are_found_by_number(truth, tmp_path):
    names = ("V6", "aVF", "I", "V1", "aVR", "III", "V3", "II", "V2", "aVL", "V5", "V4")
    record = io.read(write(truth, tmp_path / "x", names=names))
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)


def test_eight_leads_suffice(truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", names=EIGHT, subtract=True))
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=2 * STEP_MV)
    assert record.derived_leads == ("III", "aVR", "aVL", "aVF")


def renumbered(truth: Record, lead: str, number: int) -> dict[int, bytes]:
    bodies = parts(truth)
    bodies[3] = put(bodies[3], 2 + 9 * LEADS.index(lead) + 8, "B", number)
    return bodies


@pytest.mark.parametrize("number", [0, 9, 65, 111, 131, 255])
def test_other_leads_are_left_out(number, truth, tmp_path):
    record = io.read(saved(tmp_path, renumbered(truth, "III", number)))
    assert record.derived_leads == ("III",)
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=2 * STEP_MV)


@pytest.mark.parametrize("number", [11, 35, 132])
def test_no_lead_stands_in_for_another(number, truth, tmp_path):
    with pytest.raises(LeadsError, match="V3 missing"):
        io.read(saved(tmp_path, renumbered(truth, "V3", number)))


def test_leads_stored_twice_are_refused(truth, tmp_path):
    with pytest.raises(CorruptFileError, match="twice"):
        io.read(saved(tmp_path, renumbered(truth, "III", NUMBERS["II"])))


def test_leads_one_after_another_are_refused(truth, tmp_path):
    bodies = parts(truth)
    late = with_ranges(bodies[3], (1, 1500), (1501, 3000))
    few = put(bodies[3], 1, "B", 3 << 3)
    for body in (late, few):
        with pytest.raises(UnsupportedFileError, match="one after another"):
            io.read(saved(tmp_path, bodies | {3: body}))


@pytest.mark.parametrize("flags", [4, 8 << 3, 0])
def test_leads_that_ran_together_in_other_words(flags, truth, tmp_path):
    bodies = parts(truth)
    assert io.read(saved(tmp_path, bodies | {3: put(bodies[3], 1, "B", flags)})).notices == ()


@pytest.mark.parametrize("last", [1499, 1500])
def test_raw_samples_counted_from_0(last, truth, tmp_path):
    bodies = parts(truth, table=None)
    bodies[3] = with_ranges(bodies[3], (0, last))
    record = io.read(saved(tmp_path, bodies))
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)
    assert record.notices == ()


def test_zones_counted_from_0_are_refused(truth, tmp_path):
    bodies = parts(truth, subtract=True)
    with pytest.raises(CorruptFileError):
        io.read(saved(tmp_path, bodies | {3: with_ranges(bodies[3], (0, 1500))}))


def test_recordings_may_begin_later(truth, tmp_path):
    bodies = parts(truth, subtract=True)
    bodies[3] = with_ranges(bodies[3], (101, 1600))
    located = bodies[4]
    beats = struct.unpack_from("<H", located, 4)[0]
    for k in range(beats):
        at = 8 + 14 * k
        located = put(
            located, at, "<3I", *(v + 100 for v in struct.unpack_from("<3I", located, at))
        )
    record = io.read(saved(tmp_path, bodies | {4: located}))
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)


@pytest.mark.parametrize("announced", [1000, 2000])
def test_raw_samples_go_before_their_announced_number(announced, truth, tmp_path):
    bodies = parts(truth, table=None)
    bodies[3] = with_ranges(bodies[3], (1, announced))
    record = io.read(saved(tmp_path, bodies))
    np.testing.assert_allclose(record.signal_mv, quantised(truth), rtol=0, atol=1e-9)
    assert codes_of(record) == {"length_mismatch"}


def test_coded_samples_beyond_the_announced_number_are_told(truth, tmp_path):
    bodies = parts(truth)
    record = io.read(saved(tmp_path, bodies | {3: with_ranges(bodies[3], (1, 1000))}))
    np.testing.assert_allclose(record.signal_mv, quantised(truth)[:, :1000], rtol=0, atol=1e-9)
    assert codes_of(record) == {"length_mismatch", "short_recording"}


@pytest.mark.parametrize(
    "ranges",
    [((1, 1600),), ((1, 1500), (1, 1499)), ((1, 0),), ((1, 10**9),)],
    ids=["more", "unequal", "none", "absurd"],
)
def test_other_lengths_are_refused(ranges, truth, tmp_path):
    bodies = parts(truth)
    with pytest.raises(FileError):
        io.read(saved(tmp_path, bodies | {3: with_ranges(bodies[3], *ranges)}))


def test_raw_leads_of_different_length_are_refused(truth, tmp_path):
    bodies = parts(truth, table=None)
    with pytest.raises(CorruptFileError):
        io.read(saved(tmp_path, bodies | {6: put(bodies[6], 6, "<H", 2998)}))


def test_lengths_beyond_16_bits_are_refused(truth, tmp_path):
    bodies = parts(truth, table=None)
    bodies[6] += bytes(65536)
    with pytest.raises(UnsupportedFileError, match="longer"):
        io.read(saved(tmp_path, bodies))


def test_interval_is_taken_literally(truth, tmp_path):
    bodies = parts(truth)
    record = io.read(saved(tmp_path, bodies | {6: put(bodies[6], 2, "<H", 1667)}))
    assert record.rate_hz == 1e6 / 1667


@pytest.mark.parametrize(("at", "form", "value"), [(0, "<H", 0), (2, "<H", 0), (4, "B", 3)])
def test_impossible_settings_are_refused(at, form, value, truth, tmp_path):
    bodies = parts(truth)
    with pytest.raises(CorruptFileError):
        io.read(saved(tmp_path, bodies | {6: put(bodies[6], at, form, value)}))


def test_report_without_rhythm_is_refused(truth, tmp_path):
    bodies = parts(truth)
    del bodies[6]
    with pytest.raises(LeadsError, match="rhythm"):
        io.read(saved(tmp_path, bodies))


# --- sections


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


# --- patient, device, measurements


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
