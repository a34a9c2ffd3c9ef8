"""From inputs to grams: fold models, their mean, and the prediction interval.

Predictions are made in float32 on whatever precision the model was trained with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from elvmass.beat import Beat, Strip
from elvmass.model.bundle import Bundle, Fold
from elvmass.model.conformal import choose_residuals, cross_conformal, missing
from elvmass.model.inputs import Float32Array, ModelInputs, model_inputs
from elvmass.model.nets.base import MassNet
from elvmass.model.nets.grouped import GroupedNet
from elvmass.model.nets.imported import ImportedNet
from elvmass.record import FloatArray
from elvmass.result import Interval


def fold_inputs(
    bundle: Bundle, seen: Beat | Strip, scalars: Mapping[str, float | None]
) -> tuple[ModelInputs, ...]:
    """Prepare the inputs of each fold model (imputations and scales differ a little)."""
    return tuple(model_inputs(seen, scalars, fold.spec) for fold in bundle.folds)


def scalars_used(bundle: Bundle, scalars: Mapping[str, float | None]) -> dict[str, float]:
    """Scalars of the model in their own unit; a missing one is the mean of the folds' fillings."""
    impute = np.mean([fold.spec.impute for fold in bundle.folds], axis=0)
    given = {n: scalars.get(n) for n in bundle.spec.scalars}
    return {
        name: float(fill) if (value := given[name]) is None or not np.isfinite(value) else value
        for name, fill in zip(bundle.spec.scalars, impute, strict=True)
    }


def predict_many(
    bundle: Bundle, patients: Sequence[Sequence[ModelInputs]], batch: int = 64
) -> FloatArray:
    """Masses in grams [patients, folds]; one sequence of fold inputs for each patient."""
    columns = [
        predict_fold(
            fold,
            np.stack([inputs[k].waveform for inputs in patients]),
            np.stack([inputs[k].features for inputs in patients]),
            batch,
        )
        for k, fold in enumerate(bundle.folds)
    ]
    return np.stack(columns, axis=1)  # folds x [patients] -> [patients, folds]


def predict_fold(
    fold: Fold, waveform: Float32Array, features: Float32Array, batch: int = 64
) -> FloatArray:
    """Masses in grams [n] by one fold model from arrays [n, 12, m] and [n, k]."""
    parts = []
    with torch.inference_mode():
        for start in range(0, len(waveform), batch):
            part = slice(start, start + batch)
            z = _answers(fold.net, waveform[part], features[part])
            parts.append(z.double().numpy())
    masses: FloatArray = fold.target_mean_g + fold.target_sd_g * np.concatenate(parts)
    return masses


def _answers(net: MassNet, waveform: Float32Array, features: Float32Array) -> torch.Tensor:
    """Answers [n]; a heartbeat that stands beside several patients is encoded once."""
    seen, scalars = torch.tensor(waveform), torch.tensor(features)
    places: dict[bytes, int] = {}
    place = [places.setdefault(row.tobytes(), len(places)) for row in waveform]
    if len(places) == len(place) or not isinstance(net, GroupedNet):
        answer: torch.Tensor = net(seen, scalars)
        return answer
    different = [place.index(k) for k in range(len(places))]
    code = net.encode(net.scale(seen[different]))
    return net.regress(code[place], seen, scalars)


def lvh_probability(bundle: Bundle, inputs: Sequence[ModelInputs]) -> float | None:
    """Probability of hypertrophy by the model's own second head; None without such a head.

    Parameters
    ----------
    inputs
        One for each fold, of one patient.
    """
    heads: list[float] = []
    with torch.inference_mode():
        for fold, part in zip(bundle.folds, inputs, strict=True):
            if not isinstance(fold.net, ImportedNet):
                return None
            waveform, features = torch.tensor(part.waveform), torch.tensor(part.features)
            found = fold.net.lvh_probability(waveform[None], features[None])
            if found is None:
                return None
            heads.append(float(found[0]))
    return float(np.mean(heads))


def interval(
    bundle: Bundle,
    fold_masses_g: FloatArray,
    scalars: Mapping[str, float | None],
    coverage: float = 0.9,
) -> Interval | None:
    """Cross-conformal interval for one patient; wider when scalars have to be imputed.

    None if the bundle holds no residuals.

    Parameters
    ----------
    fold_masses_g
        [folds] in grams.
    scalars
        As given to :func:`fold_inputs`.
    """
    if not all(fold.residuals for fold in bundle.folds):
        return None
    given = {name: scalars.get(name) for name in bundle.spec.scalars}
    folds = [fold.residuals for fold in bundle.folds]
    residuals = choose_residuals(folds, missing(given), given.get("sex_male"), coverage)
    low, high = cross_conformal(fold_masses_g, residuals, coverage)
    return Interval(low, high, coverage)
