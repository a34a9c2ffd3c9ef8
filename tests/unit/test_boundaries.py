"""Boundaries drawn by hand: where they may stand, where they snap to, what follows."""

from __future__ import annotations

import csv
import subprocess
import sys
from dataclasses import replace

import helpers
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

import elvmass
from elvmass.beat import SEGMENTS, Fiducials, Segment
from elvmass.boundaries import (
    BOUNDARIES,
    SNAP_S,
    intervals_ms,
    intervals_text,
    limits,
    moved,
    present,
    shifts_ms,
    shifts_text,
    slope_change,
    snapped,
)
from elvmass.model.importance import segment_importance, with_boundaries
from elvmass.report.as_json import estimate_json
from elvmass.report.as_text import estimate_text
from elvmass.report.saliency_files import write_saliency

BEAT = helpers.toy_beat(helpers.synthetic_record(noise_mv=0.0))  # 250 Hz, 250 samples, R at 88
AUTOMATIC = BEAT.fiducials  # 35 60 77 100 128 178


def with_fiducials(*points: int | None):
    return replace(BEAT, fiducials=Fiducials(*points))


# --- where a boundary may stand --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "room"),
    [
        ("p_on", (0, 60 - 8)),  # a P wave of 30 ms at least
        ("p_off", (35 + 8, 77)),  # up to QRS
        ("qrs_on", (60, 88)),  # 40 ms of QRS would allow 90, but the R peak stays inside
        ("qrs_off", (89, 128)),
        ("t_on", (100, 178 - 15)),  # a T wave of 60 ms at least
        ("t_off", (128 + 15, 250)),
    ],
)
def test_neighbours_and_least_widths_limit_a_boundary(name, room) -> None:
    assert limits(BEAT, name) == room
    for sample in (-1000, 1000):
        assert getattr(moved(BEAT, name, sample), name) in room


def test_a_boundary_may_stay_where_it_was_found() -> None:
    narrow = with_fiducials(35, 37, 85, 91, 128, 130)  # waves shorter than one may draw them
    for name in BOUNDARIES:
        assert moved(narrow, name, getattr(narrow.fiducials, name)) == narrow.fiducials
    assert limits(narrow, "p_off") == (37, 85)


def test_the_neighbouring_beats_are_out_of_reach() -> None:
    cut = replace(BEAT, valid_from=20, valid_to=200)
    assert moved(cut, "p_on", 0).p_on == 20
    assert moved(cut, "t_off", 249).t_off == 200


def test_without_p_or_t_the_neighbours_are_others() -> None:
    beat = with_fiducials(None, None, 77, 100, None, None)
    assert present(beat.fiducials) == ("qrs_on", "qrs_off")
    assert limits(beat, "qrs_on") == (0, 88)
    assert limits(beat, "qrs_off") == (89, 250)
    with pytest.raises(ValueError, match="p_on"):
        limits(beat, "p_on")


@given(st.lists(st.tuples(st.sampled_from(BOUNDARIES), st.integers(-50, 300)), max_size=30))
def test_no_series_of_moves_breaks_the_order(moves) -> None:
    beat = BEAT
    for name, sample in moves:
        beat = replace(beat, fiducials=moved(beat, name, sample))  # Fiducials checks the order
    f = beat.fiducials
    assert f.p_off - f.p_on >= 8
    assert f.qrs_off - f.qrs_on >= 10
    assert f.t_off - f.t_on >= 15
    assert f.qrs_on <= beat.r_index < f.qrs_off
    assert sum(part.stop - part.start for p in beat.segments().values() for part in p) == 250


# --- snapping --------------------------------------------------------------------------------


def corner(at: int, *, end: bool = True):
    """A beat of straight lines that come to rest at one boundary in all leads, or set out."""
    samples = np.arange(250)
    line = 0.05 * np.minimum(samples - at, 0) if end else 0.05 * np.maximum(samples - at, 0)
    return replace(BEAT, signal_mv=np.tile(line, (12, 1)))


@pytest.mark.parametrize("at", [95, 101, 110])
@pytest.mark.parametrize("off", [-3, -0.4, 0, 2.7])
def test_an_end_is_where_the_traces_come_to_rest(at, off) -> None:
    assert abs(snapped(corner(at), "qrs_off", at + off) - at) <= 1
    assert abs(snapped(corner(at, end=False), "t_on", at + off) - at) <= 1


def test_an_onset_is_not_caught_by_an_end() -> None:
    assert snapped(corner(100), "t_on", 102.0) == 102
    assert snapped(corner(100, end=False), "qrs_off", 102.0) == 102


def test_far_from_a_change_the_sample_under_the_hand_counts() -> None:
    beat = corner(100)
    reach = SNAP_S * beat.rate_hz
    for sample in (100 + 4 * reach, 60.4, -20.0, 400.0):
        assert snapped(beat, "qrs_off", sample) == round(sample)


def test_the_change_is_one_of_steepness_over_all_leads() -> None:
    change = slope_change(corner(100), "qrs_off")
    assert change.shape == (251,)
    # 12 leads of 0.05 mV a sample at 250 Hz, against what counts as flat
    assert change.max() == pytest.approx(np.log((np.sqrt(12) * 12.5 + 2.0) / 2.0), rel=0.05)
    assert abs(int(change.argmax()) - 100) <= 1
    straight = np.concatenate([change[10:85], change[115:240]])
    np.testing.assert_allclose(straight, 0.0, atol=1e-9)
    half = replace(corner(100), signal_mv=corner(100).signal_mv * np.eye(12)[:, :1])
    assert 0 < slope_change(half, "qrs_off").max() < change.max()


# --- what follows ----------------------------------------------------------------------------


def test_importance_follows_and_the_estimate_stays() -> None:
    found = helpers.toy_analysis()
    drawn = with_boundaries(found, moved(found.beat, "qrs_off", 110))
    assert drawn.estimate is found.estimate
    assert drawn.saliency is found.saliency
    assert drawn.measured is found.measured
    assert drawn.automatic == found.beat.fiducials
    assert drawn.moved_ms == {"qrs_off": 40.0}
    absolute = np.abs(found.saliency.values_g)
    qrs, st_ = SEGMENTS.index(Segment.QRS), SEGMENTS.index(Segment.ST)
    np.testing.assert_allclose(
        drawn.importance.share[:, qrs], absolute[:, 77:110].sum(axis=1) / absolute.sum()
    )
    np.testing.assert_allclose(
        drawn.importance.net_g[:, st_], found.saliency.values_g[:, 110:128].sum(axis=1)
    )
    assert drawn.importance.seconds[qrs] == pytest.approx(33 / 250)
    assert drawn.importance.share.sum() == pytest.approx(1.0)


def test_going_back_leaves_no_correction() -> None:
    found = helpers.toy_analysis()
    twice = with_boundaries(with_boundaries(found, moved(found.beat, "t_on", 140)),
                            moved(found.beat, "t_off", 190))  # fmt: skip
    assert twice.automatic == found.beat.fiducials  # what was found, not what came before
    assert twice.moved_ms == {"t_off": 48.0}
    back = with_boundaries(twice, found.beat.fiducials)
    assert back.automatic is None
    assert back.moved_ms == {}
    expected = segment_importance(found.saliency, found.beat)
    np.testing.assert_array_equal(back.importance.share, expected.share)


def test_boundaries_of_another_beat_are_refused() -> None:
    found = helpers.toy_analysis()
    with pytest.raises(ValueError, match="other waves"):
        with_boundaries(found, Fiducials(None, None, 77, 100, 128, 178))
    with pytest.raises(ValueError, match="outside the beat"):
        with_boundaries(found, Fiducials(35, 60, 77, 100, 128, 251))


def test_without_an_explanation_there_is_no_importance() -> None:
    bare = replace(helpers.toy_analysis(), saliency=None, importance=None)
    assert with_boundaries(bare, moved(bare.beat, "p_on", 40)).importance is None


def test_our_smoothing_is_scipys() -> None:
    found = helpers.toy_analysis()
    absolute = np.abs(found.saliency.values_g)
    smooth = gaussian_filter1d(absolute, 2.5, axis=1)
    kept = np.where(smooth >= smooth.max() / 2, smooth, 0.0)
    member = found.beat.labels()[:, None] == np.arange(5)
    seed_like = segment_importance(found.saliency, found.beat).seed_like
    np.testing.assert_allclose(seed_like, kept @ member / kept.sum(), rtol=1e-12)


def test_no_step_of_a_drag_needs_scipy_or_torch() -> None:
    code = (
        "import sys, elvmass.boundaries, elvmass.model.importance\n"
        "assert not {'scipy', 'torch', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- words and files -------------------------------------------------------------------------


def test_words_say_which_and_how_far() -> None:
    after = replace(AUTOMATIC, p_on=33, qrs_off=103)
    assert shifts_ms(AUTOMATIC, after, 250.0) == {"p_on": -8.0, "qrs_off": 12.0}
    told = shifts_text(shifts_ms(AUTOMATIC, after, 250.0))
    assert told == "P onset −8 ms, QRS end +12 ms"
    assert intervals_text(intervals_ms(after, 250.0)) == "PR 176 ms, QRS 104 ms, QT 404 ms"
    lone = Fiducials(None, None, 77, 100, None, None)
    assert intervals_ms(lone, 250.0) == {"QRS": 92.0}


def test_json_and_text_name_the_correction(tmp_path) -> None:
    found = helpers.toy_analysis()
    assert estimate_json(found)["beat"]["boundaries_by_hand"] is None
    assert "by hand" not in estimate_text(found)
    drawn = with_boundaries(found, moved(found.beat, "qrs_off", 103))
    beat = estimate_json(drawn)["beat"]
    assert beat["fiducials_ms"]["qrs_off"] == 412.0
    assert beat["boundaries_by_hand"]["moved_ms"] == {"qrs_off": 12.0}
    assert beat["boundaries_by_hand"]["automatic_ms"]["qrs_off"] == 400.0
    assert beat["boundaries_by_hand"]["intervals_ms"]["QRS"] == 104.0
    assert "boundaries of this beat: QRS end +12 ms" in estimate_text(drawn)


def test_a_saliency_file_keeps_the_automatic_segments(tmp_path) -> None:
    found = helpers.toy_analysis()
    drawn = with_boundaries(found, moved(found.beat, "qrs_off", 103))
    write_saliency(found, tmp_path / "found.csv")
    write_saliency(drawn, tmp_path / "drawn.csv")
    with (tmp_path / "found.csv").open() as file:
        assert "segment_automatic" not in csv.DictReader(file).fieldnames
    with (tmp_path / "drawn.csv").open() as file:
        rows = list(csv.DictReader(file))[99:104]
    assert [row["segment"] for row in rows] == ["QRS"] * 4 + ["ST"]
    assert [row["segment_automatic"] for row in rows] == ["QRS"] + ["ST"] * 4


# --- the whole road --------------------------------------------------------------------------


def test_the_pipeline_takes_drawn_boundaries() -> None:
    record = helpers.synthetic_record()
    found = elvmass.analyse(record)
    fiducials = moved(found.beat, "qrs_off", found.beat.fiducials.qrs_off + 5)
    drawn = elvmass.analyse(record, boundaries=fiducials)
    assert drawn.estimate.mass_g == found.estimate.mass_g
    np.testing.assert_array_equal(drawn.saliency.values_g, found.saliency.values_g)
    assert drawn.moved_ms == {"qrs_off": 20.0}
    here = with_boundaries(found, fiducials)
    np.testing.assert_array_equal(drawn.importance.share, here.importance.share)


def test_a_method_of_segments_explains_by_the_drawn_ones() -> None:
    record = helpers.synthetic_record()
    found = elvmass.analyse(record, method="occlusion")
    fiducials = moved(found.beat, "qrs_off", found.beat.fiducials.qrs_off + 5)
    drawn = elvmass.analyse(record, method="occlusion", boundaries=fiducials)
    rows = drawn.saliency.values_g[:, fiducials.qrs_on : fiducials.qrs_off]
    np.testing.assert_allclose(rows, rows[:, :1] * np.ones(rows.shape[1]))  # one cell, one value
