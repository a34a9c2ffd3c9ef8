"""Ten seconds of one heart: rhythm, breathing, noise, and an electrocardiograph's rounding."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from elvmass.record import FloatArray
from elvmass.signal.electrodes import EXCHANGES
from elvmass.simulate.heart import Heart, LeadWave
from elvmass.simulate.options import SimulationOptions
from elvmass.simulate.population import STORED_LEADS

#: One step of the digitiser, µV. Eight leads are rounded, the other four computed from them.
RESOLUTION_UV = 5.0

_N = len(STORED_LEADS)
_EDGE_S = 1.0  # beats that begin or end outside the recording are rendered whole, then cut
_PAD_S = 2.5
_REACH = 5.0  # lobes are rendered to five SDs, 1e-5 of their height
_WANDER_HZ: FloatArray = np.arange(0.04, 0.70, 0.04)
_ELECTRODE_UV = 2.0
_ELECTRODE_FROM_HZ = 0.5

# Atrial fibrillation: mean RR as a share of the sinus one, its spread, the shortest; f waves.
_AF_RATE, _AF_SPREAD, _AF_LEAST_S = 0.9, 0.22, 0.32
_F_UV: FloatArray = np.array([15.0, 35.0, 60.0, 35.0, 20.0, 12.0, 10.0, 10.0])
_F_HZ = (4.5, 8.0)

# Excess of one noise (rms µV, or steps for motion), several times that of a fair recording.
_EXCESS_UV = {"wander": 350.0, "muscle": 35.0, "mains": 40.0, "motion": 600.0}
_MOTION_DECAY_S = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Rhythm:
    """Beats in time: reference instants [k] in s, QT stretch [k], gain per beat and lead [k, 8]."""

    beats_s: FloatArray
    stretch: FloatArray
    gains: FloatArray
    breathing_hz: float
    breathing_phase: float
    premature: bool


@dataclass(frozen=True, slots=True)
class BeatMarks:
    """True wave boundaries of one beat, seconds from the start; None: no wave, or not recorded."""

    p_on_s: float | None
    p_off_s: float | None
    qrs_on_s: float
    qrs_off_s: float
    t_off_s: float | None


def record_heart(
    heart: Heart, rng: np.random.Generator, options: SimulationOptions
) -> tuple[FloatArray, tuple[BeatMarks, ...]]:
    """Record the heart once.

    Returns
    -------
    signal_mv
        [12, n] standard leads, rounded to 5 µV steps.
    marks
        Boundaries of every beat whose QRS was recorded whole.
    """
    rhythm = draw_rhythm(heart, rng, options)
    clean = render(heart, rhythm, options)
    noise = options.noise_scale * draw_noise(rhythm, rng, options)
    eight = clean + noise + draw_excess(heart.conditions, rng, options)
    for exchange in EXCHANGES:
        if exchange.name in heart.conditions:
            eight = np.linalg.inv(exchange.back) @ eight
    return twelve_leads(np.rint(eight / RESOLUTION_UV)), beat_marks(heart, rhythm, options)


def beat_marks(heart: Heart, rhythm: Rhythm, options: SimulationOptions) -> tuple[BeatMarks, ...]:
    """True boundaries of the beats of a rhythm."""

    def recorded(time_s: float) -> float | None:
        return time_s if 0 <= time_s < options.seconds else None

    times, marks = heart.times, []
    for at, stretch in zip(rhythm.beats_s.tolist(), rhythm.stretch.tolist(), strict=True):
        on, off = at + times.qrs_on / 1000, at + times.qrs_off / 1000
        if on < 0 or off >= options.seconds:
            continue
        p_on, p_off = recorded(at + times.p_on / 1000), recorded(at + times.p_off / 1000)
        if "af" in heart.conditions or p_on is None or p_off is None:
            p_on = p_off = None
        t_off = recorded(off + stretch * (times.t_off - times.qrs_off) / 1000)
        marks.append(BeatMarks(p_on, p_off, on, off, t_off))
    return tuple(marks)


def draw_rhythm(heart: Heart, rng: np.random.Generator, options: SimulationOptions) -> Rhythm:
    """Sinus rhythm that breathes and wanders; 4 % of records have one premature atrial beat.

    Atrial fibrillation is irregular throughout, a pacemaker regular.
    """
    rr0 = 60.0 / heart.times.rate_bpm
    n = math.ceil((options.seconds + 2 * _EDGE_S + rr0) / (0.6 * rr0))  # enough at any clipping
    hz = max(0.25 + 0.05 * float(rng.standard_normal()), 0.1)
    phase = float(rng.uniform(0, 2 * math.pi))
    sd = rr0 * math.exp(-3.35 + 0.8 * float(rng.standard_normal()))
    walk = np.cumsum(rng.standard_normal(n)) / math.sqrt(options.seconds / rr0)
    wave = np.sin(2 * math.pi * hz * rr0 * np.arange(n) + phase)
    rr = rr0 + sd * (0.8 * wave + 0.9 * walk + 0.45 * rng.standard_normal(n))
    rr = np.clip(rr, 0.6 * rr0, 1.6 * rr0)
    start = -_EDGE_S - rr0 * float(rng.random())
    premature = _insert_premature(rr, rr0, start, rng, options.seconds)
    rr = _of_rhythm(rr, rr0, heart.conditions, rng)
    beats = start + np.cumsum(rr)
    stretch = np.clip(rr / rr0, 0.7, 1.3) ** 0.35
    gains = _beat_gains(np.sin(2 * math.pi * hz * beats + phase), rng)
    seen = (beats > -_EDGE_S) & (beats < options.seconds + _EDGE_S)
    return Rhythm(beats[seen], stretch[seen], gains[seen], hz, phase, premature)


def _of_rhythm(
    rr: FloatArray, rr0: float, conditions: frozenset[str], rng: np.random.Generator
) -> FloatArray:
    """[k] RR intervals that fibrillation or a pacemaker makes of those in sinus rhythm."""
    if "paced" in conditions:
        return np.full_like(rr, rr0)
    if "af" not in conditions:
        return rr
    drawn = _AF_RATE * rr0 * np.exp(_AF_SPREAD * rng.standard_normal(rr.size))
    return np.clip(drawn, max(_AF_LEAST_S, 0.6 * rr0), 1.6 * rr0)


def _insert_premature(
    rr: FloatArray, rr0: float, start: float, rng: np.random.Generator, seconds: float
) -> bool:
    """Shorten one interval inside the recording and lengthen the next, in place."""
    chance, where = rng.random(2)
    if chance >= 0.04:
        return False
    k = int((where * seconds - start) / rr0)
    k = min(max(k, 1), rr.size - 2)
    rr[k], rr[k + 1] = 0.65 * rr0, 1.3 * rr0
    return True


def _beat_gains(breath: FloatArray, rng: np.random.Generator) -> FloatArray:
    """[k, 8] breathing and beat-to-beat gain.

    The breathing part is held within ±25 %: in the free tail of its log-normal the R wave
    would triple within three beats.
    """
    spread = math.exp(0.45 * float(rng.standard_normal()))
    depth = spread * (0.075 * rng.standard_normal(_N) + 0.07 * float(rng.standard_normal()))
    depth = np.clip(depth, -0.25, 0.25)
    own = 0.022 * rng.standard_normal((breath.size, _N))
    common = 0.02 * rng.standard_normal((breath.size, 1))
    return 1.0 + np.outer(breath, depth) + own + common


def render(heart: Heart, rhythm: Rhythm, options: SimulationOptions) -> FloatArray:
    """[8, n] µV of the stored leads without noise."""
    pad = round(_PAD_S * options.rate_hz)
    signal = np.zeros((_N, round(options.seconds * options.rate_hz) + 2 * pad))
    canvas = _Canvas(signal, pad, options.rate_hz)
    canvas.add(heart.p, rhythm, _bell)
    canvas.add(heart.qrs, rhythm, _bell)
    canvas.add(heart.slur, rhythm, _odd)
    if heart.spike is not None:
        canvas.add(heart.spike, rhythm, _bell)
    canvas.add(heart.st_t, rhythm, _bell, stretch_from_ms=heart.times.qrs_off)
    return signal[:, pad : signal.shape[1] - pad]


def _bell(x: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-0.5 * x * x))


def _odd(x: FloatArray) -> FloatArray:
    """Give the derivative of the bell, scaled to extremes of ±1."""
    return np.asarray(-x * np.exp(0.5 - 0.5 * x * x))


@dataclass(frozen=True, slots=True, eq=False)
class _Canvas:
    """A padded [8, n] signal onto which waves are added, all beats at once."""

    signal: FloatArray
    pad: int
    rate_hz: float

    def add(
        self,
        wave: LeadWave,
        rhythm: Rhythm,
        shape: Callable[[FloatArray], FloatArray],
        stretch_from_ms: float | None = None,
    ) -> None:
        """Add ``wave`` at every beat; with ``stretch_from_ms`` its times follow the RR."""
        origin = 0.0 if stretch_from_ms is None else stretch_from_ms
        stretch = np.ones_like(rhythm.stretch) if stretch_from_ms is None else rhythm.stretch
        centres = origin + stretch[:, None] * (wave.centres_ms - origin)  # [k, lobes] ms
        sds = stretch[:, None] * wave.sds_ms
        first = (centres - _REACH * sds).min(axis=1) / 1000 + rhythm.beats_s
        length = float(((centres + _REACH * sds).max(axis=1) / 1000 + rhythm.beats_s - first).max())
        start = np.ceil(first * self.rate_hz).astype(int)  # [k] sample in the recording
        steps = np.arange(math.floor(length * self.rate_hz))
        ms = ((start[:, None] + steps) / self.rate_hz - rhythm.beats_s[:, None]) * 1000  # [k, s]
        lobes = shape((ms[:, None, :] - centres[:, :, None]) / sds[:, :, None])  # [k, lobes, s]
        leads = rhythm.gains[:, :, None] * (wave.leads_uv @ lobes)  # [k, 8, s]
        for begin, beat in zip((start + self.pad).tolist(), leads, strict=True):
            self.signal[:, begin : begin + steps.size] += beat


def draw_noise(rhythm: Rhythm, rng: np.random.Generator, options: SimulationOptions) -> FloatArray:
    """[8, n] µV: baseline wander, breathing, muscle and electrode noise, mains."""
    time_s = np.arange(round(options.seconds * options.rate_hz)) / options.rate_hz
    return np.asarray(
        _baseline(time_s, rhythm, rng) + _broadband(time_s.size, rng, options.rate_hz)
        + _mains(time_s, rng, options.mains_hz)
    )  # fmt: skip


def _baseline(time_s: FloatArray, rhythm: Rhythm, rng: np.random.Generator) -> FloatArray:
    """Sum of slow sines, amplitude ∝ f^-1.5, plus the breath that also moves the heart."""
    hz = _WANDER_HZ
    angle = 2 * math.pi * np.outer(hz, time_s)
    weights = rng.standard_normal((2, _N, hz.size)) * hz**-1.5
    wander = weights[0] @ np.sin(angle) + weights[1] @ np.cos(angle)
    wander -= wander.mean(axis=1, keepdims=True)
    level = 28.0 * math.exp(0.8 * float(rng.standard_normal()))
    rms = level * np.exp(0.4 * rng.standard_normal(_N))
    wander *= (rms / np.sqrt((wander**2).mean(axis=1)))[:, None]
    breath = np.sin(2 * math.pi * rhythm.breathing_hz * time_s + rhythm.breathing_phase)
    return np.asarray(wander + np.outer(0.6 * level * rng.standard_normal(_N), breath))


def _broadband(n: int, rng: np.random.Generator, rate_hz: float) -> FloatArray:
    """[8, n] muscle noise (15 to 110 Hz, each record its own level) and 1/√f electrode noise."""
    hz = np.fft.rfftfreq(n, 1 / rate_hz)
    level = 4.2 * math.exp(0.6 * float(rng.standard_normal()))
    muscle = _muscle_shape(hz)
    electrode = _unit_power(np.where(hz >= _ELECTRODE_FROM_HZ, np.maximum(hz, 0.1) ** -0.5, 0.0))
    amplitude = np.sqrt((level * muscle) ** 2 + (_ELECTRODE_UV * electrode) ** 2)
    parts = rng.standard_normal((2, _N, hz.size))
    spectrum = (parts[0] + 1j * parts[1]) * (amplitude * n / 2)
    return np.asarray(np.fft.irfft(spectrum, n))


def draw_excess(
    conditions: frozenset[str], rng: np.random.Generator, options: SimulationOptions
) -> FloatArray:
    """[8, n] µV that conditions of the recording add: f waves, and one kind of noise each."""
    n = round(options.seconds * options.rate_hz)
    time_s = np.arange(n) / options.rate_hz
    extra = np.zeros((_N, n))
    for kind in sorted(conditions & _EXCESS.keys()):
        extra += _EXCESS[kind](time_s, rng, options)
    return extra


def _f_waves(time_s: FloatArray, rng: np.random.Generator, _: SimulationOptions) -> FloatArray:
    """Fibrillation: a saw-like wave whose frequency and size wander, largest in V1."""
    hz = _F_HZ[0] + (_F_HZ[1] - _F_HZ[0]) * float(rng.random())
    drift = 1.2 * np.sin(2 * math.pi * 0.7 * time_s + float(rng.uniform(0, 2 * math.pi)))
    angle = 2 * math.pi * hz * time_s + drift
    swell = 1 + 0.4 * np.sin(2 * math.pi * 0.4 * time_s + float(rng.uniform(0, 2 * math.pi)))
    wave = swell * (np.sin(angle) + 0.35 * np.sin(2 * angle + 0.8))
    return np.outer(_F_UV * np.exp(0.3 * rng.standard_normal(_N)), wave)


def _wander(time_s: FloatArray, rng: np.random.Generator, _: SimulationOptions) -> FloatArray:
    hz = rng.uniform(0.1, 0.6, (_N, 3))
    phase = rng.uniform(0, 2 * math.pi, (_N, 3))
    waves = np.sin(2 * math.pi * hz[:, :, None] * time_s + phase[:, :, None])
    return np.asarray(_EXCESS_UV["wander"] * waves.sum(axis=1) / math.sqrt(1.5))


def _muscle(time_s: FloatArray, rng: np.random.Generator, options: SimulationOptions) -> FloatArray:
    hz = np.fft.rfftfreq(time_s.size, 1 / options.rate_hz)
    parts = rng.standard_normal((2, _N, hz.size))
    spectrum = (parts[0] + 1j * parts[1]) * (_muscle_shape(hz) * time_s.size / 2)
    return np.asarray(_EXCESS_UV["muscle"] * np.fft.irfft(spectrum, time_s.size))


def _hum(time_s: FloatArray, rng: np.random.Generator, options: SimulationOptions) -> FloatArray:
    phase = float(rng.uniform(0, 2 * math.pi))
    wave = math.sqrt(2) * np.sin(2 * math.pi * options.mains_hz * time_s + phase)
    return _EXCESS_UV["mains"] * np.outer(rng.uniform(0.5, 1.5, _N), wave)


def _motion(time_s: FloatArray, rng: np.random.Generator, _: SimulationOptions) -> FloatArray:
    """Two jumps of electrodes in each of three leads, that decay as an amplifier's high-pass."""
    moved = np.zeros((_N, time_s.size))
    for lead in rng.choice(_N, 3, replace=False):
        for start in rng.uniform(0, float(time_s[-1]), 2):
            after = np.maximum(time_s - start, 0.0)
            size = _EXCESS_UV["motion"] * float(rng.choice((-1.0, 1.0)))
            moved[lead] += size * (time_s >= start) * np.exp(-after / _MOTION_DECAY_S)
    return moved


_EXCESS: dict[str, Callable[[FloatArray, np.random.Generator, SimulationOptions], FloatArray]] = {
    "af": _f_waves, "wander": _wander, "muscle": _muscle, "mains": _hum, "motion": _motion,
}  # fmt: skip


def _muscle_shape(hz: NDArray[np.floating]) -> FloatArray:
    """Spectrum of muscle noise of 1 µV rms, 15 to 110 Hz."""
    return _unit_power(1.0 / np.sqrt((1 + (15 / np.maximum(hz, 0.1)) ** 8) * (1 + (hz / 110) ** 8)))


def _unit_power(amplitude: FloatArray) -> FloatArray:
    """Scale a one-sided amplitude spectrum so that ``_broadband`` makes noise of 1 µV rms."""
    return amplitude / math.sqrt(float((amplitude**2).sum()))


def _mains(time_s: FloatArray, rng: np.random.Generator, mains_hz: float) -> FloatArray:
    size = 0.8 * math.exp(float(rng.standard_normal()))
    phase = float(rng.uniform(0, 2 * math.pi))
    wave = np.sin(2 * math.pi * mains_hz * time_s + phase)
    return size * np.outer(rng.standard_normal(_N), wave)


def twelve_leads(steps: FloatArray) -> FloatArray:
    """[8, n] whole digitiser steps of the stored leads -> [12, n] mV in the standard order.

    III, aVR, aVL and aVF come from the rounded I and II, as in an electrocardiograph.
    """
    per_mv = 1000.0 / RESOLUTION_UV
    i, ii = steps[0] / per_mv, steps[1] / per_mv
    limb = np.stack([i, ii, ii - i, -(i + ii) / 2, i - ii / 2, ii - i / 2])
    return np.vstack([limb, steps[2:] / per_mv])
