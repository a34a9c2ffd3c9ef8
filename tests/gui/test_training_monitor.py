"""The training window: cohort check, curves, stop, kill, resume, result, installation."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from elvmass.cli import main
from elvmass.errors import ConfigError
from elvmass.model.bundle import load_bundle
from elvmass.train.data.flow import STEPS, Flow, Refused
from elvmass.train.settings.config import TrainConfig
from elvmass.train.settings.presets import PRESETS, preset
from elvmass_gui.lab import words
from elvmass_gui.lab.cohort_view import flow_rows
from elvmass_gui.lab.monitor import TrainingMonitor
from elvmass_gui.lab.progress import Snapshot
from elvmass_gui.lab.requests import CheckCohort, CohortWork, Train, from_json, to_json
from elvmass_gui.lab.runs import State, all_runs

WAIT_MS = 120_000
N = 44


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with simulated ECGs."""
    folder = tmp_path_factory.mktemp("lab") / "cohort"
    assert main(["simulate", "--n", str(N), "--seed", "5", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def monitor(qtbot, tmp_path: Path) -> Iterator[TrainingMonitor]:
    made = TrainingMonitor(tmp_path / "trainings", tmp_path / "models")
    qtbot.addWidget(made)
    made.show()
    yield made
    if made.run is not None:
        made.run.end()
    made.close()


def check(qtbot, monitor: TrainingMonitor, path: Path) -> None:
    monitor.choose_cohort(path)
    qtbot.waitUntil(lambda: not monitor.checking.busy, timeout=WAIT_MS)


def wait_state(qtbot, monitor: TrainingMonitor, state: State) -> Snapshot:
    qtbot.waitUntil(
        lambda: monitor.snapshot is not None and monitor.snapshot.state is state, timeout=WAIT_MS
    )
    assert monitor.snapshot is not None
    return monitor.snapshot


def set_short(monitor: TrainingMonitor, epochs: int) -> None:
    form = monitor.desk.form
    form.preset.setCurrentIndex(form.preset.findData("elvmass_tcn"))
    form.take_preset()
    form.numbers["folds"].setValue(2)
    form.numbers["epochs"].setValue(epochs)
    form.name.setText("tiny")


# --- the cohort ------------------------------------------------------------------------------


def test_a_sound_cohort_fills_the_view_and_the_form(qtbot, monitor, cohort) -> None:
    check(qtbot, monitor, cohort)
    flow = monitor.cohort.flow
    assert flow.item(flow.rowCount() - 1, 2).text() == str(N)
    assert "men" in monitor.cohort.summary.text()
    assert "simulated" in monitor.cohort.summary.text()
    assert monitor.cohort.masses.widget is not None
    assert monitor.desk.form.name.text() == "cohort-pooled-model2"
    assert "no real patient" in monitor.desk.form.trained_on.text()
    assert monitor.desk.buttons["start"].isEnabled()


def test_every_bad_row_is_listed_and_sorts_by_number(qtbot, monitor, cohort, tmp_path) -> None:
    lines = (cohort / "cohort.csv").read_text("utf-8").splitlines()
    head = lines[0].split(",")
    broken = {4: ("lvm_g", "abc"), 11: ("lvm_g", "5000"), 13: ("sex", "x"), 21: ("patient", "")}
    for line, (column, value) in broken.items():
        cells = lines[line - 1].split(",")
        cells[head.index(column)] = value
        lines[line - 1] = ",".join(cells)
    cells = lines[30].split(",")
    lines[30] = ",".join(["ecg/none.xml", *cells[1:]])
    (tmp_path / "ecg").symlink_to(cohort / "ecg")
    (tmp_path / "table.csv").write_text("\n".join(lines) + "\n", "utf-8")
    check(qtbot, monitor, tmp_path / "table.csv")
    listed = monitor.cohort.refused
    assert [int(listed.item(row, 0).text()) for row in range(5)] == [4, 11, 13, 21, 31]
    assert listed.rowCount() == 5
    assert listed.item(0, 2).text() == "lvm_g 'abc' is not a number"
    assert "no file" in listed.item(4, 2).text()
    listed.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert listed.item(0, 0).text() == "31"
    assert monitor.cohort.summary.text().startswith("5 of 44 rows")
    assert not monitor.desk.buttons["start"].isEnabled()


def test_a_check_can_be_stopped_and_nothing_starts_while_it_runs(qtbot, monitor, cohort) -> None:
    desk = monitor.desk
    assert not desk.buttons["check"].isEnabled()  # there is nothing to check yet
    desk.form.trained_on.setText("made-up")
    desk.form.name.setText("x")
    monitor.choose_cohort(cohort)
    assert not desk.buttons["start"].isEnabled()
    assert desk.buttons["check"].text() == "Stop c&heck"
    qtbot.keyClick(monitor, Qt.Key.Key_Escape)
    assert not monitor.checking.busy
    assert monitor.isVisible()  # the next one would close it
    assert "was stopped" in monitor.cohort.summary.text()
    assert desk.buttons["check"].text() == "C&heck"
    assert desk.buttons["start"].isEnabled()
    desk.buttons["check"].click()
    qtbot.waitUntil(lambda: not monitor.checking.busy, timeout=WAIT_MS)
    assert "are analysed" in monitor.cohort.summary.text()


def test_a_missing_table_is_said(qtbot, monitor, tmp_path) -> None:
    check(qtbot, monitor, tmp_path)
    assert "does not exist" in monitor.cohort.summary.text()
    assert not monitor.desk.buttons["start"].isEnabled()


def test_flow_rows_are_those_of_the_core() -> None:
    refused = (
        Refused(3, Path("a"), "r", "quality"), Refused(9, Path("b"), "r", "wide_qrs"),
        Refused(7, Path("c"), "r", "quality"),
    )  # fmt: skip
    for excluding in (True, False):
        flow = Flow(12, 8, excluding, refused)
        lines = [line.split() for line in flow.table()]
        for row, line in zip(flow_rows(flow.as_dict()), lines, strict=True):
            words, left, remaining = row
            out = [] if left == "" else [str(-left)]
            shown = [*str(words).split(), *out, str(remaining)]
            assert shown == line or [*line, shown[-1]] == shown  # those kept have no number there
        assert len(lines) == len(STEPS) + 2


# --- the settings ----------------------------------------------------------------------------


def test_fields_take_the_values_of_each_preset(monitor) -> None:
    form = monitor.desk.form
    for key in PRESETS:
        form.preset.setCurrentIndex(form.preset.findData(key))
        form.take_preset()
        wanted = preset(key, name="x", trained_on="x", simulated=False)
        assert {name: box.value() for name, box in form.numbers.items()} == {
            "folds": wanted.folds, "epochs": wanted.epochs, "seed": wanted.seed,
        }  # fmt: skip
        form.name.setText("x")
        form.trained_on.setText("x")
        assert form.config() == wanted
    assert set(words.INPUT_CHOICES) == set(TrainConfig.__init__.__globals__["INPUT_SETS"])


def test_help_comes_from_the_configuration() -> None:
    """In plain words for every setting: no name of a module, and none left out."""
    for each in fields(TrainConfig):
        told = words.setting_help(each.name)
        assert told, each.name
        assert not re.search(r":\w+:|elvmass\.|See ", told), told


def test_problems_are_said_before_the_start(monitor, cohort) -> None:
    monitor.desk.set_table(cohort / "cohort.csv")
    form = monitor.desk.form
    form.name.setText("../x")
    assert "cannot be the name" in monitor.desk.problem.text()
    form.name.setText("x")
    assert "Say what the cohort is" in monitor.desk.problem.text()
    assert not monitor.desk.buttons["start"].isEnabled()
    form.trained_on.setText("made-up")
    assert monitor.desk.problem.text() == ""
    assert monitor.desk.buttons["start"].isEnabled()


def test_requests_travel_whole_and_damage_is_refused() -> None:
    work = CohortWork(table="/a b/ü.csv", preset="paper", excluding=False, processes=3)
    for request in (Train(work=work, run="/r", settings={"seed": 4}), CheckCohort(work=work)):
        assert from_json(to_json(request)) == request
    for text in ("", "{}", '{"task": "Train"}', '{"task": "CheckCohort", "work": {"x": 1}}'):
        with pytest.raises(ConfigError, match="Start the work anew"):
            from_json(text)


# --- a real training -------------------------------------------------------------------------


@pytest.mark.slow
def test_a_training_outlives_its_window_a_kill_and_a_stop(
    qtbot, monitor, cohort, tmp_path, monkeypatch
) -> None:
    check(qtbot, monitor, cohort)
    set_short(monitor, epochs=40)
    monitor.start()
    assert monitor.run is not None
    run = monitor.run
    qtbot.waitUntil(lambda: bool(monitor.curves.shown and monitor.curves.shown[0]), timeout=WAIT_MS)
    assert monitor.desk.buttons["stop"].isVisible()

    monitor.close()
    assert run.state() is State.RUNNING
    monitor.refresh()  # as when it is opened again: the running one is found
    assert monitor.run == run

    os.kill(int(run.pid.read_text()), signal.SIGKILL)
    kept = len(wait_state(qtbot, monitor, State.STOPPED).history[0])
    assert kept > 0
    assert (
        "from outside" in monitor.message_bar.findChildren(type(monitor.cohort.summary))[1].text()
    )

    monitor.resume()
    grown = lambda: sum(map(len, monitor.snapshot.history)) > kept  # noqa: E731
    qtbot.waitUntil(grown, timeout=WAIT_MS)
    monitor.stop()
    wait_state(qtbot, monitor, State.STOPPED)
    assert monitor.message_bar.isHidden()  # it was wanted
    assert monitor.desk.buttons["resume"].isEnabled()

    monitor.resume()
    monitor.stop()  # the process has not even said its number yet
    assert monitor.snapshot.state is State.RUNNING
    wait_state(qtbot, monitor, State.STOPPED)

    monitor.resume()
    done = wait_state(qtbot, monitor, State.COMPLETE)
    assert [[row.epoch for row in fold] for fold in done.history] == [list(range(1, 41))] * 2
    assert done.cpu_s > 0
    assert "is complete" in monitor.log.toPlainText()
    result = monitor.result
    assert [result.figures.item(row, 0).text() for row in range(3)] == ["All", "Men", "Women"]
    assert result.figures.item(0, 1).text() == str(N)
    assert "no real patient" in result.card.toPlainText()
    assert result.agreement.widget is not None
    assert result.calibration.widget is not None

    with qtbot.waitSignal(monitor.installed, timeout=WAIT_MS) as caught:
        result.install.click()
    assert caught.args == ["tiny"]
    assert len(load_bundle(tmp_path / "models" / "tiny").folds) == 2

    monkeypatch.setattr("elvmass_gui.lab.monitor.agreed", lambda *_: True)
    monitor.discard()
    assert all_runs(tmp_path / "trainings") == []
    assert monitor.run is None


@pytest.mark.slow
def test_a_training_that_fails_says_why_in_words(qtbot, monitor, cohort, tmp_path) -> None:
    lines = (cohort / "cohort.csv").read_text("utf-8").splitlines()
    (tmp_path / "ecg").symlink_to(cohort / "ecg")
    (tmp_path / "cohort.csv").write_text("\n".join(lines[:11]) + "\n", "utf-8")
    check(qtbot, monitor, tmp_path)
    set_short(monitor, epochs=1)
    monitor.start()
    found = wait_state(qtbot, monitor, State.FAILED)
    assert found.error == "10 patients are too few to train a model."
    assert monitor.desk.buttons["resume"].isVisible()
    assert monitor.desk.buttons["discard"].isVisible()
