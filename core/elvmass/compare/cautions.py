"""What forbids to read a difference between two analyses as a change of the heart."""

from __future__ import annotations

from collections.abc import Iterator

from elvmass.card import ECG_SCALARS, SCALAR_WORDS
from elvmass.compare.pair import Pair, one_model
from elvmass.record import Notice, Patient

#: Ages in whole years and two birthdays may be off by so much.
_AGE_SLACK_YEARS = 1.5
_YEAR_DAYS = 365.25
_NAMES = ("first", "second")
#: What stands in a name or identifier that was taken out: two of them are not one patient.
_NOBODY = frozenset(
    {"", "anonymous", "anonymized", "anonymised", "unknown", "none", "removed", "simulated"}
)


def cautions(pair: Pair, days: float | None) -> Iterator[Notice]:
    """The gravest first."""
    years = None if days is None else abs(days) / _YEAR_DAYS
    yield from _of_patient(pair.first.record.patient, pair.second.record.patient, years)
    yield from _of_model(pair)
    yield from _of_recording(pair)
    yield from _of_inputs(pair)
    if not days:
        yield Notice(
            "order_unknown",
            "The recording dates do not tell which ECG is the later one; the difference is second "
            "less first as they were given.",
        )


def _of_patient(one: Patient, other: Patient, years: float | None) -> Iterator[Notice]:
    """Whether one patient was recorded; what is told is which data differ, not their values."""
    differ = differing_identity(one, other, years)
    if differ:
        yield Notice(
            "other_patient",
            f"Two patients? They differ in {_listed(differ)}. The difference between the ECGs is "
            "then no change of a heart.",
        )
    elif not _known_both(one.id, other.id) and not _known_both(one.name, other.name):
        yield Notice(
            "patient_unproved",
            "Neither identifier nor name stands in both files: nothing proves that the ECGs are "
            "of one patient.",
        )


def differing_identity(one: Patient, other: Patient, years: float | None) -> tuple[str, ...]:
    """Which of identifier, name, sex and age contradict each other.

    Files state an age and no birth date here; ``years`` between the recordings tell how the age
    should have changed. None tells nothing, and then the age is not compared.
    """
    differ = []
    if _known_both(one.id, other.id) and _plain(one.id) != _plain(other.id):
        differ.append("identifier")
    if _known_both(one.name, other.name) and _plain(one.name) != _plain(other.name):
        differ.append("name")
    if one.sex is not None and other.sex is not None and one.sex is not other.sex:
        differ.append("sex")
    if years is not None and one.age_years is not None and other.age_years is not None:
        aged = other.age_years - one.age_years
        if abs(aged - years) > _AGE_SLACK_YEARS:
            differ.append("age (for the time between the recordings)")
    return tuple(differ)


def _of_model(pair: Pair) -> Iterator[Notice]:
    one, other = (each.estimate.card for each in pair)
    if not one_model(pair):
        yield Notice(
            "other_model",
            f"Two models: {_versions(pair)}. The difference mixes the heart with the models.",
        )
    if (one.unit, one.target) != (other.unit, other.target):
        yield Notice(
            "other_unit",
            f"The models answer in different terms: {one.target} in {one.unit} and {other.target} "
            f"in {other.unit}.",
        )


def _versions(pair: Pair) -> str:
    one, other = (each.estimate.card for each in pair)
    return f"{one.name} {one.version} and {other.name} {other.version}"


def _of_recording(pair: Pair) -> Iterator[Notice]:
    """The same file, other filters, another kind of beat."""
    one, other = (each.record.source.sha256 for each in pair)
    if one and one == other:
        yield Notice("same_file", "Both are the same recording; only the choices differ.")
    ours = [each.filter_text for each in pair]
    device = [each.record.device_filter or "not stated" for each in pair]
    if ours[0] != ours[1]:
        yield Notice(
            "other_filter", f"Filtered differently before the analysis: {ours[0]} / {ours[1]}."
        )
    if device[0] != device[1]:
        yield Notice(
            "other_device_filter",
            f"The devices filtered differently: {device[0]} / {device[1]}. A narrower band alone "
            "lowers voltages.",
        )
    kinds = [each.beat.kind.value for each in pair]
    if kinds[0] != kinds[1]:
        yield Notice("other_beat", f"The analysed beats are of two kinds: {kinds[0]} / {kinds[1]}.")


def _of_inputs(pair: Pair) -> Iterator[Notice]:
    """Body size and what had to be replaced enter the estimate as the ECG does."""
    one, other = (each.record.patient for each in pair)
    changed = [
        f"{word} {before:g} → {after:g} {unit}"
        for word, unit, before, after in (
            ("height", "cm", one.height_cm, other.height_cm),
            ("weight", "kg", one.weight_kg, other.weight_kg),
        )
        if before is not None and after is not None and before != after
    ]
    if changed:
        yield Notice(
            "other_body",
            f"Body size enters the estimate, and it changed: {', '.join(changed)}.",
        )
    missing = [set(each.estimate.imputed) for each in pair]
    if missing[0] != missing[1]:
        names = [SCALAR_WORDS.get(name, name) for name in sorted(missing[0] ^ missing[1])]
        yield Notice(
            "other_imputed",
            f"Known in one ECG only, and replaced by a median in the other: {_listed(names)}.",
        )
    origins = _differing_origins(pair)
    if origins:
        yield Notice(
            "other_origin",
            f"The model read from the device in one ECG and from our measurement in the other: "
            f"{_listed(origins)}.",
        )
    outside = [bool(each.estimate.ineligible) for each in pair]
    if any(outside):
        which = "Both ECGs lie" if all(outside) else f"The {_NAMES[outside[1]]} ECG lies"
        yield Notice("outside_model", f"{which} outside what the model is meant for.")


def _differing_origins(pair: Pair) -> list[str]:
    """Scalars of the ECG that are the device's in one and ours in the other, with both values."""
    found = []
    for name in ECG_SCALARS:
        values = [each.estimate.scalars.get(name) for each in pair]
        reported = [getattr(each.record.reported, name) is not None for each in pair]
        if None not in values and reported[0] != reported[1]:
            words = " → ".join(f"{value:.0f}" for value in values)
            found.append(f"{SCALAR_WORDS[name]} {words}".replace("-", "−"))
    return found


def _known_both(one: str | None, other: str | None) -> bool:
    return not {_plain(one), _plain(other)} & _NOBODY


def _plain(text: str | None) -> str:
    """Without case, punctuation and the order of its words: "DOE^JANE" is "Jane Doe"."""
    letters = "".join(c if c.isalnum() else " " for c in (text or "").casefold())
    return " ".join(sorted(letters.split()))


def _listed(words: tuple[str, ...] | list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
