"""Train the toy cohort in a child process: ``python toy_training.py OUT [KILL_FOLD KILL_EPOCH]``.

With a fold and an epoch the process kills itself in the middle of it; under torchrun its processes
share the training.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from unit.train.toy_cohort import toy_cohort, toy_config

from elvmass.train.cross_validation.run import train_bundle
from elvmass.train.runtime.device import resolve_device
from elvmass.train.runtime.distributed import joined

RESUMED = {"epochs": 4, "folds": 2, "average": 0.9, "schedule": "cosine", "patience": 3}
#: A smooth loss, since at the kink of the absolute error any rounding grows; one that no sum over
#: parts of a batch gives; the last batch has one row.
SHARED = {
    "epochs": 1, "folds": 3, "dropout": 0.0, "batch_size": 19, "learning_rate": 0.001,
    "loss": "asymmetric_keras",
}  # fmt: skip


def main(out: Path, config: dict[str, object], *kill: str) -> None:
    steps = 0

    def progress(fold: int, text: str, done: float) -> None:
        nonlocal steps
        if kill and fold == int(kill[0]) and text.startswith(f"epoch {kill[1]} of"):
            steps += 1
            if steps == 3:
                os.kill(os.getpid(), signal.SIGKILL)

    train_bundle(toy_cohort(), toy_config(**config), out, progress)


if __name__ == "__main__":
    with joined(resolve_device("cpu")):
        main(Path(sys.argv[1]), SHARED if "WORLD_SIZE" in os.environ else RESUMED, *sys.argv[2:])
