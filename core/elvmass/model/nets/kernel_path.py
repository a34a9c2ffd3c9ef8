"""The kernel path: ridge regression with a Gaussian kernel, solved in closed form, in a network.

Not in the paper: a recipe of ours. A convolutional network needs several thousand patients to
learn what kernel ridge regression reads from a thousand, and the two err differently, so their mean
errs less than either (``train/fitting/kernel.py`` fits the path; ``PRESETS`` has the recipe).

The path sees the eight independent leads in millivolts, averaged in bins, on their principal
components, and the z-scored scalars. Its answer is smooth in every sample, so that gradients
explain it as they explain the encoders. Its centres are mixtures of two patients each: no patient's
beat stands in a bundle. All numbers are buffers: gradient descent leaves them as they were solved.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

#: Rows of I, II, V1-V6; the other four leads are sums of I and II.
EIGHT_ROWS = (0, 1, 6, 7, 8, 9, 10, 11)
#: Samples that are averaged: at 250 Hz, 12 ms.
BIN = 3


class KernelPath(nn.Module):
    """Answer = level + Σ weight · exp(-squared distance to a centre).

    Attributes
    ----------
    mean_mv, basis
        [d] mean of the binned beat and [d, p] its principal components, d = 8 · ⌈m / BIN⌉.
    scale
        [p + k] how much a difference in each component (per mV) and scalar (per SD) separates.
    centres, weight, level
        [c, p + k] after scaling, [c], and a scalar.
    """

    mean_mv: Tensor
    basis: Tensor
    centres: Tensor
    weight: Tensor
    scale: Tensor
    level: Tensor

    def __init__(self, n_samples: int, n_scalars: int, components: int, centres: int) -> None:
        super().__init__()
        d = len(EIGHT_ROWS) * -(-n_samples // BIN)
        p = min(components, d)
        self.register_buffer("mean_mv", torch.zeros(d))
        self.register_buffer("basis", torch.zeros(d, p))
        self.register_buffer("centres", torch.zeros(centres, p + n_scalars))
        self.register_buffer("weight", torch.zeros(centres))
        self.register_buffer("scale", torch.ones(p + n_scalars))
        self.register_buffer("level", torch.zeros(()))

    def forward(self, waveform: Tensor, features: Tensor) -> Tensor:
        """[n] from ``waveform`` [n, 12, m] mV and ``features`` [n, k]."""
        with torch.autocast(waveform.device.type, enabled=False):
            near = similarities(self.place(waveform, features), self.centres)
            return near @ self.weight + self.level

    def reset_parameters(self) -> None:
        """Random weights whose answers spread by about 1, as explanations are tested with."""
        drawn = torch.randn_like(self.weight)
        self.weight.copy_(5.0 * (drawn - drawn.mean()) / len(drawn) ** 0.5)
        self.level.zero_()

    def place(self, waveform: Tensor, features: Tensor) -> Tensor:
        """[n, p + k] where each patient stands: scaled principal components, then scalars."""
        beat = (binned(waveform) - self.mean_mv) @ self.basis  # (n, d) -> (n, p)
        return torch.cat([beat, features.to(beat.dtype)], dim=1) * self.scale


def binned(waveform: Tensor) -> Tensor:
    """[n, 8 * ceil(m / BIN)] from [n, 12, m]: eight leads averaged in bins, float32."""
    eight = waveform[:, list(EIGHT_ROWS)].float()
    padded = F.pad(eight, (0, -eight.shape[2] % BIN), mode="replicate")
    return F.avg_pool1d(padded, BIN).flatten(1)


def similarities(places: Tensor, centres: Tensor) -> Tensor:
    """[n, c] Gaussian kernel between places [n, q] and centres [c, q]."""
    squared = (
        places.square().sum(dim=1, keepdim=True)
        - 2.0 * places @ centres.T
        + centres.square().sum(dim=1)
    )
    return torch.exp(-squared.clamp_min(0.0))
