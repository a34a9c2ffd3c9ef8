"""Numbers, units, sexes, dates and ages as ECG files write them.

Devices mark "not measured" in many ways (empty, ``Failed``, 0, -1, 999, 29999); every function
here answers None for them, so that no marker is ever taken for a measurement.
"""

from __future__ import annotations

import math
import re
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

_CM = {
    "cm": 1.0, "centimeter": 1.0, "centimeters": 1.0, "m": 100.0, "mm": 0.1,
    "in": 2.54, "inch": 2.54, "inches": 2.54, "[in_i]": 2.54,
}  # fmt: skip
_KG = {
    "kg": 1.0, "kilogram": 1.0, "kilograms": 1.0, "g": 0.001, "gram": 0.001, "grams": 0.001,
    "lb": 0.45359237, "lbs": 0.45359237, "pound": 0.45359237, "pounds": 0.45359237,
    "[lb_av]": 0.45359237, "oz": 0.028349523125,
}  # fmt: skip

#: How many of a time unit make a second.
_PER_SECOND = {
    "s": 1.0, "sec": 1.0, "ms": 1e3, "msec": 1e3, "us": 1e6, "µs": 1e6, "μs": 1e6, "min": 1 / 60,
}  # fmt: skip

_DATES = ("%Y-%m-%d", "%m-%d-%Y", "%d-%m-%Y", "%Y%m%d", "%m/%d/%Y")
_NAMED_MONTH = re.compile(r"(\d\d?)[- ]([A-Za-z]{3})[a-z]*[- ](\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BAND = re.compile(
    r"(?:([\d.]+)-([\d.]+) Hz|high-pass ([\d.]+) Hz|low-pass ([\d.]+) Hz)?"
    r"(?:(?:^|, )notch ([\d.]+) Hz)?"
)
# Without a colon the shorter form first: the longer would take 1405 for 14:00:05.
_TIMES = ("%H:%M:%S", "%H%M", "%H%M%S", "%H:%M")


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


def sampling_rate_hz(text: object) -> float:
    """Parse the samples per second that a file must hold; ValueError beyond 1 to 1,000,000."""
    value = required(text)
    if not 1 <= value <= 1e6:
        raise ValueError("no sampling rate")
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


def height_in(text: object, unit: str) -> float | None:
    """Parse a height with its unit beside it; of an unknown unit, None."""
    return _scaled(positive(text), _CM.get(unit.strip().lower()))


def weight_in(text: object, unit: str) -> float | None:
    """Parse a weight with its unit beside it; of an unknown unit, None."""
    return _scaled(positive(text), _KG.get(unit.strip().lower()))


def _scaled(value: float | None, factor: float | None) -> float | None:
    return None if value is None or factor is None else value * factor


def name(last: str, first: str) -> str | None:
    """Join "last, first" of whichever is stated."""
    return ", ".join(part for part in (last, first) if part) or None


def interval_ms(text: object, unit: str = "ms") -> float | None:
    """Parse a reported interval: 1 to 2000 ms, and no missing-value marker; without unit, ms."""
    value, per_second = positive(text), _PER_SECOND.get(unit.strip().lower() or "ms")
    if value is None or per_second is None or value in _MARKERS:
        return None
    milliseconds = value if per_second == 1e3 else value * 1e3 / per_second
    return milliseconds if 1 < milliseconds < 2000 else None


def rate_hz(step: object, unit: str) -> float | None:
    """Samples per second from the time between two samples; None without a known unit."""
    value, per_second = positive(step), _PER_SECOND.get(unit.strip().lower())
    if value is None or per_second is None:
        return None
    return round(per_second / value, 6)


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
    cleaned = (text or "").strip()
    named = _NAMED_MONTH.fullmatch(cleaned)
    # By hand: strptime knows the months' names only in the language that Qt has set.
    if named and named.group(2).lower() in _MONTHS:
        month = _MONTHS.index(named.group(2).lower()) + 1
        cleaned = f"{named.group(3)}-{month}-{named.group(1)}"
    cleaned = cleaned.split("T")[0]
    if cleaned.isdigit() and len(cleaned) != 8:  # a year and a month alone
        return None
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
    return moment(digits[:8], digits[8:14].ljust(6, "0"))


def iso_moment(text: str) -> datetime | None:
    """ISO 8601 date and time; the zone is dropped (local time), as are fractions of a second."""
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=None, microsecond=0)
    except ValueError:
        return None


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


def band_of(words: str) -> tuple[float | None, float | None, float | None]:
    """Low corner, high corner and notch in Hz of what :func:`band_text` wrote; else None each."""
    match = _BAND.fullmatch(words)
    if not match:
        return None, None, None
    low, high, low_alone, high_alone, notch = match.groups()
    return positive(low or low_alone), positive(high or high_alone), positive(notch)
