"""Named recipes: ours, the paper's, and those of its rivals.

What an author states is kept; what is not stated is said to be our choice.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from elvmass.beat import BeatKind
from elvmass.card import BeatSpec, View
from elvmass.errors import ConfigError
from elvmass.train.settings.config import TrainConfig, load_config

#: One beat at the paper's 500 Hz; what neighbouring beats show in its window is kept.
_PAPER_BEAT = BeatSpec(rate_hz=500.0, hold_outside_cycle=False)

_OURS: dict[str, Any] = {
    "schedule": "cosine",
    "average": 0.99,
    "selection": "last",
    "loss": "smooth_mae",
    "dropout": 0.1,
    "levels": 5,
    "pool": 2,
    "epochs": 80,
}

PRESETS: dict[str, Mapping[str, Any]] = {
    # Found on simulated cohorts: the weighted mean of the TCN and a kernel path, answers in
    # logarithms of mass, nothing set aside to pick an epoch. See README for what it is worth.
    "elvmass": {**_OURS, "kernel_centres": 512, "log_mass": True},
    # The same without the kernel path: what the TCN does by itself.
    "elvmass_tcn": {**_OURS, "log_mass": True},
    # Pan et al. 2026: absolute error, Adam 1e-3, at most 100 epochs, best validation epoch. The
    # TCN as its authors published it, in fp32; sizes, batch and window are ours.
    "paper": {"architecture": "tcn_published", "precision": "fp32", "beat": _PAPER_BEAT},
    # Khurshid et al. 2021: raw 10 s at 500 Hz, RAdam 2e-4, batch 16, patience 8, halving, and their
    # symmetric loss, since models are compared by absolute error ("asymmetric" is the other).
    # Dropout and the epochs before a halving are ours.
    "lvm_ai_like": {
        "architecture": "lvm_ai",
        "loss": "log_cosh",
        "optimiser": "radam",
        "learning_rate": 2e-4,
        "batch_size": 16,
        "patience": 8,
        "schedule": "halving",
        "rate_patience": 4,
        "dropout": 0.1,
        "beat": replace(_PAPER_BEAT, view=View.STRIP, raw=True),
    },
    # QMUL, Europace 2026: median beat of 0.8 s at 500 Hz, Adam 5e-4, batch 32, early stop 20,
    # plateau 10. They offer three losses; the choice, the place of R and the band are ours.
    "qmul_like": {
        "architecture": "fcn",
        "loss": "log_cosh",
        "learning_rate": 5e-4,
        "patience": 20,
        "schedule": "plateau",
        "rate_patience": 10,
        "beat": replace(_PAPER_BEAT, before_s=0.3, after_s=0.5, kind=BeatKind.MEDIAN),
    },
}

#: The presets in a sentence.
PRESET_WORDS: dict[str, str] = {
    "elvmass": "Ours: the mean of a TCN and a kernel path, found on simulated cohorts.",
    "elvmass_tcn": "Ours without the kernel path: what the TCN does by itself.",
    "paper": "Pan et al. 2026, the TCN as its authors published it; sizes, batch and window are "
    "ours.",
    "lvm_ai_like": "Khurshid et al. 2021 (LVM-AI): ten raw seconds at 500 Hz; dropout and the "
    "epochs before a halving are ours.",
    "qmul_like": "QMUL, Europace 2026: median beat at 500 Hz; the choice of loss, the place of R "
    "and the band are ours.",
}


def preset(name: str, /, **overrides: Any) -> TrainConfig:
    """Make the configuration of a preset; ``overrides`` win and must hold what it cannot know.

    Raises
    ------
    ConfigError
        If there is no such preset, or as :func:`elvmass.train.settings.config.load_config` does.
    """
    if name not in PRESETS:
        near = difflib.get_close_matches(name, PRESETS, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(f"Unknown preset {name!r}{hint}. Known: {', '.join(PRESETS)}.")
    return load_config(**{**PRESETS[name], **overrides})
