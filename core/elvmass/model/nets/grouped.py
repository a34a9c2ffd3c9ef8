"""The frame of eLVMass-Net around its encoders: lead groups, scalar branch, regressor.

Source: medRxiv 2024.02.19.24303061: one encoder per lead group, projection, scalar MLP, regressor.
The paper states no width; those are choices of ours, kept in :class:`GroupedSettings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elvmass.card import LEAD_GROUPS
from elvmass.model.nets.base import MassNet, NetSettings
from elvmass.model.nets.kernel_path import KernelPath


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedSettings(NetSettings):
    """Settings of the frame.

    Attributes
    ----------
    groups
        Key of :data:`elvmass.card.LEAD_GROUPS`.
    dropout
        In the encoders, after the projection, in the scalar MLP and in the regressor.
    projection, scalar_width, head_width
        Widths of the projection, of both layers of the scalar MLP and of the regressor.
    linear_path
        Add a linear map of beat and scalars to the output. Not in the paper: a small TCN needs
        several thousand patients to learn what a linear model reads from a thousand.
    kernel_centres, kernel_components
        Answer with the weighted mean of the encoders and of a kernel ridge regression with so many
        centres on so many principal components of the beat
        (:mod:`elvmass.model.nets.kernel_path`); 0 centres is none. Not in the paper.
    kernel_share
        Weight of the kernel path in that mean.
    log_mass
        The regressor answers in logarithms of mass, in which body size and voltage add up; the
        output is still a z-score of mass. Not in the paper.
    lead_zscore
        Z-score each lead with the mean and SD of the training waveforms. Off by default:
        hypertrophy is a sign of voltage.
    axis_columns
        Features that are angles in radians (see :func:`elvmass.model.inputs.fit_spec`) and enter
        as sine and cosine, so that -180° and 180° are the same.
    """

    groups: str = "limb_precordial"
    dropout: float = 0.2
    projection: int = 64
    scalar_width: int = 32
    head_width: int = 64
    linear_path: bool = False
    kernel_centres: int = 0
    kernel_components: int = 64
    kernel_share: float = 0.65
    log_mass: bool = False
    lead_zscore: bool = False
    axis_columns: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.groups not in LEAD_GROUPS:
            raise ValueError(f"groups must be one of {sorted(LEAD_GROUPS)}, not {self.groups!r}")
        if not 0.0 <= self.dropout < 1.0:
            raise ValueError(f"dropout must lie in [0, 1), not {self.dropout}")
        if self.kernel_centres < 0 or self.kernel_components < 1:
            raise ValueError("kernel_centres must be 0 or more, kernel_components 1 or more")
        if not 0.0 <= self.kernel_share <= 1.0:
            raise ValueError(f"kernel_share must lie in [0, 1], not {self.kernel_share}")
        if not set(self.axis_columns) <= set(range(self.n_scalars)):
            raise ValueError(f"axis_columns {self.axis_columns} are not all scalars")


class GroupedNet(MassNet):
    """Encoders of lead groups, and what turns their codes and the scalars into a mass.

    A subclass defines ``feature_maps`` and gives the encoders, each with ``width`` output channels.
    """

    config: GroupedSettings
    lead_mean_mv: Tensor
    lead_sd_mv: Tensor
    variation: Tensor

    def __init__(self, config: GroupedSettings, encoders: Sequence[nn.Module], width: int) -> None:
        super().__init__()
        self.config = config
        self.rows = [list(group) for group in LEAD_GROUPS[config.groups]]
        self.encoders = nn.ModuleList(encoders)
        self.project = nn.Linear(width * len(self.rows), config.projection)
        self.scalar_mlp = _scalar_mlp(config) if config.n_scalars else None
        merged = config.projection + (config.scalar_width if config.n_scalars else 0)
        self.hidden = nn.Linear(merged, config.head_width)
        self.out = nn.Linear(config.head_width, 1)
        n_linear = 12 * config.n_samples + config.n_scalars
        self.linear = nn.Linear(n_linear, 1) if config.linear_path else None
        if self.linear is not None:
            nn.init.zeros_(self.linear.weight)
            nn.init.zeros_(self.linear.bias)
        self.kernel = (
            KernelPath(
                config.n_samples, config.n_scalars, config.kernel_components, config.kernel_centres
            )
            if config.kernel_centres
            else None
        )
        if config.log_mass:
            self.register_buffer("variation", torch.ones(()))
        if config.lead_zscore:
            self.register_buffer("lead_mean_mv", torch.zeros(12, 1))
            self.register_buffer("lead_sd_mv", torch.ones(12, 1))

    def feature_maps(self, waveform: Tensor) -> Tensor:
        """[n, groups * width, m'] from [n, 12, m]: each encoder's output, group after group."""
        raise NotImplementedError

    def encode(self, waveform: Tensor) -> Tensor:
        """[n, groups * width] from [n, 12, m]: global average of the feature maps."""
        return self.feature_maps(waveform).float().mean(dim=2)

    def forward(self, waveform: Tensor, features: Tensor) -> Tensor:
        """Estimate standardised mass [n] from ``waveform`` [n, 12, m] mV, ``features`` [n, k]."""
        return self.regress(self.encode(self.scale(waveform)), waveform, features)

    def regress(self, code: Tensor, waveform: Tensor, features: Tensor) -> Tensor:
        """[n] from the code [n, groups * width] and what enters beside the encoders."""
        drop = self.config.dropout
        code = F.relu(self.project(code))  # (n, groups*c) -> (n, 64)
        code = F.dropout(code, drop, self.training)
        if self.scalar_mlp is not None:
            scalars = self.scalar_mlp(_with_angles(features, self.config.axis_columns))
            code = torch.cat([code, scalars], dim=1)  # (n, 64 + 32)
        hidden = F.dropout(F.relu(self.hidden(code)), drop, self.training)
        answer: Tensor = self.out(hidden).float().squeeze(1)  # (n, 1) -> (n,)
        if self.linear is not None:
            answer = answer + self._linear(waveform, features)
        if self.kernel is not None and not self.training:
            # encoders learn the whole mass, not what the path leaves over: that is mostly noise
            answer = torch.lerp(answer, self.kernel(waveform, features), self.config.kernel_share)
        return self._link(answer)

    def _link(self, answer: Tensor) -> Tensor:
        """Z-score of mass from the regressor's answer: mass = mean · exp(variation · answer)."""
        if not self.config.log_mass:
            return answer
        return torch.expm1(self.variation * answer) / self.variation

    def unlinked(self, target: Tensor) -> Tensor:
        """What the regressor must answer for the output to be ``target`` [n]."""
        if not self.config.log_mass:
            return target
        return torch.log1p(self.variation.to(target.dtype) * target) / self.variation

    def fit_inputs(self, waveform: Tensor) -> None:
        """Take mean and SD of each lead from the training waveforms, if they are z-scored."""
        if self.config.lead_zscore:
            sd, mean = torch.std_mean(waveform, dim=(0, 2))
            self.lead_mean_mv.copy_(mean[:, None])
            self.lead_sd_mv.copy_(sd[:, None].clamp_min(1e-3))  # a lead of 1 µV is a flat one

    def fit_target(self, variation: float) -> None:
        """Take the target's SD over its mean, for answers in logarithms."""
        if self.config.log_mass:
            self.variation.fill_(variation)

    def scale(self, waveform: Tensor) -> Tensor:
        """Millivolts as the encoders take them."""
        if not self.config.lead_zscore:
            return waveform
        return (waveform - self.lead_mean_mv) / self.lead_sd_mv

    def _linear(self, waveform: Tensor, features: Tensor) -> Tensor:
        """[n]; in float32 even under autocast, because its many small terms would round."""
        assert self.linear is not None
        flat = torch.cat([waveform.flatten(1), features], dim=1)  # (n, 12*m + k)
        with torch.autocast(waveform.device.type, enabled=False):
            return cast(Tensor, self.linear(flat)).squeeze(1)  # (n, 1) -> (n,)


def _with_angles(features: Tensor, columns: Sequence[int]) -> Tensor:
    """[n, k] -> [n, k + len(columns)]: angles become sines, in place, and cosines, at the end."""
    if not columns:
        return features
    angles = features[:, list(columns)]
    sines = features.clone()
    sines[:, list(columns)] = angles.sin()
    return torch.cat([sines, angles.cos()], dim=1)


def _scalar_mlp(config: GroupedSettings) -> nn.Sequential:
    width = config.scalar_width
    return nn.Sequential(
        nn.Linear(config.n_scalars + len(config.axis_columns), width),
        nn.ReLU(),
        nn.Dropout(config.dropout),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Dropout(config.dropout),
    )
