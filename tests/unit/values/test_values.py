"""The invariants of the central values."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from helpers import synthetic_record, toy_analysis, toy_beat

from elvmass.beat import SEGMENTS, Fiducials, Segment
from elvmass.errors import LeadsError
from elvmass.record import Record, median
from elvmass.result import Estimate, Interval


def test_record_is_read_only() -> None:
    record = synthetic_record()
    with pytest.raises(ValueError, match="read-only"):
        record.signal_mv[0, 0] = 1.0


def test_record_does_not_share_the_callers_array() -> None:
    signal = np.zeros((12, 100))
    record = Record(signal, 500.0)
    signal[0, 0] = 5.0
    assert record.signal_mv[0, 0] == 0.0


@pytest.mark.parametrize(
    ("signal", "rate"),
    [(np.zeros((8, 100)), 500.0), (np.zeros((12, 0)), 500.0), (np.zeros((12, 9)), 0.0),
     (np.full((12, 9), np.inf), 500.0)],
)  # fmt: skip
def test_record_refuses_nonsense(signal: np.ndarray, rate: float) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - four different sentences
        Record(signal, rate)


def test_patient_identifiers_stay_out_of_repr() -> None:
    text = repr(synthetic_record()) + repr(synthetic_record().patient)
    assert "Test, Case" not in text
    assert "T-1" not in text
    assert "synthetic.xml" not in text


def test_segments_cover_every_sample_once() -> None:
    beat = toy_beat(synthetic_record())
    hits = np.zeros(beat.signal_mv.shape[1], dtype=int)
    for parts in beat.segments().values():
        for part in parts:
            hits[part] += 1
    assert (hits == 1).all()


def test_segments_without_p_and_without_t() -> None:
    segments = Fiducials(None, None, 80, 100, None, None).segments(250)
    assert segments[Segment.PR] == segments[Segment.ST] == segments[Segment.T] == ()
    assert segments[Segment.TP] == (slice(0, 80), slice(100, 250))
    labels = Fiducials(None, None, 80, 100, None, None).labels(250)
    assert set(labels) == {SEGMENTS.index(Segment.QRS), SEGMENTS.index(Segment.TP)}


@pytest.mark.parametrize(
    "points",
    [(90, 95, 80, 100, None, None), (10, None, 80, 100, None, None), (10, 20, 100, 80, None, None)],
)
def test_fiducials_refuse_disorder(points: tuple[int | None, ...]) -> None:
    with pytest.raises(ValueError, match=r"fiducial|wave"):
        Fiducials(*points)  # type: ignore[arg-type]


def test_estimate_lies_inside_its_interval() -> None:
    e = toy_analysis().estimate
    fields = {name: getattr(e, name) for name in Estimate.__slots__}
    with pytest.raises(ValueError, match="outside its interval"):
        Estimate(**fields | {"interval": Interval(1.0, 2.0, 0.9)})


def test_errors_survive_pickling() -> None:
    error = LeadsError(None, "lead V3 is missing", "Export all twelve leads")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error) == "ECG: lead V3 is missing. Export all twelve leads"


def test_analysis_survives_pickling() -> None:
    analysis = toy_analysis()
    again = pickle.loads(pickle.dumps(analysis))
    assert np.array_equal(again.beat.signal_mv, analysis.beat.signal_mv)
    assert again.estimate == analysis.estimate


@pytest.mark.parametrize("count", [1, 2, 3, 8, 9])
def test_median_is_numpys_with_gaps_left_out(count: int) -> None:
    rng = np.random.default_rng(count)
    values = rng.normal(size=(3, 4, count))
    assert np.array_equal(median(values), np.median(values, axis=-1))
    values[rng.random(values.shape) < 0.4] = np.nan
    values[..., 0] = 1.0
    assert np.array_equal(median(values), np.nanmedian(values, axis=-1))
    assert median(np.full(count, np.nan)) == 0.0
