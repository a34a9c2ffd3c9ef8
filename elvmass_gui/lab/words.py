"""Words of the lab: durations, figures, help of settings. No Qt, nothing heavy."""

from __future__ import annotations

import re
from functools import cache
from inspect import cleandoc
from typing import Any

from elvmass.train.settings.config import TrainConfig

#: Figures of a score that the lab shows: key → title, digits, factor, unit.
FIGURES: dict[str, tuple[str, int, float, str]] = {
    "mae_g": ("MAE", 1, 1.0, "g"),
    "mape_percent": ("MAPE", 1, 1.0, "%"),
    "r2": ("R²", 2, 1.0, ""),
    "lvh_auroc": ("AUROC of LVH", 2, 1.0, ""),
    "coverage": ("Coverage", 0, 100.0, "%"),
}
#: What each figure says, for whoever has not met it.
FIGURE_TIPS = {
    "mae_g": "Mean absolute error: how many grams an estimate is off, on average, up or down",
    "mape_percent": "Mean absolute percentage error: the same in per cent of each patient's mass",
    "r2": "Share of the differences in mass between patients that the estimates explain: 1 is all, "
    "0 is no better than giving everybody the mean",
    "lvh_auroc": "Area under the ROC curve: how often, of one patient with hypertrophy and one "
    "without, the one with it has the larger estimate beside the limit; 0.5 is chance, 1 is always",
    "coverage": "How many patients' true mass lies within the interval that is given with the "
    "estimate; it should be what the interval promises",
}
GROUPS = {"all": "All", "male": "Men", "female": "Women"}
SEX_CHOICES = {"pooled": "both sexes (pooled)", "male": "men", "female": "women"}
INPUT_CHOICES = {
    "ecg": "ECG alone",
    "model1": "model 1: ECG, age, sex, height, weight",
    "model2": "model 2: model 1, axes, QRS duration",
}
DEVICE_CHOICES = {"auto": "GPU if there is one", "cpu": "CPU", "cuda": "GPU"}


def duration(seconds: float) -> str:
    """A time span for people: "42 s", "3 min 20 s", "2 h 05 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def figure(found: dict[str, Any] | None, key: str) -> str:
    """A figure with its 95 % interval; "–" where there is none."""
    if found is None or found.get("value") is None:
        return "–"
    _, digits, factor, _ = FIGURES[key]
    value, low, high = (
        None if found.get(name) is None else f"{factor * found[name]:z.{digits}f}".replace("-", "−")
        for name in ("value", "low", "high")
    )
    return f"{value}" if low is None or high is None else f"{value}  [{low}, {high}]"


def setting_help(name: str) -> str:
    """What the documentation of :class:`TrainConfig` says of a setting, or ""."""
    return _helps().get(name, "")


@cache
def _helps() -> dict[str, str]:
    text = cleandoc(TrainConfig.__doc__ or "").partition("Attributes\n----------\n")[2]
    found: dict[str, str] = {}
    names: list[str] = []
    for line in text.splitlines():
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.split(",")]
        else:
            for name in names:
                found[name] = f"{found.get(name, '')} {line.strip()}".strip()
    return {name: _plain(words) for name, words in found.items()}


def _plain(text: str) -> str:
    """Without the marks of the documentation."""
    return re.sub(r":\w+:`([^`]+)`", r"\1", text).replace("``", "")
