"""What a training was worth: figures by sex, card, pictures; and its installation."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from elvmass.card import ModelCard
from elvmass.clinical.thresholds import DEFAULT_THRESHOLD, THRESHOLDS
from elvmass_gui.lab.card_view import CardView
from elvmass_gui.lab.frames import framed
from elvmass_gui.lab.plots import Plot, draw_agreement, draw_calibration
from elvmass_gui.lab.tables import fill, table
from elvmass_gui.lab.words import FIGURES, GROUPS, figure
from elvmass_gui.painting.wording import percent
from elvmass_gui.views.parts import label

_WAITING = "The result stands here when the training is complete."


class ResultView(QWidget):
    """The scores of :meth:`elvmass_gui.lab.runs.Run.read_scores` and the card of the bundle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = label(_WAITING, wrap=True)
        heads = ["Patients", "n", *(_head(key) for key in FIGURES)]
        self.figures = table(heads, "Figures by sex", stretch=0)
        self.figures.setFixedHeight(102)
        self.note = label(role="small", wrap=True)
        self.card = CardView()
        self.agreement = Plot(
            "Bland–Altman", "mean of estimate and truth (g)", "estimate − truth (g)"
        )
        self.calibration = Plot("Calibration", "mean estimate (g)", "mean truth (g)")
        self.install = QPushButton("Install this model …")
        self.install.setToolTip("Verify it and copy it to your models")
        title = "Out-of-fold figures (95 % bootstrap interval over patients)"
        self._panel = framed(title, self.figures, self.note)
        self._pictures = [framed("Agreement (Bland and Altman)", self.agreement),
                          framed("Calibration", self.calibration)]  # fmt: skip
        self._card_panel = framed("Model card", self.card)
        self._lay_out()
        self.show_nothing()

    def show_nothing(self, text: str = _WAITING) -> None:
        """One sentence instead of a result."""
        self.state.setText(text)
        self.install.setEnabled(False)
        for panel in (self._panel, self._card_panel, *self._pictures):
            panel.show_state("–")

    def show_result(self, scores: dict[str, Any], card: ModelCard) -> None:
        """Show a complete training."""
        by_group = {row["group"]: row for row in scores["rows"]}
        fill(self.figures, [_row(GROUPS[name], row) for name, row in by_group.items()])
        self.note.setText(_note(scores))
        self.card.show_card(card)
        draw_agreement(self.agreement, scores)
        draw_calibration(self.calibration, scores)
        self.state.setText(
            "Each patient is estimated by the fold that has not seen him or her."
            + (" The cohort is simulated: the figures hold for simulated hearts."
               if card.simulated else "")
        )  # fmt: skip
        self.install.setEnabled(True)
        for panel in (self._panel, self._card_panel, *self._pictures):
            panel.show_state("")

    def _lay_out(self) -> None:
        pictures = QHBoxLayout()
        for panel in self._pictures:
            pictures.addWidget(panel, 3)
        pictures.addWidget(self._card_panel, 3)
        row = QHBoxLayout()
        row.addWidget(self.state, 1)
        row.addWidget(self.install)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self._panel)
        column.addLayout(pictures, 1)


def _head(key: str) -> str:
    title, _, _, unit = FIGURES[key]
    return f"{title} ({unit})" if unit else title


def _row(title: str, row: dict[str, Any]) -> list[str | int]:
    return [title, row["n"], *(figure(row["figures"].get(key), key) for key in FIGURES)]


def _note(scores: dict[str, Any]) -> str:
    limit = THRESHOLDS[DEFAULT_THRESHOLD]
    found = scores["rows"][0]["figures"]
    text = (
        f"LVH: truth above {limit.male_g_per_m2:g} (men) or {limit.female_g_per_m2:g} g/m² (women)"
        f", {limit.modality}, {limit.source.partition(',')[0]}"
    )
    if (share := (found.get("lvh_prevalence") or {}).get("value")) is not None:
        text += f"; {percent(share)} of these patients"
    if "coverage" in found:
        return (
            f"{text}. Coverage: share of patients inside their {percent(scores['coverage'])} "
            "interval, which comes from the errors of the other folds."
        )
    return f"{text}. No coverage: too few patients for intervals from the other folds."
