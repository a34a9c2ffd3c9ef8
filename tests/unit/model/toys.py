"""Small networks and bundles with made-up weights, for tests of model and train."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from helpers import toy_card

from elvmass.card import INPUT_SETS, BeatSpec, InputSpec
from elvmass.model.bundle import Bundle, Fold
from elvmass.model.conformal import PATTERNS, fold_residuals
from elvmass.model.net import MassNet, NetConfig, NetSettings, build_net
from elvmass.model.nets.kernel_path import KernelPath

SPEC = BeatSpec(rate_hz=100.0, before_s=0.3, after_s=0.5)  # 80 samples
NET = NetConfig(n_samples=80, channels=6, levels=3, kernel=3, projection=8, scalar_width=5,
                head_width=7)  # fmt: skip

MEANS = (60.0, 0.6, 165.0, 70.0, 50.0, 30.0, 40.0, 92.0)
SDS = (11.0, 0.49, 9.0, 12.0, 22.0, 35.0, 33.0, 10.0)


def input_spec(names: tuple[str, ...] = INPUT_SETS["model2"]) -> InputSpec:
    k = len(names)
    impute = tuple(0.5 if n == "sex_male" else m for n, m in zip(names, MEANS[:k], strict=True))
    return InputSpec(SPEC, names, impute, MEANS[:k], SDS[:k])


def lively(net: MassNet, seed: int) -> MassNet:
    """Weights large enough that the answer depends on the input visibly."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in net.named_parameters():
            if p.dim() == 1 and name.endswith("weight"):
                continue  # the gain of a normalisation
            spread = (2.0 / p[0].numel()) ** 0.5 if p.dim() > 1 else 0.1
            p.copy_(torch.randn(p.shape, generator=generator) * spread)
        for path in (m for m in net.modules() if isinstance(m, KernelPath)):
            for buffer in (path.basis, path.centres, path.weight):
                buffer.copy_(0.3 * torch.randn(buffer.shape, generator=generator))
            path.scale.fill_(0.3)
    return net.eval()


def toy_fold(seed: int, config: NetSettings = NET) -> Fold:
    rng = np.random.default_rng(seed)
    truth = rng.normal(110.0, 30.0, 60).clip(50)
    residuals = {
        name: fold_residuals(truth, truth * (1 + 0.05 * (k + 1) * rng.standard_normal(60)))
        for k, name in enumerate(PATTERNS)
    }
    return Fold(
        net=lively(build_net(config), seed),
        spec=input_spec(INPUT_SETS["model2"][: config.n_scalars]),
        target_mean_g=110.0 + seed,
        target_sd_g=30.0,
        mean_beat_mv=rng.normal(0.0, 0.3, (12, config.n_samples)).astype(np.float32),
        residuals=residuals,
    )


def toy_bundle(n_folds: int = 2, config: NetSettings = NET) -> Bundle:
    card = replace(toy_card(), sha256="")
    return Bundle(card, tuple(toy_fold(k, config) for k in range(n_folds)))
