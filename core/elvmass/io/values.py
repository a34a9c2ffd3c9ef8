"""Numbers, units, sexes, dates and ages as ECG files write them.

Devices mark "not measured" in many ways (empty, ``Failed``, 0, -1, 999, 29999); every function
here answers None for them, so that no marker is ever taken for a measurement.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from pathlib import Path

from elvmass.errors import UnsupportedFileError
from elvmass.record import Notice, Sex

_MARKERS = frozenset({999.0, 9999.0, 29999.0, 32767.0, -32768.0, 65535.0})

#: Factor to millivolts by lower-case unit.
_TO_MV = {
    "nv": 1e-6, "nanovolt": 1e-6, "nanovolts": 1e-6,
    "uv": 1e-3, "µv": 1e-3, "μv": 1e-3, "microvolt": 1e-3, "microvolts": 1e-3,
    "mv": 1.0, "millivolt": 1.0, "millivolts": 1.0,
    "v": 1e3, "volt": 1e3, "volts": 1e3,
}  # fmt: skip

_SEXES = {"m": Sex.MALE, "male": Sex.MALE, "f": Sex.FEMALE, "female": Sex.FEMALE}

#: Years by the first letters of an age unit (MUSE: YEARS, DICOM: Y, UCUM: a).
_YEARS = {
    "y": 1.0, "a": 1.0, "mo": 1 / 12, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25,
    "h": 1 / 8766.0,
}  # fmt: skip

_DATES = ("%Y-%m-%d", "%m-%d-%Y", "%d-%m-%Y", "%Y%m%d", "%m/%d/%Y", "%d-%b-%Y")
_TIMES = ("%H:%M:%S", "%H%M%S", "%H:%M", "%H%M")


def number(text: object) -> float | None:
    """Parse a finite number, or None."""
    try:
        value = float(str(text))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def required(text: object) -> float:
    """Parse a finite number that a file must hold; ValueError if it is none."""
    value = number(text)
    if value is None:
        raise ValueError("a required number is missing or not finite")
    return value


def positive(text: object, below: float = 1e6) -> float | None:
    """Parse a number in (0, ``below``), or None."""
    value = number(text)
    return value if value is not None and 0 < value < below else None


def height_cm(centimetres: str, inches: str) -> float | None:
    """Parse a height that a file states in cm or, failing that, in inches."""
    return positive(centimetres) or _scaled(positive(inches), 2.54)


def weight_kg(kilograms: str, pounds: str) -> float | None:
    """Parse a weight that a file states in kg or, failing that, in pounds."""
    return positive(kilograms) or _scaled(positive(pounds), 0.45359237)


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def name(last: str, first: str) -> str | None:
    """Join "last, first" of whichever is stated."""
    return ", ".join(part for part in (last, first) if part) or None


def interval_ms(text: object) -> float | None:
    """Parse a reported interval in ms: above 1 and below 2000, and no missing-value marker."""
    value = positive(text, 2000.0)
    return None if value is None or value <= 1 or value in _MARKERS else value


def rate_bpm(text: object) -> float | None:
    """Parse a reported heart rate: 10 to 400 per minute."""
    value = positive(text, 400.0)
    return value if value is not None and value >= 10 else None


def axis_deg(text: object) -> float | None:
    """Parse a reported axis, brought to (-180, 180]; 0 and -1 are angles like any other."""
    value = number(text)
    if value is None or value in _MARKERS or abs(value) > 360:
        return None
    turned = value % 360
    return turned - 360 if turned > 180 else turned


def to_mv(unit: str, path: Path | None) -> float:
    """Factor from ``unit`` to millivolts.

    Raises
    ------
    UnsupportedFileError
        The unit is no voltage that is known here: a guess could be wrong by 1000.
    """
    factor = _TO_MV.get(unit.strip().lower())
    if factor is None:
        raise UnsupportedFileError(
            path,
            "gives amplitudes in an unknown unit",
            "Export the ECG in microvolts or millivolts.",
        )
    return factor


def sex(text: str | None) -> Sex | None:
    """Male or female; everything else is unknown."""
    return _SEXES.get((text or "").strip().lower())


def age_years(text: object, unit: str = "y") -> float | None:
    """Parse a stated age in years; 0 and 130 or more are markers for "unknown"."""
    value = positive(text, 1e5)
    key = unit.strip().lower()
    factor = _YEARS.get(key[:2], _YEARS.get(key[:1]))
    if value is None or factor is None or value in _MARKERS:
        return None
    years = value * factor
    return years if years < 130 else None


def day(text: str | None) -> date | None:
    """Parse a calendar date, or None."""
    cleaned = (text or "").strip().split("T")[0]
    for pattern in _DATES:
        try:
            return datetime.strptime(cleaned, pattern).date()
        except ValueError:
            continue
    return None


def moment(day_text: str | None, time_text: str | None) -> datetime | None:
    """Local date and time; without a time of day, midnight; without a date, None."""
    the_day = day(day_text)
    if the_day is None:
        return None
    cleaned = (time_text or "").strip().split(".")[0]
    for pattern in _TIMES:
        try:
            return datetime.combine(the_day, datetime.strptime(cleaned, pattern).time())
        except ValueError:
            continue
    return datetime(the_day.year, the_day.month, the_day.day)


def compact_moment(text: str | None) -> datetime | None:
    """``YYYYMMDD[HHMM[SS[.f]]][zone]`` of HL7 and DICOM; the zone is dropped (local time)."""
    digits = (text or "").strip().split(".")[0].split("+")[0].split("-")[0]
    return moment(digits[:8], digits[8:14])


def whole_years(birth: date, at: date) -> float | None:
    """Completed years of life at a date, or None if that is not between 0 and 130."""
    years = at.year - birth.year - ((at.month, at.day) < (birth.month, birth.day))
    return float(years) if 0 <= years < 130 else None


def settle_age(
    stated: float | None, birth: date | None, at: datetime | None
) -> tuple[float | None, tuple[Notice, ...]]:
    """Settle the age of the patient at the recording.

    The stated age wins: birth dates in anonymised files are often placeholders. Without one the
    age is computed from the birth date and the day of the recording.
    """
    computed = whole_years(birth, at.date()) if birth and at else None
    if stated is None or computed is None or abs(stated - computed) <= 1.5:
        return (computed if stated is None else stated), ()
    notice = Notice(
        "age_contradicts_birth_date",
        f"The file states an age of {stated:g} years, but the birth date gives {computed:g}; "
        f"the stated age is used.",
    )
    return stated, (notice,)


def band_text(low_hz: float | None, high_hz: float | None, notch_hz: float | None = None) -> str:
    """Put the device's filter in words, e.g. "0.05-150 Hz, notch 60 Hz"."""
    parts = []
    if low_hz and high_hz:
        parts.append(f"{low_hz:g}-{high_hz:g} Hz")
    elif low_hz:
        parts.append(f"high-pass {low_hz:g} Hz")
    elif high_hz:
        parts.append(f"low-pass {high_hz:g} Hz")
    if notch_hz:
        parts.append(f"notch {notch_hz:g} Hz")
    return ", ".join(parts)
