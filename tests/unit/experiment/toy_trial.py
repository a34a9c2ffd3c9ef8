"""A small experiment on the toy cohort: two networks of two epochs, rivals, one sex."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from unit.model.toys import SPEC
from unit.train.toy_cohort import toy_cohort

from elvmass.card import BeatSpec
from elvmass.experiment.conduct import conduct
from elvmass.experiment.job import Conduct
from elvmass.experiment.rows import ROWS, Design, Row
from elvmass.experiment.store import Store
from elvmass.experiment.trial import Trial
from elvmass.experiment.views import Site
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.flow import Candidate, choose
from elvmass.train.evaluation.evaluate import Scoring

SMALL = {
    "channels": 4, "levels": 2, "kernel": 3, "learning_rate": 0.01, "batch_size": 32, "beat": SPEC,
    "precision": "fp32", "projection": 8, "scalar_width": 8, "head_width": 8,
}  # fmt: skip
DESIGN = Design(ours=SMALL, epochs={"": 2}, folds=3, device="cpu", simulated=True)
SCORING = Scoring(bootstrap=100)
KEYS = ("mean", "sex_mean", "ridge_beat", "ridge_beat_male", "ridge_beat_female", "elvmass_ecg",
        "elvmass_model2", "elvmass_model2_male")  # fmt: skip


def rows(*keys: str) -> tuple[Row, ...]:
    return tuple(row for row in ROWS if row.key in (keys or KEYS))


def cohort(n: int = 160, seed: int = 0) -> Cohort:
    flow = choose([Candidate(k + 2, Path("x"), f"P{k}", None, None) for k in range(n)])
    return replace(toy_cohort(n, seed), flow=flow)


class Loads:
    """Loads the toy cohort; knows for which beats, and may lack lines under some."""

    def __init__(self, made: Cohort, lacking: dict[BeatSpec, set[int]] | None = None) -> None:
        self.made, self.lacking = made, lacking or {}
        self.seen: list[BeatSpec] = []

    def __call__(self, spec: BeatSpec) -> Cohort:
        self.seen.append(spec)
        keep = [line not in self.lacking.get(spec, set()) for line in self.made.lines]
        return replace(self.made, spec=spec).subset(keep)


def toy_trial(out: Path, *keys: str, how: Conduct = Conduct(), **site: object) -> Trial:  # noqa: B008
    given = {"label": "toy", "simulated": True, "load": Loads(cohort())} | site
    external = given.pop("external", None)
    return conduct(rows(*keys), DESIGN, Site(**given), Store(out), external, how)  # type: ignore[arg-type]
