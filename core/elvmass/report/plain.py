"""Frozen values to plain JSON and back, by their type hints.

For settings that must survive on paper: a field that a later version adds is carried along, and
one that this version does not know is refused by name.
"""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from elvmass.errors import ConfigError

Value = TypeVar("Value")


def to_plain(value: Any) -> Any:
    """Dataclasses become objects, enums their values, paths text, tuples lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: to_plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, list | tuple):
        return [to_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: to_plain(each) for name, each in value.items()}
    return value


def from_plain(kind: type[Value], plain: Any) -> Value:
    """The value of type ``kind`` that :func:`to_plain` made ``plain`` of.

    Raises
    ------
    ConfigError
        Something is missing, of another type, or not known to this version.
    """
    value: Value = _read(kind, plain, kind.__name__)
    return value


def _read(kind: Any, plain: Any, where: str) -> Any:
    if get_origin(kind) in (Union, types.UnionType):
        return _read_any(get_args(kind), plain, where)
    if get_origin(kind) is tuple:
        inner = get_args(kind)[0]
        _require(isinstance(plain, list), where)
        return tuple(_read(inner, each, where) for each in plain)
    if get_origin(kind) is dict:
        inner = get_args(kind)[1]
        _require(isinstance(plain, dict), where)
        return {name: _read(inner, each, f"{where}.{name}") for name, each in plain.items()}
    if kind is Any:
        return plain
    if is_dataclass(kind):
        return _read_fields(kind, plain, where)
    if issubclass(kind, Enum):
        _require(plain in [member.value for member in kind], where)
        return kind(plain)
    return _read_scalar(kind, plain, where)


def _read_any(kinds: tuple[Any, ...], plain: Any, where: str) -> Any:
    """One of several types, of which None is often one."""
    if plain is None and type(None) in kinds:
        return None
    others = [kind for kind in kinds if kind is not type(None)]
    for kind in others[:-1]:
        try:
            return _read(kind, plain, where)
        except ConfigError:
            continue
    return _read(others[-1], plain, where)


def _read_fields(kind: Any, plain: Any, where: str) -> Any:
    _require(isinstance(plain, dict), where)
    hints = get_type_hints(kind)
    unknown = sorted(set(plain) - {each.name for each in fields(kind)})
    if unknown:
        raise ConfigError(f"{where} holds '{unknown[0]}', which this version does not know.")
    read = {name: _read(hints[name], each, f"{where}.{name}") for name, each in plain.items()}
    try:
        return kind(**read)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{where} is not complete or not consistent: {error}.") from error


def _read_scalar(kind: Any, plain: Any, where: str) -> Any:
    if kind is Path:
        _require(isinstance(plain, str), where)
        return Path(plain)
    number = isinstance(plain, int | float) and not isinstance(plain, bool)
    if kind is float and number:
        return float(plain)
    _require(type(plain) is kind, where)
    return plain


def _require(holds: bool, where: str) -> None:
    if not holds:
        raise ConfigError(f"{where} has a value that this version cannot read.")
