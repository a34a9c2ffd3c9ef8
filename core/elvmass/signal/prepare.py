"""The one entry of the signal room: a record becomes the beat that a model sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median as middle_of
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from elvmass.beat import Beat, BeatKind, Fiducials, Strip
from elvmass.card import BeatSpec, View
from elvmass.errors import SignalError
from elvmass.record import FloatArray, LeadMeasurements, Measurements, Notice, Record
from elvmass.signal import amplitudes, beats, electrodes, filters, pacing, quality, rpeaks, strips
from elvmass.signal.delineate import delineate
from elvmass.signal.measure import Waves, measure
from elvmass.signal.refine import Delineation, refine

#: Rate of detection, alignment and delineation, whatever the rate of the file, Hz.
WORKING_HZ = 500.0
#: Band of the signal that is delineated, whatever band the model sees, Hz.
DELINEATION_BAND_HZ = (0.5, 70.0)

INDEPENDENT_ROWS = [0, 1, 6, 7, 8, 9, 10, 11]  # I, II, V1-V6: the other four follow from I, II
#: Weights of I and II in III, aVR, aVL and aVF (Einthoven, Goldberger).
LIMB_WEIGHTS = ((-1.0, 1.0), (-0.5, -0.5), (1.0, -0.5), (-0.5, 1.0))
_BEFORE_S, _AFTER_S = 0.50, 0.80  # window of the representative beat
_NOISE_S = (-0.15, 0.30)  # where beats are compared: inside the cycle at any usual rate
_MEDIAN_OF = 20  # beats that enter the representative beat, nearest the middle

NotchChoice = float | Literal["auto"] | None


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What the signal room finds in one record.

    Attributes
    ----------
    beat
        The chosen beat, filtered, on the model's grid, with its boundaries.
    strip
        The stretch that a model of strips sees; None for a model of beats.
    beat_times_s
        R peaks of all beats that were found, seconds from the start of the recording.
    measured
        Our own measurements of the median beat (QTc by Bazett).
    leads
        Waves of the median beat lead by lead, in the diagnostic band.
    filter_text
        What was done to the signal, in words.
    notch_hz
        The mains frequency that was removed, or None.
    notices
        What lowers the trust in this beat.
    """

    beat: Beat
    strip: Strip | None
    beat_times_s: tuple[float, ...]
    measured: Measurements
    leads: LeadMeasurements
    filter_text: str
    notch_hz: float | None
    notices: tuple[Notice, ...]

    @property
    def seen(self) -> Beat | Strip:
        """What the model sees."""
        return self.beat if self.strip is None else self.strip


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Everything between the raw signal and the choice of a beat.

    Attributes
    ----------
    spectrum
        The recording, ready for any filter.
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
    noise_mv
        Median deviation (rms over samples) of a used beat from it, in the worst lead.
    """

    spectrum: filters.Spectrum
    gap: NDArray[np.bool_]
    notch_hz: float | None
    train: beats.Train
    used: NDArray[np.intp]
    delineation: Delineation
    beat_mv: FloatArray
    offsets_s: FloatArray
    noise_mv: float

    @property
    def waves(self) -> Waves:
        """Boundaries by the median of leads: for drawing, segments, measurements and models."""
        return self.delineation.waves


def prepare(
    record: Record,
    spec: BeatSpec,
    *,
    kind: BeatKind | None = None,
    notch_hz: NotchChoice = "auto",
) -> Prepared:
    """Filter, find the beats, choose one, find its wave boundaries and measure it.

    For a model of strips the strip is made as well.

    Parameters
    ----------
    record
        Any 12-lead record.
    spec
        The model's band, window and rate; they are part of the model.
    kind
        Overrides ``spec.kind`` (the paper: the middle one of the complete beats).
    notch_hz
        Mains notch; "auto" removes 50 or 60 Hz if it is visible in the spectrum.

    Raises
    ------
    SignalError
        If no estimate may be made from this recording; the message says why.
    """
    quality.require_signal(record)
    found = find(record, lowest_hz=spec.band_hz[0], notch_hz=notch_hz)
    beat, band_text = _choose(found, spec.of_beat, kind or spec.kind)
    quality.require_beat(beat)
    rr = np.diff(found.train.times_s)
    rr_s = float(rr.mean()) if rr.size else None
    measured = measure(found.waves, found.beat_mv[:2], found.offsets_s, rr_s)
    notch = "no notch" if found.notch_hz is None else f"notch {found.notch_hz:g} Hz"
    return Prepared(
        beat=beat,
        strip=_strip(record, found, spec) if spec.view is View.STRIP else None,
        beat_times_s=tuple(found.train.times_s.tolist()),
        measured=measured,
        leads=measure_leads(found),
        filter_text=f"{band_text}, {notch}{strips.text(spec)}",
        notch_hz=found.notch_hz,
        notices=(
            *_suspicions(record, found),
            *strips.notices(record, spec),
            *quality.notices(record, found.train, found.noise_mv, measured, beat),
        ),
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
    rr_s = neighbours(train, used)
    median = beats.middle(stack)
    proposed = delineate(stack, median, offsets_s, rr_s)
    delineation = refine(proposed, median, offsets_s, rr_s)
    noise_mv = _noise(stack, median, offsets_s)
    return Found(spectrum, gap, notch, train, used, delineation, median, offsets_s, noise_mv)


def _noise(stack: FloatArray, median: FloatArray, offsets_s: FloatArray) -> float:
    """Median deviation (rms over samples) of a beat from the median one, in the worst lead."""
    core = slice(*np.searchsorted(offsets_s, _NOISE_S))
    rest = stack[:, :, core] - median[:, core]
    rms = np.sqrt(np.einsum("nlm,nlm->nl", rest, rest) / rest.shape[2])
    return float(beats.middle(rms).max())


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


def neighbours(train: beats.Train, numbers: NDArray[np.intp]) -> tuple[float, float]:
    """Median RR interval before and after the given beats, seconds; 1 s where unknown."""
    rr = np.diff(train.times_s)
    before = rr[numbers[numbers > 0] - 1]
    after = rr[numbers[numbers < train.r.size - 1]]
    return (
        middle_of(before.tolist()) if before.size else 1.0,
        middle_of(after.tolist()) if after.size else 1.0,
    )


def _choose(found: Found, spec: BeatSpec, kind: BeatKind) -> tuple[Beat, str]:
    """Cut the beat on the model's grid; also its band in words."""
    _, low_pass = filters.effective_band(spec.band_hz, found.spectrum.rate_hz)
    signal = _in_band(found, spec)
    train = found.train
    numbers = beats.complete(train, found.gap, spec.before_s, spec.after_s)
    if numbers.size == 0:
        raise SignalError(
            f"No complete heartbeat ({spec.before_s:g} s before to {spec.after_s:g} s after R) "
            "was found in this recording. Use a recording of 10 s."
        )
    beat = _cut(found, spec, kind, signal, numbers)
    low, high = spec.band_hz
    text = f"band-pass {low:g}-{high:g} Hz" if low_pass else f"high-pass {low:g} Hz"
    return beat, f"{text} zero-phase"


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


def _cut(
    found: Found, spec: BeatSpec, kind: BeatKind, signal: FloatArray, numbers: NDArray[np.intp]
) -> Beat:
    """Cut the middle beat or the median of the dominant ones out of a filtered [12, n] signal."""
    train = found.train
    place = numbers.size // 2  # the paper's "middle heartbeat"
    middle = int(numbers[place])
    offsets_s = (np.arange(spec.n_samples) - spec.r_index) / spec.rate_hz
    chosen = numbers[[place]]
    if kind is BeatKind.MEDIAN and train.dominant[numbers].any():
        chosen = numbers[train.dominant[numbers]]
    values = beats.median_beat(signal, train, chosen, offsets_s)
    first, last = 0, spec.n_samples
    if spec.hold_outside_cycle:
        first, last = _cycle(found.waves, spec, *neighbours(train, chosen))
        values[:, :first] = values[:, first : first + 1]
        values[:, last:] = values[:, last - 1 : last]
    return Beat(
        signal_mv=values,
        rate_hz=spec.rate_hz,
        r_index=spec.r_index,
        fiducials=fiducials(found.waves, spec),
        kind=kind,
        start_s=float(train.times_s[middle] + offsets_s[0]),
        number=place,
        count=int(numbers.size),
        likeness=1.0 if kind is BeatKind.MEDIAN else float(train.likeness[middle]),
        valid_from=first,
        valid_to=last,
    )


def _cycle(waves: Waves, spec: BeatSpec, before_s: float, after_s: float) -> tuple[int, int]:
    """Find the samples between the previous beat's T end and the next beat's P onset.

    Where waves of two beats overlap (fast rates), this beat's own wave is kept.
    """
    t_end = waves.qrs_off if waves.t_off is None else waves.t_off
    p_onset = waves.qrs_on if waves.p_on is None else waves.p_on
    start_s = min(t_end - before_s, p_onset)
    stop_s = max(p_onset + after_s, t_end)
    start_s = max(start_s, waves.qrs_off - before_s)
    stop_s = min(stop_s, waves.qrs_on + after_s)
    first = int(np.ceil(start_s * spec.rate_hz)) + spec.r_index
    last = int(np.floor(stop_s * spec.rate_hz)) + spec.r_index
    own = fiducials(waves, spec)  # rounding may not cut a sample off this beat's own waves
    first = min(first, own.qrs_on if own.p_on is None else own.p_on)
    last = max(last, own.qrs_off if own.t_off is None else own.t_off)
    return (
        min(max(first, 0), spec.r_index),
        max(min(last, spec.n_samples), spec.r_index + 1),
    )


def fiducials(waves: Waves, spec: BeatSpec) -> Fiducials:
    """Boundaries as samples of the model's grid; what falls outside the window is cut off."""

    def at(seconds: float) -> int:
        return min(max(round(seconds * spec.rate_hz) + spec.r_index, 0), spec.n_samples)

    def wave(on: float | None, off: float | None) -> tuple[int | None, int | None]:
        if on is None or off is None or at(off) <= at(on):
            return None, None
        return at(on), at(off)

    p_on, p_off = wave(waves.p_on, waves.p_off)
    t_on, t_off = wave(waves.t_on, waves.t_off)
    return Fiducials(p_on, p_off, at(waves.qrs_on), at(waves.qrs_off), t_on, t_off)
