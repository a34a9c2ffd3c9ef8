"""SCP-ECG: which leads, and how many samples of them."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from unit.io.files.scp_parts import STEP_MV, codes_of, put, quantised, saved, with_ranges
from unit.io.files.write_scp import NUMBERS, parts, write

from elvmass import io
from elvmass.errors import CorruptFileError, FileError, LeadsError, UnsupportedFileError
from elvmass.record import LEADS, Record

EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")


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
