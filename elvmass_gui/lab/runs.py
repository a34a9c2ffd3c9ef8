"""A training as a folder: what was asked, what it said, how far it is. No Qt, nothing heavy.

::

    request.json     what was asked; a training is resumed from it
    events.jsonl     what the child process said, of all its sessions
    log.txt          its log
    lock, pid        held while it runs; the process that holds it
    scores.json      out-of-fold estimates and figures, when it is complete
    NAME/            the bundle, when it is complete
    .NAME.training/  until then: the state of each fold and its log

Whoever looks needs only the folder, so a training outlives the window, and the program.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from elvmass import lock
from elvmass.errors import ConfigError
from elvmass.train.runtime.history import HistoryRow
from elvmass_gui.lab import requests
from elvmass_gui.lab.requests import Train


class State(Enum):
    """How a training is."""

    RUNNING = "running"
    COMPLETE = "complete"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Run:
    """A training in its folder."""

    folder: Path

    @property
    def name(self) -> str:
        """Of the training and of its bundle."""
        return self.folder.name

    @property
    def request(self) -> Path:
        """What was asked."""
        return self.folder / "request.json"

    @property
    def events(self) -> Path:
        """What the child process said."""
        return self.folder / "events.jsonl"

    @property
    def log(self) -> Path:
        """The log of the child process."""
        return self.folder / "log.txt"

    @property
    def lock(self) -> Path:
        """Held by the process that trains."""
        return self.folder / "lock"

    @property
    def pid(self) -> Path:
        """Number of the process that holds the lock."""
        return self.folder / "pid"

    @property
    def bundle(self) -> Path:
        """The trained bundle."""
        return self.folder / self.name

    @property
    def states(self) -> Path:
        """State and log of each fold until the bundle is there."""
        return self.folder / f".{self.name}.training"

    @property
    def scores(self) -> Path:
        """Figures and out-of-fold estimates."""
        return self.folder / "scores.json"

    def asked(self) -> Train:
        """The request.

        Raises
        ------
        ConfigError
            If it is missing or damaged.
        """
        try:
            found = requests.from_json(self.request.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigError(f"The training {self.name!r} cannot be read: {error}.") from error
        if not isinstance(found, Train):
            raise ConfigError(f"The training {self.name!r} is damaged: it asks for no training.")
        return found

    def state(self) -> State:
        """How it is now."""
        if lock.is_held(self.lock):
            return State.RUNNING
        last = self.last_event()
        if last == "failed":
            return State.FAILED
        return State.COMPLETE if last == "done" and self.scores.is_file() else State.STOPPED

    def last_event(self) -> str:
        """The name of the last event; "" if there is none."""
        found = ""
        for event in read_events(self.events)[0]:
            found = str(event.get("event", ""))
        return found

    def history(self) -> list[list[HistoryRow]]:
        """Epochs of each fold so far; a fold that has not begun is empty."""
        for place in (self.bundle, self.states):
            logs = {int(p.stem.removeprefix("fold")): p for p in place.glob("fold*.csv")}
            if logs:
                last = max(logs)
                return [_epochs(logs[k]) if k in logs else [] for k in range(1, last + 1)]
        return []

    def read_scores(self) -> dict[str, Any]:
        """What :meth:`write_scores` kept.

        Raises
        ------
        ConfigError
            If it is missing or damaged.
        """
        try:
            found: dict[str, Any] = json.loads(self.scores.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"The figures of the training {self.name!r} cannot be read: {error}."
            ) from error
        return found

    def write_scores(self, scores: dict[str, Any]) -> None:
        """Keep figures; they appear whole or not at all."""
        half = self.scores.with_suffix(".part")
        half.write_text(json.dumps(scores, allow_nan=False), encoding="utf-8")
        half.replace(self.scores)

    def end(self) -> None:
        """End the process that trains, if one does; it loses the epoch in hand.

        One that is just starting has not said its number yet and is left alone: try again.
        """
        if not lock.is_held(self.lock):
            return
        try:
            os.kill(int(self.pid.read_text(encoding="ascii")), signal.SIGTERM)
        except (OSError, ValueError):
            return

    def discard(self) -> None:
        """Delete everything of it, unless it runs."""
        if lock.is_held(self.lock):
            raise ConfigError(f"The training {self.name!r} is running. Stop it first.")
        try:
            shutil.rmtree(self.folder)
        except OSError as error:
            raise ConfigError(f"{self.name!r} cannot be discarded: {error}.") from error


def all_runs(folder: Path) -> list[Run]:
    """Trainings in a folder, the newest first."""
    if not folder.is_dir():
        return []
    found = [Run(path) for path in folder.iterdir() if (path / "request.json").is_file()]
    return sorted(found, key=lambda run: run.request.stat().st_mtime, reverse=True)


def read_events(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Events from an offset on, and the offset of what is not complete yet."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except OSError:
        return [], offset
    whole = data.rpartition(b"\n")[0]
    if not whole:
        return [], offset
    return list(_parsed(whole)), offset + len(whole) + 1


def _parsed(data: bytes) -> Iterator[dict[str, Any]]:
    for line in data.split(b"\n"):
        try:
            found = json.loads(line)
        except ValueError:  # a session that was killed while it wrote
            continue
        if isinstance(found, dict):
            yield found


def _epochs(path: Path) -> list[HistoryRow]:
    """Complete rows of a fold's log; the child may be writing it."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return []
    rows = list(csv.reader(text.rpartition("\n")[0].splitlines()))
    found = []
    for row in rows[1:]:
        try:
            epoch, *rest = row
            found.append(HistoryRow(int(epoch), *map(float, rest)))
        except (TypeError, ValueError):
            break
    return found


def eta_s(history: list[list[HistoryRow]], left: int, side_by_side: int) -> float | None:
    """Seconds that ``left`` epochs will take at the pace of those done; None before any."""
    done = [row.seconds for fold in history for row in fold]
    return left * sum(done) / len(done) / max(1, side_by_side) if done else None
