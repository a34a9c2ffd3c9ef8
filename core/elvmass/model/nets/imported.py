"""A network that was built and trained in Keras, run step by step in torch.

Tensors keep the layout of Keras, [n, samples, channels], so that flattening, concatenation and
normalisation mean the same in both. Only what LVM-AI's inputs are is understood: ten seconds of
ECG, and age, sex and body-mass index each as an input of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elvmass.model.nets.base import MassNet, NetSettings
from elvmass.model.nets.keras_nodes import Node, Size, nodes_from, padding, sizes
from elvmass.model.nets.lvm_ai import ECG_SCALES, LVM_AI_LEADS
from elvmass.record import LEADS

#: Mean and SD of the inputs in LVM-AI's training data; sex enters as [female, male].
AGE_YEARS = (63.35798891483556, 7.554638350423902)
BMI_KG_M2 = (27.3397, 4.7721)
#: Only the body-mass index reaches the network. Mean height and both SD are a choice of ours:
#: they fill in an unknown height or weight and say which body is unusual.
HEIGHT_CM = (169.0, 9.0)
WEIGHT_KG = (BMI_KG_M2[0] * (HEIGHT_CM[0] / 100) ** 2, 15.0)
SEX_MALE = (0.5, 0.5)

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "sigmoid": torch.sigmoid,
    "softmax": lambda x: F.softmax(x, dim=-1),
    "tanh": torch.tanh,
    "elu": F.elu,
    "swish": F.silu,
    "silu": F.silu,
    "softplus": F.softplus,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedConfig(NetSettings):
    """Settings of :class:`ImportedNet`.

    Attributes
    ----------
    nodes
        The steps in an order in which they can be computed.
    ecg_input, age_input, sex_input, bmi_input
        Names of the input nodes; "" for what the network does not take.
    mass_output, lvh_output
        Names of the nodes that give the standardised mass (1 value) and the probabilities of no
        LVH and of LVH (2 values; "" if there is none).
    ecg_scale
        Key of :data:`elvmass.model.nets.lvm_ai.ECG_SCALES`.
    """

    n_samples: int = 5000
    n_scalars: int = 0
    nodes: tuple[Node, ...]
    ecg_input: str
    age_input: str = ""
    sex_input: str = ""
    bmi_input: str = ""
    mass_output: str
    lvh_output: str = ""
    ecg_scale: str = "counts5uv"

    def __post_init__(self) -> None:
        object.__setattr__(self, "nodes", nodes_from(self.nodes))
        found = sizes(self.nodes)
        self._check(found)
        if self.ecg_scale not in ECG_SCALES:
            raise ValueError(f"ecg_scale must be one of {sorted(ECG_SCALES)}")
        if self.n_scalars != len(self.scalars):
            raise ValueError(f"n_scalars is {self.n_scalars}, but the inputs need {self.scalars}")

    @property
    def scalars(self) -> tuple[str, ...]:
        """Names of the scalars that the inputs are made from, in the usual order."""
        return (
            *(["age_years"] if self.age_input else []),
            *(["sex_male"] if self.sex_input else []),
            *(["height_cm", "weight_kg"] if self.bmi_input else []),
        )

    def _check(self, found: dict[str, Size]) -> None:
        wanted = (
            (self.ecg_input, (self.n_samples, 12)), (self.age_input, (1,)),
            (self.sex_input, (2,)), (self.bmi_input, (1,)),
        )  # fmt: skip
        bound = {name: shape for name, shape in wanted if name}
        inputs = {node.name for node in self.nodes if node.op == "InputLayer"}
        if set(bound) != inputs or any(found[name].shape != bound[name] for name in inputs):
            raise ValueError(f"the inputs {sorted(inputs)} are not bound as they must be")
        for name, units in ((self.mass_output, 1), (self.lvh_output, 2)):
            if name != "" and (name not in found or found[name].shape != (units,)):
                raise ValueError(f"the output {name!r} does not give {units} value(s)")
        if not self.mass_output:
            raise ValueError("there is no output for the mass")


class ImportedNet(MassNet):
    """Strip [n, 12, 5000] mV and scalars to standardised mass, as the Keras network gives it."""

    config: ImportedConfig

    def __init__(self, config: ImportedConfig) -> None:
        super().__init__()
        self.config = config
        self.rows = [LEADS.index(name) for name in LVM_AI_LEADS]
        found = sizes(config.nodes)
        self.layers = nn.ModuleList(
            _layer(node, [found[name].shape for name in node.inputs]) for node in config.nodes
        )

    def forward(self, waveform: Tensor, features: Tensor) -> Tensor:
        """Estimate standardised mass [n] from ``waveform`` [n, 12, m] mV, ``features`` [n, k]."""
        return self._answer(waveform, features, self.config.mass_output)[:, 0]

    def lvh_probability(self, waveform: Tensor, features: Tensor) -> Tensor | None:
        """Probability of hypertrophy [n] by the network's own second head, if it has one."""
        if not self.config.lvh_output:
            return None
        return self._answer(waveform, features, self.config.lvh_output)[:, 1]

    def encoded(self, waveform: Tensor, features: Tensor) -> dict[str, Tensor]:
        """Input node → what the Keras network takes there, from mV and z-scores."""
        config = self.config
        ecg = waveform[:, self.rows] * ECG_SCALES[config.ecg_scale]
        inputs = {config.ecg_input: ecg.transpose(1, 2)}  # (n, 12, m) -> (n, m, 12)
        z = {name: features[:, [i]] for i, name in enumerate(config.scalars)}  # k x (n, 1)
        if config.age_input:
            inputs[config.age_input] = z["age_years"]
        if config.sex_input:
            male = _own_unit(z["sex_male"], SEX_MALE)
            inputs[config.sex_input] = torch.cat([1.0 - male, male], dim=1)
        if config.bmi_input:
            height_m = _own_unit(z["height_cm"], HEIGHT_CM) / 100.0
            bmi = _own_unit(z["weight_kg"], WEIGHT_KG) / height_m**2
            inputs[config.bmi_input] = (bmi - BMI_KG_M2[0]) / BMI_KG_M2[1]
        return inputs

    def run(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Every node's value from those of the input nodes, in the layout of Keras."""
        values: dict[str, Tensor] = {}
        for node, layer in zip(self.config.nodes, self.layers, strict=True):
            given = [values[name] for name in node.inputs]
            values[node.name] = layer(*given) if given else inputs[node.name]
        return values

    def _answer(self, waveform: Tensor, features: Tensor, output: str) -> Tensor:
        return self.run(self.encoded(waveform, features))[output]


def _own_unit(z: Tensor, mean_sd: tuple[float, float]) -> Tensor:
    return mean_sd[0] + mean_sd[1] * z


class _Activation(nn.Module):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def forward(self, x: Tensor) -> Tensor:
        return x if self.name == "linear" else _ACTIVATIONS[self.name](x)


class _Conv(nn.Conv1d):
    """[n, t, c] to [n, t', filters]."""

    def __init__(self, node: Node, given: list[tuple[int, ...]]) -> None:
        s = node.settings
        super().__init__(
            given[0][1], s["filters"], s["kernel_size"], s["strides"],
            dilation=s["dilation_rate"], groups=s["groups"],
        )  # fmt: skip
        reach = (s["kernel_size"] - 1) * s["dilation_rate"] + 1
        self.around = padding(s["padding"], given[0][0], reach, s["strides"])
        self.activation = _Activation(s["activation"])

    def forward(self, x: Tensor) -> Tensor:
        y = super().forward(F.pad(x.transpose(1, 2), self.around))
        return torch.as_tensor(self.activation(y.transpose(1, 2)))


class _Pool(nn.Module):
    """Maximum of windows of [n, t, c]; padding never wins."""

    def __init__(self, node: Node, given: list[tuple[int, ...]]) -> None:
        super().__init__()
        self.size, self.stride = node.settings["pool_size"], node.settings["strides"]
        self.around = padding(node.settings["padding"], given[0][0], self.size, self.stride)

    def forward(self, x: Tensor) -> Tensor:
        y = F.pad(x.transpose(1, 2), self.around, value=-torch.inf)
        return F.max_pool1d(y, self.size, self.stride).transpose(1, 2)


class _Dense(nn.Linear):
    def __init__(self, node: Node, given: list[tuple[int, ...]]) -> None:
        super().__init__(given[0][-1], node.settings["units"])
        self.activation = _Activation(node.settings["activation"])

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.activation(super().forward(x)))


class _BatchNorm(nn.BatchNorm1d):
    def __init__(self, node: Node, given: list[tuple[int, ...]]) -> None:
        super().__init__(given[0][-1], eps=node.settings["epsilon"])

    def forward(self, x: Tensor) -> Tensor:
        y = x.flatten(0, -2)  # (n, t, c) -> (n * t, c)
        return super().forward(y).view(x.shape)


class _Concatenate(nn.Module):
    def forward(self, *given: Tensor) -> Tensor:
        return torch.cat(given, dim=-1)


class _Add(nn.Module):
    def forward(self, *given: Tensor) -> Tensor:
        return torch.stack(given).sum(dim=0)


class _Average(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.mean(dim=1)


_LAYERS: dict[str, Callable[[Node, list[tuple[int, ...]]], nn.Module]] = {
    "InputLayer": lambda node, given: nn.Identity(),
    "Conv1D": _Conv,
    "MaxPooling1D": _Pool,
    "Dense": _Dense,
    "Activation": lambda node, given: _Activation(node.settings["activation"]),
    "Concatenate": lambda node, given: _Concatenate(),
    "Add": lambda node, given: _Add(),
    "Flatten": lambda node, given: nn.Flatten(),
    "GlobalAveragePooling1D": lambda node, given: _Average(),
    "BatchNormalization": _BatchNorm,
    "LayerNormalization": lambda node, given: nn.LayerNorm(
        given[0][-1], eps=node.settings["epsilon"]
    ),
    "Identity": lambda node, given: nn.Identity(),
}


def _layer(node: Node, given: list[tuple[int, ...]]) -> nn.Module:
    return _LAYERS[node.op](node, given)
