"""What was published, to be printed beside our figures.

Preprint: Pan et al., medRxiv 2024.02.19.24303061, Tables 1 to 4; mean and "±" over five folds, the
"±" not explained. Abstract: Pan et al., Eur Heart J Digit Health 2026;7(1):ztaf122. The numbers of
Tables S1 to S3 are in a supplement that we do not have; of S1 and S2 the text says which choice
was best, of S3 it gives the relative gains.
"""

from __future__ import annotations

from typing import NamedTuple

PREPRINT = "medRxiv 2024.02.19.24303061"
ABSTRACT = "Eur Heart J Digit Health 2026;7(1):ztaf122, abstract"


class PlusMinus(NamedTuple):
    """A mean and its "±"."""

    mean: float
    spread: float

    def __str__(self) -> str:
        return f"{self.mean:.2f} ± {self.spread:.2f}"


class Published(NamedTuple):
    """Errors of one model on one group of patients: MAE in grams, MAPE in per cent."""

    mae_g: PlusMinus
    mape_percent: PlusMinus


def _errors(mae: float, mae_pm: float, mape: float, mape_pm: float) -> Published:
    return Published(PlusMinus(mae, mae_pm), PlusMinus(mape, mape_pm))


#: By key of a row and of the patients that it was scored on (Tables 2, 3 and 4).
ERRORS: dict[tuple[str, str], Published] = {
    ("elvmass_ecg", "all"): _errors(19.22, 0.91, 17.39, 1.39),
    ("elvmass_model1", "all"): _errors(14.56, 0.53, 13.03, 1.00),
    ("elvmass_model2", "all"): _errors(14.33, 0.71, 12.90, 1.12),
    ("ecgai_signal", "all"): _errors(29.62, 0.93, 26.85, 1.15),
    ("ecgai_all", "all"): _errors(21.28, 0.36, 19.12, 0.56),
    ("lvm_ai_ecg", "all"): _errors(19.58, 0.94, 17.52, 1.25),
    ("lvm_ai_all", "all"): _errors(19.51, 0.82, 17.62, 0.78),
    ("ecgai_all_male", "male"): _errors(23.93, 0.29, 19.34, 0.28),
    ("ecgai_all_female", "female"): _errors(15.92, 1.13, 18.42, 1.34),
    ("lvm_ai_all_male", "male"): _errors(21.13, 1.06, 16.42, 0.98),
    ("lvm_ai_all_female", "female"): _errors(13.33, 1.45, 14.85, 1.20),
    ("elvmass_model1_male", "male"): _errors(16.41, 0.63, 12.74, 0.68),
    ("elvmass_model1_female", "female"): _errors(11.12, 0.63, 12.64, 0.53),
    ("elvmass_model2_male", "male"): _errors(16.05, 0.75, 12.55, 0.88),
    ("elvmass_model2_female", "female"): _errors(11.02, 0.71, 12.52, 0.34),
}
ERRORS |= {
    (f"paper_{inputs}", "all"): ERRORS[f"elvmass_{inputs}", "all"]
    for inputs in ("ecg", "model1", "model2")
}

#: Relative change of MAPE in per cent of a model of one sex. The preprint takes it against the
#: 12.90 % of the pooled model on everybody, not on that sex (12.90 · (1 - 0.0271) = 12.55).
SEX_GAIN_PERCENT: dict[str, float] = {"male": -2.71, "female": -2.95}

#: c-statistic of LVH by the estimated mass (abstract); limits and kind of statistic not stated.
C_STATISTIC: dict[tuple[str, str], PlusMinus] = {
    ("elvmass_model2_male", "male"): PlusMinus(0.77, 0.05),
    ("elvmass_model2_female", "female"): PlusMinus(0.75, 0.05),
    ("elvmass_model2", "all"): PlusMinus(0.70, 0.02),
}

#: Table 1: mean ± SD of men and women, P of the difference as printed.
CHARACTERISTICS: dict[str, tuple[PlusMinus, PlusMinus, str]] = {
    "lvm_g": (PlusMinus(123.29, 29.88), PlusMinus(85.21, 21.41), "<0.01"),
    "index_g_per_m2": (PlusMinus(67.43, 14.71), PlusMinus(52.98, 13.02), "<0.01"),
    "age_years": (PlusMinus(60.29, 11.29), PlusMinus(62.99, 11.15), "<0.01"),
    "height_cm": (PlusMinus(168.59, 6.12), PlusMinus(158.16, 6.39), "<0.01"),
    "weight_kg": (PlusMinus(72.86, 11.53), PlusMinus(60.47, 9.36), "<0.01"),
    "qrs_ms": (PlusMinus(93.86, 10.74), PlusMinus(86.26, 9.63), "<0.01"),
    "p_axis_deg": (PlusMinus(49.52, 20.76), PlusMinus(49.85, 23.30), "0.78"),
    "qrs_axis_deg": (PlusMinus(28.45, 35.37), PlusMinus(36.79, 34.21), "<0.01"),
    "t_axis_deg": (PlusMinus(40.29, 32.98), PlusMinus(43.47, 33.05), "0.08"),
}
PATIENTS = {"male": 940, "female": 519}

#: What the preprint's text says of tables whose numbers we do not have, and remarks on others.
REMARKS: dict[str, str] = {
    "2": "Model 1: the ECG and age, sex, height, weight. Model 2: also P, R and T axis and QRS "
    "duration.",
    "3": "Its 'original setting' of LVM-AI and ecgAI does not say which inputs; we take the ECG "
    "alone. Our rows are re-implementations ('-like'), not the authors' code.",
    "s1": "Its supplement has the numbers; the text says that the single heartbeat was best.",
    "s2": "Its supplement has the numbers; the text says that two groups (limb, precordial) were "
    "best.",
    "s3": "Its gains are against the pooled model's MAPE of everybody, which is no comparison of "
    "like with like: the other line scores the pooled model on the same sex.",
    "lvh": "Neither limits nor whether the c-statistic is that of the continuous index (AUROC) or "
    "of the yes/no answer are stated; both are given here.",
}

#: P of MAE and of MAPE against the preprint's model 2 (Tables 2 and 3), as printed.
P_VALUES: dict[str, tuple[str, str]] = {
    "elvmass_ecg": ("<0.01", "0.02"),
    "elvmass_model1": ("0.82", "0.85"),
    "ecgai_all": ("<0.01", "<0.01"),
    "lvm_ai_all": ("0.04", "0.07"),
}
