"""Each saliency method on the bundled pooled model, against captum's own on the same model.

Five fold models, one beat. captum explains one fold after the other, with its defaults where they
are comparable: as many steps of integrated gradients as it takes by default (50), as many noisy
copies and orders as ours. ig_mean is also timed on the slowest of 24 simulated patients.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "2")

import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from captum.attr import (
    FeatureAblation,
    GradientShap,
    InputXGradient,
    IntegratedGradients,
    NoiseTunnel,
    Saliency,
    ShapleyValueSampling,
)

from elvmass.model.bundle import Bundle, load_bundle
from elvmass.model.estimate import fold_inputs
from elvmass.model.explain import METHODS
from elvmass.model.explain.attribution import Case, make_cases
from elvmass.model.explain.cells import PAIRS, group_players, lead_players
from elvmass.model.explain.check import Person, simulated_people
from elvmass.model.explain.gradients import DRAWS, POINTS
from elvmass.model.explain.methods import SMOOTH_PATHS, explain
from elvmass.model.explain.references import (
    bridged,
    flat,
    isoelectric,
    mean_patient,
    simulated_references,
)
from elvmass.model.library.installed import bundled_models

ROUNDS, PATIENTS = 5, 24
_STARTS = {"ig_zero": flat, "ig_mean": mean_patient, "ig_bridge": isoelectric}


def theirs(method: str, case: Case) -> Callable[[], Any] | None:
    """Captum's call for one fold model; None where captum has no such method."""
    inputs = case.waveform[None].requires_grad_(), case.features[None].requires_grad_()
    net = case.fold.net
    if method == "gradient":
        return partial(Saliency(net).attribute, inputs, abs=False)
    if method == "gradient_x_input":
        return partial(InputXGradient(net).attribute, inputs)
    if method in _STARTS:
        start = _STARTS[method](case)[None], torch.zeros_like(inputs[1])
        return partial(IntegratedGradients(net).attribute, inputs, baselines=start)
    if method == "smooth_gradient":
        noisy = NoiseTunnel(Saliency(net)).attribute
        return partial(noisy, inputs, nt_samples=DRAWS, stdevs=(0.1, 0.0), abs=False)
    if method == "smooth_ig_mean":
        noisy = NoiseTunnel(IntegratedGradients(net)).attribute
        start = mean_patient(case)[None], torch.zeros_like(inputs[1])
        return partial(noisy, inputs, nt_samples=SMOOTH_PATHS, stdevs=(0.1, 0.0), baselines=start)
    if method == "expected_gradients":
        others = simulated_references(case.fold.spec.beat).of(case)
        return partial(GradientShap(net).attribute, inputs, others, n_samples=POINTS)
    return _cells(method, case, inputs)


def _cells(method: str, case: Case, inputs: tuple[Any, Any]) -> Callable[[], Any] | None:
    if method not in ("occlusion", "shapley", "shapley_leads"):
        return None
    players = (group_players if method == "shapley" else lead_players)(case)
    n = int(players.max()) + 1
    given = {
        "baselines": (bridged(case)[None], torch.zeros_like(inputs[1])),
        "feature_mask": (torch.tensor(players)[None], n + torch.arange(len(case.features))[None]),
    }
    if method == "occlusion":
        return partial(FeatureAblation(case.fold.net).attribute, inputs, **given)
    sampled = ShapleyValueSampling(case.fold.net).attribute
    return partial(sampled, inputs, n_samples=2 * PAIRS, **given)


def seconds(call: Callable[[], Any]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def ours(bundle: Bundle, person: Person, method: str) -> Callable[[], Any]:
    """Our call for the five fold models."""
    return partial(explain, bundle, fold_inputs(bundle, *person), person.seen, method)


def main() -> None:
    """Alternate ours and captum's, print medians."""
    torch.set_num_threads(2)
    warnings.simplefilter("ignore")  # captum says that it sets requires_grad
    bundle = load_bundle(bundled_models() / "simulated-pooled-model2")
    people = simulated_people(bundle, PATIENTS)
    cases = make_cases(bundle, fold_inputs(bundle, *people[0]), people[0].seen)
    print(f"{len(bundle.folds)} fold models, {torch.get_num_threads()} threads")
    print(f"{'method':<28}{'ours, ms':>10}{'captum, ms':>12}{'times faster':>14}")
    for method in METHODS:
        calls = [theirs(method, case) for case in cases]
        rounds = 2 if method.startswith("shapley") else ROUNDS
        mine, other = [], []
        for _ in range(rounds):
            mine.append(seconds(ours(bundle, people[0], method)))
            other.append(sum(seconds(call) for call in calls if call))
        a, b = 1e3 * statistics.median(mine), 1e3 * statistics.median(other)
        peer = f"{b:>12.0f}{b / a:>14.1f}" if b else f"{'-':>12}"
        print(f"{method:<28}{a:>10.0f}{peer}", flush=True)
    each = sorted(1e3 * seconds(ours(bundle, person, "ig_mean")) for person in people)
    print(f"ig_mean on {PATIENTS} patients: median {statistics.median(each):.0f} ms, "
          f"slowest {each[-1]:.0f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
