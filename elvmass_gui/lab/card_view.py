"""A model card as lines of text that wrap and can be copied."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtWidgets import QTextBrowser, QWidget

from elvmass.card import ModelCard
from elvmass_gui.lab.words import INPUT_CHOICES, SEX_CHOICES
from elvmass_gui.views.parts import wrapped

_TIP = (
    "What is known of the model: for whom it is, what it was trained on, how far it is off for "
    "patients that it has not seen, where it is not to be trusted. SHA-256 names its weights: two "
    "models with the same one are the same. Saliency: which ways to explain it passed their checks."
)
_METRICS = (("mae_g", "MAE", "g", 1), ("mape_percent", "MAPE", "%", 1), ("r2", "R²", "", 2))


class CardView(QTextBrowser):
    """Name and value of each fact."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setAccessibleName("Model card")
        self.setToolTip(wrapped(_TIP))

    def show_card(self, card: ModelCard) -> None:
        """Show a card alone."""
        self.show_lines(card_lines(card))

    def show_lines(self, lines: Sequence[tuple[str, str]]) -> None:
        """Show facts; a value may have several lines."""
        rows = "".join(
            f"<tr><td style='padding:2px 12px 2px 0; white-space:nowrap'>{escape(name)}</td>"
            f"<td style='padding:2px 0'>{escape(value).replace(chr(10), '<br>')}</td></tr>"
            for name, value in lines
        )
        self.setHtml(f"<table>{rows}</table>")


def card_lines(card: ModelCard) -> list[tuple[str, str]]:
    """The facts of a card in words."""
    lines = [
        ("Model", f"{card.name}, version {card.version}, made {card.created}"),
        ("For", SEX_CHOICES[card.sex.value if card.sex else "pooled"]),
        ("Inputs", INPUT_CHOICES.get(card.inputs, card.inputs)),
        ("Trained on", card.trained_on),
        ("Simulated", "yes: no real patient was in its training" if card.simulated else "no"),
        ("Patients", f"{card.n_train:,}" if card.n_train else "not known"),
    ]
    if card.modality:
        lines.append(("Mass by", card.modality))
    lines += metric_lines(card)
    lines += [
        ("Intended use", "research on left ventricular mass; not a medical device, no decision "
         "about a patient"),
        ("Limits", card.limitations or "none stated"),
        ("Licence", card.licence),
        ("SHA-256", card.sha256),
    ]  # fmt: skip
    return lines


def metric_lines(card: ModelCard) -> list[tuple[str, str]]:
    """Out-of-fold figures of all patients, and of each sex where the card has them."""
    if not card.metrics:
        return [("Error", "not known: it is used only when it is asked for by name")]
    found = []
    for title, prefix in (("Out of fold", ""), ("– men", "male_"), ("– women", "female_")):
        parts = [
            f"{words} {card.metrics[prefix + key]:z.{digits}f} {unit}".rstrip().replace("-", "−")
            for key, words, unit, digits in _METRICS
            if prefix + key in card.metrics
        ]
        if parts:
            found.append((title, ", ".join(parts)))
    return found
