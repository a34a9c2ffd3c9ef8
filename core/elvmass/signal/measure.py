"""Global measurements of our own: rate, intervals, frontal axes.

Intervals are those between the *median-of-leads* boundaries, and not from the earliest onset to
the latest end (:attr:`elvmass.signal.refine.Delineation.outer`), because these come nearer to what
devices print: on ten recordings with the device's own values, QRS differs by 6 ms on average
(outer: 18 ms, always longer) and QT by 9 ms (outer: 15 ms). The models, too, were trained on them.

Axes follow the common rule of ECG devices, the direction of the *net area* of the wave in the
frontal plane from leads I and aVF. aVF is scaled by 2/√3, because an augmented lead shows only
that share of the heart vector that a bipolar lead of the same direction would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from elvmass.record import FloatArray, Measurements

_NO_DIRECTION = 1e-4  # mV·ms: a net area below carries no axis


@dataclass(frozen=True, slots=True)
class Waves:
    """Wave boundaries of the representative beat, seconds from R; None where there is no wave."""

    p_on: float | None
    p_off: float | None
    qrs_on: float
    qrs_off: float
    t_on: float | None
    t_off: float | None


def measure(
    waves: Waves, limb_mv: FloatArray, offsets_s: FloatArray, rr_s: float | None
) -> Measurements:
    """Measurements of a representative beat.

    Parameters
    ----------
    waves
        Its boundaries.
    limb_mv
        [2, m] leads I and II of the beat, mV.
    offsets_s
        [m] times from R.
    rr_s
        Mean RR interval; None with a single beat, then there is no rate and no QTc.
    """
    qt_s = None if waves.t_off is None else waves.t_off - waves.qrs_on
    area = _FrontalArea(limb_mv, offsets_s, waves.qrs_on)
    return Measurements(
        rate_bpm=None if rr_s is None else 60.0 / rr_s,
        pr_ms=None if waves.p_on is None else 1000.0 * (waves.qrs_on - waves.p_on),
        qrs_ms=1000.0 * (waves.qrs_off - waves.qrs_on),
        qt_ms=None if qt_s is None else 1000.0 * qt_s,
        qtc_ms=None if qt_s is None or rr_s is None else 1000.0 * _bazett(qt_s, rr_s),
        p_axis_deg=area.axis_deg(waves.p_on, waves.p_off, local_baseline=True),
        qrs_axis_deg=area.axis_deg(waves.qrs_on, waves.qrs_off),
        t_axis_deg=area.axis_deg(waves.t_on, waves.t_off),
    )


def _bazett(qt_s: float, rr_s: float) -> float:
    return qt_s / float(np.sqrt(rr_s))


#: QT corrected to 60/min from QT and RR in seconds. Bazett 1920, Fridericia 1920 (Acta Med Scand
#: 53:469), Framingham: Sagie et al. 1992 (Am J Cardiol 70:797), Hodges et al. 1983 (JACC 1:694).
QTC_FORMULAS: dict[str, Callable[[float, float], float]] = {
    "bazett": _bazett,
    "fridericia": lambda qt_s, rr_s: qt_s / rr_s ** (1 / 3),
    "framingham": lambda qt_s, rr_s: qt_s + 0.154 * (1 - rr_s),
    "hodges": lambda qt_s, rr_s: qt_s + 0.00175 * (60 / rr_s - 60),
}


def qtc_ms(measured: Measurements) -> dict[str, float | None]:
    """Corrected QT in ms by each formula of :data:`QTC_FORMULAS`; None without QT or rate."""
    qt_ms, rate_bpm = measured.qt_ms, measured.rate_bpm
    if qt_ms is None or rate_bpm is None:
        return dict.fromkeys(QTC_FORMULAS)
    return {name: 1000 * f(qt_ms / 1000, 60 / rate_bpm) for name, f in QTC_FORMULAS.items()}


@dataclass(frozen=True, slots=True, eq=False)
class _FrontalArea:
    """Net areas in leads I and aVF of one beat."""

    limb_mv: FloatArray
    offsets_s: FloatArray
    qrs_on: float

    def axis_deg(
        self, start: float | None, stop: float | None, *, local_baseline: bool = False
    ) -> float | None:
        """Axis of the wave between two times, in (-180, 180]; None without wave or direction.

        The baseline is the level just before QRS, or for the P wave, which is small and may ride
        on the end of T, the line between its own ends.
        """
        if start is None or stop is None:
            return None
        inside = (self.offsets_s >= start) & (self.offsets_s <= stop)
        if inside.sum() < 3:
            return None
        wave = self.limb_mv[:, inside]
        if local_baseline:
            base = np.linspace(wave[:, 0], wave[:, -1], wave.shape[1], axis=1)
        else:
            base = self._isoelectric()
        step_ms = 1000.0 * float(self.offsets_s[1] - self.offsets_s[0])
        lead_i, lead_ii = ((wave - base).sum(axis=1) * step_ms).tolist()
        return axis_deg(lead_i, lead_ii - lead_i / 2)

    def _isoelectric(self) -> FloatArray:
        """[2, 1] mean level of the 16 ms before QRS."""
        before = (self.offsets_s >= self.qrs_on - 0.016) & (self.offsets_s <= self.qrs_on)
        return np.asarray(self.limb_mv[:, before].mean(axis=1, keepdims=True))


def axis_deg(lead_i: float, avf: float) -> float | None:
    """Frontal axis in degrees from net areas (or amplitudes) in leads I and aVF."""
    y = avf * 2.0 / np.sqrt(3.0)
    if np.hypot(lead_i, y) < _NO_DIRECTION:
        return None
    degrees = float(np.degrees(np.arctan2(y, lead_i)))
    return 180.0 if degrees <= -180.0 else degrees
