"""Train the six bundled models again: `make train`, an hour or two on two cores.

Simulates the training cohort, trains pooled, male and female models with both input sets, and
scores them on simulated cohorts with seeds that were never used in training.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from elvmass.cli import main as elvmass

HERE = Path(__file__).resolve().parent
MODELS = HERE.parent / "resources/elvmass_resources/models"

#: The fewer the patients, the more epochs: 5,000 to 6,000 steps of the optimiser each.
EPOCHS = {"pooled": 12, "male": 16, "female": 28}

TRAIN_SEED, TRAIN_N = 20261121, 20_000
TEST_SEEDS, TEST_N = (301, 302, 303), 1459


def run(*arguments: object) -> None:
    """Run one elvmass command; stop at the first that fails."""
    if elvmass([str(a) for a in arguments]):
        raise SystemExit(1)


def cohort(folder: Path, seed: int, n: int) -> Path:
    """A simulated cohort, kept between runs."""
    out = folder / f"seed{seed}"
    if not out.exists():
        run("simulate", "--n", n, "--seed", seed, "--out", out)
    return out


def main() -> None:
    """Simulate, train, evaluate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=MODELS)
    parser.add_argument("--work", type=Path, default=Path("build/cohorts"))
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    train = cohort(args.work, TRAIN_SEED, TRAIN_N)
    for sex, epochs in EPOCHS.items():
        for inputs in ("model2", "model1"):
            run("train", train, "--out", args.out, "--name", f"simulated-{sex}-{inputs}",
                "--sex", sex, "--inputs", inputs, "--epochs", epochs,
                "--config", HERE / "bundled.toml",
                "--cache", args.work / "cache", "--jobs", args.jobs)  # fmt: skip
    run("explain", "--check", "--people", 4, "--models", args.out)
    for seed in TEST_SEEDS:
        print(f"test cohort, seed {seed}")
        run("evaluate", cohort(args.work, seed, TEST_N), "--train-cohort", train,
            "--models", args.out, "--cache", args.work / "cache", "--jobs", args.jobs)  # fmt: skip


if __name__ == "__main__":  # child processes import this file
    main()
