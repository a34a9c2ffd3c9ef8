"""Fixtures of the window tests: no display, no leaked process, timer or thread."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import helpers
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QProcess, QTimer, Signal
from PySide6.QtWidgets import QApplication, QDialog

from elvmass_gui import style
from elvmass_gui.main_window import MainWindow
from elvmass_gui.processes.aside_requests import AsideAnswer, AsideRequest, CancelAside
from elvmass_gui.processes.worker import Answer, Request
from elvmass_gui.settings import Settings
from elvmass_gui.state.session import Session
from elvmass_gui.views.beat_editor import BeatEditor
from elvmass_gui.views.ecg import EcgView


class FakeWorker(QObject):
    """Remembers what it was asked; the test answers by hand."""

    answered = Signal(object)
    told = Signal(object)
    progressed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self.aborted = 0
        self.asked: list[AsideRequest] = []
        self.cancelled: list[CancelAside] = []

    def ask(self, request: AsideRequest) -> None:
        self.asked.append(request)

    def cancel(self, request: CancelAside) -> None:
        self.cancelled.append(request)

    def tell(self, value: object = None, error: object = None, to: object = None) -> None:
        request = to or self.asked[-1]
        self.told.emit(AsideAnswer(request.id, value, error))

    def submit(self, request: Request) -> None:
        self.requests.append(request)

    def abort(self) -> None:
        self.aborted += 1

    @property
    def last(self) -> Request:
        return self.requests[-1]

    def answer(self, value: object = None, error: object = None, to: Request | None = None) -> None:
        request = to or self.last
        self.answered.emit(Answer(request.id, value, error))  # type: ignore[arg-type]


@pytest.fixture
def reader(qapp: QApplication) -> FakeWorker:
    return FakeWorker()


@pytest.fixture
def analyst(qapp: QApplication) -> FakeWorker:
    return FakeWorker()


@pytest.fixture
def session(reader: FakeWorker, analyst: FakeWorker) -> Session:
    def read_now(path: Path) -> object:
        raise AssertionError(f"{path} must not be read in the window's process")

    return Session(reader, analyst, read_now)  # type: ignore[arg-type]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "viewer.ini")


@pytest.fixture
def window(qtbot, qapp: QApplication, session: Session, settings: Settings) -> MainWindow:
    style.apply(qapp)
    made = MainWindow(session, settings)
    qtbot.addWidget(made)
    made.add_panels()
    made.resize(1366, 768)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def explained(window: MainWindow, session: Session, analyst: FakeWorker) -> MainWindow:
    """The window with an ECG whose estimate is explained."""
    session.adopt(helpers.synthetic_record())
    for _ in range(2):
        analyst.answer(helpers.explained_analysis(session.record))
    return window


@pytest.fixture
def beat(explained: MainWindow) -> BeatEditor:
    """The beat panel of that window."""
    assert explained.panels is not None
    return explained.panels.beat


@pytest.fixture
def ecg(qtbot, qapp: QApplication) -> EcgView:
    """The ECG page by itself, with a recording and the focus."""
    view = EcgView()
    qtbot.addWidget(view)
    view.resize(1330, 800)
    view.set_record(helpers.synthetic_record(noise_mv=0.0))
    view.show()
    qtbot.waitExposed(view)
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    return view


@pytest.fixture(autouse=True)
def accepts_export_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The dialog before the file dialog would wait for ever; its defaults are taken."""
    from elvmass_gui.outputs.output_choices import ExportDialog

    monkeypatch.setattr(ExportDialog, "exec", lambda self: QDialog.DialogCode.Accepted)


@pytest.fixture(autouse=True)
def no_leaks(running: set[int]) -> Iterator[None]:
    """Fail a test that leaves a process, a running timer or a thread behind.

    Usual cause: a worker that was started without `stop()`, or a widget that was made without
    `qtbot.addWidget`.
    """
    threads = set(threading.enumerate())
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    found = _running()
    left: list[object] = [o for o in found if id(o) not in running]
    left += [t for t in threading.enumerate() if t not in threads]
    running.clear()
    running.update(map(id, found))
    assert not left, f"left behind: {left}"


@pytest.fixture(scope="session")
def running(qapp: QApplication) -> set[int]:
    """What runs between tests; one search of all objects for each test, not two (0.2 s each)."""
    return set(map(id, _running()))


def _running() -> list[QObject]:
    import shiboken6

    # The exact type, not isinstance: that asks each object for its __class__, and some (of torch's,
    # where another test has loaded it) warn when they are touched.
    kinds = frozenset((*_with_subclasses(QTimer), *_with_subclasses(QProcess)))
    found = [o for o in gc.get_objects() if type(o) in kinds]
    alive = [o for o in found if shiboken6.isValid(o)]
    return [
        o for o in alive
        if (isinstance(o, QTimer) and o.isActive())
        or (isinstance(o, QProcess) and o.state() != QProcess.ProcessState.NotRunning)
    ]  # fmt: skip


def _with_subclasses(kind: type) -> Iterator[type]:
    yield kind
    for sub in kind.__subclasses__():
        yield from _with_subclasses(sub)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform has no window manager to tell size hints to, and says so."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints"))
