"""What is measured in an ECG is measured once; whatever could change it is noticed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import synthetic_record

from elvmass.card import BeatSpec
from elvmass.choices import AS_TRAINED
from elvmass.record import Patient, Sex
from elvmass.signal import once
from elvmass.signal.once import content, prepare_once
from elvmass.signal.prepare import prepare

SPEC = BeatSpec()


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch) -> None:
    monkeypatch.setattr(once, "_kept", type(once._kept)())


def test_another_patient_has_the_same_beat() -> None:
    record = synthetic_record()
    first = prepare_once(record, SPEC, AS_TRAINED, each_beat=True)
    other = replace(record, patient=Patient(sex=Sex.FEMALE, weight_kg=99.0))
    again = replace(other, signal_mv=record.signal_mv.copy())
    assert prepare_once(again, SPEC, AS_TRAINED, each_beat=True) is first


def test_it_is_what_would_be_prepared_for_the_patient() -> None:
    record = synthetic_record()
    ours = prepare_once(record, SPEC, AS_TRAINED, each_beat=True)
    plain = prepare(record, SPEC, AS_TRAINED, each_beat=True)
    np.testing.assert_array_equal(ours.beat.signal_mv, plain.beat.signal_mv)
    assert len(ours.clean_beats) == len(plain.clean_beats) > 0
    assert (ours.measured, ours.notices) == (plain.measured, plain.notices)


def test_whatever_is_measured_or_asked_otherwise_is_prepared_anew() -> None:
    record = synthetic_record()
    first = prepare_once(record, SPEC, AS_TRAINED, each_beat=False)
    louder = record.signal_mv.copy()
    louder[3, -1] += 0.001
    for changed in (
        replace(record, signal_mv=louder),
        replace(record, rate_hz=record.rate_hz + 1.0),
        replace(record, device_filter="0.05-40 Hz"),
    ):
        assert content(changed) != content(record)
        assert prepare_once(changed, SPEC, AS_TRAINED, each_beat=False) is not first
    median = replace(AS_TRAINED, notch="off")
    assert prepare_once(record, SPEC, median, each_beat=False) is not first
    assert prepare_once(record, SPEC, AS_TRAINED, each_beat=True).clean_beats


def test_only_the_last_are_kept() -> None:
    record = synthetic_record()
    for each_beat in (False, True):
        prepare_once(record, SPEC, AS_TRAINED, each_beat=each_beat)
    prepare_once(replace(record, rate_hz=record.rate_hz + 1.0), SPEC, AS_TRAINED, each_beat=False)
    assert len(once._kept) == 2
