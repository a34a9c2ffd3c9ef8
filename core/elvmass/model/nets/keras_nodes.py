"""The steps of an imported network as plain values, with the shape that each one gives.

Shapes are those of Keras without the batch: (samples, channels) or (units,). Everything that a
damaged or hostile graph could make too large is bounded here, before any memory is taken; a graph
is checked when it is imported and again whenever its bundle is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

Shape = tuple[int, ...]

#: Bounds of a graph. LVM-AI: about 35 steps, 2 million values, 1 million weights, 3e9 products.
MOST_NODES = 2_000
MOST_VALUES = 50_000_000
MOST_WEIGHTS = 50_000_000
MOST_PRODUCTS = 10**11

ACTIVATIONS: tuple[str, ...] = (
    "linear", "relu", "sigmoid", "softmax", "tanh", "elu", "swish", "silu", "softplus",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a network.

    Attributes
    ----------
    name
        Of the Keras layer.
    op
        Key of :data:`OPS`: its Keras class; what does nothing in use (dropout) is "Identity".
    inputs
        Names of earlier nodes.
    settings
        The numbers and words of this step, under their Keras names.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """What a node gives (``shape``), and what it costs: weights, and products for one patient."""

    shape: Shape
    weights: int = 0
    products: int = 0


def nodes_from(values: Sequence[Node | Mapping[str, Any]]) -> tuple[Node, ...]:
    """Nodes from themselves or from JSON; ValueError or TypeError for anything else."""
    return tuple(
        each
        if isinstance(each, Node)
        else Node(**{**each, "inputs": tuple(each["inputs"]), "settings": dict(each["settings"])})
        for each in values
    )


def sizes(nodes: Sequence[Node]) -> dict[str, Size]:
    """Name → size of every node.

    Raises
    ------
    ValueError
        If a node is unknown, takes what no earlier node gives (so that no cycle can be written),
        does not fit its inputs, or if the whole is too large.
    """
    if len(nodes) > MOST_NODES:
        raise ValueError(f"the network has {len(nodes)} steps; {MOST_NODES} are the limit")
    found: dict[str, Size] = {}
    for node in nodes:
        if node.name in found:
            raise ValueError(f"two steps are called {node.name!r}")
        found[node.name] = _size(node, found)
    for what, limit in (("weights", MOST_WEIGHTS), ("products", MOST_PRODUCTS)):
        total = sum(getattr(size, what) for size in found.values())
        if total > limit:
            raise ValueError(f"the network needs {total} {what}; {limit} are the limit")
    if (total := sum(prod(size.shape) for size in found.values())) > MOST_VALUES:
        raise ValueError(f"the network computes {total} values; {MOST_VALUES} are the limit")
    return found


def _size(node: Node, found: Mapping[str, Size]) -> Size:
    if node.op not in OPS:
        raise ValueError(f"{node.name!r} is a {node.op}, which is not known")
    if unknown := [name for name in node.inputs if name not in found]:
        raise ValueError(f"{node.name!r} takes {unknown[0]!r}, which no earlier step gives")
    try:
        size = OPS[node.op](node.settings, [found[name].shape for name in node.inputs])
    except KeyError as error:
        raise ValueError(f"{node.name!r} lacks its setting {error}") from error
    except ValueError as error:
        raise ValueError(f"{node.name!r} ({node.op}): {error}") from error
    if not all(1 <= n <= MOST_VALUES for n in size.shape):
        raise ValueError(f"{node.name!r} ({node.op}) would give the shape {size.shape}")
    return size


def padding(kind: str, n: int, reach: int, stride: int) -> tuple[int, int]:
    """Samples added before and after ``n`` samples by Keras's "valid", "same" or "causal".

    ``reach`` is the extent of the kernel, its dilation included.
    """
    if kind == "valid":
        return 0, 0
    if kind == "causal":
        return reach - 1, 0
    total = max((-(-n // stride) - 1) * stride + reach - n, 0)
    return total // 2, total - total // 2


def _input(settings: Mapping[str, Any], given: list[Shape]) -> Size:
    shape = tuple(settings["shape"])
    if given or not 1 <= len(shape) <= 2 or not all(type(n) is int for n in shape):
        raise ValueError(f"an input of shape {shape} is not understood")
    return Size(shape)


def _conv(settings: Mapping[str, Any], given: list[Shape]) -> Size:
    n, channels = _one(given, 2)
    filters, kernel = _count(settings, "filters"), _count(settings, "kernel_size")
    stride, groups = _count(settings, "strides"), _count(settings, "groups")
    reach = (kernel - 1) * _count(settings, "dilation_rate") + 1
    _activation(settings)
    if channels % groups or filters % groups:
        raise ValueError(f"{channels} and {filters} channels cannot form {groups} groups")
    out = _windows(settings, n, reach, stride, ("valid", "same", "causal"))
    weights = kernel * channels // groups * filters
    return Size((out, filters), weights + filters, out * weights)


def _pool(settings: Mapping[str, Any], given: list[Shape]) -> Size:
    n, channels = _one(given, 2)
    size, stride = _count(settings, "pool_size"), _count(settings, "strides")
    out = _windows(settings, n, size, stride, ("valid", "same"))
    return Size((out, channels), products=out * channels * size)


def _windows(
    settings: Mapping[str, Any], n: int, reach: int, stride: int, kinds: tuple[str, ...]
) -> int:
    """Number of places of a window of ``reach`` samples."""
    kind = settings["padding"]
    if kind not in kinds:
        raise ValueError(f"padding {kind!r} is not one of {', '.join(kinds)}")
    before, after = padding(kind, n, reach, stride)
    if before + after > MOST_VALUES or reach > n + before + after:
        raise ValueError(f"a kernel that spans {reach} samples does not fit {n}")
    return (n + before + after - reach) // stride + 1


def _dense(settings: Mapping[str, Any], given: list[Shape]) -> Size:
    shape = _one(given)
    units = _count(settings, "units")
    _activation(settings)
    weights = shape[-1] * units
    return Size((*shape[:-1], units), weights + units, prod(shape[:-1]) * weights)


def _norm(settings: Mapping[str, Any], given: list[Shape]) -> Size:
    shape = _one(given)
    _last_axis(settings, shape)
    if not 0 < float(settings["epsilon"]) < 1:
        raise ValueError(f"epsilon is {settings['epsilon']!r}")
    return Size(shape, 4 * shape[-1])


def _activate(settings: Mapping[str, Any], given: list[Shape]) -> Size:
    _activation(settings)
    return Size(_one(given))


def _concatenate(settings: Mapping[str, Any], given: list[Shape]) -> Size:
    if not given or len({shape[:-1] for shape in given}) != 1:
        raise ValueError(f"the shapes {given} cannot be joined")
    _last_axis(settings, given[0])
    return Size((*given[0][:-1], sum(shape[-1] for shape in given)))


def _add(settings: Mapping[str, Any], given: list[Shape]) -> Size:
    if not given or len(set(given)) != 1:
        raise ValueError(f"the shapes {given} cannot be added")
    return Size(given[0])


def _flatten(settings: Mapping[str, Any], given: list[Shape]) -> Size:
    return Size((prod(_one(given)),))


def _average(settings: Mapping[str, Any], given: list[Shape]) -> Size:
    return Size(_one(given, 2)[1:])


def _same(settings: Mapping[str, Any], given: list[Shape]) -> Size:
    return Size(_one(given))


def _one(given: list[Shape], dimensions: int | None = None) -> Shape:
    if len(given) != 1 or (dimensions is not None and len(given[0]) != dimensions):
        raise ValueError(f"inputs of the shapes {given} are not understood")
    return given[0]


def _count(settings: Mapping[str, Any], name: str) -> int:
    value = settings[name]
    if type(value) is not int or not 1 <= value <= MOST_VALUES:
        raise ValueError(f"{name} is {value!r}")
    return value


def _last_axis(settings: Mapping[str, Any], shape: Shape) -> None:
    """Keras writes the last axis as -1 or by its number, which counts the batch."""
    if settings["axis"] not in (-1, len(shape)):
        raise ValueError(f"axis {settings['axis']} of {shape} is not the last one")


def _activation(settings: Mapping[str, Any]) -> None:
    if settings["activation"] not in ACTIVATIONS:
        raise ValueError(f"the activation {settings['activation']!r} is not known")


#: What an imported network may be made of, and the size of what it gives.
OPS: dict[str, Callable[[Mapping[str, Any], list[Shape]], Size]] = {
    "InputLayer": _input,
    "Conv1D": _conv,
    "MaxPooling1D": _pool,
    "Dense": _dense,
    "Activation": _activate,
    "Concatenate": _concatenate,
    "Add": _add,
    "Flatten": _flatten,
    "GlobalAveragePooling1D": _average,
    "BatchNormalization": _norm,
    "LayerNormalization": _norm,
    "Identity": _same,
}
