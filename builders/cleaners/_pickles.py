"""_pickles: what is in a pickle, read without running what it asks for?

A pickle is a program. This one may make lists, dictionaries, sets, texts, numbers and arrays of numbers; whatever else it
names is refused. What is not covered: a crafted file can take more memory than it is long.
"""

import math
import pickle
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from builders.files import BuildError, named
from builders.source import readable

MAX_BYTES: Final = 8 * 2**30  # GeoQA's largest file, pictures included, is well below 1 GB
# Written out: a pickle may have one part in many places, and these in many, so that it is far longer than its file.
MOST_PARTS: Final = 2**27
MOST_BITS: Final = 2**13  # of a whole number: Python writes no more than 4,300 digits
NUMBERS: Final = re.compile(r"[<>=|]?(?P<type>b1|[iu][1248]|f[248])")
ORDERS: Final = frozenset("<>=|")
# Whatever the machine inside `pickle` may raise where bytes are none of its own.
BROKEN: Final = (
    pickle.UnpicklingError,
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    RecursionError,
    TypeError,
    ValueError,
)


def load_pickle(path: Path) -> Any:
    """What a pickle holds: plain data, and numpy arrays of numbers.

    Raises:
        BuildError: it asks for anything else, which the sentence names; or it is too large, or broken.
    """
    with named(path):
        size = path.stat().st_size
        file = path.open("rb")
    if size > MAX_BYTES:
        file.close()
        raise BuildError(
            f"{path} has {size:,} bytes; a pickle of {MAX_BYTES:,} is the largest read"
        )
    with file, named(path):
        try:
            return _tidy(_Reader(file).load())
        except _RefusedError as refused:
            raise BuildError(
                f"{path} asks for {refused}; only plain data and arrays of numbers are read"
            ) from None
        except BROKEN as problem:
            raise BuildError(f"{path} is not a whole pickle: {problem}") from None


def _tidy(value: Any) -> Any:
    """A value whose texts any file can hold.

    Raises:
        ValueError: it would be too long for one.
    """
    if _length(value, {}) > MOST_PARTS:
        raise ValueError(f"written out it has more than {MOST_PARTS:,} parts and characters")
    return readable(value)


def _length(value: Any, known: dict[int, float]) -> float:
    """The parts and characters of a value where it is written out; no end where it holds itself."""
    if isinstance(value, str | bytes):
        return 1 + len(value)
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise ValueError(f"a number of {value.bit_length():,} bits")
    if not isinstance(value, list | tuple | set | frozenset | dict):
        return 1
    if id(value) not in known:
        known[id(value)] = math.inf  # until it is known
        parts = [*value, *value.values()] if isinstance(value, dict) else value
        known[id(value)] = 1 + sum([_length(part, known) for part in parts])
    return known[id(value)]


class _RefusedError(Exception):
    """What a pickle asks for and does not get."""


class _Reader(pickle.Unpickler):
    """It finds the few names in MAKERS, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """What makes a thing of that name.

        Raises:
            _RefusedError: it is none of MAKERS.
        """
        make = MAKERS.get(f"{module}.{name}")
        if make is None:
            raise _RefusedError(f"{module}.{name}")
        # A new one each time: a pickle can change what it is given, and this is thrown away.
        return lambda *arguments: make(*arguments)


class _Kind:
    """The type of an array's numbers, in the way in which numpy writes it."""

    def __init__(self, name: Any, *_: Any) -> None:
        known = NUMBERS.fullmatch(name) if isinstance(name, str) else None
        if known is None:
            raise _RefusedError(f"an array of {name!r}")
        self._type = known["type"]
        self._order = "="

    def __setstate__(self, state: Any) -> None:
        order = state[1]
        if order not in ORDERS:
            raise ValueError(f"byte order {order!r}")
        self._order = order

    @property
    def dtype(self) -> np.dtype[Any]:
        """As numpy has it."""
        return np.dtype(self._order + self._type)


class _Numbers(np.ndarray[Any, np.dtype[Any]]):
    """An array that takes a state only after a look at it."""

    def __setstate__(self, state: Any) -> None:
        *_, shape, kind, is_fortran, content = state
        dtype = _checked(shape, kind, content)
        if isinstance(content, str):  # of Python 2
            content = content.encode("latin-1")
        whole: Any = (1, shape, dtype, bool(is_fortran), bytes(content))
        super().__setstate__(whole)


def _checked(shape: Any, kind: Any, content: Any) -> np.dtype[Any]:
    """The type of an array's numbers, where shape and content agree with it; else ValueError."""
    if not isinstance(kind, _Kind):
        raise ValueError("an array without a type")
    if not isinstance(shape, tuple) or not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError(f"shape {shape!r}")
    if not isinstance(content, bytes | bytearray | str):
        raise _RefusedError(f"an array of {type(content).__name__} objects")
    if len(content) != math.prod(shape) * kind.dtype.itemsize:
        raise ValueError(f"{len(content)} bytes for an array of shape {shape}")
    return kind.dtype


def _empty(*_: Any) -> _Numbers:
    return _Numbers(0, dtype=np.uint8)


def _whole(content: Any, kind: Any, shape: Any, order: Any) -> np.ndarray[Any, Any]:
    dtype = _checked(shape, kind, content)
    return np.frombuffer(content, dtype).reshape(shape, order="F" if order == "F" else "C")


def _one(kind: Any, content: Any) -> Any:
    """A number that numpy wrote, as Python's."""
    return np.frombuffer(content, _checked((), kind, content))[0].item()


def _latin1(text: str, encoding: str) -> bytes:
    if encoding != "latin1":
        raise _RefusedError(f"the encoding {encoding!r}")
    return text.encode("latin-1")


def _nothing(*_: Any) -> bytes:
    return b""


# By the names of all protocols, of Python 2 and 3, and of numpy before and after its version 2.
MAKERS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        **{f"{module}.set": set for module in ("builtins", "__builtin__")},
        **{f"{module}.frozenset": frozenset for module in ("builtins", "__builtin__")},
        **{f"{module}.bytes": _nothing for module in ("builtins", "__builtin__")},
        "_codecs.encode": _latin1,
        "numpy.ndarray": _empty,
        "numpy.dtype": _Kind,
        **{f"numpy.{core}.multiarray._reconstruct": _empty for core in ("core", "_core")},
        **{f"numpy.{core}.multiarray.scalar": _one for core in ("core", "_core")},
        **{f"numpy.{core}.numeric._frombuffer": _whole for core in ("core", "_core")},
    }
)
