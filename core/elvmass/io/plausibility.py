"""What is judged alike for every format: ranges of the patient's data and of the signal.

Nothing is refused here; a record that can be drawn is returned, with notices by stable codes:

======================== =======================================================================
code                     meaning
======================== =======================================================================
age_implausible          outside 0 to 120 years: treated as missing
age_outside_adults       below 18 or above 110 years; the models were made for adults
height_implausible       outside 100 to 250 cm: treated as missing
weight_implausible       outside 20 to 350 kg: treated as missing
short_recording          less than 5 s
long_recording           more than 12 s
low_sampling_rate        less than 200 Hz
signal_gaps              the file declares gaps (NaN)
flat_leads               leads without any signal
saturated_leads          leads that rest on the end of their range
leads_off                electrodes off: by the device's word, or samples beyond 10 mV
amplitude_low            so small that the unit or the gain is probably wrong
amplitude_high           so large that the unit or the gain is probably wrong
gain_suspected           QRS so small or large that a gain five times too small or large is likely
calibration_pulse        1 mV pulses of calibration run through the leads
mains_only               leads that hold hum of 50 or 60 Hz and nothing else
duplicate_leads          leads with the same samples as another lead
limb_leads_inconsistent  stored limb leads contradict Einthoven or Goldberger
======================== =======================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elvmass.errors import UnsupportedFileError
from elvmass.io.leads import FROM_I_AND_II
from elvmass.record import (
    LEAD_INDEX,
    LEADS,
    PRECORDIAL_ROWS,
    FloatArray,
    Notice,
    Patient,
    Record,
    median,
)

INDEPENDENT_ROWS = (0, 1, *PRECORDIAL_ROWS)  # the other four may have been computed from them
ADULT_YEARS = (18.0, 110.0)
AGE_YEARS = (0.0, 120.0)
HEIGHT_CM = (100.0, 250.0)
WEIGHT_KG = (20.0, 350.0)
SHORT_S = 5.0
LONG_S = 12.0
LOW_RATE_HZ = 200.0
FLAT_MV = 0.005  # one count of a coarse device
AMPLITUDE_MV = (0.05, 10.0)  # of the median lead; healthy adults have about 1
# Median lead's QRS. Of 222 true recordings (120 of LUDB, 102 of CinC 2021) none is outside; five
# times too large or small 90-95 % are, ten or a thousand times all.
GAIN_MV = (0.35, 3.3)
QRS_S = 0.08
THIN_HZ = 250.0  # rate that is enough for the size of QRS
BEYOND_MV = 10.0
BEYOND_SHARE = 0.005  # pacemaker spikes may pass 10 mV, but not for 50 ms in ten seconds
PULSE_MV, PULSE_WITHIN_MV = 1.0, 0.05
PULSE_S, PULSE_LEADS = 0.1, 5  # of the eight independent ones
PULSE_SHARE = 0.9  # of its samples: noise may throw out some
MAINS_HZ = (50.0, 60.0)
MAINS_SHARE = 0.9  # of the variance within a second
MAINS_SECONDS = 10
SAME_MV = 0.0005  # below any converter's step
RAIL_SHARE = 0.01
RAIL_MV = 1.0  # from the lead's median, else a silent baseline would count as a rail
MISFIT_SHARE = 0.1  # of the limb leads' amplitude
MISFIT_MV = 0.03  # rounding of devices that store 5 µV steps stays below


def doubt(record: Record) -> Record:
    """Return the record with implausible patient data removed and with all notices added."""
    patient, notices = _patient(record.patient)
    seen = _Seen(record)
    for check in _CHECKS:
        notices += check(seen)
    stated = {notice.code for notice in record.notices}
    added = tuple(notice for notice in notices if notice.code not in stated)
    return replace(record, patient=patient, notices=record.notices + added)


@dataclass(frozen=True)
class _Seen:
    """A record and what several checks need of its signal, computed once.

    Sizes of waves do not need every sample: ``thin`` keeps at least 250 Hz.
    """

    record: Record

    @cached_property
    def signal(self) -> FloatArray:
        """[12, n] mV."""
        return self.record.signal_mv

    @cached_property
    def low(self) -> FloatArray:
        """[12] smallest sample."""
        return self.signal.min(axis=1) if self.whole else _quietly(np.nanmin, self.signal)

    @cached_property
    def high(self) -> FloatArray:
        """[12] largest sample."""
        return self.signal.max(axis=1) if self.whole else _quietly(np.nanmax, self.signal)

    @cached_property
    def whole(self) -> bool:
        """Whether there are no gaps."""
        return not np.isnan(self.signal).any()

    @cached_property
    def lively(self) -> NDArray[np.bool_]:
        """[12] leads that hold a signal."""
        return self.high - self.low >= FLAT_MV

    @cached_property
    def beyond(self) -> NDArray[np.bool_]:
        """[12] leads that leave the range of any ECG for longer than a pacemaker's spike."""
        if max(self.high.max(), -self.low.min()) <= BEYOND_MV:
            return np.zeros(len(LEADS), dtype=np.bool_)
        return np.asarray((np.abs(self.signal) > BEYOND_MV).mean(axis=1) > BEYOND_SHARE)

    @cached_property
    def step(self) -> int:
        """Samples of the recording for one of ``thin``."""
        return max(1, int(self.record.rate_hz / THIN_HZ))

    @cached_property
    def thin(self) -> FloatArray:
        """[12, m] every so many samples."""
        return np.ascontiguousarray(self.signal[:, :: self.step])

    @cached_property
    def middle(self) -> FloatArray:
        """[12] median."""
        return median(self.thin)

    def top(self, pieces: FloatArray) -> FloatArray:
        """Highest of parts of the signal along the last axis."""
        return np.asarray(pieces.max(axis=-1)) if self.whole else _quietly(np.nanmax, pieces)


def factor_without_unit(
    leads: Iterable[FloatArray], path: Path | None
) -> tuple[float, tuple[Notice, ...]]:
    """Find the factor to millivolts of leads [n] whose unit the file does not give.

    mV and µV are a thousand apart, so an ECG has a plausible size in at most one of them.

    Raises
    ------
    UnsupportedFileError
        It has none in either.
    """
    low, high = AMPLITUDE_MV
    size = float(median(np.array([_span(lead) for lead in leads])))
    for unit, factor in (("mV", 1.0), ("µV", 1e-3)):
        if low <= size * factor <= high:
            return factor, (
                Notice(
                    "unit_assumed",
                    f"The file does not give the unit of the amplitudes; {unit} is assumed, in "
                    f"which they have the size of an ECG. Compare them with the original.",
                ),
            )
    raise UnsupportedFileError(
        path, "gives amplitudes without a unit", "Export the ECG in microvolts or millivolts."
    )


def _patient(patient: Patient) -> tuple[Patient, tuple[Notice, ...]]:
    notices: list[Notice] = []
    kept: dict[str, Any] = {}
    for name, unit, (low, high) in (
        ("age_years", "years", AGE_YEARS),
        ("height_cm", "cm", HEIGHT_CM),
        ("weight_kg", "kg", WEIGHT_KG),
    ):
        value = kept[name] = getattr(patient, name)
        if value is None or low <= value <= high:
            continue
        kept[name] = None
        word = name.partition("_")[0]
        notices.append(
            Notice(
                f"{word}_implausible",
                f"The file gives the {word} as {value:g} {unit}, which is implausible; it is "
                f"treated as unknown. Please enter it.",
            )
        )
    age = kept["age_years"]
    if age is not None and not ADULT_YEARS[0] <= age <= ADULT_YEARS[1]:
        notices.append(
            Notice("age_outside_adults", f"Age {age:g} years is outside the adults' range.")
        )
    return replace(patient, **kept), tuple(notices)


def _duration(seen: _Seen) -> tuple[Notice, ...]:
    seconds = seen.record.duration_s
    if seconds < SHORT_S:
        return (
            Notice("short_recording", f"The recording lasts only {seconds:.1f} s; 10 s are usual."),
        )
    if seconds > LONG_S:
        return (
            Notice(
                "long_recording",
                f"The recording lasts {seconds:.1f} s; all of it is used, not only 10 s.",
            ),
        )
    return ()


def _rate(seen: _Seen) -> tuple[Notice, ...]:
    if seen.record.rate_hz >= LOW_RATE_HZ:
        return ()
    return (
        Notice(
            "low_sampling_rate",
            f"The ECG is sampled at {seen.record.rate_hz:g} Hz only; narrow QRS peaks are lost.",
        ),
    )


def _gaps(seen: _Seen) -> tuple[Notice, ...]:
    if seen.whole:
        return ()
    named = _names(np.any(np.isnan(seen.signal), axis=1))
    return (Notice("signal_gaps", f"The file declares gaps in leads {named}."),)


def _flat(seen: _Seen) -> tuple[Notice, ...]:
    named = _names(~seen.lively)
    if not named:
        return ()
    zero = _names(np.all(seen.signal == 0.0, axis=1))
    empty = f" ({zero}: zero throughout, probably never recorded)" if zero else ""
    return (
        Notice(
            "flat_leads",
            f"No signal in leads {named}{empty}: electrodes may not be connected.",
        ),
    )


def _off(seen: _Seen) -> tuple[Notice, ...]:
    named = _names(seen.beyond)
    if not named:
        return ()
    return (
        Notice(
            "leads_off",
            f"Leads {named} reach beyond {BEYOND_MV:g} mV: electrodes may be off.",
        ),
    )


def _saturated(seen: _Seen) -> tuple[Notice, ...]:
    railed = np.zeros(len(LEADS), dtype=bool)
    for end in (seen.high, seen.low):
        for row in np.flatnonzero(np.abs(end - seen.middle) > RAIL_MV):
            railed[row] |= (seen.signal[row] == end[row]).mean() > RAIL_SHARE
    named = _names(railed)
    if not named:
        return ()
    return (Notice("saturated_leads", f"Leads {named} rest on the end of the amplifier's range."),)


def _amplitude(seen: _Seen) -> tuple[Notice, ...]:
    """Judge the median lead by its QRS."""
    spans = _qrs_span(seen)
    size = float(median(spans[seen.lively] if seen.lively.any() else spans))
    if GAIN_MV[0] <= size <= GAIN_MV[1]:
        return ()
    low, high = AMPLITUDE_MV
    word = "small" if size < GAIN_MV[0] else "large"
    if low <= size <= high:
        disease = "low voltage" if word == "small" else "pronounced hypertrophy"
        return (
            Notice(
                "gain_suspected",
                f"QRS spans {size:.2g} mV in the median lead, unusually {word}: either {disease}, "
                f"or the gain in the file is wrong, often by five or ten times. Compare with the "
                f"original print.",
            ),
        )
    return (
        Notice(
            "amplitude_low" if word == "small" else "amplitude_high",
            f"Leads span {size:.3g} mV, which is too {word} for an ECG: the unit or the gain in "
            f"the file is probably wrong.",
        ),
    )


def _calibration(seen: _Seen) -> tuple[Notice, ...]:
    """Look for pulses of 1 mV that stand in most independent leads at once, as no ECG does."""
    rows = list(INDEPENDENT_ROWS)
    rate_hz = seen.record.rate_hz / seen.step
    length = round(PULSE_S * rate_hz)
    signal = seen.thin[rows]
    if not 2 <= length <= signal.shape[1]:
        return ()
    above = signal - seen.middle[rows, None] - PULSE_MV
    pulse = (np.abs(above) < PULSE_WITHIN_MV).sum(axis=0) >= PULSE_LEADS
    count = np.cumsum(np.concatenate([[0], pulse]))
    inside = np.flatnonzero(count[length:] - count[:-length] >= PULSE_SHARE * length)
    if not inside.size:
        return ()
    return (
        Notice(
            "calibration_pulse",
            f"A calibration pulse of 1 mV runs through the leads at "
            f"{inside[0] / rate_hz:.1f} s; it is no part of the ECG.",
        ),
    )


def _mains(seen: _Seen) -> tuple[Notice, ...]:
    """Compare the variance of each of the first seconds with that of the mains' sine in it."""
    rate_hz = seen.record.rate_hz
    second = max(round(rate_hz), 1)
    count = min(seen.signal.shape[1] // second, MAINS_SECONDS)
    if count == 0:
        return ()
    signal = seen.signal[:, : count * second]
    filled = signal if seen.whole else np.where(np.isnan(signal), 0.0, signal)
    pieces = filled.reshape(len(LEADS), count, second)
    power = np.einsum("lks,lks->l", pieces, pieces) - second * (pieces.mean(axis=2) ** 2).sum(
        axis=1
    )
    # Mains above half the rate shows as a lower frequency, which these sines do as well.
    turns = 2 * np.pi * np.outer(np.arange(second) / rate_hz, MAINS_HZ)
    waves = np.sqrt(2.0 / second) * np.concatenate([np.sin(turns), np.cos(turns)], axis=1)
    share = ((pieces.reshape(-1, second) @ waves) ** 2).reshape(len(LEADS), count, -1).sum(axis=1)
    mains = (share[:, : len(MAINS_HZ)] + share[:, len(MAINS_HZ) :]).max(axis=1)
    named = _names((mains > MAINS_SHARE * power) & seen.lively)
    if not named:
        return ()
    return (Notice("mains_only", f"Leads {named} hold mains hum only, no ECG: electrodes off?"),)


def _duplicates(seen: _Seen) -> tuple[Notice, ...]:
    """Find leads that repeat another one; a few samples are compared first, being quick."""
    signal = seen.signal
    lively = seen.lively & ~seen.beyond  # electrodes that are off look alike
    few = signal[:, :: max(1, signal.shape[1] // 16)]
    maybe = ~(np.abs(few[:, None] - few) > SAME_MV).any(axis=2) & lively & lively[:, None]
    twins = [
        f"{LEADS[first]} and {LEADS[second]}"
        for first, second in np.argwhere(np.triu(maybe, 1))
        if _same(signal[first], signal[second])
    ]
    if not twins:
        return ()
    everywhere = len(twins) == len(LEADS) * (len(LEADS) - 1) // 2
    named = "All leads" if everywhere else f"Leads {', '.join(twins)}"
    return (
        Notice(
            "duplicate_leads",
            f"{named} hold the same samples: leads may be mislabelled, or filled with copies.",
        ),
    )


def _same(one: FloatArray, other: FloatArray) -> bool:
    """Whether two leads [n] agree within the step of any converter."""
    both = np.abs(one - other)
    return bool(np.isfinite(both).any() and not (both > SAME_MV).any())


def _limb_leads(seen: _Seen) -> tuple[Notice, ...]:
    """Compare stored limb leads with those computed from I and II, apart from constant shifts."""
    record, thin = seen.record, seen.thin
    one, two = thin[LEAD_INDEX["I"]], thin[LEAD_INDEX["II"]]
    limb = _beat_span(seen)[:6]
    limit = max(MISFIT_MV, MISFIT_SHARE * float(median(limb)))
    wrong = []
    for name, (of_one, of_two) in FROM_I_AND_II.items():
        if name in record.derived_leads:
            continue
        rest = thin[LEAD_INDEX[name]] - of_one * one - of_two * two
        rest = np.abs(rest - median(rest))
        if np.nanmean(rest > limit) > MISFIT_SHARE if np.isfinite(rest).any() else False:
            wrong.append(name)
    if not wrong:
        return ()
    return (
        Notice(
            "limb_leads_inconsistent",
            f"Leads {', '.join(wrong)} contradict leads I and II (Einthoven, Goldberger): leads "
            f"may be mislabelled or not recorded together.{_misnamed(record)}",
        ),
    )


def _misnamed(record: Record) -> str:
    """Name a chest lead that is what one of the leads I to III should be, as a sentence."""
    one, two, three = (record.lead(name) for name in ("I", "II", "III"))
    for name, expected in (("I", two - three), ("II", one + three), ("III", two - one)):
        for row in PRECORDIAL_ROWS:
            rest = record.signal_mv[row] - expected
            known = rest[np.isfinite(rest)]
            if known.size and np.all(np.abs(known - median(known)) < MISFIT_MV):
                return f" Lead {LEADS[row]} is what lead {name} should be: names swapped?"
    return ""


_CHECKS: tuple[Callable[[_Seen], tuple[Notice, ...]], ...] = (
    _duration, _rate, _gaps, _flat, _off, _saturated, _amplitude, _calibration, _mains,
    _duplicates, _limb_leads,
)  # fmt: skip


def _names(rows: Any) -> str:
    """Name the leads whose row [12] is true."""
    return ", ".join(name for name in LEADS if rows[LEAD_INDEX[name]])


def _quietly(reduce: Callable[..., FloatArray], signal: FloatArray) -> FloatArray:
    """Reduce along time; a lead that is one gap gives 0 instead of a warning."""
    empty = np.all(np.isnan(signal), axis=-1)
    filled = np.where(empty[..., None], 0.0, signal) if empty.any() else signal
    return reduce(filled, axis=-1)


def _span(signal: FloatArray) -> FloatArray:
    """Peak to peak along the last axis, gaps left out."""
    return _quietly(np.nanmax, signal) - _quietly(np.nanmin, signal)


def _qrs_span(seen: _Seen) -> FloatArray:
    """[12] peak to peak of the highest 80 ms of each 2 s, in the median, mV: blind to wander."""
    signal = seen.thin
    half = max(1, round(QRS_S / 2 * seen.record.rate_hz / seen.step))
    count = signal.shape[1] // half
    if count < 4:
        return seen.high - seen.low
    pieces = signal[:, : count * half].reshape(len(LEADS), count, half)
    high, low = seen.top(pieces), -seen.top(-pieces)
    spans = np.maximum(high[:, 1:], high[:, :-1]) - np.minimum(low[:, 1:], low[:, :-1])
    per = min(round(4.0 / QRS_S), count - 1)
    whole = (count - 1) // per * per
    return median(spans[:, :whole].reshape(len(LEADS), -1, per).max(axis=2))


def _beat_span(seen: _Seen) -> FloatArray:
    """[12] median over windows of two seconds of the peak-to-peak amplitude, mV."""
    length = seen.thin.shape[1]
    window = max(1, min(round(2 * seen.record.rate_hz / seen.step), length))
    count = length // window
    pieces = seen.thin[:, : count * window].reshape(len(LEADS), count, window)
    return median(seen.top(pieces) + seen.top(-pieces))
