"""One optimiser step of our network, against the TCN as it was published.

The published form (Bai et al. 2018): causal convolutions with chomp, weight normalisation, Conv1d,
float32, F.dropout, one encoder after the other. Ours: 'same' padding, channels_last Conv2d, both
encoders as one grouped convolution, dropout from a mask pool, bf16 where the CPU has it. The two
differ in padding and weight normalisation, which is documented in `elvmass.model.nets.tcn`.

The last column is the arithmetic of the convolutions, per second, over what this machine reaches in
one matrix product of their shape: all that faster code could still win.
"""

from __future__ import annotations

import os
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from published_tcn import PlainPublishedNet
from torch import nn

from elvmass.model.net import NetConfig, build_net
from elvmass.model.nets.tcn_published import PublishedConfig

ROUNDS, BATCH, SAMPLES = 7, 32, 500


def step_ms(net: nn.Module, optimiser: torch.optim.Optimizer, bf16: bool) -> float:
    """CPU milliseconds of one step on random beats."""
    x, z, y = torch.randn(BATCH, 12, SAMPLES), torch.randn(BATCH, 8), torch.randn(BATCH)
    start = time.process_time()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        out = net(x, z)
    optimiser.zero_grad()
    (out.float() - y).abs().mean().backward()
    optimiser.step()
    return 1e3 * (time.process_time() - start)


def convolution_gflop(net: nn.Module) -> float:
    """Forward and backward of one step: three products for each weight, sample and beat."""
    weights = sum(m.weight.numel() for m in net.modules() if isinstance(m, nn.Conv1d))
    return 3 * 2 * weights * SAMPLES * BATCH / 1e9


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
    ours = NetConfig(n_samples=SAMPLES)
    variants: dict[str, tuple[nn.Module, bool]] = {
        "published TCN, fp32": (PlainPublishedNet(PublishedConfig(n_samples=SAMPLES)), False),
        "the same, our way": (build_net(PublishedConfig(n_samples=SAMPLES)), False),
        "ours, fp32": (build_net(ours), False),
        "ours, bf16": (build_net(ours), True),
    }
    optimisers = {n: torch.optim.Adam(net.parameters()) for n, (net, _) in variants.items()}
    times: dict[str, list[float]] = {name: [] for name in variants}
    for round_ in range(ROUNDS + 1):
        for name, (net, bf16) in variants.items():
            taken = step_ms(net.train(), optimisers[name], bf16)
            if round_:
                times[name].append(taken)
    base = times["published TCN, fp32"]
    gflop = convolution_gflop(variants["ours, fp32"][0])
    limits = {b: limit_gflop_s(torch.bfloat16 if b else torch.float32) for b in (False, True)}
    for name, taken in times.items():
        speed_up = statistics.median(b / t for b, t in zip(base, taken, strict=True))
        share = 1e3 * gflop / statistics.median(taken) / limits[variants[name][1]]
        print(f"{name:<24}{statistics.median(taken):8.1f} ms CPU   {speed_up:5.2f} x faster   "
              f"{share:4.0%} of the matrix-multiply limit")  # fmt: skip


if __name__ == "__main__":
    main()
