"""The report as DICOM, from the window's export and without a window."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pydicom
import pytest
from helpers import synthetic_record, toy_analysis

import elvmass_resources
from elvmass import io, pipeline
from elvmass.errors import ConfigError, UnsupportedFileError
from elvmass.pipeline import Options
from elvmass.report.dicom_pdf import pdf_of
from elvmass_gui.geometry.shown import show
from elvmass_gui.outputs.export import Target, export_page, export_report, render_pdf
from elvmass_gui.outputs.headless import Wish, export_file
from elvmass_gui.painting.page_print import PrintedPage
from elvmass_gui.painting.report import ReportContent

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def ecg(tmp_path: Path) -> Path:
    path = tmp_path / "ecg.dcm"
    shutil.copy(elvmass_resources.path("examples", "real_mortara.dcm"), path)
    return path


def words_of(pdf: bytes, path: Path) -> str:
    path.write_bytes(pdf)
    done = subprocess.run(["pdftotext", str(path), "-"], check=True, capture_output=True, text=True)
    return done.stdout


def test_the_object_holds_the_report_to_the_byte(tmp_path: Path, monkeypatch) -> None:
    analysis = toy_analysis()
    content = ReportContent(analysis.record, analysis, pages="one")
    pdf = render_pdf(content)
    monkeypatch.setattr("elvmass_gui.outputs.export.render_pdf", lambda *told: pdf)
    (path,) = export_report(content, Target(tmp_path / "a.dcm"))
    assert pdf_of(path.read_bytes()) == pdf


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is missing")
def test_without_a_window_it_joins_the_study_of_its_ecg(ecg: Path, tmp_path: Path) -> None:
    (path,) = export_file(ecg, tmp_path / "report.dcm", Wish("detailed"))
    whole, source = pydicom.dcmread(path), pydicom.dcmread(ecg)
    assert whole.StudyInstanceUID == source.StudyInstanceUID
    assert whole.PatientID == source.PatientID
    text = words_of(pdf_of(path.read_bytes()), tmp_path / "out.pdf")
    assert str(source.PatientID) in text
    assert "Not a medical device" in text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils is missing")
def test_an_anonymous_one_has_no_identity_inside_or_outside(ecg: Path, tmp_path: Path) -> None:
    source = pydicom.dcmread(ecg)
    wish = Wish("one", anonymous=True, side_file=True)
    path, side = export_file(ecg, tmp_path / "report.dcm", wish)
    data = path.read_bytes()
    text = words_of(pdf_of(data), tmp_path / "out.pdf") + side.read_text("utf-8")
    for secret in (source.PatientID, source.StudyInstanceUID, source.SOPInstanceUID, "ecg.dcm"):
        assert str(secret).encode() not in data, secret
        assert str(secret) not in text, secret


def test_the_viewer_says_what_such_an_object_is(tmp_path: Path) -> None:
    analysis = toy_analysis()
    content = ReportContent(analysis.record, analysis)
    (path,) = export_report(content, Target(tmp_path / "a.dcm"))
    with pytest.raises(UnsupportedFileError, match="document"):
        io.read(path)


def test_the_ecg_page_alone_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="only a report"):
        export_page(PrintedPage(show(synthetic_record())), tmp_path / "a.dcm")


def test_an_ecg_without_an_estimate_is_a_report_too(ecg: Path, tmp_path: Path) -> None:
    record = io.read(ecg)
    content = ReportContent(record, None, "Lead V3 carries no signal.", options=Options())
    (path,) = export_report(content, Target(tmp_path / "a.dcm"))
    assert pydicom.dcmread(path).SOPClassUID == "1.2.840.10008.5.1.4.1.1.104.1"
    assert pipeline.Options() == content.options
