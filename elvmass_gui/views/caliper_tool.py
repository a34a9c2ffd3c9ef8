"""The calipers in hand: put, drag, nudge, undo. It knows sheets and millimetres, no widget."""

from __future__ import annotations

from dataclasses import replace

from elvmass_gui.geometry.calipers import (
    Caliper,
    CaliperKind,
    Calipers,
    History,
    Point,
    handles,
    snapped,
    strip_near,
    to_mm,
    to_point,
)
from elvmass_gui.geometry.paper import Sheet, Strip
from elvmass_gui.geometry.shown import AS_RECORDED, Shown

#: A caliper shorter than this in time and voltage was a click, not a measurement.
_LEAST_MS, _LEAST_MV = 4.0, 0.02
#: What a caliper put by key spans at first.
_FIRST_S, _FIRST_MV = 0.2, 1.0
_BODY = -1


class CaliperTool:
    """Calipers of every ECG seen, one of them in hand.

    Attributes
    ----------
    kind
        What the next press on free paper draws; None draws nothing.
    snap
        Whether ends are caught by the trace.
    held
        Which end of the caliper in hand the keys move: 0 or 1.
    """

    def __init__(self) -> None:
        self.kind: CaliperKind | None = None
        self.snap = True
        self.held = 1
        self._histories: dict[object, History[Calipers]] = {}
        self._history: History[Calipers] = History(())
        self._index: int | None = None
        self._draft: Calipers | None = None
        self._strip: Strip | None = None
        self._grip: tuple[int, float, float] = (1, 0.0, 0.0)
        self._nudged = False

    def open(self, key: object) -> None:
        """Take up the calipers of an ECG; ``key`` is the same whenever it is the same ECG."""
        self._history = self._histories.setdefault(key, History(()))
        self._drop()

    @property
    def calipers(self) -> Calipers:
        """All calipers of this ECG, the one being drawn included."""
        return self._history.state if self._draft is None else self._draft

    @property
    def active(self) -> Caliper | None:
        """The caliper in hand."""
        return None if self._index is None else self.calipers[self._index]

    @property
    def dragging(self) -> bool:
        """Whether the mouse holds an end or a body."""
        return self._draft is not None

    # ---- mouse --------------------------------------------------------------------------

    def press(self, sheet: Sheet, shown: Shown, at: tuple[float, float], reach_mm: float) -> bool:
        """Take hold of what lies within ``reach_mm``, or begin a caliper; False if neither."""
        strip = (strip_near(sheet, shown, *at) if self.snap else None) or sheet.strip_at(*at)
        if strip is None:
            return False
        found, strip = self._grabbed(sheet, shown, at, reach_mm) or (None, strip)
        if found is not None:
            self._index, grip = found
            self._draft = self._history.state
        elif self.kind is not None:
            point = self._point(strip, shown, at)
            name = "" if shown.filter == AS_RECORDED else shown.filter.text
            made = Caliper(self.kind, strip.lead, point, point, name)
            self._draft = (*self._history.state, made)
            self._index, grip = len(self._draft) - 1, 1
        else:
            self._index = None
            return False
        self._strip, self._grip, self._nudged = strip, (grip, *at), False
        self.held = max(grip, 0)
        return True

    def drag(self, shown: Shown, at: tuple[float, float], snap: bool = True) -> None:
        """Move what is held to a point of the page."""
        assert self._strip is not None
        assert self._draft is not None
        assert self._index is not None
        strip, (grip, x, y) = self._strip, self._grip
        before = self._draft[self._index]
        if grip == _BODY:
            scale = strip.scale
            seconds = (at[0] - x) / scale.mm_per_s
            after = before.shifted(seconds, strip.sign * (y - at[1]) / scale.mm_per_mv)
            self._grip = (grip, *at)
        else:
            free = to_point(strip, shown, *at)
            after = _moved(before, grip, self._point(strip, shown, at) if snap else free)
        self._put(after)

    def release(self) -> None:
        """Keep what was drawn or moved; a mere click leaves nothing."""
        draft, self._draft = self._draft, None
        if draft is None or self._index is None:
            return
        made = draft[self._index]
        if made.interval_ms < _LEAST_MS and abs(made.voltage_mv) < _LEAST_MV:
            self._index = None
        else:
            self._history.push(draft)

    def _grabbed(
        self, sheet: Sheet, shown: Shown, at: tuple[float, float], reach_mm: float
    ) -> tuple[tuple[int, int], Strip] | None:
        """Index of a caliper, what of it is near (end 0, end 1 or its body), and on which strip."""
        for index, caliper in enumerate(self._history.state):
            for strip in sheet.strips_of(caliper.lead):
                part = _part_at(strip, shown, caliper, at, reach_mm)
                if part is not None:
                    return (index, part), strip
        return None

    def _point(self, strip: Strip, shown: Shown, at: tuple[float, float]) -> Point:
        return (snapped if self.snap else to_point)(strip, shown, *at)

    # ---- keys ---------------------------------------------------------------------------

    def put(self, kind: CaliperKind, strip: Strip, shown: Shown, time_s: float) -> None:
        """A new caliper of a usual size about a time, in hand."""
        a = self._on_trace(strip.lead, shown, time_s)
        if kind is CaliperKind.VOLTAGE:
            b = Point(a.time_s, a.level_mv + _FIRST_MV)
        else:
            b = Point(a.time_s + _FIRST_S, a.level_mv)
        name = "" if shown.filter == AS_RECORDED else shown.filter.text
        self._history.push((*self._history.state, Caliper(kind, strip.lead, a, b, name)))
        self._index, self.held, self._nudged = len(self._history.state) - 1, 1, False

    def nudge(self, shown: Shown, samples: int = 0, millivolts: float = 0.0) -> None:
        """Move the held end; a voltage's end runs along the trace when it moves in time."""
        caliper = self.active
        if caliper is None:
            return
        end = caliper.end(self.held)
        point = Point(end.time_s + samples / shown.record.rate_hz, end.level_mv + millivolts)
        if samples and caliper.kind is CaliperKind.VOLTAGE and self.snap:
            point = self._on_trace(caliper.lead, shown, point.time_s)
        self._change(_moved(caliper, self.held, point))

    def to_lead(self, sheet: Sheet, shown: Shown, step: int) -> None:
        """Carry the caliper in hand to the next lead of the page."""
        caliper = self.active
        if caliper is None:
            return
        leads = list(dict.fromkeys(s.lead for s in sheet.strips))
        lead = leads[(leads.index(caliper.lead) + step) % len(leads)]
        points = [self._on_trace(lead, shown, caliper.end(k).time_s) for k in (0, 1)]
        if caliper.kind is not CaliperKind.VOLTAGE:
            points[1] = replace(points[1], level_mv=points[0].level_mv)
        self._change(replace(caliper, lead=lead, a=points[0], b=points[1]))

    def switch_end(self) -> None:
        """Let the keys move the other end."""
        self.held = 1 - self.held
        self._nudged = False

    def take_next(self) -> None:
        """Take the next caliper in hand."""
        count = len(self._history.state)
        if count:
            self._index = 0 if self._index is None else (self._index + 1) % count
            self._nudged = False

    def put_down(self) -> None:
        """Nothing in hand, nothing half done, no tool."""
        self.kind = None
        self._drop()

    def remove(self) -> None:
        """Remove the caliper in hand."""
        if self._index is not None:
            state = self._history.state
            index = self._index
            self._drop()
            self._history.push(state[:index] + state[index + 1 :])

    def clear(self) -> None:
        """Remove all calipers of this ECG; undo brings them back."""
        self._drop()
        self._history.push(())

    def undo(self) -> None:
        """Take the last change back."""
        self._drop()
        self._history.step(-1)

    def redo(self) -> None:
        """Do again what was undone."""
        self._drop()
        self._history.step(+1)

    def _drop(self) -> None:
        self._index, self._draft, self._nudged = None, None, False

    def _put(self, caliper: Caliper) -> None:
        assert self._draft is not None
        assert self._index is not None
        state = list(self._draft)
        state[self._index] = caliper
        self._draft = tuple(state)

    def _change(self, caliper: Caliper) -> None:
        """Keep a nudged caliper; nudges in a row are one step of undo."""
        assert self._index is not None
        state = list(self._history.state)
        state[self._index] = caliper
        (self._history.amend if self._nudged else self._history.push)(tuple(state))
        self._nudged = True

    @staticmethod
    def _on_trace(lead: str, shown: Shown, time_s: float) -> Point:
        """The sample nearest to a time; the baseline where there is none."""
        rate = shown.record.rate_hz
        time_s = round(time_s * rate) / rate
        value = shown.value_mv(lead, time_s)
        base = shown.base_mv(lead)
        return Point(time_s, base if value != value else base + value)


def _moved(caliper: Caliper, end: int, point: Point) -> Caliper:
    """One end at a new point; both ends of a time keep one level, that of the first."""
    moved = caliper.with_end(end, point)
    if caliper.kind is CaliperKind.VOLTAGE:
        return moved
    return replace(moved, b=replace(moved.b, level_mv=moved.a.level_mv))


def _part_at(
    strip: Strip, shown: Shown, caliper: Caliper, at: tuple[float, float], reach_mm: float
) -> int | None:
    """Which part of a caliper lies at a point: end 0 or 1, its body, or None."""
    for k, (x, y) in handles(strip, shown, caliper):
        if abs(x - at[0]) <= reach_mm and abs(y - at[1]) <= reach_mm:
            return k
    inside = strip.rect.x <= at[0] < strip.rect.right
    return _BODY if inside and _on_body(strip, shown, caliper, at, reach_mm) else None


def _on_body(
    strip: Strip, shown: Shown, caliper: Caliper, at: tuple[float, float], reach_mm: float
) -> bool:
    """Whether a point lies on the line that joins the ends: across for a time, upright else."""
    (ax, ay), (bx, by) = (to_mm(strip, shown, caliper.end(k)) for k in (0, 1))
    if caliper.kind is CaliperKind.VOLTAGE:
        near, along, ends = abs(at[0] - bx), at[1], (ay, by)
    else:
        near, along, ends = abs(at[1] - ay), at[0], (ax, bx)
    return near <= reach_mm and min(ends) <= along <= max(ends)
