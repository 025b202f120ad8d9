"""source: how are the files of a public dataset found, and its texts read, so that none of them can do harm?

Nothing outside the folder is opened. Its pictures are read by `source_pictures`.
"""

import json
import re
from collections.abc import Iterator
from math import isinf
from pathlib import Path
from typing import Any, Final, NoReturn, TextIO

from builders.files import BuildError
from builders.parse import Parser, parse_json

CHUNK: Final = 2**20  # characters read at once
MOST_TEXT: Final = 64 * 2**20  # characters of one value in a JSON file
# Characters of a word, an escape or a number at the end of what was read, of which the rest may lack.
CUT: Final = 16
ESCAPE: Final = "\\u"  # the only way in which half a character comes into JSON
UTF8: Final = "utf-8-sig"  # with a mark at the beginning, as Windows puts it, or without


def found(source: Path, *patterns: str) -> list[Path]:
    """The files in a source that fit one of the patterns of `glob`, in order.

    Raises:
        BuildError: one of them is a link out of the source or to itself, or its name is no text.
    """
    paths = sorted({path for pattern in patterns for path in source.glob(pattern)})
    for path in paths:
        if not is_inside(source, path):
            raise BuildError(
                f"{path} is a link to {_end(path) or 'itself'}, outside of the source: copy it, or give --source "
                "the folder that it leads to"
            )
        if (name := str(path.relative_to(source))) != readable(name):
            raise BuildError(
                f"{source} has a file whose name is no UTF-8: {readable(name)}; rename it"
            )
    return [path for path in paths if path.is_file()]


def is_inside(source: Path, path: Path) -> bool:
    """Whether a path, its links followed, is in a source."""
    end = _end(path)
    return end is not None and end.is_relative_to(source.resolve())


def _end(path: Path) -> Path | None:
    """Where the links of a path lead; None where that is to themselves."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return None


def json_file(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        BuildError: it is none.
    """
    return json_text(path.read_bytes(), path)


def json_text(text: str | bytes, place: object) -> Any:
    """What a text from some place holds.

    Raises:
        BuildError: it is no JSON.
    """
    try:
        value = parse_json(text, parse_constant=_refuse_constant, parse_float=_finite)
        return value if isinstance(text, str) and ESCAPE not in text else readable(value)
    except (ValueError, TypeError) as problem:
        raise BuildError(f"{place} is no JSON: {problem}") from None


def json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """The number of each line of a file, from 1, and the JSON that it holds.

    Raises:
        BuildError: a line holds none.
    """
    with path.open(encoding=UTF8) as file:
        for number, line in enumerate(_lines(path, file), start=1):
            if not line.strip():
                continue
            yield number, json_text(line, f"line {number} of {path}")


def readable(value: Any, known: dict[int, Any] | None = None) -> Any:
    """A value from JSON or a pickle, where halves of characters, which no file can hold, are signs of a gap.

    Args:
        value: It; none of its parts holds itself.
        known: What was made of its parts, by their ids: a pickle may have one in many places.
    """
    known = {} if known is None else known
    if isinstance(value, str):
        return value if value.isprintable() else value.encode(errors="replace").decode()
    if isinstance(value, list | tuple | set | frozenset | dict) and id(value) not in known:
        if isinstance(value, dict):
            made: Any = {readable(key, known): readable(one, known) for key, one in value.items()}
        else:
            made = type(value)([readable(one, known) for one in value])
        known[id(value)] = made
    return known.get(id(value), value)


def _lines(path: Path, file: TextIO) -> Iterator[str]:
    try:
        yield from file
    except UnicodeDecodeError as problem:
        raise BuildError(f"{path} is no UTF-8: {problem}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise ValueError(f"{text} is too large for a number")
    return value


def members(path: Path, key: str | None) -> Iterator[Any]:
    """The members of the array in a JSON file, one by one: files may be larger than the memory.

    Args:
        path: Of the file.
        key: Of the array in the object that the file holds; None: the file is the array.

    Raises:
        BuildError: the file holds no such thing.
    """
    with path.open(encoding=UTF8) as file:
        text = _Text(path, file)
        if key is not None:
            _find(text, key)
        text.expect("[")
        if text.next() == "]":
            return
        while True:
            yield text.value()
            if text.expect(",]") == "]":
                return


def array_key(path: Path) -> str | None:
    """The key of the first array in the object that a JSON file holds; None where there is none.

    No more of the file is read than stands before it.
    """
    with path.open(encoding=UTF8) as file:
        text = _Text(path, file)
        if text.next() != "{":
            return None
        text.expect("{")
        while text.next() not in {"}", ""}:
            name = text.value()
            text.expect(":")
            if text.next() == "[":
                return name if isinstance(name, str) else None
            text.value()
            if text.expect(",}") == "}":
                break
    return None


def first_sign(path: Path) -> str:
    """The first character of a JSON file that is no space; none where it is empty."""
    with path.open(encoding=UTF8) as file:
        return _Text(path, file).next()


def _find(text: "_Text", key: str) -> None:
    """Go on to the value of a key."""
    text.expect("{")
    while text.next() != "}":
        name = text.value()
        text.expect(":")
        if name == key:
            return
        text.value()
        if text.expect(",}") == "}":
            break
    raise BuildError(f"{text.path} has no {key!r}")


class _Text:
    """JSON in a file, of which no more is in memory than one value needs."""

    _NUMBER = re.compile(r"[0-9.eE+-]*")
    _SPACE = re.compile(r"[ \t\n\r]*")

    def __init__(self, path: Path, file: TextIO) -> None:
        self.path = path
        self._file = file
        self._text = ""
        self._at = 0
        self._decoder = Parser(parse_constant=_refuse_constant, parse_float=_finite)

    def _more(self) -> bool:
        """Read on; whether there was anything."""
        try:
            # Twice as much each time, as a long value is read from its beginning again.
            chunk = self._file.read(max(CHUNK, len(self._text) - self._at))
        except UnicodeDecodeError as problem:
            raise BuildError(f"{self.path} is no UTF-8: {problem}") from None
        self._text, self._at = self._text[self._at :] + chunk, 0
        return bool(chunk)

    def next(self) -> str:
        """The next character that is no space, which stays; none at the end."""
        while True:
            space = self._SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def expect(self, characters: str) -> str:
        """Take the next character, which is one of these."""
        there = self.next()
        if not there or there not in characters:
            raise BuildError(f"{self.path} is no JSON: {there!r} where {characters!r} is due")
        self._at += 1
        return there

    def value(self) -> Any:
        """Take the next value."""
        self.next()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except ValueError as problem:
                if not self._is_cut(problem) or not self._more():
                    raise BuildError(f"{self.path} is no JSON: {problem}") from None
                continue
            # A number may go on behind the end of what was read, which may cut it at its point or sign.
            if self._NUMBER.fullmatch(self._text, end) and self._more():
                continue
            is_escaped = self._text.find(ESCAPE, self._at, end) >= 0
            self._at = end
            return readable(value) if is_escaped else value

    def _is_cut(self, problem: Exception) -> bool:
        """Whether a value may be none because what was read ends in it."""
        if not isinstance(problem, json.JSONDecodeError):
            return False
        if len(self._text) - self._at > MOST_TEXT:
            raise BuildError(f"{self.path} has a value of more than {MOST_TEXT:,} characters")
        # Of a text without an end, the place where it begins is told.
        return problem.msg.startswith("Unterminated") or problem.pos > len(self._text) - CUT
