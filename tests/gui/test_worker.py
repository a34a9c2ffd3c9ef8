"""The child process, real: round trips, newest request, death, end."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import helpers
import numpy as np
import pytest
from PySide6.QtCore import QProcess

from elvmass.errors import FileError
from elvmass.io.write.muse import write_muse
from elvmass.pipeline import Options
from elvmass.record import Record
from elvmass_gui.messages import WorkerError
from elvmass_gui.processes import jobs, worker
from elvmass_gui.processes.jobs import WorkerProcess, command
from elvmass_gui.processes.pipe import Inbox, parts, receive
from elvmass_gui.processes.worker import AnalyseRequest, Answer, Loop, ReadRequest, answer

WAIT_MS = 30_000


@pytest.fixture
def process(qapp):
    made = WorkerProcess("reader", threads=1)
    yield made
    made.stop()


@pytest.fixture
def ecg(tmp_path: Path) -> Path:
    path = tmp_path / "ecg.xml"
    write_muse(helpers.synthetic_record(), path)
    return path


def pack(message: object) -> bytes:
    return b"".join(parts(message))


def messages(data: bytes) -> list[Answer]:
    inbox = Inbox()
    inbox.add(data)
    return list(iter(inbox.take, None))


def wait_answer(qtbot, process: WorkerProcess, request: ReadRequest) -> Answer:
    with qtbot.waitSignal(process.answered, timeout=WAIT_MS) as caught:
        process.submit(request)
    return caught.args[0]


def test_reads_in_a_child_process(qtbot, process, ecg) -> None:
    process.start()
    got = wait_answer(qtbot, process, ReadRequest(7, ecg))
    assert got.id == 7
    assert isinstance(got.value, Record)
    np.testing.assert_allclose(
        got.value.signal_mv, helpers.synthetic_record().signal_mv, atol=0.006
    )


def test_an_error_travels_whole(qtbot, process, tmp_path) -> None:
    process.start()
    got = wait_answer(qtbot, process, ReadRequest(1, tmp_path / "none.xml"))
    assert isinstance(got.error, FileError)
    assert got.error.path == tmp_path / "none.xml"
    assert got.error.remedy


def test_nothing_starts_before_start(qtbot, process, ecg) -> None:
    process.submit(ReadRequest(1, ecg))
    assert process.state == "off"
    with qtbot.waitSignal(process.answered, timeout=WAIT_MS) as caught:
        process.start()
    assert caught.args[0].id == 1


def test_only_the_newest_is_answered(qtbot, process, ecg, tmp_path) -> None:
    answers: list[Answer] = []
    process.answered.connect(answers.append)
    process.start()
    for k in range(1, 6):
        process.submit(ReadRequest(k, ecg))
    qtbot.waitUntil(lambda: bool(answers), timeout=WAIT_MS)
    assert [a.id for a in answers] == [5]


def test_death_is_told_and_survived(qtbot, process, ecg) -> None:
    process.start()
    wait_answer(qtbot, process, ReadRequest(1, ecg))
    child = process._process.processId()
    os.kill(child, signal.SIGSTOP)  # or it might answer before it dies
    with qtbot.waitSignal(process.answered, timeout=WAIT_MS) as caught:
        process.submit(ReadRequest(2, ecg))
        os.kill(child, signal.SIGKILL)
    assert caught.args[0].id == 2
    assert isinstance(caught.args[0].error, WorkerError)
    assert str(caught.args[0].error).endswith("ended unexpectedly and was started again")
    assert wait_answer(qtbot, process, ReadRequest(3, ecg)).value is not None


def test_a_child_that_dies_at_once_is_started_again_only_once(qtbot, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "command", lambda: (sys.executable, ["-c", "raise SystemExit(3)"]))
    process = WorkerProcess("reader")
    answers: list[Answer] = []
    process.answered.connect(answers.append)
    process.start()
    qtbot.waitUntil(lambda: len(answers) == 2 and process.state == "off", timeout=WAIT_MS)
    qtbot.wait(200)
    assert ["again" in str(answer.error) for answer in answers] == [True, False]
    process.stop()


def test_a_program_that_is_missing_is_told(qtbot, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "command", lambda: ("/nonexistent/program", []))
    process = WorkerProcess("reader")
    with qtbot.waitSignal(process.answered, timeout=WAIT_MS) as caught:
        process.start()
    assert "could not be started" in str(caught.args[0].error)
    process.stop()


def test_prints_do_not_reach_the_pipe() -> None:
    code = (
        "import sys, elvmass_gui.processes.worker as w\n"
        "w.HANDLERS[w.ReadRequest] = lambda r: print('stray') or sys.stdout.write('more')\n"
        "sys.exit(w.serve())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=pack(ReadRequest(4, Path("x"))),
        capture_output=True, check=True,
    )  # fmt: skip
    assert [each.id for each in messages(done.stdout)] == [4]
    assert b"stray" in done.stderr


def test_ends_in_silence_when_the_window_is_gone(tmp_path) -> None:
    code = "import sys, elvmass_gui.processes.worker as w; sys.exit(w.serve())"
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    child.stdin.write(pack(ReadRequest(1, tmp_path / "gone.xml")))
    child.stdin.close()
    said = child.stderr.read()
    child.stderr.close()
    assert child.wait(60) == 0
    assert said == b""


def test_the_reader_never_loads_torch_or_qt(ecg) -> None:
    code = (
        "import sys, pathlib, elvmass_gui.processes.worker as w\n"
        f"a = w.answer(w.ReadRequest(1, pathlib.Path({str(ecg)!r})))\n"
        "assert a.value is not None, a.error\n"
        "print([m for m in ('torch', 'PySide6', 'scipy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_no_one_foresaw_becomes_an_answer(monkeypatch, capsys) -> None:
    def fail(request: ReadRequest) -> Record:
        raise ZeroDivisionError("by zero")

    monkeypatch.setitem(worker.HANDLERS, ReadRequest, fail)
    got = answer(ReadRequest(3, Path("x")))
    assert isinstance(got.error, WorkerError)
    assert "ZeroDivisionError" in str(got.error)
    assert "by zero" in capsys.readouterr().err


@pytest.mark.parametrize("cut", [0, 3, 8, 20, 40, 70_000])
def test_half_a_message_waits(cut: int) -> None:
    record = replace(helpers.synthetic_record(), signal_mv=np.zeros((12, 6000)))
    whole = pack(Answer(9, record))
    inbox = Inbox()
    inbox.add(whole[:cut])
    assert inbox.take() is None
    inbox.add(whole[cut:] + whole)
    assert [inbox.take().id for _ in range(2)] == [9, 9]
    assert inbox.take() is None
    assert receive(io.BytesIO(whole[:cut])) is None
    assert receive(io.BytesIO(whole)).id == 9


def test_large_arrays_arrive_whole_and_read_only() -> None:
    signal_mv = np.random.default_rng(1).normal(size=(12, 6000))
    record = replace(helpers.synthetic_record(), signal_mv=signal_mv)
    packed = pack(Answer(1, record))
    inbox = Inbox()
    inbox.add(packed)
    for arrived in (inbox.take().value, receive(io.BytesIO(packed)).value):
        np.testing.assert_array_equal(arrived.signal_mv, signal_mv)
        assert not arrived.signal_mv.flags.writeable


def test_a_long_recording_is_handed_over_in_pieces(qtbot, process, monkeypatch) -> None:
    """All of it at once would stop the window for as long as copying takes."""
    written: list[int] = []
    real = QProcess.write

    def write(self: QProcess, data: bytes) -> int:
        written.append(len(data))
        return int(real(self, data))

    monkeypatch.setattr(QProcess, "write", write)
    minute = helpers.synthetic_record(seconds=60.0)
    long = replace(minute, signal_mv=np.tile(minute.signal_mv, (1, 3)))
    process.start()
    process.submit(AnalyseRequest(1, long, Options(explain=False, each_beat=False)))
    assert sum(written) < long.signal_mv.nbytes
    with qtbot.waitSignal(process.answered, timeout=WAIT_MS) as caught:
        pass
    assert caught.args[0].error is None
    assert max(written) <= 2**20
    assert sum(written) > long.signal_mv.nbytes


@pytest.mark.skipif(sys.platform != "linux", reason="pipes have the size that the system gives")
def test_ten_seconds_are_handed_over_at_once(qtbot, process, ecg) -> None:
    process.start()
    record = wait_answer(qtbot, process, ReadRequest(1, ecg)).value  # its pipes are wide now
    os.kill(process.process_id, signal.SIGSTOP)  # nobody takes anything out
    assert record.signal_mv.nbytes > 4 * 2**16
    process.submit(AnalyseRequest(2, record, Options(explain=False)))
    assert process._process.bytesToWrite() == 0  # without a turn of the event loop


def test_a_frozen_program_calls_itself(monkeypatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert command() == (sys.executable, ["--worker"])


def test_an_estimate_overtakes_an_explanation(monkeypatch) -> None:
    record = helpers.synthetic_record()
    may_end, sink = threading.Event(), io.BytesIO()

    def analyse(request: AnalyseRequest) -> None:
        if request.options.explain:
            assert may_end.wait(timeout=30)

    monkeypatch.setitem(worker.HANDLERS, AnalyseRequest, analyse)
    loop = Loop(sink)
    for number, explain in ((1, True), (2, True), (3, True), (4, False)):
        loop.take(AnalyseRequest(number, record, Options(explain=explain)))
    assert messages(sink.getvalue())[0].id == 4
    may_end.set()
    loop.end()
    answered = [each.id for each in messages(sink.getvalue())]
    assert answered[:2] == [4, 1]
    assert 2 not in answered  # it waited, and a newer one took its place
