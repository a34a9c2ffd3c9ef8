"""The lie detector: what a saliency method is worth on a model, and on one ECG."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, islice
from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from elvmass.beat import Beat, Strip
from elvmass.model.bundle import Bundle
from elvmass.model.estimate import fold_inputs
from elvmass.model.explain import METHODS
from elvmass.model.explain.faithfulness import faithfulness
from elvmass.model.explain.methods import explain, explain_folds, mean_map
from elvmass.model.explain.randomise import STEPS, all_random, randomised
from elvmass.model.explain.references import References, simulate_people
from elvmass.model.explain.trust import CHECKS, MethodTrust, Trust, TrustFigure
from elvmass.record import FloatArray
from elvmass.result import SaliencyMap

NOISE = 0.02
_SEED = 14
_LEAST_G = 1e-6  # no ratio to nothing
_FIRST_PERSON = 500  # beyond the people that expected gradients compare with
Progress = Callable[[str, float], None]


class Person(NamedTuple):
    """What a model sees of one patient."""

    seen: Beat | Strip
    scalars: Mapping[str, float | None]


class Found(NamedTuple):
    """The checks of one method on one person; NaN where a check does not apply."""

    figures: dict[str, float]
    cascade: dict[str, float]


def simulated_people(bundle: Bundle, n: int) -> list[Person]:
    """People of the simulator whom no bundled model was trained on."""
    people = simulate_people(bundle.spec.beat, _FIRST_PERSON)
    return [Person(*person) for person in islice(people, n)]


def check_bundle(
    bundle: Bundle,
    people: Sequence[Person],
    methods: Iterable[str] = METHODS,
    references: References | None = None,
    progress: Progress = lambda _text, _done: None,
) -> Trust:
    """Check methods on people that the model has not seen.

    A check passes if its mean over the people does; the deletion and insertion checks pass if the
    whole bootstrap interval does, because the random order is drawn.
    """
    wanted = list(methods)
    found: dict[str, MethodTrust] = {}
    for i, method in enumerate(wanted):
        each = []
        for j, person in enumerate(people):
            each.append(check_person(bundle, person, method, references))
            progress(f"checking {method}", (i + (j + 1) / len(people)) / len(wanted))
        found[method] = summarise(each)
    return Trust(bundle.card.sha256, len(people), found)


def summarise(found: Sequence[Found]) -> MethodTrust:
    """Means over people with bootstrap intervals, and whether they pass."""
    figures = {name: _figure(name, np.array([f.figures[name] for f in found])) for name in CHECKS}
    cascade = {step: float(np.mean([f.cascade[step] for f in found])) for step in found[0].cascade}
    return MethodTrust(figures, cascade)


def check_person(
    bundle: Bundle,
    person: Person,
    method: str,
    references: References | None = None,
    progress: Progress = lambda _text, _done: None,
) -> Found:
    """Ask one method all questions about one person."""
    progress("explaining", 0.0)
    inputs = fold_inputs(bundle, *person)
    folds = explain_folds(bundle, inputs, person.seen, method, references)
    saliency = mean_map(bundle, method, folds)
    values = saliency.values_g
    progress("random weights", 0.25)
    cascade = _cascade(bundle, person, method, references, progress)
    progress("deleting and inserting samples", 0.5)
    faithful = faithfulness(bundle, inputs, values)
    progress("adding noise", 0.6)
    noisy = _map(bundle, _noisy(person), method, references).values_g
    progress("shifting the beat", 0.8)
    shifted = _map(bundle, _shifted(person), method, references).values_g
    progress("done", 1.0)
    pairs = [likeness(a.samples, b.samples) for a, b in combinations(folds, 2)]
    figures = {
        "randomisation": abs(list(cascade.values())[-1]),
        "completeness": saliency.completeness_error if METHODS[method].additive else np.nan,
        "deletion": faithful.deletion_g / max(faithful.random_deletion_g, _LEAST_G),
        "insertion": faithful.random_insertion_g / max(faithful.insertion_g, _LEAST_G),
        "fold_agreement": float(np.mean(pairs)) if pairs else np.nan,
        "noise": likeness(values, noisy),
        "shift": likeness(values[:, :-1], shifted[:, 1:]),
    }
    return Found(figures, cascade)


def random_map(
    bundle: Bundle, person: Person, method: str, references: References | None = None
) -> tuple[SaliencyMap, float]:
    """The map of one fold model with random weights, and its |likeness| to that of the same one.

    The likeness is what the check ``randomisation`` finds for this person.
    """
    one = replace(bundle, folds=bundle.folds[:1])
    real = _map(one, person, method, references)
    random = _map(all_random(bundle), person, method, references)
    return random, abs(likeness(real.values_g, random.values_g))


def likeness(a: FloatArray, b: FloatArray) -> float:
    """Spearman's correlation of two absolute maps; 0 if one of them is constant."""
    ranks = [rankdata(np.abs(each).ravel()) for each in (a, b)]
    if min(np.ptp(r) for r in ranks) == 0:
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _map(bundle: Bundle, person: Person, method: str, references: References | None) -> SaliencyMap:
    inputs = fold_inputs(bundle, *person)
    return explain(bundle, inputs, person.seen, method, references)


def _cascade(
    bundle: Bundle,
    person: Person,
    method: str,
    references: References | None,
    progress: Progress,
) -> dict[str, float]:
    """Likeness of the first fold model's map after each step of randomisation."""
    one = replace(bundle, folds=bundle.folds[:1])
    before = _map(one, person, method, references).values_g
    found = {}
    for k, (step, changed) in enumerate(randomised(bundle)):
        progress(f"random weights, {step} layers", 0.25 + 0.25 * k / STEPS)
        found[step] = likeness(before, _map(changed, person, method, references).values_g)
    return found


def _noisy(person: Person) -> Person:
    """White noise of 2 % of each lead's SD."""
    signal = person.seen.signal_mv
    noise = np.random.default_rng(_SEED).standard_normal(signal.shape)
    sd = NOISE * signal.std(axis=1, keepdims=True)
    return person._replace(seen=replace(person.seen, signal_mv=signal + sd * noise))


def _shifted(person: Person) -> Person:
    """One sample later; the boundaries stay, as a delineator's rounding would leave them."""
    signal = person.seen.signal_mv
    later = np.concatenate([signal[:, :1], signal[:, :-1]], axis=1)
    return person._replace(seen=replace(person.seen, signal_mv=later))


def _figure(name: str, values: FloatArray) -> TrustFigure:
    check = CHECKS[name]
    if np.isnan(values).any():
        return TrustFigure(None, None, None, None)
    value = float(values.mean())
    draws = np.random.default_rng(_SEED).integers(len(values), size=(1000, len(values)))
    low, high = np.quantile(values[draws].mean(axis=1), [0.025, 0.975]).tolist()
    drawn = name in ("deletion", "insertion") and len(values) > 1
    worst = low if drawn else value
    passed = worst >= check.limit if check.at_least else value <= check.limit
    return TrustFigure(value, low, high, bool(passed))
