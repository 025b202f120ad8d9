"""stored: a row of a JSON file → a dataclass, each of whose fields is of the type that it says.

Texts of models may hold lone surrogates, which pydantic does not take.
"""

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

Read = Callable[[Any], Any]
T = TypeVar("T")


def from_row(of: type[T], row: Any) -> T:
    """The dataclass in a row.

    Raises:
        ValueError: a field is missing, is of another type, or is none of the dataclass.
    """
    if not isinstance(row, dict):
        raise ValueError(f"not a JSON object but {type(row).__name__}")
    known = _fields(cast(Hashable, of))
    if other := sorted(row.keys() - known.keys()):
        raise ValueError(f"no field {other[0]!r}")
    if lacking := [name for name, (_, optional) in known.items() if not (optional or name in row)]:
        raise ValueError(f"it lacks {lacking[0]!r}")
    read = {}
    for name, value in row.items():
        try:
            read[name] = known[name][0](value)
        except ValueError as problem:
            raise ValueError(f"{name}: {problem}") from None
    return of(**read)


@cache
def _fields(of: Any) -> dict[str, tuple[Read, bool]]:
    """How each field is read, and whether a row may lack it."""
    hints = get_type_hints(of)
    assert is_dataclass(of)
    return {one.name: (_reader(hints[one.name]), one.default is not MISSING) for one in fields(of)}


def _reader(hint: Any) -> Read:
    """What reads a value of a type."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return lambda value: value
    if origin is UnionType:
        (wanted,) = (one for one in inner if one is not NoneType)
        read = _reader(wanted)
        return lambda value: None if value is None else read(value)
    if origin is tuple:
        return _tuple(_reader(inner[0]))
    if origin is Mapping:
        return _mapping(_reader(inner[1]))
    if is_dataclass(hint):
        return partial(from_row, cast("type[Any]", hint))
    return _plain(hint)


def _tuple(read: Read) -> Read:
    def read_all(value: Any) -> tuple[Any, ...]:
        return tuple(map(read, _of(list, value)))

    return read_all


def _mapping(read: Read) -> Read:
    def read_all(value: Any) -> dict[str, Any]:
        return {key: read(one) for key, one in _of(dict, value).items()}

    return read_all


def _plain(hint: type) -> Read:
    if hint is float:
        return _float
    if issubclass(hint, StrEnum):
        return lambda value: hint(_of(str, value))
    return lambda value: _of(hint, value)


def _of(wanted: type, value: Any) -> Any:
    if type(value) is not wanted:  # a bool is an int otherwise
        raise ValueError(f"{_short(value)} is no {wanted.__name__}")
    return value


def _float(value: Any) -> float:
    if type(value) is int:
        return value
    if not math.isfinite(_of(float, value)):
        raise ValueError(f"{value} is not finite")
    number: float = value
    return number


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
