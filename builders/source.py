"""source: how are the files of a public dataset read so that none of them can do harm?

Nothing is unpacked, nothing outside the folder is opened, and no picture is decoded before its size is
known. A record whose picture cannot be had is dropped, for one of the reasons in `PICTURES`.
"""

import io
import json
import re
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from lzma import LZMAError
from math import isinf
from pathlib import Path, PurePosixPath
from typing import Any, Final, NoReturn, TextIO
from zipfile import BadZipFile, ZipFile

import numpy as np
from PIL import Image

from builders.cleaner import RefusedError
from builders.files import BuildError, named

MOST_PIXELS: Final = 4096 * 4096  # of a picture: some 50 MB in memory
MOST_BYTES: Final = 64 * 2**20  # of a picture's file
# Whatever a damaged archive or member of one may end in, by the way in which it was packed.
BROKEN: Final = (
    BadZipFile,
    EOFError,
    LZMAError,
    NotImplementedError,
    OSError,
    RuntimeError,
    zlib.error,
)
# How the files of each format begin.
STARTS: Final[Mapping[str, bytes]] = {
    "PNG": b"\x89PNG",
    "JPEG": b"\xff\xd8\xff",
    "WEBP": b"RIFF",
    "BMP": b"BM",
    "GIF": b"GIF8",
}
FORMATS: Final = tuple(STARTS)
CHUNK: Final = 2**20  # characters read at once
MOST_TEXT: Final = 64 * 2**20  # characters of one value in a JSON file
# Characters of a word, an escape or a number at the end of what was read, of which the rest may lack.
CUT: Final = 16
ESCAPE: Final = "\\u"  # the only way in which half a character comes into JSON
UTF8: Final = "utf-8-sig"  # with a mark at the beginning, as Windows puts it, or without

# Of every cleaner that has pictures: {**PICTURES, "its-own": …}.
PICTURES: Final[Mapping[str, str]] = {
    "picture-missing": "its picture is neither in the folder nor in a zip archive there",
    "picture-outside": "its picture's name or link leads out of the folder",
    "picture-too-large": f"its picture has more than {MOST_PIXELS:,} pixels or {MOST_BYTES:,} bytes",
    "picture-unreadable": "its picture cannot be decoded",
}


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


# Texts.


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
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
        return value if isinstance(text, str) and ESCAPE not in text else readable(value)
    except (ValueError, TypeError, RecursionError) as problem:
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
        self._decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)

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
            except (ValueError, RecursionError) as problem:
                if not self._is_cut(problem) or not self._more():
                    raise BuildError(f"{self.path} is no JSON: {problem}") from None
                continue
            # A number may go on behind the end of what was read, which may cut it at its point or sign.
            if self._NUMBER.fullmatch(self._text, end) and self._more():
                continue
            is_escaped = self._text.find(ESCAPE, self._at, end) >= 0
            self._at = end
            return self._readable(value) if is_escaped else value

    def _is_cut(self, problem: Exception) -> bool:
        """Whether a value may be none because what was read ends in it."""
        if not isinstance(problem, json.JSONDecodeError):
            return False
        if len(self._text) - self._at > MOST_TEXT:
            raise BuildError(f"{self.path} has a value of more than {MOST_TEXT:,} characters")
        # Of a text without an end, the place where it begins is told.
        return problem.msg.startswith("Unterminated") or problem.pos > len(self._text) - CUT

    def _readable(self, value: Any) -> Any:
        try:
            return readable(value)
        except RecursionError as problem:
            raise BuildError(f"{self.path} is no JSON: {problem}") from None


# Pictures.


def picture(source: Path, names: Sequence[str]) -> Image.Image:
    """A record's picture in RGB: the first of the names that there is, as a file or in a zip archive.

    Raises:
        RefusedError: there is none, or it may do harm; for one of `PICTURES`.
    """
    for name in names:
        content = _content(source, name)
        if content is not None:
            return decoded(content, name)
    raise RefusedError("picture-missing", " or ".join(names) or "it has no name")


def decoded(content: bytes, name: str) -> Image.Image:
    """The picture in a file's bytes, in RGB; what is transparent becomes white.

    Raises:
        RefusedError: it is too large, or none.
    """
    if len(content) > MOST_BYTES:
        raise RefusedError("picture-too-large", f"{name} has {len(content):,} bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise RefusedError("picture-too-large", f"{name}: {problem}") from None
    except (OSError, ValueError, SyntaxError) as problem:  # all that Pillow raises at a bad file
        raise RefusedError("picture-unreadable", f"{name}: {_why(content, problem)}") from None
    if image.width * image.height > MOST_PIXELS:
        raise RefusedError("picture-too-large", f"{name} has {image.width} x {image.height} pixels")
    try:
        image.load()
    except (OSError, ValueError, SyntaxError) as problem:
        raise RefusedError("picture-unreadable", f"{name}: {problem}") from None
    if image.mode.startswith(
        "I"
    ):  # grey in 16 bits, of which Pillow would cut off what is above 255
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(ground, layer).convert("RGB")
    return image.convert("RGB")


def _why(content: bytes, problem: Exception) -> str:
    """What went wrong, without the address of an object, which no two runs share."""
    if not isinstance(problem, OSError):
        return str(problem)
    for kind, start in STARTS.items():
        if content.startswith(start):
            return f"it begins as {kind} does, and is cut off or damaged"
    return f"it is none of {', '.join(FORMATS)}: it begins with {content[:8]!r}"


def _content(source: Path, name: str) -> bytes | None:
    """The bytes of a picture's file; None where there is none."""
    if not _is_plain(name):
        raise RefusedError("picture-outside", f"{name!r} leads out of the folder")
    path = source / name
    if not _is_there(path):
        return _packed(source, name)
    if not is_inside(source, path):
        outside = (
            f"{name} is a link out of the folder: copy it, or give --source the folder it leads to"
        )
        raise RefusedError("picture-outside", outside)
    if path.stat().st_size > MOST_BYTES:
        raise RefusedError("picture-too-large", f"{name} has {path.stat().st_size:,} bytes")
    with named(path):
        return path.read_bytes()


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than a file can have
        return False


def _is_plain(name: str) -> bool:
    """Whether a name leads down from where it starts, on any system."""
    parts = PurePosixPath(name).parts
    return bool(parts) and ".." not in parts and parts[0] != "/" and not set("\\:\0") & set(name)


def _packed(source: Path, name: str) -> bytes | None:
    """The bytes of a member of one of the zip archives in a source; None where none is called so."""
    for archive, names in _archives(source).items():
        if name in names:
            info = archive.getinfo(names[name])
            if info.file_size > MOST_BYTES:
                raise RefusedError("picture-too-large", f"{name} has {info.file_size:,} bytes")
            try:
                with archive.open(info) as file:
                    return file.read(MOST_BYTES + 1)
            except BROKEN as problem:
                raise RefusedError("picture-unreadable", f"{name}: {problem}") from None
    return None


@cache
def _archives(source: Path) -> Mapping[ZipFile, Mapping[str, str]]:
    """The zip archives in a source, with the members of each under every ending of their names."""
    opened = {}
    for path in found(source, "*.zip", "images/*.zip"):
        try:
            archive = ZipFile(path)
        except BROKEN as problem:
            raise BuildError(f"{path} is no zip archive: {problem}") from None
        names: dict[str, str] = {}
        for member in sorted(archive.namelist(), key=lambda one: (one.count("/"), one)):
            if _is_plain(member):
                parts = member.split("/")
                for start in range(len(parts)):
                    names.setdefault("/".join(parts[start:]), member)
        opened[archive] = names
    return opened
