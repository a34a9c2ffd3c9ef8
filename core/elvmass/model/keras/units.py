"""In which unit does an imported network want its ECG? A check on recordings of ordinary adults.

The published code divides integers by 2000 and never says of what unit; read as counts of 5 µV
the input is five times smaller than read as microvolts. With the right unit the masses of ordinary
adults centre near 90 g with an SD near 20 g; with the wrong one they are far off or saturated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from elvmass.beat import Strip
from elvmass.errors import BundleError
from elvmass.model.bundle import Bundle
from elvmass.model.estimate import fold_inputs, predict_many
from elvmass.model.inputs import ModelInputs
from elvmass.model.nets.imported import ImportedNet
from elvmass.model.nets.lvm_ai import ECG_SCALES

#: Mean and SD in grams that ordinary adults may have. Our choice, wide around 90 and 20.
PLAUSIBLE_MEAN_G, PLAUSIBLE_SD_G = (65.0, 120.0), (8.0, 40.0)
#: Fewer recordings give no SD to judge.
FEWEST = 10


@dataclass(frozen=True, slots=True)
class UnitCheck:
    """Masses of the recordings if their ECG enters under one preset, grams."""

    ecg_scale: str
    in_use: bool
    n: int
    mean_g: float
    sd_g: float
    low_g: float
    high_g: float

    @property
    def plausible(self) -> bool:
        """Whether mean and SD are those of ordinary adults."""
        return (
            PLAUSIBLE_MEAN_G[0] <= self.mean_g <= PLAUSIBLE_MEAN_G[1]
            and PLAUSIBLE_SD_G[0] <= self.sd_g <= PLAUSIBLE_SD_G[1]
        )


def check_units(
    bundle: Bundle, patients: Sequence[tuple[Strip, Mapping[str, float | None]]]
) -> tuple[UnitCheck, ...]:
    """Run the model under every preset of :data:`ECG_SCALES`.

    Parameters
    ----------
    bundle
        Of an imported network.
    patients
        Strip on the model's grid, and scalars by name.

    Raises
    ------
    BundleError
        If the model is not an imported one, or there are fewer than :data:`FEWEST` recordings.
    """
    net = bundle.folds[0].net
    if not isinstance(net, ImportedNet):
        raise BundleError(
            f"Model {bundle.card.name!r} was not imported; its unit is known, nothing to check."
        )
    if len(patients) < FEWEST:
        raise BundleError(
            f"{len(patients)} recordings cannot tell the unit; give at least {FEWEST} "
            "recordings of ordinary adults."
        )
    inputs = [fold_inputs(bundle, strip, scalars) for strip, scalars in patients]
    own = net.config.ecg_scale
    return tuple(
        _check(bundle, inputs, scale, ECG_SCALES[scale] / ECG_SCALES[own], scale == own)
        for scale in ECG_SCALES
    )


def _check(
    bundle: Bundle,
    patients: Sequence[tuple[ModelInputs, ...]],
    scale: str,
    gain: float,
    in_use: bool,
) -> UnitCheck:
    scaled = [
        [each._replace(waveform=each.waveform * np.float32(gain)) for each in inputs]
        for inputs in patients
    ]
    masses = predict_many(bundle, scaled, batch=8).mean(axis=1)
    low, high = masses.min(), masses.max()
    sd = masses.std(ddof=1)
    return UnitCheck(
        scale, in_use, len(masses), float(masses.mean()), float(sd), float(low), float(high)
    )


def conclusion(checks: Sequence[UnitCheck]) -> str:
    """What the figures mean, in one or two sentences."""
    fitting = [check for check in checks if check.plausible]
    used = next(check for check in checks if check.in_use)
    if len(fitting) != 1:
        which = "Both presets give" if fitting else "No preset gives"
        return (
            f"{which} masses of ordinary adults, so the unit remains open. Check that these are "
            "ordinary adults, and more of them."
        )
    found = fitting[0].ecg_scale
    if found == used.ecg_scale:
        return f"Only {found} gives masses of ordinary adults: the model is set right."
    return (
        f"Only {found} gives masses of ordinary adults, but the model is set to "
        f"{used.ecg_scale}. Import it again with --ecg-scale {found}."
    )
