"""Exchanged electrodes, pacing and an impossible rate are suspected when they should be."""

from dataclasses import replace

import helpers
import numpy as np
import pytest

from elvmass.card import BeatSpec
from elvmass.record import Measurements, Notice, Record
from elvmass.signal import electrodes
from elvmass.signal.measure import Waves
from elvmass.signal.prepare import find, prepare

SPEC = BeatSpec()
LUDB = helpers.SHARED / "data" / "ludb" / "ludb_dev.npz"
BY_NAME = {exchange.name: exchange for exchange in electrodes.EXCHANGES}
INDEPENDENT = [0, 1, 6, 7, 8, 9, 10, 11]


def exchanged(record: Record, name: str) -> Record:
    """Exchange twice and it is as it was, so `back` also simulates; rotations are each other's."""
    back = BY_NAME[name].back
    return replace(record, signal_mv=helpers.twelve(back @ record.signal_mv[INDEPENDENT]))


def suspicion(record: Record) -> Notice | None:
    notices = [n for n in prepare(record, SPEC).notices if n.code.startswith("suspected_")]
    assert len(notices) <= 1
    return notices[0] if notices else None


def codes(record: Record) -> set[str]:
    return {notice.code for notice in prepare(record, SPEC).notices}


@pytest.mark.parametrize("name", ["RA-LA", "RA-LL", "LA-LL", "RA-LA-LL", "RA-LL-LA"])
def test_exchanged_limb_electrodes_are_suspected(name):
    notice = suspicion(exchanged(helpers.synthetic_record(), name))
    assert notice is not None
    assert notice.code == "suspected_limb_reversal"
    assert "agree better" in notice.message


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("V1-V2", "V1 and V2 may"),
        ("V3-V4", "V3 and V4 may"),
        ("V4-V5", "V4 and V5 may"),
        ("V1-V3", "V1 and V3 may"),
        ("V6-V1", "in reverse order"),
        ("V4-V6, V1-V3", "V1-V3 and V4-V6"),
    ],
)
def test_exchanged_chest_electrodes_are_named(name, words):
    notice = suspicion(exchanged(helpers.synthetic_record(), name))
    assert notice is not None
    assert notice.code == "suspected_precordial_swap"
    assert words in notice.message


def test_the_usual_order_is_not_suspected():
    assert suspicion(helpers.synthetic_record()) is None


@pytest.mark.parametrize("name", ["RA-LA", "V3-V4"])
def test_gain_does_not_matter(name):
    record = exchanged(helpers.synthetic_record(noise_mv=0.0), name)
    half = replace(record, signal_mv=0.5 * record.signal_mv)
    assert suspicion(half) == suspicion(record)


@pytest.mark.parametrize(
    ("rows", "centre", "lead", "words"),
    [
        (((1.0, -1.0), (0.0, 0.0)), (0.0, 1 / 3), "II", "right arm and right leg"),
        (((0.0, 1.0), (0.0, 1.0)), (-1 / 3, 1 / 3), "III", "left arm and right leg"),
        (((0.0, 0.0), (1.0, -1.0)), (0.0, 1 / 3), "I", "Both arm electrodes"),
    ],
)
def test_an_arm_electrode_on_a_leg_leaves_a_lead_flat(rows, centre, lead, words):
    record = helpers.synthetic_record()
    limb = record.signal_mv[:2]
    chest = record.signal_mv[6:] - np.array(centre) @ limb
    noise = 0.004 * np.random.default_rng(1).standard_normal((2, limb.shape[1]))
    eight = np.concatenate([np.array(rows) @ limb + noise, chest])
    notice = suspicion(replace(record, signal_mv=helpers.twelve(eight)))
    assert notice is not None
    assert notice.code == "suspected_limb_reversal"
    assert words in notice.message
    assert f"lead {lead} " in notice.message


def test_every_exchange_undoes_itself_or_a_rotation():
    for exchange in electrodes.EXCHANGES:
        turns = 3 if exchange.name in ("RA-LA-LL", "RA-LL-LA") else 2
        np.testing.assert_array_equal(np.linalg.matrix_power(exchange.back, turns), np.eye(8))


def test_a_beat_without_p_and_t_is_judged_by_qrs():
    found = find(exchanged(helpers.synthetic_record(), "RA-LA"))
    waves = Waves(None, None, found.waves.qrs_on, found.waves.qrs_off, None, None)
    notice = electrodes.suspect(found.beat_mv, found.offsets_s, waves)
    assert notice is not None
    assert "QRS" in notice.message


def test_moments_have_a_trace_of_one_or_nothing():
    rng = np.random.default_rng(4)
    parts = [rng.standard_normal((8, 20)), rng.standard_normal((8, 0))]
    whole, none = electrodes.second_moments(parts)
    assert np.trace(whole) == pytest.approx(1.0)
    assert not none.any()


def paced(rate_hz: float, ahead_s: float, height_mv: float = 1.5, every: int = 1) -> Record:
    """Spikes of 1 ms before every QRS (R at 0.5 s, 0.5 s + 60/72 s, ...)."""
    record = helpers.synthetic_record(rate_hz)
    signal = record.signal_mv.copy()
    for r_s in np.arange(0.5, 9.9, 60 / 72)[::every]:
        at = round((r_s - ahead_s) * rate_hz)
        signal[:, at : at + max(1, round(0.001 * rate_hz))] += height_mv
    return replace(record, signal_mv=signal)


@pytest.mark.parametrize("rate_hz", [500.0, 1000.0])
@pytest.mark.parametrize("ahead_s", [0.05, 0.2])
def test_pacing_spikes_before_qrs_or_p_are_seen(rate_hz, ahead_s):
    assert "pacing_suspected" in codes(paced(rate_hz, ahead_s))


def test_single_needles_and_slow_rates_are_no_pacing():
    assert "pacing_suspected" not in codes(paced(500.0, 0.05, every=4))
    assert "pacing_suspected" not in codes(paced(250.0, 0.05))
    assert "pacing_suspected" not in codes(paced(500.0, 0.05, height_mv=0.05))


def test_noise_and_gaps_are_no_pacing():
    assert "pacing_suspected" not in codes(helpers.synthetic_record(noise_mv=0.4))
    record = paced(500.0, 0.05)
    signal = record.signal_mv.copy()
    signal[:, 2000:2100] = np.nan
    assert "pacing_suspected" in codes(replace(record, signal_mv=signal))


@pytest.mark.parametrize(
    ("reported", "differs"), [(72.0, False), (80.0, False), (144.0, True), (36.0, True)]
)
def test_reported_rate_against_ours(reported, differs):
    record = replace(helpers.synthetic_record(), reported=Measurements(rate_bpm=reported))
    assert ("reported_rate_differs" in codes(record)) == differs


def test_a_wrong_sampling_rate_shows_in_the_rate():
    record = helpers.synthetic_record(bpm=72.0)
    wrong = Record(record.signal_mv, 2 * record.rate_hz, reported=record.reported)
    assert "reported_rate_differs" in codes(wrong)


@pytest.mark.shared
@pytest.mark.skipif(not LUDB.exists(), reason="no shared folder beside the checkout")
def test_real_recordings_are_rarely_suspected_and_arm_reversals_nearly_always():
    with np.load(LUDB) as table:
        records = [Record(signal / 1000.0, 500.0) for signal in table["sig"][::3]]
    found = [find(record) for record in records]
    unflagged = [electrodes.suspect(f.beat_mv, f.offsets_s, f.waves) is None for f in found]
    assert np.mean(unflagged) >= 0.97
    arms = [find(exchanged(record, "RA-LA")) for record in records]
    seen = [electrodes.suspect(f.beat_mv, f.offsets_s, f.waves) is not None for f in arms]
    assert np.mean(seen) >= 0.95
