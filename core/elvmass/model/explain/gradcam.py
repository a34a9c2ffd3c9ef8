"""Grad-CAM of each encoder (Selvaraju et al. 2017, arXiv 1610.02391), in grams.

One map for each lead group, shared evenly by its leads: an encoder mixes them in its first layer.
Negative evidence is kept (no final rectifier): in a regression it is as telling as positive.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F

from elvmass.errors import ConfigError
from elvmass.model.explain.attribution import Attribution, Case, masses
from elvmass.model.nets.grouped import GroupedNet


def gradcam(cases: Sequence[Case]) -> list[Attribution]:
    """Feature maps of the encoders, weighted by what each channel's mean is worth.

    Raises
    ------
    ConfigError
        If the network has no encoders of lead groups.
    """
    return [_gradcam(case) for case in cases]


def _gradcam(case: Case) -> Attribution:
    net = case.fold.net
    if not isinstance(net, GroupedNet):
        raise ConfigError(
            "Grad-CAM needs a network with one encoder for each lead group; choose another method "
            "for this model."
        )
    inputs = case.waveform[None], case.features[None]
    with torch.no_grad():
        maps = net.feature_maps(net.scale(inputs[0])).float()  # (1, groups*c, m')
    code = maps.mean(dim=2).requires_grad_()
    with torch.enable_grad():
        answer = net.regress(code, *inputs).sum()
    (worth,) = torch.autograd.grad(answer, code)
    by_channel = worth[0, :, None] * maps[0] / maps.shape[2]  # (groups*c, m'), sums to worth * code
    by_group = by_channel.reshape(len(net.rows), -1, maps.shape[2]).sum(dim=1)
    m = case.waveform.shape[1]
    cam = F.interpolate(by_group[None], m, mode="linear")[0] * (maps.shape[2] / m)
    samples = np.zeros(case.waveform.shape)
    for rows, lead_map in zip(net.rows, cam.double().numpy(), strict=True):
        samples[rows] = case.fold.target_sd_g * lead_map / len(rows)
    flat = masses(case.fold, torch.zeros_like(inputs[0]), inputs[1])
    return Attribution(samples, None, float(flat[0]), float(masses(case.fold, *inputs)[0]))
