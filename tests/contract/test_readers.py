"""One set of claims about every reader, over the third-party files beside the checkout.

The oracle arrays come from other programs (see the manifest): ecgdatakit 2.0.3, ecghelper 0.8.3,
sierraecg 0.4.0, pydicom 3.0.2, wfdb 4.3.1, pyedflib 0.1.42; where a file was made by its author,
from the samples that were put in.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from helpers import SHARED

from elvmass import io
from elvmass.errors import FileError, LeadsError, TooShortError
from elvmass.record import LEADS, Record, Sex

FORMATS = SHARED / "data" / "formats"
REFUSED = {"reject_leads": LeadsError, "reject_short": TooShortError}

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FORMATS.is_dir(), reason="shared folder missing"),
]


def manifest() -> list[dict[str, Any]]:
    path = FORMATS / "MANIFEST.json"
    if not path.is_file():
        return []
    entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["files"]
    return entries


ALL = {entry["id"]: entry for entry in manifest()}
ENTRIES = {name: entry for name, entry in ALL.items() if entry["expect"] not in REFUSED}
MEASURED = {
    "hr_bpm": "rate_bpm", "pr_ms": "pr_ms", "qrs_ms": "qrs_ms", "qt_ms": "qt_ms",
    "qtc_ms": "qtc_ms", "p_axis_deg": "p_axis_deg", "qrs_axis_deg": "qrs_axis_deg",
    "t_axis_deg": "t_axis_deg",
}  # fmt: skip

# Age in years that each file gives, by statement or by birth date and day of recording.
AGES = {
    "muse_mac55_ht_wt": 40, "muse_mac55_simulator1": 60, "muse_ecg2dcm_synthetic": 45,
    "sierra_103_mrx_brady": 50, "sierra_103_mrx_leads_off": 50, "sierra_103_repbeats_hybrid": 50,
    "sierra_104_pagewriter_touch_lvh_utf16": 60, "sierra_10401_synth_uncompressed": 69,
    "aecg_hl7_example_eli250": 46, "dcm_mortara_el250_1000hz": 42,
    "dcm_ecgtoolkit_implicit_padding0": 49, "scp_ecgtoolkit_12lead": 49,
    "scp_demo_raw_8lead_1000hz": 47, "scp_welchallyn_2008_normal": 40, "wfdb_ptb_s0010": 81,
    "wfdb_cpsc_A0001": 74, "edfplus_synth_cpsc_500hz": 50, "cardiosoft_v673_fulldisclosure": 53,
    "eli_synth_ptb_1000hz": 81, "schiller_synth_cpsc_500hz": 50, "mfer_synth_12lead_be_500hz": 49,
    "ishne_synth_ptb_1000hz": 111,
}  # fmt: skip

# cm and kg, where the manifest gives them in another unit.
SIZES = {"eli_synth_ptb_1000hz": (64 * 2.54, 154 * 0.45359237)}

# Doubts that each file deserves; no other may arise.
NOTICES = {
    "muse_ecg2dcm_synthetic": {"checksum_mismatch"},
    "muse_mac55_simulator1": {"pacemaker"},  # the device states a ventricular-paced rhythm
    "muse_thirdparty_12lead_mv": {"long_recording"},
    "sierra_103_mrx_brady": {"calibration_dropped"},
    "sierra_103_mrx_leads_off": {"calibration_dropped", "leads_off", "amplitude_high"},
    "sierra_103_repbeats_hybrid": {"calibration_dropped"},
    "sierra_104_pagewriter_touch_lvh_utf16": {"calibration_dropped"},
    "sierra_10401_synth_uncompressed": {"calibration_dropped"},
    "aecg_hl7_example_eli250": {"age_contradicts_birth_date"},
    "eli_synth_ptb_1000hz": {"age_contradicts_birth_date"},
    "scp_contec_len16_overflow": {"length_mismatch", "long_recording", "flat_leads"},
    "wfdb_ptb_s0010": {"long_recording"},
    "wfdb_cpsc_A0001": {"long_recording"},
    "edf_cpsc_A0001": {"long_recording"},
    "csv_time_mv_12lead": {"long_recording", "unit_assumed"},
    "ishne_synth_ptb_1000hz": {"age_outside_adults"},
}  # fmt: skip


@pytest.fixture(scope="module")
def records() -> dict[str, Record]:
    return {name: io.read(FORMATS / entry["path"]) for name, entry in ENTRIES.items()}


@pytest.fixture(params=sorted(ENTRIES))
def case(request: pytest.FixtureRequest, records: dict[str, Record]) -> tuple[dict, Record]:
    return ENTRIES[request.param], records[request.param]


def test_signal_equals_the_oracle(case):
    entry, record = case
    with np.load(FORMATS / entry["oracle"]) as oracle:
        expected, n = oracle["ecg_uv"], int(oracle["analysis_samples"])
        assert record.rate_hz == float(oracle["fs"]) == entry["sampling_rate_hz"]
    assert record.signal_mv.shape == (12, n)
    error_uv = np.abs(record.signal_mv * 1000 - expected[:, :n]).max(axis=1)
    for lead, error in zip(LEADS, error_uv, strict=True):
        assert error <= (2.44 if lead in record.derived_leads else 0.01), lead


def test_derived_leads_are_those_that_the_file_lacks(case):
    entry, record = case
    stored = {name.lower() for name in entry["leads_in_file"]}
    assert record.derived_leads == tuple(n for n in LEADS if n.lower() not in stored)


def test_signal_is_finite_and_read_only(case):
    _, record = case
    assert np.isfinite(record.signal_mv).all()
    assert not record.signal_mv.flags.writeable


def test_source_names_the_file(case):
    entry, record = case
    assert record.source.sha256 == entry["sha256"]
    assert record.source.path == FORMATS / entry["path"]
    assert record.source.format in {row.name for row in io.FORMATS}


def test_patient_is_what_the_manifest_says(case):
    entry, record = case
    stated = entry["demographics_present"]
    sexes = {"m": Sex.MALE, "f": Sex.FEMALE}
    assert record.patient.sex is sexes.get(str(stated.get("sex", "?"))[0].lower())
    assert record.patient.age_years == AGES.get(entry["id"])
    height, weight = SIZES.get(entry["id"], _size(stated))
    assert record.patient.height_cm == pytest.approx(height)
    assert record.patient.weight_kg == pytest.approx(weight)


def _size(stated: dict[str, Any]) -> tuple[float | None, float | None]:
    """cm and kg of the manifest; raw values of SCP-ECG come with their unit code (1: cm, kg)."""
    height, weight = stated.get("height_raw", (0, 1)), stated.get("weight_raw", (0, 1))
    return (
        stated.get("height_cm", height[0] or None),
        stated.get("weight_kg", weight[0] or None),
    )


def test_measurements_are_the_device_s(case):
    entry, record = case
    for key, name in MEASURED.items():
        device = entry["device_measurements"]
        stated = device.get(key, device.get(f"{key}_from_fiducials"))  # SCP-ECG stores points
        if stated is not None:
            expected = None if stated == "Failed" else stated
            assert getattr(record.reported, name) == expected, key
    if rr_ms := entry["device_measurements"].get("rr_ms"):
        assert record.reported.rate_bpm == pytest.approx(60000 / rr_ms)


def test_only_deserved_notices_arise(case):
    entry, record = case
    assert {notice.code for notice in record.notices} == NOTICES.get(entry["id"], set())


def test_notices_and_repr_keep_the_patient_to_themselves(case):
    _, record = case
    words = [n.message for n in record.notices] + [repr(record.patient), repr(record.source)]
    for secret in (record.patient.id, record.patient.name):
        assert secret is None or not any(secret in word for word in words)


def test_twins_agree(records):
    """The HL7 sample and its DICOM conversion hold the same tracing."""
    aecg = records["aecg_hl7_example_eli250"]
    dicom = records["dcm_ecgtoolkit_implicit_padding0"]
    np.testing.assert_allclose(aecg.signal_mv, dicom.signal_mv, rtol=0, atol=1e-9)
    assert aecg.recorded_at == dicom.recorded_at
    assert aecg.reported == dicom.reported


@pytest.mark.parametrize("name", sorted(set(ALL) - set(ENTRIES)))
def test_refusals_name_what_is_missing(name):
    entry = ALL[name]
    with pytest.raises(REFUSED[entry["expect"]]) as caught:
        io.read(FORMATS / entry["path"])
    assert caught.value.path == FORMATS / entry["path"]
    assert caught.value.remedy
    if entry["expect"] == "reject_leads":
        stored = set(entry["leads_in_file"])
        words = caught.value.fact.replace(",", "").split()
        assert set(words) & set(LEADS) == set(LEADS) - stored - (
            {"III", "aVR", "aVL", "aVF"} if {"I", "II"} <= stored else set()
        )


def test_a_warning_is_given_where_one_is_wanted(case):
    entry, record = case
    assert record.notices or entry["expect"] != "load_warn"


@pytest.mark.parametrize("tenths", range(1, 10))
def test_cut_files_are_refused_or_complete(case, tenths, tmp_path):
    entry, record = case
    source = FORMATS / entry["path"]
    data = source.read_bytes()
    for other in source.parent.iterdir() if entry["path"].startswith("wfdb") else ():
        (tmp_path / other.name).symlink_to(other)
    path = tmp_path / source.name
    path.unlink(missing_ok=True)
    path.write_bytes(data[: len(data) * tenths // 10])
    try:
        again = io.read(path)
    except FileError:
        return
    np.testing.assert_array_equal(again.signal_mv, record.signal_mv)
