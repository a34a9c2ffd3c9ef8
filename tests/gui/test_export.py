"""PDF, SVG and PNG: true scale, vector, complete words, atomic."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from helpers import toy_analysis
from lxml import etree
from PySide6.QtGui import QImage

from elvmass.errors import ConfigError, WriteError
from elvmass.record import LEADS
from elvmass_gui.outputs.export import Target, export, export_report
from elvmass_gui.painting.report import ReportContent

pytestmark = pytest.mark.usefixtures("qapp")

poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is missing")


@pytest.fixture(scope="module")
def analysis():
    return toy_analysis()


def run(*command):
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def pdf(qapp, analysis, tmp_path_factory):
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    assert export(analysis, path) == (path,)
    return path


def page_strip(pdf, page, top_mm, bottom_mm, dpi=600):
    """[height, width, 3] of a rasterised page between two heights."""
    top, height = round(top_mm * dpi / 25.4), round((bottom_mm - top_mm) * dpi / 25.4)
    part = ("-x", "0", "-y", str(top), "-W", str(round(297 * dpi / 25.4)), "-H", str(height))
    raw = run("pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), *part, str(pdf))
    image = QImage.fromData(raw).convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return flat[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def centres(mask):
    """Centres of the runs of True in [n]."""
    edges = np.flatnonzero(np.diff(np.r_[0, mask.astype(int), 0])).reshape(-1, 2)
    return edges.mean(axis=1)


@pytest.fixture(scope="module")
def one_page(qapp, analysis, tmp_path_factory):
    path = tmp_path_factory.mktemp("pdf") / "one.pdf"
    content = ReportContent(analysis.record, analysis, pages="one")
    assert export_report(content, Target(path)) == (path,)
    return path


@poppler
@pytest.mark.parametrize(("kind", "top_mm"), [("pdf", 39.0), ("one_page", 33.0)])
def test_250_mm_of_grid_measure_250_mm(request, kind, top_mm):
    mm = 600 / 25.4
    image = page_strip(request.getfixturevalue(kind), 1, top_mm, top_mm + 21.0)
    pink = (image[:, :, 0] - image[:, :, 1]) > 45  # major lines only
    lines = centres(pink.mean(axis=0) > 0.5) / mm
    assert len(lines) == 53  # 0 to 260 mm
    assert lines[-1] - lines[2] == pytest.approx(250.0, abs=0.1)
    assert np.diff(lines) == pytest.approx(5.0, abs=0.06)
    assert lines[0] == pytest.approx(18.5, abs=0.1)


def ruler_mm(pdf, page, left_mm, dpi=600):
    """Length of the ruler at the foot of a page."""
    mm = dpi / 25.4
    row = (page_strip(pdf, page, 200.8, 201.4).sum(axis=2) < 200).any(axis=0)
    inked = np.flatnonzero(row[: round((left_mm + 104.0) * mm)])  # the notice stands right of it
    return (inked[-1] - inked[0]) / mm


@poppler
def test_printed_ruler_is_100_mm_on_every_page(pdf, one_page):
    for file, page, left in ((pdf, 1, 18.5), (pdf, 2, 9.0), (pdf, 3, 9.0), (one_page, 1, 18.5)):
        assert ruler_mm(file, page, left) == pytest.approx(100.0 + 0.2, abs=0.15)


@poppler
@pytest.mark.parametrize("kind", ["pdf", "one_page"])
def test_pdf_is_all_vector_with_embedded_fonts(request, kind):
    pdf = request.getfixturevalue(kind)
    assert len(run("pdfimages", "-list", str(pdf)).splitlines()) == 2  # the heading only
    fonts = run("pdffonts", str(pdf)).decode().splitlines()[2:]
    assert fonts
    embedded = [line.split()[-5] for line in fonts]
    assert set(embedded) == {"yes"}


@poppler
def test_every_page_carries_the_notice_and_page_one_the_essentials(pdf, analysis):
    pages = run("pdftotext", "-layout", str(pdf), "-").decode().split("\f")[:3]
    assert len(pages) == 3
    for text in pages:
        assert "trained on simulated ECGs" in text
        assert "Not a medical device" in text
        assert "100 mm" in text
    first, second, third = pages
    for text in ("Sokolow-Lyon voltage", "3.30 mV", "negative", "Fridericia", "10 found"):
        assert text in third, text
    essentials = (
        "25 mm/s",
        "10 mm/mV",
        "device filter: 0.05-150 Hz",
        "toy-male-model2",
        "141 g",
        "111–179 g",
        "reported",
        "measured",
        "Du Bois",
        "CT",
        "Test, Case",
    )
    for word in (*essentials, *LEADS):
        assert word in first, word
    for word in ("LIMB", "PRECORDIAL", "PR", "QRS", "ST", "TP", "PROVENANCE", "0" * 64, "ab" * 32,
                 "band-pass 0.5-100 Hz", "integrated gradients", "g per ms", "123 g"):  # fmt: skip
        assert word in second, word


@poppler
def test_one_page_has_the_ecg_the_beat_the_result_the_notice_and_where_it_comes_from(one_page):
    pages = run("pdftotext", "-layout", str(one_page), "-").decode().split("\f")
    assert len(pages) == 2
    assert not pages[1].strip()
    words = (
        "25 mm/s", "device filter: 0.05-150 Hz", "141 g", "111–179 g", "BSA 1.91 m²", "CT",
        "Test, Case", "LIMB LEADS", "PRECORDIAL", "g per ms", "0" * 64, "ab" * 32, "torch",
        "PySide6", "page 1 of 1", "trained on simulated ECGs", "Not a medical device", *LEADS,
    )  # fmt: skip
    for word in words:
        assert word in pages[0], word


@poppler
def test_metadata_name_no_patient(pdf):
    info = run("pdfinfo", str(pdf)).decode()
    assert "elvmass report" in info
    for word in ("Test", "T-1", "Case"):
        assert word not in info


@poppler
def test_an_anonymous_report_has_no_identity(analysis, tmp_path):
    path = tmp_path / "a.pdf"
    export(analysis, path, anonymous=True)
    text = run("pdftotext", "-layout", str(path), "-").decode()
    for word in ("Test, Case", "T-1", "2026-03-04 10:20", "test device"):
        assert word not in text
    assert "141 g" in text


@poppler
def test_a_failed_estimate_shows_its_reason_and_no_number(analysis, tmp_path):
    path = tmp_path / "failed.pdf"
    export(analysis.record, path, failure="Lead V3 carries no signal.")
    text = run("pdftotext", "-layout", str(path), "-").decode()
    assert "not estimated" in text
    assert "Lead V3 carries no signal." in text
    assert "Not a medical device" in text
    assert "141 g" not in text
    assert text.count("\f") == 1


def test_svg_pages_are_true_size_and_readable(analysis, tmp_path):
    files = export(analysis, tmp_path / "page.svg")
    assert [f.name for f in files] == ["page.svg", "page-2.svg", "page-3.svg"]
    for file in files:
        root = etree.fromstring(file.read_bytes())
        assert root.get("width") == "297mm"
        assert root.get("height") == "210mm"
        words = " ".join(root.itertext())
        assert "Not a medical device" in words
        assert not root.findall(".//{*}image")


def test_png_holds_all_pages_at_200_dpi(analysis, tmp_path):
    (file,) = export(analysis, tmp_path / "page.png")
    image = QImage(str(file))
    assert image.width() == round(297 / 25.4 * 200)
    assert image.height() == 3 * round(210 / 25.4 * 200)
    assert image.dotsPerMeterX() == pytest.approx(200 / 0.0254, abs=1)


def test_a_record_alone_is_one_page(analysis, tmp_path):
    (file,) = export(analysis.record, tmp_path / "ecg.png")
    assert QImage(str(file)).height() == round(210 / 25.4 * 200)
    assert export(analysis.record, tmp_path / "ecg.svg") == (tmp_path / "ecg.svg",)


def test_an_analysis_without_saliency_exports(analysis, tmp_path):
    bare = replace(analysis, saliency=None, importance=None)
    (file,) = export(bare, tmp_path / "bare.pdf")
    assert file.stat().st_size > 10_000


def test_exports_repeat_byte_for_byte_where_the_format_allows(analysis, tmp_path):
    (a,) = export(analysis, tmp_path / "a.png")
    (b,) = export(analysis, tmp_path / "b.png")
    assert a.read_bytes() == b.read_bytes()


@pytest.mark.parametrize("name", ["report.docx", "report"])
def test_unknown_suffix_names_the_known_ones(analysis, tmp_path, name):
    with pytest.raises(ConfigError, match=r"\.pdf, \.png, \.svg, \.dcm"):
        export(analysis, tmp_path / name)


def test_a_missing_folder_is_told(analysis, tmp_path):
    with pytest.raises(WriteError, match="folder does not exist"):
        export(analysis, tmp_path / "nowhere" / "a.pdf")


def test_an_old_person_of_an_anonymous_report_is_90_or_older(analysis, tmp_path):
    patient = replace(analysis.record.patient, age_years=94.0)
    old = replace(analysis, record=replace(analysis.record, patient=patient))
    (bare,) = export(old, tmp_path / "bare.svg", anonymous=True)[:1]
    (named,) = export(old, tmp_path / "named.svg")[:1]
    assert "90 years or older" in " ".join(etree.fromstring(bare.read_bytes()).itertext())
    assert "94 years" in " ".join(etree.fromstring(named.read_bytes()).itertext())


@pytest.mark.parametrize(("times", "gain"), [(1.0, "10 mm/mV"), (2.0, "5 mm/mV")])
def test_tall_waves_of_one_page_halve_the_gain_rather_than_be_cut(
    analysis, tmp_path, times, gain
) -> None:
    record = replace(analysis.record, signal_mv=times * analysis.record.signal_mv)
    content = ReportContent(record, replace(analysis, record=record), pages="one")
    (file,) = export_report(content, Target(tmp_path / "a.svg"))
    words = " ".join(etree.fromstring(file.read_bytes()).itertext())
    assert f"25 mm/s   {gain}" in words
    assert "CUT" not in words
