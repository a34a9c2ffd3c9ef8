"""The looks of the program: one frozen value of colours for each. No Qt.

Red and green mark nothing in any of them: in clinical programs they mean alarm and all-clear, and
an estimate is neither. Meaning is carried by words and position; colour only repeats it. ECG page
and beat panel stay paper in every theme.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by what they are for, and the width of traces on the screen.

    ``ground`` is the window, ``card`` what lies on it, ``raised`` a button. ``edge`` outlines what
    only groups, ``control`` what can be used. ``soft`` marks a settled verdict, ``plain`` an
    unsettled one, ``warn`` and ``error`` notices and messages; each has its ink or takes ``ink``.
    ``heat`` are both ends of the importance table's ramp. ``plus`` and ``minus`` are
    contributions; ``bar``, ``limit``, ``axis`` and ``mark`` belong to the scale of the estimate.
    """

    title: str
    ink: str
    muted: str
    edge: str
    control: str
    ground: str
    card: str
    raised: str
    hover: str
    pressed: str
    accent: str
    on_accent: str
    link: str
    soft: str
    plain: str
    plain_edge: str
    warn: str
    warn_edge: str
    warn_ink: str
    error: str
    error_edge: str
    error_ink: str
    wrong: str
    wrong_edge: str
    tip: str
    disabled: str
    heat: tuple[str, str]
    plus: str
    minus: str
    bar: str
    limit: str
    mark: str
    trace_px: float = 1.5
    dark: bool = False

    @property
    def pairs(self) -> tuple[tuple[str, str, str], ...]:
        """Every text with every ground that it stands on: what, ink, ground.

        Disabled text is left out, as in WCAG; cells of the ramp choose their ink themselves.
        """
        grounds = (self.ground, self.card, self.raised)
        return (
            *(("text", self.ink, g) for g in (*grounds, self.hover, self.pressed, self.tip)),
            *(("small text", self.muted, g) for g in (self.ground, self.card, self.plain)),
            ("settled verdict", self.ink, self.soft),
            ("unsettled verdict", self.ink, self.plain),
            ("notice", self.warn_ink, self.warn),
            ("message", self.error_ink, self.error),
            ("wrong entry", self.ink, self.wrong),
            ("selection", self.on_accent, self.accent),
            *(("link", self.link, g) for g in (self.ground, self.card)),
            ("limit", self.limit, self.card),
        )


LIGHT = Theme(
    title="Light",
    ink="#1b2733", muted="#566472", edge="#c9d2da", control="#8d99a5",
    ground="#eef1f4", card="#ffffff", raised="#f6f8fa", hover="#e6eef7", pressed="#d5e3f2",
    accent="#1f5fa8", on_accent="#ffffff", link="#1f5fa8",
    soft="#e9eff6", plain="#f1f1ee", plain_edge="#8b8b80",
    warn="#fff3d6", warn_edge="#d9a62e", warn_ink="#5c4200",
    error="#fde9e3", error_edge="#d79b86", error_ink="#5b2413",
    wrong="#fff6f2", wrong_edge="#b4552d",
    tip="#fffdf5", disabled="#98a3ad",
    heat=("#f3f7fb", "#1f5fa8"), plus="#3f7fbf", minus="#b07a3a",
    bar="#a9c3de", limit="#8a5a00", mark="#1a1a1a",
)  # fmt: skip

DARK = Theme(
    title="Dark",
    ink="#e4e9ee", muted="#a9b5c0", edge="#3a4550", control="#6f7d8a",
    ground="#171c21", card="#20272e", raised="#2a333c", hover="#2f3c49", pressed="#3a4a5a",
    accent="#2f6db5", on_accent="#ffffff", link="#8ebcf0",
    soft="#233447", plain="#2d2d2a", plain_edge="#8f8f84",
    warn="#3a3015", warn_edge="#b98a1f", warn_ink="#f6dc9a",
    error="#44241b", error_edge="#a8644d", error_ink="#f8cdbf",
    wrong="#3d2a22", wrong_edge="#d98a66",
    tip="#2d3741", disabled="#66727d",
    heat=("#27303a", "#7db2ee"), plus="#6aa5e0", minus="#d09a58",
    bar="#3d5a78", limit="#e6b45c", mark="#f2f4f6",
    dark=True,
)  # fmt: skip

CONTRAST = Theme(
    title="High contrast",
    ink="#000000", muted="#22282e", edge="#000000", control="#000000",
    ground="#ffffff", card="#ffffff", raised="#ffffff", hover="#d6e6fa", pressed="#b9d4f4",
    accent="#00356e", on_accent="#ffffff", link="#00356e",
    soft="#d6e6fa", plain="#ffffff", plain_edge="#000000",
    warn="#ffeb9c", warn_edge="#000000", warn_ink="#000000",
    error="#ffd9cc", error_edge="#000000", error_ink="#000000",
    wrong="#ffe3d9", wrong_edge="#8c1d00",
    tip="#ffffff", disabled="#5f666d",
    heat=("#ffffff", "#7fb0e6"), plus="#00509e", minus="#7a3e00",
    bar="#8fb8e6", limit="#5c3500", mark="#000000",
    trace_px=2.6,
)  # fmt: skip

THEMES: dict[str, Theme] = {"light": LIGHT, "dark": DARK, "contrast": CONTRAST}
#: Not a theme: light or dark, whichever the desktop has.
SYSTEM = "system"
CHOICES: tuple[str, ...] = (SYSTEM, *THEMES)


def luminance(colour: str) -> float:
    """WCAG relative luminance of "#rrggbb", 0 to 1."""
    red, green, blue = (_linear(int(colour[k : k + 2], 16) / 255) for k in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """WCAG contrast of two colours, 1 to 21."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def mixed(low: str, high: str, depth: float) -> str:
    """The colour of a ramp at 0 (``low``) to 1 (``high``)."""
    depth = min(max(depth, 0.0), 1.0)
    ends = ((int(low[k : k + 2], 16), int(high[k : k + 2], 16)) for k in (1, 3, 5))
    return "#" + "".join(f"{round(a + depth * (b - a)):02x}" for a, b in ends)


def readable_on(ground: str) -> str:
    """Black or white ink, whichever stands out more from ``ground``."""
    # At 0.179 black and white are equally far away (4.6 : 1).
    return "#000000" if luminance(ground) > 0.179 else "#ffffff"


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
