"""What a page shows of a recording: ten seconds, a display filter, traces centred on their rows.

No Qt. A :class:`Shown` is cut once and painted often; a recording of an hour costs no more than
one of ten seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from elvmass.choices import BANDS
from elvmass.record import LEAD_INDEX, FloatArray, Record, median
from elvmass_gui.geometry.paper import (
    SHEET_S,
    Layout,
    Placement,
    Scale,
    Sheet,
    Strip,
    clamp_start,
    lay_out,
)

#: Seconds before and after the page that the filter sees too, so that its edges ring elsewhere.
_FILTER_MARGIN_S = 20.0
#: The notch works above this frequency; below, the recording is left as it is.
_ABOVE_HUM_HZ = 5.0
#: Head or foot that a page gives to tall waves, at most; pacing spikes would ask for more.
_MOST_ROOM_MM = 15.0
_LEAST_MV = 1e-6


@dataclass(frozen=True, slots=True)
class DisplayFilter:
    """A filter for the eye alone: the estimate never sees it.

    ``band`` is a key of :data:`BAND_TEXTS`, ``notch_hz`` 50, 60 or None.
    """

    band: str = ""
    notch_hz: float | None = None

    @property
    def text(self) -> str:
        """The words that stand on the page, e.g. "0.05–150 Hz, notch 50 Hz"."""
        notch = f", notch {self.notch_hz:g} Hz" if self.notch_hz else ""
        return BAND_TEXTS[self.band] + notch


#: Presets by their key in :data:`elvmass.choices.BANDS`; "" leaves the band alone.
BAND_TEXTS: dict[str, str] = {
    "": "as recorded",
    "diagnostic": "0.05–150 Hz",
    "paper": "0.5–100 Hz",
    "monitor": "0.5–40 Hz",
}
#: Between the parts of the caption.
CAPTION_GAP = "     "
#: Height of a caption of two lines, mm: on narrow paper, or where there is much to say.
_TALL_CAPTION_MM = 9.0
_NARROW_MM, _MANY_LETTERS = 200.0, 90
NOTCHES_HZ: tuple[float | None, ...] = (None, 50.0, 60.0)
AS_RECORDED = DisplayFilter()


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The stretch of a recording that one page shows.

    Attributes
    ----------
    record
        The whole recording, as recorded.
    start_s
        First second of the page, clamped to the recording.
    first
        Number of the recording's sample in column 0 of ``centred_mv``.
    centred_mv
        [12, n] mV, filtered, each lead less its median. As on a chart recorder, traces are
        centred on their rows: an offset of the amplifier moves a trace, it does not change it.
    baseline_mv
        [12] median of each lead as recorded.
    filter
        What was done to the traces for the eye.
    """

    record: Record
    start_s: float
    first: int
    centred_mv: FloatArray
    baseline_mv: FloatArray
    filter: DisplayFilter

    def lead(self, name: str) -> FloatArray:
        """[n] one lead of ``centred_mv``."""
        row: FloatArray = self.centred_mv[LEAD_INDEX[name]]
        return row

    def base_mv(self, name: str) -> float:
        """The level that was taken off a lead."""
        return float(self.baseline_mv[LEAD_INDEX[name]])

    def value_mv(self, lead: str, time_s: float) -> float:
        """The centred signal at the sample nearest to a time of the recording; NaN if none."""
        k = round(time_s * self.record.rate_hz) - self.first
        row = self.lead(lead)
        return float(row[k]) if 0 <= k < len(row) else float("nan")


def show(record: Record, start_s: float = 0.0, display: DisplayFilter = AS_RECORDED) -> Shown:
    """Cut the ten seconds from ``start_s`` (clamped) out of a recording, filtered for the eye.

    The filter sees 20 s more on both sides; in a longer recording its lower edge therefore
    settles on the surroundings of the page, not on the whole.
    """
    start_s = clamp_start(start_s, record.duration_s)
    rate, n = record.rate_hz, record.signal_mv.shape[1]
    first = min(max(0, int(np.floor(start_s * rate))), n - 1)
    stop = min(n, first + int(np.ceil(SHEET_S * rate)) + 1)
    raw = record.signal_mv[:, first:stop]
    shown = raw if display == AS_RECORDED else _filtered(record, slice(first, stop), display)
    centred = shown - median(shown)[:, None]
    return Shown(record, start_s, first, centred, median(raw), display)


def _filtered(record: Record, page: slice, display: DisplayFilter) -> FloatArray:
    from elvmass.signal import filters  # scipy, needed only now

    margin = round(_FILTER_MARGIN_S * record.rate_hz)
    low = max(0, page.start - margin)
    recorded = record.signal_mv[:, low : page.stop + margin]
    signal, _ = filters.fill_gaps(recorded)
    band = BANDS.get(display.band)
    out = filters.band_pass(signal, record.rate_hz, band) if band else signal
    if display.notch_hz is not None:
        above = (_ABOVE_HUM_HZ, record.rate_hz)
        without = filters.band_pass(out, record.rate_hz, above, display.notch_hz)
        out = out - (filters.band_pass(out, record.rate_hz, above) - without)
    out = np.where(np.isnan(recorded), np.nan, out)
    kept: FloatArray = out[:, page.start - low : page.stop - low]
    return kept


# ---- places on the sheet --------------------------------------------------------------------


def strip_points(strip: Strip, shown: Shown) -> tuple[FloatArray, FloatArray]:
    """Place the samples that a strip shows: x and y in mm, y is NaN in gaps."""
    rate, row = shown.record.rate_hz, shown.lead(strip.lead)
    first = max(0, int(np.ceil(strip.start_s * rate - 1e-6)) - shown.first)
    stop = min(len(row), int(np.floor(strip.stop_s * rate + 1e-6)) + 1 - shown.first)
    time_s = (shown.first + np.arange(first, max(first, stop))) / rate
    x = strip.rect.x + (time_s - strip.start_s) * strip.scale.mm_per_s
    y = strip.zero_y - row[first:stop] * (strip.sign * strip.scale.mm_per_mv)
    return x, y


def sheet_for(
    shown: Shown, layout: Layout, scale: Scale | None = None, at: Placement | None = None
) -> Sheet:
    """A sheet whose head and foot have room for the tallest waves: at most 15 mm, whole 5 mm.

    The head holds the first row's calibration pulse too.

    The head and foot of ``at`` are the least, so that a page keeps its size while it scrolls.
    """
    at = at or Placement(row_mm=layout.row_mm)
    time = (shown.record.duration_s, shown.start_s)
    bare = replace(at, head_mm=0.0, foot_mm=0.0)
    without = lay_out(layout, scale, *time, bare)
    head, foot = overshoot_mm(shown, without)
    head = max(at.head_mm, _squares(max(head, _pulse_overshoot_mm(without))))
    foot = max(at.foot_mm, _squares(foot))
    sheet = lay_out(layout, scale, *time, replace(at, head_mm=head, foot_mm=foot))
    if sheet.paper.width >= _NARROW_MM and len(caption_text(shown, sheet)) <= _MANY_LETTERS:
        return sheet
    return sheet.with_caption(_TALL_CAPTION_MM)


def _squares(length_mm: float) -> float:
    return float(min(5.0 * np.ceil(length_mm / 5.0), _MOST_ROOM_MM))


def overshoot_mm(shown: Shown, sheet: Sheet) -> tuple[float, float]:
    """How far traces reach above the first and below the last row, mm (0 if they do not)."""
    head = foot = 0.0
    bottom = max(s.rect.bottom for s in sheet.strips)
    top = min(s.rect.y for s in sheet.strips)
    for strip in sheet.strips:
        _, y = strip_points(strip, shown)
        y = y[np.isfinite(y)]
        if y.size:
            head = max(head, top - float(y.min()) + 1.0)
            foot = max(foot, float(y.max()) - bottom + 1.0)
    return head, foot


def _pulse_overshoot_mm(sheet: Sheet) -> float:
    """How far calibration pulses reach above the first row, with air for the width of a line."""
    highest = min(y for corners in sheet.pulses for _, y in corners)
    return max(0.0, min(s.rect.y for s in sheet.strips) - highest + 0.5)


def is_cut(shown: Shown, sheet: Sheet) -> bool:
    """Whether a wave ends at the upper or lower edge of the paper."""
    head, foot = overshoot_mm(shown, sheet)
    # overshoot_mm asks for 1 mm of air, which is no loss
    return head - 1.0 > sheet.head_mm or foot - 1.0 > sheet.foot_mm


def has_signal(shown: Shown, lead: str) -> bool:
    """Whether a lead moves at all on this page; a filter may leave dust of a dead one."""
    row = shown.lead(lead)
    row = row[np.isfinite(row)]
    return bool(row.size) and float(np.ptp(row)) > _LEAST_MV


# ---- words ----------------------------------------------------------------------------------


def clock(time_s: float, whole_s: float) -> str:
    """A time of the recording: seconds, or h:mm:ss in one longer than two minutes."""
    if whole_s <= 120.0:
        return f"{time_s:.1f}"
    minutes, seconds = divmod(int(time_s), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def filter_text(shown: Shown) -> str:
    """Which filters the traces have passed: the device's, and that of the display."""
    device = f"device filter: {shown.record.device_filter or 'not stated'}"
    if shown.filter == AS_RECORDED:
        return f"{device}; shown as recorded"
    return f"{device}; DISPLAY FILTER {shown.filter.text}"


def caption_text(shown: Shown, sheet: Sheet) -> str:
    """All of :func:`caption_words` in a line."""
    return CAPTION_GAP.join(caption_words(shown, sheet))


def caption_words(shown: Shown, sheet: Sheet) -> list[str]:
    """Speed and gain, cautions, filters, and the stretch shown if the recording is longer."""
    whole_s = shown.record.duration_s
    words = [sheet.scale.text]
    if is_cut(shown, sheet):
        words.append("WAVES CUT AT THE EDGE")  # early: a narrow page drops the end of the line
    words.append(filter_text(shown))
    if whole_s > SHEET_S + 0.05:
        unit = " s" if whole_s <= 120.0 else ""
        span = f"{clock(shown.start_s, whole_s)}–{clock(shown.start_s + SHEET_S, whole_s)}"
        words.append(f"{span}{unit} of {clock(whole_s, whole_s)}{unit}")
    elif whole_s < SHEET_S - 0.05:
        words.append(f"recording of {whole_s:.1f} s")
    if shown.record.derived_leads:
        words.append(f"derived: {', '.join(shown.record.derived_leads)}")
    return words


def readout(shown: Shown, strip: Strip, x_mm: float, y_mm: float, *, cursor: bool = True) -> str:
    """Lead, time, level of the point and signal there, in ms and mV as they are drawn."""
    time_s = strip.time_s(x_mm)
    words = [strip.title, f"{1000 * time_s:.0f} ms"]
    if cursor:
        words.append(f"cursor {_plus(strip.sign * strip.voltage_mv(y_mm))} mV")
    k = round(time_s * shown.record.rate_hz)
    if 0 <= k < shown.record.signal_mv.shape[1]:
        value = shown.value_mv(strip.lead, time_s)
        words.append("no signal" if np.isnan(value) else f"signal {_plus(strip.sign * value)} mV")
    return "   ".join(words)


def _plus(value: float) -> str:
    return f"{value:+z.2f}".replace("-", "−")
