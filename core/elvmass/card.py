"""What a model takes and what it is good for: :class:`InputSpec` and :class:`ModelCard`.

Both are plain values that travel as JSON inside a bundle (see :mod:`elvmass.model.bundle`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from elvmass.beat import BeatKind
from elvmass.record import LEADS, Sex

#: Scalars that a model may take, in the paper's order, with their units.
DEMOGRAPHICS: tuple[str, ...] = ("age_years", "sex_male", "height_cm", "weight_kg")
ECG_SCALARS: tuple[str, ...] = ("p_axis_deg", "qrs_axis_deg", "t_axis_deg", "qrs_ms")

#: The same in words, for sentences.
SCALAR_WORDS: dict[str, str] = {
    "age_years": "age",
    "sex_male": "sex",
    "height_cm": "height",
    "weight_kg": "weight",
    "p_axis_deg": "P axis",
    "qrs_axis_deg": "QRS axis",
    "t_axis_deg": "T axis",
    "qrs_ms": "QRS duration",
}

#: The paper's three input sets.
INPUT_SETS: dict[str, tuple[str, ...]] = {
    "ecg": (),
    "model1": DEMOGRAPHICS,
    "model2": DEMOGRAPHICS + ECG_SCALARS,
}

#: Lead groups by name (rows of the standard lead order); the paper's Table S2.
LEAD_GROUPS: dict[str, tuple[tuple[int, ...], ...]] = {
    "none": (tuple(range(12)),),
    "limb_precordial": ((0, 1, 2, 3, 4, 5), (6, 7, 8, 9, 10, 11)),
    "coronary": ((6, 7, 8, 9), (0, 4, 10, 11), (1, 2, 5), (3,)),
}


class View(str, Enum):
    """What a model sees of a recording."""

    BEAT = "beat"  # one heartbeat
    STRIP = "strip"  # a stretch of fixed length from its middle


@dataclass(frozen=True, slots=True)
class BeatSpec:
    """How a record becomes the beat, or the strip, that a model sees.

    The paper states a band-pass, R peaks and the middle heartbeat; every number here is our
    choice ([U] in the specification), kept with the model so that use agrees with training.

    Attributes
    ----------
    view, strip_s
        A model of strips sees ``strip_s`` seconds from the middle of the recording; the beat is
        still cut, to be shown and to carry the explanation.
    raw
        The strip is resampled, but neither filtered nor freed of mains (LVM-AI's input).
    """

    rate_hz: float = 250.0
    before_s: float = 0.35
    after_s: float = 0.65
    band_hz: tuple[float, float] = (0.5, 100.0)
    kind: BeatKind = BeatKind.MIDDLE
    hold_outside_cycle: bool = True
    view: View = View.BEAT
    strip_s: float = 10.0
    raw: bool = False

    @property
    def n_samples(self) -> int:
        """Samples per lead of what the model sees."""
        seconds = self.strip_s if self.view is View.STRIP else self.before_s + self.after_s
        return round(seconds * self.rate_hz)

    @property
    def r_index(self) -> int:
        """Sample of the beat at which the R peak is placed."""
        return round(self.before_s * self.rate_hz)

    @property
    def of_beat(self) -> BeatSpec:
        """The beat that is cut beside a strip; itself for a model of beats."""
        return self if self.view is View.BEAT else replace(self, view=View.BEAT)


@dataclass(frozen=True, slots=True)
class InputSpec:
    """Exactly what a model takes. Scalars are z-scored with ``mean`` and ``sd``.

    In a model that takes axes as sine and cosine, ``sd`` of an axis is one radian (57.3°).

    ``scalars``, ``impute``, ``mean`` and ``sd`` run in parallel; they come from the training
    folds. Missing numbers are imputed by the training median, missing sex by 0.5 (the paper).
    """

    beat: BeatSpec
    scalars: tuple[str, ...]
    impute: tuple[float, ...]
    mean: tuple[float, ...]
    sd: tuple[float, ...]
    leads: tuple[str, ...] = LEADS
    unit: str = "mV"

    def __post_init__(self) -> None:
        lengths = {len(self.scalars), len(self.impute), len(self.mean), len(self.sd)}
        if len(lengths) != 1:
            raise ValueError(f"scalars and their statistics differ in number: {lengths}")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a user must know about a model before believing its number.

    Attributes
    ----------
    name
        Unique name of the bundle ("simulated-male-model2").
    sex
        The sex it was trained for; None for a pooled model.
    inputs
        Key of :data:`INPUT_SETS`.
    trained_on
        One sentence for every screen and page ("simulated ECGs, ...").
    simulated
        True if no real patient was in the training data.
    n_train, folds
        Patients in the training cohort (all folds), and fold models; folds 0 if it is not known.
    metrics
        Out-of-fold figures by name ("mae_g", "mape_percent", "r2", ...); none if they are unknown,
        and then the model is used only when it is asked for by name. "coverage_90_percent" is how
        often intervals held that knew nothing of the patient's own fold.
    intended_use, limitations
        What the model is for, and what it does not know; "" if that is not stated.
    sha256
        Of the weights file; checked when the bundle is loaded.
    modality
        Imaging that the training masses came from ("CT", "CMR"); "" if it is not stated.
    """

    name: str
    version: str
    sex: Sex | None
    inputs: str
    trained_on: str
    simulated: bool
    n_train: int
    metrics: dict[str, float]
    licence: str
    created: str
    sha256: str = ""
    target: str = "left ventricular mass"
    unit: str = "g"
    limitations: str = ""
    modality: str = ""
    folds: int = 0
    intended_use: str = ""
