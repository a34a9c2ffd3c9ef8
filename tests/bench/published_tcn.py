"""The TCN as Bai, Kolter and Koltun published it, written down as it stands in their paper.

The peer that our training speed is measured against, and the oracle of
:mod:`elvmass.model.nets.tcn_published`, which has the same weights and computes the same faster.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from elvmass.card import LEAD_GROUPS
from elvmass.model.nets.grouped import GroupedNet
from elvmass.model.nets.tcn_published import PublishedConfig


class CausalConvolution(nn.Module):
    """Padding on both sides, Conv1d, the future cut off, ReLU, dropout."""

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


class PlainPublishedNet(GroupedNet):
    """One encoder after the other; weights of the same names as in our faster way."""

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
