"""Questions to the analyst process beside the estimate: frozen requests and their handlers. No Qt.

Each kind of question has its own lane: it is answered in a thread of its own, and only the newest
of a lane that waits is kept. So nothing here makes an estimate or another question wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from elvmass.errors import ElvmassError
from elvmass.pipeline import Options
from elvmass.record import Record, Sex

if TYPE_CHECKING:  # the window loads this module at its start, and asks much later
    from elvmass.beside import Control, Given, Supposed, Supposition, Sweep
    from elvmass.model.explain.trust import MethodTrust
    from elvmass.result import SecondEstimate

Report = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, eq=False)
class SecondRequest:
    """What the model for both sexes says, or the one for this sex."""

    id: int
    given: Given
    sex: Sex | None


@dataclass(frozen=True, slots=True, eq=False)
class SupposeRequest:
    """What the model says of another patient, and along a curve."""

    id: int
    given: Given
    supposition: Supposition
    sweep: Sweep


@dataclass(frozen=True, slots=True, eq=False)
class ControlRequest:
    """The explanation of a network with random weights."""

    id: int
    record: Record
    options: Options


@dataclass(frozen=True, slots=True, eq=False)
class CheckRequest:
    """The lie detector on this ECG."""

    id: int
    record: Record
    options: Options


AsideRequest = SecondRequest | SupposeRequest | ControlRequest | CheckRequest
ASIDES = (SecondRequest, SupposeRequest, ControlRequest, CheckRequest)


@dataclass(frozen=True, slots=True)
class CancelAside:
    """Stop the question of this id at its next step; its answer is an error of its own kind."""

    id: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the question of this id is: what is done now, and the share that is done."""

    id: int
    text: str
    done: float


@dataclass(frozen=True, slots=True, eq=False)
class AsideAnswer:
    """The answer to the question of the same id: a value (None for none), or an error."""

    id: int
    value: SecondEstimate | Supposed | Control | MethodTrust | None = None
    error: ElvmassError | None = None


def _second(request: SecondRequest, report: Report) -> SecondEstimate | None:
    from elvmass.beside.second import second_estimate

    return second_estimate(request.given, request.sex)


def _suppose(request: SupposeRequest, report: Report) -> Supposed:
    from elvmass.beside.suppose import suppose

    return suppose(request.given, request.supposition, request.sweep)


def _control(request: ControlRequest, report: Report) -> Control:
    from elvmass.beside.control import random_control

    return random_control(request.record, request.options)


def _check(request: CheckRequest, report: Report) -> MethodTrust:
    from elvmass.beside.check import check_record

    return check_record(request.record, request.options, report)


HANDLERS: dict[type[Any], Callable[[Any, Report], Any]] = {
    SecondRequest: _second,
    SupposeRequest: _suppose,
    ControlRequest: _control,
    CheckRequest: _check,
}
assert set(HANDLERS) == set(ASIDES)
