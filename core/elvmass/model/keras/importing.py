"""Import of LVM-AI's published Keras files (Khurshid et al. 2021) as ordinary bundles.

Inputs and outputs are bound by name and shape, never by position alone; the constants of the
publication turn demographics into inputs and the answer into grams. Whether the network expects
counts of 5 µV or microvolts is not certain (see :mod:`elvmass.model.keras.units`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

from elvmass.card import BeatSpec, InputSpec, ModelCard, View
from elvmass.errors import BundleError
from elvmass.model.bundle import Bundle, Fold
from elvmass.model.keras.graph import KerasGraph, graph_of
from elvmass.model.keras.h5_file import read_keras
from elvmass.model.nets.imported import (
    AGE_YEARS,
    HEIGHT_CM,
    SEX_MALE,
    WEIGHT_KG,
    ImportedConfig,
    ImportedNet,
)
from elvmass.model.nets.keras_nodes import Shape

#: grams = SD · z + mean; tensor map of the adjusted myocardium mass.
MASS_SD_G, MASS_MEAN_G = 24.80, 89.70
N_SAMPLES, RATE_HZ = 5000, 500.0
_ECG, _ONE, _TWO = (N_SAMPLES, 12), (1,), (2,)

_SCALARS = {
    "age_years": AGE_YEARS, "sex_male": SEX_MALE, "height_cm": HEIGHT_CM, "weight_kg": WEIGHT_KG,
}  # fmt: skip


class Published(NamedTuple):
    """A file of broadinstitute/ml4h, known by its size and the start of its SHA-256."""

    n_bytes: int
    sha256_begins: str
    title: str


PUBLISHED: tuple[Published, ...] = (
    Published(14_870_648, "07649896", "LVM-AI with age, sex and body-mass index"),
    Published(12_720_392, "236619e5", "LVM-AI, ECG only, asymmetric loss"),
    Published(12_720_392, "370f9f67", "LVM-AI, ECG only, symmetric loss"),
)


@dataclass(frozen=True, slots=True)
class Binding:
    """Which input and output means what; "" for what there is not.

    ``warning`` says what had to be taken from the order of the inputs.
    """

    ecg: str
    age: str
    sex: str
    bmi: str
    mass: str
    lvh: str
    warning: str = ""


def import_keras(path: Path, name: str, ecg_scale: str = "counts5uv") -> Bundle:
    """Make a bundle of a Keras ``.h5`` file of LVM-AI's kind.

    Parameters
    ----------
    path
        The file; it is read, never run.
    name
        Of the new model.
    ecg_scale
        Key of :data:`elvmass.model.nets.lvm_ai.ECG_SCALES`.

    Raises
    ------
    BundleError
        If the file is damaged, or anything in it is not understood.
    """
    graph = graph_of(read_keras(path))
    bound = bind(graph.inputs, graph.outputs)
    config = _config(graph, bound, ecg_scale)
    net = ImportedNet(config)
    net.load_state_dict(graph.state)
    fold = Fold(
        net=net,
        spec=_spec(config.scalars),
        target_mean_g=MASS_MEAN_G,
        target_sd_g=MASS_SD_G,
        mean_beat_mv=np.zeros((12, N_SAMPLES), dtype=np.float32),
        residuals={},
    )
    return Bundle(_card(path, name, config, bound.warning), (fold,))


def bind(inputs: Mapping[str, Shape], outputs: Mapping[str, Shape]) -> Binding:
    """Find out what each input and output is.

    An input of (5000, 12) is the ECG, one of (2,) the sex; those of (1,) are told apart by "age"
    and "bmi" in their names, or else by the published order. Of the outputs, one value is the
    mass, two are the probabilities.

    Raises
    ------
    BundleError
        If an input or output fits nothing, or two fit the same.
    """
    ages, bmis, warning = _age_and_bmi([n for n, shape in inputs.items() if shape == _ONE])
    found = Binding(
        ecg=_only(inputs, _ECG, "ECG input of (5000, 12)"),
        age=ages,
        sex=_only(inputs, _TWO, "input of the sex", optional=True),
        bmi=bmis,
        mass=_only(outputs, _ONE, "output of the mass"),
        lvh=_only(outputs, _TWO, "output of LVH", optional=True),
        warning=warning,
    )
    known = {found.ecg, found.age, found.sex, found.bmi, found.mass, found.lvh}
    for name, shape in {**inputs, **outputs}.items():
        if name not in known:
            raise BundleError(
                f"{name!r} of shape {shape} is neither the ECG, age, sex, body-mass index, mass "
                "nor LVH of an LVM-AI model. Such a model cannot be imported."
            )
    return found


def _only(ends: Mapping[str, Shape], shape: Shape, what: str, *, optional: bool = False) -> str:
    names = [name for name, found in ends.items() if found == shape]
    if len(names) == 1 or (optional and not names):
        return names[0] if names else ""
    shapes = ", ".join(f"{name} {found}" for name, found in ends.items())
    raise BundleError(f"The model has {len(names)} candidates for the {what}; it has {shapes}.")


def _age_and_bmi(names: list[str]) -> tuple[str, str, str]:
    """Names of both inputs, and a warning if only their order tells them apart."""
    ages, bmis = ([n for n in names if word in n.lower()] for word in ("age", "bmi"))
    if len(names) == len(ages) + len(bmis) and len(ages) <= 1 and len(bmis) <= 1:
        return "".join(ages), "".join(bmis), ""
    if len(names) != 2:
        raise BundleError(
            f"The inputs {', '.join(names)} cannot be told apart: name them with 'age' and 'bmi'."
        )
    return names[0], names[1], (
        f"The names of the inputs do not say which is the age: {names[0]!r} was taken for it and "
        f"{names[1]!r} for the body-mass index, in the published order."
    )  # fmt: skip


def _config(graph: KerasGraph, bound: Binding, ecg_scale: str) -> ImportedConfig:
    n_scalars = bool(bound.age) + bool(bound.sex) + 2 * bool(bound.bmi)
    try:
        return ImportedConfig(
            n_samples=N_SAMPLES,
            n_scalars=n_scalars,
            nodes=graph.nodes,
            ecg_input=bound.ecg,
            age_input=bound.age,
            sex_input=bound.sex,
            bmi_input=bound.bmi,
            mass_output=bound.mass,
            lvh_output=bound.lvh,
            ecg_scale=ecg_scale,
        )
    except ValueError as error:
        raise BundleError(f"The model cannot be imported: {error}.") from error


def _spec(scalars: tuple[str, ...]) -> InputSpec:
    """Ten raw seconds, and the scalars with the mean and SD of :data:`_SCALARS`."""
    means, sds = zip(*(_SCALARS[name] for name in scalars), strict=True) if scalars else ((), ())
    strip = BeatSpec(rate_hz=RATE_HZ, view=View.STRIP, strip_s=N_SAMPLES / RATE_HZ, raw=True)
    return InputSpec(strip, scalars, impute=means, mean=means, sd=sds)


def _card(path: Path, name: str, config: ImportedConfig, warning: str) -> ModelCard:
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    known = next((p for p in PUBLISHED if _is(p, len(data), digest)), None)
    scale = (
        f"The ECG enters as {'counts of 5 µV' if config.ecg_scale == 'counts5uv' else 'µV'} / 2000 "
        f"({config.ecg_scale}); which unit the network expects is not certain, and the wrong one "
        "gives wrong grams: `elvmass models check-units` tests it."
    )
    return ModelCard(
        name=name,
        version=digest[:8],
        sex=None,
        inputs="model1" if config.n_scalars else "ecg",
        trained_on="32,239 participants of UK Biobank, CMR mass by automatic segmentation "
        f"(Khurshid 2021; {known.title})"
        if known
        else "a cohort that its Keras file does not name",
        simulated=False,
        n_train=32_239 if known else 0,
        metrics={},
        licence="GPL-3.0 (repository of the publication)" if known else "not stated in the file",
        created=date.today().isoformat(),
        limitations=f"{scale} {warning}".rstrip(),
        modality="CMR",
    )


def _is(published: Published, n_bytes: int, digest: str) -> bool:
    return published.n_bytes == n_bytes and digest.startswith(published.sha256_begins)
