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


@pytest.mark.parametrize(
    ("factor", "code"),
    [
        (0.2, "gain_suspected"),
        (5.0, "gain_suspected"),
        (0.1, "gain_suspected"),
        (0.5, None),
        (2.0, None),
    ],
)
def test_wrong_gain(factor, code):
    record = synthetic_record()
    scaled = replace(record, signal_mv=factor * record.signal_mv)
    assert codes(scaled) == ({code} if code else set())


def test_wander_and_leads_without_signal_are_no_wrong_gain():
    record = synthetic_record()
    wander = 3.0 * np.sin(2 * np.pi * 0.3 * np.arange(5000) / 500)
    assert "gain_suspected" not in codes(replace(record, signal_mv=record.signal_mv + wander))
    signal = record.signal_mv.copy()
    signal[6:] = 0.0
    assert codes(replace(record, signal_mv=signal)) == {"flat_leads"}


def with_pulse(height_mv: float, rows: slice, seconds: float = 0.2) -> Record:
    record = synthetic_record()
    signal = record.signal_mv.copy()
    signal[rows, 4400 : 4400 + round(500 * seconds)] = height_mv
    return replace(record, signal_mv=signal)


def test_calibration_pulse():
    (notice,) = (n for n in doubt(with_pulse(1.0, slice(None))).notices if "pulse" in n.code)
    assert notice.code == "calibration_pulse"
    assert "8.8 s" in notice.message
    assert "calibration_pulse" in codes(with_pulse(1.0, slice(6, 12)))


@pytest.mark.parametrize(
    ("height_mv", "rows", "seconds"),
    [(1.0, slice(6, 9), 0.2), (0.3, slice(None), 0.2), (1.0, slice(None), 0.05)],
)
def test_what_is_no_calibration_pulse(height_mv, rows, seconds):
    assert "calibration_pulse" not in codes(with_pulse(height_mv, rows, seconds))


@pytest.mark.parametrize("hz", [50.0, 60.0])
def test_hum_without_ecg(hz):
    hum = 0.2 * np.sin(2 * np.pi * hz * np.arange(5000) / 500)
    (notice,) = (n for n in doubt(with_lead("V3", hum)).notices if n.code == "mains_only")
    assert "Leads V3 hold" in notice.message
    both = synthetic_record().lead("V3") + 0.1 * hum
    assert "mains_only" not in codes(with_lead("V3", both))


def test_copied_leads():
    record = synthetic_record()
    (notice,) = doubt(with_lead("V5", record.lead("V4"))).notices
    assert notice.code == "duplicate_leads"
    assert "V4 and V5" in notice.message
    twelve = np.tile(record.lead("II"), (12, 1))
    notices = {n.code: n.message for n in doubt(replace(record, signal_mv=twelve)).notices}
    assert notices["duplicate_leads"].startswith("All leads")
    assert "duplicate_leads" not in codes(with_lead("V5", record.lead("V4") + 0.1))


def test_chest_lead_under_a_limb_leads_name():
    record = synthetic_record()
    signal = record.signal_mv.copy()
    signal[[1, 8]] = signal[[8, 1]]  # II and V3
    messages = [n.message for n in doubt(replace(record, signal_mv=signal)).notices]
    assert any("Lead V3 is what lead II should be" in message for message in messages)
    assert "duplicate_leads" in codes(with_lead("V2", record.lead("I")))


def test_lead_of_zeros():
    (notice,) = doubt(with_lead("V6", 0.0)).notices
    assert notice.code == "flat_leads"
    assert "V6: zero throughout" in notice.message


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


@pytest.mark.parametrize("rate_hz", [0.1, 1.0, 50.0, 1e6])
def test_odd_sampling_rates_are_survived(rate_hz):
    record = Record(synthetic_record().signal_mv, rate_hz)
    assert doubt(record).signal_mv is record.signal_mv
