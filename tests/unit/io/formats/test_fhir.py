"""FHIR Observations: releases, serialisations, codes, units, marks, company in a Bundle."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from unit.io.files.ecg_files import SHUFFLED, UV_PER_COUNT, counts_of
from unit.io.files.write_fhir import Json, bundle, observation, sampled, write

from elvmass import io
from elvmass.errors import CorruptFileError, LeadsError, TooShortError, UnsupportedFileError
from elvmass.io.formats import fhir
from elvmass.io.rawfile import RawFile
from elvmass.record import LEADS, Record, Sex


@pytest.fixture
def put(tmp_path: Path) -> Callable[[object], Path]:
    def put_json(resource: object) -> Path:
        (tmp_path / "x").write_text(json.dumps(resource), encoding="utf-8")
        return tmp_path / "x"

    return put_json


def expected(record: Record) -> np.ndarray:
    counts = counts_of(record)
    return np.stack([counts[name] for name in LEADS]) * (UV_PER_COUNT / 1000)


@pytest.mark.parametrize("xml", [False, True])
@pytest.mark.parametrize("release", ["R4", "R5"])
@pytest.mark.parametrize("style", ["mdc", "mdc_name", "loinc", "words"])
def test_leads_by_any_code_in_any_serialisation(style, release, xml, truth, tmp_path):
    path = write(
        truth, tmp_path / "x", names=SHUFFLED, style=style, release=release, unit="mV", xml=xml
    )
    record = io.read(path)
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)
    assert record.rate_hz == truth.rate_hz
    assert record.derived_leads == ()
    assert record.notices == ()


@pytest.mark.parametrize("xml", [False, True])
def test_company_in_the_bundle(xml, truth, tmp_path):
    record = io.read(write(truth, tmp_path / "x", xml=xml))
    assert record.patient.sex is Sex.MALE
    assert record.patient.age_years == 61.0
    assert record.patient.height_cm == pytest.approx(172.0)
    assert record.patient.weight_kg == 78.0
    assert (record.patient.id, record.patient.name) == ("T-1", "Secretname, Case")
    assert record.reported.qrs_ms == pytest.approx(92.0)
    assert record.reported.rate_bpm is None  # counted in another year
    assert record.recorded_at == truth.recorded_at
    assert record.source.device == "Maker Cart 7"


def test_an_observation_alone_with_a_contained_patient(truth, put):
    ecg = observation(truth)
    ecg["subject"] = {"reference": "#p"}
    ecg["contained"] = [{"resourceType": "Patient", "id": "p", "gender": "female"}]
    record = io.read(put(ecg))
    assert record.patient.sex is Sex.FEMALE
    assert record.patient.age_years is None


def test_another_patient_s_data_are_not_taken(truth, put):
    other = {"resourceType": "Patient", "id": "p2", "gender": "male", "birthDate": "1964-12-31"}
    whole = bundle([observation(truth)], patient=other)
    for entry in whole["entry"]:
        if "valueQuantity" in entry["resource"]:
            entry["resource"]["subject"]["reference"] = "Patient/p2"
    patient = io.read(put(whole)).patient
    assert (patient.sex, patient.age_years, patient.height_cm) == (None, None, None)


def test_eight_leads_suffice_and_seven_do_not(truth, put):
    eight = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
    record = io.read(put(observation(truth, names=eight)))
    assert record.derived_leads == ("III", "aVR", "aVL", "aVF")
    with pytest.raises(LeadsError, match="V6 missing"):
        io.read(put(observation(truth, names=eight[:-1])))


def test_one_observation_for_each_lead(truth, put):
    def single(name: str) -> Json:
        ecg = observation(truth, names=(name,))
        part = ecg.pop("component")[0]
        return ecg | part

    singles = [single(name) for name in SHUFFLED]
    record = io.read(put(bundle(singles)))
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)
    for number, each in enumerate(singles):
        each["effectiveDateTime"] = f"2026-03-04T10:20:{10 + number}"
    with pytest.raises(UnsupportedFileError, match="one after another"):
        io.read(put(bundle(singles)))


@pytest.mark.parametrize(("scale", "code"), [(1.0, "mV"), (1000.0, "µV")])
def test_missing_unit_is_told_by_the_size(scale, code, truth, put):
    ecg = observation(truth, unit=None)
    for part in ecg["component"]:
        part["valueSampledData"]["factor"] *= scale
    record = io.read(put(ecg))
    np.testing.assert_allclose(record.signal_mv, expected(truth), rtol=0, atol=1e-9)
    (notice,) = record.notices
    assert notice.code == "unit_assumed"
    assert code in notice.message


@pytest.mark.parametrize("scale", [30.0, 1e-3, 1e6])
def test_missing_unit_is_not_guessed(scale, truth, put):
    ecg = observation(truth, unit=None)
    for part in ecg["component"]:
        part["valueSampledData"]["factor"] *= scale
    with pytest.raises(UnsupportedFileError, match="without a unit"):
        io.read(put(ecg))


def test_counts_without_unit_and_factor_are_refused(truth, put):
    ecg = observation(truth, unit=None)
    for part in ecg["component"]:
        del part["valueSampledData"]["factor"]
    with pytest.raises(UnsupportedFileError, match="neither unit nor factor"):
        io.read(put(ecg))


def test_marked_samples_become_gaps(truth, put):
    ecg = observation(truth, names=LEADS)
    data = ecg["component"][6]["valueSampledData"]
    words = data["data"].split(" ")
    words[10], words[20], words[-1] = "E", "U", "L"
    data["data"] = " ".join(words)
    record = io.read(put(ecg))
    assert list(np.flatnonzero(np.isnan(record.lead("V1")))) == [10, 20, record.lead("V1").size - 1]
    np.testing.assert_allclose(record.lead("V1")[:10], expected(truth)[6, :10], atol=1e-9)
    assert not np.isnan(record.lead("V2")).any()
    assert {n.code for n in record.notices} == {"samples_missing", "signal_gaps"}


@pytest.mark.parametrize("word", ["X", "nil", "1,5", "--1", "0x10", "e"])
def test_other_words_among_the_samples_are_damage(word, truth, put):
    ecg = observation(truth)
    data = ecg["component"][3]["valueSampledData"]
    data["data"] = data["data"].replace(" ", f" {word} ", 1)
    with pytest.raises(CorruptFileError):
        io.read(put(ecg))


def test_origin_is_added(truth, put):
    ecg = observation(truth, names=LEADS)
    ecg["component"][0]["valueSampledData"]["origin"]["value"] = -250
    shifted = io.read(put(ecg)).lead("I")
    np.testing.assert_allclose(shifted, expected(truth)[0] - 0.25, rtol=0, atol=1e-9)


def test_a_code_wins_over_the_words_beside_it(truth, put):
    ecg = observation(truth, names=LEADS)
    ecg["component"][5]["code"]["coding"][0]["display"] = "MDC_ECG_ELEC_POTL_AVR"
    record = io.read(put(ecg))
    np.testing.assert_allclose(record.lead("aVF"), expected(truth)[5], rtol=0, atol=1e-9)
    assert [n.code for n in record.notices] == ["lead_names_contradict"]
    assert "aVF" in record.notices[0].message


def test_two_leads_of_one_code_are_refused(truth, put):
    ecg = observation(truth, names=LEADS)
    ecg["component"][3]["code"]["coding"][0]["code"] = "131389"  # aVR called III
    with pytest.raises(CorruptFileError, match="III twice"):
        io.read(put(ecg))
    ecg["component"][3]["code"]["coding"].append({"code": "131390"})
    with pytest.raises(CorruptFileError, match="III and aVR"):
        io.read(put(ecg))


def change(ecg: Json, **fields: object) -> Json:
    for part in ecg["component"]:
        part["valueSampledData"].update(fields)
    return ecg


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"dimensions": 12}, "several leads in one"),
        ({"offsets": "0 4 9"}, "unevenly spaced"),
    ],
)
def test_unsupported_forms(fields, words, truth, put):
    with pytest.raises(UnsupportedFileError, match=words):
        io.read(put(change(observation(truth), **fields)))


@pytest.mark.parametrize("period", [0, -4, None, "x"])
def test_no_sampling_rate(period, truth, put):
    with pytest.raises(CorruptFileError, match="sampling rate"):
        io.read(put(change(observation(truth), period=period)))


def test_leads_of_different_rates(truth, put):
    ecg = observation(truth)
    ecg["component"][0]["valueSampledData"]["period"] = 2
    with pytest.raises(UnsupportedFileError, match="different sampling rates"):
        io.read(put(ecg))


def test_an_ecg_entered_in_error(truth, put):
    with pytest.raises(UnsupportedFileError, match="entered in error"):
        io.read(put(observation(truth) | {"status": "entered-in-error"}))
    withdrawn = observation(truth) | {"status": "entered-in-error", "id": "old"}
    corrected = observation(truth, names=LEADS[:2] + LEADS[6:]) | {"status": "corrected"}
    assert len(io.read(put(bundle([withdrawn, corrected]))).derived_leads) == 4


def test_no_leads_at_all(put):
    with pytest.raises(LeadsError, match="no ECG leads"):
        io.read(put({"resourceType": "Patient", "name": [{"family": "Secretname"}]}))


def test_one_second_is_decoded_but_refused_as_too_short(truth, put):
    ecg = observation(truth, names=LEADS, unit=None)
    for part, row in zip(ecg["component"], expected(truth), strict=True):
        counts = np.rint(row[:250] * 1000).astype(int)
        part["valueSampledData"] = sampled(counts, 250.0, "R4", None) | {"factor": 0.001}
    path = put(ecg)
    record = fhir.read(RawFile(path, path.read_bytes()))
    np.testing.assert_allclose(record.signal_mv, expected(truth)[:, :250], rtol=0, atol=0.0006)
    with pytest.raises(TooShortError, match=r"1\.00 s"):
        io.read(path)


@pytest.mark.parametrize(
    "text",
    [
        '{"resourceType": "Observation", "a": ' + "[" * 100000,
        '{"resourceType": "Observation", "a": ' + '{"b":' * 50000 + "1" + "}" * 50001,
        '{"resourceType": "Observation", "a": NaN}',
        '{"resourceType": "Observation", "status": "final", "status": "cancelled"}',
        '{"resourceType": "Observation"',
    ],
)
def test_hostile_json(text, tmp_path):
    (tmp_path / "x").write_text(text, encoding="utf-8")
    with pytest.raises(CorruptFileError):
        io.read(tmp_path / "x")


def test_digits_beyond_every_number(truth, tmp_path):
    text = json.dumps(observation(truth)).replace('"period": 4.0', f'"period": {"9" * 100000}')
    (tmp_path / "x").write_text(text, encoding="utf-8")
    with pytest.raises(CorruptFileError):
        io.read(tmp_path / "x")


def test_large_files_are_refused_unparsed(tmp_path):
    (tmp_path / "x").write_text('{"resourceType": "Bundle", "entry": [' + "[]," * 2100000)
    with pytest.raises(UnsupportedFileError, match="6 MB"):
        io.read(tmp_path / "x")


def test_a_whole_archive_in_a_bundle_is_refused(truth, put):
    with pytest.raises(UnsupportedFileError, match="2000 resources"):
        io.read(put(bundle([observation(truth, names=("I",))] + [{"resourceType": "X"}] * 2000)))


@pytest.mark.parametrize("value", [None, [], {}, "x", 3, [[]], [None]])
@pytest.mark.parametrize(
    "key", ["component", "subject", "code", "status", "effectiveDateTime", "device", "contained"]
)
def test_fields_of_another_shape(key, value, truth, put):
    ecg = observation(truth) | {key: value}
    if key == "component":
        with pytest.raises(LeadsError):
            io.read(put(ecg))
    else:
        assert io.read(put(ecg)).signal_mv.shape == truth.signal_mv.shape


def test_keys_may_stand_in_any_order(truth, tmp_path):
    ecg = observation(truth, names=LEADS) | {"note": [{"text": "x" * 20000}]}
    text = json.dumps(ecg, sort_keys=True)
    assert text.index("resourceType") > 65536 > text.index("valueSampledData")
    (tmp_path / "x").write_text(text, encoding="utf-8")
    assert io.read(tmp_path / "x").source.format == "FHIR Observation"
