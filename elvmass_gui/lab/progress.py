"""How far a training is, from what its folder holds. The counting has no Qt; one class watches."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from elvmass import lock
from elvmass.train.runtime.history import HistoryRow
from elvmass_gui.lab.runs import Run, State, eta_s, read_events

_PERIOD_MS = 500
#: A process that has said nothing for so long after it was started has not started.
_STARTING_S = 30.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A training at one moment.

    Attributes
    ----------
    stage
        What is being done, in words.
    fraction
        Part of the present stage that is done: of the ECGs, or of all epochs of all folds.
    folds
        Words of each fold by its number.
    elapsed_s, cpu_s
        Wall and processor time of all sessions.
    eta_s
        Seconds that remain, None while that cannot be told.
    error
        Why it failed, a sentence, or "".
    """

    state: State
    stage: str = ""
    fraction: float = 0.0
    folds: dict[int, str] = field(default_factory=dict)
    history: tuple[tuple[HistoryRow, ...], ...] = ()
    elapsed_s: float = 0.0
    cpu_s: float = 0.0
    eta_s: float | None = None
    error: str = ""
    flow: dict[str, Any] | None = None


class Account:
    """Adds up the events of all sessions of a training."""

    def __init__(self) -> None:
        self.stage, self.fraction, self.error = "", 0.0, ""
        self.folds: dict[int, tuple[str, float]] = {}
        self.flow: dict[str, Any] | None = None
        self.last = ""
        self.sessions = 0
        self._former_s = self._former_cpu_s = 0.0
        self._start = self._now = self._cpu_s = 0.0

    def add(self, event: dict[str, Any]) -> None:
        """Take in one event."""
        kind = event["event"]
        if kind == "started":
            self._former_s += self._now - self._start
            self._former_cpu_s += self._cpu_s
            self._start = event["time"]
            self.sessions += 1
            self.stage, self.fraction, self.error, self.folds = "starting", 0.0, "", {}
        self.last, self._now, self._cpu_s = kind, event["time"], event["cpu_s"]
        match kind:
            case "progress":
                self.stage, self.fraction = event["text"], event["fraction"]
            case "cohort":
                self.flow, self.stage = event["flow"], "preparing the first fold"
            case "fold":
                self.folds[event["fold"]] = (event["text"], event["fraction"])
                self.stage = f"fold {event['fold'] + 1}: {event['text']}"
            case "failed":
                self.error = event["text"]

    def elapsed_s(self, *, running: bool) -> float:
        """Wall time of all sessions; the present one goes on while it runs."""
        now = time.time() if running else self._now
        return self._former_s + max(0.0, now - self._start) if self.sessions else 0.0

    @property
    def cpu_s(self) -> float:
        """Processor time of all sessions."""
        return self._former_cpu_s + self._cpu_s


class Follower(QObject):
    """Watches the folder of a training and tells what has changed."""

    changed = Signal(object)  # Snapshot

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: Run | None = None
        self._account, self._offset = Account(), 0
        self._folds, self._epochs, self._processes = 1, 1, 1
        self._launched: tuple[float, int] | None = None  # when, and sessions before
        self._timer = QTimer(self)
        self._timer.setInterval(_PERIOD_MS)
        self._timer.timeout.connect(self.look)

    def follow(self, run: Run | None, folds: int = 1, epochs: int = 1, processes: int = 1) -> None:
        """Watch another training; None watches nothing."""
        self.run = run
        self._account, self._offset, self._launched = Account(), 0, None
        self._folds, self._epochs, self._processes = folds, epochs, processes
        if run is None:
            self._timer.stop()
        else:
            self.look()

    @property
    def sessions(self) -> int:
        """How often the training was started or resumed so far."""
        return self._account.sessions

    def expect(self, sessions: int) -> None:
        """A process was started after so many sessions; it will say so soon."""
        self._launched = (time.monotonic(), sessions)
        self.look()

    def stop(self) -> None:
        """Watch no more."""
        self._timer.stop()

    def look(self) -> None:
        """Look now, and go on while it runs."""
        if self.run is None:
            return
        snapshot = self.snapshot()
        if snapshot.state is State.RUNNING:
            self._timer.start()
        else:
            self._timer.stop()
        self.changed.emit(snapshot)

    def snapshot(self) -> Snapshot:
        """How the training is now."""
        assert self.run is not None
        held = lock.is_held(self.run.lock)
        self._read()
        account, history = self._account, self.run.history()
        state = self._state(held=held)
        running = state is State.RUNNING
        return Snapshot(
            state=state,
            stage=account.stage if not self._starting() else "starting",
            fraction=self._fraction(history, reading=running and not account.folds),
            folds={k: text for k, (text, _) in account.folds.items()},
            history=tuple(tuple(fold) for fold in history),
            elapsed_s=account.elapsed_s(running=running),
            cpu_s=account.cpu_s,
            eta_s=self._eta_s(history) if running and account.folds else None,
            error=account.error if state is State.FAILED else "",
            flow=account.flow,
        )

    def _read(self) -> None:
        assert self.run is not None
        events, self._offset = read_events(self.run.events, self._offset)
        for event in events:
            self._account.add(event)

    def _starting(self) -> bool:
        """Whether a process was started that has not said anything yet."""
        if self._launched is None:
            return False
        when, sessions = self._launched
        return self._account.sessions == sessions and time.monotonic() - when < _STARTING_S

    def _state(self, *, held: bool) -> State:
        assert self.run is not None
        if held or self._starting():
            return State.RUNNING
        if self._account.last == "failed":
            return State.FAILED
        complete = self._account.last == "done" and self.run.scores.is_file()
        return State.COMPLETE if complete else State.STOPPED

    def _done(self, history: list[list[HistoryRow]]) -> list[int]:
        """Epochs of each fold that need not be waited for."""
        done = [len(fold) for fold in history] + [0] * (self._folds - len(history))
        for fold, (text, _) in self._account.folds.items():
            if text == "trained" and fold < len(done):  # perhaps before the last epoch
                done[fold] = self._epochs
        return done[: self._folds]

    def _fraction(self, history: list[list[HistoryRow]], *, reading: bool) -> float:
        if reading:
            return self._account.fraction
        return min(1.0, sum(self._done(history)) / (self._folds * self._epochs))

    def _eta_s(self, history: list[list[HistoryRow]]) -> float | None:
        left = self._folds * self._epochs - sum(self._done(history))
        return eta_s(history, left, min(self._processes, self._folds))
