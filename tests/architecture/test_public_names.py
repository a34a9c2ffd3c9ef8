"""The public names of the library are a decision, not an accident."""

from __future__ import annotations

import elvmass


def test_public_names() -> None:
    assert sorted(elvmass.__all__) == [
        "ElvmassError",
        "Measurements",
        "Patient",
        "Record",
        "Sex",
        "__version__",
        "analyse",
        "read",
    ]
    assert all(hasattr(elvmass, name) for name in elvmass.__all__)
