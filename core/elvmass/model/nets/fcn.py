"""QMUL-like fully convolutional network (Naderi, Kaplan et al., Europace 2026, euag015).

Eight independent leads of the median beat (0.8 s at 500 Hz), three convolutions with batch
normalisation, global average, then the clinical values join.

Departures: our z-scored scalars instead of 16 min-max scaled clinical values (blood pressure and
others that an ECG file does not hold), and mass as target instead of indexed mass.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elvmass.model.nets.base import MassNet, NetSettings
from elvmass.model.nets.rows import RowConv, as_rows

INDEPENDENT_ROWS = [0, 1, 6, 7, 8, 9, 10, 11]  # I, II, V1-V6

#: (channels, kernel) of the three blocks.
BLOCKS: tuple[tuple[int, int], ...] = ((128, 8), (256, 5), (128, 3))
DROPOUT, HEAD_DROPOUT = 0.4, 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class FcnConfig(NetSettings):
    """Settings of :class:`FcnNet`; its widths are those of the publication."""

    n_samples: int = 400


class SameConv(nn.Module):
    """Convolution with 'same' padding; of an odd total, the larger part on the right (Keras)."""

    def __init__(self, n_in: int, n_out: int, kernel: int) -> None:
        super().__init__()
        self.conv = RowConv(n_in, n_out, kernel)
        self.left, self.right = (kernel - 1) // 2, kernel // 2

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, 1, m] to [n, out, 1, m]."""
        return torch.as_tensor(self.conv(F.pad(x, (self.left, self.right))))


class FcnNet(MassNet):
    """Beat [n, 12, m] mV and scalars to standardised mass."""

    config: FcnConfig

    def __init__(self, config: FcnConfig) -> None:
        super().__init__()
        self.config = config
        layers: list[nn.Module] = []
        n_in = len(INDEPENDENT_ROWS)
        for channels, kernel in BLOCKS:
            layers += [SameConv(n_in, channels, kernel), nn.BatchNorm2d(channels)]
            layers += [nn.LeakyReLU(), nn.MaxPool2d((1, 2), padding=(0, 1))]
            n_in = channels
        self.encoder = nn.Sequential(*layers, nn.Dropout(DROPOUT))
        merged = n_in + config.n_scalars
        self.head = nn.Sequential(
            nn.Linear(merged, merged), nn.LeakyReLU(), nn.Dropout(HEAD_DROPOUT),
            nn.Linear(merged, 1),
        )  # fmt: skip

    def forward(self, waveform: Tensor, features: Tensor) -> Tensor:
        """Estimate standardised mass [n] from ``waveform`` [n, 12, m] mV, ``features`` [n, k]."""
        # bf16 convolutions of 8 channels with kernel 8 are wrong in oneDNN 3.12 on CPUs with AMX
        with torch.autocast(waveform.device.type, enabled=False):
            code = self.encoder[0](as_rows(waveform[:, INDEPENDENT_ROWS]))
        code = self.encoder[1:](code).float().mean(dim=(2, 3))  # (n, 128, 1, m / 8) -> (n, 128)
        answer: Tensor = self.head(torch.cat([code, features], dim=1))
        return answer.float().squeeze(1)  # (n, 1) -> (n,)
