"""Fuzz every reader: `python tests/fuzz/run.py [--each 20000] [--only scp mfer]`.

Mutated files of every format go through :func:`elvmass.io.read`, each format in a process of its
own that may hold 500 MB more than the bare program. What comes out must be a complete Record or a
FileError, within two seconds. Everything else is written to the folder of finds with its seed.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from types import FrameType

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from fuzz.mutate import mutate  # noqa: E402
from unit.io.files.seeds import SEEDS, part_to_alter, write_seed  # noqa: E402

from elvmass import io  # noqa: E402
from elvmass.errors import FileError  # noqa: E402

SECONDS = 2.0
MEGABYTES = 500


class Hang(BaseException):
    """The two seconds are over; no `except Exception` may swallow it."""


def _alarm(_signal: int, _frame: FrameType | None) -> None:
    raise Hang


def campaign(name: str, count: int, finds: Path) -> dict[str, object]:
    """Read ``count`` mutations of one seed; returns the counts of what came out."""
    with tempfile.TemporaryDirectory(dir=_memory_folder()) as place:
        folder = Path(place)
        path = write_seed(name, folder)
        target = part_to_alter(name, path)
        intact = target.read_bytes()
        record = io.read(path)
        outcomes: Counter[str] = Counter()
        slowest = 0.0
        _limit_memory()
        signal.signal(signal.SIGALRM, _alarm)
        for seed in range(count):
            data = mutate(intact, np.random.default_rng(seed))
            target.write_bytes(data)
            start = time.perf_counter()
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            try:
                outcome = "read" if io.read(path).signal_mv.size else "empty"
            except FileError as error:
                outcome = type(error).__name__
            except Hang:
                outcome = "HANG"
            except BaseException as error:
                outcome = f"CRASH {type(error).__name__}"
                _keep(finds, name, seed, outcome, data)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            if outcome == "HANG":
                _keep(finds, name, seed, outcome, data)
            slowest = max(slowest, time.perf_counter() - start)
            outcomes[outcome] += 1
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return {
        "format": name, "inputs": count, "seconds_of_signal": record.duration_s,
        "slowest_s": round(slowest, 3), "peak_mb": peak, "outcomes": dict(outcomes),
    }  # fmt: skip


def _keep(finds: Path, name: str, seed: int, outcome: str, data: bytes) -> None:
    finds.mkdir(parents=True, exist_ok=True)
    (finds / f"{name}-{seed}.bin").write_bytes(data)
    (finds / f"{name}-{seed}.txt").write_text(f"{outcome}\n{traceback.format_exc()}")


def _memory_folder() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


def _limit_memory() -> None:
    """Count from what is mapped now, so that libraries do not use up the allowance."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MEGABYTES * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def main() -> int:
    """Run each format in a process of its own and print one line per format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=20000)
    parser.add_argument("--only", nargs="*", default=sorted(SEEDS))
    parser.add_argument("--finds", type=Path, default=Path(tempfile.gettempdir()) / "fuzz-finds")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        faulthandler.enable()
        warnings.simplefilter("ignore")
        print(json.dumps(campaign(args.child, args.each, args.finds)))
        return 0
    bad = 0
    for name in args.only:
        command = [sys.executable, __file__, "--child", name, "--each", str(args.each)]
        done = subprocess.run(
            [*command, "--finds", str(args.finds)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            bad += 1
            print(f"{name:<16} DIED with status {done.returncode}: {done.stderr[-2000:]}")
            continue
        result = json.loads(done.stdout.splitlines()[-1])
        bad += sum(n for k, n in result["outcomes"].items() if k.startswith(("CRASH", "HANG")))
        print(
            f"{name:<16} {result['inputs']:>6} inputs  slowest {result['slowest_s']:.2f} s  "
            f"peak {result['peak_mb']} MB  {result['outcomes']}",
            flush=True,
        )
    print("finds:", bad)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
