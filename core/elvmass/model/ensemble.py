"""The fold models of a bundle, prepared for one patient after the other.

What an encoder reads from a heartbeat rests on the heartbeat alone: a correction of the patient
passes only through what comes after. And for a single heartbeat, putting the weights of all folds
side by side takes as long as the arithmetic: it is done once for each bundle. The networks
themselves, and with them training, know nothing of all this.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple, cast

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elvmass.model.bundle import Bundle
from elvmass.model.inputs import Float32Array, ModelInputs
from elvmass.model.nets.base import MassNet
from elvmass.model.nets.grouped import GroupedNet
from elvmass.model.nets.tcn import Block, ELVMassNet, Encoder
from elvmass.record import FloatArray

#: Heartbeats that go through the encoders of all folds at once, so that the cache holds them, and
#: through one network.
_AT_ONCE, _BATCH = 3, 64


class Encoded(NamedTuple):
    """Heartbeats or strips as a bundle sees them; only the scalars are missing.

    ``waveform`` [n, 12, m] mV; ``codes`` [n, width] of each fold model, None for networks that take
    heartbeat and scalars in one.
    """

    bundle: Bundle
    waveform: Tensor
    codes: tuple[Tensor, ...] | None

    def masses(self, features: Sequence[Float32Array]) -> FloatArray:
        """Mass in grams [n, folds] for one patient's scalars: z-scores [k] for each fold."""
        with torch.inference_mode():
            columns = [self._fold(k, torch.tensor(z)) for k, z in enumerate(features)]
        return np.stack(columns, axis=1)

    def _fold(self, k: int, z: Tensor) -> FloatArray:
        fold, seen = self.bundle.folds[k], torch.split(self.waveform, _BATCH)
        scalars = [z.expand(len(part), -1) for part in seen]
        if self.codes is None:
            answers = map(fold.net, seen, scalars)
        else:
            net = cast(GroupedNet, fold.net)
            answers = map(net.regress, torch.split(self.codes[k], _BATCH), seen, scalars)
        z_scores = torch.cat(list(answers)).double().numpy()
        grams: FloatArray = fold.target_mean_g + fold.target_sd_g * z_scores
        return grams


def encode(bundle: Bundle, waveforms: Float32Array) -> Encoded:
    """Show heartbeats or strips [n, 12, m] in mV to the encoders of all fold models."""
    waveform = torch.tensor(waveforms)
    with torch.inference_mode():
        return Encoded(bundle, waveform, _codes(bundle, waveform))


def predict(bundle: Bundle, inputs: Sequence[ModelInputs]) -> FloatArray:
    """Mass in grams [folds] of one patient, from the inputs of each fold model.

    All folds of a bundle see the same waveform; only imputations and scales differ.
    """
    features = [each.features for each in inputs]
    masses: FloatArray = encode(bundle, inputs[0].waveform[None]).masses(features)[0]
    return masses


def prepare(bundle: Bundle) -> None:
    """Put the weights side by side now, so that the first estimate need not."""
    if side_by_side([fold.net for fold in bundle.folds]):
        _stack(bundle)


def _codes(bundle: Bundle, waveform: Tensor) -> tuple[Tensor, ...] | None:
    nets = [fold.net for fold in bundle.folds]
    if side_by_side(nets):
        return _stack(bundle).codes(waveform)
    if not all(isinstance(net, GroupedNet) for net in nets):
        return None
    return tuple(
        torch.cat([net.encode(net.scale(part)) for part in torch.split(waveform, _BATCH)])
        for net in cast("list[GroupedNet]", nets)
    )


class _Convolution(NamedTuple):
    """Of all encoders as one: weight [g * out, in, 1, k], bias [g * out]."""

    weight: Tensor
    bias: Tensor
    dilation: int
    padding: int
    groups: int

    @classmethod
    def of(cls, convs: Sequence[nn.Conv1d]) -> _Convolution:
        weight = torch.cat([c.weight for c in convs])[:, :, None]
        return cls(
            weight.contiguous(memory_format=torch.channels_last).detach(),
            torch.cat([cast(Tensor, c.bias) for c in convs]).detach(),
            convs[0].dilation[0],
            cast(int, convs[0].padding[0]),
            len(convs),
        )

    def __call__(self, x: Tensor) -> Tensor:
        return F.conv2d(
            x, self.weight, self.bias, padding=(0, self.padding), dilation=(1, self.dilation),
            groups=self.groups,
        )  # fmt: skip


class _Level(NamedTuple):
    """One residual block of all encoders."""

    first: _Convolution
    second: _Convolution
    skip: _Convolution | None

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> _Level:
        skips = [b.skip for b in blocks if b.skip is not None]
        return cls(
            _Convolution.of([b.conv1 for b in blocks]),
            _Convolution.of([b.conv2 for b in blocks]),
            _Convolution.of(skips) if skips else None,
        )

    def __call__(self, x: Tensor) -> Tensor:
        y = self.second(self.first(x).relu_()).relu_()
        return (y + (x if self.skip is None else self.skip(x))).relu_()


class _Stack:
    """All encoders of networks that :func:`side_by_side` takes, as ``ELVMassNet`` runs them."""

    def __init__(self, nets: Sequence[ELVMassNet]) -> None:
        encoders = [cast(Encoder, e) for net in nets for e in net.encoders]
        self._net, self._folds = nets[0], len(nets)
        self._rows = [row for group in nets[0].rows for row in group] * len(nets)
        self._levels = [
            _Level.of(cast("Sequence[Block]", blocks))
            for blocks in zip(*(e.blocks for e in encoders), strict=True)
        ]

    def codes(self, waveform: Tensor) -> tuple[Tensor, ...]:
        """[n, width] of each network from [n, 12, m]."""
        parts = [self._run(part) for part in torch.split(waveform, _AT_ONCE)]
        return torch.cat(parts).chunk(self._folds, dim=1)

    def _run(self, waveform: Tensor) -> Tensor:
        leads = self._net.pooled(waveform)[:, self._rows]
        # Heartbeats as the rows of one image, which no kernel mixes: (n, c, m) -> (1, c, n, m)
        x = leads.transpose(0, 1)[None].contiguous(memory_format=torch.channels_last)
        for level in self._levels:
            x = level(x)
        return x[0].mean(dim=2).T  # (1, c, n, m) -> (n, c)


@lru_cache(maxsize=16)
def _stack(bundle: Bundle) -> _Stack:
    return _Stack([cast(ELVMassNet, fold.net) for fold in bundle.folds])


def side_by_side(nets: Sequence[MassNet]) -> bool:
    """True if one grouped convolution can run all encoders.

    Settings must be equal, and nothing may be fitted to the leads.
    """
    first = nets[0]
    return (
        isinstance(first, ELVMassNet)
        and first.grouped
        and not first.config.lead_zscore
        and all(type(n) is type(first) and n.config == first.config for n in nets)
    )
