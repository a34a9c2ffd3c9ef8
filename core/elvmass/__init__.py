"""elvmass: left ventricular mass from a resting 12-lead ECG, and why.

Three lines do the main job::

    import elvmass
    record = elvmass.read("ecg.xml")        # any supported format -> Record (mV, standard leads)
    analysis = elvmass.analyse(record)      # beat, segments, estimate, saliency, importance

The map, lower layers last (each imports only what stands below it)::

    elvmass_gui          the viewer: shows values, computes nothing
    cli                  one module per sub-command
    experiment           the paper's whole experiment with rivals, as tables and a page
    train  report        cross-validation and bundles · JSON, CSV, tables
    beside               second model, what if, random weights, check of one ECG
    pipeline             Record -> Analysis, the one road for viewer, command line and batch
    model                inputs, network, bundle, estimate, saliency, importance  (torch)
    simulate             the simulated cohort with known truth
    signal  io  clinical filters, beats, boundaries · files · BSA, thresholds
    result · card choices beat · record · errors   plain frozen values (numpy only)

Research software, not a medical device. The bundled models are trained on simulated ECGs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from elvmass.errors import ElvmassError
from elvmass.record import Measurements, Patient, Record, Sex

if TYPE_CHECKING:
    from os import PathLike

    from elvmass.io.text_table import TextLayout
    from elvmass.result import Analysis

__version__ = "0.1.0"

__all__ = [
    "ElvmassError",
    "Measurements",
    "Patient",
    "Record",
    "Sex",
    "__version__",
    "analyse",
    "read",
]


def read(path: str | PathLike[str], layout: TextLayout | None = None) -> Record:
    """Read a 12-lead ECG file of any supported format; see :func:`elvmass.io.read`."""
    from elvmass import io

    return io.read(path, layout)


def analyse(record: Record, **options: Any) -> Analysis:
    """Estimate and explain one record; ``options`` as in :class:`elvmass.pipeline.Options`."""
    from elvmass import pipeline

    return pipeline.analyse(record, pipeline.Options(**options))
