"""Reading ECG files: `elvmass.io.read` against ecgdatakit, and against the format's own library.

Same files, same process, alternating rounds, all to millivolts; libraries imported beforehand.
`io.read` also hashes the file and judges its plausibility, which no peer does: "decoding" is the
part that the peers do too. Uses the third-party files beside the checkout; a peer that cannot
read a file is left out.
"""

from __future__ import annotations

import json
import statistics
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

FORMATS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "formats"
ROUNDS = 15

Reader = Callable[[Path], object]


def peers(path: Path, folder: str) -> dict[str, Reader]:
    """Readers to compare with, by name."""
    from ecgdatakit.parsing.parser import FileParser

    found: dict[str, Reader] = {"ecgdatakit": lambda p: FileParser().parse(p)}
    if folder == "dicom":
        import pydicom

        found["pydicom"] = lambda p: pydicom.dcmread(p).waveform_array(0)
    if folder == "wfdb":
        import wfdb

        found["wfdb"] = lambda p: wfdb.rdrecord(str(p.with_suffix("")))
    if folder == "edf":
        found["pyedflib"] = _by_pyedflib
    return found


def _by_pyedflib(path: Path) -> object:
    import pyedflib

    with pyedflib.EdfReader(str(path)) as file:
        return [file.readSignal(k) for k in range(file.signals_in_file)]


def can(reader: Reader, path: Path) -> bool:
    """Whether a peer reads the file at all (and warm it up)."""
    try:
        reader(path)
    except Exception:
        return False
    return True


def milliseconds(reader: Reader, path: Path) -> float:
    """CPU time of one reading."""
    start = time.process_time()
    reader(path)
    return 1e3 * (time.process_time() - start)


def main() -> None:
    """One line per file: our median time and each peer's median ratio to it."""
    if not FORMATS.is_dir():
        print("no third-party files beside the checkout: nothing to compare")
        return
    from elvmass import io
    from elvmass.io.rawfile import load

    def decode(path: Path) -> object:
        raw = load(path)
        return import_module(f"elvmass.io.formats.{io.recognise(raw).module}").read(raw)

    warnings.simplefilter("ignore")
    entries = json.loads((FORMATS / "MANIFEST.json").read_text(encoding="utf-8"))["files"]
    by_format: dict[str, list[tuple[float, float]]] = {}
    for entry in entries:
        path, folder = FORMATS / entry["path"], entry["path"].split("/")[0]
        readers = {k: r for k, r in peers(path, folder).items() if can(r, path)}
        if not can(io.read, path):
            continue
        times = _race({"read": io.read, "decode": decode} | readers, path)
        whole, alone = statistics.median(times["read"]), statistics.median(times["decode"])
        words = "".join(f"  {n} {statistics.median(times[n]):6.2f}" for n in readers)
        print(f"{entry['id']:<40} read {whole:6.2f}  decoding {alone:6.2f} {words or ' -'}")
        if "ecgdatakit" in readers:
            shares = tuple(_ratio(times[k], times["ecgdatakit"]) for k in ("read", "decode"))
            by_format.setdefault(folder, []).append((shares[0], shares[1]))
    print("\nms CPU. Ours / ecgdatakit, median of a format's files (wanted: 1.2 at most, aim 0.5)")
    print(f"{'':<20}{'read':>8}{'decoding':>10}")
    for folder, pairs in by_format.items():
        read, alone = (statistics.median(column) for column in zip(*pairs, strict=True))
        print(f"{folder:<20}{read:8.2f}{alone:10.2f}")


def _race(readers: dict[str, Reader], path: Path) -> dict[str, list[float]]:
    """Times of each reader over alternating rounds."""
    times: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(ROUNDS):
        for name, reader in readers.items():
            times[name].append(milliseconds(reader, path))
    return times


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """Median over the rounds of our time in units of theirs."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


if __name__ == "__main__":
    main()
