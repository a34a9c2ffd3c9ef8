"""The one door to Keras ``.h5`` files: the graph as JSON and the weights as arrays.

Nothing in the file is executed, and nothing that it points to is followed: only hard links inside
the file, plain float arrays without filters, and sizes that are checked before memory is taken.
Layout: root attribute ``model_config`` (JSON), group ``model_weights`` with one group for each
layer; a weight's own name ("kernel:0", "kernel") is the last part of its path.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from elvmass.errors import BundleError
from elvmass.model.inputs import Float32Array
from elvmass.model.nets.keras_nodes import MOST_WEIGHTS

MOST_FILE_BYTES = 1 << 30
MOST_CONFIG_CHARACTERS = 1 << 24
#: Groups above a weight, and groups and weights in all.
MOST_DEPTH, MOST_ENTRIES = 5, 10_000

#: Layer → weight ("kernel", "bias", ...) → array as Keras stores it.
Weights = dict[str, dict[str, Float32Array]]


@dataclass(frozen=True, slots=True, eq=False)
class KerasFile:
    """What a file holds: the JSON of its graph, and the weights of each layer."""

    model_config: dict[str, Any]
    weights: Weights


def read_keras(path: Path) -> KerasFile:
    """Read a file that ``model.save("name.h5")`` of Keras 2 or 3 wrote.

    Raises
    ------
    BundleError
        If it is something else, damaged, or holds what is not read (external or soft links,
        compressed or huge arrays).
    """
    if not path.is_file():
        raise BundleError(f"{path.name} does not exist. Give the Keras .h5 file of the model.")
    if path.stat().st_size > MOST_FILE_BYTES:
        raise BundleError(f"{path.name} is larger than 1 GiB; such models are not read.")
    try:
        with h5py.File(path, "r") as file:
            return KerasFile(_model_config(file), _weights(file))
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, RecursionError) as error:
        raise BundleError(
            f"{path.name} is not a sound Keras .h5 file ({error}). Copy it again from its source; "
            "a text file of about 130 bytes is a Git-LFS pointer, not the model."
        ) from error
    except BundleError as error:
        raise BundleError(f"{path.name}: {error}") from error


def _model_config(file: h5py.File) -> dict[str, Any]:
    if "model_config" not in file.attrs:
        raise BundleError(
            "the file holds no graph (model_config), only weights. Export the whole model with "
            "model.save()."
        )
    attribute = file.attrs.get_id("model_config")
    if attribute.shape != () or h5py.check_string_dtype(attribute.dtype) is None:
        raise BundleError("model_config is not one text.")
    text = file.attrs["model_config"]
    if len(text) > MOST_CONFIG_CHARACTERS:
        raise BundleError("model_config is too large to be that of a model.")
    config = json.loads(text)
    if not isinstance(config, dict):
        raise BundleError("model_config is not a JSON object.")
    return config


def _weights(file: h5py.File) -> Weights:
    group = _entry(file, "model_weights")
    if not isinstance(group, h5py.Group):
        raise BundleError("model_weights is not a group.")
    weights: Weights = {layer: {} for layer in _names(group)}
    total = 0
    for (layer, *_, last), dataset in _datasets(group):
        name = last.removesuffix(":0")
        if name in weights[layer]:
            raise BundleError(f"layer {layer!r} holds two weights called {name!r}.")
        total += prod(dataset.shape)
        if total > MOST_WEIGHTS:
            raise BundleError(f"the file declares more than {MOST_WEIGHTS} weights.")
        weights[layer][name] = _array(dataset, f"{layer}/{name}")
    return weights


def _datasets(root: h5py.Group) -> Iterator[tuple[tuple[str, ...], h5py.Dataset]]:
    """Path of names and data set of everything below; groups may hold each other, so bounded."""
    waiting: list[tuple[tuple[str, ...], h5py.Group]] = [((), root)]
    visited = 0
    while waiting:
        path, group = waiting.pop()
        for name in _names(group):
            visited += 1
            if visited > MOST_ENTRIES or len(path) > MOST_DEPTH:
                raise BundleError("the groups of the file hold too much or nest too deeply.")
            entry = _entry(group, name)
            if isinstance(entry, h5py.Dataset):
                yield (*path, name), entry
            else:
                waiting.append(((*path, name), entry))


def _names(group: h5py.Group) -> list[str]:
    if len(group) > MOST_ENTRIES:
        raise BundleError(f"the group {group.name!r} has {len(group)} entries.")
    return list(group)


def _entry(group: h5py.Group, name: str) -> h5py.Group | h5py.Dataset:
    """A member that lies in this very file."""
    link = group.get(name, getlink=True)
    if link is None:
        raise BundleError(f"the file lacks {name!r}.")
    if not isinstance(link, h5py.HardLink):
        raise BundleError(f"{name!r} is a {type(link).__name__}; links are not followed.")
    entry = group[name]
    if not isinstance(entry, (h5py.Group, h5py.Dataset)):
        raise BundleError(f"{name!r} is neither a group nor a data set.")
    return entry


def _array(dataset: h5py.Dataset, where: str) -> Float32Array:
    plain = dataset.id.get_create_plist().get_nfilters() == 0
    if dataset.is_virtual or dataset.external is not None or not plain:
        raise BundleError(f"the weights {where!r} are not stored plainly in this file.")
    if dataset.dtype.kind != "f" or dataset.dtype.itemsize > 8:
        raise BundleError(f"the weights {where!r} are {dataset.dtype}, not numbers.")
    found = np.asarray(dataset[()], dtype=np.float32)
    if not np.isfinite(found).all():
        raise BundleError(f"the weights {where!r} are not all finite.")
    return found
