"""Rows as files that another machine's experiment takes in place of training.

The store knows a row by a hash of code and prepared ECGs, which no other machine or version has. A
portable file says instead what must be the same for two rows to stand in one report: settings,
patients and folds. Patients are known by one hash over all of them, so that no identifier leaves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from elvmass.errors import CohortError, ConfigError
from elvmass.experiment import store as kept
from elvmass.experiment.rows import ROWS as ALL_ROWS
from elvmass.experiment.rows import Row
from elvmass.experiment.trial import Curve, Origin, RowResult
from elvmass.model.cards import to_json
from elvmass.record import FloatArray
from elvmass.train.data.dataset import Cohort
from elvmass.train.data.folds import Split
from elvmass.train.settings.config import TrainConfig

#: Folder of portable rows in that of a report.
FOLDER = "rows"
_FORMAT = 1
#: Settings that are words of a card, or change no estimate in principle.
_NO_EFFECT = frozenset({
    "name", "version", "licence", "intended_use", "limitations", "trained_on", "simulated",
    "device", "threads",
})  # fmt: skip
#: All that matters to a method without a network.
_OF_RIVALS = ("sex", "folds", "seed", "beat")


class Prints(NamedTuple):
    """Fingerprints of what all rows of an experiment share; ``external`` is "" without one."""

    patients: str
    folds: str
    external: str = ""


class Added(NamedTuple):
    """A row taken from a file, and all that the file holds."""

    values: Mapping[str, Any]
    result: RowResult


def prints_of(subjects: Cohort, splits: Sequence[Split], external: Cohort | None) -> Prints:
    """Fingerprints of the patients analysed, in their order, and of the test rows of each fold."""
    return Prints(
        _patients(subjects),
        _hash([split.test.tolist() for split in splits]),
        "" if external is None else _patients(external),
    )


def settings_of(row: Row, config: TrainConfig) -> dict[str, Any]:
    """What two machines must agree on to have trained the same row; that of a beat is "beat.x".

    A precision "auto" is the same as "auto", whatever each device makes of it: the GPU for which
    files are carried would else agree with no laptop. The report says what it was.
    """
    plain = json.loads(to_json(config))
    if row.rival:
        plain = {"rival": row.rival} | {name: plain[name] for name in _OF_RIVALS}
    beat = plain.pop("beat")
    chosen = {name: value for name, value in plain.items() if name not in _NO_EFFECT}
    return chosen | {f"beat.{name}": value for name, value in beat.items()}


def write_row(folder: Path, result: RowResult, config: TrainConfig, prints: Prints) -> None:
    """Write a row into ``folder``, whole or not at all.

    Raises
    ------
    ConfigError
        If the folder cannot be written.
    """
    row, external = result.row, None
    if result.external_g is not None:
        estimate_g = kept.plain(result.external_g.round(2))
        external = {"patients": prints.external, "n": len(estimate_g), "estimate_g": estimate_g}
    values = {
        "format": _FORMAT,
        "row": row.key,
        "settings": settings_of(row, config),
        "origin": result.origin._asdict(),
        "patients": prints.patients,
        "folds": prints.folds,
        "n": len(result.estimate_g),
        "seconds": round(result.seconds, 1),
        "curves": [_curve(curve) for curve in result.curves],
        "estimate_g": kept.plain(result.estimate_g.round(2)),
        "external": external,
    }
    kept.write(row_file(folder, row.key), values)


def _curve(curve: Curve) -> list[Any]:
    """Errors to 0.0001 SD: a figure shows no more, and most of the file would be digits."""
    train, validation = (
        [round(error, 4) for error in errors]
        for errors in (curve.train_mae_sd, curve.validation_mae_sd)
    )
    return [train, validation, curve.best_epoch]


def row_file(folder: Path, key: str) -> Path:
    """File of a row in a folder of rows."""
    return folder / f"{key}.json"


def find(folders: Sequence[Path], key: str) -> Path | None:
    """File of a row in the first folder that has one."""
    files = (row_file(folder, key) for folder in folders)
    return next((path for path in files if path.exists()), None)


def folders_of(given: Sequence[Path], labels: Sequence[str]) -> dict[str, tuple[Path, ...]]:
    """Folders of rows for each cohort in ``given``, in their order.

    A folder may be the --out of an experiment, where the rows of each cohort lie under its label.
    For a single cohort it may also be that of a report, or of rows: with several, such a folder
    would not say which cohort it belongs to.

    Raises
    ------
    ConfigError
        If a folder has rows of none of the cohorts.
    """
    each = [_rows_in(folder, labels) for folder in given]
    return {label: tuple(f[label] for f in each if label in f) for label in labels}


def _rows_in(folder: Path, labels: Sequence[str]) -> dict[str, Path]:
    found = {label: folder / label / FOLDER for label in labels}
    found = {label: path for label, path in found.items() if keys_in(path)}
    if not found and len(labels) == 1:
        plain = [path for path in (folder / FOLDER, folder) if keys_in(path)]
        found = dict(zip(labels, plain, strict=False))
    if found:
        return found
    others = [path.parent.name for path in sorted(folder.glob(f"*/{FOLDER}")) if keys_in(path)]
    has = f"; it has those of {', '.join(others)}" if others else ""
    raise ConfigError(
        f"--add-rows {folder} has no finished rows of {' or '.join(labels)}{has}. Give the --out "
        f"of an experiment on cohorts of these names, or with one cohort a report's folder in it "
        f"or that folder's {FOLDER}."
    )


def keys_in(folder: Path) -> list[str]:
    """Keys of the rows that a folder has files of."""
    return [row.key for row in ALL_ROWS if row_file(folder, row.key).exists()]


def is_of(path: Path, prints: Prints) -> bool:
    """Whether a file is of these patients and folds; one without external estimates is of any."""
    values = kept.read(path) or {}
    outside = values.get("external") if prints.external else None
    others = prints.external if outside is None else outside.get("patients")
    return (values.get("patients"), values.get("folds"), others) == prints


def read_row(path: Path, row: Row, config: TrainConfig, prints: Prints) -> Added:
    """Take a row from a file.

    Raises
    ------
    ConfigError
        If the file is damaged, of a newer format, or of other settings.
    CohortError
        If it is of other patients or folds.
    """
    values = kept.read(path)
    if values is None:
        raise _damaged(path, "it is not JSON, or not whole")
    number = values.get("format")
    if isinstance(number, int) and number > _FORMAT:
        raise ConfigError(
            f"{path} has format {number}, newer than this elvmass reads ({_FORMAT}). Update "
            "elvmass, or leave the file out."
        )
    if number != _FORMAT:
        raise _damaged(path, "it does not say a known format")
    try:
        result, theirs, there = _parsed(values, row, config, prints)
    except KeyError as error:
        raise _damaged(path, f"it lacks {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, str(error)) from error
    _check_settings(path, there, row, config)
    _check_prints(path, theirs, prints)
    return Added(values, result)


def _parsed(
    values: Mapping[str, Any], row: Row, config: TrainConfig, prints: Prints
) -> tuple[RowResult, Prints, dict[str, Any]]:
    if values["row"] != row.key:
        raise ValueError(f"it holds the row {values['row']!r}, not {row.key!r}")
    outside = values["external"]
    same = outside is not None and outside["patients"] == prints.external
    result = RowResult(
        row=row,
        estimate_g=_estimates(values),
        origin=Origin(**{name: str(value) for name, value in values["origin"].items()}),
        external_g=_estimates(outside) if same else None,
        seconds=float(values["seconds"]),
        curves=tuple(Curve(tuple(a), tuple(b), int(best)) for a, b, best in values["curves"]),
        settings=json.loads(to_json(config)),
        added=True,
    )
    return result, Prints(values["patients"], values["folds"]), dict(values["settings"])


def _estimates(values: Mapping[str, Any]) -> FloatArray:
    estimate_g = kept.array(values["estimate_g"])
    if len(estimate_g) != values["n"]:
        raise ValueError(f"it holds {len(estimate_g)} of {values['n']} estimates")
    return estimate_g


def _check_settings(path: Path, there: Mapping[str, Any], row: Row, config: TrainConfig) -> None:
    """A setting that the file's version did not know counts as at its default, which is off."""
    here = settings_of(row, config)
    usual = settings_of(row, TrainConfig(name="", trained_on="", simulated=False))
    for name in {**here, **there}:
        theirs, ours = there.get(name, usual.get(name)), here.get(name, "unknown")
        if theirs != ours:
            raise ConfigError(
                f"{path} was trained with other settings: {name} is {theirs!r} there and {ours!r} "
                "here. Give the same options here, or leave the file out to train the row."
            )


def _check_prints(path: Path, theirs: Prints, prints: Prints) -> None:
    if theirs.patients != prints.patients:
        raise CohortError(
            f"{path} is of other patients: who they are, their order, sex or mass differs from "
            "those analysed here. Use the same table, options and --rows on both machines, since "
            "only ECGs that serve all rows are analysed, or leave the file out to train the row."
        )
    if theirs.folds != prints.folds:
        raise CohortError(
            f"{path} has the same patients in other folds: another version dealt them out. Train "
            "it anew with this version there, or leave the file out to train the row here."
        )


def _damaged(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"{path} is damaged ({why}). Copy it again, or leave it out to train the row."
    )


def _patients(cohort: Cohort) -> str:
    sexes = zip(cohort.male.tolist(), cohort.female.tolist(), strict=True)
    masses = cohort.lvm_g.tolist()
    return _hash([
        [patient, "male" if male else "female" if female else "unknown", f"{mass:.3f}"]
        for patient, (male, female), mass in zip(cohort.patients, sexes, masses, strict=True)
    ])  # fmt: skip


def _hash(values: object) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()
