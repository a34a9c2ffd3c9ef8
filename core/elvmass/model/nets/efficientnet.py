"""eLVMass-Net with one EfficientNet-1D per lead group.

Source: Tan and Le 2019 (arXiv 1905.11946), network B0 with one-dimensional convolutions, after
Nonaka and Seita (CinC 2020), whose exact widths are not public. The paper of eLVMass-Net reports
that EfficientNet encoders over-fitted, hence the slim default (a quarter of the width of B0).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from elvmass.card import LEAD_GROUPS
from elvmass.model.nets.grouped import GroupedNet, GroupedSettings


class Stage(NamedTuple):
    """Blocks of one width; only the first has the stride."""

    expansion: int
    channels: int
    repeats: int
    kernel: int
    stride: int


#: B0. The strides, with the stem's, shorten the signal 32 times.
STAGES: tuple[Stage, ...] = (
    Stage(1, 16, 1, 3, 1),
    Stage(6, 24, 2, 3, 2),
    Stage(6, 40, 2, 5, 2),
    Stage(6, 80, 3, 3, 2),
    Stage(6, 112, 3, 5, 1),
    Stage(6, 192, 4, 5, 2),
    Stage(6, 320, 1, 3, 1),
)
STEM, HEAD = 32, 1280
#: Chance of leaving out the last block; earlier blocks in proportion (Huang et al. 2016).
STOCHASTIC_DEPTH = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class EfficientNetConfig(GroupedSettings):
    """Settings of :class:`EfficientNet1d`; ``width`` scales all channels of B0 (1.0: B0)."""

    width: float = 0.25

    def __post_init__(self) -> None:
        GroupedSettings.__post_init__(self)  # slots=True makes a new class: no plain super()
        if not self.width > 0:
            raise ValueError(f"width must be positive, not {self.width}")

    def scaled(self, channels: int) -> int:
        """Scale a width of B0, rounded to a multiple of 8 (at least 8, at most 10 % narrower)."""
        wanted = channels * self.width
        rounded = max(8, int(wanted + 4) // 8 * 8)
        return rounded + 8 if rounded < 0.9 * wanted else rounded


class SqueezeExcite(nn.Module):
    """Weigh channels by what the whole signal holds of them."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(
            nn.Linear(channels, squeezed), nn.SiLU(), nn.Linear(squeezed, channels), nn.Sigmoid()
        )

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, m] to [n, c, m]."""
        weight: Tensor = self.gate(x.mean(dim=2))  # (n, c, m) -> (n, c)
        return x * weight[:, :, None]


class MBConv(nn.Module):
    """Inverted bottleneck: expand, depthwise convolution, squeeze-excite, project, skip."""

    def __init__(self, n_in: int, stage: Stage, stride: int, skipped: float) -> None:
        super().__init__()
        wide = n_in * stage.expansion
        expand = _conv(n_in, wide, 1) if stage.expansion > 1 else []
        self.branch = nn.Sequential(
            *expand,
            *_conv(wide, wide, stage.kernel, stride, groups=wide),
            SqueezeExcite(wide, max(1, n_in // 4)),
            nn.Conv1d(wide, stage.channels, 1, bias=False),
            nn.BatchNorm1d(stage.channels),
        )
        self.skip = stride == 1 and n_in == stage.channels
        self.skipped = skipped

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, m] to [n, channels, m / stride]."""
        y: Tensor = self.branch(x)
        if not self.skip:
            return y
        if self.training and self.skipped > 0:
            kept = torch.rand(len(y), 1, 1, device=y.device) >= self.skipped
            y = y * kept / (1.0 - self.skipped)
        return x + y


class EfficientNet1d(GroupedNet):
    """Waveform and scalars to standardised mass, through EfficientNet encoders."""

    config: EfficientNetConfig

    def __init__(self, config: EfficientNetConfig) -> None:
        encoders = [_encoder(len(group), config) for group in LEAD_GROUPS[config.groups]]
        super().__init__(config, encoders, config.scaled(HEAD))

    def feature_maps(self, waveform: Tensor) -> Tensor:
        """[n, groups * width, m / 32].

        In float32 even under autocast: bf16 is no faster here, and the many normalisations make
        its rounding large.
        """
        with torch.autocast(waveform.device.type, enabled=False):
            parts = zip(self.encoders, self.rows, strict=True)
            return torch.cat([encoder(waveform[:, rows]) for encoder, rows in parts], dim=1)

    def encode(self, waveform: Tensor) -> Tensor:
        """[n, groups * width]: global average of the feature maps, with dropout."""
        return nn.functional.dropout(super().encode(waveform), self.config.dropout, self.training)


def _encoder(n_leads: int, config: EfficientNetConfig) -> nn.Sequential:
    stem, last = config.scaled(STEM), config.scaled(STAGES[-1].channels)
    return nn.Sequential(
        *_conv(n_leads, stem, 3, stride=2),
        *_blocks(stem, config),
        *_conv(last, config.scaled(HEAD), 1),
    )


def _blocks(n_in: int, config: EfficientNetConfig) -> Iterator[MBConv]:
    total = sum(stage.repeats for stage in STAGES)
    number = 0
    for b0 in STAGES:
        stage = b0._replace(channels=config.scaled(b0.channels))
        for repeat in range(stage.repeats):
            stride = stage.stride if repeat == 0 else 1
            yield MBConv(n_in, stage, stride, STOCHASTIC_DEPTH * number / total)
            n_in = stage.channels
            number += 1


def _conv(n_in: int, n_out: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    """Convolution without bias, normalisation, swish; an odd kernel, as much padding each side."""
    conv = nn.Conv1d(n_in, n_out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm1d(n_out), nn.SiLU()]
