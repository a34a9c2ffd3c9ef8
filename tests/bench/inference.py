"""One beat by five fold models on one thread: prepared, against one after the other.

The networks are a bundled model's; the beat is noise, on which time does not depend. The last way
is a correction of the patient, for which the beat is encoded already. The bar of the whole is 8 ms
on an idle machine.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from typing import cast

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from elvmass.model.ensemble import encode
from elvmass.model.library import installed
from elvmass.model.net import ELVMassNet

ROUNDS = 40


def milliseconds(run: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    run()
    return 1e3 * (time.process_time() - start)


def main() -> None:
    """Alternate the ways; print the least and the median CPU time of each, and the ratio."""
    torch.set_num_threads(1)
    bundle = installed.open_bundle(installed.installed_models(installed.bundled_models())[0].card)
    nets = [cast(ELVMassNet, fold.net) for fold in bundle.folds]
    rng, spec = np.random.default_rng(0), bundle.spec
    beat = rng.standard_normal((1, 12, spec.beat.n_samples)).astype(np.float32)
    scalars = rng.standard_normal(len(spec.scalars)).astype(np.float32)
    waveform, features = torch.tensor(beat), torch.tensor(scalars)[None]
    known = encode(bundle, beat)
    ways: dict[str, Callable[[], object]] = {
        "one after the other": lambda: [net(waveform, features) for net in nets],
        "prepared": lambda: encode(bundle, beat).masses([scalars] * len(nets)),
        "prepared, beat known": lambda: known.masses([scalars] * len(nets)),
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
