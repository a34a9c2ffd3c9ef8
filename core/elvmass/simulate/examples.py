"""The simulated ECGs that ship with the program, and how they were made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from elvmass.io.write.muse import write_muse
from elvmass.simulate.subject import Simulated, simulate_subject

#: Cohort from which the examples were chosen, by eye, among its first 20,000 subjects.
#: Never train or test on this seed.
SEED = 2024


@dataclass(frozen=True, slots=True)
class Example:
    """File name, place in cohort :data:`SEED`, and why this one was chosen."""

    name: str
    index: int
    shows: str


EXAMPLES: tuple[Example, ...] = (
    Example("simulated_man_normal.xml", 341, "indexed mass of the average man, normal ECG"),
    Example("simulated_man_hypertrophy.xml", 1686, "far above 80 g/m², high voltage, strain"),
    Example("simulated_woman_normal.xml", 57, "indexed mass of the average woman, normal ECG"),
    Example("simulated_woman_hypertrophy.xml", 18807, "far above 65 g/m², high voltage, strain"),
)


def write_examples(folder: Path) -> tuple[Path, ...]:
    """Write the four examples as GE MUSE XML into an existing folder; returns their paths.

    Made once for ``resources/elvmass_resources/examples``; whoever changes the simulator makes
    them again, with the table of their ``SOURCES.md`` from :func:`examples_table`.
    """
    paths = []
    for example in EXAMPLES:
        paths.append(folder / example.name)
        write_muse(simulate_subject(SEED, example.index).record, paths[-1])
    return tuple(paths)


def examples_table() -> str:
    """Give the truth about the examples as a Markdown table, for their ``SOURCES.md``."""
    head = (
        "| file | seed | index | patient | LVM g | LVM index g/m² | QRS ms | QRS axis ° | shows |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
    )
    rows = (_line(example, simulate_subject(SEED, example.index)) for example in EXAMPLES)
    return head + "".join(rows)


def _line(example: Example, simulated: Simulated) -> str:
    patient, truth = simulated.record.patient, simulated.truth
    assert patient.sex is not None
    who = (
        f"{patient.sex.value}, {patient.age_years:g} years, "
        f"{patient.height_cm:g} cm, {patient.weight_kg:g} kg"
    )
    figures = (
        f"{truth['lvm_g']:.1f} | {truth['index_g_per_m2']:.1f} | "
        f"{truth['qrs_ms']:.0f} | {truth['qrs_axis_deg']:.0f}"
    )
    return f"| {example.name} | {SEED} | {example.index} | {who} | {figures} | {example.shows} |\n"
