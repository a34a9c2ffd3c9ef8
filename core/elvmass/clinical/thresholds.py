"""Sex-specific upper limits of the indexed LV mass, and the verdict against them.

Papillary muscles in or out, cardiac phase and software shift the mean by 10-25 %, so a limit is
valid only for its own modality; the modality is part of the value and is always shown.
"""

from __future__ import annotations

from elvmass.errors import ConfigError
from elvmass.record import Sex
from elvmass.result import Interval, LvhJudgement, LvhThreshold

THRESHOLDS: dict[str, LvhThreshold] = {
    row.key: row
    for row in (
        LvhThreshold(
            "ct_fuchs_2016", 80.0, 65.0, "CT", "Fuchs 2016, Copenhagen, 97.5th percentile"
        ),
        LvhThreshold("ct_budoff_2009", 103.0, 89.0, "CT", "Budoff 2009, 97th percentile"),
        LvhThreshold("cmr_ukb_2017", 70.0, 55.0, "CMR", "Petersen 2017, UK Biobank, upper limit"),
        LvhThreshold("cmr_lvm_ai", 72.0, 55.0, "CMR", "Khurshid 2021, definition of LVM-AI"),
        LvhThreshold("echo_ase_2015", 115.0, 95.0, "echo, linear", "ASE/EACVI 2015"),
        LvhThreshold("echo_2d_ase_2015", 102.0, 88.0, "echo, 2-D", "ASE/EACVI 2015"),
    )
}
#: The models' target is CT mass, so the default limit is a CT limit.
DEFAULT_THRESHOLD = "ct_fuchs_2016"


def threshold(key: str) -> LvhThreshold:
    """The threshold of that key; an unknown key is a :class:`ConfigError` that lists them."""
    try:
        return THRESHOLDS[key]
    except KeyError:
        raise ConfigError(
            f"unknown LVH threshold '{key}'. Choose one of: {', '.join(THRESHOLDS)}."
        ) from None


def judge(
    mass_g: float,
    interval: Interval | None,
    bsa_m2: float | None,
    sex: Sex | None,
    limit: LvhThreshold,
) -> LvhJudgement:
    """Compare the indexed mass with the limit of the patient's sex.

    Returns a judgement without a verdict (``positive`` None, with the reason) when sex or body
    size is unknown. ``certain`` only if the whole interval lies on one side of the limit; never
    without an interval.
    """
    if sex is None:
        return LvhJudgement(limit, None, None, False, "sex is unknown")
    limit_g_per_m2 = limit.male_g_per_m2 if sex is Sex.MALE else limit.female_g_per_m2
    if bsa_m2 is None:
        return LvhJudgement(limit, limit_g_per_m2, None, False, "height or weight is unknown")
    limit_g = limit_g_per_m2 * bsa_m2
    positive = mass_g > limit_g
    if interval is None:
        return LvhJudgement(limit, limit_g_per_m2, positive, False, "the model gives no interval")
    certain = not interval.low_g <= limit_g <= interval.high_g
    reason = "" if certain else "the interval contains the limit"
    return LvhJudgement(limit, limit_g_per_m2, positive, certain, reason)
