"""Each doubt arises when it should, and a sound record raises none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers import synthetic_record

from elvmass.io.plausibility import doubt
from elvmass.record import LEAD_INDEX, Notice, Patient, Record


def codes(record: Record) -> set[str]:
    return {notice.code for notice in doubt(record).notices}


def with_lead(lead: str, samples: np.ndarray | float) -> Record:
    record = synthetic_record()
    signal = record.signal_mv.copy()
    signal[LEAD_INDEX[lead]] = samples
    return replace(record, signal_mv=signal)


def test_sound_record_raises_no_doubt():
    record = synthetic_record()
    assert codes(record) == set()
    assert doubt(record).patient == record.patient


@pytest.mark.parametrize(
    ("factor", "code"), [(1e-3, "amplitude_low"), (1e3, "amplitude_high"), (1.0, None)]
)
def test_wrong_unit(factor, code):
    record = synthetic_record()
    record = replace(record, signal_mv=record.signal_mv * factor)
    assert ({code} if code else set()) <= codes(record)
    assert not {"amplitude_low", "amplitude_high"} - {code} & codes(record)


def test_offset_and_drift_are_no_wrong_unit():
    record = synthetic_record()
    drift = 3.0 + np.sin(np.arange(5000) / 5000 * 6)
    assert "amplitude_high" not in codes(replace(record, signal_mv=record.signal_mv + drift))


def test_flat_lead():
    (notice,) = (n for n in doubt(with_lead("V4", 0.3)).notices if n.code == "flat_leads")
    assert "V4" in notice.message
    assert "V3" not in notice.message


def test_saturated_lead():
    clipped = np.clip(4 * synthetic_record().lead("V4"), None, 1.5)
    assert "saturated_leads" in codes(with_lead("V4", clipped))


def test_electrode_off():
    railed = synthetic_record().lead("V2").copy()
    railed[1000:1100] = 16.384
    assert "leads_off" in codes(with_lead("V2", railed))


def test_limb_leads_that_contradict():
    record = synthetic_record()
    assert "limb_leads_inconsistent" in codes(with_lead("III", record.lead("V3")))
    assert "limb_leads_inconsistent" in codes(with_lead("aVR", -record.lead("aVR")))
    assert "limb_leads_inconsistent" not in codes(with_lead("aVF", record.lead("aVF") + 0.4))


def test_gap():
    gapped = synthetic_record().lead("V5").copy()
    gapped[10:60] = np.nan
    assert codes(with_lead("V5", gapped)) == {"signal_gaps"}
    assert codes(with_lead("V5", np.nan)) == {"signal_gaps", "flat_leads"}


@pytest.mark.parametrize(("seconds", "code"), [(3.0, "short_recording"), (30.0, "long_recording")])
def test_duration(seconds, code):
    assert codes(synthetic_record(250.0, seconds)) == {code}


def test_low_sampling_rate():
    assert codes(synthetic_record(125.0)) == {"low_sampling_rate"}


@pytest.mark.parametrize(
    ("patient", "code", "kept"),
    [
        (Patient(age_years=12.0), "age_outside_adults", 12.0),
        (Patient(age_years=112.0), "age_outside_adults", 112.0),
        (Patient(age_years=125.0), "age_implausible", None),
        (Patient(height_cm=1.72), "height_implausible", None),
        (Patient(height_cm=300.0), "height_implausible", None),
        (Patient(weight_kg=2.0), "weight_implausible", None),
        (Patient(weight_kg=500.0), "weight_implausible", None),
    ],
)
def test_patient(patient, code, kept):
    record = doubt(replace(synthetic_record(), patient=patient))
    assert [n.code for n in record.notices] == [code]
    values = (record.patient.age_years, record.patient.height_cm, record.patient.weight_kg)
    assert next((v for v in values if v is not None), None) == kept


def test_notices_of_the_reader_come_first_and_are_not_doubled():
    said = Notice("leads_off", "by the device")
    record = with_lead("V2", 16.0 * np.sign(np.sin(np.arange(5000))))
    notices = doubt(replace(record, notices=(said,))).notices
    assert notices[0] is said
    assert [n.code for n in notices].count("leads_off") == 1
