"""One optimiser step of LVM-AI's network, against the same network with direct convolutions.

Both hold the same weights and run in float32; the peer is torch's own convolution in its fastest
layout on a CPU, channels last.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from elvmass.model.net import build_net
from elvmass.model.nets.long_conv import LongConv
from elvmass.model.nets.lvm_ai import LvmAiConfig
from elvmass.model.nets.rows import as_rows

ROUNDS, BATCH, SAMPLES = 3, 16, 5000


class DirectConv(LongConv):
    """The same convolution without the transform."""

    def spectrum(self, x: Tensor) -> Tensor:
        return x

    def convolve(self, spectra: Sequence[Tensor], shape: tuple[int, int]) -> Tensor:
        x = as_rows(torch.cat(list(spectra), dim=1))
        same = self.kernel_size[0] // 2
        return F.conv2d(x, self.weight[:, :, None], self.bias, padding=(0, same))[:, :, 0]


def step_ms(net: nn.Module, optimiser: torch.optim.Optimizer) -> float:
    """CPU milliseconds of one step on random strips."""
    x, z, y = torch.randn(BATCH, 12, SAMPLES), torch.randn(BATCH, 8), torch.randn(BATCH)
    start = time.process_time()
    optimiser.zero_grad()
    (net(x, z) - y).abs().mean().backward()
    optimiser.step()
    return 1e3 * (time.process_time() - start)


def main() -> None:
    """Alternate the two and print medians and the median speed-up."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    nets = {name: build_net(LvmAiConfig(n_scalars=8)) for name in ("direct", "spectra")}
    for module in nets["direct"].modules():
        if isinstance(module, LongConv):
            module.__class__ = DirectConv
    optimisers = {name: torch.optim.RAdam(net.parameters()) for name, net in nets.items()}
    times: dict[str, list[float]] = {name: [] for name in nets}
    for round_ in range(ROUNDS + 1):
        for name, net in nets.items():
            taken = step_ms(net.train(), optimisers[name])
            if round_:
                times[name].append(taken)
    pairs = zip(times["direct"], times["spectra"], strict=True)
    speed_up = statistics.median(one / other for one, other in pairs)
    for name, taken in times.items():
        ratio = speed_up if name == "spectra" else 1.0
        print(f"LVM-AI, {name:<16}{statistics.median(taken):8.1f} ms CPU   {ratio:5.2f} x faster")


if __name__ == "__main__":
    main()
