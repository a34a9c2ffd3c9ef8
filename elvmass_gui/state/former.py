"""What of a former analysis still holds when another answer comes. No Qt."""

from __future__ import annotations

from dataclasses import replace

from elvmass.beat import Fiducials
from elvmass.model.explain import METHODS
from elvmass.pipeline import Options
from elvmass.record import Record
from elvmass.result import Analysis, SecondEstimate
from elvmass_gui.processes.worker import AnalyseRequest


def boundaries_by_hand(known: Analysis | None) -> Fiducials | None:
    """The boundaries in force, if they are not the automatic ones."""
    return None if known is None or known.automatic is None else known.beat.fiducials


def by_segments(options: Options) -> bool:
    """Whether the saliency map is made of segments, and so needs their boundaries."""
    return METHODS[options.method].segments


def reasons_hold(
    former: Analysis | None,
    explained: AnalyseRequest | None,
    asked: AnalyseRequest,
    analysis: Analysis,
) -> bool:
    """Whether only the judgement differs, so that the former explanation still holds.

    ``explained`` is the request whose answer explained ``former``.
    """
    if former is None or former.saliency is None or explained is None:
        return False
    drawn = boundaries_by_hand(former)
    return (
        explained.record is asked.record
        and _as_judged(explained.options) == _as_judged(asked.options)
        and (explained.options.boundaries == drawn or not by_segments(asked.options))
        and former.estimate.card == analysis.estimate.card
        and former.estimate.mass_g == analysis.estimate.mass_g
    )


def second_holds(
    former: Analysis | None, record: Record | None, analysis: Analysis
) -> SecondEstimate | None:
    """The second estimate so far, if the model was given the same as before."""
    if former is None or former.estimate.card != analysis.estimate.card:
        return None
    same = former.estimate.fold_masses_g == analysis.estimate.fold_masses_g
    return former.second if same and former.record is record else None


def _as_judged(options: Options) -> Options:
    """The options without those that change neither beat, model nor what is explained."""
    usual = Options()
    return replace(
        options, threshold=usual.threshold, bsa_formula=usual.bsa_formula, cutoffs=usual.cutoffs,
        explain=True, boundaries=None,
    )  # fmt: skip
