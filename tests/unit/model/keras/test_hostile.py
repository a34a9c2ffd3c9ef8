"""Keras files that must not be run: refused by name, quickly, and before memory is taken."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from elvmass.errors import BundleError
from elvmass.model.keras.importing import import_keras
from elvmass.model.nets.keras_nodes import Node, sizes

DATA = Path(__file__).parent / "data"
CONV = "model_weights/conv"


@pytest.fixture(params=["keras2", "keras3"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def model(version: str, tmp_path: Path) -> Path:
    return Path(shutil.copy(DATA / f"tiny_{version}.h5", tmp_path / "model.h5"))


def change_graph(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Apply ``change`` to {layer name: layer} of the stored graph."""
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change({layer["name"]: layer for layer in config["config"]["layers"]})
        file.attrs["model_config"] = json.dumps(config)


def kernel(file: h5py.File) -> str:
    """Path of the convolution's kernel, which Keras 2 and 3 name differently."""
    found: list[str] = []
    file[CONV].visit(lambda name: found.append(name) if "kernel" in name else None)
    return f"{CONV}/{found[0]}"


def refused(path: Path, words: str) -> None:
    with pytest.raises(BundleError, match=words):
        import_keras(path, "hostile")


@pytest.mark.parametrize("kind", ["Lambda", "TFOpLambda", "ml4h>Residual", "Functional", "GRU"])
def test_layers_that_could_hold_code_or_are_not_known_are_named(model, kind):
    change_graph(model, lambda layers: layers["act"].update(class_name=kind))
    refused(model, f"'act' is of the class {kind}, which is not run")


@pytest.mark.parametrize(
    ("layer", "settings", "words"),
    [
        ("conv", {"data_format": "channels_first"}, "data_format is channels_first"),
        ("conv", {"padding": "reflect"}, "padding 'reflect'"),
        ("conv", {"activation": "evil"}, "activation 'evil' is not known"),
        ("conv", {"activation": {"class_name": "function", "config": "f"}}, "its activation is"),
        ("conv", {"kernel_size": [3, 3]}, "not one whole number"),
        ("conv", {"filters": -1}, "filters is -1"),
        ("conv", {"filters": 10**12}, "filters is 1000000000000"),
        ("conv", {"filters": 5_000_000}, "would give the shape"),
        ("dilated", {"dilation_rate": [2**40]}, "dilation_rate is"),
        ("dilated", {"dilation_rate": [49_000_000]}, "spans 147000001 samples"),
        ("pool", {"pool_size": [4_000]}, "spans 4000 samples"),
        ("merge", {"axis": 0}, "is not the last one"),
        ("batch_norm", {"axis": 1}, "is not the last one"),
        ("batch_norm", {"epsilon": float("nan")}, "epsilon is nan"),
        ("relu", {"max_value": 6.0}, "max_value is 6.0"),
        ("dense", {"units": True}, "units is True"),
        ("dense", {"dtype": "float16"}, "does not use float32"),
        ("input_age_2_continuous", {"batch_shape": [8, 1]}, r"its shape is \[8, 1\]"),
        ("input_age_2_continuous", {"batch_shape": [None, None]}, r"input of shape \(None,\)"),
    ],
)
def test_settings_that_are_not_understood_are_named(model, layer, settings, words):
    change_graph(model, lambda layers: layers[layer]["config"].update(settings))
    refused(model, words)


def rewire(layer: dict[str, Any], source: str) -> None:
    """Let a layer of one input take ``source``."""
    call = layer["inbound_nodes"][0]
    if isinstance(call, dict):
        call["args"][0]["config"]["keras_history"][0] = source
    else:
        call[0][0] = source


def test_cycle_is_refused(model):
    change_graph(model, lambda layers: rewire(layers["conv"], "spatial"))
    refused(model, "'conv' depends on itself")


def test_layer_that_takes_nothing_known_is_refused(model):
    change_graph(model, lambda layers: rewire(layers["conv"], "ghost"))
    refused(model, "'ghost', which does not exist")


def test_shared_layer_is_refused(model):
    change_graph(model, lambda layers: layers["act"]["inbound_nodes"].extend(
        layers["conv"]["inbound_nodes"]))  # fmt: skip
    refused(model, "called 2 times")


def test_dropout_that_stays_on_is_refused(model):
    def change(layers: dict[str, Any]) -> None:
        call = layers["dropout"]["inbound_nodes"][0]
        words = call["kwargs"] if isinstance(call, dict) else call[0][3]
        words["training"] = True

    change_graph(model, change)
    refused(model, "its call sets training")


def test_links_are_not_followed(model, tmp_path):
    secret = tmp_path / "secret.h5"
    for link in (h5py.ExternalLink(str(secret), "/x"), h5py.SoftLink("/model_weights/dense")):
        with h5py.File(model, "r+") as file:
            if CONV in file:
                del file[CONV]
            if file["model_weights"].get("conv", getlink=True) is not None:
                del file["model_weights"]["conv"]
            file["model_weights"]["conv"] = link
        refused(model, f"'conv' is a {type(link).__name__}; links are not followed")


def test_groups_in_a_ring_are_refused(model):
    with h5py.File(model, "r+") as file:
        file["model_weights/act"]["ring"] = file["model_weights/act"]
    refused(model, "nest too deeply")


def test_groups_that_multiply_are_refused(model):
    """Four groups of a hundred links each to the next would be 10^8 places."""
    with h5py.File(model, "r+") as file:
        for level in range(4):
            group, below = (file.require_group(f"model_weights/g{i}") for i in (level, level + 1))
            for link in range(100):
                group[f"link{link}"] = below
    refused(model, "hold too much")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shape": (1 << 20, 1 << 20), "dtype": "f4"}, "more than 50000000 weights"),
        ({"shape": (7, 12, 2), "dtype": "f4", "compression": "gzip"}, "not stored plainly"),
        ({"shape": (7, 12, 2), "dtype": "f4", "external": [("/etc/hostname", 0, 672)]},
         "not stored plainly"),
        ({"shape": (7, 12, 2), "dtype": "i4"}, "are int32, not numbers"),
        ({"shape": (7, 12, 2), "dtype": h5py.string_dtype()}, "not numbers"),
        ({"shape": (7, 12, 3), "dtype": "f4"}, r"'conv' \(Conv1D\) has a \(7, 12, 3\) kernel"),
        ({"data": np.full((7, 12, 2), np.nan, np.float32)}, "not all finite"),
    ],
)  # fmt: skip
def test_weights_that_are_not_plain_numbers_are_refused(model, options, words):
    with h5py.File(model, "r+") as file:
        place = kernel(file)
        del file[place]
        file.create_dataset(place, **options)
    refused(model, words)


def test_missing_and_foreign_weights_are_refused(model):
    with h5py.File(model, "r+") as file:
        place = kernel(file)
        file.move(place, f"{place}_moved")
    refused(model, "has no kernel")
    with h5py.File(model, "r+") as file:
        file.move(f"{place}_moved", place)
        file.create_dataset("model_weights/ghost/kernel", data=np.zeros(3, np.float32))
    refused(model, "weights of 'ghost', which the graph lacks")


def test_what_is_no_keras_model_is_refused(model, tmp_path):
    refused(tmp_path / "absent.h5", "does not exist")
    pointer = tmp_path / "pointer.h5"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:07649896\n")
    refused(pointer, "Git-LFS pointer")
    short = tmp_path / "short.h5"
    short.write_bytes(model.read_bytes()[:30_000])
    refused(short, "not a sound Keras .h5 file")
    for text, words in (
        ("[" * 100_000, "not a sound"),
        ("{}", "a None model"),
        ('{"class_name": "Sequential", "config": {}}', "a Sequential model"),
        ('{"class_name": "Functional", "config": {"layers": [{}]}}', "graph of the file is"),
    ):
        with h5py.File(model, "r+") as file:
            file.attrs["model_config"] = text
        refused(model, words)
    with h5py.File(model, "r+") as file:
        del file.attrs["model_config"]
    refused(model, "holds no graph")


def test_flipped_bytes_never_end_in_anything_but_a_refusal(tmp_path):
    """Either the change hits nothing that matters, or the file is refused."""
    original = (DATA / "tiny_keras2.h5").read_bytes()
    rng = np.random.default_rng(5)
    for number in range(150):
        data = bytearray(original)
        for place in rng.integers(0, len(data), 8):
            data[place] = rng.integers(256)
        path = tmp_path / f"{number}.h5"
        path.write_bytes(data)
        with suppress(BundleError):
            import_keras(path, "flipped")


def test_too_much_work_is_refused_before_it_is_done():
    """Ten thousand additions of one large signal, or a convolution of 10^13 products."""
    start = Node("x", "InputLayer", (), {"shape": (5000, 12)})
    conv = {"strides": 1, "padding": "same", "dilation_rate": 1, "groups": 1, "use_bias": True,
            "activation": "linear"}  # fmt: skip
    wide = Node("c", "Conv1D", ("x",), {**conv, "filters": 60, "kernel_size": 60_000})
    with pytest.raises(ValueError, match="products"):
        sizes((start, wide))
    many = [Node(f"a{i}", "Add", ("x",), {}) for i in range(1_000)]
    with pytest.raises(ValueError, match="values"):
        sizes((start, *many))
    with pytest.raises(ValueError, match="steps"):
        sizes((start, *many, *many))
