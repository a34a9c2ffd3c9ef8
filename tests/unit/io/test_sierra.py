"""XLI against an encoder of our own, and the calibration tail."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from unit.io.ecg_files import sierra_text, xli_chunk

from elvmass import io
from elvmass.io import xli


@settings(max_examples=40, deadline=None)
@given(arrays(np.int16, st.integers(3, 400), elements=st.integers(-4000, 4000)))
def test_xli_restores_every_sample(samples):
    (decoded,) = xli.decode(xli_chunk(samples), 1)
    np.testing.assert_array_equal(decoded, samples)


def test_xli_survives_a_full_code_table():
    rng = np.random.default_rng(3)
    samples = rng.integers(-30000, 30000, 5000)
    (decoded,) = xli.decode(xli_chunk(samples), 1)
    np.testing.assert_array_equal(decoded, samples)


def test_xli_refuses_cut_payloads_and_impossible_codes():
    with pytest.raises(ValueError, match="cut off"):
        xli.decode(xli_chunk(np.arange(50))[:-1], 1)
    with pytest.raises(ValueError, match="refers to nothing"):
        xli.decode(b"\x05\0\0\0\x01\0\0\0" + b"\xff\x80\0\0\0", 1)


def test_residuals_round_down():
    zero = np.array([0])
    leads = dict.fromkeys(("III", "aVR", "aVL", "aVF"), zero) | {
        "I": np.array([1]),
        "II": np.array([-2]),
    }
    restored = xli.restore_limb_leads(leads)
    assert [int(restored[k][0]) for k in ("III", "aVR", "aVL", "aVF")] == [-3, 1, 2, -3]


def tail(rate: float, level: int = 400) -> np.ndarray:
    """Zeros, a 200 ms pulse of 1 mV, zeros: one second."""
    second = np.zeros(round(rate), np.int64)
    second[round(0.7 * rate) : round(0.9 * rate)] = level
    return second


@pytest.mark.parametrize("compressed", [True, False])
def test_calibration_tail_is_dropped(compressed, truth, tmp_path):
    # Half a second more of ECG and then the tail, as devices store it.
    path = tmp_path / "x.xml"
    ecg = np.full(100, 7)
    text = sierra_text(truth, compressed=compressed, tail=np.concatenate([ecg, tail(250.0)]))
    path.write_bytes(text.encode("utf-16"))
    record = io.read(path)
    assert record.duration_s == truth.duration_s
    assert record.notices[0].code == "calibration_dropped"


def test_zeros_without_pulse_are_kept(truth, tmp_path):
    path = tmp_path / "x.xml"
    path.write_bytes(
        sierra_text(truth, compressed=False, tail=tail(250.0, level=0)).encode("utf-16")
    )
    assert io.read(path).duration_s == truth.duration_s + 1


def test_recording_without_tail_is_kept_whole(truth, files):
    assert io.read(files["sierra_xli"]).duration_s == truth.duration_s
