"""The graph of a Keras file as the steps of :class:`elvmass.model.nets.imported.ImportedNet`.

Only layers whose meaning is known and harmless are taken, and of each only settings that are
understood; everything else is refused by its name. ``Lambda`` layers, which hold program code, and
layers of somebody's own can therefore never run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from elvmass.errors import BundleError
from elvmass.model.keras.h5_file import KerasFile, Weights
from elvmass.model.nets.keras_nodes import MOST_NODES, Node, Shape, Size, sizes

Settings = dict[str, Any]
State = dict[str, Tensor]
Own = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class KerasGraph:
    """A network that can be computed.

    Attributes
    ----------
    nodes
        Its steps, each after those that it takes.
    inputs, outputs
        Name → shape (without the batch), in the order of the file.
    state
        Its weights under the names of ``ImportedNet.state_dict()``.
    """

    nodes: tuple[Node, ...]
    inputs: dict[str, Shape]
    outputs: dict[str, Shape]
    state: State


def graph_of(file: KerasFile) -> KerasGraph:
    """Understand the graph of a file completely, or refuse it.

    Raises
    ------
    BundleError
        The layer or setting that is not understood, by name.
    """
    config = file.model_config
    kind = config.get("class_name")
    if kind not in ("Functional", "Model"):
        raise BundleError(f"The file holds a {kind} model; functional models are read.")
    try:
        body = config["config"]
        nodes = _in_order([_node(layer) for layer in _layers(body)])
        found = sizes(nodes)
        inputs = {name: found[name].shape for name in _ends(body["input_layers"])}
        outputs = {name: found[name].shape for name in _ends(body["output_layers"])}
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise BundleError(f"The graph of the file is damaged ({error!r}).") from error
    except ValueError as error:
        raise BundleError(f"The graph of the file is not understood: {error}.") from error
    return KerasGraph(nodes, inputs, outputs, _state(nodes, found, file.weights))


def _layers(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    layers = body["layers"]
    if not isinstance(layers, list) or len(layers) > MOST_NODES:
        raise ValueError(f"it lists no layers, or more than {MOST_NODES}")
    return layers


def _ends(value: list[Any]) -> list[str]:
    """Names in ``input_layers`` or ``output_layers``; Keras 3 may write a single one flat."""
    ends = [value] if value and isinstance(value[0], str) else value
    return [str(each[0]) for each in ends]


def _node(layer: Mapping[str, Any]) -> Node:
    kind, config = layer["class_name"], layer["config"]
    name = str(layer.get("name") or config["name"])
    if kind not in _LAYERS:
        raise BundleError(
            f"The layer {name!r} is of the class {kind}, which is not run: it could hold code or "
            f"compute something else than its name says. Known are {', '.join(_LAYERS)}."
        )
    op, read = _LAYERS[kind]
    try:
        _require(_dtype(config.get("dtype", "float32")) == "float32", "it does not use float32")
        return Node(name, op, _inputs(layer["inbound_nodes"]), read(config))
    except ValueError as error:
        raise ValueError(f"layer {name!r} ({kind}): {error}") from error


def _dtype(value: Any) -> str:
    return str(value["config"]["name"]) if isinstance(value, dict) else str(value)


def _inputs(calls: list[Any]) -> tuple[str, ...]:
    """Layers that the one call of a layer takes, in order."""
    if not calls:
        return ()
    _require(len(calls) == 1, f"it is called {len(calls)} times")
    call = calls[0]
    found = list(_keras_3(call) if isinstance(call, dict) else _keras_2(call))
    _require(all(place == (0, 0) for _, place in found), "it takes another call than the first")
    return tuple(name for name, _ in found)


def _keras_2(call: list[Any]) -> Iterator[tuple[str, tuple[int, int]]]:
    """[[layer, node, tensor, keyword arguments], ...]."""
    for name, node, tensor, *keywords in call:
        for words in keywords:
            _plain_call(words)
        yield str(name), (node, tensor)


def _keras_3(call: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, int]]]:
    """{"args": [tensor or [tensor, ...]], "kwargs": {...}}."""
    _plain_call(call["kwargs"])
    for arg in call["args"]:
        for tensor in arg if isinstance(arg, list) else [arg]:
            _require(tensor["class_name"] == "__keras_tensor__", "it takes a constant")
            name, node, place = tensor["config"]["keras_history"]
            yield str(name), (node, place)


def _plain_call(words: Mapping[str, Any]) -> None:
    """Refuse arguments that change what a layer does (dropout kept on at use, masks)."""
    given = sorted(name for name, value in words.items() if value not in (None, False))
    _require(not given, f"its call sets {', '.join(given)}")


def _in_order(nodes: list[Node]) -> tuple[Node, ...]:
    """The nodes, each after its inputs; keeps the order of the file where it can."""
    by_name = {node.name: node for node in nodes}
    _require(len(by_name) == len(nodes), "two layers have one name")
    waiting = {node.name: set(node.inputs) for node in nodes}
    users: dict[str, list[str]] = {name: [] for name in by_name}
    for node in nodes:
        for name in waiting[node.name]:
            _require(name in users, f"layer {node.name!r} takes {name!r}, which does not exist")
            users[name].append(node.name)
    ready = [node.name for node in nodes if not waiting[node.name]]
    for name in ready:  # grows as inputs become known
        for user in users[name]:
            waiting[user].discard(name)
            if not waiting[user]:
                ready.append(user)
    if len(ready) < len(nodes):
        stuck = next(name for name in by_name if waiting[name])
        raise ValueError(f"layer {stuck!r} depends on itself")
    return tuple(by_name[name] for name in ready)


# --- settings of each layer -------------------------------------------------------------------


def _read_input(config: Settings) -> Settings:
    shape = config.get("batch_shape", config.get("batch_input_shape"))
    if not isinstance(shape, list) or shape[:1] != [None]:
        raise ValueError(f"its shape is {shape}")
    return {"shape": tuple(shape[1:])}


def _read_conv(config: Settings) -> Settings:
    _channels_last(config)
    return {
        "filters": config["filters"],
        "kernel_size": _single(config["kernel_size"]),
        "strides": _single(config["strides"]),
        "padding": config["padding"],
        "dilation_rate": _single(config.get("dilation_rate", 1)),
        "groups": config.get("groups", 1),
        "use_bias": bool(config.get("use_bias", True)),
        "activation": _activation(config["activation"]),
    }


def _read_pool(config: Settings) -> Settings:
    _channels_last(config)
    size = _single(config["pool_size"])
    strides = config.get("strides")
    return {
        "pool_size": size,
        "strides": size if strides is None else _single(strides),
        "padding": config["padding"],
    }


def _read_dense(config: Settings) -> Settings:
    return {
        "units": config["units"],
        "use_bias": bool(config.get("use_bias", True)),
        "activation": _activation(config["activation"]),
    }


def _read_activation(config: Settings) -> Settings:
    return {"activation": _activation(config["activation"])}


def _read_relu(config: Settings) -> Settings:
    for name in ("max_value", "negative_slope", "threshold"):
        _require(not config.get(name), f"its {name} is {config.get(name)}")
    return {"activation": "relu"}


def _read_norm(config: Settings) -> Settings:
    for name in ("renorm", "rms_scaling"):
        _require(not config.get(name), f"it uses {name}")
    flags = {name: bool(config.get(name, True)) for name in ("center", "scale")}
    return {**flags, "epsilon": float(config["epsilon"]), "axis": _single(config["axis"])}


def _read_concatenate(config: Settings) -> Settings:
    return {"axis": _single(config["axis"])}


def _read_average(config: Settings) -> Settings:
    _channels_last(config)
    _require(not config.get("keepdims"), "it uses keepdims")
    return {}


def _read_flatten(config: Settings) -> Settings:
    _channels_last(config)
    return {}


def _read_nothing(config: Settings) -> Settings:
    return {}


def _activation(value: Any) -> str:
    _require(value is None or isinstance(value, str), f"its activation is {value}")
    return "linear" if value is None else str(value)


def _single(value: Any) -> int:
    """Keras writes a number or a list of one."""
    values = value if isinstance(value, list) else [value]
    _require(len(values) == 1 and type(values[0]) is int, f"{value} is not one whole number")
    return int(values[0])


def _channels_last(config: Settings) -> None:
    found = config.get("data_format") or "channels_last"
    _require(found == "channels_last", f"its data_format is {found}")


# --- weights ----------------------------------------------------------------------------------


def _state(nodes: tuple[Node, ...], found: Mapping[str, Size], weights: Weights) -> State:
    """Weights under the names and in the layout of torch; every one is used exactly once."""
    state: State = {}
    unused = {name for name, own in weights.items() if own}
    for number, node in enumerate(nodes):
        unused.discard(node.name)
        own = dict(weights.get(node.name, {}))
        if node.op in _WEIGHTS:
            given = found[node.inputs[0]].shape
            taken = _WEIGHTS[node.op](node, given, own)
            state |= {f"layers.{number}.{name}": torch.tensor(w) for name, w in taken.items()}
        if own:
            raise BundleError(
                f"Layer {node.name!r} ({node.op}) has a weight {min(own)!r} too many."
            )
    if unused:
        raise BundleError(f"The file holds weights of {min(unused)!r}, which the graph lacks.")
    return state


def _conv_weights(node: Node, given: Shape, own: Own) -> Own:
    s = node.settings
    shape = (s["kernel_size"], given[-1] // s["groups"], s["filters"])
    kernel = _take(node, own, "kernel", shape)
    bias = _take_if(s["use_bias"], node, own, "bias", np.zeros(s["filters"]))
    # (k, in, out) -> (out, in, k)
    return {"weight": kernel.transpose(2, 1, 0).copy(), "bias": bias}


def _dense_weights(node: Node, given: Shape, own: Own) -> Own:
    s = node.settings
    kernel = _take(node, own, "kernel", (given[-1], s["units"]))
    bias = _take_if(s["use_bias"], node, own, "bias", np.zeros(s["units"]))
    return {"weight": kernel.T.copy(), "bias": bias}


def _layer_norm_weights(node: Node, given: Shape, own: Own) -> Own:
    s, units = node.settings, given[-1]
    return {
        "weight": _take_if(s["scale"], node, own, "gamma", np.ones(units)),
        "bias": _take_if(s["center"], node, own, "beta", np.zeros(units)),
    }


def _batch_norm_weights(node: Node, given: Shape, own: Own) -> Own:
    shape = given[-1:]
    return {
        **_layer_norm_weights(node, given, own),
        "running_mean": _take(node, own, "moving_mean", shape),
        "running_var": _take(node, own, "moving_variance", shape),
        "num_batches_tracked": np.array(0),
    }


def _take(node: Node, own: Own, name: str, shape: Shape) -> NDArray[Any]:
    """Pop one weight of this shape."""
    found = own.pop(name, None)
    if found is None or found.shape != shape:
        given = "no" if found is None else f"a {found.shape}"
        raise BundleError(f"Layer {node.name!r} ({node.op}) has {given} {name}; it needs {shape}.")
    return found


def _take_if(there: bool, node: Node, own: Own, name: str, neutral: NDArray[Any]) -> NDArray[Any]:
    """Pop a weight that the layer may do without; ``neutral`` then stands for it."""
    return _take(node, own, name, neutral.shape) if there else neutral.astype(np.float32)


_WEIGHTS: dict[str, Callable[[Node, Shape, Own], Own]] = {
    "Conv1D": _conv_weights,
    "Dense": _dense_weights,
    "BatchNormalization": _batch_norm_weights,
    "LayerNormalization": _layer_norm_weights,
}


def _require(condition: bool, fact: str) -> None:
    if not condition:
        raise ValueError(fact)


#: Keras class → operation and how its settings are read.
_LAYERS: dict[str, tuple[str, Callable[[Settings], Settings]]] = {
    "InputLayer": ("InputLayer", _read_input),
    "Conv1D": ("Conv1D", _read_conv),
    "Activation": ("Activation", _read_activation),
    "ReLU": ("Activation", _read_relu),
    "MaxPooling1D": ("MaxPooling1D", _read_pool),
    "Concatenate": ("Concatenate", _read_concatenate),
    "Add": ("Add", _read_nothing),
    "Flatten": ("Flatten", _read_flatten),
    "Dense": ("Dense", _read_dense),
    "Dropout": ("Identity", _read_nothing),
    "SpatialDropout1D": ("Identity", _read_nothing),
    "BatchNormalization": ("BatchNormalization", _read_norm),
    "LayerNormalization": ("LayerNormalization", _read_norm),
    "GlobalAveragePooling1D": ("GlobalAveragePooling1D", _read_average),
}
