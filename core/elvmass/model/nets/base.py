"""What all networks have in common: their settings' base and their signature."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class NetSettings:
    """Everything that the constructor of a network needs; stored with the weights.

    ``n_samples`` is the length of the waveform, ``n_scalars`` the number of scalar inputs (0: the
    ECG alone).
    """

    n_samples: int = 250
    n_scalars: int = 8


class MassNet(nn.Module):
    """A network from waveform and scalars to standardised left ventricular mass.

    The output is a z-score; the bundle holds the mean and SD that turn it into grams.
    """

    config: NetSettings

    def forward(self, waveform: Tensor, features: Tensor) -> Tensor:
        """Estimate standardised mass [n] from ``waveform`` [n, 12, m] mV, ``features`` [n, k]."""
        raise NotImplementedError

    def fit_inputs(self, waveform: Tensor) -> None:
        """Take the numbers that the network needs from the training waveforms [n, 12, m]."""

    def fit_target(self, variation: float) -> None:
        """Take the target's SD over its mean, if the network answers in logarithms."""

    def refresh(self) -> None:
        """Throw away what is drawn once for each epoch (dropout masks)."""
