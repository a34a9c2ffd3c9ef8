"""How separated text is laid out: where the samples begin and what each column holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from elvmass.io import leads, stated

# In a tie the earlier separator wins; None is white space.
_SEPARATORS = ("\t", ";", ",", "|", None)
_HEAD_LINES = 200
_COMMENT = ("#", "%", "//")
_COMMENTED_FACT = re.compile(r"([^:=]{1,40})[:=](.{0,200})")
_FACT = re.compile(r"([^:=,;\t]{1,40})[:=,;\t](.{0,200})")
_NUMBER = re.compile(r"[-+]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][-+]?\d+)?|nan", re.IGNORECASE)
_UNIT = r"[nuµμm]?v|(?:nano|micro|milli)?volts?|[uµμm]?s|m?sec|(?:milli)?seconds?"
_UNIT_ALONE = re.compile(rf"[\[(]?({_UNIT})?[\])]?", re.IGNORECASE)
_BRACKETED = re.compile(r"(.*?)[\s_]*[\[(]([^\])]*)[\])]")
_UNIT_AFTER = re.compile(rf"(.*?)[\s_/]+({_UNIT})", re.IGNORECASE)
_FEWEST_LEADS = 8
_LONGEST_LABEL = 60


@dataclass(frozen=True, slots=True)
class TextLayout:
    """What the user says about separated text that does not say it itself.

    Attributes
    ----------
    leads
        Names of all columns in their order, as a header line would have them ("time_s", "I",
        "V1 (mV)"); what is no lead and no time is ignored.
    rate_hz
        Samples per second.
    unit
        Unit of all leads: nV, uV, mV or V.
    """

    leads: tuple[str, ...] | None = None
    rate_hz: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """Label of one column without its unit, and its unit or ""."""

    label: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """All that stands above the samples; ``separator`` None is white space."""

    columns: tuple[Column, ...]
    separator: str | None
    facts: dict[str, str] = field(default_factory=dict)
    first_row: int = 0


def head_of(lines: Sequence[str]) -> Head | None:
    """Find the header line that names leads, if there is one, and the first row of samples.

    None if there is no row of samples among the first lines.
    """
    pairs: list[tuple[str, str]] = []
    head: Head | None = None
    for number, line in enumerate(lines[:_HEAD_LINES]):
        words = line.strip()
        comment = words.startswith(_COMMENT)
        words = words.lstrip("#%/ ") if comment else words
        fact = (_COMMENTED_FACT if comment else _FACT).fullmatch(words)
        named = None if comment and fact else _naming(words)
        if named:
            head = named
        elif head and not comment and (units := _unit_row(words, head)):
            head = replace(head, columns=units)
        elif not comment and (row := _row(words, head)):
            return replace(row, facts=stated.facts(pairs), first_row=number)
        elif fact:
            pairs.append((fact.group(1), fact.group(2).strip("\"',;\t ")))
    return None


def column(label: str) -> Column:
    """Part "I (mV)", "V1_uV" or "aVR/mV" into label and unit."""
    if len(label) > _LONGEST_LABEL:
        return Column(label)
    match = _BRACKETED.fullmatch(label) or _UNIT_AFTER.fullmatch(label)
    return Column(match.group(1), match.group(2).strip()) if match else Column(label)


def cells(line: str, separator: str | None) -> list[str]:
    """Cells of a line without blanks and quotes around them."""
    return [cell.strip(" \t\"'") for cell in line.split(separator)]


def is_number(cell: str) -> bool:
    """Whether a cell holds a number, perhaps with a decimal comma."""
    return bool(_NUMBER.fullmatch(cell))


def _naming(words: str) -> Head | None:
    """Read a line as header: it must name at least three leads."""
    if not re.search(r"[vVcC][ _]?[1-6]", words):  # every 12-lead ECG has these; spares work
        return None
    found = [Head(tuple(column(cell) for cell in cells(words, sep)), sep) for sep in _SEPARATORS]
    best = max(found, key=_lead_count)
    return best if _lead_count(best) >= 3 else None


def _lead_count(head: Head) -> int:
    return len({name for each in head.columns if (name := leads.canonical(each.label))})


def _unit_row(words: str, head: Head) -> tuple[Column, ...] | None:
    """Read a line below the header as the units of its columns."""
    units = [_UNIT_ALONE.fullmatch(cell) for cell in cells(words, head.separator)]
    if len(units) != len(head.columns) or not all(units) or not words.strip("\"',;\t| "):
        return None
    return tuple(
        replace(each, unit=(unit and unit.group(1)) or each.unit)
        for each, unit in zip(head.columns, units, strict=True)
    )


def _row(words: str, head: Head | None) -> Head | None:
    """Head of a line of samples: the one found above, or one without names."""
    if head:
        numbers = sum(map(is_number, cells(words, head.separator)))
        return head if numbers >= 3 else None
    if not words or words[0] not in "+-.0123456789\"'nN":
        return None
    found = {sep: sum(map(is_number, cells(words, sep))) for sep in _SEPARATORS}
    best = max(found, key=lambda sep: found[sep])
    return Head((), best) if found[best] >= _FEWEST_LEADS else None
