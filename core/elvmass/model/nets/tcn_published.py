"""eLVMass-Net with the TCN as Bai, Kolter and Koltun published it (arXiv 1803.01271).

Causal convolutions (padding on both sides, then the future cut off), weight normalisation, plain
dropout, one encoder after the other. The paper of eLVMass-Net names the TCN and nothing more, so
this is the likeliest reading of it; the pooling over time is ours, as in the fast form.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from elvmass.card import LEAD_GROUPS
from elvmass.model.nets.grouped import GroupedNet, GroupedSettings
from elvmass.model.nets.tcn import NetConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedConfig(NetConfig):
    """Settings of :class:`PublishedNet`: those of our own form; the kernel may be even too."""

    def __post_init__(self) -> None:
        GroupedSettings.__post_init__(self)


class CausalConvolution(nn.Module):
    """Weight-normalised convolution that sees no future, ReLU, dropout."""

    def __init__(self, n_in: int, config: PublishedConfig, dilation: int) -> None:
        super().__init__()
        self.future = dilation * (config.kernel - 1)
        self.conv = weight_norm(
            nn.Conv1d(n_in, config.channels, config.kernel, dilation=dilation, padding=self.future)
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, m] to [n, channels, m]."""
        y: Tensor = self.conv(x)[..., : x.shape[-1]]  # chomp: (n, c, m + future) -> (n, c, m)
        return torch.as_tensor(self.dropout(F.relu(y)))


class CausalBlock(nn.Module):
    """Two causal convolutions and a skip."""

    def __init__(self, n_in: int, config: PublishedConfig, dilation: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(
            CausalConvolution(n_in, config, dilation),
            CausalConvolution(config.channels, config, dilation),
        )
        wider = n_in != config.channels
        self.skip = nn.Conv1d(n_in, config.channels, 1) if wider else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, m] to [n, channels, m]."""
        return F.relu(self.branch(x) + self.skip(x))


class PublishedNet(GroupedNet):
    """Waveform and scalars to standardised mass, through published TCNs."""

    config: PublishedConfig

    def __init__(self, config: PublishedConfig) -> None:
        widths = [config.channels] * (config.levels - 1)
        encoders = [
            nn.Sequential(
                *(CausalBlock(n, config, 2**i) for i, n in enumerate([len(group), *widths]))
            )
            for group in LEAD_GROUPS[config.groups]
        ]
        super().__init__(config, encoders, config.channels)

    def feature_maps(self, waveform: Tensor) -> Tensor:
        """[n, groups * channels, m]."""
        maps = [e(waveform[:, rows]) for e, rows in zip(self.encoders, self.rows, strict=True)]
        return torch.cat(maps, dim=1)
