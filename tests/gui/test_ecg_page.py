"""The ECG page in use: true scale on every device, calipers by mouse and key, calibration."""

from __future__ import annotations

import re
import shutil
import subprocess

import numpy as np
import pytest
from helpers import synthetic_record
from lxml import etree
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QRegion

from elvmass.beat import BeatGrade, BeatMark
from elvmass.record import Record, Source
from elvmass_gui import settings as preferences
from elvmass_gui.geometry.paper import LAYOUTS, SHEET_S, Rect, Scale, lay_out
from elvmass_gui.geometry.shown import DisplayFilter, sheet_for, show
from elvmass_gui.outputs.export import export_page
from elvmass_gui.painting.ecg_page import Marks, paint_ecg_page
from elvmass_gui.painting.ink import PRINT
from elvmass_gui.painting.magnifier import Lens, magnified
from elvmass_gui.painting.page_print import PrintedPage, sheet_count
from elvmass_gui.screens import read_calibrations, screen_key
from elvmass_gui.views.calibration import CARD_MM, CalibrationDialog
from elvmass_gui.views.ecg import EcgView

pytestmark = pytest.mark.usefixtures("qapp")
poppler = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="poppler-utils is missing")

PX = 10.0
RR_S = 60 / 72.0


def dark(image):
    """[height, width], where an image has black ink."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    rgb = raw[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[:, :, :3]
    return rgb.astype(int).sum(axis=2) < 150


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
        Marks((BeatMark(2.5, BeatGrade.DOMINANT, 0.99, 2),), ((2.1, 3.1),)),
    )
    folder = tmp_path_factory.mktemp("page")
    (pdf,) = export_page(page, folder / "page.pdf")
    (svg,) = export_page(page, folder / "page.svg")
    return pdf, svg


@poppler
def test_250_mm_of_the_printed_page_are_250_mm(printed):
    # Between trace and pulse of the second row nothing but the grid is painted.
    raw = run("pdftoppm", "-r", "600", "-gray", "-y", "998", "-H", "90", str(printed[0]))
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


# ---- mouse and keys --------------------------------------------------------------------------


@pytest.fixture
def ecg(qtbot):
    view = EcgView()
    qtbot.addWidget(view)
    view.resize(1330, 800)
    view.set_record(synthetic_record(noise_mv=0.0))
    view.show()
    qtbot.waitExposed(view)
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    return view


def on_trace(view, lead, time_s, off_px=(0, 0)):
    strip = max(view.sheet.strips_of(lead), key=lambda s: s.rect.width)
    y = strip.y_mm(view.shown.value_mv(lead, time_s))
    x, y = view._view.to_px(strip.x_mm(time_s), y)
    return QPoint(round(x) + off_px[0], round(y) + off_px[1])


def drag(qtbot, view, start, stop, modifiers=Qt.KeyboardModifier.NoModifier):
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    move(view, stop, modifiers)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=stop)


def move(view, at, modifiers=Qt.KeyboardModifier.NoModifier, button=Qt.MouseButton.LeftButton):
    place = QPointF(at), QPointF(view.mapToGlobal(at))
    view.mouseMoveEvent(
        QMouseEvent(QEvent.Type.MouseMove, *place, Qt.MouseButton.NoButton, button, modifiers)
    )


def test_a_time_caliper_drawn_by_hand_reads_the_simulated_interval(qtbot, ecg):
    qtbot.keyClick(ecg, Qt.Key.Key_T)
    assert ecg.page_actions["caliper_time"].isChecked()
    with qtbot.waitSignal(ecg.calipersChanged):
        drag(qtbot, ecg, on_trace(ecg, "II", 0.5 + RR_S, (4, 2)),
             on_trace(ecg, "II", 0.5 + 2 * RR_S, (-4, 2)))  # fmt: skip
    (made,) = ecg.calipers
    assert made.interval_ms == pytest.approx(1000 * RR_S, abs=2.0)
    qtbot.keyClick(ecg, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert ecg.calipers == ()
    qtbot.keyClick(ecg, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert ecg.calipers == (made,)


def test_alt_lets_the_end_go(qtbot, ecg):
    qtbot.keyClick(ecg, Qt.Key.Key_T)
    start, stop = on_trace(ecg, "II", 0.5 + RR_S), on_trace(ecg, "II", 0.5 + 2 * RR_S, (-4, 2))
    drag(qtbot, ecg, start, stop, Qt.KeyboardModifier.AltModifier)
    assert ecg.calipers[0].interval_ms < 1000 * RR_S - 15.0


def test_calipers_come_back_with_their_ecg(qtbot, ecg):
    first = Record(synthetic_record().signal_mv, 500.0, source=Source(sha256="1" * 64))
    ecg.set_record(first)
    qtbot.keyClick(ecg, Qt.Key.Key_Return)
    assert len(ecg.calipers) == 1
    ecg.set_record(Record(first.signal_mv, 500.0, source=Source(sha256="2" * 64)))
    assert ecg.calipers == ()
    ecg.set_record(first)
    assert len(ecg.calipers) == 1


def test_all_of_a_measurement_by_key(qtbot, ecg):
    for key in (Qt.Key.Key_V, Qt.Key.Key_Return):
        qtbot.keyClick(ecg, key)
    before = ecg.calipers[0]
    with qtbot.waitSignal(ecg.cursorMoved) as told:
        qtbot.keyClick(ecg, Qt.Key.Key_Up)
    assert ecg.calipers[0].voltage_mv == pytest.approx(before.voltage_mv + 0.01)
    assert told.args[0] == ecg.calipers[0].line
    qtbot.keyClick(ecg, Qt.Key.Key_Space)
    qtbot.keyClick(ecg, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert ecg.calipers[0].a.time_s == pytest.approx(before.a.time_s + 0.02)
    qtbot.keyClick(ecg, Qt.Key.Key_Delete)
    assert ecg.calipers == ()


@pytest.mark.parametrize("layout", ["3x4+1", "6x2", "12x1"])
@pytest.mark.parametrize("zoom", [0, 2])
def test_marks_come_and_go_on_the_cached_page_as_if_all_were_painted(qtbot, ecg, layout, zoom):
    ecg.set_layout(layout)
    for _ in range(zoom):
        ecg.zoom_in()
    ecg._pan(-31.0, -17.0)
    many = tuple(BeatMark(0.4 + k, list(BeatGrade)[k % 4], 0.9, k) for k in range(10))
    ecg.set_marks(())
    qtbot.waitUntil(lambda: not (ecg._rest.isActive() or ecg._marking.isActive()))
    pictures = [ecg.grab().toImage()]
    page = ecg._page
    for beats, spans_s in ((many, ((4.2, 5.1),)), (many[:3], ((2.2, 3.1), (5.0, 5.4))), ((), ())):
        ecg.set_marks(beats, spans_s)
        qtbot.waitUntil(lambda: not ecg._marking.isActive())
        pictures.append(ecg.grab().toImage())
        assert ecg._page is page
        assert pictures[-1] == ecg._render_page(ecg.shown).toImage().convertToFormat(
            pictures[-1].format())  # fmt: skip
    assert pictures[0] == pictures[3]
    assert pictures[0] != pictures[1] != pictures[2] != pictures[3]


def test_the_page_scrolls_to_a_beat_that_is_chosen_and_to_no_other(qtbot, ecg):
    ecg.set_record(synthetic_record(seconds=40.0))
    ecg.set_marks((), ((20.1, 21.1),))
    assert ecg.shown.start_s == 0.0  # the first answer leaves the beginning in sight
    ecg.set_marks(())
    ecg.set_marks((BeatMark(20.5, BeatGrade.DOMINANT, 0.9, 20),), ((20.104, 21.104),))
    assert ecg.shown.start_s == 0.0  # the same beat under another filter
    ecg.set_marks((), ((25.1, 26.1),))
    assert ecg.shown.start_s == 21.0
    ecg.set_marks((), ((24.1, 25.1),))
    assert ecg.shown.start_s == 21.0  # in sight
    ecg.set_marks((), ((38.8, 39.8),))
    assert ecg.shown.start_s == 30.0


def test_a_key_shows_the_analysed_beat(qtbot, ecg):
    ecg.set_record(synthetic_record(seconds=40.0))
    ecg.set_marks((), ((20.1, 21.1),))
    qtbot.keyClick(ecg, Qt.Key.Key_B)
    assert ecg.shown.start_s == 16.0
    for _ in range(6):
        ecg.zoom_in()
    ecg._pan(2000.0, 0.0)  # to the left edge
    qtbot.keyClick(ecg, Qt.Key.Key_B)
    strip = next(s for s in ecg.sheet.strips if s.start_s <= 20.1 < s.stop_s)
    left, _ = ecg._view.to_px(strip.x_mm(20.1), strip.zero_y)
    assert 0.0 <= left < ecg.width()


@pytest.mark.parametrize("moved", [(-7.0, 0.0), (9.0, -5.0), (-60.0, 45.0), (0.0, 200.0)])
def test_a_part_of_the_page_is_painted_as_in_the_whole(qtbot, ecg, moved):
    for _ in range(3):
        ecg.zoom_in()
    qtbot.waitUntil(lambda: not (ecg._rest.isActive() or ecg._marking.isActive()))
    ecg.grab()
    ecg._pan(*moved)
    moving = ecg.grab().toImage()
    ecg._page = None
    coarse = ecg.grab().toImage()
    covered = QRegion(ecg.rect().translated(*map(int, moved)))
    for bare in QRegion(ecg.rect()) - covered:
        assert moving.copy(bare) == coarse.copy(bare)
    assert moving != coarse


def test_a_caliper_leaves_the_cached_page_alone_and_is_seen(qtbot, ecg):
    qtbot.waitUntil(lambda: not ecg._rest.isActive())
    bare = ecg.grab().toImage()
    page = ecg._page
    qtbot.keyClick(ecg, Qt.Key.Key_Return)
    assert ecg.grab().toImage() != bare
    assert ecg._page is page


def test_a_moving_page_is_the_old_one_shifted_and_then_fine_again(qtbot, ecg):
    def image():
        made = ecg.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        raw = np.frombuffer(made.constBits(), np.uint8).reshape(made.height(), made.bytesPerLine())
        return raw[:, : 4 * made.width()].reshape(made.height(), made.width(), 4).copy()

    for _ in range(2):
        ecg.zoom_in()
    qtbot.waitUntil(lambda: not ecg._rest.isActive())
    before = image()
    ecg._pan(-40.0, -25.0)
    moving = image()
    assert (moving[:-25, :-40] == before[25:, 40:]).all()
    assert dark(QImage(moving.tobytes(), moving.shape[1], moving.shape[0],
                       QImage.Format.Format_RGB32))[:, -40:].any()  # fmt: skip
    qtbot.waitUntil(lambda: not ecg._rest.isActive())
    rested = image()
    ecg._repaint_page()
    assert (image() == rested).all()


def test_the_reading_cursor_walks_along_the_trace(qtbot, ecg):
    with qtbot.waitSignal(ecg.cursorMoved) as first:
        qtbot.keyClick(ecg, Qt.Key.Key_C)
    assert first.args[0].startswith("I   ")
    with qtbot.waitSignal(ecg.cursorMoved) as right:
        qtbot.keyClick(ecg, Qt.Key.Key_Right)
    shown_ms = [int(re.search(r"(\d+) ms", s.args[0])[1]) for s in (first, right)]
    assert shown_ms[1] - shown_ms[0] == 2
    with qtbot.waitSignal(ecg.cursorMoved) as below:
        qtbot.keyClick(ecg, Qt.Key.Key_Down)
    assert below.args[0].startswith("II   ")


def test_the_magnifier_shows_the_lead_three_times_as_large(qtbot, ecg):
    qtbot.waitUntil(lambda: not ecg._rest.isActive())
    bare = ecg.grab().toImage()
    qtbot.keyClick(ecg, Qt.Key.Key_G)
    move(ecg, on_trace(ecg, "V6", 8.0), button=Qt.MouseButton.NoButton)
    lens = ecg.grab().toImage()
    assert lens != bare
    qtbot.keyClick(ecg, Qt.Key.Key_Escape)
    assert ecg.grab().toImage() == bare


@pytest.mark.parametrize(("eye_y", "share"), [(50.0, 0.5), (10.0, 0.8), (90.0, 0.2)])
def test_the_lens_never_leaves_its_trace(eye_y, share):
    strip = lay_out().strips[0]
    box = Rect(8.0, 8.0, 300.0, 200.0)
    paper = magnified(box, Lens(strip, (40.0, 50.0), eye_y, 4.0))
    assert (50.0 - paper.y) / paper.height == pytest.approx(share)
    assert paper.width == pytest.approx(300.0 / 12.0)
    assert 40.0 - paper.x == pytest.approx(paper.width / 2)


def test_every_choice_of_the_page_has_a_key(qtbot, ecg):
    with qtbot.waitSignals([ecg.pageChanged] * 5):
        for key in (Qt.Key.Key_Period, Qt.Key.Key_BracketRight, Qt.Key.Key_F, Qt.Key.Key_H,
                    Qt.Key.Key_R):  # fmt: skip
            qtbot.keyClick(ecg, key)
    assert ecg.page_scale == Scale(50.0, 20.0)
    assert ecg.page_filter == DisplayFilter("diagnostic", 50.0)
    assert ecg.page_layout.rhythm == ("III",)
    assert "DISPLAY FILTER 0.05–150 Hz, notch 50 Hz" in ecg.accessibleDescription()
    qtbot.keyClick(ecg, Qt.Key.Key_L)
    assert ecg.page_layout.name == "3x4+3"


def test_fast_paper_keeps_its_height_and_scrolls_sideways(ecg):
    before = ecg._view.px_per_mm
    ecg.set_scale(Scale(50.0, 10.0))
    assert ecg._view.px_per_mm == pytest.approx(before, rel=0.1)
    assert ecg.sheet.paper.right * ecg._view.px_per_mm > ecg.width()


def test_an_hour_scrolls_by_bar_and_key(qtbot, ecg):
    minute = synthetic_record(seconds=60.0, rate_hz=250.0).signal_mv
    ecg.set_record(Record(np.tile(minute, 60), 250.0))
    assert ecg._time.isVisible()
    ecg._time.setValue(18000)
    assert ecg.sheet.start_s == 1800.0
    qtbot.keyClick(ecg, Qt.Key.Key_PageDown)
    assert ecg.sheet.start_s == 1800.0 + SHEET_S
    qtbot.keyClick(ecg, Qt.Key.Key_Right)
    assert ecg.sheet.start_s == 1801.0 + SHEET_S
    assert "0:30:11–0:30:21 of 1:00:00" in ecg.accessibleDescription()
    qtbot.keyClick(ecg, Qt.Key.Key_End)
    assert ecg.sheet.start_s == 3590.0
    assert ecg._time.value() == 35900
    qtbot.keyClick(ecg, Qt.Key.Key_Home)
    assert ecg.sheet.start_s == 0.0


def test_another_view_can_point_at_a_wave(qtbot, ecg):
    qtbot.waitUntil(lambda: not ecg._rest.isActive())
    bare = ecg.grab().toImage()
    ecg.set_hover(("V2",), ((5.4, 5.8),))
    assert ecg.grab().toImage() != bare
    ecg.set_hover()
    assert ecg.grab().toImage() == bare
    with qtbot.waitSignal(ecg.pointed) as pointed:
        move(ecg, on_trace(ecg, "V2", 6.0), button=Qt.MouseButton.NoButton)
    assert pointed.args == ["V2", pytest.approx(6.0, abs=0.01)]


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


def test_selectors_and_keys_of_the_page_stay_in_step(qtbot, window):
    window.ecg.set_record(synthetic_record())
    window.page.speed.setCurrentIndex(2)
    window.page.speed.activated.emit(2)
    assert window.ecg.page_scale.mm_per_s == 50.0
    window.ecg.page_actions["layout_next"].trigger()
    assert window.page.arrangement.currentData() == "3x4+3"
    assert not window.page.rhythm.isEnabled()
    assert window.preferences[preferences.LAYOUT] == "3x4+3"
    window.ecg.page_actions["notch_next"].trigger()
    assert window.page.notch.currentData() == 50.0


def test_every_page_command_is_in_a_menu(window):
    shown = {a for menu in window.commands.menus.values() for a in menu.actions()}
    assert set(window.ecg.page_actions.values()) <= shown
