"""Convolutions over time in the layout that CPUs compute fastest: [n, c, 1, m], channels last."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def as_rows(x: Tensor) -> Tensor:
    """[n, c, m] to [n, c, 1, m], channels last."""
    return x[:, :, None].contiguous(memory_format=torch.channels_last)


class RowConv(nn.Conv1d):
    """A Conv1d, with its weights and their start, computed on [n, c, 1, m]."""

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, 1, m] to [n, out, 1, m]."""
        return F.conv2d(
            x, self.weight[:, :, None], self.bias, padding=(0, int(self.padding[0])),
            dilation=(1, self.dilation[0]), groups=self.groups,
        )  # fmt: skip
