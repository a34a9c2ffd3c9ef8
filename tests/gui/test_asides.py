"""Questions beside the estimate: lanes of their own, newest wins, cancel, death."""

from __future__ import annotations

import io
import os
import signal
import sys
import threading

import helpers

from elvmass.beside import Given
from elvmass.errors import Cancelled
from elvmass.pipeline import Options
from elvmass.record import Sex
from elvmass.result import SecondEstimate
from elvmass_gui.messages import WorkerError
from elvmass_gui.processes import aside_requests, jobs
from elvmass_gui.processes.aside_lanes import Lanes
from elvmass_gui.processes.aside_requests import (
    AsideAnswer,
    CancelAside,
    CheckRequest,
    ControlRequest,
    Progress,
    SecondRequest,
)
from elvmass_gui.processes.jobs import WorkerProcess
from elvmass_gui.processes.pipe import Inbox
from elvmass_gui.processes.worker import AnalyseRequest, Answer, Loop

WAIT_MS = 60_000


def given() -> Given:
    return Given.of(helpers.toy_analysis())


def check(number: int) -> CheckRequest:
    return CheckRequest(number, helpers.synthetic_record(), Options())


def control(number: int) -> ControlRequest:
    return ControlRequest(number, helpers.synthetic_record(), Options())


def test_the_newest_of_a_kind_wins_and_kinds_do_not_wait(monkeypatch) -> None:
    may_end, sent = threading.Event(), []

    def slow(request, report):
        assert may_end.wait(timeout=30)

    monkeypatch.setitem(aside_requests.HANDLERS, CheckRequest, slow)
    monkeypatch.setitem(aside_requests.HANDLERS, ControlRequest, lambda request, report: None)
    quick = threading.Event()

    def send(message) -> None:
        sent.append(message.id)
        if message.id == 4:
            quick.set()

    lanes = Lanes(send)
    for number in (1, 2, 3):
        lanes.take(check(number))
    lanes.take(control(4))
    assert quick.wait(timeout=30)
    assert sent == [4]
    may_end.set()
    for thread in lanes._threads.values():
        thread.shutdown()
    assert sent == [4, 1, 3]


def test_an_estimate_does_not_wait_for_a_question(monkeypatch) -> None:
    may_end, sink = threading.Event(), io.BytesIO()
    monkeypatch.setitem(
        aside_requests.HANDLERS, CheckRequest, lambda request, report: may_end.wait(30) and None
    )
    monkeypatch.setattr(
        "elvmass_gui.processes.worker.HANDLERS", {AnalyseRequest: lambda request: None}
    )
    loop = Loop(sink)
    loop.take(check(1))
    loop.take(AnalyseRequest(1, helpers.synthetic_record(), Options(explain=False)))
    inbox = Inbox()
    inbox.add(sink.getvalue())
    assert isinstance(inbox.take(), Answer)
    may_end.set()
    loop.end()
    inbox = Inbox()
    inbox.add(sink.getvalue())
    assert [type(inbox.take()) for _ in range(2)] == [Answer, AsideAnswer]


def test_progress_stops_a_question_that_is_cancelled(monkeypatch) -> None:
    started, told = threading.Event(), []

    def endless(request, report):
        while True:
            report("on", 0.5)
            started.set()

    monkeypatch.setitem(aside_requests.HANDLERS, CheckRequest, endless)
    lanes = Lanes(told.append)
    lanes.take(check(7))
    assert started.wait(timeout=30)
    lanes.cancel(CancelAside(99))  # nobody's
    lanes.cancel(CancelAside(7))
    for thread in lanes._threads.values():
        thread.shutdown()
    assert isinstance(told[0], Progress)
    assert isinstance(told[-1], AsideAnswer)
    assert isinstance(told[-1].error, Cancelled)


def test_what_no_one_foresaw_becomes_an_answer(monkeypatch, capsys) -> None:
    def fail(request, report):
        raise ZeroDivisionError("by zero")

    monkeypatch.setitem(aside_requests.HANDLERS, SecondRequest, fail)
    told = []
    lanes = Lanes(told.append)
    lanes.take(SecondRequest(3, given(), Sex.MALE))
    lanes.end()
    assert isinstance(told[0].error, WorkerError)
    assert "by zero" in capsys.readouterr().err


def test_a_child_process_answers(qtbot) -> None:
    from elvmass import pipeline

    record = helpers.synthetic_record()
    case = Given.of(pipeline.analyse(record, Options(explain=False)))
    process = WorkerProcess("analyst", threads=1)
    process.start()
    with qtbot.waitSignal(process.told, timeout=WAIT_MS) as caught:
        process.ask(SecondRequest(1, case, Sex.MALE))
        process.ask(SecondRequest(2, case, Sex.MALE))
    assert caught.args[0].id == 2
    assert isinstance(caught.args[0].value, SecondEstimate)
    steps = []
    process.progressed.connect(steps.append)
    with qtbot.waitSignal(process.told, timeout=WAIT_MS) as caught:
        process.ask(CheckRequest(3, record, Options()))
    assert caught.args[0].error is None
    assert [s.done for s in steps] == sorted(s.done for s in steps)
    assert steps[-1].done == 1.0
    process.stop()


def test_death_is_told_to_those_who_wait(qtbot) -> None:
    process = WorkerProcess("analyst", threads=1)
    process.start()
    child = process._process.processId()
    os.kill(child, signal.SIGSTOP)  # or it might answer before it dies
    with qtbot.waitSignal(process.told, timeout=WAIT_MS) as caught:
        process.ask(check(5))
        os.kill(child, signal.SIGKILL)
    assert caught.args[0].id == 5
    assert isinstance(caught.args[0].error, WorkerError)
    process.stop()


def test_without_a_process_the_answer_is_an_error(qtbot, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "command", lambda: (sys.executable, ["-c", "pass"]))
    process = WorkerProcess("analyst")
    told = []
    process.told.connect(told.append)
    process.ask(check(1))
    assert isinstance(told[0].error, WorkerError)


def test_a_process_that_is_gone_leaves_no_button_pressed(window, session, analyst, monkeypatch):
    """The answer comes while the question is still being asked."""
    session.adopt(helpers.synthetic_record())
    for _ in range(2):
        analyst.answer(helpers.toy_analysis(session.record))
    monkeypatch.setattr(
        analyst, "ask", lambda request: analyst.tell(error=WorkerError("gone"), to=request)
    )
    trial = window.panels.side.importance.trial
    trial.random.click()
    assert not trial.random.isChecked()
    trial.check.click()
    assert trial.check.text() == "Check this ECG"
    assert "gone" in trial.step.text()


def test_a_second_check_stops_the_first(window, session, analyst) -> None:
    session.adopt(helpers.synthetic_record())
    for _ in range(2):
        analyst.answer(helpers.toy_analysis(session.record))
    for _ in range(2):
        window.commands.actions["check_ecg"].trigger()
    first, _ = [each for each in analyst.asked if isinstance(each, CheckRequest)]
    assert [each.id for each in analyst.cancelled] == [first.id]
