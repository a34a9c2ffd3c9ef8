"""Verifying, installing and importing models, in the child process. No Qt."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elvmass.errors import BundleError, ConfigError
from elvmass_gui.lab.requests import ImportKeras, InspectKeras, InstallModel, VerifyModels

if TYPE_CHECKING:
    from elvmass.card import ModelCard
    from elvmass.model.bundle import Bundle
    from elvmass_gui.lab.speaker import Speaker

_GUESS = "unchecked"  # name of a model that is only looked at


def verify(request: VerifyModels, speaker: Speaker) -> dict[str, Any]:
    """Facts of each bundle, or why it is damaged."""
    return {"models": {folder: _verified(Path(folder)) for folder in request.folders}}


def _verified(folder: Path) -> dict[str, Any]:
    from elvmass.model.bundle import load_bundle

    try:
        return {"damaged": "", **_facts(load_bundle(folder))}
    except BundleError as error:
        return {"damaged": str(error)}


def _facts(bundle: Bundle) -> dict[str, Any]:
    """What the card does not say: folds, network, whether there are intervals."""
    beat = bundle.spec.beat
    return {
        "folds": len(bundle.folds),
        "network": type(bundle.folds[0].net).__name__,
        "intervals": all(bool(fold.residuals) for fold in bundle.folds),
        "residuals": sum(fold.residuals["complete"].n for fold in bundle.folds if fold.residuals),
        "sees": f"{beat.view.value}, {beat.kind.value}, {beat.rate_hz:g} Hz, "
        + ("raw" if beat.raw else f"{beat.band_hz[0]:g}–{beat.band_hz[1]:g} Hz"),
    }


def install(request: InstallModel, speaker: Speaker) -> dict[str, Any]:
    """Verify and copy."""
    from elvmass.model.library.install import install as copy
    from elvmass.model.library.installed import bundled_models

    at = copy(Path(request.source), Path(request.folder), bundled_models(), replace=request.replace)
    return {"name": at.card.name, "path": str(at.path)}


def inspect_keras(request: InspectKeras, speaker: Speaker) -> dict[str, Any]:
    """What a Keras file is, and with recordings which unit it takes; nothing is installed."""
    speaker.progress("reading the file", 0.0)
    bundle = _read_keras(request.file, request.name or _GUESS, request.ecg_scale)
    found = {"card": _plain_card(bundle.card), **_facts(bundle), **_constants(bundle)}
    if not request.recordings:
        return found
    return found | _units(bundle, [Path(name) for name in request.recordings], speaker)


def import_keras(request: ImportKeras, speaker: Speaker) -> dict[str, Any]:
    """Install a Keras file as a bundle."""
    from elvmass.model.bundle import save_bundle
    from elvmass.model.library.install import place_of, remove
    from elvmass.model.library.installed import bundled_models

    folder = Path(request.folder)
    place = place_of(request.name, folder, bundled_models(), replace=request.replace)
    bundle = _read_keras(request.file, request.name, request.ecg_scale)
    try:
        if place.exists():
            remove(place, folder)
        save_bundle(place, bundle)
    except OSError as error:
        raise BundleError(f"The model cannot be written to {folder}: {error}.") from error
    return {"name": bundle.card.name, "path": str(place)}


def _read_keras(file: str, name: str, ecg_scale: str) -> Bundle:
    from elvmass.model.keras.importing import import_keras as read

    path = Path(file)
    if not path.is_file():
        raise ConfigError(f"{path.name} does not exist.")
    return read(path, name, ecg_scale)


def _plain_card(card: ModelCard) -> dict[str, Any]:
    return asdict(card) | {"sex": card.sex.value if card.sex else None}


def _constants(bundle: Bundle) -> dict[str, Any]:
    """Constants of the publication: demographics into inputs, the answer into grams."""
    from elvmass.model.nets.imported import AGE_YEARS, BMI_KG_M2, ImportedNet

    fold = bundle.folds[0]
    assert isinstance(fold.net, ImportedNet)
    config = fold.net.config
    return {
        "age_years": AGE_YEARS if config.age_input else None,
        "bmi_kg_m2": BMI_KG_M2 if config.bmi_input else None,
        "sex": bool(config.sex_input),
        "target_mean_g": fold.target_mean_g,
        "target_sd_g": fold.target_sd_g,
        "lvh_head": bool(config.lvh_output),
    }


def _units(bundle: Bundle, files: list[Path], speaker: Speaker) -> dict[str, Any]:
    """Masses of ordinary adults under each preset of the unit."""
    from elvmass.cli.models import patients_of
    from elvmass.model.keras.units import check_units, conclusion

    left_out: list[str] = []
    patients = []
    for k, file in enumerate(files):
        speaker.progress(f"reading recording {k + 1} of {len(files)}", k / len(files))
        patients += list(patients_of(bundle, [file], left_out.append))
    speaker.say("progress", text="estimating under each preset", fraction=1.0)
    checks = check_units(bundle, patients)
    return {
        "units": [asdict(check) | {"plausible": check.plausible} for check in checks],
        "conclusion": conclusion(checks),
        "left_out": len(left_out),
    }
