"""Zero-phase filters and resampling, done once in the frequency domain.

A recording is transformed once (:func:`analyse`); every band that a later stage needs, at every
rate, is one inverse transform of it (:meth:`Spectrum.render`).

Departure from the usual ``sosfiltfilt``: the band edges are the magnitude of an *analogue*
Butterworth filter of order 3 run forwards and backwards, ``1 / (1 + (f / fc)**6)``. In the
interior of a recording this equals ``sosfiltfilt`` at rates far above the edge, and unlike it,
it is the same filter at 125 Hz as at 1000 Hz: a digital filter warps near its Nyquist frequency,
and a model would see a different beat for each device. Amplitude at an edge is one half (-6 dB),
as always for forward-backward filtering.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.ndimage import correlate1d

from elvmass.record import FloatArray

#: Mains frequencies that a notch may remove, Hz.
MAINS_HZ: tuple[float, ...] = (50.0, 60.0)

_ORDER = 3
_NOTCH_HALF_WIDTH_HZ = 0.7
_TAPS = 16  # of the interpolator; error below 1e-4 up to a third of the rate
_FEW_TAPS = 8  # of the quick interpolator; error below 2e-4 up to a fifth of the rate
_TABLE = 512  # sub-sample steps of the tabulated interpolator


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """The Fourier transform of a padded recording, ready to be filtered and resampled.

    A lead is transformed when it is first asked for: wave boundaries need eight of the twelve.

    Attributes
    ----------
    signal
        [leads, n] the recording.
    rate_hz
        Of the recording.
    n_pad, n_padded
        Length of the mirrored ends and of the transformed block.
    """

    signal: FloatArray
    rate_hz: float
    n_pad: int
    n_padded: int
    _known: dict[int, NDArray[np.complex128]] = field(init=False, default_factory=dict)

    @property
    def n_samples(self) -> int:
        """Length of the recording."""
        return int(self.signal.shape[1])

    def coefficients(self, rows: Sequence[int] | None = None) -> list[NDArray[np.complex128]]:
        """Complex [k] of each of these leads; of all leads by default."""
        wanted = range(self.signal.shape[0]) if rows is None else rows
        missing = [row for row in wanted if row not in self._known]
        if missing:
            block = np.zeros((len(missing), self.n_padded))
            for row, lead in zip(block, missing, strict=True):  # a lead fits the cache, all do not
                _pad(self.signal[lead], self.n_pad, row)
            self._known.update(zip(missing, fft.rfft(block, overwrite_x=True), strict=True))
        return [self._known[row] for row in wanted]

    @property
    def frequencies_hz(self) -> FloatArray:
        """[k] frequency of each coefficient; read-only."""
        return _grid_hz(*self._grid)

    def gain(self, band_hz: tuple[float, float], notch_hz: float | None) -> FloatArray:
        """[k] amplitude of a band-pass, as far as the rate holds it, and of a notch; read-only."""
        band, _ = effective_band(band_hz, self.rate_hz)
        return _gain(*self._grid, band, notch_hz)

    @property
    def _grid(self) -> tuple[int, float]:
        """Number of the coefficients and the step between them, Hz."""
        return self.n_padded // 2 + 1, self.rate_hz / self.n_padded

    def render(
        self,
        gain: FloatArray,
        rate_hz: float,
        rows: Sequence[int] | None = None,
        *,
        single: bool = False,
    ) -> tuple[FloatArray, float]:
        """Render leads of the recording, filtered by ``gain`` [k], at about ``rate_hz``.

        Returns [leads, m] and its true rate, which is ``rate_hz`` wherever a whole number of
        samples fits the block (all common rates). Sample 0 is sample 0 of the recording.
        ``single`` transforms in single precision, in half the time.
        """
        n_out = round(self.n_padded * rate_hz / self.rate_hz)
        true_rate_hz = self.rate_hz * n_out / self.n_padded
        keep = gain * _taper(*self._grid, min(true_rate_hz, self.rate_hz))
        last = min(keep.size, n_out // 2 + 1, int(np.flatnonzero(keep)[-1]) + 1)
        factor = np.repeat(keep[:last] * (n_out / self.n_padded), 2)  # of real and imaginary part
        leads = self.coefficients(rows)
        scaled = np.empty((len(leads), 2 * last), np.float32 if single else np.float64)
        for row, of_lead in zip(scaled, leads, strict=True):
            parts = of_lead[:last].view(np.float64)
            np.multiply(parts, factor, out=row, casting="same_kind")
        length = int((self.n_samples - 1) * n_out / self.n_padded + 1e-9) + 1
        block: NDArray[np.complexfloating[Any]] = scaled.view(
            np.complex64 if single else np.complex128
        )
        rendered = fft.irfft(block, n_out, overwrite_x=True)[:, :length]
        return rendered.astype(np.float64, copy=False), true_rate_hz


def analyse(signal: FloatArray, rate_hz: float, lowest_hz: float, working_hz: float) -> Spectrum:
    """Transform a finite [leads, n] recording, padded for filters that begin at ``lowest_hz``.

    The line through its ends is taken away (a band-pass removes it anyway) and the rest mirrored
    with odd symmetry, fading out, so that no edge of the recording rings. The block is made long
    enough for a whole number of samples at ``working_hz``.
    """
    n = signal.shape[1]
    pad = min(n - 1, round(rate_hz * min(max(0.75 / lowest_hz, 0.5), 8.0)))
    return Spectrum(signal, rate_hz, pad, _block_length(n + 2 * pad, rate_hz, working_hz))


def _pad(lead: FloatArray, pad: int, block: FloatArray) -> None:
    """Write a lead without the line through its ends, and its mirrored ends, into zeros."""
    n = lead.size
    ramp, fade = _ramp(n), _fade(pad)
    level = block[:n]
    np.subtract(lead, lead[0], out=level)
    level -= level[-1] * ramp
    np.multiply(level[n - 1 - pad : n - 1][::-1], fade, out=block[n : n + pad])
    np.multiply(level[pad:0:-1], fade[::-1], out=block[block.size - pad :])
    np.negative(block[n:], out=block[n:])


@lru_cache(maxsize=4)
def _ramp(n: int) -> FloatArray:
    return _read_only(np.linspace(0.0, 1.0, n))


@lru_cache(maxsize=4)
def _fade(pad: int) -> FloatArray:
    return _read_only(0.5 + 0.5 * np.cos(np.pi * np.arange(1, pad + 1) / (pad + 1)))


@lru_cache(maxsize=8)
def _block_length(at_least: int, rate_hz: float, working_hz: float) -> int:
    """Choose a fast transform length that holds a whole number of samples at both rates."""
    ratio = Fraction(working_hz / rate_hz).limit_denominator(1000)
    step = ratio.denominator
    return step * fft.next_fast_len(-(-at_least // step), real=True)


# One recorder makes recordings of one length: their gains are the same, and remembered.


@lru_cache(maxsize=8)
def _grid_hz(count: int, step_hz: float) -> FloatArray:
    return _read_only(np.arange(count, dtype=np.float64) * step_hz)


@lru_cache(maxsize=16)
def _gain(
    count: int, step_hz: float, band_hz: tuple[float, float], notch_hz: float | None
) -> FloatArray:
    f = _grid_hz(count, step_hz)
    return _read_only(butterworth_gain(f, band_hz) * notch_gain(f, notch_hz))


@lru_cache(maxsize=8)
def _taper(count: int, step_hz: float, rate_hz: float) -> FloatArray:
    return _read_only(anti_alias(_grid_hz(count, step_hz), rate_hz))


def _read_only(values: FloatArray) -> FloatArray:
    values.flags.writeable = False
    return values


def butterworth_gain(frequencies_hz: FloatArray, band_hz: tuple[float, float]) -> FloatArray:
    """[k] amplitude of the zero-phase band-pass (order 3, forwards and backwards)."""
    low_hz, high_hz = band_hz
    with np.errstate(divide="ignore"):
        high_pass = 1.0 / (1.0 + (low_hz / frequencies_hz) ** (2 * _ORDER))
    return np.asarray(high_pass / (1.0 + (frequencies_hz / high_hz) ** (2 * _ORDER)))


def notch_gain(frequencies_hz: FloatArray, notch_hz: float | None) -> FloatArray:
    """[k] amplitude of a zero-phase notch, 1.4 Hz wide at half amplitude; ones without one."""
    if notch_hz is None:
        return np.ones_like(frequencies_hz)
    distance = (frequencies_hz - notch_hz) / _NOTCH_HALF_WIDTH_HZ
    return np.asarray(1.0 - 1.0 / (1.0 + distance**4))


def anti_alias(frequencies_hz: FloatArray, rate_hz: float) -> FloatArray:
    """[k] raised cosine from 1 at 0.8 to 0 at 1.0 of the Nyquist frequency of ``rate_hz``."""
    nyquist_hz = rate_hz / 2.0
    x = np.clip((frequencies_hz - 0.8 * nyquist_hz) / (0.2 * nyquist_hz), 0.0, 1.0)
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * x))


def effective_band(
    band_hz: tuple[float, float], rate_hz: float
) -> tuple[tuple[float, float], bool]:
    """Limit a band to what ``rate_hz`` can hold; also whether it still has a low-pass.

    At or above the Nyquist frequency there is nothing left to pass: the upper edge becomes
    infinite.
    """
    low_hz, high_hz = band_hz
    if not 0 < low_hz < high_hz:
        raise ValueError(f"a band needs 0 < low < high, not {band_hz}")
    if high_hz >= rate_hz / 2:
        return (low_hz, float("inf")), False
    return (low_hz, high_hz), True


def mains_hz(spectrum: Spectrum, rows: Sequence[int] | None = None) -> float | None:
    """Find the mains frequency that is visibly present in these leads (all), or None.

    A line counts as present if it carries at least ten times the mean power of its
    neighbourhood (1 to 4 Hz away, per bin) and 1 µV rms in some lead. A neighbourhood *mean*,
    because the harmonics of a regular heart rate stand above a median.
    """
    scores = {f: _line_score(spectrum, rows, f) for f in MAINS_HZ if f + 5.0 < spectrum.rate_hz / 2}
    best = max(scores, key=lambda f: scores[f], default=None)
    return best if best is not None and scores[best] > 10.0 else None


def _line_score(spectrum: Spectrum, rows: Sequence[int] | None, line_hz: float) -> float:
    """Power of the line over its neighbourhood; 0 if it is below 1 µV rms in all leads."""
    per_hz = spectrum.n_padded / spectrum.rate_hz
    spans_hz = line_hz + np.array([[-4.0, -1.0], [-0.3, 0.3], [1.0, 4.0]])
    bounds = np.rint(spans_hz * per_hz).astype(np.intp)
    bounds[:, 1] += 1
    first, last = bounds[0, 0], bounds[2, 1] + 1
    near = np.stack([of_lead[first:last] for of_lead in spectrum.coefficients(rows)])
    sums = np.add.reduceat(near.real**2 + near.imag**2, bounds.ravel() - first, axis=1)
    power = sums[:, ::2] / np.diff(bounds).ravel()
    line, around = power[:, 1], power[:, 0] + power[:, 2]
    # Parseval: one-sided power of a sinusoid of n samples, here in a padded block.
    rms_mv = np.sqrt(2.0 * line * (0.6 * per_hz + 1) / (spectrum.n_padded * spectrum.n_samples))
    if rms_mv.max() < 0.001:
        return 0.0
    return float(2.0 * line.sum() / max(around.sum(), 1e-30))


def band_pass(
    signal_mv: FloatArray,
    rate_hz: float,
    band_hz: tuple[float, float],
    notch_hz: float | None = None,
) -> FloatArray:
    """Filter a finite [leads, n] recording: zero-phase band-pass and notch, same rate and unit.

    For display and export; :func:`elvmass.signal.prepare.prepare` runs the same filter.
    """
    band, _ = effective_band(band_hz, rate_hz)
    spectrum = analyse(signal_mv, rate_hz, band[0], rate_hz)
    f = spectrum.frequencies_hz
    # No anti-alias here: the rate does not change. Rendering at the own rate would taper.
    gain = butterworth_gain(f, band) * notch_gain(f, notch_hz)
    filtered = fft.irfft(np.stack(spectrum.coefficients()) * gain, spectrum.n_padded)
    return np.asarray(filtered[:, : spectrum.n_samples])


def resample(signal: FloatArray, rate_hz: float, to_hz: float) -> FloatArray:
    """Resample a finite [leads, n] recording, anti-aliased; sample 0 stays where it is."""
    ramp = np.linspace(signal[:, 0], signal[:, -1], signal.shape[1], axis=1)
    spectrum = analyse(signal, rate_hz, 0.5, to_hz)
    out, true_hz = spectrum.render(np.ones(spectrum.frequencies_hz.size), to_hz)
    t = np.arange(out.shape[1]) * (rate_hz / true_hz)
    out += np.stack([np.interp(t, [0, signal.shape[1] - 1], [r[0], r[-1]]) for r in ramp])
    return out


def fill_gaps(signal: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Bridge NaN with straight lines; also [n], True where any lead had a gap."""
    if not np.isnan(signal.sum()):  # any gap would show in the sum
        return signal, np.zeros(signal.shape[1], dtype=np.bool_)
    missing = np.isnan(signal)
    gap: NDArray[np.bool_] = np.asarray(missing.any(axis=0))
    t = np.arange(signal.shape[1])
    filled = signal.copy()
    for row, bad in zip(filled, missing, strict=True):
        if bad.any() and not bad.all():
            row[bad] = np.interp(t[bad], t[~bad], row[~bad])
    return np.nan_to_num(filled, nan=0.0, copy=False), gap


def _kernels(taps: int) -> FloatArray:
    """[_TABLE + 1, taps] Kaiser-windowed sinc at every sub-sample step, each summing to 1."""
    offset = np.arange(taps) - (taps // 2 - 1)
    x = offset[None, :] - np.linspace(0.0, 1.0, _TABLE + 1)[:, None]
    window = np.i0(7.0 * np.sqrt(np.clip(1 - (x / (taps / 2)) ** 2, 0, None)))
    kernel = np.sinc(x) * window
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))


_KERNELS, _FEW_KERNELS = _kernels(_TAPS), _kernels(_FEW_TAPS)


def sample_at(signal: FloatArray, positions: FloatArray) -> FloatArray:
    """Values of a band-limited [leads, n] signal at fractional sample ``positions`` [m].

    Windowed-sinc interpolation with 16 taps; beyond the ends the end value continues. Exact to
    about 1e-4 for content below a third of the rate.
    """
    whole = np.floor(positions).astype(np.intp)
    kernel = _KERNELS[np.rint((positions - whole) * _TABLE).astype(np.intp)]  # [m, taps]
    index = whole[:, None] + np.arange(_TAPS) - (_TAPS // 2 - 1)  # [m, taps]
    np.clip(index, 0, signal.shape[1] - 1, out=index)
    return np.asarray(np.einsum("lmt,mt->lm", signal[:, index], kernel))


def window_at(signal: FloatArray, start: float, length: int) -> FloatArray:
    """``length`` successive samples of a [leads, n] signal from a fractional position on.

    The same interpolation as :func:`sample_at` at ``start + arange(length)``, several times
    faster, because every sample needs the same kernel.
    """
    whole = int(np.floor(start))
    kernel = _KERNELS[int(np.rint((start - whole) * _TABLE))]
    first = whole - (_TAPS // 2 - 1)
    last = first + length + _TAPS - 1
    if first < 0 or last > signal.shape[1]:
        return sample_at(signal, start + np.arange(length, dtype=np.float64))
    sums = correlate1d(signal[:, first:last], kernel, axis=1, mode="constant")
    return np.asarray(sums[:, _TAPS // 2 : _TAPS // 2 + length])


def windows_at(signal: FloatArray, starts: FloatArray, length: int) -> FloatArray:
    """[n, leads, length] windows of a [leads, n] signal from fractional positions on.

    With half the taps of :func:`window_at`: for content below a fifth of the rate.
    """
    whole = np.floor(starts).astype(np.intp)
    kernels = _FEW_KERNELS[np.rint((starts - whole) * _TABLE).astype(np.intp)]
    wide = length + _FEW_TAPS - 1
    cut = cuts(signal, whole - (_FEW_TAPS // 2 - 1), wide)
    windows = np.empty_like(cut)
    for window, part, kernel in zip(windows, cut, kernels, strict=True):
        # All leads as one row, far quicker than a filter along an axis; the last samples of each
        # lead, where the next lead enters, are those that no window needs.
        window.reshape(-1)[: part.size - _FEW_TAPS + 1] = np.correlate(part.ravel(), kernel)
    return windows[:, :, :length]


def cuts(signal: FloatArray, starts: NDArray[np.intp], length: int) -> FloatArray:
    """[n, leads, length] cut-outs of a [leads, n] signal; beyond the ends the end value stays."""
    cut = np.empty((starts.size, signal.shape[0], length))
    last = signal.shape[1] - 1
    for part, start in zip(cut, starts.tolist(), strict=True):
        if start >= 0 and start + length <= last + 1:
            part[:] = signal[:, start : start + length]
        else:
            part[:] = signal[:, np.clip(np.arange(start, start + length), 0, last)]
    return cut
