"""What the beat panel shows. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from operator import is_

from elvmass.beat import Beat, Fiducials
from elvmass.boundaries import shifts_ms
from elvmass.record import FloatArray
from elvmass.result import Analysis, SaliencyMap, SegmentImportance

#: Beats that are drawn behind the analysed one, at most: of an hour no more than of a minute.
MOST_OTHERS = 60


@dataclass(frozen=True, slots=True, eq=False)
class BeatContent:
    """What the panel shows; saliency and importance may still be missing.

    ``others`` are beats on the same grid, drawn thin and grey behind the analysed one.
    ``automatic`` are the boundaries that were found, if the reader drew others.
    """

    beat: Beat
    saliency: SaliencyMap | None = None
    importance: SegmentImportance | None = None
    others: tuple[Beat, ...] = ()
    automatic: Fiducials | None = None

    @classmethod
    def of(cls, analysis: Analysis, *, overlay: bool = False) -> BeatContent:
        """The content of an analysis, with its clean beats behind if they are wanted."""
        others = evenly(analysis.clean_beats, MOST_OTHERS) if overlay else ()
        return cls(
            analysis.beat, analysis.saliency, analysis.importance, others, analysis.automatic
        )  # fmt: skip

    def is_same(self, other: BeatContent) -> bool:
        """Whether the panel of the other would look like this one's: it has the same values."""
        values = (self.beat, self.saliency, self.importance, self.automatic, *self.others)
        theirs = (other.beat, other.saliency, other.importance, other.automatic, *other.others)
        return len(values) == len(theirs) and all(map(is_, values, theirs))

    @property
    def moved_ms(self) -> dict[str, float]:
        """How far each boundary was moved by hand, ms."""
        if self.automatic is None:
            return {}
        return shifts_ms(self.automatic, self.beat.fiducials, self.beat.rate_hz)

    def grams_per_ms(self) -> FloatArray | None:
        """[12, m] contribution per millisecond, or None without saliency."""
        if self.saliency is None:
            return None
        density: FloatArray = self.saliency.values_g * self.beat.rate_hz / 1000.0
        return density


def evenly(beats: tuple[Beat, ...], most: int) -> tuple[Beat, ...]:
    """At most so many of the beats, spread evenly."""
    step = max(1, -(-len(beats) // most))
    return beats[::step]
