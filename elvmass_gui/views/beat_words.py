"""The choices of beat, filter and boundaries in words. No Qt."""

from __future__ import annotations

from dataclasses import replace

from elvmass.beat import BeatGrade, BeatKind, BeatMark
from elvmass.choices import AS_TRAINED, BANDS, DELINEATORS, NOTCHES, SignalOptions
from elvmass.result import Analysis

#: What the selector of the beat holds: None (as trained), a kind, or a number from 0.
BeatKey = str | int | None

#: Words from the longest to the shortest, and a key.
BAND_ROWS: tuple[tuple[tuple[str, ...], str | None], ...] = (
    (("model's own filter", "own filter"), None),
    *(
        ((f"{low:g}–{high:g} Hz, {key}", f"{low:g}–{high:g} Hz"), key)
        for key, (low, high) in BANDS.items()
    ),
)
_NOTCH_WORDS = {"auto": ("notch: auto",), "off": ("no notch",)}
NOTCH_ROWS: tuple[tuple[tuple[str, ...], str], ...] = tuple(
    (_NOTCH_WORDS.get(key, (f"notch {key} Hz", f"notch {key}")), key) for key in NOTCHES
)
_DELINEATOR_WORDS = {"elvmass": "elvmass: rules and network, calibrated on LUDB"}
DELINEATOR_ROWS: tuple[tuple[str, str], ...] = tuple(
    (_DELINEATOR_WORDS.get(key, f"neurokit2: {key.removeprefix('nk-')}"), key)
    for key in DELINEATORS
)
#: The usual words of the selector: it keeps the room for them while beats come and go.
USUAL_BEAT = "as trained: median, 10 of 12"
BEAT_TIP = (
    "Which heartbeat the model reads. It was trained on one kind of beat; another one gives\n"
    "another number. Beats of another shape or with noise are marked in the list."
)
BAND_TIP = (
    "What is filtered out before the beat is cut. The model knows its own filter only; a limit\n"
    "of 40 Hz lowers QRS and hides hypertrophy. The filter of the ECG page is another one."
)
NOTCH_TIP = (
    "Against mains hum. “Auto” looks for hum in the spectrum and takes it out only if there is any."
)
MORE_TIP = "Who draws the boundaries of P, QRS and T"
OVERLAY_TIP = (
    "Thin grey traces of all clean beats behind the analysed one (Ctrl+Shift+O):\n"
    "how much they differ is how much the number depends on the choice of the beat"
)
_GRADES = {BeatGrade.ECTOPIC: "another shape", BeatGrade.NOISY: "noisy"}


def beat_rows(marks: tuple[BeatMark, ...]) -> list[tuple[tuple[str, ...], BeatKey]]:
    """Words and key of every choice; incomplete beats cannot be chosen."""
    rows: list[tuple[tuple[str, ...], BeatKey]] = [
        (("as trained",), None), (("middle beat",), "middle"),
        (("median of the usual beats", "median beat"), "median"),
    ]  # fmt: skip
    whole = [mark for mark in marks if mark.number is not None]
    for mark in whole:
        assert mark.number is not None
        place, at = f"{mark.number + 1} of {len(whole)}", f", {mark.time_s:.1f} s"
        grade = f" – {_GRADES[mark.grade]}" if mark.grade in _GRADES else ""
        rows.append((tuple(dict.fromkeys((place + at + grade, place + grade, place))), mark.number))
    return rows


def trained_words(analysis: Analysis | None, signal: SignalOptions) -> tuple[str, ...]:
    """The first row, with the beat that it led to."""
    if analysis is None or signal.kind is not None:
        return ("as trained",)
    beat = analysis.beat
    place = f"{beat.number + 1} of {beat.count}"
    return f"as trained: {beat.kind.value}, {place}", f"as trained: {place}", f"trained: {place}"


def beat_key(signal: SignalOptions) -> BeatKey:
    """The key of the beat in force."""
    if signal.number is not None:
        return signal.number
    return None if signal.kind is None else signal.kind.value


def with_beat(signal: SignalOptions, key: BeatKey) -> SignalOptions:
    """The same choices with another beat."""
    if isinstance(key, int):
        return replace(signal, kind=BeatKind.CHOSEN, number=key)
    return replace(signal, kind=None if key is None else BeatKind(key), number=None)


def changed_words(signal: SignalOptions) -> str:
    """What the reader has chosen otherwise than the model was trained, or ""."""
    names = (("beat", "kind"), ("filter", "band"), ("notch", "notch"), ("boundaries", "delineator"))
    changed = [w for w, f in names if getattr(signal, f) != getattr(AS_TRAINED, f)]
    return f"Chosen by hand: {', '.join(changed)}" if changed else ""


def done_words(analysis: Analysis | None) -> tuple[str, ...]:
    """What was done to the signal of the beat on the screen."""
    whole = "" if analysis is None else analysis.filter_text
    return whole, whole.replace("band-pass ", "").replace(" zero-phase", "")
