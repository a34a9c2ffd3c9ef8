"""Interrupted, shared and watched trainings."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from unit.train.cross_validation import toy_training
from unit.train.toy_cohort import toy_cohort, toy_config

from elvmass.cli.train import FoldBars
from elvmass.errors import Cancelled, ConfigError
from elvmass.train.cross_validation.run import RunOptions, digest_of, train_bundle
from elvmass.train.data.flow import Candidate, choose
from elvmass.train.runtime.device import resolve_device, resolve_precision
from elvmass.train.runtime.history import HistoryRow
from elvmass.train.runtime.journal import Journal, summary_writer

TESTS = Path(__file__).resolve().parents[3]
COHORT = toy_cohort()


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def child(*command: object) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(TESTS), *filter(None, sys.path)])
    environment = os.environ | {"PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
    words = [sys.executable, *map(str, command)]
    return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120)


def weights(bundle: Path) -> dict[str, torch.Tensor]:
    return load_file(bundle / "weights.safetensors")


class Watch:
    """Remembers which epochs of which folds were trained; stops in one if asked to."""

    def __init__(self, stop: tuple[int, str] | None = None) -> None:
        self.stop = stop
        self.seen: list[tuple[int, str]] = []

    def __call__(self, fold: int, text: str, fraction: float) -> None:
        now = (fold, text.split(",")[0])
        if now not in self.seen:
            self.seen.append(now)
        if now == self.stop:
            raise Cancelled


def test_a_log_that_is_being_written_is_never_seen_half(tmp_path, monkeypatch) -> None:
    """A kill in the middle leaves the log of the epochs before."""
    journal = Journal(state=tmp_path / "fold1.pt")
    first = HistoryRow(0, 1e-3, 0.5, 0.6, 1.0)
    journal.keep({}, [first])
    before = (tmp_path / "fold1.csv").read_bytes()
    assert len(before.splitlines()) == 2

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        journal.keep({}, [first, first._replace(epoch=1)])
    assert (tmp_path / "fold1.csv").read_bytes() == before


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal to kill with")
def test_killed_in_mid_training_and_resumed_the_weights_are_the_same(tmp_path):
    config = toy_config(**toy_training.RESUMED)
    train_bundle(COHORT, config, tmp_path / "whole")
    killed = child(toy_training.__file__, tmp_path / "toy", 1, 3)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (tmp_path / "toy").exists()
    watch = Watch()
    train_bundle(COHORT, config, tmp_path / "toy", watch)
    assert watch.seen == [
        (0, "trained"), (1, "epoch 3 of 4"), (1, "epoch 4 of 4"), (1, "trained"),
    ]  # fmt: skip
    whole, resumed = weights(tmp_path / "whole"), weights(tmp_path / "toy")
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    assert not (tmp_path / ".toy.training").exists()


@pytest.mark.slow
def test_two_processes_share_the_batches_and_reach_the_same_weights(tmp_path):
    """Without dropout; batches of 19 rows do not divide, and of the last, one row, one has none."""
    launched = child(
        "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", 2,
        toy_training.__file__, tmp_path / "two",
    )  # fmt: skip
    assert launched.returncode == 0, launched.stderr
    train_bundle(COHORT, toy_config(**toy_training.SHARED), tmp_path / "one")
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    start = train_start(tmp_path)
    for name, tensor in one.items():
        np.testing.assert_allclose(two[name], tensor, atol=2e-6, err_msg=name)
    moved = max((one[n] - start[n]).abs().max() for n in start)
    assert moved > 0.005  # the tolerance is small against what was learned


def train_start(tmp_path: Path) -> dict[str, torch.Tensor]:
    """Weights after training with a rate of almost nothing."""
    config = toy_config(**toy_training.SHARED | {"epochs": 1, "learning_rate": 1e-12})
    train_bundle(COHORT, config, tmp_path / "start")
    return {n: t for n, t in weights(tmp_path / "start").items() if ".net." in n}


def test_the_state_of_another_training_is_not_mixed_in(tmp_path):
    with pytest.raises(Cancelled):
        train_bundle(COHORT, toy_config(), tmp_path / "toy", Watch((0, "epoch 2 of 8")))
    assert (tmp_path / ".toy.training" / "fold1.pt").is_file()
    for cohort, config in ((COHORT, toy_config(seed=1)), (toy_cohort(seed=1), toy_config())):
        with pytest.raises(ConfigError, match="--no-resume"):
            train_bundle(cohort, config, tmp_path / "toy")
    watch = Watch((0, "epoch 1 of 8"))
    with pytest.raises(Cancelled):
        train_bundle(COHORT, toy_config(seed=1), tmp_path / "toy", watch, RunOptions(resume=False))
    assert not (tmp_path / ".toy.training" / "fold1.pt").exists()


def test_a_damaged_state_is_trained_again(tmp_path):
    config = toy_config(epochs=2, folds=2)
    with pytest.raises(Cancelled):
        train_bundle(COHORT, config, tmp_path / "toy", Watch((1, "epoch 1 of 2")))
    state = tmp_path / ".toy.training" / "fold1.pt"
    state.write_bytes(state.read_bytes()[:-500])
    watch = Watch()
    train_bundle(COHORT, config, tmp_path / "toy", watch)
    assert (0, "epoch 1 of 2") in watch.seen


def test_the_bundle_keeps_log_and_flow(tmp_path):
    rows = [Candidate(k, Path("x"), f"P{k}", None, None) for k in range(160)]
    cohort = toy_cohort()
    object.__setattr__(cohort, "flow", choose(rows))
    train_bundle(cohort, toy_config(epochs=2, folds=2), tmp_path / "toy")
    history = json.loads((tmp_path / "toy" / "training.json").read_text())
    assert history["flow"]["analysed"] == 160
    with (tmp_path / "toy" / "fold2.csv").open() as file:
        log = list(csv.DictReader(file))
    assert [row["epoch"] for row in log] == ["1", "2"]
    assert not list(tmp_path.glob(".*"))
    for row, told in zip(log, history["folds"][1]["epochs"], strict=True):
        assert float(row["validation_mae_sd"]) == told["validation_mae_sd"]
        assert float(row["learning_rate"]) == 0.01
        assert float(row["seconds"]) > 0


def test_bars_of_folds_share_a_line(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    show = FoldBars(2)
    for now in ((0, "epoch 1 of 2", 0.5), (0, "trained", 1.0), (1, "trained", 1.0)):
        show(*now)
    first, second, last = capsys.readouterr().err.removeprefix("\r").split("\r")
    assert first.rstrip() == "[#####.....][..........] fold 1, epoch 1 of 2"
    assert second.startswith("[##########][..........]")
    assert last.startswith("[##########][##########]")
    assert last.endswith("\n")
    assert len(first) == 79
    show(1, "trained", 1.0)
    assert not capsys.readouterr().err


class Writer:
    """Stands in for TensorBoard's, which is not among our dependencies."""

    def __init__(self, folder: str, purge_step: int) -> None:
        self.told: list[tuple[str, float, int]] = []
        self.folder, self.purge_step = folder, purge_step
        made.append(self)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *error: object) -> None: ...

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.told.append((name, value, step))

    def flush(self) -> None: ...


made: list[Writer] = []


def test_tensorboard_is_written_on_request(tmp_path, monkeypatch):
    made.clear()
    monkeypatch.setattr("elvmass.train.runtime.journal.summary_writer", lambda: Writer)
    options = RunOptions(tensorboard=tmp_path / "board")
    train_bundle(COHORT, toy_config(epochs=2, folds=2), tmp_path / "toy", options=options)
    assert [writer.folder for writer in made] == [
        str(tmp_path / "board" / "toy" / fold) for fold in ("fold1", "fold2")
    ]
    errors = [step for name, _, step in made[0].told if name == "validation_mae_sd"]
    assert errors == [1, 2]
    assert made[0].purge_step == 1


def test_missing_tensorboard_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(ConfigError, match="pip install tensorboard"):
        summary_writer()


def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    journal = Journal()
    journal.keep({}, [])
    assert journal.load() is None
    assert not list(tmp_path.iterdir())


def test_device_and_precision(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == torch.device("cpu")
    with pytest.raises(ConfigError, match="--device cpu"):
        resolve_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: False)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert resolve_device("auto") == torch.device("cuda", 1)
    assert resolve_device("cpu") == torch.device("cpu")
    assert resolve_precision("auto", torch.device("cuda", 1)) == "fp32"
    assert resolve_precision("bf16", torch.device("cpu")) == "bf16"


@pytest.mark.parametrize("name", ["beats_mv", "scalars", "lvm_g"])
def test_a_cohort_is_known_by_what_networks_learn_from(name):
    changed = replace(COHORT, **{name: getattr(COHORT, name) * 1.01})
    assert digest_of(changed) != digest_of(COHORT)


@pytest.mark.parametrize("part", COHORT.ecg._fields)
def test_a_cohort_is_known_by_what_its_rivals_learn_from(part):
    ecg = COHORT.ecg._replace(**{part: getattr(COHORT.ecg, part) + 1.0})
    assert digest_of(replace(COHORT, ecg=ecg)) != digest_of(COHORT)
    assert digest_of(replace(COHORT, ecg=COHORT.ecg._replace())) == digest_of(COHORT)
