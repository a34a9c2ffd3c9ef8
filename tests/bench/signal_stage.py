"""From a record to a delineated beat: ours on twelve leads, against neurokit2 on one.

neurokit2's road is `ecg_clean`, `ecg_peaks` and `ecg_delineate` on lead II; ours filters twelve
leads, finds the beats on all of them, cuts and delineates one beat and measures it.
"""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable

import numpy as np

import elvmass
import elvmass_resources
from elvmass.card import BeatSpec
from elvmass.signal.prepare import prepare

ROUNDS = 15


def milliseconds(call: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = time.process_time()
    call()
    return 1e3 * (time.process_time() - start)


def main() -> None:
    """Alternate the two roads and print medians and the median ratio."""
    import neurokit2 as nk

    record = elvmass.read(elvmass_resources.path("examples", "simulated_man_normal.xml"))
    lead_ii = np.array(record.lead("II"))

    def theirs(method: str) -> Callable[[], object]:
        def road() -> object:
            clean = nk.ecg_clean(lead_ii, record.rate_hz, method="neurokit")
            _, peaks = nk.ecg_peaks(clean, record.rate_hz)
            return nk.ecg_delineate(clean, peaks, record.rate_hz, method=method)

        return road

    warnings.simplefilter("ignore")  # neurokit2's own
    roads = {
        "ours, 12 leads": lambda: prepare(record, BeatSpec()),
        "neurokit2 dwt, lead II": theirs("dwt"),
        "neurokit2 prominence, lead II": theirs("prominence"),
    }
    times: dict[str, list[float]] = {name: [] for name in roads}
    for round_ in range(ROUNDS + 1):
        for name, road in roads.items():
            taken = milliseconds(road)
            if round_:  # the first round warms up
                times[name].append(taken)
    ours = times["ours, 12 leads"]
    for name, taken in times.items():
        ratios = [t / o for t, o in zip(taken, ours, strict=True)]
        print(f"{name:<32}{statistics.median(taken):8.1f} ms CPU   "
              f"{statistics.median(ratios):6.2f} x ours")  # fmt: skip


if __name__ == "__main__":
    main()
