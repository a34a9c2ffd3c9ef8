"""Real recordings: agreement with manual marks, and no surprise in odd files."""

import importlib.util
import sys
from pathlib import Path

import helpers
import numpy as np
import pytest

from elvmass.card import BeatSpec
from elvmass.errors import SignalError
from elvmass.record import Record
from elvmass.signal.prepare import prepare

LUDB = helpers.SHARED / "data" / "ludb" / "ludb_dev.npz"
CINC = helpers.SHARED / "data" / "cinc2021" / "cinc2021_subset_int.npz"
ORACLE = helpers.SHARED / "data" / "formats" / "oracle"

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not LUDB.exists(), reason="no shared folder beside the checkout"),
]


def load(path: Path, name: str):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def ludb_figures():
    """The grader's table for all development records.

    The same as ``python delineation_eval.py ludb:detect --split dev``.
    """
    grader = load(helpers.SHARED / "bench" / "delineation_eval.py", "delineation_eval")
    detect = load(Path(__file__).parents[2] / "bench" / "ludb.py", "ludb_bench").detect
    table = grader.LUDB(LUDB)
    return grader.evaluate(detect, table, table.recs)


# Measured on these records, to which the rules and the network were fitted: SD 4.3, 4.7, 2.8, 3.3,
# 9.9, 6.6 ms. What unseen records get: tests/bench/ludb.py.
@pytest.mark.parametrize(
    ("mark", "sd_ms", "mean_ms"),
    [
        ("P_on", 5.0, 2.0),
        ("P_off", 5.5, 2.0),
        ("QRS_on", 3.5, 2.0),
        ("QRS_off", 4.0, 2.0),
        ("T_on", 11.5, 3.0),
        ("T_off", 8.0, 3.0),
    ],
)
def test_boundaries_agree_with_manual_marks(ludb_figures, mark, sd_ms, mean_ms):
    row = ludb_figures["strata"]["all"]["beat"][mark]
    assert row["SD"] <= sd_ms
    assert abs(row["mean"]) <= mean_ms


def test_beats_and_p_waves_agree_with_manual_marks(ludb_figures):
    figures = ludb_figures["strata"]["all"]
    assert ludb_figures["fails"] == []
    assert figures["gmed"]["QRS_on"]["Se"] >= 99.8
    assert figures["gmed"]["QRS_on"]["PPV"] >= 99.8
    p = figures["beat"]["P_present"]
    assert p["tp"] >= 0.98 * (p["tp"] + p["fn"])
    assert p["tn"] >= 0.8 * (p["tn"] + p["fp"])


def check(record: Record) -> None:
    try:
        found = prepare(record, BeatSpec())
    except SignalError:
        return
    assert np.isfinite(found.beat.signal_mv).all()
    assert found.measured.qrs_ms < 400


def test_odd_recordings_are_read_or_refused():
    with np.load(CINC) as recordings:
        for name in recordings.files:
            rate_hz = 1000.0 if name.startswith("S") else 500.0
            check(Record(recordings[name].T[:, :15000] / 1000.0, rate_hz))


def test_files_of_every_format_are_read_or_refused():
    for path in sorted(ORACLE.glob("*.npz")):
        with np.load(path) as oracle:
            if oracle["ecg_uv"].shape[0] == 12:
                check(Record(oracle["ecg_uv"].astype(float) / 1000.0, float(oracle["fs"])))


def test_leads_off_is_refused():
    with np.load(ORACLE / "sierra_103_mrx_leads_off.npz") as oracle:
        record = Record(oracle["ecg_uv"][:, :5000].astype(float) / 1000.0, 500.0)
    with pytest.raises(SignalError, match="saturated"):
        prepare(record, BeatSpec())
