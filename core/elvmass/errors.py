"""The exception tree.

::

    ElvmassError
    ├── FileError            a file cannot become a Record, or a Record the file
    │   ├── UnknownFormatError   no reader recognises its content
    │   ├── CorruptFileError     a reader recognises it, but it is damaged
    │   ├── UnsupportedFileError sound, but uses a feature that we do not read
    │   ├── LeadsError           not a complete standard 12-lead ECG
    │   ├── TooShortError        not enough signal for one complete heartbeat
    │   └── WriteError           a Record cannot be written into the file
    ├── SignalError          the Record is readable, but no estimate may be made from it
    ├── BundleError          a model bundle is incomplete, altered or not understood
    ├── CohortError          a cohort table has bad rows
    ├── ConfigError          an option or a configuration file is wrong
    └── Cancelled            the caller asked to stop

Every message is one English sentence that names the thing and the remedy. File errors carry the
path apart from the message, so that logs can leave it out (a file name may name a patient).
"""

from __future__ import annotations

from pathlib import Path


class ElvmassError(Exception):
    """Root of everything that elvmass raises on purpose."""


class FileError(ElvmassError):
    """A file cannot become a :class:`elvmass.record.Record`.

    Parameters
    ----------
    path
        The file, or None when the bytes came from elsewhere.
    fact
        What is wrong, naming the thing ("lead V3 is missing").
    remedy
        What the user can do about it.
    """

    def __init__(self, path: Path | None, fact: str, remedy: str) -> None:
        super().__init__(path, fact, remedy)  # all of it, so that pickling keeps every part
        self.path = path
        self.fact = fact
        self.remedy = remedy

    def __str__(self) -> str:
        name = self.path.name if self.path else "ECG"
        return f"{name}: {self.fact}. {self.remedy}"


class UnknownFormatError(FileError):
    """No reader recognises the content of the file."""


class CorruptFileError(FileError):
    """A reader recognises the file, but it is damaged or contradicts itself."""


class UnsupportedFileError(FileError):
    """The file is sound but uses a feature of its format that is not read."""


class LeadsError(FileError):
    """The file does not hold a complete standard 12-lead ECG."""


class TooShortError(FileError):
    """The recording is too short to hold one complete heartbeat."""


class WriteError(FileError):
    """A record cannot be written: the format cannot hold it, or the file cannot be made."""


class SignalError(ElvmassError):
    """The ECG can be shown, but no estimate may be made from it; the message says why."""


class BundleError(ElvmassError):
    """A model bundle is incomplete, altered, or declares inputs that are not understood."""


class CohortError(ElvmassError):
    """A cohort table cannot be used; the message names every bad row."""


class ConfigError(ElvmassError):
    """An option or a configuration file is wrong."""


class Cancelled(ElvmassError):
    """Raised by a progress callback to stop a long computation."""
