"""One optimiser step of our network, against the TCN as it was published.

The published form (Bai et al. 2018): causal convolutions with chomp, weight normalisation, Conv1d,
float32, F.dropout, one encoder after the other. Ours: 'same' padding, channels_last Conv2d, both
encoders as one grouped convolution, dropout from a mask pool, bf16 where the CPU has it. The two
differ in padding and weight normalisation, which is documented in `elvmass.model.nets.tcn`.
"""

from __future__ import annotations

import os
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
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


def main() -> None:
    """Alternate the variants and print medians and the median speed-up."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    ours = NetConfig(n_samples=SAMPLES)
    variants: dict[str, tuple[nn.Module, bool]] = {
        "published TCN, fp32": (build_net(PublishedConfig(n_samples=SAMPLES)), False),
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
    for name, taken in times.items():
        speed_up = statistics.median(b / t for b, t in zip(base, taken, strict=True))
        print(f"{name:<24}{statistics.median(taken):8.1f} ms CPU   {speed_up:5.2f} x faster")


if __name__ == "__main__":
    main()
