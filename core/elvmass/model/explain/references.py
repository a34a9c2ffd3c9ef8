"""Where explanations start from: a mean patient, a flat ECG, the isoelectric line, other people."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import count, islice
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from elvmass.beat import SEGMENTS, Beat, Segment, Strip
from elvmass.card import BeatSpec
from elvmass.errors import SignalError
from elvmass.model.explain.attribution import Case, segment_labels
from elvmass.model.inputs import (
    ALL_SCALARS,
    Float32Array,
    collect_scalars,
    features,
    scalar_row,
    waveforms,
)
from elvmass.record import FloatArray
from elvmass.signal.prepare import prepare
from elvmass.simulate.subject import simulate_subject

#: Seed of the simulated reference people; no bundled model was trained or scored on it.
REFERENCE_SEED = 4096
REFERENCE_PEOPLE = 16


class References(NamedTuple):
    """People to compare with: beats [n, 12, m] in mV and scalars [n, 8], all that models take."""

    beats_mv: Float32Array
    scalars: FloatArray

    def of(self, case: Case) -> tuple[Tensor, Tensor]:
        """As one fold model takes them: [n, 12, m] and [n, k]."""
        columns = [ALL_SCALARS.index(name) for name in case.fold.spec.scalars]
        return (
            torch.tensor(self.beats_mv),
            torch.tensor(features(self.scalars[:, columns], case.fold.spec)),
        )


@lru_cache(maxsize=4)
def simulated_references(spec: BeatSpec, n: int = REFERENCE_PEOPLE) -> References:
    """People of the simulator, for models that were trained on simulated hearts.

    A bundle stores no patient but the mean one; other people's beats would have to travel with it.
    """
    people = list(islice(simulate_people(spec), n))
    return References(
        np.stack([waveforms(seen.signal_mv) for seen, _ in people]),
        np.stack([scalar_row(scalars, ALL_SCALARS) for _, scalars in people]),
    )


def simulate_people(
    spec: BeatSpec, first: int = 0
) -> Iterator[tuple[Beat | Strip, dict[str, float | None]]]:
    """What a model sees of people of the simulator whom no bundled model was trained on."""
    for index in count(first):
        simulated = simulate_subject(REFERENCE_SEED, index)
        try:
            prepared = prepare(simulated.record, spec)
        except SignalError:
            continue
        yield prepared.seen, collect_scalars(simulated.record, prepared.measured)


def mean_patient(case: Case) -> Tensor:
    """[12, m] the mean training beat of the fold."""
    return torch.tensor(case.fold.mean_beat_mv)


def flat(case: Case) -> Tensor:
    """[12, m] zero millivolts."""
    return torch.zeros_like(case.waveform)


def isoelectric(case: Case) -> Tensor:
    """[12, m] the patient's own isoelectric line: the median of TP in each lead."""
    between = torch.tensor(segment_labels(case) == SEGMENTS.index(Segment.TP))
    level = case.waveform[:, between] if between.any() else case.waveform
    return level.median(dim=1, keepdim=True).values.expand_as(case.waveform).clone()


def bridged(case: Case) -> Tensor:
    """[12, m] with every segment replaced by the straight line between its ends.

    A line has no shape and makes no step; what it keeps is the level at both ends, so that a
    depressed ST segment stays depressed.
    """
    return torch.tensor(
        bridge(case.waveform.double().numpy(), segment_labels(case)), dtype=torch.float32
    )


def bridge(signal: FloatArray, labels: np.ndarray[tuple[int], np.dtype[np.int8]]) -> FloatArray:
    """The same for [12, m] of numbers: straight lines between the boundaries of ``labels`` [m]."""
    m = signal.shape[1]
    starts = np.flatnonzero(np.diff(labels)) + 1
    knots = np.unique([0, *starts, m - 1])
    return np.stack([np.interp(np.arange(m), knots, lead[knots]) for lead in signal])
