"""What a training was worth: figures by sex, card, pictures; and its installation."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from elvmass.card import ModelCard
from elvmass.clinical.thresholds import DEFAULT_THRESHOLD, THRESHOLDS
from elvmass_gui.lab.card_view import CardView
from elvmass_gui.lab.frames import Framed
from elvmass_gui.lab.plots import Plot, draw_agreement, draw_calibration
from elvmass_gui.lab.tables import fill, table
from elvmass_gui.lab.words import FIGURE_TIPS, FIGURES, GROUPS, figure
from elvmass_gui.painting.wording import percent
from elvmass_gui.style import scaled
from elvmass_gui.views.parts import label, wrapped

_WAITING = "The result stands here when the training is complete."
_FIGURES_TIP = (
    "How good the model is for patients that it has not seen: each is estimated by the fold that "
    "was trained without him or her. In brackets: 95 % interval, by drawing patients anew."
)
_AGREEMENT_TIP = (
    "One point for each patient (Bland and Altman). Across: the mean of estimate and truth. Up: "
    "how much the estimate is too large, in grams. The line is the mean error (bias); 95 % of "
    "patients lie between the dashed lines if errors are normal. A cloud that falls to the right "
    "makes large hearts too small."
)
_CALIBRATION_TIP = (
    "Patients in groups of equal size by their estimate. Across: mean estimate. Up: mean truth, "
    "with its 95 % interval. On the dashed line an estimate of 150 g means 150 g on average; above "
    "it, estimates are too small."
)
_CARD_TIP = "What is kept with the model and shown to whoever uses it"


class ResultView(QWidget):
    """The scores of :meth:`elvmass_gui.lab.runs.Run.read_scores` and the card of the bundle."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = label(_WAITING, wrap=True)
        heads = {"Patients": "All patients, and those of each sex", "n": "How many they are"}
        heads |= {_head(key): FIGURE_TIPS[key] for key in FIGURES}
        self.figures = table(heads, "Figures by sex", tip=_FIGURES_TIP, stretch=0)
        self.figures.setFixedHeight(scaled(102))
        self.note = label(role="small", wrap=True)
        self.card = CardView()
        self.agreement = Plot(
            "Bland–Altman", "mean of estimate and truth (g)", "estimate − truth (g)",
            tip=_AGREEMENT_TIP,
        )  # fmt: skip
        self.calibration = Plot(
            "Calibration", "mean estimate (g)", "mean truth (g)", tip=_CALIBRATION_TIP
        )
        self.install = QPushButton("&Install this model …")
        self.install.setToolTip(wrapped(
            "Verify it and copy it to your models: then the result panel of the main window and "
            "Research › Models offer it"
        ))  # fmt: skip
        self._panels = (
            Framed("Out-of-fold figures (95 % bootstrap interval over patients)", self.figures,
                   self.note, tip=_FIGURES_TIP, empty="Errors in grams and per cent, by sex."),
            Framed("Agreement (Bland and Altman)", self.agreement, tip=_AGREEMENT_TIP,
                   empty="The error of each patient against the mass."),
            Framed("Calibration", self.calibration, tip=_CALIBRATION_TIP,
                   empty="Whether 150 g means 150 g on average."),
            Framed("Model card", self.card, tip=_CARD_TIP, empty="What is kept with the model."),
        )  # fmt: skip
        self._lay_out()
        self.show_nothing()

    def show_nothing(self, text: str = _WAITING) -> None:
        """One sentence instead of a result."""
        self.state.setText(text)
        self.install.setEnabled(False)
        for panel in self._panels:
            panel.show_nothing()

    def show_result(self, scores: dict[str, Any], card: ModelCard) -> None:
        """Show a complete training."""
        by_group = {row["group"]: row for row in scores["rows"]}
        fill(self.figures, [_row(GROUPS[name], row) for name, row in by_group.items()])
        self.note.setText(_note(scores))
        self.card.show_card(card)
        self.agreement.show_picture(lambda: draw_agreement(self.agreement, scores))
        self.calibration.show_picture(lambda: draw_calibration(self.calibration, scores))
        self.state.setText(
            "Each patient is estimated by the fold that has not seen him or her."
            + (" The cohort is simulated: the figures hold for simulated hearts."
               if card.simulated else "")
        )  # fmt: skip
        self.install.setEnabled(True)
        for panel in self._panels:
            panel.show_state("")

    def _lay_out(self) -> None:
        pictures = QHBoxLayout()
        figures, *below = self._panels
        for panel in below:
            pictures.addWidget(panel, 3)
        row = QHBoxLayout()
        row.addWidget(self.state, 1)
        row.addWidget(self.install)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(figures)
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
