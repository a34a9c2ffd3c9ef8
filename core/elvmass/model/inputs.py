"""The one definition of what enters the network: training and use both call this.

The beat stays in millivolts (hypertrophy is a sign of voltage, so no amplitude is normalised
away). Scalars are z-scored with the numbers of the :class:`elvmass.card.InputSpec`, axes in
degrees as they are given; missing ones are imputed first (paper: median, sex 0.5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from elvmass.beat import Beat
from elvmass.card import DEMOGRAPHICS, ECG_SCALARS, BeatSpec, InputSpec
from elvmass.errors import SignalError
from elvmass.record import FloatArray, Measurements, Record, Sex

Float32Array = NDArray[np.float32]

#: Every scalar that a model can take, in the order of cohort arrays.
ALL_SCALARS: tuple[str, ...] = DEMOGRAPHICS + ECG_SCALARS


class ModelInputs(NamedTuple):
    """What one fold model takes.

    ``waveform`` [12, m] float32, mV; ``features`` [k] float32, z-scores; ``imputed`` names of
    scalars that were missing.
    """

    waveform: Float32Array
    features: Float32Array
    imputed: tuple[str, ...]


def collect_scalars(record: Record, measured: Measurements) -> dict[str, float | None]:
    """Gather the scalars of a record: patient, then axes and QRS.

    Each axis and the QRS duration come from the device where it gave them, else from our own
    measurement. Unknown values are None; sex is 1 for male, 0 for female.
    """
    patient = record.patient
    scalars: dict[str, float | None] = {
        "age_years": patient.age_years,
        "sex_male": None if patient.sex is None else float(patient.sex is Sex.MALE),
        "height_cm": patient.height_cm,
        "weight_kg": patient.weight_kg,
    }
    for name in ECG_SCALARS:
        reported = getattr(record.reported, name)
        scalars[name] = getattr(measured, name) if reported is None else reported
    return scalars


def model_inputs(beat: Beat, scalars: Mapping[str, float | None], spec: InputSpec) -> ModelInputs:
    """Turn a beat and its scalars into exactly what ``spec`` asks for.

    Parameters
    ----------
    beat
        On the grid of ``spec.beat``.
    scalars
        Values by name in their own unit; None, NaN or an absent name means unknown.

    Raises
    ------
    SignalError
        If the beat lies on another grid than the model's.
    """
    check_grid(beat, spec.beat)
    values = scalar_row(scalars, spec.scalars)
    imputed = tuple(n for n, v in zip(spec.scalars, values, strict=True) if np.isnan(v))
    return ModelInputs(waveforms(beat.signal_mv), features(values, spec), imputed)


def scalar_row(scalars: Mapping[str, float | None], names: Sequence[str]) -> FloatArray:
    """[k] values in the order of ``names``; NaN where unknown or not finite."""
    values = [np.nan if (v := scalars.get(n)) is None else float(v) for n in names]
    row = np.array(values, dtype=np.float64)
    row[~np.isfinite(row)] = np.nan
    return row


def waveforms(signal_mv: FloatArray) -> Float32Array:
    """Beats [..., 12, m] in mV as the network takes them: mV, float32."""
    return np.asarray(signal_mv, dtype=np.float32)


def features(values: FloatArray, spec: InputSpec) -> Float32Array:
    """Scalars [..., k] in their own unit, NaN where unknown, to z-scores [..., k].

    A scalar that was constant in training (``sd`` 0: the sex in a model of one sex) is always 0,
    since the network never learned what another value means.
    """
    mean, sd = np.array(spec.mean), np.array(spec.sd)
    filled = np.where(np.isnan(values), np.array(spec.impute), values)
    scaled: FloatArray = np.divide(filled - mean, sd, out=np.zeros_like(filled), where=sd > 0)
    return np.asarray(scaled, dtype=np.float32)


def fit_spec(values: FloatArray, names: Sequence[str], beat: BeatSpec) -> InputSpec:
    """Imputation, mean and SD from the training part of a fold.

    Parameters
    ----------
    values
        [n, k] scalars in their own unit, columns in the order of ``names``, NaN where unknown.

    Raises
    ------
    ValueError
        If a scalar is unknown for every patient.
    """
    unknown = [n for n, column in zip(names, values.T, strict=True) if np.isnan(column).all()]
    if unknown:
        raise ValueError(f"no patient of the training data has {', '.join(unknown)}")
    impute = [_imputation(n, column) for n, column in zip(names, values.T, strict=True)]
    filled = np.where(np.isnan(values), np.array(impute), values)
    return InputSpec(
        beat=beat,
        scalars=tuple(names),
        impute=tuple(impute),
        mean=tuple(filled.mean(axis=0).tolist()),
        sd=tuple(np.where(np.ptp(filled, axis=0) == 0, 0.0, filled.std(axis=0)).tolist()),
    )


def _imputation(name: str, column: FloatArray) -> float:
    known = column[~np.isnan(column)]
    if name == "sex_male":  # in a model of one sex the missing sex is that sex
        return 0.5 if np.ptp(known) > 0 else float(known[0])
    return float(np.median(known))


def check_grid(beat: Beat, spec: BeatSpec) -> None:
    """Raise SignalError unless ``beat`` lies on the grid of ``spec`` (rate, samples, R peak)."""
    found = (float(beat.rate_hz), beat.signal_mv.shape[1], beat.r_index)
    wanted = (float(spec.rate_hz), spec.n_samples, spec.r_index)
    if found != wanted:
        text = "{1} samples at {0:g} Hz with the R peak at sample {2}"
        raise SignalError(
            f"The model takes beats of {text.format(*wanted)}, but this beat has "
            f"{text.format(*found)}. Cut the beat with the model's own beat specification."
        )
