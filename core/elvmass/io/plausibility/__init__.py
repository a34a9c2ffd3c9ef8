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

from collections.abc import Callable
from dataclasses import replace

from elvmass.io.plausibility import agreement, amplitude, recording
from elvmass.io.plausibility.patient import patient_within_ranges
from elvmass.io.plausibility.seen import Seen
from elvmass.record import Notice, Record

_CHECKS: tuple[Callable[[Seen], tuple[Notice, ...]], ...] = (
    recording.duration, recording.rate, recording.gaps, recording.flat, recording.off,
    recording.saturated, amplitude.qrs_size, recording.calibration, recording.mains,
    agreement.duplicates, agreement.limb_leads,
)  # fmt: skip


def doubt(record: Record) -> Record:
    """Return the record with implausible patient data removed and with all notices added."""
    patient, notices = patient_within_ranges(record.patient)
    seen = Seen(record)
    for check in _CHECKS:
        notices += check(seen)
    stated = {notice.code for notice in record.notices}
    added = tuple(notice for notice in notices if notice.code not in stated)
    return replace(record, patient=patient, notices=record.notices + added)
