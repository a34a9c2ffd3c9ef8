"""One epoch of 1,051 beats by our networks, against the TCN as it was published.

The published form (Bai et al. 2018): causal convolutions with chomp, weight normalisation, Conv1d,
float32, F.dropout, one encoder after the other, at the paper's 500 Hz. Ours, of the same sizes:
'same' padding, channels_last Conv2d, both encoders as one grouped convolution, dropout from a mask
pool, bf16 where the CPU has it. The two differ in padding and weight normalisation, which is
documented in `elvmass.model.nets.tcn`. The bundled recipe is what a user of this program trains:
the same code at 250 Hz, two samples pooled into one, one level less, and the kernel path; that it
errs no more is a question to `elvmass experiment` (rows `paper_model2`, `tcn_alone`,
`elvmass_model2`; see docs/experiment).

Optimiser steps of the variants alternate. The last column is the arithmetic of the convolutions,
per second, over what this machine reaches in one matrix product of their shape: all that faster
code could still win.
"""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import replace
from typing import NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from published_tcn import PlainPublishedNet
from torch import nn

from elvmass.model.net import NetConfig, build_net
from elvmass.model.nets.tcn_published import PublishedConfig
from elvmass.train.fitting.architecture import net_config
from elvmass.train.runtime.device import cpu_multiplies_bf16
from elvmass.train.settings.presets import preset

ROUNDS, BATCH, SAMPLES, SCALARS = 7, 32, 500, 8
STEPS_PER_EPOCH = 1051 / BATCH


class Variant(NamedTuple):
    """A network, the samples of its beats, those that its convolutions see, its precision."""

    net: nn.Module
    samples: int = SAMPLES
    seen: int = SAMPLES
    bf16: bool = False


def variants() -> dict[str, Variant]:
    """What is compared, by name; the first is the peer."""
    recipe = preset("elvmass", name="m", trained_on="random beats", simulated=True)
    bundled = net_config(replace(recipe, inputs="model2"))
    assert isinstance(bundled, NetConfig)
    lengths = (bundled.n_samples, -(-bundled.n_samples // bundled.pool))
    ours = NetConfig(n_samples=SAMPLES)
    found = {
        "published TCN, fp32": Variant(PlainPublishedNet(PublishedConfig(n_samples=SAMPLES))),
        "the same, our way": Variant(build_net(PublishedConfig(n_samples=SAMPLES))),
        "ours, fp32": Variant(build_net(ours)),
        "bundled recipe, fp32": Variant(build_net(bundled), *lengths),
    }
    if cpu_multiplies_bf16():  # elsewhere it is emulated, and nobody trains with it
        found["ours, bf16"] = Variant(build_net(ours), bf16=True)
        found["bundled recipe, bf16"] = Variant(build_net(bundled), *lengths, bf16=True)
    return found


def step_ms(variant: Variant, optimiser: torch.optim.Optimizer) -> float:
    """CPU milliseconds of one step on random beats."""
    x, z = torch.randn(BATCH, 12, variant.samples), torch.randn(BATCH, SCALARS)
    y = torch.randn(BATCH)
    start = time.process_time()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=variant.bf16):
        out = variant.net(x, z)
    optimiser.zero_grad()
    (out.float() - y).abs().mean().backward()
    optimiser.step()
    return 1e3 * (time.process_time() - start)


def convolution_gflop(variant: Variant) -> float:
    """Forward and backward of one step: three products for each weight, sample and beat."""
    weights = sum(m.weight.numel() for m in variant.net.modules() if isinstance(m, nn.Conv1d))
    return 3 * 2 * weights * variant.seen * BATCH / 1e9


def limit_gflop_s(dtype: torch.dtype) -> float:
    """Best of five products of the shape of a convolution: samples x channels * kernel."""
    a, b = torch.randn(SAMPLES * BATCH, 224, dtype=dtype), torch.randn(224, 32, dtype=dtype)
    seconds = []
    for _ in range(6):
        start = time.process_time()
        a @ b
        seconds.append(time.process_time() - start)
    return 2 * a.shape[0] * a.shape[1] * b.shape[1] / min(seconds[1:]) / 1e9


def main() -> None:
    """Alternate the variants and print medians, the median speed-up and the share of the limit."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    compared = variants()
    optimisers = {name: torch.optim.Adam(v.net.parameters()) for name, v in compared.items()}
    times: dict[str, list[float]] = {name: [] for name in compared}
    for round_ in range(ROUNDS + 1):
        for name, variant in compared.items():
            variant.net.train()
            taken = step_ms(variant, optimisers[name])
            if round_:
                times[name].append(taken)
    base = next(iter(times.values()))
    limits = {b: limit_gflop_s(torch.bfloat16 if b else torch.float32) for b in (False, True)}
    for name, taken in times.items():
        variant, median = compared[name], statistics.median(taken)
        speed_up = statistics.median(b / t for b, t in zip(base, taken, strict=True))
        share = 1e3 * convolution_gflop(variant) / median / limits[variant.bf16]
        print(f"{name:<22}{median:8.1f} ms a step {median / 1e3 * STEPS_PER_EPOCH:6.2f} s an epoch "
              f"{speed_up:6.2f} x faster {share:5.0%} of the matrix-multiply limit")  # fmt: skip


if __name__ == "__main__":
    main()
