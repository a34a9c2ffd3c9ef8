import helpers
import numpy as np
import pytest

from elvmass.card import BeatSpec
from elvmass.errors import SignalError
from elvmass.signal import delineate_nk
from elvmass.signal.filters import band_pass
from elvmass.signal.prepare import prepare


@pytest.fixture(scope="module")
def lead_and_peaks():
    record = helpers.synthetic_record()
    lead = band_pass(record.signal_mv, 500.0, (0.5, 40.0))[1]
    r = np.rint(np.array(prepare(record, BeatSpec()).beat_times_s) * 500).astype(np.intp)
    return lead, r


@pytest.mark.parametrize("method", ["prominence", "dwt"])
def test_one_set_of_boundaries_per_beat(lead_and_peaks, method):
    lead, r = lead_and_peaks
    found = delineate_nk.delineate_lead(lead, 500.0, r, method)
    assert len(found) == r.size
    inner = found[3:8]
    assert all(
        f is not None and f.qrs_on <= peak <= f.qrs_off
        for f, peak in zip(inner, r[3:8], strict=True)
    )
    assert np.median(
        [f.t_off - peak for f, peak in zip(inner, r[3:8], strict=True)]
    ) == pytest.approx(180, abs=20)


def test_a_wrong_count_is_refused(lead_and_peaks, monkeypatch):
    lead, r = lead_and_peaks
    short = {f"ECG_{k}": [1.0] * (r.size - 1) for k in ("P_Onsets", "P_Offsets", "R_Onsets")}
    monkeypatch.setattr(delineate_nk.neurokit2, "ecg_delineate", lambda *a, **k: (None, short))
    with pytest.raises(SignalError, match=f"{r.size - 1} P_Onsets for {r.size} heartbeats"):
        delineate_nk.delineate_lead(lead, 500.0, r)


def test_contradictory_edges_become_none():
    nan = float("nan")
    assert delineate_nk._fiducials((1, 2, nan, 9, 10, 11), 5) is None
    assert delineate_nk._fiducials((1, 2, 6, 9, 10, 11), 5) is None
    found = delineate_nk._fiducials((5, 2, 4, 9, 10, nan), 5)
    assert (found.p_on, found.p_off, found.t_on, found.t_off) == (None, None, None, None)


def test_unknown_method_is_refused(lead_and_peaks):
    with pytest.raises(ValueError, match="method"):
        delineate_nk.delineate_lead(*lead_and_peaks[:1], 500.0, lead_and_peaks[1], "magic")
