"""One beat by five fold models on one thread: side by side, against one after the other.

The networks are those of the bundled recipe (random weights; time does not depend on them). The
bar is 8 ms on an idle machine.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import cast

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch

from elvmass.model.net import ELVMassNet, build_net
from elvmass.model.nets.tcn import answers
from elvmass.train.architecture import net_config
from elvmass.train.presets import preset

ROUNDS, FOLDS = 40, 5


def milliseconds(run: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    run()
    return 1e3 * (time.process_time() - start)


def main() -> None:
    """Alternate both ways; print the least and the median CPU time of each, and the ratio."""
    torch.set_num_threads(1)
    config = net_config(preset("elvmass", name="m", trained_on="simulated ECGs", simulated=True))
    nets = [cast(ELVMassNet, build_net(config).eval()) for _ in range(FOLDS)]
    waveform, features = torch.randn(1, 12, config.n_samples), torch.randn(1, config.n_scalars)
    ways: dict[str, Callable[[], object]] = {
        "one after the other": lambda: [net(waveform, features) for net in nets],
        "side by side": lambda: answers(nets, waveform, [features] * FOLDS),
    }
    with torch.inference_mode():
        for way in ways.values():
            way()
        times = [{name: milliseconds(way) for name, way in ways.items()} for _ in range(ROUNDS)]
    first = next(iter(ways))
    for name in ways:
        each = [t[name] for t in times]
        ratio = statistics.median(t[first] / t[name] for t in times)
        print(
            f"{name:<20} least {min(each):5.1f} ms, median {statistics.median(each):5.1f} ms, "
            f"{ratio:.2f} times as fast as {first}"
        )


if __name__ == "__main__":
    main()
