"""The program put together: start, first paint, real workers, end; and without a window."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import helpers
import pytest
from PySide6.QtCore import QProcess

from elvmass.errors import ConfigError
from elvmass.io.write.muse import write_muse
from elvmass_gui import app
from elvmass_gui.app import Viewer
from elvmass_gui.outputs import headless
from elvmass_gui.settings import Settings

WAIT_MS = 60_000
HEAVY = ("torch", "scipy", "pandas", "neurokit2", "pyqtgraph", "matplotlib", "wfdb", "pydicom")


@pytest.fixture
def ecg(tmp_path: Path) -> Path:
    path = tmp_path / "ecg.xml"
    write_muse(helpers.synthetic_record(), path)
    return path


def run_viewer(*arguments: object, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "elvmass_gui", *map(str, arguments)]
    places = {"XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        words,
        env=os.environ | places | env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_window_loads_nothing_heavy_before_it_shows_an_ecg(ecg, tmp_path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from elvmass_gui.app import Viewer\nfrom elvmass_gui.settings import Settings\n"
        "app = QApplication([])\n"
        f"viewer = Viewer(Settings(Path({str(tmp_path / 'viewer.ini')!r})))\n"
        f"viewer.show([Path({str(ecg)!r})])\n"
        "viewer.window.grab()\n"
        "assert viewer.session.record is not None\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules])\n"
        "viewer.stop_workers()\n"
    )
    env = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_workers_start_after_the_first_paint_and_end_with_the_window(qtbot, ecg, tmp_path) -> None:
    viewer = Viewer(Settings(tmp_path / "viewer.ini"))
    qtbot.addWidget(viewer.window)
    viewer.show([ecg])
    assert viewer.session.record is not None
    assert viewer.analyst.state == viewer.reader.state == "off"
    qtbot.waitUntil(lambda: viewer.reader.state == "starting", timeout=WAIT_MS)
    children = viewer.analyst.findChildren(QProcess) + viewer.reader.findChildren(QProcess)
    assert len(children) == 2
    pids = [child.processId() for child in children]
    viewer.window.close()
    assert viewer.analyst.state == viewer.reader.state == "off"
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_another_file_of_the_folder_comes_from_the_reader_process(qtbot, ecg, tmp_path) -> None:
    other = tmp_path / "a.xml"
    write_muse(helpers.synthetic_record(bpm=90), other)
    (tmp_path / "b.xml").write_text("<html/>")
    viewer = Viewer(Settings(tmp_path / "viewer.ini"))
    qtbot.addWidget(viewer.window)
    viewer.show([tmp_path / "ecg.xml"])
    viewer.analyst.stop()  # no models are needed here
    viewer.session.step(-1)
    qtbot.waitUntil(lambda: viewer.session.record.source.path == other, timeout=WAIT_MS)
    viewer.window.close()


def test_a_bad_file_on_the_command_line_is_a_message(qtbot, tmp_path) -> None:
    viewer = Viewer(Settings(tmp_path / "viewer.ini"))
    qtbot.addWidget(viewer.window)
    viewer.show([tmp_path / "none.xml"])
    assert viewer.window.message_bar.isVisible()
    assert viewer.window.message_bar.thing.text() == "none.xml"
    viewer.window.close()


def test_the_report_without_a_window(qapp, ecg, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(headless.pipeline, "analyse", lambda r, _: helpers.toy_analysis(r))
    monkeypatch.setattr(headless, "with_second", lambda analysis: analysis)
    (pdf,) = headless.export_file(ecg, tmp_path / "out.pdf")
    assert pdf.read_bytes().startswith(b"%PDF")
    with pytest.raises(ConfigError, match="docx"):
        headless.export_file(ecg, tmp_path / "out.docx")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--pages", "one"), "need --export"),
        (("--from", "side.json"), "need --export"),
        (("--export", "a.pdf", "--from", "side.json", "--anonymous"), "from the side file"),
    ],
)
def test_options_that_do_not_go_together_are_told(tmp_path, words, told) -> None:
    done = run_viewer(*words, "ecg.xml", home=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr


def test_a_large_recording_waits_for_the_reader_and_not_before_the_window(
    qtbot, ecg, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(app, "LARGE_BYTES", 1000)
    viewer = Viewer(Settings(tmp_path / "viewer.ini"))
    qtbot.addWidget(viewer.window)
    viewer.show([ecg])
    assert viewer.session.record is None
    assert viewer.window.busy.words.text() == "Reading ecg.xml …"
    assert viewer.window.ecg.accessibleDescription() == "Reading ecg.xml …"
    qtbot.waitUntil(lambda: viewer.session.record is not None, timeout=WAIT_MS)
    viewer.window.close()


def test_export_errors_are_one_sentence(tmp_path) -> None:
    done = run_viewer("--export", tmp_path / "o.pdf", tmp_path / "none.xml", home=tmp_path)
    assert done.returncode == 1
    assert "does not exist" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_without_a_display_one_sentence_names_the_remedy(ecg, tmp_path) -> None:
    bare = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": ""}
    done = run_viewer(ecg, home=tmp_path, **bare)
    assert done.returncode == 1
    assert "--export" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_measure_startup_reports_and_quits(ecg, tmp_path) -> None:
    done = run_viewer("--measure-startup", ecg, home=tmp_path, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["analyst_ready_monotonic_s"] > report["first_paint_monotonic_s"] > 0
    assert report["longest_stall_ms"] > 0 < report["longest_stall_cpu_ms"]
    assert report["first_paint_cpu_s"] > 0
