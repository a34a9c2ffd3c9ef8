"""eLVMass-Net: one temporal convolutional network (TCN) per lead group, in our fast form.

Source: Bai, Kolter and Koltun 2018 (arXiv 1803.01271) for the residual block. The paper of
eLVMass-Net states no kernel, depth or width of its TCN: those are choices of ours.

Departures from Bai et al., on purpose (their form is :mod:`elvmass.model.nets.tcn_published`):

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
from elvmass.model.nets.grouped import GroupedNet, GroupedSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class NetConfig(GroupedSettings):
    """Settings of :class:`ELVMassNet`: the frame's, and those of each TCN.

    ``levels`` residual blocks of ``channels`` channels; level i has dilation 2^i. ``pool`` samples
    are averaged into one before the first (1: none), which halves the work at 2.
    """

    channels: int = 32
    levels: int = 6
    kernel: int = 7
    pool: int = 1

    def __post_init__(self) -> None:
        GroupedSettings.__post_init__(self)  # slots=True makes a new class: no plain super()
        if self.kernel % 2 == 0:
            raise ValueError(f"kernel must be odd for 'same' padding, not {self.kernel}")
        if not 1 <= self.pool <= self.n_samples:
            raise ValueError(f"pool must lie in 1 to {self.n_samples}, not {self.pool}")

    @property
    def receptive_field(self) -> int:
        """Samples that one output of the TCN sees."""
        return self.pool * (1 + 2 * (self.kernel - 1) * ((1 << self.levels) - 1))


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


class ELVMassNet(GroupedNet):
    """Beat and scalars to standardised left ventricular mass.

    Lead groups of equal size run as one grouped convolution, which computes the same function
    faster.
    """

    config: NetConfig

    def __init__(self, config: NetConfig) -> None:
        rows = LEAD_GROUPS[config.groups]
        super().__init__(config, [Encoder(len(g), config) for g in rows], config.channels)
        self.grouped = len({len(group) for group in rows}) == 1
        self.masks = MaskPool(config.dropout)

    def refresh(self) -> None:
        """Throw the dropout masks away; the next step draws new ones."""
        self.masks.refresh()

    def feature_maps(self, waveform: Tensor) -> Tensor:
        """[n, groups * channels, ceil(m / pool)], group by group."""
        waveform = self.pooled(waveform)
        encoders = cast("list[Encoder]", list(self.encoders))
        if self.grouped:
            order = [row for group in self.rows for row in group]
            return self._run(encoders, waveform[:, order])
        parts = zip(encoders, self.rows, strict=True)
        return torch.cat([self._run([e], waveform[:, rows]) for e, rows in parts], dim=1)

    def pooled(self, waveform: Tensor) -> Tensor:
        """[n, 12, ceil(m / pool)]: means of neighbouring samples."""
        if self.config.pool == 1:
            return waveform
        return F.avg_pool1d(waveform, self.config.pool, ceil_mode=True)

    def _run(self, encoders: Sequence[Encoder], leads: Tensor) -> Tensor:
        """Run equally sized encoders side by side; ``leads`` [n, len(encoders) * c, m]."""
        # channels_last 4-D once; oneDNN is fastest there: (n, c, m) -> (n, c, 1, m)
        x = leads[:, :, None].contiguous(memory_format=torch.channels_last)
        for blocks in zip(*(e.blocks for e in encoders), strict=True):
            x = self._block(cast("tuple[Block, ...]", blocks), x)
        return x[:, :, 0]  # (n, channels*g, 1, m) -> (n, channels*g, m)

    def _block(self, blocks: tuple[Block, ...], x: Tensor) -> Tensor:
        y = self._activate(_convolve([b.conv1 for b in blocks], x))
        y = self._activate(_convolve([b.conv2 for b in blocks], y))
        skips = [b.skip for b in blocks if b.skip is not None]
        return F.relu(y + (_convolve(skips, x) if skips else x))

    def _activate(self, y: Tensor) -> Tensor:
        if self.training and self.config.dropout > 0:
            return relu_dropout(y, self.masks)
        return F.relu(y)


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
