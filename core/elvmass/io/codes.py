"""Codes of leads and measurements: ISO/IEEE 11073 (MDC), SCP-ECG, LOINC, SNOMED CT.

============================  ===================================================================
system                        form
============================  ===================================================================
MDC                           reference id (``MDC_ECG_LEAD_V1``, ``MDC_ECG_TIME_PD_QRS``), number
                              in its partition (``2:3``), number of its own (``131331``)
SCP-ECG                       ``5.6.3-9-3``
LOINC                         ``LP7389-2`` (leads), ``8633-0`` (measurements)
SNOMED CT                     ``257475007`` (leads)
============================  ===================================================================
"""

from __future__ import annotations

from collections.abc import Mapping

from elvmass.io import leads, values
from elvmass.record import Measurements

#: Lead numbers of SCP-ECG, which the MDC codes share.
_LEAD_NUMBERS = {
    1: "I", 2: "II", 3: "V1", 4: "V2", 5: "V3", 6: "V4", 7: "V5", 8: "V6",
    61: "III", 62: "aVR", 63: "aVL", 64: "aVF",
}  # fmt: skip
#: Partition 2 holds the ECG; its numbers from 256 on are the leads' potentials.
_MDC_PARTITION = 2 * 65536

_LEADS = {
    code: name
    for number, name in _LEAD_NUMBERS.items()
    for code in (
        f"2:{number}", f"2:{256 + number}", f"5.6.3-9-{number}",
        str(_MDC_PARTITION + number), str(_MDC_PARTITION + 256 + number),
    )
} | {
    "LP7386-8": "I", "LP7387-6": "II", "LP7388-4": "III",
    "LP7385-0": "aVR", "LP7384-3": "aVL", "LP7383-5": "aVF",
    "LP7389-2": "V1", "LP7390-0": "V2", "LP7391-8": "V3",
    "LP7392-6": "V4", "LP7393-4": "V5", "LP7394-2": "V6",
    "272729005": "I", "272730000": "II", "272731001": "III",
    "257474006": "aVR", "257473000": "aVL", "257472005": "aVF",
    "257475007": "V1", "257476008": "V2", "257477004": "V3",
    "257478009": "V4", "257479001": "V5", "257480003": "V6",
}  # fmt: skip

_MDC_KINDS = {
    "MDC_ECG_HEART_RATE": ("rate", 16770), "MDC_ECG_TIME_PD_RR": ("rr", 16168),
    "MDC_ECG_TIME_PD_PR": ("pr", 15872), "MDC_ECG_TIME_PD_PQ": ("pq", 16144),
    "MDC_ECG_TIME_PD_QRS": ("qrs", 16156), "MDC_ECG_TIME_PD_QT": ("qt", 16160),
    "MDC_ECG_TIME_PD_QTC": ("qtc", 16164), "MDC_ECG_TIME_PD_QTCB": ("qtcb", 15880),
    "MDC_ECG_ANGLE_P_FRONT": ("p_axis", 16128), "MDC_ECG_ANGLE_QRS_FRONT": ("qrs_axis", 16132),
    "MDC_ECG_ANGLE_T_FRONT": ("t_axis", 16136),
}  # fmt: skip
_KINDS = (
    {name: kind for name, (kind, _) in _MDC_KINDS.items()}
    | {f"2:{number}": kind for kind, number in _MDC_KINDS.values()}
    | {str(_MDC_PARTITION + number): kind for kind, number in _MDC_KINDS.values()}
    | {
        "MDC_ECG_TIME_PD_QTC_BAZETT": "qtcb",
        "MINDRAY_ECG_P_AXIS": "p_axis", "MINDRAY_ECG_QRS_AXIS": "qrs_axis",
        "MINDRAY_ECG_T_AXIS": "t_axis",
        "8867-4": "rate", "8637-1": "rr", "8625-6": "pr", "8633-0": "qrs", "8634-8": "qt",
        "8636-3": "qtc", "8626-4": "p_axis", "8632-2": "qrs_axis",
    }
)  # fmt: skip

#: LOINC (and MDC) codes of what the patient is.
AGE = ("21612-7", "30525-0", "29553-5")
HEIGHT = ("8302-2", "3137-7", "8306-3", "MDC_LEN_BODY_ACTUAL", "MDC_ATTR_PT_HEIGHT")
WEIGHT = ("29463-7", "3141-9", "3142-7", "MDC_MASS_BODY_ACTUAL", "MDC_ATTR_PT_WEIGHT")


def lead(code: str) -> str | None:
    """Return the standard lead of a code, or None.

    >>> lead("131331"), lead("mdc_ecg_elec_potl_avr"), lead("LP7388-4"), lead("131328")
    ('V1', 'aVR', 'III', None)
    """
    return _LEADS.get(code.strip()) or leads.canonical(code)


def kind(code: str) -> str | None:
    """Return what a code measures ("qrs", "p_axis", ...), or None; of MDC, the global values.

    >>> kind("MDC_ECG_TIME_PD_QTc"), kind("MDC_ECG_TIME_PD_QRS_GL"), kind("8633-0")
    ('qtc', 'qrs', 'qrs')
    """
    return _KINDS.get(code.strip().upper().removesuffix("_GL"))


def measurements(found: Mapping[str, tuple[str, str]]) -> Measurements:
    """Device measurements of value and unit by :func:`kind`."""

    def value(*kinds: str) -> str:
        return next((found[kind][0] for kind in kinds if kind in found), "")

    def milliseconds(*kinds: str) -> float | None:
        stated = (values.interval_ms(*found[kind]) for kind in kinds if kind in found)
        return next((interval for interval in stated if interval is not None), None)

    # RR is longer than the intervals of one beat may be, hence not by `interval_ms`.
    rr_ms = values.positive(value("rr"), 6001.0)
    return Measurements(
        rate_bpm=values.rate_bpm(value("rate") or (60000 / rr_ms if rr_ms else None)),
        pr_ms=milliseconds("pr", "pq"),
        qrs_ms=milliseconds("qrs"),
        qt_ms=milliseconds("qt"),
        qtc_ms=milliseconds("qtc", "qtcb"),
        p_axis_deg=values.axis_deg(value("p_axis")),
        qrs_axis_deg=values.axis_deg(value("qrs_axis")),
        t_axis_deg=values.axis_deg(value("t_axis")),
    )
