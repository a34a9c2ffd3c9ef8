"""A millimetre is a millimetre: on the image, on paper, and on a calibrated screen."""

from __future__ import annotations

import re
import shutil
import subprocess

import numpy as np
import pytest
from gui.pictures import dark
from helpers import synthetic_record
from lxml import etree
from PySide6.QtGui import QImage, QPainter

from elvmass.beat import BeatGrade, BeatMark
from elvmass.record import Record
from elvmass_gui import settings as preferences
from elvmass_gui.geometry.paper import LAYOUTS, Scale
from elvmass_gui.geometry.shown import sheet_for, show
from elvmass_gui.outputs.export import export_page
from elvmass_gui.painting.ecg_page import Marks, paint_ecg_page
from elvmass_gui.painting.ink import PRINT
from elvmass_gui.painting.page_print import PrintedPage, sheet_count
from elvmass_gui.screens import read_calibrations, screen_key
from elvmass_gui.views.calibration import CARD_MM, CalibrationDialog

pytestmark = pytest.mark.usefixtures("qapp")
poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is missing")

PX = 10.0
RR_S = 60 / 72.0


def spikes():
    """Every lead flat but for a step of 1 mV, 40 ms long, twice a second."""
    signal = np.zeros((12, 5000))
    for k in np.arange(0.5, 10.0, 0.5):
        signal[:, round(500 * k) : round(500 * k) + 20] = 1.0
    return Record(signal, 500.0)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("speed", "gain"), [(25.0, 10.0), (50.0, 5.0), (12.5, 10.0)])
def test_a_second_and_a_millivolt_on_the_rendered_image(layout, speed, gain):
    """Measured in pixels: two steps of 1 mV, 1 s apart, in the lowest row of every layout."""
    shown = show(spikes())
    sheet = sheet_for(shown, LAYOUTS[layout], Scale(speed, gain))
    size = (round(sheet.bounds.width * PX), round(sheet.bounds.height * PX))
    image = QImage(*size, QImage.Format.Format_RGB32)
    image.fill("white")
    painter = QPainter(image)
    painter.scale(PX, PX)
    paint_ecg_page(painter, sheet, shown)
    painter.end()
    ink = dark(image)[: round(sheet.paper.bottom * PX)]
    strip = sheet.bottom_strips()[0]
    places = []
    for time_s in (1.0, 2.0):  # right of the name
        x = round(strip.x_mm(time_s + 0.02) * PX)
        rows = np.flatnonzero(ink[:, x - 2 : x + 3].any(axis=1))
        rows = rows[rows > (strip.zero_y - gain - 1.0) * PX]
        assert (strip.zero_y - rows[0] / PX) == pytest.approx(gain + PRINT.trace_mm / 2, abs=0.15)
        middle = ink[round((strip.zero_y - gain / 2) * PX)]
        places.append(x - 20 + int(np.argmax(middle[x - 20 : x + 20])))
    assert (places[1] - places[0]) / PX == pytest.approx(speed, abs=0.15)


# ---- the page alone on paper ---------------------------------------------------------------


def run(*command):
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def printed(qapp, tmp_path_factory):
    """A 12x1 page of flat leads at 25 mm/s as PDF and SVG."""
    flat = Record(np.zeros((12, 5000)), 500.0)
    page = PrintedPage(
        show(flat),
        LAYOUTS["12x1"],
        Scale(),
        Marks((BeatMark(2.5, BeatGrade.DOMINANT, 0.99, 2),), (2.1, 3.1)),
    )
    folder = tmp_path_factory.mktemp("page")
    (pdf,) = export_page(page, folder / "page.pdf")
    (svg,) = export_page(page, folder / "page.svg")
    return pdf, svg


@poppler
def test_250_mm_of_the_printed_page_are_250_mm(printed):
    # Between trace and pulse of the second row nothing but the grid is painted.
    raw = run("pdftoppm", "-r", "600", "-gray", "-y", "880", "-H", "90", str(printed[0]))
    image = QImage.fromData(raw).convertToFormat(QImage.Format.Format_Grayscale8)
    grey = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    lines = (grey[:, : image.width()] < 200).mean(axis=0) > 0.9  # major lines only
    edges = np.flatnonzero(np.diff(np.r_[0, lines.astype(int), 0])).reshape(-1, 2)
    centres = edges.mean(axis=1) * 25.4 / 600
    assert len(centres) == 53
    assert centres[-1] - centres[2] == pytest.approx(250.0, abs=0.1)


@poppler
def test_the_printed_page_is_vector_with_embedded_fonts_and_says_what_it_is(printed):
    assert len(run("pdfimages", "-list", str(printed[0])).splitlines()) == 2  # the heading only
    fonts = run("pdffonts", str(printed[0])).decode().splitlines()[2:]
    assert {line.split()[-5] for line in fonts} == {"yes"}
    text = run("pdftotext", "-layout", str(printed[0]), "-").decode()
    for words in ("25 mm/s", "10 mm/mV", "device filter", "aVR", "100 mm", "beat analysed"):
        assert words in text


def test_the_svg_page_is_true_to_scale(printed):
    root = etree.parse(printed[1]).getroot()
    assert root.get("width") == "297mm"
    assert not root.findall(".//{*}image")
    per_mm = float(root.get("viewBox").split()[2]) / 297.0
    heights = []
    for node in root.iter("{*}polyline"):
        points = np.array(re.findall(r"-?[\d.]+", node.get("points", "")), float).reshape(-1, 2)
        if len(points) != 6:  # the corners of a calibration pulse
            continue
        matrix = [1.0, 0, 0, 1.0, 0, 0]
        for parent in node.iterancestors():
            found = re.match(r"matrix\((.*)\)", parent.get("transform") or "")
            if found:
                matrix = [float(v) for v in found[1].split(",")]
                break
        heights.append((points[:, 1].max() - points[:, 1].min()) * matrix[3] / per_mm)
    assert len(heights) == 12
    assert heights == pytest.approx([10.0] * 12, abs=0.05)


def test_fast_paper_goes_on_over_pages():
    shown = show(synthetic_record())
    assert [
        sheet_count(PrintedPage(shown, LAYOUTS["3x4+1"], Scale(v, 10.0))) for v in (12.5, 25, 50)
    ] == [1, 1, 2]


@poppler
def test_names_are_repeated_on_the_second_page(tmp_path):
    page = PrintedPage(show(synthetic_record()), LAYOUTS["6x2"], Scale(100.0, 10.0), Marks(), True)
    (pdf,) = export_page(page, tmp_path / "fast.pdf")
    pages = run("pdftotext", "-layout", str(pdf), "-").decode().split("\f")[:4]
    assert [sum(f"page {k + 1} of 4" in text for text in pages) for k in range(4)] == [1] * 4
    assert "aVF" in pages[1]
    assert "V6" in pages[3]
    assert "Test, Case" not in "".join(pages)


# ---- calibration -----------------------------------------------------------------------------


def test_the_outline_is_a_card_or_a_ruler_at_the_chosen_scale(qtbot):
    dialog = CalibrationDialog(4.0)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.slider.setValue(525)
    assert dialog.px_per_mm == 5.25
    box = dialog.gauge.box_px()
    assert (box.width(), box.height()) == pytest.approx((CARD_MM[0] * 5.25, CARD_MM[1] * 5.25))
    assert box.width() < dialog.gauge.width()
    dialog.what.setCurrentIndex(1)
    assert dialog.gauge.box_px().width() == pytest.approx(525.0)
    drawn = dark(dialog.gauge.grab().toImage())
    assert drawn.any()


def test_a_calibrated_screen_is_true_to_size_and_remembered(window, monkeypatch):
    monkeypatch.setattr(CalibrationDialog, "exec", lambda self: self.number.setValue(5.0) or 1)
    window.ecg.set_record(synthetic_record())
    assert "not calibrated" in window.scale.text()
    window.commands.actions["calibrate"].trigger()
    stored = read_calibrations(window.preferences[preferences.SCREENS])
    assert stored == {screen_key(window.ecg.screen()): 5.0}
    window.ecg.show_true_size()
    assert window.scale.text() == "×1.00 true size"
    assert window.ecg._view.px_per_mm == pytest.approx(5.0)
