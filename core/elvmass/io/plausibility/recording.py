"""Doubts about a recording and each of its leads for itself."""

from __future__ import annotations

import numpy as np

from elvmass.io.plausibility.seen import BEYOND_MV, Seen, names
from elvmass.record import LEADS, PRECORDIAL_ROWS, Notice

INDEPENDENT_ROWS = (0, 1, *PRECORDIAL_ROWS)  # the other four may have been computed from them
SHORT_S = 5.0
LONG_S = 12.0
LOW_RATE_HZ = 200.0
PULSE_MV, PULSE_WITHIN_MV = 1.0, 0.05
PULSE_S, PULSE_LEADS = 0.1, 5  # of the eight independent ones
PULSE_SHARE = 0.9  # of its samples: noise may throw out some
MAINS_HZ = (50.0, 60.0)
MAINS_SHARE = 0.9  # of the variance within a second
MAINS_SECONDS = 10
RAIL_SHARE = 0.01
RAIL_MV = 1.0  # from the lead's median, else a silent baseline would count as a rail


def duration(seen: Seen) -> tuple[Notice, ...]:
    """Compare the length with the usual ten seconds."""
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


def rate(seen: Seen) -> tuple[Notice, ...]:
    """Doubt rates that lose narrow waves."""
    if seen.record.rate_hz >= LOW_RATE_HZ:
        return ()
    return (
        Notice(
            "low_sampling_rate",
            f"The ECG is sampled at {seen.record.rate_hz:g} Hz only; narrow QRS peaks are lost.",
        ),
    )


def gaps(seen: Seen) -> tuple[Notice, ...]:
    """Name the leads that the file leaves in part without samples."""
    if seen.whole:
        return ()
    named = names(np.any(np.isnan(seen.signal), axis=1))
    return (Notice("signal_gaps", f"The file declares gaps in leads {named}."),)


def flat(seen: Seen) -> tuple[Notice, ...]:
    """Name the leads that hold no signal, and those never recorded."""
    named = names(~seen.lively)
    if not named:
        return ()
    zero = names(np.all(seen.signal == 0.0, axis=1))
    empty = f" ({zero}: zero throughout, probably never recorded)" if zero else ""
    return (
        Notice(
            "flat_leads",
            f"No signal in leads {named}{empty}: electrodes may not be connected.",
        ),
    )


def off(seen: Seen) -> tuple[Notice, ...]:
    """Name the leads whose electrodes seem to have come off."""
    named = names(seen.beyond)
    if not named:
        return ()
    return (
        Notice(
            "leads_off",
            f"Leads {named} reach beyond {BEYOND_MV:g} mV: electrodes may be off.",
        ),
    )


def saturated(seen: Seen) -> tuple[Notice, ...]:
    """Name the leads that rest on their highest or lowest sample, far from the middle."""
    railed = np.zeros(len(LEADS), dtype=bool)
    for end in (seen.high, seen.low):
        for row in np.flatnonzero(np.abs(end - seen.middle) > RAIL_MV):
            railed[row] |= (seen.signal[row] == end[row]).mean() > RAIL_SHARE
    named = names(railed)
    if not named:
        return ()
    return (Notice("saturated_leads", f"Leads {named} rest on the end of the amplifier's range."),)


def calibration(seen: Seen) -> tuple[Notice, ...]:
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


def mains(seen: Seen) -> tuple[Notice, ...]:
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
    hum = (share[:, : len(MAINS_HZ)] + share[:, len(MAINS_HZ) :]).max(axis=1)
    named = names((hum > MAINS_SHARE * power) & seen.lively)
    if not named:
        return ()
    return (Notice("mains_only", f"Leads {named} hold mains hum only, no ECG: electrodes off?"),)
