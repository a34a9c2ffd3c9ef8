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
long_recording           more than 20 s
low_sampling_rate        less than 200 Hz
signal_gaps              the file declares gaps (NaN)
flat_leads               leads without any signal
saturated_leads          leads that rest on the end of their range
leads_off                electrodes off: by the device's word, or samples beyond 10 mV
amplitude_low            so small that the unit or the gain is probably wrong
amplitude_high           so large that the unit or the gain is probably wrong
limb_leads_inconsistent  stored limb leads contradict Einthoven or Goldberger
======================== =======================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from elvmass.io.leads import FROM_I_AND_II
from elvmass.record import LEAD_INDEX, LEADS, FloatArray, Notice, Patient, Record, median

ADULT_YEARS = (18.0, 110.0)
AGE_YEARS = (0.0, 120.0)
HEIGHT_CM = (100.0, 250.0)
WEIGHT_KG = (20.0, 350.0)
SHORT_S = 5.0
LONG_S = 20.0
LOW_RATE_HZ = 200.0
FLAT_MV = 0.005  # one count of a coarse device
AMPLITUDE_MV = (0.05, 10.0)  # of the median lead; healthy adults have about 1
BEYOND_MV = 10.0
BEYOND_SHARE = 0.005  # pacemaker spikes may pass 10 mV, but not for 50 ms in ten seconds
RAIL_SHARE = 0.01
RAIL_MV = 1.0  # from the lead's median, else a silent baseline would count as a rail
MISFIT_SHARE = 0.1  # of the limb leads' amplitude
MISFIT_MV = 0.03  # rounding of devices that store 5 µV steps stays below


def doubt(record: Record) -> Record:
    """Return the record with implausible patient data removed and with all notices added."""
    patient, notices = _patient(record.patient)
    for check in _CHECKS:
        notices += check(record)
    stated = {notice.code for notice in record.notices}
    added = tuple(notice for notice in notices if notice.code not in stated)
    return replace(record, patient=patient, notices=record.notices + added)


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


def _duration(record: Record) -> tuple[Notice, ...]:
    seconds = record.duration_s
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


def _rate(record: Record) -> tuple[Notice, ...]:
    if record.rate_hz >= LOW_RATE_HZ:
        return ()
    return (
        Notice(
            "low_sampling_rate",
            f"The ECG is sampled at {record.rate_hz:g} Hz only; narrow QRS peaks are lost.",
        ),
    )


def _gaps(record: Record) -> tuple[Notice, ...]:
    named = _names(np.any(np.isnan(record.signal_mv), axis=1))
    return (Notice("signal_gaps", f"The file declares gaps in leads {named}."),) if named else ()


def _flat(record: Record) -> tuple[Notice, ...]:
    named = _names(_span(record.signal_mv) < FLAT_MV)
    if not named:
        return ()
    return (Notice("flat_leads", f"No signal in leads {named}: electrodes may not be connected."),)


def _off(record: Record) -> tuple[Notice, ...]:
    named = _names((np.abs(record.signal_mv) > BEYOND_MV).mean(axis=1) > BEYOND_SHARE)
    if not named:
        return ()
    return (
        Notice(
            "leads_off",
            f"Leads {named} reach beyond {BEYOND_MV:g} mV: electrodes may be off.",
        ),
    )


def _saturated(record: Record) -> tuple[Notice, ...]:
    signal = record.signal_mv
    railed = np.zeros(len(LEADS), dtype=bool)
    middle = median(signal)
    for end in (_quietly(np.nanmax, signal), _quietly(np.nanmin, signal)):
        share = (signal == end[:, None]).mean(axis=1)
        railed |= (share > RAIL_SHARE) & (np.abs(end - middle) > RAIL_MV)
    named = _names(railed)
    if not named:
        return ()
    return (Notice("saturated_leads", f"Leads {named} rest on the end of the amplifier's range."),)


def _amplitude(record: Record) -> tuple[Notice, ...]:
    """Judge the median lead by its span within two seconds, which holds a QRS complex."""
    low, high = AMPLITUDE_MV
    size = float(median(_beat_span(record)))
    if low <= size <= high:
        return ()
    code, word = ("amplitude_low", "small") if size < low else ("amplitude_high", "large")
    return (
        Notice(
            code,
            f"Leads span {size:.3g} mV, which is too {word} for an ECG: the unit or the gain in "
            f"the file is probably wrong.",
        ),
    )


def _limb_leads(record: Record) -> tuple[Notice, ...]:
    """Compare stored limb leads with those computed from I and II, apart from constant shifts."""
    one, two = record.lead("I"), record.lead("II")
    limb = _beat_span(record)[:6]
    limit = max(MISFIT_MV, MISFIT_SHARE * float(median(limb)))
    wrong = []
    for name, (of_one, of_two) in FROM_I_AND_II.items():
        if name in record.derived_leads:
            continue
        rest = record.lead(name) - of_one * one - of_two * two
        rest = np.abs(rest - median(rest))
        if np.nanmean(rest > limit) > MISFIT_SHARE if np.isfinite(rest).any() else False:
            wrong.append(name)
    if not wrong:
        return ()
    return (
        Notice(
            "limb_leads_inconsistent",
            f"Leads {', '.join(wrong)} contradict leads I and II (Einthoven, Goldberger): leads "
            f"may be mislabelled or not recorded together.",
        ),
    )


_CHECKS: tuple[Callable[[Record], tuple[Notice, ...]], ...] = (
    _duration, _rate, _gaps, _flat, _off, _saturated, _amplitude, _limb_leads,
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


def _beat_span(record: Record) -> FloatArray:
    """[12] median over windows of two seconds of the peak-to-peak amplitude, mV."""
    window = min(round(2 * record.rate_hz), record.signal_mv.shape[1])
    count = record.signal_mv.shape[1] // window
    pieces = record.signal_mv[:, : count * window].reshape(len(LEADS), count, window)
    return median(_span(pieces))
