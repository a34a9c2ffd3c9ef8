"""The one definition of what enters the network: training and use both call this.

The beat (or strip) stays in millivolts (hypertrophy is a sign of voltage, so no amplitude is
normalised away). Scalars are z-scored with the numbers of the :class:`elvmass.card.InputSpec`, axes
in degrees as they are given or, as an option, as angles from the mean axis; missing ones are
imputed first (paper: median, sex 0.5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from elvmass.beat import Beat, Strip
from elvmass.card import DEMOGRAPHICS, ECG_SCALARS, BeatSpec, InputSpec, View
from elvmass.errors import SignalError
from elvmass.record import FloatArray, Measurements, Record, Sex

Float32Array = NDArray[np.float32]

#: Every scalar that a model can take, in the order of cohort arrays.
ALL_SCALARS: tuple[str, ...] = DEMOGRAPHICS + ECG_SCALARS
#: How axes enter: degrees as they are, or sine and cosine, which the network makes of radians.
AXIS_ENCODINGS: tuple[str, ...] = ("degrees", "sincos")


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


def model_inputs(
    seen: Beat | Strip, scalars: Mapping[str, float | None], spec: InputSpec
) -> ModelInputs:
    """Turn a beat or strip and its scalars into exactly what ``spec`` asks for.

    Parameters
    ----------
    seen
        What the model sees, on the grid of ``spec.beat``.
    scalars
        Values by name in their own unit; None, NaN or an absent name means unknown.

    Raises
    ------
    SignalError
        If it is not what the model sees, or lies on another grid than the model's.
    """
    check_grid(seen, spec.beat)
    values = scalar_row(scalars, spec.scalars)
    imputed = tuple(n for n, v in zip(spec.scalars, values, strict=True) if np.isnan(v))
    return ModelInputs(waveforms(seen.signal_mv), features(values, spec), imputed)


def scalar_row(scalars: Mapping[str, float | None], names: Sequence[str]) -> FloatArray:
    """[k] values in the order of ``names``; NaN where unknown or not finite."""
    values = [np.nan if (v := scalars.get(n)) is None else float(v) for n in names]
    row = np.array(values, dtype=np.float64)
    row[~np.isfinite(row)] = np.nan
    return row


def waveforms(signal_mv: FloatArray) -> Float32Array:
    """Beats or strips [..., 12, m] in mV as the network takes them: mV, float32."""
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


def axis_columns(names: Sequence[str]) -> tuple[int, ...]:
    """Places of the electrical axes among the scalars ``names``."""
    return tuple(i for i, name in enumerate(names) if name.endswith("_axis_deg"))


def fit_spec(
    values: FloatArray, names: Sequence[str], beat: BeatSpec, axes: str = "degrees"
) -> InputSpec:
    """Imputation, mean and SD from the training part of a fold.

    Parameters
    ----------
    values
        [n, k] scalars in their own unit, columns in the order of ``names``, NaN where unknown.
    axes
        One of :data:`AXIS_ENCODINGS`. With "sincos" an axis becomes its angle from the mean axis,
        in radians (``sd`` is 57.3°), of which the network takes sine and cosine.

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
    sd = np.where(np.ptp(filled, axis=0) == 0, 0.0, filled.std(axis=0))
    if axes == "sincos":
        sd[list(axis_columns(names))] = np.degrees(1.0)
    return InputSpec(
        beat=beat,
        scalars=tuple(names),
        impute=tuple(impute),
        mean=tuple(filled.mean(axis=0).tolist()),
        sd=tuple(sd.tolist()),
    )


def _imputation(name: str, column: FloatArray) -> float:
    known = column[~np.isnan(column)]
    if name == "sex_male":  # in a model of one sex the missing sex is that sex
        return 0.5 if np.ptp(known) > 0 else float(known[0])
    return float(np.median(known))


def check_grid(seen: Beat | Strip, spec: BeatSpec) -> None:
    """Raise SignalError unless ``seen`` is what ``spec`` asks for, on its grid."""
    if isinstance(seen, Strip) != (spec.view is View.STRIP):
        raise SignalError(
            f"The model sees a {spec.view.value}, but was given a "
            f"{'strip' if isinstance(seen, Strip) else 'beat'}. Prepare the recording with the "
            "model's own specification."
        )
    r_index = seen.r_index if isinstance(seen, Beat) else spec.r_index
    found = (float(seen.rate_hz), seen.signal_mv.shape[1], r_index)
    wanted = (float(spec.rate_hz), spec.n_samples, spec.r_index)
    if found != wanted:
        text = "{1} samples at {0:g} Hz"
        if isinstance(seen, Beat):
            text += " with the R peak at sample {2}"
        raise SignalError(
            f"The model takes {text.format(*wanted)}, but this has {text.format(*found)}. "
            "Prepare the recording with the model's own specification."
        )
