"""LVM-AI (Khurshid et al. 2021, Circ Cardiovasc Imaging 14:e012281), to be trained again.

Without scalars this is the published ECG-only network: 1,047,497 parameters, verified by the size
of the published file. With scalars it is *LVM-AI-like*: each scalar has an encoder of its own and
is fused late, which is the likeliest layout of the published network with age, sex and BMI (its
file was never seen here; with its inputs and both heads that layout has 1,216,091 parameters).

Departures of the LVM-AI-like form: our z-scored scalars, the sex as one of them, instead of age,
one-hot sex and BMI; no second head for hypertrophy; dropout as configured (the published rates
are not known).

The network takes the whole 10-s recording at 500 Hz, raw. Like every network here it gets mV in
our lead order; its own order and scale are made inside.

Its convolutions over 71 samples go through the Fourier transform
(:mod:`elvmass.model.nets.long_conv`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elvmass.model.nets.base import MassNet, NetSettings
from elvmass.model.nets.long_conv import LongConv
from elvmass.record import LEADS

#: The order of the training data. It is not the usual aVR, aVL, aVF.
LVM_AI_LEADS: tuple[str, ...] = (
    "I", "II", "III", "V1", "V2", "V3", "V4", "V5", "V6", "aVF", "aVL", "aVR",
)  # fmt: skip
#: What 1 mV is to the network. The published code divides integers by 2000: these are most likely
#: counts of 5 µV; read as µV they are five times larger.
ECG_SCALES: dict[str, float] = {"counts5uv": 0.1, "microvolt": 0.5}

KERNEL = 71
STEM, DENSE_BLOCKS = 32, (32, 24, 16)
WIDTH = 32  # of all dense layers of the LVM-AI-like form
CONVOLUTIONS = 3  # of each dense block


@dataclass(frozen=True, slots=True, kw_only=True)
class LvmAiConfig(NetSettings):
    """Settings of :class:`LvmAiNet`.

    ``ecg_scale`` is a key of :data:`ECG_SCALES`; ``dropout`` acts on whole channels after
    convolutions and on units after dense layers, and only with scalars.
    """

    n_samples: int = 5000
    n_scalars: int = 0
    ecg_scale: str = "counts5uv"
    dropout: float = 0.0

    def __post_init__(self) -> None:
        if self.ecg_scale not in ECG_SCALES:
            raise ValueError(f"ecg_scale must be one of {sorted(ECG_SCALES)}")
        if self.n_samples < 8:
            raise ValueError(f"n_samples must be 8 or more, not {self.n_samples}")


class DenseBlock(nn.Module):
    """Three convolutions; each sees the block's input and all convolutions before it."""

    def __init__(self, n_in: int, filters: int, dropout: float) -> None:
        super().__init__()
        widths = [n_in + i * filters for i in range(CONVOLUTIONS)]
        self.convs = nn.ModuleList(LongConv(n, filters, KERNEL) for n in widths)
        self.dropout = nn.Dropout1d(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, m] to [n, filters, m]: the last convolution alone."""
        shape, seen = (x.shape[0], x.shape[2]), []
        for conv in self.convs:
            assert isinstance(conv, LongConv)
            seen.append(conv.spectrum(x))
            x = self.dropout(F.relu(conv.convolve(seen, shape)))
        return x


class LvmAiNet(MassNet):
    """Strip [n, 12, m] mV and scalars to standardised mass."""

    config: LvmAiConfig

    def __init__(self, config: LvmAiConfig) -> None:
        super().__init__()
        self.config = config
        self.rows = [LEADS.index(name) for name in LVM_AI_LEADS]
        dropout = config.dropout if config.n_scalars else 0.0
        self.stem = nn.Sequential(LongConv(12, STEM, KERNEL), nn.ReLU(), nn.Dropout1d(dropout))
        widths = (STEM, *DENSE_BLOCKS)
        self.blocks = nn.ModuleList(
            DenseBlock(n, filters, dropout)
            for n, filters in zip(widths, DENSE_BLOCKS, strict=False)
        )
        flat = config.n_samples // 2 ** len(DENSE_BLOCKS) * DENSE_BLOCKS[-1]
        if not config.n_scalars:
            self.ecg = nn.Sequential(*_dense(flat, 16, 64))
            self.scalars = nn.ModuleList()
            self.head = nn.Sequential(nn.Linear(64, 1))
        else:
            self._fuse_late(flat, dropout)
        self.apply(_start_as_keras)

    def _fuse_late(self, flat: int, dropout: float) -> None:
        """Make the encoders of code and scalars, and the head of the LVM-AI-like form."""
        self.ecg = nn.Sequential(*_dense(flat, WIDTH, WIDTH, dropout=dropout))
        self.scalars = nn.ModuleList(
            nn.Sequential(*_dense(1, WIDTH, WIDTH, dropout=dropout))
            for _ in range(self.config.n_scalars)
        )
        merged = WIDTH * (1 + self.config.n_scalars)
        self.head = nn.Sequential(
            *_dense(merged, WIDTH, WIDTH, dropout=dropout), nn.Linear(WIDTH, 1)
        )

    def forward(self, waveform: Tensor, features: Tensor) -> Tensor:
        """Estimate standardised mass [n] from ``waveform`` [n, 12, m] mV, ``features`` [n, k]."""
        leads = waveform[:, self.rows] * ECG_SCALES[self.config.ecg_scale]
        x = self.stem(leads)
        for block in self.blocks:
            x = block(F.max_pool1d(x, 2))  # (n, c, m) -> (n, filters, m // 2)
        codes = [self.ecg(x.transpose(1, 2).flatten(1))]  # time-major, as Keras
        codes += [encode(features[:, i, None]) for i, encode in enumerate(self.scalars)]
        answer: Tensor = self.head(torch.cat(codes, dim=1))
        return answer.float().squeeze(1)  # (n, 1) -> (n,)


def _start_as_keras(module: nn.Module) -> None:
    """Glorot weights, no bias: torch's own start lets a signal of 0.1 mV die in ten layers."""
    if isinstance(module, nn.Conv1d | nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        assert module.bias is not None
        nn.init.zeros_(module.bias)


def _dense(n_in: int, *widths: int, dropout: float = 0.0) -> Iterator[nn.Module]:
    for width in widths:
        yield nn.Linear(n_in, width)
        yield nn.ReLU()
        yield nn.Dropout(dropout)
        n_in = width
