"""Live curves: the errors of each fold after each epoch."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from elvmass.train.runtime.history import HistoryRow
from elvmass_gui.lab.plots import Plot, draw_curves
from elvmass_gui.views.parts import caption, fill, label, selector

_WAITING = "The curves begin after the first epoch."
_TIP = (
    "How far the answers are off, on average, after each pass over the patients; 1 is the standard "
    "deviation of the mass among the training patients, which is what guessing the mean is off by "
    "at most. Where validation rises while training falls, the network learns by heart."
)
_SEEN = (
    "This preset keeps the last epoch and trains on the validation patients as well: their error "
    "is not that of unseen patients. The result is scored on the test part of each fold."
)
_UNSEEN = "The epoch of the best validation error is kept. The result is scored on other patients."


class CurvesView(QWidget):
    """Validation solid, training dashed; all folds or one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = Plot(
            "Errors per epoch", "epoch", "mean absolute error (SD of the mass)", tip=_TIP
        )
        self.fold = selector([("all", "All folds")], "Fold")
        self.fold.setToolTip("Show the curves of every fold, or of one")
        self.fold.activated.connect(self._draw)
        self.state, self.note = label(_WAITING, wrap=True), label(role="small", wrap=True)
        self._history: tuple[tuple[HistoryRow, ...], ...] = ()
        row = QHBoxLayout()
        row.addWidget(caption("Sho&w", self.fold))
        row.addWidget(self.fold)
        row.addWidget(self.state, 1)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.plot, 1)
        column.addWidget(self.note)

    @property
    def shown(self) -> tuple[tuple[HistoryRow, ...], ...]:
        """Epochs of each fold that are drawn."""
        return self._history

    def set_folds(self, folds: int, *, sees_validation: bool) -> None:
        """Begin a new training of so many folds."""
        self.fold.clear()
        each = ((str(k), f"Fold {k + 1}") for k in range(folds))
        fill(self.fold, [("all", "All folds"), *each])
        self.note.setText(_SEEN if sees_validation else _UNSEEN)
        self._history = ()
        self.state.setText(_WAITING)
        if self.plot.widget is not None:
            self.plot.fresh()

    def show_history(self, history: tuple[tuple[HistoryRow, ...], ...]) -> None:
        """Draw what is new."""
        if history == self._history:
            return
        self._history = history
        self.state.setText(last_words(history))
        self._draw()

    def _draw(self) -> None:
        if not any(self._history):
            return
        only = self.fold.currentData()
        fold = None if only == "all" else int(only)
        self.plot.show_picture(lambda: draw_curves(self.plot, self._history, fold))


def last_words(history: tuple[tuple[HistoryRow, ...], ...]) -> str:
    """The newest epoch of the fold in hand."""
    begun = [k for k, epochs in enumerate(history) if epochs]
    if not begun:
        return _WAITING
    row = history[begun[-1]][-1]
    return (
        f"Fold {begun[-1] + 1}, epoch {row.epoch}: training {row.train_mae_sd:.3f} SD, "
        f"validation {row.validation_mae_sd:.3f} SD, {row.seconds:.1f} s"
    )
