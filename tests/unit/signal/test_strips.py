from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import synthetic_record, synthetic_signal

from elvmass.card import BeatSpec, View
from elvmass.signal.filters import band_pass
from elvmass.signal.prepare import prepare

STRIP = BeatSpec(view=View.STRIP)
RAW = replace(STRIP, rate_hz=500.0, raw=True)


def test_a_raw_strip_at_the_records_own_rate_is_the_record():
    record = synthetic_record()
    prepared = prepare(record, RAW)
    np.testing.assert_array_equal(prepared.strip.signal_mv, record.signal_mv)
    assert (prepared.strip.rate_hz, prepared.strip.start_s) == (500.0, 0.0)
    assert "unfiltered" in prepared.filter_text


@pytest.mark.parametrize("rate_hz", [250.0, 499.0, 1000.0])
@pytest.mark.parametrize("model_hz", [250.0, 500.0])
def test_strips_of_all_rates_show_the_same_heart(rate_hz, model_hz):
    clean = synthetic_signal(model_hz, 10.0)
    found = prepare(synthetic_record(rate_hz), replace(RAW, rate_hz=model_hz)).strip
    assert found.signal_mv.shape == (12, round(10 * model_hz))
    assert found.start_s == 0.0
    np.testing.assert_allclose(found.signal_mv[:, 20:-20], clean[:, 20:-20], atol=0.03)


def test_a_filtered_strip_holds_what_the_beat_holds():
    spec = replace(STRIP, hold_outside_cycle=False)
    record = synthetic_record()
    prepared = prepare(record, spec)
    first = round(prepared.beat.start_s * 250)
    part = prepared.strip.signal_mv[:, first : first + 250]
    # the beat begins between two samples of the strip
    np.testing.assert_allclose(part, prepared.beat.signal_mv, atol=0.15)
    assert np.corrcoef(part.ravel(), prepared.beat.signal_mv.ravel())[0, 1] > 0.99
    same = band_pass(record.signal_mv, 500.0, spec.band_hz)[:, ::2]
    np.testing.assert_allclose(prepared.strip.signal_mv, same, atol=0.005)
    assert "filtered in the same way" in prepared.filter_text


def test_a_long_record_gives_its_middle():
    record = synthetic_record(seconds=14.0)
    prepared = prepare(record, RAW)
    assert prepared.strip.start_s == 2.0
    np.testing.assert_array_equal(prepared.strip.signal_mv, record.signal_mv[:, 1000:6000])
    assert not any(n.code == "strip_padded" for n in prepared.notices)


def test_a_short_record_is_padded_with_its_ends_never_stretched_and_it_is_said():
    record = synthetic_record(seconds=6.0)
    prepared = prepare(record, RAW)
    signal = prepared.strip.signal_mv
    assert prepared.strip.start_s == -2.0
    np.testing.assert_array_equal(signal[:, 1000:4000], record.signal_mv)
    assert (signal[:, :1000] == record.signal_mv[:, :1]).all()
    assert (signal[:, 4000:] == record.signal_mv[:, -1:]).all()
    (notice,) = (n for n in prepared.notices if n.code == "strip_padded")
    assert "lasts 6.0 s" in notice.message


def test_gaps_are_bridged():
    record = synthetic_record()
    signal = record.signal_mv.copy()
    signal[:, 300:320] = np.nan
    found = prepare(replace(record, signal_mv=signal), RAW).strip.signal_mv
    np.testing.assert_allclose(found[0, 300:320], np.interp(
        np.arange(300, 320), [299, 320], signal[0, [299, 320]]))  # fmt: skip


def test_the_beat_beside_a_strip_is_that_of_a_model_of_beats():
    record = synthetic_record()
    beside, alone = prepare(record, STRIP), prepare(record, STRIP.of_beat)
    np.testing.assert_array_equal(beside.beat.signal_mv, alone.beat.signal_mv)
    assert alone.strip is None
    assert alone.seen is alone.beat
    assert (STRIP.n_samples, STRIP.of_beat.n_samples) == (2500, 250)
