"""A PDF as a DICOM object: attributes of the standard, identity, and the bytes."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import helpers
import pydicom
import pytest

import elvmass_resources
from elvmass import io as ecg_io
from elvmass.errors import WriteError
from elvmass.record import Record
from elvmass.report.dicom_pdf import Document, encapsulate, pdf_of

PDF = b"%PDF-1.4 of an odd number of bytes.\n%%EOF"
OUT = Path("report.dcm")
#: Type 1 and 1C (always met here), then type 2, of the modules of the Encapsulated PDF IOD.
FILLED = (
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality",
    "SeriesNumber", "ConversionType", "InstanceNumber", "BurnedInAnnotation",
    "MIMETypeOfEncapsulatedDocument", "EncapsulatedDocument", "SpecificCharacterSet",
)  # fmt: skip
PRESENT = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime",
    "ReferringPhysicianName", "StudyID", "AccessionNumber", "Manufacturer", "ContentDate",
    "ContentTime", "AcquisitionDateTime", "DocumentTitle", "ConceptNameCodeSequence",
)  # fmt: skip


def parsed(record: Record, *, anonymous: bool = False) -> pydicom.Dataset:
    data = encapsulate(Document(PDF, record, anonymous), OUT)
    assert pdf_of(data) == PDF
    return pydicom.dcmread(io.BytesIO(data))


@pytest.fixture
def dicom_ecg() -> Record:
    return ecg_io.read(elvmass_resources.path("examples", "real_mortara.dcm"))


@pytest.mark.parametrize("anonymous", [False, True])
def test_every_required_attribute_is_there(anonymous: bool) -> None:
    whole = parsed(helpers.synthetic_record(), anonymous=anonymous)
    assert len(PDF) % 2  # padding must not become part of the document
    for name in FILLED:
        assert whole[name].value, name
    for name in PRESENT:
        assert name in whole, name
    assert whole.SOPClassUID == "1.2.840.10008.5.1.4.1.1.104.1"
    assert whole.MIMETypeOfEncapsulatedDocument == "application/pdf"
    assert whole.ConversionType == "WSD"
    assert "Research estimate" in whole.DocumentTitle
    assert whole.SOPInstanceUID.startswith("1.2.826.0.1.3680043.8.498.")
    assert whole.file_meta.MediaStorageSOPInstanceUID == whole.SOPInstanceUID


def test_an_ecg_of_another_format_starts_a_study_of_its_own() -> None:
    one, two = parsed(helpers.synthetic_record()), parsed(helpers.synthetic_record())
    assert str(one.PatientName) == "Test^Case"
    assert one.PatientID == "T-1"
    assert (one.StudyDate, one.ContentDate, one.PatientSex) == ("20260304", "20260304", "M")
    assert one.StudyInstanceUID != two.StudyInstanceUID
    assert one.SOPInstanceUID != two.SOPInstanceUID
    assert one.BurnedInAnnotation == "YES"
    assert "SourceInstanceSequence" not in one


def test_a_dicom_ecg_gives_patient_study_and_reference(dicom_ecg: Record) -> None:
    source = pydicom.dcmread(dicom_ecg.source.path)
    whole = parsed(dicom_ecg)
    for name in ("PatientName", "PatientID", "PatientBirthDate", "StudyInstanceUID", "StudyDate"):
        assert whole[name].value == source[name].value, name
    assert whole.SeriesInstanceUID != source.SeriesInstanceUID
    assert whole.SOPInstanceUID != source.SOPInstanceUID
    (item,) = whole.SourceInstanceSequence
    assert item.ReferencedSOPInstanceUID == source.SOPInstanceUID
    assert "WaveformSequence" not in whole


def test_an_anonymous_object_shares_nothing_with_its_source(dicom_ecg: Record) -> None:
    named = replace(dicom_ecg, patient=replace(dicom_ecg.patient, name="Secret, Ann", id="S-77"))
    source = pydicom.dcmread(dicom_ecg.source.path)
    data = encapsulate(Document(PDF, named, anonymous=True), OUT)
    whole = pydicom.dcmread(io.BytesIO(data))
    assert not whole.PatientName
    assert not whole.PatientID
    assert not whole.StudyDate
    assert whole.StudyInstanceUID != source.StudyInstanceUID
    assert whole.PatientIdentityRemoved == "YES"
    assert whole.BurnedInAnnotation == "NO"
    hidden = ("Secret", "S-77", "Ann", source.StudyInstanceUID, source.SOPInstanceUID)
    for secret in hidden:
        assert str(secret).encode() not in data, secret


def test_an_old_age_is_capped_only_without_name() -> None:
    record = helpers.synthetic_record()
    old = replace(record, patient=replace(record.patient, age_years=95.0))
    assert parsed(old).PatientAge == "095Y"
    assert parsed(old, anonymous=True).PatientAge == "090Y"


def test_a_source_that_was_changed_or_lost_is_refused(dicom_ecg: Record, tmp_path: Path) -> None:
    copy = tmp_path / "ecg.dcm"
    copy.write_bytes(dicom_ecg.source.path.read_bytes() + b"\0\0")
    changed = replace(dicom_ecg, source=replace(dicom_ecg.source, path=copy))
    with pytest.raises(WriteError, match="changed since"):
        encapsulate(Document(PDF, changed), OUT)
    copy.unlink()
    with pytest.raises(WriteError, match="no longer be read"):
        encapsulate(Document(PDF, changed), OUT)
    encapsulate(Document(PDF, changed, anonymous=True), OUT)


def test_nothing_is_invented_where_the_ecg_says_nothing() -> None:
    bare = replace(
        helpers.synthetic_record(), patient=type(helpers.synthetic_record().patient)(),
        recorded_at=None,
    )  # fmt: skip
    whole = parsed(bare)
    for name in ("PatientName", "PatientID", "StudyDate", "ContentDate", "AcquisitionDateTime"):
        assert name in whole
        assert not whole[name].value, name
    assert datetime.now().strftime("%Y%m%d") not in str(whole)
