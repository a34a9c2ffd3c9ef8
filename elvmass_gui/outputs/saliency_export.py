"""Write a saliency map without name, date or place of the ECG; whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from elvmass.report.saliency_files import write_saliency
from elvmass.result import Analysis


def export_saliency(analysis: Analysis, path: Path) -> tuple[Path, ...]:
    """Write a map; the suffix decides (``.csv``, ``.npz``, ``.json``).

    Raises
    ------
    elvmass.errors.ConfigError
        Another suffix.
    elvmass.errors.WriteError
        A full disk, or a place that cannot be written.
    """
    write_saliency(anonymous(analysis), path, force=True)
    return (path,)


def anonymous(analysis: Analysis) -> Analysis:
    """The same without the path, which may hold a name, and without the date."""
    record = analysis.record
    source = replace(record.source, path=None)
    return replace(analysis, record=replace(record, source=source, recorded_at=None))
