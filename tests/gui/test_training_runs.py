"""What the files of a training tell, whoever wrote them and however that ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from elvmass import lock
from elvmass.errors import ConfigError
from elvmass.train.cross_validation.run import KEY_FILE
from elvmass.train.runtime.history import HistoryRow
from elvmass_gui.lab import words
from elvmass_gui.lab.process import launch
from elvmass_gui.lab.progress import Follower
from elvmass_gui.lab.runs import Run, State, read_events
from elvmass_gui.lab.training_work import _same_as_before


def made_up_run(folder: Path, events: list[dict[str, object]], epochs: int = 2) -> Run:
    """A training whose files were written by hand."""
    run = Run(folder / "made")
    logs = run.folder / ".made.training"
    logs.mkdir(parents=True)
    lines = [json.dumps({"time": 100.0 + k, "cpu_s": float(k), **e}) for k, e in enumerate(events)]
    run.events.write_text("\n".join(lines) + "\n")
    rows = [",".join(HistoryRow._fields)]
    rows += [f"{k},0.001,{1 / k},{2 / k},4.0" for k in range(1, epochs + 1)]
    (logs / "fold1.csv").write_text("\n".join(rows) + "\n7,0.0")  # the child is writing a line
    return run


STARTED = {"event": "started", "pid": 1}
FOLD = {"event": "fold", "fold": 0, "text": "epoch 3 of 10", "fraction": 0.2}


def test_progress_is_read_from_the_files_alone(qapp, tmp_path) -> None:
    run = made_up_run(tmp_path, [STARTED, FOLD])
    held = lock.hold(run.lock)
    assert held is not None
    follower = Follower()
    follower.follow(run, folds=2, epochs=10)
    try:
        # another open file of the same process is another holder
        found = follower.snapshot()
        assert found.state is State.RUNNING
        assert found.history == (
            (HistoryRow(1, 0.001, 1.0, 2.0, 4.0), HistoryRow(2, 0.001, 0.5, 1.0, 4.0)),
        )
        assert found.fraction == pytest.approx(2 / 20)
        assert found.eta_s == pytest.approx(18 * 4.0)
        assert found.stage == "fold 1: epoch 3 of 10"
    finally:
        os.close(held)
        follower.stop()
    assert follower.snapshot().state is State.STOPPED


def test_a_fold_that_stopped_early_is_not_waited_for(qapp, tmp_path) -> None:
    trained = {"event": "fold", "fold": 0, "text": "trained", "fraction": 1.0}
    follower = Follower()
    follower.follow(made_up_run(tmp_path, [STARTED, trained]), folds=2, epochs=10)
    assert follower.snapshot().fraction == pytest.approx(0.5)


def test_time_adds_up_over_sessions_and_errors_are_words(qapp, tmp_path) -> None:
    failed = {"event": "failed", "kind": "CohortError", "text": "15 patients are too few."}
    run = made_up_run(tmp_path, [STARTED, FOLD, STARTED, FOLD, failed])
    follower = Follower()
    follower.follow(run, folds=2, epochs=10)
    found = follower.snapshot()
    assert found.state is State.FAILED
    assert found.error == "15 patients are too few."
    assert found.elapsed_s == pytest.approx(1.0 + 2.0)
    assert found.cpu_s == pytest.approx(1.0 + 4.0)


def test_a_killed_writer_leaves_no_damage(tmp_path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"event": "a"}\n{"event": "b"}\n{"ev')
    events, offset = read_events(path)
    assert [e["event"] for e in events] == ["a", "b"]
    with path.open("ab") as file:  # the next session writes behind the torn line
        file.write(b'\n{"event": "c"}\n')
    assert [e["event"] for e in read_events(path, offset)[0]] == ["c"]


def test_it_does_not_go_on_with_another_cohort(tmp_path) -> None:
    run = Run(tmp_path / "made")
    _same_as_before(run, "a")  # a new one
    run.states.mkdir(parents=True)
    (run.states / KEY_FILE).write_text("a")
    _same_as_before(run, "a")
    with pytest.raises(ConfigError, match="discard the training and start anew"):
        _same_as_before(run, "b")


def test_what_runs_is_not_started_again(tmp_path) -> None:
    run = Run(tmp_path / "made")
    run.lock.parent.mkdir(parents=True)
    held = lock.hold(run.lock)
    assert held is not None
    run.pid.write_text("1")
    try:
        with pytest.raises(ConfigError, match="running already"):
            launch(run)
        with pytest.raises(ConfigError, match="Stop it first"):
            run.discard()
        assert run.pid.is_file()
    finally:
        os.close(held)


def test_the_lock_ends_with_its_process(tmp_path) -> None:
    path = tmp_path / "lock"
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom elvmass import lock\n"
        f"assert lock.hold(Path({str(path)!r})) is not None\n"
        "print('held', flush=True)\ntime.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        assert lock.is_held(path)
        assert lock.hold(path) is None
        child.kill()
        child.wait()
    assert not lock.is_held(path)


def test_words_of_durations() -> None:
    assert [words.duration(s) for s in (4.4, 200, 7500)] == ["4 s", "3 min 20 s", "2 h 05 min"]


def test_the_windows_load_nothing_heavy() -> None:
    code = (
        "import sys\nimport elvmass_gui.lab.monitor, elvmass_gui.lab.models\n"
        "import elvmass_gui.lab.keras_dialog\n"
        "heavy = ('torch', 'scipy', 'h5py', 'safetensors', 'pyqtgraph', 'sklearn')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
