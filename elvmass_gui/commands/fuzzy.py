"""Find by a few letters: "exrep" finds "Export report". No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

_T = TypeVar("_T")
_AT_WORD, _INSIDE, _SCATTERED = 0, 100, 200


def distance(query: str, text: str) -> int | None:
    """How far a text is from what was typed; smaller is nearer, None is no match.

    Each word of the query must be found: at the beginning of a word, inside one, or as letters in
    their order with gaps.
    """
    text = text.casefold()
    parts = [_part(word, text) for word in query.casefold().split()]
    return None if None in parts else sum(part for part in parts if part is not None)


def ranked(query: str, items: Iterable[_T], text_of: Callable[[_T], str]) -> list[_T]:
    """The items that match, nearest first; equals stay in their order."""
    found = [(distance(query, text_of(item)), item) for item in items]
    near = [(far, item) for far, item in found if far is not None]
    return [item for _, item in sorted(near, key=lambda pair: pair[0])]


def _part(word: str, text: str) -> int | None:
    at = _word_start(word, text)
    if at >= 0:
        return _AT_WORD + min(at, 99)
    at = text.find(word)
    if at >= 0:
        return _INSIDE + min(at, 99)
    return _scattered(word, text)


def _word_start(word: str, text: str) -> int:
    return 0 if text.startswith(word) else text.find(f" {word}")


def _scattered(word: str, text: str) -> int | None:
    at, first = -1, -1
    for letter in word:
        at = text.find(letter, at + 1)
        if at < 0:
            return None
        first = at if first < 0 else first
    return _SCATTERED + (at - first + 1 - len(word))
