"""eLVMass-Net with the TCN as Bai, Kolter and Koltun published it (arXiv 1803.01271).

Causal convolutions, weight normalisation, dropout of single units, one encoder after the other.
The paper of eLVMass-Net names the TCN and nothing more, so this is the likeliest reading of it; the
pooling over time is ours, as in our own form.

The same function as the published code, computed otherwise: the past alone is padded, where it pads
both sides and cuts the future off; the convolutions run with the channels last; dropout takes its
masks from a pool (:mod:`elvmass.model.dropout`). The published way stands in
``tests/bench/published_tcn.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from elvmass.card import LEAD_GROUPS
from elvmass.model.dropout import MaskPool, relu_dropout
from elvmass.model.nets.grouped import GroupedNet, GroupedSettings
from elvmass.model.nets.rows import RowConv, as_rows
from elvmass.model.nets.tcn import NetConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedConfig(NetConfig):
    """Settings of :class:`PublishedNet`: those of our own form; the kernel may be even too."""

    def __post_init__(self) -> None:
        GroupedSettings.__post_init__(self)


class CausalConvolution(nn.Module):
    """Weight-normalised convolution that sees no future, ReLU, dropout."""

    def __init__(self, n_in: int, config: PublishedConfig, dilation: int, masks: MaskPool) -> None:
        super().__init__()
        self.past = dilation * (config.kernel - 1)
        self.conv = weight_norm(nn.Conv1d(n_in, config.channels, config.kernel, dilation=dilation))
        self.drops = config.dropout > 0
        self.masks = masks

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, 1, m] to [n, channels, 1, m]."""
        conv = cast(nn.Conv1d, self.conv)
        y = F.conv2d(
            F.pad(x, (self.past, 0)), conv.weight[:, :, None], conv.bias,
            dilation=(1, conv.dilation[0]),
        )  # fmt: skip
        return relu_dropout(y, self.masks) if self.training and self.drops else F.relu(y)


class CausalBlock(nn.Module):
    """Two causal convolutions and a skip."""

    def __init__(self, n_in: int, config: PublishedConfig, dilation: int, masks: MaskPool) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            CausalConvolution(n_in, config, dilation, masks),
            CausalConvolution(config.channels, config, dilation, masks),
        )
        wider = n_in != config.channels
        self.skip = RowConv(n_in, config.channels, 1) if wider else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, 1, m] to [n, channels, 1, m]."""
        return F.relu(self.branch(x) + self.skip(x))


class PublishedNet(GroupedNet):
    """Waveform and scalars to standardised mass, through published TCNs."""

    config: PublishedConfig

    def __init__(self, config: PublishedConfig) -> None:
        masks = MaskPool(config.dropout)
        encoders = [_encoder(len(group), config, masks) for group in LEAD_GROUPS[config.groups]]
        super().__init__(config, encoders, config.channels)
        self.masks = masks

    def refresh(self) -> None:
        """Throw the dropout masks away; the next step draws new ones."""
        self.masks.refresh()

    def feature_maps(self, waveform: Tensor) -> Tensor:
        """[n, groups * channels, m]."""
        parts = zip(self.encoders, self.rows, strict=True)
        maps = [encode(as_rows(waveform[:, rows]))[:, :, 0] for encode, rows in parts]
        return torch.cat(maps, dim=1)


def _encoder(n_leads: int, config: PublishedConfig, masks: MaskPool) -> nn.Sequential:
    widths = [n_leads] + [config.channels] * (config.levels - 1)
    return nn.Sequential(*(CausalBlock(n, config, 2**i, masks) for i, n in enumerate(widths)))
