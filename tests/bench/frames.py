"""Processor time of a frame of the ECG page, beside pyqtgraph's plots in the same run.

    python tests/bench/frames.py [--frames 40]

1600 x 1000 pixels, twelve leads and a rhythm strip, 20,000 points, antialiased. Ours and the
peers draw in alternating rounds. pyqtgraph draws thirteen `plot` items in one view on ruled
paper of its own grid; at 1.5 px, and at the 1 px that its users fall back to. mne-qt-browser
shows the same ten seconds of twelve leads at 1 px, without antialiasing and without a grid; it is
run where it is installed (`pip install '.[bench]'`) and there is a display, which Xvfb can be. The
beat panel has its segments and the saliency lanes.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import tempfile
import time
from collections.abc import Callable

if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

import elvmass_resources
from elvmass import io, pipeline
from elvmass.beat import BeatKind
from elvmass.choices import SignalOptions
from elvmass.pipeline import Options
from elvmass.record import LEADS, Record
from elvmass_gui.geometry.calipers import CaliperKind
from elvmass_gui.geometry.shown import strip_points
from elvmass_gui.views.beat import BeatView
from elvmass_gui.views.ecg import EcgView

SIZE = (1600, 1000)
Frame = Callable[[int], None]


def painted(change: Frame) -> Frame:
    """A change of a widget and the painting that it asks for."""

    def frame(k: int) -> None:
        change(k)
        QApplication.processEvents()

    return frame


def view_of(record: Record) -> EcgView:
    """Our page, at rest."""
    view = EcgView()
    view.resize(*SIZE)
    view.set_record(record)
    view.show()
    view._rest.stop()
    return view


def redraw(view: EcgView) -> Frame:
    """Everything anew, finely."""

    def change(_: int) -> None:
        view._rest.stop()
        view._repaint_page()

    return painted(change)


def pan(view: EcgView) -> Frame:
    """The page follows the hand; drawn coarsely, as while it moves."""
    view.zoom_in()
    return painted(lambda k: view._pan(3.0 if k % 2 else -3.0, 0.0))


def drag_caliper(view: EcgView) -> Frame:
    """A snapping caliper follows the hand over the cached page."""
    view._tool.kind = CaliperKind.TIME
    strip = view.sheet.strips_of("V5")[0]
    start = view._view.to_px(strip.x_mm(strip.start_s + 0.5), strip.zero_y)
    button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier

    def event(kind: QMouseEvent.Type, dx: float) -> QMouseEvent:
        at = QPointF(start[0] + dx, start[1])
        return QMouseEvent(kind, at, at, button, button, none)

    view.mousePressEvent(event(QMouseEvent.Type.MouseButtonPress, 0.0))
    move = QMouseEvent.Type.MouseMove
    return painted(lambda k: view.mouseMoveEvent(event(move, 60.0 + k % 40)))


def beat_panel(record: Record) -> tuple[BeatView, Frame]:
    """Two beats in turn with segments and saliency: laid out and painted anew each time."""
    view = BeatView()
    view.resize(*SIZE)
    analyses = [
        pipeline.analyse(record, Options(explain=True, signal=SignalOptions(kind=kind)))
        for kind in (BeatKind.MIDDLE, BeatKind.MEDIAN)
    ]
    view.show()

    def change(k: int) -> None:
        view.set_analysis(analyses[k % 2])
        while view._paint.isActive():  # it paints when the numbers beside it are on the screen
            QApplication.processEvents()

    return view, painted(change)


def plots(record: Record, width_px: float) -> tuple[pg.PlotWidget, Frame]:
    """The same curves as plain plots of pyqtgraph; a frame is a pan."""
    view = view_of(record)
    widget = pg.PlotWidget(background="w")
    widget.resize(*SIZE)
    widget.showGrid(x=True, y=True)
    pen = pg.mkPen("k", width=width_px)
    assert view.shown is not None
    for strip in view.sheet.strips:
        x, y = strip_points(strip, view.shown)
        good = np.isfinite(y)
        widget.plot(x[good], -y[good], pen=pen, antialias=True)
    widget.show()
    box = widget.getPlotItem().getViewBox()
    return widget, painted(lambda k: box.translateBy(x=0.5 if k % 2 else -0.5))


def mne_browser(record: Record) -> tuple[QWidget, Frame]:
    """The same leads twice in a row in mne-qt-browser; a frame is a pan by a tenth of a second."""
    os.environ["_MNE_FAKE_HOME_DIR"] = tempfile.mkdtemp()  # it would write settings of its own
    import mne

    info = mne.create_info(list(LEADS), record.rate_hz, "ecg", verbose="error")
    raw = mne.io.RawArray(1e-3 * np.tile(record.signal_mv, 2), info, verbose="error")
    mne.viz.set_browser_backend("qt", verbose="error")
    browser = raw.plot(duration=10.0, n_channels=12, block=False, theme="light", verbose="error")
    browser.resize(*SIZE)
    return browser, painted(lambda k: browser.hscroll(-0.1 if k % 2 else 0.1))


def measure(frames: dict[str, Frame], rounds: int) -> dict[str, float]:
    """Median processor time of each, ms, in alternating rounds."""
    spent: dict[str, list[float]] = {name: [] for name in frames}
    for k in range(rounds + 2):
        for name, frame in frames.items():
            start_s = time.process_time()
            frame(k)
            if k >= 2:
                spent[name].append(1000.0 * (time.process_time() - start_s))
            for _ in range(3):  # what it left behind is not the next one's
                QApplication.processEvents()
    return {name: statistics.median(times) for name, times in spent.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=40)
    args = parser.parse_args()
    application = QApplication([])
    record = io.read(elvmass_resources.path("examples", "real_mortara.dcm"))
    views = {name: view_of(record) for name in ("redraw", "pan", "caliper")}
    beat, beat_frame = beat_panel(record)
    thick, thick_frame = plots(record, 1.5)
    thin, thin_frame = plots(record, 1.0)
    application.processEvents()
    views["caliper"]._rest.stop()
    frames = {
        "page redraw, 1.5 px (at most 16 ms)": redraw(views["redraw"]),
        "page pan (at most 8 ms)": pan(views["pan"]),
        "caliper drag (at most 1 ms)": drag_caliper(views["caliper"]),
        "beat panel with saliency (at most 20 ms)": beat_frame,
        "pyqtgraph pan, 1.5 px": thick_frame,
        "pyqtgraph pan, 1 px": thin_frame,
    }
    widgets: list[QWidget] = [*views.values(), beat, thick, thin]
    if importlib.util.find_spec("mne_qt_browser") and application.platformName() != "offscreen":
        browser, frames["mne-qt-browser pan, 1 px, no antialiasing"] = mne_browser(record)
        widgets.append(browser)
    else:
        print("mne-qt-browser left out: it needs a display and pip install '.[bench]'")
    for name, spent_ms in measure(frames, args.frames).items():
        print(f"{name:42s} {spent_ms:7.2f} ms")
    for widget in widgets:
        widget.close()


if __name__ == "__main__":
    main()
