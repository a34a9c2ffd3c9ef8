"""Values that come from an ECG file: leads, patient, reported measurements, the record itself.

Every quantity carries its unit in its name and is converted at the edge (the readers), once.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: The one lead order of the program: row i of every 12-lead array is lead ``LEADS[i]``.
LEADS: tuple[str, ...] = (
    "I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6",
)  # fmt: skip
LEAD_INDEX: dict[str, int] = {name: row for row, name in enumerate(LEADS)}

#: Rows of the two groups of the paper's electrical-orientation grouping.
LIMB_ROWS: tuple[int, ...] = (0, 1, 2, 3, 4, 5)
PRECORDIAL_ROWS: tuple[int, ...] = (6, 7, 8, 9, 10, 11)
#: Weights of I and II in III, aVR, aVL and aVF (Einthoven, Goldberger).
LIMB_WEIGHTS: tuple[tuple[float, float], ...] = (
    (-1.0, 1.0), (-0.5, -0.5), (1.0, -0.5), (-0.5, 1.0),
)  # fmt: skip


class Sex(str, Enum):
    """Sex as the models and thresholds need it; an unknown sex is None, never a default."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the user must know about a value. ``code`` is stable, ``message`` is English."""

    code: str
    message: str


#: What a person may have, whoever says so: files, tables, options, the viewer's fields. What lies
#: outside is a slip or another unit (1.75 m, 69 inches).
AGE_YEARS, HEIGHT_CM, WEIGHT_KG = (0.0, 120.0), (100.0, 250.0), (20.0, 350.0)


@dataclass(frozen=True, slots=True)
class Patient:
    """Who was recorded. Anything may be None. ``id`` and ``name`` never show in ``repr``."""

    sex: Sex | None = None
    age_years: float | None = None
    height_cm: float | None = None
    weight_kg: float | None = None
    id: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Measurements:
    """Global ECG measurements of one origin: the device's, or ours; never a mixture."""

    rate_bpm: float | None = None
    pr_ms: float | None = None
    qrs_ms: float | None = None
    qt_ms: float | None = None
    qtc_ms: float | None = None
    p_axis_deg: float | None = None
    qrs_axis_deg: float | None = None
    t_axis_deg: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LeadMeasurements:
    """Waves of one beat, lead by lead: each field [12] in the order of :data:`LEADS`.

    Amplitudes in mV against the isoelectric level just before QRS (P: against the line between
    its ends); NaN where the lead has no such wave. A purely negative QRS complex counts as S, as
    the voltage criteria read it.

    Attributes
    ----------
    p_mv, p_terminal_mv, p_terminal_ms
        Largest deflection of P with its sign; depth (positive) and duration of a negative end
        of P, 0 without one.
    q_mv, r_mv, s_mv, r2_mv
        Depth of Q, height of R, depth of S, height of a second positive wave (R'), all positive.
    st_j_mv, st_j60_mv
        Level at J and 60 ms later, with its sign.
    t_mv
        Largest deflection of T with its sign.
    intrinsicoid_ms
        From the global QRS onset to the peak of the tallest positive wave.
    """

    p_mv: FloatArray
    p_terminal_mv: FloatArray
    p_terminal_ms: FloatArray
    q_mv: FloatArray
    r_mv: FloatArray
    s_mv: FloatArray
    r2_mv: FloatArray
    st_j_mv: FloatArray
    st_j60_mv: FloatArray
    t_mv: FloatArray
    intrinsicoid_ms: FloatArray

    def __post_init__(self) -> None:
        _freeze_leads(self)


@dataclass(frozen=True, slots=True, eq=False)
class LeadQuality:
    """How well each lead was recorded: each field [12] in the order of :data:`LEADS`.

    Attributes
    ----------
    noise_mv
        Rms deviation of the usual beat from the representative one.
    wander_mv
        Span of the baseline, taken once a second.
    off_s
        Longest time during which the lead did not move at all, seconds.
    """

    noise_mv: FloatArray
    wander_mv: FloatArray
    off_s: FloatArray

    def __post_init__(self) -> None:
        _freeze_leads(self)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record came from: file, format in words ("GE MUSE XML"), SHA-256 of the bytes."""

    path: Path | None = field(default=None, repr=False)
    format: str = ""
    sha256: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One 12-lead ECG as it was recorded, before any filter of ours.

    Attributes
    ----------
    signal_mv
        [12, n] float64, millivolts, read-only, rows in the order of :data:`LEADS`. NaN marks
        gaps that the file declares.
    rate_hz
        Samples per second.
    patient, reported
        What the file says about the patient, and what the device measured.
    recorded_at
        Local time of the recording, if the file says.
    derived_leads
        Leads that the file does not store and that were computed from others (Einthoven,
        Goldberger).
    device_filter
        The filter that the device applied, in words ("0.05-150 Hz, notch 60 Hz"), or "".
    notices
        What the reader had to guess, repair or doubt.
    """

    signal_mv: FloatArray
    rate_hz: float
    patient: Patient = Patient()
    reported: Measurements = Measurements()
    recorded_at: datetime | None = None
    source: Source = Source()
    derived_leads: tuple[str, ...] = ()
    device_filter: str = ""
    notices: tuple[Notice, ...] = ()

    def __post_init__(self) -> None:
        signal = freeze(self.signal_mv)
        if signal.ndim != 2 or signal.shape[0] != len(LEADS) or signal.shape[1] == 0:
            raise ValueError(f"signal_mv must be [12, n > 0], not {signal.shape}")
        if not self.rate_hz > 0:
            raise ValueError(f"rate_hz must be positive, not {self.rate_hz}")
        if np.isinf(signal).any():
            raise ValueError("signal_mv holds infinite values")
        object.__setattr__(self, "signal_mv", signal)

    @property
    def duration_s(self) -> float:
        """Length of the recording in seconds."""
        return float(self.signal_mv.shape[1] / self.rate_hz)

    def lead(self, name: str) -> FloatArray:
        """One lead [n] in mV by its standard name."""
        row: FloatArray = self.signal_mv[LEAD_INDEX[name]]
        return row


def _freeze_leads(values: LeadMeasurements | LeadQuality) -> None:
    """Make every field a read-only [12]."""
    for each in fields(values):
        column = freeze(getattr(values, each.name))
        if column.shape != (len(LEADS),):
            raise ValueError(f"{each.name} must be [12], not {column.shape}")
        object.__setattr__(values, each.name, column)


def median(values: FloatArray) -> FloatArray:
    """Median along the last axis [..., n > 0] without gaps; 0 of gaps alone.

    As numpy's, which imports ``numpy.ma`` for it: 14 ms that every start would pay.
    """
    count = np.sum(~np.isnan(values), axis=-1, keepdims=True)
    ordered = np.sort(values, axis=-1)  # NaN last
    low = np.take_along_axis(ordered, np.maximum(count - 1, 0) // 2, axis=-1)
    high = np.take_along_axis(ordered, np.minimum(count // 2, ordered.shape[-1] - 1), axis=-1)
    middle: FloatArray = np.where(count > 0, (low + high) / 2, 0.0)[..., 0]
    return middle


def freeze(array: Any) -> FloatArray:
    """A contiguous, read-only float64 copy (or the array itself if it already is one)."""
    frozen = np.ascontiguousarray(array, dtype=np.float64)
    if frozen.flags.writeable:
        frozen = frozen.copy() if frozen is array else frozen
        frozen.flags.writeable = False
    return frozen
