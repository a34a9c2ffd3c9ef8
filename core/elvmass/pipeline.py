"""The one road from a record to an analysis; viewer, command line and batch all take it.

Importing this module is cheap; its stages (scipy, torch) load at the first call, or with
:func:`warm_up`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from elvmass.beat import Beat, Fiducials, Strip
from elvmass.card import SCALAR_WORDS
from elvmass.choices import AS_TRAINED, SignalOptions
from elvmass.clinical import criteria, thresholds
from elvmass.clinical.body import BSA_FORMULAS
from elvmass.errors import BundleError, ConfigError, ElvmassError
from elvmass.model.explain import DEFAULT_METHOD, METHODS
from elvmass.model.notices import (
    of_damage,
    of_filter,
    of_import,
    of_imputation,
    of_modality,
    of_range,
    of_training,
)
from elvmass.record import FloatArray, Notice, Patient, Record, freeze
from elvmass.result import Analysis, Estimate, Failure, LvhThreshold, SaliencyMap

if TYPE_CHECKING:
    from elvmass.io.text_table import TextLayout
    from elvmass.model.bundle import Bundle
    from elvmass.model.cards import DamagedModel
    from elvmass.model.ensemble import Encoded
    from elvmass.model.inputs import ModelInputs
    from elvmass.signal.prepare import Prepared

Scalars = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Options:
    """How a record is analysed and judged.

    Attributes
    ----------
    signal
        Which beat, filter and delineator; by default what the model was trained with.
    each_beat
        Estimate every clean beat too: the repeatability of the number. False is quicker.
    threshold
        Key of :data:`elvmass.clinical.thresholds.THRESHOLDS`.
    bsa_formula
        Key of :data:`elvmass.clinical.body.BSA_FORMULAS`.
    cutoffs
        Key of :data:`elvmass.clinical.criteria.PRESETS`, for the rule-based criteria.
    models
        Folder of model bundles; None: the bundled ones (trained on simulated ECGs) and those that
        the user installed.
    model
        Name of the model to use; None: chosen by sex and by what is known of the patient.
    explain
        False leaves saliency and importance out, which is quicker.
    method
        Key of :data:`elvmass.model.explain.METHODS`.
    boundaries
        Drawn by hand for the beat that these options lead to, in place of the automatic ones.
        They change segments and importance, not the estimate.
    """

    signal: SignalOptions = AS_TRAINED
    each_beat: bool = True
    threshold: str = thresholds.DEFAULT_THRESHOLD
    bsa_formula: str = "du_bois"
    cutoffs: str = "standard"
    models: Path | None = None
    model: str | None = None
    explain: bool = True
    method: str = DEFAULT_METHOD
    boundaries: Fiducials | None = None

    def __post_init__(self) -> None:
        thresholds.threshold(self.threshold)
        if self.cutoffs not in criteria.PRESETS:
            raise ConfigError(
                f"unknown preset of cut-offs '{self.cutoffs}'. "
                f"Choose: {', '.join(criteria.PRESETS)}."
            )
        if self.method not in METHODS:
            raise ConfigError(f"unknown method '{self.method}'. Choose: {', '.join(METHODS)}.")
        if self.bsa_formula not in BSA_FORMULAS:
            raise ConfigError(
                f"unknown BSA formula '{self.bsa_formula}'. Choose: {', '.join(BSA_FORMULAS)}."
            )


class Case(NamedTuple):
    """A record on its way: prepared signal, chosen model and why, scalars by name.

    ``damaged`` are models that might have been chosen, but could not be read.
    """

    record: Record
    prepared: Prepared
    bundle: Bundle
    because: str
    scalars: Scalars
    damaged: Sequence[DamagedModel]


def analyse(record: Record, options: Options = Options()) -> Analysis:
    """Estimate the left ventricular mass of one record, and explain it.

    Raises
    ------
    SignalError
        No estimate may be made from this signal; the message says why.
    BundleError
        No model fits this patient, or a model is damaged.
    ValueError
        ``options.boundaries`` are not those of the beat.
    """
    from elvmass.model.estimate import fold_inputs
    from elvmass.model.explain.methods import explain
    from elvmass.model.importance import segment_importance, with_boundaries

    case = open_case(record, options)
    beat = case.prepared.beat
    seen = _drawn(case.prepared.seen, options.boundaries)
    inputs = fold_inputs(case.bundle, seen, case.scalars)
    saliency = None
    if options.explain:
        saliency = on_beat(case, explain(case.bundle, inputs, seen, options.method))
    analysis = Analysis(
        record=record,
        beat=beat,
        marks=case.prepared.marks,
        clean_beats=case.prepared.clean_beats,
        measured=case.prepared.measured,
        leads=case.prepared.leads,
        lead_quality=case.prepared.lead_quality,
        criteria=criteria.criteria(
            case.prepared.leads, case.prepared.measured, record.patient.sex, options.cutoffs
        ),
        filter_text=case.prepared.filter_text,
        estimate=_estimate(case, inputs, options),
        saliency=saliency,
        importance=segment_importance(saliency, beat) if saliency else None,
    )
    drawn = options.boundaries
    return analysis if drawn is None else with_boundaries(analysis, drawn)


def _drawn(seen: Beat | Strip, boundaries: Fiducials | None) -> Beat | Strip:
    """What the model sees, with boundaries drawn by hand: some methods explain by segments."""
    if boundaries is None or not isinstance(seen, Beat):
        return seen
    return replace(seen, fiducials=boundaries)


def analyse_many(
    paths: Iterable[Path], options: Options = Options(), layout: TextLayout | None = None
) -> Iterator[Analysis | Failure]:
    """Read and analyse files one by one; what goes wrong becomes a :class:`Failure`."""
    from elvmass import io

    for path in paths:
        try:
            yield analyse(io.read(path, layout), options)
        except ElvmassError as error:
            yield Failure(path, error)


def warm_up(models: Path | None = None) -> None:
    """Import every stage and load every model, so that the first analysis is quick.

    Damaged weights are told when their model is chosen: here nobody has asked for it.
    """
    for stage in ("signal.once", "model.estimate", "model.explain.methods"):
        import_module(f"elvmass.{stage}")
    from elvmass.model.ensemble import prepare
    from elvmass.model.library.installed import installed_models, load

    for at in installed_models(models):
        with suppress(BundleError):
            prepare(load(at))


def open_case(record: Record, options: Options = Options()) -> Case:
    """Prepare the signal and choose the model.

    Which model fits depends on what can be measured, and how to measure on the model: so the
    signal is prepared for the most informed model first, and again only if another one with
    another beat is chosen in the end.
    """
    from elvmass.model.cards import choose, named
    from elvmass.model.inputs import collect_scalars
    from elvmass.model.library.installed import installed_and_damaged, load
    from elvmass.signal.once import prepare_once

    def prepared_for(bundle: Bundle) -> Prepared:
        spec = bundle.spec.beat
        return prepare_once(record, spec, options.signal, each_beat=options.each_beat)

    cards, damaged = installed_and_damaged(options.models)
    sex = record.patient.sex
    if options.model is not None:
        at, because = named(cards, options.model, sex, damaged)
        bundle = load(at)
        prepared = prepared_for(bundle)
        scalars = collect_scalars(record, prepared.measured)
        return Case(record, prepared, bundle, because, scalars, damaged)
    first, _ = choose(cards, sex, dict.fromkeys(SCALAR_WORDS, 0.0))
    informed = load(first)
    prepared = prepared_for(informed)
    scalars = collect_scalars(record, prepared.measured)
    at, because = choose(cards, sex, scalars)
    bundle = load(at)
    if bundle.spec.beat != informed.spec.beat:
        prepared = prepared_for(bundle)
        scalars = collect_scalars(record, prepared.measured)
    return Case(record, prepared, bundle, because, scalars, damaged)


def on_beat(case: Case, saliency: SaliencyMap) -> SaliencyMap:
    """The map on the grid of the beat; that of a model of strips is averaged over the beats."""
    from elvmass.model.strip_map import onto_beat

    prepared = case.prepared
    if prepared.strip is None:
        return saliency
    return onto_beat(saliency, prepared.strip, prepared.beat, prepared.beat_times_s)


def _estimate(case: Case, inputs: tuple[ModelInputs, ...], options: Options) -> Estimate:
    from elvmass.model.estimate import interval, lvh_probability, scalars_used

    masses, beat_masses_g = _masses(case.bundle, case.prepared, tuple(case.scalars.items()))
    mass_g = float(masses.mean())
    span = interval(case.bundle, masses, case.scalars)
    name, formula = BSA_FORMULAS[options.bsa_formula]
    bsa = _bsa(case.record.patient, formula)
    limit = thresholds.threshold(options.threshold)
    return Estimate(
        mass_g=mass_g,
        fold_masses_g=tuple(masses.tolist()),
        interval=span,
        bsa_m2=bsa,
        bsa_formula=name,
        index_g_per_m2=None if bsa is None else mass_g / bsa,
        lvh=thresholds.judge(mass_g, span, bsa, case.record.patient.sex, limit),
        card=case.bundle.card,
        chosen_because=case.because,
        scalars=scalars_used(case.bundle, case.scalars),
        imputed=inputs[0].imputed,
        notices=_notices(case, inputs[0].imputed, limit, options),
        lvh_probability=lvh_probability(case.bundle, inputs),
        beat_masses_g=beat_masses_g,
        height_cm=case.record.patient.height_cm,
    )


@lru_cache(maxsize=2)
def _masses(
    bundle: Bundle, prepared: Prepared, scalars: tuple[tuple[str, float | None], ...]
) -> tuple[FloatArray, tuple[float, ...]]:
    """[folds] g of the chosen beat, and the estimate on each clean beat, of a model of beats.

    Kept for the reasons, which are asked for when the estimate is on the screen.
    """
    from elvmass.model.estimate import fold_inputs

    features = [part.features for part in fold_inputs(bundle, prepared.seen, dict(scalars))]
    chosen, each = _encoded(bundle, prepared)
    beat_masses_g = () if each is None else each.masses(features).mean(axis=1).tolist()
    return freeze(chosen.masses(features)[0]), tuple(beat_masses_g)


@lru_cache(maxsize=2)
def _encoded(bundle: Bundle, prepared: Prepared) -> tuple[Encoded, Encoded | None]:
    """The chosen beat and the clean beats as the encoders see them, kept for other scalars."""
    from elvmass.model.ensemble import encode
    from elvmass.model.inputs import waveforms

    chosen = encode(bundle, waveforms(prepared.seen.signal_mv)[None])
    if prepared.strip is not None or not prepared.clean_beats:
        return chosen, None
    clean = waveforms(np.stack([beat.signal_mv for beat in prepared.clean_beats]))
    return chosen, encode(bundle, clean)


def _bsa(patient: Patient, formula: Callable[[float, float], float]) -> float | None:
    if patient.height_cm is None or patient.weight_kg is None:
        return None
    return formula(patient.height_cm, patient.weight_kg)


def _notices(
    case: Case, imputed: tuple[str, ...], limit: LvhThreshold, options: Options
) -> tuple[Notice, ...]:
    """Everything that lowers the trust in the number, the gravest first.

    The reader and the signal stage may notice the same thing (both stand alone): it is said once.
    """
    noticed = {notice.code for notice in case.prepared.notices}
    return (
        *of_training(case.bundle.card),
        *of_import(case.bundle),
        *of_damage(case.damaged),
        *of_modality(case.bundle.card, limit),
        *of_filter(case.bundle.spec, options.signal),
        *of_imputation(imputed, case.bundle),
        *of_range(case.scalars, case.bundle.spec),
        *case.prepared.notices,
        *(notice for notice in case.record.notices if notice.code not in noticed),
    )
