"""Gradient, gradient × input, SmoothGrad and expected gradients.

Sources: Simonyan 2013 (arXiv 1312.6034), Shrikumar 2017 (1605.01713), Smilkov 2017 (1706.03825),
Erion 2021 (1906.10670) and Lundberg 2017 (1705.07874).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from elvmass.model.explain.attribution import Attribution, Case, gradients, masses
from elvmass.model.explain.references import References
from elvmass.record import FloatArray

#: SmoothGrad: noisy copies, and their noise relative to the SD of the waveform.
DRAWS, NOISE = 25, 0.1
#: Expected gradients: points between the patient and the references.
POINTS = 64
_SEED = 6

Method = Callable[[Sequence[Case]], list[Attribution]]


def gradient(cases: Sequence[Case], draws: int = 0) -> list[Attribution]:
    """Grams for one more millivolt (one more SD of a scalar), to first order; signed.

    With ``draws``: the mean over as many noisy copies (SmoothGrad), in one pass.
    """
    return [_gradient(case, draws, times_input=False) for case in cases]


def gradient_x_input(cases: Sequence[Case], draws: int = 0) -> list[Attribution]:
    """Grams to first order against a flat ECG of the mean patient."""
    return [_gradient(case, draws, times_input=True) for case in cases]


def _gradient(case: Case, draws: int, times_input: bool) -> Attribution:
    waveform = case.waveform + noise(case, draws) if draws else case.waveform[None]
    found = gradients(case.fold, waveform, case.features.expand(len(waveform), -1))
    wave, scalars = found.waveform, found.features
    if times_input:
        wave = wave * waveform.double().numpy()
        scalars = scalars * case.features.double().numpy()
    flat = masses(
        case.fold, torch.zeros_like(case.waveform)[None], torch.zeros_like(case.features)[None]
    )
    return Attribution(
        wave.mean(axis=0), scalars.mean(axis=0), float(flat[0]), float(found.mass_g.mean())
    )


def smooth(cases: Sequence[Case], method: Method, draws: int) -> list[Attribution]:
    """SmoothGrad of any method: its mean over noisy copies; scalars stay as they are."""
    return [_smooth(case, method, draws) for case in cases]


def _smooth(case: Case, method: Method, draws: int) -> Attribution:
    noisy = [case._replace(waveform=case.waveform + n) for n in noise(case, draws)]
    found = [method([each])[0] for each in noisy]
    return Attribution(*(np.mean(column, axis=0) for column in zip(*found, strict=True)))


def noise(case: Case, draws: int) -> Tensor:
    """[draws, 12, m] mV, the same at every call."""
    generator = torch.Generator().manual_seed(_SEED)
    sd = NOISE * float(case.waveform.std())
    return sd * torch.randn(draws, *case.waveform.shape, generator=generator)


def expected_gradients(cases: Sequence[Case], references: References) -> list[Attribution]:
    """Integrated gradients averaged over references, at drawn points of the way."""
    picks, places = draw_points(len(references.beats_mv))
    return [_expected(case, references, picks, places) for case in cases]


def draw_points(n: int, points: int = POINTS) -> tuple[np.ndarray, FloatArray]:
    """Reference [points] and place [points] on its way: each reference and tenth as often."""
    rng = np.random.default_rng(_SEED)
    picks = rng.permutation(np.arange(points) % n)
    places = (np.arange(points) + rng.random(points)) / points
    return picks, rng.permutation(places)


def _expected(
    case: Case, references: References, picks: np.ndarray, places: FloatArray
) -> Attribution:
    beats, scalars = (part[torch.tensor(picks)] for part in references.of(case))
    by_beat, by_scalar = case.waveform - beats, case.features - scalars
    along = torch.tensor(places, dtype=torch.float32)[:, None]
    found = gradients(case.fold, beats + along[:, :, None] * by_beat, scalars + along * by_scalar)
    here = masses(case.fold, case.waveform[None], case.features[None])
    people, often = np.unique(picks, return_counts=True)
    first = [int(np.argmax(picks == person)) for person in people]
    theirs = masses(case.fold, beats[first], scalars[first])
    return Attribution(
        (found.waveform * by_beat.double().numpy()).mean(axis=0),
        (found.features * by_scalar.double().numpy()).mean(axis=0),
        float(np.average(theirs, weights=often)),
        float(here[0]),
    )
