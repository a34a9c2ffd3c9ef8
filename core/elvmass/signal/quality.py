"""What forbids an estimate (errors) and what lowers the trust in it (notices)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from elvmass.beat import Beat, BeatGrade, BeatKind, BeatMark
from elvmass.errors import SignalError
from elvmass.record import LEADS, FloatArray, LeadQuality, Measurements, Notice, Record
from elvmass.signal.beats import DOMINANT, Train

_FLAT_MV = 0.005  # a lead that spans less carries no ECG
_RAIL_MV = 12.0  # no surface ECG is this large: the amplifier has run into its rail
_RAIL_SHARE = 0.004  # of the samples
_CLIP_MV, _CLIP_SHARE = 3.0, 0.03  # this share of samples at an extreme this large is clipping
_MAX_GAP = 0.5  # share of a lead that may be missing
_SHORTEST_S = 1.0

_IRREGULAR = 0.10
_IRREGULAR_WITHOUT_P = 0.05
_RATE_SHARE, _RATE_BPM = 0.15, 10.0  # extrasystoles and 10 s of arrhythmia stay below
_WIDE_QRS_MS = 120.0
_FEW_BEATS = 4
_USUAL_RATE_BPM = (40.0, 130.0)
_NOISY_MV = 0.15  # rms between beats in a lead; the noisiest twentieth of clinical recordings
_WANDER_MV = 1.5  # span of the baseline; the twentieth that wanders most
_OFF_S = 1.0  # no heart stands still in one lead for so long
_LOW_RATE_HZ = 200.0


def require_signal(record: Record) -> None:
    """Refuse a recording whose leads are not all there.

    Raises
    ------
    SignalError
        Naming the leads that are missing, flat or saturated, and the remedy.
    """
    signal = record.signal_mv
    if record.duration_s < _SHORTEST_S:
        raise SignalError(
            f"The recording lasts {record.duration_s:.2g} s, too short for a complete heartbeat. "
            "Use a recording of 10 s."
        )
    _refuse(np.isnan(signal).mean(axis=1) > _MAX_GAP, "missing for most of the recording")
    low, high, saturated = _extremes(signal)
    _refuse(saturated, "saturated")
    _refuse(high - low < _FLAT_MV, "flat")


def require_beat(beat: Beat) -> None:
    """Refuse a beat during which a lead was off.

    Raises
    ------
    SignalError
        Naming the leads.
    """
    span = np.ptp(beat.signal_mv, axis=1)
    _refuse(span < _FLAT_MV, "flat during the chosen heartbeat")
    _refuse(np.abs(beat.signal_mv).max(axis=1) > _RAIL_MV, "saturated in the chosen heartbeat")


def _extremes(signal_mv: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """1st and 99th percentile of each lead [12], and whether it is saturated [12].

    Saturated: too often further from its median than any ECG (an electrode offset alone does not
    count), or too often at one large extreme value, which only a converter's limit repeats.
    """
    thin = signal_mv[:, ::3]  # plenty for percentiles
    if np.isnan(thin).any():
        low, middle, high = np.nanpercentile(thin, (1, 50, 99), axis=1)
        top, bottom = np.nanmax(thin, axis=1), np.nanmin(thin, axis=1)
    else:
        last = thin.shape[1] - 1
        k = (last // 100, last // 2, last - last // 100)
        low, middle, high = np.partition(thin, k, axis=1)[:, k].T
        top, bottom = thin.max(axis=1), thin.min(axis=1)
    at_top = ((thin == top[:, None]).mean(axis=1) > _CLIP_SHARE) & (top - middle > _CLIP_MV)
    at_bottom = (thin == bottom[:, None]).mean(axis=1) > _CLIP_SHARE
    at_bottom &= middle - bottom > _CLIP_MV
    off_scale = (np.abs(thin - middle[:, None]) > _RAIL_MV).mean(axis=1) > _RAIL_SHARE
    return low, high, at_top | at_bottom | off_scale


def _refuse(bad: NDArray[np.bool_], what: str) -> None:
    if not bad.any():
        return
    names = [name for name, is_bad in zip(LEADS, bad, strict=True) if is_bad]
    if len(names) == len(LEADS):
        subject = "All leads are"
    elif len(names) == 1:
        subject = f"Lead {names[0]} is"
    else:
        subject = f"Leads {', '.join(names)} are"
    raise SignalError(
        f"{subject} {what}. No estimate is made from an incomplete ECG: "
        "check the electrodes and record again."
    )


def notices(
    record: Record,
    train: Train,
    marks: Sequence[BeatMark],
    leads: LeadQuality,
    measured: Measurements,
    beat: Beat,
) -> tuple[Notice, ...]:
    """Everything about the signal that the user must know, rhythm first, then the recording."""
    return (
        *_fibrillation(train, measured),
        *_rhythm_notices(train, measured),
        *_rate_disagrees(record.reported, measured),
        *_beat_notices(measured, beat),
        *_few_beats(marks),
        *_lead_notices(leads),
        *_recording_notices(record),
    )


def _fibrillation(train: Train, measured: Measurements) -> list[Notice]:
    """Suspect atrial fibrillation: no P wave, and an irregularity that sinus rhythm rarely shows.

    Frequent extrasystoles of the atria are not told apart, and flutter with a regular ventricular
    rate is not recognised (tests/bench/eligibility.py counts both).
    """
    if measured.pr_ms is not None or train.irregularity <= _IRREGULAR_WITHOUT_P:
        return []
    return [
        Notice(
            "atrial_fibrillation_suspected",
            "Irregular rhythm without a constant P wave: atrial fibrillation, flutter or frequent "
            "atrial extrasystoles are suspected; the study excluded atrial fibrillation.",
        )
    ]


def _rate_disagrees(reported: Measurements, measured: Measurements) -> list[Notice]:
    """Compare the device's heart rate with ours; a wrong sampling rate shows here."""
    theirs, ours = reported.rate_bpm, measured.rate_bpm
    if theirs is None or ours is None:
        return []
    if abs(theirs - ours) <= max(_RATE_SHARE * ours, _RATE_BPM):
        return []
    return [
        Notice(
            "reported_rate_differs",
            f"The file reports {theirs:.0f} beats per minute, but {ours:.0f} were found: the "
            "sampling rate in the file may be wrong, or the device counted other beats.",
        )
    ]


def _rhythm_notices(train: Train, measured: Measurements) -> list[Notice]:
    found = []
    if train.irregularity > _IRREGULAR:
        found.append(
            Notice(
                "rhythm_irregular",
                f"The rhythm is irregular (RR changes by {100 * train.irregularity:.0f} % from "
                "beat to beat): one heartbeat may not stand for the recording.",
            )
        )
    low, high = _USUAL_RATE_BPM
    if measured.rate_bpm is not None and not low <= measured.rate_bpm <= high:
        found.append(
            Notice(
                "rate_outside_range",
                f"The heart rate of {measured.rate_bpm:.0f}/min lies outside {low:.0f}-{high:.0f}"
                "/min, where models have seen few examples.",
            )
        )
    return found


def _beat_notices(measured: Measurements, beat: Beat) -> list[Notice]:
    found = []
    if measured.qrs_ms is not None and measured.qrs_ms >= _WIDE_QRS_MS:
        found.append(
            Notice(
                "wide_qrs",
                f"QRS lasts {measured.qrs_ms:.0f} ms (120 ms or more): bundle branch block, pacing "
                "or pre-excitation change the voltages; the study excluded such ECGs.",
            )
        )
    if beat.fiducials.p_on is None:
        found.append(Notice("p_wave_absent", "No P wave was found before QRS."))
    if beat.fiducials.t_on is None:
        found.append(Notice("t_wave_absent", "No T wave was found in this heartbeat."))
    if beat.kind is not BeatKind.MEDIAN and beat.likeness < DOMINANT:
        found.append(
            Notice(
                "atypical_beat",
                f"The {beat.kind.value} heartbeat differs from the usual one (extrasystole or "
                "artefact). Consider the median heartbeat.",
            )
        )
    return found


def _few_beats(marks: Sequence[BeatMark]) -> list[Notice]:
    clean = sum(mark.grade is BeatGrade.DOMINANT for mark in marks)
    if clean >= _FEW_BEATS:
        return []
    return [
        Notice(
            "few_beats",
            f"Only {clean} of {len(marks)} heartbeats are complete, clean and of the usual shape: "
            "too few to compare.",
        )
    ]


def _lead_notices(leads: LeadQuality) -> list[Notice]:
    """Name the leads that were recorded badly, the worst figure beside them."""
    off, noisy = leads.off_s >= _OFF_S, leads.noise_mv > _NOISY_MV
    wander = leads.wander_mv > _WANDER_MV
    found = []
    if off.any():
        found.append(
            Notice(
                "lead_off",
                f"No movement for {leads.off_s.max():.1f} s in {_names(off)}: an electrode may "
                "have been off.",
            )
        )
    if noisy.any():
        found.append(
            Notice(
                "noisy",
                f"The recording is noisy in {_names(noisy)} "
                f"({1000 * leads.noise_mv.max():.0f} µV between heartbeats).",
            )
        )
    if wander.any():
        found.append(
            Notice(
                "baseline_wander",
                f"The baseline wanders by up to {leads.wander_mv.max():.1f} mV in "
                f"{_names(wander)}.",
            )
        )
    return found


def _names(leads: NDArray[np.bool_]) -> str:
    if leads.all():
        return "all leads"
    return ", ".join(name for name, is_one in zip(LEADS, leads, strict=True) if is_one)


def _recording_notices(record: Record) -> list[Notice]:
    found = []
    upper_hz = device_low_pass_hz(record.device_filter)
    if upper_hz is not None and upper_hz <= 40.0:
        found.append(
            Notice(
                "device_filter_40hz",
                f"The device filtered above {upper_hz:g} Hz, which lowers QRS peaks; "
                "the mass may be underestimated.",
            )
        )
    if record.rate_hz < _LOW_RATE_HZ:
        found.append(
            Notice(
                "low_sampling_rate",
                f"The recording has only {record.rate_hz:g} samples per second; "
                "QRS peaks may be cut.",
            )
        )
    if np.isnan(record.signal_mv).any():
        found.append(Notice("gaps", "The recording has gaps; heartbeats near them are not used."))
    return found


def device_low_pass_hz(device_filter: str) -> float | None:
    """Upper band edge in a filter description ("0.05-40 Hz, notch 50 Hz"); None if not stated."""
    text = device_filter.lower().split("notch")[0]
    band = re.search(r"[\d.]+\s*(?:hz)?\s*(?:-|–|to|\.\.)\s*(\d+(?:\.\d+)?)\s*hz", text)
    low_pass = re.search(r"low.?pass\D{0,12}(\d+(?:\.\d+)?)", text)
    match = band or low_pass
    return float(match.group(1)) if match else None
