"""Augmentation of training batches: ``augment(waveform [n, 12, m] mV) -> [n, 12, m']``.

All randomness comes from torch's generator.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from elvmass.record import LIMB_WEIGHTS
from elvmass.train.settings.config import TrainConfig

Augment = Callable[[Tensor], Tensor]

#: How two recordings of one heart may differ (SD): rotation of the frontal plane, displacement of
#: each chest electrode in distances between neighbours, gain, noise. Our choice, not fitted.
ROTATION_DEG, DISPLACEMENT, GAIN, NOISE_MV = 5.0, 0.15, 0.05, 0.01


def make_augment(config: TrainConfig) -> Augment:
    """Return the augmentation of a configuration; "none" returns what it is given."""
    if config.augmentation == "crop":
        shortest = round(config.crop_s * config.beat.rate_hz)
        return lambda waveform: random_crop(waveform, shortest)
    return rerecord if config.augmentation == "rerecord" else _unchanged


def _unchanged(waveform: Tensor) -> Tensor:
    return waveform


def random_crop(waveform: Tensor, shortest: int) -> Tensor:
    """Crop each strip at a random place, to one random length for the batch.

    The paper's alternative to single beats; it states no lengths. In use the whole strip is seen.
    """
    n, leads, m = waveform.shape
    device = waveform.device
    length = int(torch.randint(min(shortest, m), m + 1, ()))
    start = torch.randint(0, m - length + 1, (n, 1), device=device)
    index = start + torch.arange(length, device=device)  # (n, length)
    return waveform.gather(2, index[:, None].expand(-1, leads, -1))


def rerecord(waveform: Tensor) -> Tensor:
    """Show each heart as another recording might: limb leads still obey Einthoven's law."""
    i, ii = waveform[:, 0], waveform[:, 1]
    limb = _rotate(i, ii, _normal(waveform, len(waveform), 1) * math.radians(ROTATION_DEG))
    chest = _displace(waveform[:, 6:], _normal(waveform, len(waveform), 6, 1) * DISPLACEMENT)
    eight = torch.cat([limb, chest], dim=1)  # (n, 8, m): I, II, V1-V6
    eight = eight * (1.0 + GAIN * _normal(waveform, len(waveform), 1, 1))
    eight = eight + NOISE_MV * torch.randn_like(eight)
    weights = torch.tensor(LIMB_WEIGHTS, dtype=eight.dtype, device=eight.device)  # (4, 2)
    return torch.cat([eight[:, :2], weights @ eight[:, :2], eight[:, 2:]], dim=1)


def _normal(like: Tensor, *shape: int) -> Tensor:
    return torch.randn(shape, dtype=like.dtype, device=like.device)


def _rotate(i: Tensor, ii: Tensor, angle: Tensor) -> Tensor:
    """[n, 2, m] leads I and II of a frontal vector [n, m] turned by ``angle`` [n, 1] radians."""
    x, y = i, (2.0 * ii - i) / math.sqrt(3.0)  # I points to 0°, II to 60°
    turned_x = x * angle.cos() - y * angle.sin()
    turned_y = x * angle.sin() + y * angle.cos()
    return torch.stack([turned_x, 0.5 * (turned_x + math.sqrt(3.0) * turned_y)], dim=1)


def _displace(chest: Tensor, shift: Tensor) -> Tensor:
    """Mix each chest lead [n, 6, m] with the neighbour that its electrode moved towards."""
    right = torch.cat([chest[:, 1:], chest[:, -1:]], dim=1)
    left = torch.cat([chest[:, :1], chest[:, :-1]], dim=1)
    towards = torch.where(shift > 0, right, left)
    return torch.lerp(chest, towards, shift.abs().clamp_max(1.0))
