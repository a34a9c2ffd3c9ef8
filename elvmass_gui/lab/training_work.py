"""Checking a cohort and training on it, in the child process. No Qt."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elvmass import lock
from elvmass.errors import CohortError, ConfigError
from elvmass_gui.lab.requests import CheckCohort, CohortWork, Train
from elvmass_gui.lab.runs import Run

if TYPE_CHECKING:
    from elvmass.train.cross_validation.out_of_fold import OutOfFold
    from elvmass.train.data.dataset import BadRow, Cohort
    from elvmass.train.settings.config import TrainConfig
    from elvmass_gui.lab.speaker import Speaker

#: Lower than that of the window.
_NICENESS = 10


def check(request: CheckCohort, speaker: Speaker) -> dict[str, Any]:
    """What becomes of every row of a cohort; bad rows of its table end the check before any ECG."""
    from elvmass.cli.train import cohort_table, is_simulated
    from elvmass.train.data.dataset import check_table

    table = cohort_table(Path(request.work.table))
    rows, bad = check_table(table)
    found: dict[str, Any] = {
        "table": str(table), "simulated": is_simulated(table), "rows": len(rows) + len(bad),
    }  # fmt: skip
    if bad:
        return found | {"bad": [_bad(row) for row in bad]}
    return found | {"bad": []} | _described(_cohort(request.work, table, speaker))


def train(request: Train, speaker: Speaker) -> dict[str, Any]:
    """Train, score and leave everything in the folder of the run.

    It is the code of `elvmass train`: the same cohort, settings and seed give the same bundle.
    """
    run = Run(Path(request.run))
    run.lock.parent.mkdir(parents=True, exist_ok=True)
    held = lock.hold(run.lock)
    if held is None:
        raise ConfigError(f"The training {run.name!r} is running already.")
    run.pid.write_text(str(os.getpid()), encoding="ascii")
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    speaker.say("started", pid=os.getpid())
    _log(f"training {run.name} begins")
    return _train(request, run, speaker)


def _train(request: Train, run: Run, speaker: Speaker) -> dict[str, Any]:
    from elvmass.cli.train import cohort_table
    from elvmass.model.bundle import load_bundle
    from elvmass.train.cross_validation.out_of_fold import out_of_fold_scores
    from elvmass.train.cross_validation.run import RunOptions, digest_of, train_bundle, training_key
    from elvmass.train.data.dataset import check_table
    from elvmass.train.settings.presets import preset

    config = preset(request.work.preset, **request.settings)
    table = cohort_table(Path(request.work.table))
    if bad := check_table(table)[1]:  # their reasons may name files, which may name patients
        raise CohortError(f"{table.name} has {len(bad)} bad rows. Check the cohort to see them.")
    cohort = _cohort(request.work, table, speaker)
    assert cohort.flow is not None
    for line in cohort.flow.table():
        _log(line)
    speaker.say("cohort", flow=cohort.flow.as_dict())
    _same_as_before(run, training_key(config, digest_of(cohort)))
    follow = _Follow(config, speaker)
    trained = train_bundle(
        cohort, config, run.bundle, follow, RunOptions(workers=request.work.processes)
    )
    speaker.say("progress", text="scoring", fraction=1.0)
    scores = out_of_fold_scores(cohort, config, trained, load_bundle(trained.folder))
    run.write_scores(_plain_scores(scores))
    _log(f"training {run.name} is complete")
    return {"bundle": str(trained.folder)}


def _same_as_before(run: Run, key: str) -> None:
    """Refuse to go on with another cohort; the core would too, in the words of its command line."""
    from elvmass.train.cross_validation.run import KEY_FILE

    before = run.states / KEY_FILE
    if before.is_file() and before.read_text(encoding="ascii") != key:
        raise ConfigError(
            "The cohort, the device or the version of elvmass is not the one that this training "
            "began with. Bring it back and resume, or discard the training and start anew."
        )


class _Follow:
    """Says where each fold is, and writes each epoch into the log."""

    def __init__(self, config: TrainConfig, speaker: Speaker) -> None:
        self._folds, self._speaker = config.folds, speaker
        self._texts: dict[int, str] = {}
        self._last = 0.0

    def __call__(self, fold: int, text: str, fraction: float) -> None:
        new = self._texts.get(fold) != text
        if new:
            self._texts[fold] = text
            _log(f"fold {fold + 1} of {self._folds}: {text}")
        if new or time.monotonic() - self._last > 1.0:
            self._last = time.monotonic()
            self._speaker.say("fold", fold=fold, text=text, fraction=fraction)


def _cohort(work: CohortWork, table: Path, speaker: Speaker) -> Cohort:
    from elvmass.cli.train import CACHE
    from elvmass.train.data.prepare_cohort import load_cohort
    from elvmass.train.settings.presets import PRESETS, preset

    if work.preset not in PRESETS:
        raise ConfigError(f"Unknown preset {work.preset!r}. Known: {', '.join(PRESETS)}.")
    spec = preset(work.preset, name="x", trained_on="x", simulated=False).beat
    cache: Path | None = table.parent / CACHE
    if not os.access(table.parent, os.W_OK):
        _log("the cohort's folder cannot be written: prepared ECGs are not kept for the next time")
        cache = None
    return load_cohort(
        table, spec, work.processes, cache, speaker.progress, excluding=work.excluding
    )


def _bad(row: BadRow) -> dict[str, Any]:
    return {"line": row.line, "step": "table", "reason": row.reason}


def _described(cohort: Cohort) -> dict[str, Any]:
    flow = cohort.flow
    assert flow is not None
    if len(cohort) == 0:
        raise CohortError("No ECG of the cohort can be used.")
    male, female = cohort.male, cohort.female
    return {
        "flow": flow.as_dict(),
        "refused": [{"line": r.line, "step": r.step, "reason": r.reason} for r in flow.refused],
        "mass_g": {
            "men": cohort.lvm_g[male].tolist(),
            "women": cohort.lvm_g[female].tolist(),
            "sex unknown": cohort.lvm_g[~(male | female)].tolist(),
        },
    }


def _plain_scores(scores: OutOfFold) -> dict[str, Any]:
    """Scores as JSON, which has no NaN: what cannot be computed is null."""
    found = {
        "rows": [asdict(row) for row in scores.rows],
        "truth_g": scores.truth_g.tolist(),
        "estimate_g": scores.estimate_g.tolist(),
        "sex_male": scores.sex_male.tolist(),
        "agreement": asdict(scores.agreement),
        "calibration": {
            "estimate_g": scores.calibration.estimate_g.tolist(),
            "truth_g": scores.calibration.truth_g.tolist(),
            "truth_se_g": scores.calibration.truth_se_g.tolist(),
            "n": scores.calibration.n.tolist(),
        },
        "coverage": scores.coverage,
    }
    plain: dict[str, Any] = json.loads(json.dumps(_without_nan(found)))
    return plain


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nan(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _log(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")
    sys.stderr.flush()
