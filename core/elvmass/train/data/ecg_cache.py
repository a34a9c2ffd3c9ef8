"""What one ECG file becomes for training, and a folder that keeps it for the next time.

The name of an entry is a hash of the file's content, of the beat that is asked for, and of the
code that reads and cuts: an entry can be used or deleted, never be out of date. Each appears by a
rename, so that an interrupted preparation loses only the ECGs in hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import safetensors.numpy
from safetensors import SafetensorError, safe_open

import elvmass
import elvmass.io
import elvmass.model.inputs
import elvmass.signal
from elvmass.card import BeatSpec
from elvmass.errors import CohortError
from elvmass.model.inputs import Float32Array
from elvmass.record import FloatArray
from elvmass.train.data.measurements import EcgMeasurements
from elvmass.train.runtime.atomic import write_atomically

_FORMAT = "1"


class PreparedEcg(NamedTuple):
    """One ECG as models and rivals take it, before the table says more about the patient.

    Attributes
    ----------
    waveform
        [12, m] mV, what the models see.
    scalars
        [8] in the order of :data:`elvmass.model.inputs.ALL_SCALARS`, of the file alone.
    measurements
        Our own.
    codes
        Of the notices on the signal.
    recorded_on
        Day of the recording, if the file says.
    """

    waveform: Float32Array
    scalars: FloatArray
    measurements: EcgMeasurements
    codes: frozenset[str]
    recorded_on: date | None


class Unusable(NamedTuple):
    """An ECG that became no beat: the step of :data:`~elvmass.train.data.flow.STEPS`, and why."""

    step: str
    reason: str


Outcome = PreparedEcg | Unusable


@dataclass(frozen=True, slots=True)
class EcgCache:
    """Outcomes by key, one file each, in ``folder``; None keeps nothing."""

    folder: Path | None
    spec: BeatSpec

    def key(self, path: Path) -> str | None:
        """Name of the entry of an ECG file; None if it is not kept or cannot be read."""
        if self.folder is None:
            return None
        digest = hashlib.sha256(f"{_code()} {self.spec}".encode())
        try:
            for part in sorted(_parts(path)):
                digest.update(hashlib.sha256(part.read_bytes()).digest())
        except OSError:
            return None
        return digest.hexdigest()

    def get(self, key: str | None) -> Outcome | None:
        """Outcome kept under a key; None if there is none, or it is damaged."""
        if self.folder is None or key is None:
            return None
        try:
            with safe_open(_at(self.folder, key), framework="numpy") as entry:
                facts = json.loads((entry.metadata() or {})["facts"])
                if "step" in facts:
                    return Unusable(**facts)
                day = facts["recorded_on"]
                return PreparedEcg(
                    waveform=entry.get_tensor("waveform"),
                    scalars=entry.get_tensor("scalars"),
                    measurements=EcgMeasurements(
                        *(entry.get_tensor(name) for name in EcgMeasurements._fields)
                    ),
                    codes=frozenset(facts["codes"]),
                    recorded_on=date.fromisoformat(day) if day else None,
                )
        except (OSError, SafetensorError):
            return None

    def put(self, key: str | None, outcome: Outcome) -> None:
        """Keep an outcome.

        Raises
        ------
        CohortError
            If the folder cannot be written.
        """
        if self.folder is None or key is None:
            return
        try:
            write_atomically(_at(self.folder, key), _encode(outcome))
        except OSError as error:
            raise CohortError(
                f"Prepared ECGs cannot be kept in {self.folder} ({error.strerror}). Choose "
                "another folder with --cache, or keep none with --no-cache."
            ) from error


def _at(folder: Path, key: str) -> Path:
    return folder / key[:2] / f"{key[2:]}.safetensors"


def _encode(outcome: Outcome) -> bytes:
    if isinstance(outcome, Unusable):
        return bytes(safetensors.numpy.save({}, {"facts": json.dumps(outcome._asdict())}))
    day = outcome.recorded_on
    facts = {"codes": sorted(outcome.codes), "recorded_on": day.isoformat() if day else None}
    tensors = {
        "waveform": outcome.waveform,
        "scalars": outcome.scalars,
        **outcome.measurements._asdict(),
    }
    return bytes(safetensors.numpy.save(tensors, {"facts": json.dumps(facts)}))


@cache
def _code() -> str:
    """Hash of everything that an outcome depends on besides file and beat specification."""
    digest = hashlib.sha256(f"{_FORMAT} {elvmass.__version__}".encode())
    for source in sources():
        if source.is_file():  # a frozen program has its version alone
            digest.update(source.read_bytes())
    return digest.hexdigest()


def sources() -> list[Path]:
    """Every module that reads or prepares an ECG; of readers and stages those of all rooms."""
    here = Path(__file__).parent
    found = [
        Path(str(elvmass.model.inputs.__file__)),
        here / "prepare_cohort.py",
        here / "measurements.py",
    ]
    for package in (elvmass.io, elvmass.signal):
        found += sorted(Path(str(package.__file__)).parent.rglob("*.py"))
    return found


def _parts(path: Path) -> set[Path]:
    """All files of an ECG: the file itself; of a WFDB record its headers and signal files."""
    headers = {path.with_name(f"{path.name}.hea"), path.with_suffix(".hea")}
    waiting = [part for part in {path, *headers} if part.is_file()]
    found: set[Path] = set()
    while waiting:
        part = waiting.pop()
        if part not in found:
            found.add(part)
            waiting += _named_in(part)
    return found


def _named_in(header: Path) -> Iterator[Path]:
    """Files beside a WFDB header that its lines name: signal files, or headers of segments."""
    if header.suffix != ".hea":
        return
    for line in header.read_text(encoding="latin-1").splitlines():
        name = (line.split() or [""])[0]
        for part in (header.parent / name, header.parent / f"{name}.hea"):
            if name and Path(name).name == name and part.is_file():
                yield part
