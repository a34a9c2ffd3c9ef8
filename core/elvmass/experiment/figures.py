"""Figures of the report as SVG text, drawn by matplotlib (the extra "experiment").

Shapes and colours: men blue circles, women orange triangles; colours of Okabe & Ito, which
colour-blind readers tell apart.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from elvmass.errors import ConfigError
from elvmass.experiment import paper
from elvmass.experiment.judged import Judged
from elvmass.experiment.score import recalibrated
from elvmass.experiment.trial import RowResult
from elvmass.record import FloatArray
from elvmass.train.data.dataset import Cohort
from elvmass.train.evaluation.lvh import limit_g
from elvmass.train.evaluation.metrics import bland_altman, calibration_curve

BLUE, ORANGE, GREEN, GREY, RED = "#0072b2", "#d55e00", "#009e73", "#777777", "#cc79a7"
_LINES = (BLUE, ORANGE, GREEN, RED, "#e69f00", "#56b4e9", "#000000")
_SEXES = (("male", "men", BLUE, "o"), ("female", "women", ORANGE, "^"))
_STYLE: dict[str, Any] = {
    "svg.fonttype": "path",  # looks alike everywhere
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure: its name, what it shows in words, and its SVG element."""

    key: str
    title: str
    caption: str
    svg: str


def need_matplotlib() -> None:
    """ConfigError if matplotlib is missing."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise ConfigError(
            "The report needs matplotlib: `pip install 'elvmass[experiment]'`."
        ) from error


def drawings(judged: Judged) -> list[Drawing]:
    """All figures of a report that this trial has data for."""
    return [drawing for draw in _DRAW for drawing in draw(judged)]


def svg_of(key: str, width: float, height: float, fill: Callable[[Any], None]) -> str:
    """SVG of a figure of ``width`` × ``height`` inches that ``fill`` draws into."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    style: Any = _STYLE | {"svg.hashsalt": key}  # names unlike those of other figures
    with mpl.rc_context(style):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        fill(figure)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg = text.getvalue()
    return svg[svg.index("<svg") :]


def _forest(judged: Judged) -> Iterator[Drawing]:
    """MAE of every pooled row with its interval."""
    scores = sorted(
        (s for s in judged.scores if s.group == "all"), key=lambda s: -s.figures["mae_g"].value
    )
    if not scores:
        return

    def fill(figure: Any) -> None:
        axes = figure.subplots()
        for k, score in enumerate(scores):
            mae = score.figures["mae_g"]
            colour = ORANGE if score.key == judged.reference else BLUE
            axes.plot([mae.low, mae.high], [k, k], color=colour, linewidth=2)
            axes.plot(mae.value, k, "o", color=colour, markersize=5)
            theirs = paper.ERRORS.get((score.key, "all"))
            if theirs is not None:
                axes.plot(theirs.mae_g.mean, k, "D", mfc="none", mec=GREY, markersize=6)
        axes.plot([], [], "D", mfc="none", mec=GREY, label="preprint, another cohort")
        axes.set_yticks(range(len(scores)), [s.words for s in scores])
        axes.set_xlabel("MAE, g (95 % interval over patients)")
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0))

    yield Drawing(
        "forest",
        "errors of all methods",
        "Mean absolute error of every pooled row on everybody; orange: the reference; grey "
        f"diamonds: {paper.PREPRINT}.",
        svg_of("forest", 8.0, 1.2 + 0.27 * len(scores), fill),
    )


def _agreement(judged: Judged) -> Iterator[Drawing]:
    """Bland-Altman of the reference."""
    result = judged.trial.result(judged.reference)
    if result is not None:
        yield _bland_altman("bland-altman", judged.trial.subjects, result.estimate_g,
                            f"{result.row.words}, out of fold")  # fmt: skip
        if judged.trial.external is not None and result.external_g is not None:
            yield _bland_altman("bland-altman-external", judged.trial.external, result.external_g,
                                f"{result.row.words}, external cohort")  # fmt: skip


def _bland_altman(key: str, cohort: Cohort, estimate_g: FloatArray, words: str) -> Drawing:
    known = ~np.isnan(estimate_g)
    truth, estimate = cohort.lvm_g[known], estimate_g[known]

    def fill(figure: Any) -> None:
        for axes, percent in zip(figure.subplots(1, 2), (False, True), strict=True):
            found = bland_altman(truth, estimate, percent=percent)
            middle = (truth + estimate) / 2.0
            difference = estimate - truth
            if percent:
                difference = 100.0 * difference / middle
            for sex, name, colour, mark in _SEXES:
                who = cohort.of_sex(sex)[known]
                axes.plot(middle[who], difference[who], mark, color=colour, alpha=0.45,
                          markersize=3, markeredgewidth=0, label=name)  # fmt: skip
            for line in (found.bias, found.lower, found.upper):
                axes.axhline(line.value, color="black", linewidth=1)
                axes.axhspan(line.low, line.high, color="black", alpha=0.1, linewidth=0)
            axes.set_xlabel("mean of estimate and measurement, g")
            axes.set_ylabel(f"estimate minus measurement, {found.unit}")
            axes.set_title(
                f"bias {found.bias.value:+.1f}, limits {found.lower.value:+.1f} to "
                f"{found.upper.value:+.1f} {found.unit}",
                fontsize=9,
            )
        figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")

    caption = (
        f"Bland-Altman: {words} (n = {known.sum()}). Lines: bias and 95 % limits of agreement; "
        "grey: their 95 % intervals."
    )
    return Drawing(key, f"Bland-Altman, {words}", caption, svg_of(key, 9.6, 3.9, fill))


def _calibration(judged: Judged) -> Iterator[Drawing]:
    """Truth against estimate, in tenths of the estimate."""
    result = judged.trial.result(judged.reference)
    cohort = judged.trial.subjects
    if result is None or len(cohort) < 40:
        return
    bins = 10 if len(cohort) >= 100 else 5
    curves = {"as it is": result.estimate_g} | {
        f"corrected: {method}": recalibrated(judged.trial, result, method)
        for method in ("linear", "isotonic")
    }

    def fill(figure: Any) -> None:
        panels = figure.subplots(1, len(curves), sharex=True, sharey=True)
        for axes, (name, values) in zip(panels, curves.items(), strict=True):
            known = ~np.isnan(values)
            truth, estimate = cohort.lvm_g[known], values[known]
            axes.plot(estimate, truth, ".", color=GREY, alpha=0.25, markersize=3, mew=0)
            curve = calibration_curve(truth, estimate, bins)
            axes.errorbar(curve.estimate_g, curve.truth_g, 1.96 * curve.truth_se_g, fmt="o",
                          color=BLUE, markersize=4, linewidth=1.2)  # fmt: skip
            ends = np.quantile(cohort.lvm_g, [0.0, 1.0])
            axes.plot(ends, ends, "--", color="black", linewidth=0.8)
            axes.set_title(name, fontsize=9)
            axes.set_xlabel("estimate, g")
        panels[0].set_ylabel("measured mass, g")

    caption = (
        f"Calibration: {result.row.words}, out of fold. Blue: means of {bins} equal parts by "
        "estimate with 95 % intervals; corrections are fitted on the other folds."
    )
    yield Drawing("calibration", "calibration", caption, svg_of("calibration", 9.0, 3.4, fill))


def _roc(judged: Judged) -> Iterator[Drawing]:
    """ROC curves for LVH of pooled and own-sex models, on each sex."""
    chosen = [
        each for each in judged.trial.results
        if each.row.key.startswith(judged.reference) or each.row.key in ("ridge_beat", "boosting")
    ]  # fmt: skip
    limits = limit_g(judged.trial.subjects, judged.scoring.limit, judged.scoring.bsa_formula)
    if not chosen or np.isnan(limits).all():
        return

    def fill(figure: Any) -> None:
        for axes, (sex, name, _, _) in zip(figure.subplots(1, 2), _SEXES, strict=True):
            for colour, result in zip(_LINES, (r for r in chosen if r.row.sex in ("pooled", sex)),
                                      strict=False):  # fmt: skip
                _roc_line(axes, judged, result, sex, colour)
            axes.plot([0, 1], [0, 1], "--", color="black", linewidth=0.8)
            axes.set_title(name, fontsize=9)
            axes.set_xlabel("1 - specificity")
            axes.set_ylabel("sensitivity")
            if axes.get_legend_handles_labels()[1]:
                axes.legend(loc="upper left", bbox_to_anchor=(0.0, -0.14), fontsize=8)

    caption = (
        "ROC curves for LVH by estimated mass over the patient's limit, on each sex; dots: the "
        "yes/no answer at the limit itself. In brackets: AUROC."
    )
    yield Drawing("roc", "ROC curves for LVH", caption, svg_of("roc", 9.0, 5.6, fill))


def _roc_line(axes: Any, judged: Judged, result: RowResult, sex: str, colour: str) -> None:
    from sklearn.metrics import roc_curve

    cohort = judged.trial.subjects
    limits = limit_g(cohort, judged.scoring.limit, judged.scoring.bsa_formula)
    who = cohort.of_sex(sex) & ~np.isnan(limits) & ~np.isnan(result.estimate_g)
    ill = cohort.lvm_g[who] > limits[who]
    if min(ill.sum(), (~ill).sum()) < 2:
        return
    ratio = result.estimate_g[who] / limits[who]
    wrong, right, _ = roc_curve(ill, ratio)
    area = float(np.trapezoid(right, wrong))
    axes.plot(wrong, right, color=colour, linewidth=1.3, label=f"{result.row.words} ({area:.2f})")
    axes.plot((ratio[~ill] > 1).mean(), (ratio[ill] > 1).mean(), "o", color=colour, markersize=5)


def _losses(judged: Judged) -> Iterator[Drawing]:
    """Training and validation error by epoch of each network."""
    networks = [each for each in judged.trial.results if each.curves]
    if not networks:
        return
    lines = -(-len(networks) // 4)
    columns = -(-len(networks) // lines)

    def fill(figure: Any) -> None:
        panels = figure.subplots(lines, columns, sharey=True, squeeze=False).ravel()
        for axes, result in zip(panels, networks, strict=False):
            for curve in result.curves:
                epochs = np.arange(1, len(curve.train_mae_sd) + 1)
                axes.plot(epochs, curve.train_mae_sd, color=BLUE, linewidth=0.9)
                axes.plot(epochs, curve.validation_mae_sd, color=ORANGE, linewidth=0.9)
                best = curve.best_epoch
                axes.plot(best + 1, curve.validation_mae_sd[best], "o", color=ORANGE, markersize=3)
            axes.set_title(result.row.key, fontsize=8)
            axes.set_ylim(bottom=0.0)
            axes.xaxis.get_major_locator().set_params(integer=True)
        for axes in panels[len(networks) :]:
            axes.set_visible(False)
        figure.supxlabel("epoch", fontsize=9)
        figure.supylabel("mean absolute error, SD of mass", fontsize=9)

    caption = (
        "Loss curves: mean absolute error of each fold on training (blue) and validation patients "
        "(orange); dots: the epoch that was kept."
    )
    yield Drawing("losses", "loss curves", caption, svg_of("losses", 9.0, 0.6 + 1.9 * lines, fill))


_DRAW: tuple[Callable[[Judged], Iterator[Drawing]], ...] = (
    _forest, _agreement, _calibration, _roc, _losses,
)  # fmt: skip
