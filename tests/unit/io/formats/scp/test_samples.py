"""SCP-ECG: samples come back from both compressions, and from the two together."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from unit.io.files.scp_parts import codes_of, put, quantised, saved
from unit.io.files.write_scp import AFTER_PEAK, BEFORE_PEAK, PROTECTED, parts, write

from elvmass import io
from elvmass.errors import CorruptFileError
from elvmass.io.formats.scp import restore


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
    plan = restore.decimation(16, np.array([[9, 11], [500, 600]]), 4)
    assert plan.stored == 7
    stored = np.array([[0, 8, 100, -7, -8, -9, 40]])
    none = np.empty((0, 2), np.int64)
    line = [0, 0, 0, 2, 4, 6, 8, 8, 100, -7, -8, -9, 40, 40, 40, 40]
    expected = np.array(line, float)
    for k in (*range(1, 9), 12, 13, 14):
        expected[k] = sum(line[k - 1 : k + 2]) / 3
    restored = restore.interpolate(stored, plan, none)
    np.testing.assert_allclose(restored, expected[None], rtol=0, atol=1e-12)
    # Where a zone of subtraction begins or ends, the residual jumps and is not smoothed.
    restored = restore.interpolate(stored, plan, np.array([[3, 13]]))
    expected[[2, 3, 13, 14]] = [0, 2, 40, 40]
    np.testing.assert_allclose(restored, expected[None], rtol=0, atol=1e-12)


def test_reference_beat_is_cut_at_the_ends_of_the_recording():
    beats = restore.Beats(
        0, 2, np.array([1, 9]), np.array([[-1, 3], [7, 12]]), np.empty((0, 2), np.int64)
    )
    restored = restore.add_beat(np.zeros((1, 10)), np.array([[1, 2, 4, 8, 16]]), beats)
    assert restored.tolist() == [[2, 4, 8, 16, 0, 0, 0, 1, 2, 4]]


def test_overlapping_subtraction_is_refused():
    zones = np.array([[0, 19]] * 3)
    beats = restore.Beats(0, 0, np.zeros(3, np.int64), zones, np.empty((0, 2), np.int64))
    with pytest.raises(ValueError, match="overlap"):
        restore.add_beat(np.zeros((1, 20)), np.ones((1, 20), np.int64), beats)


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
