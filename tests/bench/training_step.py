"""One optimiser step of our network, against the TCN as it was published.

The published form (Bai et al. 2018): causal convolutions with chomp, weight normalisation, Conv1d,
float32, F.dropout, one encoder after the other. Ours: 'same' padding, channels_last Conv2d, both
encoders as one grouped convolution, dropout from a mask pool, bf16 where the CPU has it. The two
differ in padding and weight normalisation, which is documented in `elvmass.model.net`.
"""

from __future__ import annotations

import os
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from elvmass.model.net import ELVMassNet, NetConfig

ROUNDS, BATCH, SAMPLES = 7, 32, 500


class Causal(nn.Module):
    """A convolution of the published TCN: pad both sides, then cut the future off."""

    def __init__(self, n_in: int, dilation: int) -> None:
        super().__init__()
        self.chomp = 6 * dilation
        conv = nn.Conv1d(n_in, 32, 7, padding=self.chomp, dilation=dilation)
        self.conv = weight_norm(conv)
        self.drop = nn.Dropout(0.2)

    def forward(self, x: Tensor) -> Tensor:
        return self.drop(torch.relu(self.conv(x)[..., : -self.chomp].contiguous()))


class PublishedBlock(nn.Module):
    """Two causal convolutions and a skip."""

    def __init__(self, n_in: int, dilation: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(Causal(n_in, dilation), Causal(32, dilation))
        self.skip = nn.Conv1d(n_in, 32, 1) if n_in != 32 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.branch(x) + self.skip(x))


class Published(nn.Module):
    """Two published TCNs, one per lead group, with the same head as ours in size."""

    def __init__(self) -> None:
        super().__init__()
        self.encoders = nn.ModuleList(
            nn.Sequential(*(PublishedBlock(6 if i == 0 else 32, 2**i) for i in range(6)))
            for _ in range(2)
        )
        self.scalars = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
        self.project = nn.Linear(64, 64)
        self.head = nn.Sequential(nn.Linear(96, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        code = torch.cat([e(x[:, 6 * i : 6 * i + 6]) for i, e in enumerate(self.encoders)], 1)
        merged = torch.cat([self.project(code.mean(2)).relu(), self.scalars(z)], 1)
        return self.head(merged).squeeze(1)


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
        "published TCN, fp32": (Published(), False),
        "ours, fp32": (ELVMassNet(ours), False),
        "ours, bf16": (ELVMassNet(ours), True),
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
