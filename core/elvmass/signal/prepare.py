"""The one entry of the signal room: a record becomes the beat that a model sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from elvmass.beat import Beat, BeatGrade, BeatKind, BeatMark, Strip
from elvmass.card import BeatSpec, View
from elvmass.choices import AS_TRAINED, BANDS, DELINEATORS, NOTCHES, SignalOptions
from elvmass.errors import SignalError
from elvmass.record import (
    LIMB_WEIGHTS,
    FloatArray,
    LeadMeasurements,
    LeadQuality,
    Measurements,
    Notice,
    Record,
)
from elvmass.signal import (
    amplitudes,
    beats,
    cutting,
    electrodes,
    filters,
    grading,
    pacing,
    quality,
    rpeaks,
    strips,
)
from elvmass.signal.delineate import delineate
from elvmass.signal.measure import Waves, measure
from elvmass.signal.refine import Delineation, refine

#: Rate of detection, alignment and delineation, whatever the rate of the file, Hz.
WORKING_HZ = 500.0
#: Band of the signal that is delineated, whatever band the model sees, Hz.
DELINEATION_BAND_HZ = (0.5, 70.0)

INDEPENDENT_ROWS = [0, 1, 6, 7, 8, 9, 10, 11]  # I, II, V1-V6: the other four follow from I, II
_BEFORE_S, _AFTER_S = 0.50, 0.80  # window of the representative beat
_MOST_CLEAN = 40  # beats on which the estimate is repeated
_MEDIAN_OF = 20  # beats that enter the representative beat, nearest the middle

NotchChoice = float | Literal["auto"] | None


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What the signal room finds in one record.

    Attributes
    ----------
    beat
        The chosen beat, filtered, on the model's grid, with its boundaries.
    clean_beats
        Complete, clean beats of the usual shape, likewise: all of a recording of usual length;
        empty if not asked for.
    strip
        The stretch that a model of strips sees; None for a model of beats.
    marks
        All beats that were found, and what each is good for.
    measured
        Our own measurements of the median beat (QTc by Bazett).
    leads, lead_quality
        Waves of the median beat lead by lead, in the diagnostic band; how well each was recorded.
    filter_text
        What was done to the signal, in words.
    notch_hz
        The mains frequency that was removed, or None.
    notices
        What lowers the trust in this beat.
    """

    beat: Beat
    clean_beats: tuple[Beat, ...]
    strip: Strip | None
    marks: tuple[BeatMark, ...]
    measured: Measurements
    leads: LeadMeasurements
    lead_quality: LeadQuality
    filter_text: str
    notch_hz: float | None
    notices: tuple[Notice, ...]

    @property
    def seen(self) -> Beat | Strip:
        """What the model sees."""
        return self.beat if self.strip is None else self.strip

    @property
    def beat_times_s(self) -> tuple[float, ...]:
        """R peaks of all beats that were found, seconds from the start of the recording."""
        return tuple(mark.time_s for mark in self.marks)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Everything between the raw signal and the choice of a beat.

    Attributes
    ----------
    spectrum
        The recording, ready for any filter.
    wide_mv
        [8, n] independent leads in the delineation band on the working grid.
    gap
        [n] True where the file declares a gap, on the working grid.
    notch_hz
        Mains frequency that is taken out.
    train, used
        All beats, and the numbers of those that the representative beat is the median of.
    delineation
        Boundaries in the representative beat, in both conventions and lead by lead.
    beat_mv, offsets_s
        [8, m] independent leads of the representative beat, and [m] times from R.
    """

    spectrum: filters.Spectrum
    wide_mv: FloatArray
    gap: NDArray[np.bool_]
    notch_hz: float | None
    train: beats.Train
    used: NDArray[np.intp]
    delineation: Delineation
    beat_mv: FloatArray
    offsets_s: FloatArray

    @property
    def waves(self) -> Waves:
        """Boundaries by the median of leads: for drawing, segments, measurements and models."""
        return self.delineation.waves


def prepare(
    record: Record,
    spec: BeatSpec,
    options: SignalOptions = AS_TRAINED,
    *,
    each_beat: bool = False,
) -> Prepared:
    """Filter, find the beats, choose one, find its wave boundaries and measure it.

    For a model of strips the strip is made as well.

    Parameters
    ----------
    record
        Any 12-lead record.
    spec
        The model's band, window and rate; they are part of the model.
    options
        What the reader wants otherwise (the paper: the middle one of the complete beats).
    each_beat
        Cut every clean beat too, to see how far the estimate depends on the choice.

    Raises
    ------
    SignalError
        If no estimate may be made from this recording; the message says why.
    """
    quality.require_signal(record)
    spec = _as_asked(spec, options)
    found = find(record, lowest_hz=spec.band_hz[0], notch_hz=NOTCHES[options.notch])
    if options.delineator != DELINEATORS[0]:
        found = _drawn_by(found, options.delineator)
    complete = cutting.whole(found.train, found.gap, spec)
    left = grading.rest(found.wide_mv, found.train, found.beat_mv, found.offsets_s)
    marks = grading.grade_beats(found.train, left, complete)
    lead_quality = grading.grade_leads(record.signal_mv, record.rate_hz, left.noise[found.used])
    signal = _in_band(found, spec)
    at = cutting.place(complete.size, options.number)
    waves = _waves_of(found, int(complete[at]), spec.kind)
    beat = cutting.cut(signal, found.train, complete, at, waves, spec.of_beat)
    quality.require_beat(beat)
    rr = np.diff(found.train.times_s)
    rr_s = float(rr.mean()) if rr.size else None
    measured = measure(found.waves, found.beat_mv[:2], found.offsets_s, rr_s)
    return Prepared(
        beat=beat,
        clean_beats=_clean(found, signal, complete, marks, spec) if each_beat else (),
        strip=_strip(record, found, spec) if spec.view is View.STRIP else None,
        marks=marks,
        measured=measured,
        leads=measure_leads(found),
        lead_quality=lead_quality,
        filter_text=_filter_text(found, spec, options),
        notch_hz=found.notch_hz,
        notices=(
            *_suspicions(record, found),
            *strips.notices(record, spec),
            *quality.notices(record, found.train, marks, lead_quality, measured, beat),
        ),
    )


def _as_asked(spec: BeatSpec, options: SignalOptions) -> BeatSpec:
    """The model's specification with what the reader wants otherwise."""
    return replace(
        spec,
        kind=options.kind or spec.kind,
        band_hz=spec.band_hz if options.band is None else BANDS[options.band],
    )


def _filter_text(found: Found, spec: BeatSpec, options: SignalOptions) -> str:
    """Band, notch and, if it is not ours, the delineator, in words."""
    _, low_pass = filters.effective_band(spec.band_hz, found.spectrum.rate_hz)
    low, high = spec.band_hz
    band = f"band-pass {low:g}-{high:g} Hz" if low_pass else f"high-pass {low:g} Hz"
    notch = "no notch" if found.notch_hz is None else f"notch {found.notch_hz:g} Hz"
    drawn = "" if options.delineator == DELINEATORS[0] else f"; boundaries by {options.delineator}"
    return f"{band} zero-phase, {notch}{strips.text(spec)}{drawn}"


def _drawn_by(found: Found, delineator: str) -> Found:
    """The same beats with the boundaries of neurokit2."""
    from elvmass.signal.delineate_nk import delineation  # loads pandas and matplotlib

    gain = found.spectrum.gain(DELINEATION_BAND_HZ, found.notch_hz)
    twelve, rate_hz = found.spectrum.render(gain, WORKING_HZ)
    r = np.rint(found.train.r[found.used]).astype(np.intp)
    drawn = delineation(twelve, rate_hz, r, delineator.removeprefix("nk-"))
    return replace(found, delineation=drawn)


def _waves_of(found: Found, number: int, kind: BeatKind) -> Waves:
    """Boundaries for a beat: those of the usual beat, or its own if it has another shape."""
    if kind is BeatKind.MEDIAN or found.train.dominant[number]:
        return found.waves
    first = round(float(found.offsets_s[0]) * found.train.rate_hz)
    starts = found.train.r[[number]] + first
    (one,) = filters.windows_at(found.wide_mv, starts, found.offsets_s.size)
    rr_s = beats.neighbours(found.train, np.array([number]))
    proposed = delineate(one[None], one, found.offsets_s, rr_s)
    return refine(proposed, one, found.offsets_s, rr_s).waves


def _clean(
    found: Found,
    signal_mv: FloatArray,
    complete: NDArray[np.intp],
    marks: tuple[BeatMark, ...],
    spec: BeatSpec,
) -> tuple[Beat, ...]:
    """Every clean beat of the usual shape, cut alone; of a long recording those in its middle."""
    alone = replace(spec.of_beat, kind=BeatKind.CHOSEN)
    numbers = [m.number for m in marks if m.grade is BeatGrade.DOMINANT and m.number is not None]
    first = max(0, (len(numbers) - _MOST_CLEAN) // 2)
    return tuple(
        cutting.cut(signal_mv, found.train, complete, number, found.waves, alone)
        for number in numbers[first : first + _MOST_CLEAN]
    )


def find(record: Record, *, lowest_hz: float = 0.5, notch_hz: NotchChoice = "auto") -> Found:
    """Beats and boundaries of a record, before any model's choice of band, window or beat."""
    signal, gap = filters.fill_gaps(record.signal_mv)
    lowest_hz = min(lowest_hz, DELINEATION_BAND_HZ[0])
    spectrum = filters.analyse(signal, record.rate_hz, lowest_hz, WORKING_HZ)
    notch = filters.mains_hz(spectrum, INDEPENDENT_ROWS) if notch_hz == "auto" else notch_hz
    wide, rate_hz = render_leads(spectrum, DELINEATION_BAND_HZ, notch)
    narrow, _ = render_leads(spectrum, rpeaks.QRS_BAND_HZ, None, single=True)
    train = beats.align(wide, narrow, rpeaks.detect(narrow, rate_hz), rate_hz)
    if train.r.size == 0:
        raise SignalError(
            "No heartbeat was found in this recording. Check that the electrodes were connected "
            "and record again."
        )
    gap = _on_grid(gap, record.rate_hz, wide.shape[1], rate_hz)
    used = _representative(train, gap)
    first, last = -round(_BEFORE_S * rate_hz), round(_AFTER_S * rate_hz)
    offsets_s = np.arange(first, last + 1) / rate_hz
    stack = filters.windows_at(wide, train.r[used] + first, offsets_s.size)
    rr_s = beats.neighbours(train, used)
    median = beats.middle(stack)
    proposed = delineate(stack, median, offsets_s, rr_s)
    delineation = refine(proposed, median, offsets_s, rr_s)
    return Found(spectrum, wide, gap, notch, train, used, delineation, median, offsets_s)


def _suspicions(record: Record, found: Found) -> Iterator[Notice]:
    """Electrodes that may be exchanged, and pacing."""
    for notice in (
        electrodes.suspect(found.beat_mv, found.offsets_s, found.waves),
        pacing.suspect(record, found.train),
    ):
        if notice is not None:
            yield notice


def measure_leads(found: Found) -> LeadMeasurements:
    """Amplitudes of the representative beat in the band of diagnostic electrocardiographs."""
    signal, rate_hz = render_leads(found.spectrum, amplitudes.BAND_HZ, found.notch_hz)
    first = round(float(found.offsets_s[0]) * rate_hz)
    size = found.offsets_s.size
    stack = [filters.window_at(signal, r + first, size) for r in found.train.r[found.used]]
    eight = np.median(np.stack(stack), axis=0)
    limb = np.stack([of_i * eight[0] + of_ii * eight[1] for of_i, of_ii in LIMB_WEIGHTS])
    twelve = np.concatenate([eight[:2], limb, eight[2:]])
    return amplitudes.lead_measurements(twelve, found.offsets_s, found.waves)


def _on_grid(
    gap: NDArray[np.bool_], rate_hz: float, n_samples: int, working_hz: float
) -> NDArray[np.bool_]:
    """[n_samples] True where a gap [n] of the recording lies on the working grid."""
    if not gap.any():
        return np.zeros(n_samples, dtype=np.bool_)
    position = np.arange(n_samples) * (rate_hz / working_hz)
    low = np.clip(np.floor(position).astype(np.intp), 0, gap.size - 1)
    high = np.clip(np.ceil(position).astype(np.intp), 0, gap.size - 1)
    return np.asarray(gap[low] | gap[high])


def render_leads(
    spectrum: filters.Spectrum,
    band_hz: tuple[float, float],
    notch_hz: float | None,
    *,
    single: bool = False,
) -> tuple[FloatArray, float]:
    """[8, n] independent leads in a band at the working rate."""
    gain = spectrum.gain(band_hz, notch_hz)
    return spectrum.render(gain, WORKING_HZ, INDEPENDENT_ROWS, single=single)


def _representative(train: beats.Train, gap: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Numbers of the dominant beats nearest the middle, whole and clean windows first."""
    numbers = np.flatnonzero(train.dominant)
    if numbers.size == 0:
        numbers = np.array([int(np.argmax(train.likeness))])
    whole = np.zeros(train.r.size, dtype=np.bool_)
    whole[beats.complete(train, gap, _BEFORE_S, _AFTER_S)] = True
    if whole[numbers].any():
        numbers = numbers[whole[numbers]]
    middle = np.argsort(np.abs(numbers - train.r.size / 2), kind="stable")
    return np.sort(numbers[middle[:_MEDIAN_OF]])


def _in_band(found: Found, spec: BeatSpec) -> FloatArray:
    """[12, n] in the model's band and free of what its grid cannot hold, at the working rate."""
    band, _ = filters.effective_band(spec.band_hz, found.spectrum.rate_hz)
    f = found.spectrum.frequencies_hz
    gain = filters.butterworth_gain(f, band) * filters.notch_gain(f, found.notch_hz)
    signal, _ = found.spectrum.render(gain * filters.anti_alias(f, spec.rate_hz), WORKING_HZ)
    return signal


def _strip(record: Record, found: Found, spec: BeatSpec) -> Strip:
    """Make the strip that a model of strips sees."""
    if spec.raw:
        return strips.middle(strips.resampled(record, spec.rate_hz), spec)
    n = int(record.duration_s * spec.rate_hz + 1e-6)
    positions = np.arange(n, dtype=np.float64) * (WORKING_HZ / spec.rate_hz)
    return strips.middle(filters.sample_at(_in_band(found, spec), positions), spec)
