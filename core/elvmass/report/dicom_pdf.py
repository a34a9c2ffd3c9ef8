"""A PDF report as a DICOM object: Encapsulated PDF Storage, explicit VR little endian.

An ECG that came as DICOM gives the report its patient and its study, so that an archive files
both together; another one starts a study of its own from what its file says. The report is a
series of its own in any case. The anonymous object takes nothing from the source, not even its
study, and says PatientIdentityRemoved.

The document title says that the estimate is for research. The bytes of the PDF are kept as they
are; Encapsulated Document Length tells their number, since DICOM pads to an even one.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset, config, dcmread, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import EncapsulatedPDFStorage, ExplicitVRLittleEndian, generate_uid

import elvmass
from elvmass.errors import WriteError
from elvmass.io.write.anonymous import anonymous as without_identity
from elvmass.io.write.dicom import add_deidentification, add_patient, add_visit
from elvmass.record import Record

TITLE = "Research estimate of left ventricular mass from a 12-lead ECG. Not a medical device."
MANUFACTURER = "elvmass (research software)"
#: Of the patient and of the study: what a report shares with the ECG that it is about.
_PATIENT = (
    "PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex",
    "OtherPatientIDs", "EthnicGroup",
)  # fmt: skip
_STUDY = (
    "StudyInstanceUID", "StudyDate", "StudyTime", "AccessionNumber", "StudyID",
    "ReferringPhysicianName", "StudyDescription",
)  # fmt: skip
_DICOM_FORMAT = "DICOM"


@dataclass(frozen=True, slots=True)
class Document:
    """A finished PDF, the record that it reports, and whether it names the patient."""

    pdf: bytes
    record: Record
    anonymous: bool = False


def encapsulate(document: Document, path: Path) -> bytes:
    """Return the DICOM file that holds the PDF; ``path`` is named in errors.

    Raises
    ------
    WriteError
        The source DICOM object can no longer be read, or has been changed since it was opened.
    """
    whole = Dataset()
    whole.SpecificCharacterSet = "ISO_IR 192"
    whole.SOPClassUID, whole.SOPInstanceUID = EncapsulatedPDFStorage, generate_uid()
    source = None if document.anonymous else _source_of(document.record, path)
    record = without_identity(document.record) if document.anonymous else document.record
    add_patient(whole, record.patient, path)
    add_visit(whole, record)
    if source is not None:
        _take_over(whole, source)
    _add_series_and_equipment(whole)
    _add_document(whole, document, record)
    if document.anonymous:
        whole.PatientIdentityRemoved = "YES"
        add_deidentification(whole)
    return _bytes(whole)


def pdf_of(dicom: bytes) -> bytes:
    """The PDF inside an encapsulated object, to the byte."""
    whole = dcmread(io.BytesIO(dicom))
    pdf: bytes = whole.EncapsulatedDocument
    return pdf[: whole.EncapsulatedDocumentLength]


def _source_of(record: Record, path: Path) -> Dataset | None:
    """The DICOM object that the record was read from, without its waveforms; None if none was."""
    at = record.source.path
    if at is None or not record.source.format.startswith(_DICOM_FORMAT):
        return None
    try:
        data = at.read_bytes()
    except OSError as error:
        raise _lost(path, "can no longer be read") from error
    if record.source.sha256 and hashlib.sha256(data).hexdigest() != record.source.sha256:
        raise _lost(path, "has been changed since it was opened")
    with config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a warning may quote the patient
        return dcmread(io.BytesIO(data), force=True)


def _lost(path: Path, fact: str) -> WriteError:
    return WriteError(
        path,
        f"cannot be written: the DICOM ECG, which names patient and study, {fact}",
        "Open the ECG again, or export without name.",
    )


def _take_over(whole: Dataset, source: Dataset) -> None:
    """Patient, study and the reference to the ECG."""
    with config.disable_value_validation():
        for name in (*_PATIENT, *_STUDY):
            if name in source:
                whole[name] = source[name]
        uids = (source.get("SOPClassUID"), source.get("SOPInstanceUID"))
        if all(uids):
            item = Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = uids
            whole.SourceInstanceSequence = Sequence([item])
    if not whole.StudyInstanceUID:
        whole.StudyInstanceUID = generate_uid()


def _add_series_and_equipment(whole: Dataset) -> None:
    whole.Modality, whole.SeriesInstanceUID, whole.SeriesNumber = "ECG", generate_uid(), "1"
    whole.SeriesDescription = "Research report, not for diagnosis"
    whole.Manufacturer, whole.ManufacturerModelName = MANUFACTURER, "elvmass"
    whole.SoftwareVersions = elvmass.__version__
    whole.ConversionType = "WSD"


def _add_document(whole: Dataset, document: Document, record: Record) -> None:
    at = record.recorded_at
    whole.InstanceNumber = "1"
    # Of the content, which is the ECG: when the report was made is no part of it.
    whole.ContentDate = f"{at.year:04d}{at:%m%d}" if at else ""
    whole.ContentTime = f"{at:%H%M%S}" if at else ""
    whole.AcquisitionDateTime = whole.ContentDate + whole.ContentTime
    whole.BurnedInAnnotation = "NO" if document.anonymous else "YES"
    whole.DocumentTitle = TITLE
    whole.ConceptNameCodeSequence = Sequence()
    whole.VerificationFlag = "UNVERIFIED"
    whole.MIMETypeOfEncapsulatedDocument = "application/pdf"
    whole.EncapsulatedDocument = document.pdf
    whole.EncapsulatedDocumentLength = len(document.pdf)


def _bytes(whole: Dataset) -> bytes:
    whole.file_meta = FileMetaDataset()
    whole.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    buffer = io.BytesIO()
    dcmwrite(buffer, whole, enforce_file_format=True)
    return buffer.getvalue()
