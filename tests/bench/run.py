"""All measurements, one after the other: `make bench`.

Each prints ratios against a named peer that was measured in the same run, in alternating rounds,
so that a busy machine slows both alike. Nothing here passes or fails.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

BENCHES = (
    "startup.py",
    "latency.py",
    "frames.py",
    "reading.py",
    "signal_stage.py",
    "training_step.py",
    "long_conv.py",
    "inference.py",
    "explain.py",
)


def main() -> None:
    """Run every bench in a process of its own."""
    for name in BENCHES:
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, HERE / name], check=True)


if __name__ == "__main__":
    main()
