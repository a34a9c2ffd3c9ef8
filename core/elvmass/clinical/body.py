"""Body size, by which LV mass is indexed. The index depends on the formula, whose name goes along.

No limit of hypertrophy here is per height: those indices are told without a verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt


def du_bois_m2(height_cm: float, weight_kg: float) -> float:
    """BSA after Du Bois & Du Bois 1916: 0.007184 · kg^0.425 · cm^0.725.

    The default: it reproduces the mean indices of the paper's Table 1 (67.4 / 52.8 against the
    published 67.43 / 52.98 g/m²).
    """
    return float(0.007184 * weight_kg**0.425 * height_cm**0.725)


def mosteller_m2(height_cm: float, weight_kg: float) -> float:
    """BSA after Mosteller 1987: √(cm · kg / 3600)."""
    return sqrt(height_cm * weight_kg / 3600.0)


#: Formula by its key in settings and JSON, with the name to show.
BSA_FORMULAS: dict[str, tuple[str, Callable[[float, float], float]]] = {
    "du_bois": ("Du Bois", du_bois_m2),
    "mosteller": ("Mosteller", mosteller_m2),
}

#: Powers of the height by which the mass is indexed too. Of both, 1.7 leaves the least relation to
#: height in two cohorts (Chirinos 2010); 2.7 is the older one (de Simone 1992).
HEIGHT_POWERS: tuple[float, ...] = (1.7, 2.7)
