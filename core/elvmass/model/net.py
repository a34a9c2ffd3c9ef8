"""The network of eLVMass-Net: one temporal convolutional network (TCN) per lead group.

Source: medRxiv 2024.02.19.24303061 for the structure (encoder per lead group, projection, scalar
MLP, regressor); Bai, Kolter and Koltun 2018 (arXiv 1803.01271) for the residual block. The paper
states no width, kernel or depth: those are choices of ours, kept in :class:`NetConfig`.

Departures from Bai et al., on purpose:

* 'same' padding instead of causal padding: the whole heartbeat is known, so no sample has to wait
  for its past, and the pooled vector treats both ends alike;
* no weight normalisation: the same function at the start, 768 parameters fewer, no reason of speed
  or accuracy for it (default network 173,377 parameters; with weight normalisation 174,145);
* convolutions keep the framework's initialisation (the original N(0, 0.01) has no effect there).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elvmass.card import LEAD_GROUPS
from elvmass.model.dropout import MaskPool, relu_dropout


@dataclass(frozen=True, slots=True)
class NetConfig:
    """Everything that the constructor of :class:`ELVMassNet` needs; stored with the weights.

    Attributes
    ----------
    groups
        Key of :data:`elvmass.card.LEAD_GROUPS`.
    n_samples, n_scalars
        Length of the beat; number of scalar inputs (0: no scalar branch).
    channels, levels, kernel, dropout
        Of each TCN; level i has dilation 2^i.
    projection, scalar_width, head_width
        Widths of the projection, of both layers of the scalar MLP and of the regressor.
    linear_path
        Add a linear map of beat and scalars to the output. Not in the paper: a small TCN needs
        several thousand patients to learn what a linear model reads from a thousand.
    """

    groups: str = "limb_precordial"
    n_samples: int = 250
    n_scalars: int = 8
    channels: int = 32
    levels: int = 6
    kernel: int = 7
    dropout: float = 0.2
    projection: int = 64
    scalar_width: int = 32
    head_width: int = 64
    linear_path: bool = False

    def __post_init__(self) -> None:
        if self.groups not in LEAD_GROUPS:
            raise ValueError(f"groups must be one of {sorted(LEAD_GROUPS)}, not {self.groups!r}")
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel must be odd for 'same' padding, not {self.kernel}")
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout must lie in [0, 1), not {self.dropout}")

    @property
    def receptive_field(self) -> int:
        """Samples that one output of the TCN sees."""
        return 1 + 2 * (self.kernel - 1) * ((1 << self.levels) - 1)


class Block(nn.Module):
    """Weights of one residual block of one encoder.

    Held as Conv1d, [out, in, k], so that a checkpoint does not depend on how the groups are run.
    """

    def __init__(self, n_in: int, config: NetConfig, dilation: int) -> None:
        super().__init__()
        same = dilation * (config.kernel - 1) // 2
        width = config.channels
        self.conv1 = nn.Conv1d(n_in, width, config.kernel, dilation=dilation, padding=same)
        self.conv2 = nn.Conv1d(width, width, config.kernel, dilation=dilation, padding=same)
        self.skip = nn.Conv1d(n_in, width, 1) if n_in != width else None


class Encoder(nn.Module):
    """The TCN of one lead group: ``levels`` residual blocks."""

    def __init__(self, n_leads: int, config: NetConfig) -> None:
        super().__init__()
        widths = [n_leads] + [config.channels] * (config.levels - 1)
        self.blocks = nn.ModuleList(Block(n, config, 2**i) for i, n in enumerate(widths))


class ELVMassNet(nn.Module):
    """Beat and scalars to standardised left ventricular mass.

    The output is a z-score; the bundle holds the mean and SD that turn it into grams. Lead groups
    of equal size run as one grouped convolution, which computes the same function faster.
    """

    def __init__(self, config: NetConfig) -> None:
        super().__init__()
        self.config = config
        rows = LEAD_GROUPS[config.groups]
        self.rows = [list(group) for group in rows]
        self.grouped = len({len(group) for group in rows}) == 1
        self.encoders = nn.ModuleList(Encoder(len(group), config) for group in rows)
        self.masks = MaskPool(config.dropout)
        self.project = nn.Linear(config.channels * len(rows), config.projection)
        self.scalar_mlp = _scalar_mlp(config) if config.n_scalars else None
        merged = config.projection + (config.scalar_width if config.n_scalars else 0)
        self.hidden = nn.Linear(merged, config.head_width)
        self.out = nn.Linear(config.head_width, 1)
        n_linear = 12 * config.n_samples + config.n_scalars
        self.linear = nn.Linear(n_linear, 1) if config.linear_path else None
        if self.linear is not None:
            nn.init.zeros_(self.linear.weight)
            nn.init.zeros_(self.linear.bias)

    def forward(self, waveform: Tensor, features: Tensor) -> Tensor:
        """Estimate standardised mass [n] from ``waveform`` [n, 12, m] mV, ``features`` [n, k]."""
        drop = self.config.dropout
        code = F.relu(self.project(self._encode(waveform)))  # (n, groups*channels) -> (n, 64)
        code = F.dropout(code, drop, self.training)
        if self.scalar_mlp is not None:
            code = torch.cat([code, self.scalar_mlp(features)], dim=1)  # (n, 64 + 32)
        hidden = F.dropout(F.relu(self.hidden(code)), drop, self.training)
        answer: Tensor = self.out(hidden).float().squeeze(1)  # (n, 1) -> (n,)
        return answer if self.linear is None else answer + self._linear(waveform, features)

    def _linear(self, waveform: Tensor, features: Tensor) -> Tensor:
        """[n]; in float32 even under autocast, because its many small terms would round."""
        assert self.linear is not None
        flat = torch.cat([waveform.flatten(1), features], dim=1)  # (n, 12*m + k)
        with torch.autocast("cpu", enabled=False):
            return cast(Tensor, self.linear(flat)).squeeze(1)  # (n, 1) -> (n,)

    def _encode(self, waveform: Tensor) -> Tensor:
        """[n, groups * channels], group by group: global average of each TCN's output."""
        encoders = cast("list[Encoder]", list(self.encoders))
        if self.grouped:
            order = [row for group in self.rows for row in group]
            return self._run(encoders, waveform[:, order])
        parts = zip(encoders, self.rows, strict=True)
        return torch.cat([self._run([e], waveform[:, rows]) for e, rows in parts], dim=1)

    def _run(self, encoders: Sequence[Encoder], leads: Tensor) -> Tensor:
        """Run equally sized encoders side by side; ``leads`` [n, len(encoders) * c, m]."""
        # channels_last 4-D once; oneDNN is fastest there: (n, c, m) -> (n, c, 1, m)
        x = leads[:, :, None].contiguous(memory_format=torch.channels_last)
        for blocks in zip(*(e.blocks for e in encoders), strict=True):
            x = self._block(cast("tuple[Block, ...]", blocks), x)
        return x.float().mean(dim=(2, 3))  # (n, channels*g, 1, m) -> (n, channels*g)

    def _block(self, blocks: tuple[Block, ...], x: Tensor) -> Tensor:
        y = self._activate(_convolve([b.conv1 for b in blocks], x))
        y = self._activate(_convolve([b.conv2 for b in blocks], y))
        skips = [b.skip for b in blocks if b.skip is not None]
        return F.relu(y + (_convolve(skips, x) if skips else x))

    def _activate(self, y: Tensor) -> Tensor:
        if self.training and self.config.dropout > 0:
            return relu_dropout(y, self.masks)
        return F.relu(y)


def _scalar_mlp(config: NetConfig) -> nn.Sequential:
    width = config.scalar_width
    return nn.Sequential(
        nn.Linear(config.n_scalars, width),
        nn.ReLU(),
        nn.Dropout(config.dropout),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Dropout(config.dropout),
    )


def _convolve(convs: Sequence[nn.Conv1d], x: Tensor) -> Tensor:
    """One grouped convolution of [n, g*c, 1, m] with the weights of ``g`` encoders."""
    first = convs[0]
    # g x (out, in, k) -> (g*out, in, 1, k)
    weight = torch.cat([c.weight for c in convs])[:, :, None]
    bias = torch.cat([cast(Tensor, c.bias) for c in convs])
    padding, dilation = cast(int, first.padding[0]), first.dilation[0]
    return F.conv2d(
        x, weight, bias, padding=(0, padding), dilation=(1, dilation), groups=len(convs)
    )
