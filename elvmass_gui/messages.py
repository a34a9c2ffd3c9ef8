"""Errors of the core, worded for the person in front of the window."""

from __future__ import annotations

from dataclasses import dataclass

from elvmass.errors import (
    BundleError,
    Cancelled,
    CohortError,
    ConfigError,
    ElvmassError,
    FileError,
    SignalError,
)


class WorkerError(ElvmassError):
    """A child process died or failed in a way that no part of the core foresaw."""


class ReadingLogError(ElvmassError):
    """Readings could not be written to their log."""


class WithheldError(ElvmassError):
    """Something was asked for that the reader must not see yet."""


class ReportError(ElvmassError):
    """A report could not be printed or made again."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a message bar shows: the thing in bold, what is wrong, what can be done."""

    thing: str
    fact: str
    remedy: str

    @property
    def text(self) -> str:
        """All of it as plain sentences."""
        return " ".join(part for part in (f"{self.thing}: {self.fact}", self.remedy) if part)


#: Thing and remedy for the errors whose own text is already a whole sentence.
_FRAME: dict[type[ElvmassError], tuple[str, str]] = {
    SignalError: ("No estimate", "The ECG itself can still be read and exported."),
    BundleError: ("Model", ""),
    ConfigError: ("Settings", ""),
    CohortError: ("Cohort", ""),
    Cancelled: ("Stopped", ""),
    WithheldError: ("Read first", "Enter it in the panel at the right, or dismiss it there."),
    ReportError: ("Report", ""),
    ReadingLogError: (
        "Reading log",
        "Nothing is lost: the program keeps it and tries again. Make room there, or save it "
        "elsewhere with Analysis › Reading log.",
    ),
    WorkerError: ("Analysis", "Press F5 to try again; the ECG stays on the screen."),
}


def message(error: ElvmassError) -> Message:
    """The error as thing, fact and remedy, each a sentence or part of one."""
    if isinstance(error, FileError):
        name = error.path.name if error.path else "ECG"
        return Message(name, sentence(error.fact), sentence(error.remedy))
    for kind, (thing, remedy) in _FRAME.items():
        if isinstance(error, kind):
            return Message(thing, sentence(str(error)), remedy)
    return Message("Error", sentence(str(error)), "")


def sentence(text: str) -> str:
    """The text with a full stop, if it needs one."""
    text = text.strip()
    return text if not text or text[-1] in ".!?" else text + "."
