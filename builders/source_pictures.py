"""source_pictures: how are the pictures of a public dataset read so that none of them can do harm?

Nothing is unpacked, nothing outside the folder is opened, and no picture is decoded before its size is
known. A record whose picture cannot be had is dropped, for one of the reasons in `PICTURES`.
"""

import io
import warnings
import zlib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np
from PIL import Image

from builders.cleaner import RefusedError
from builders.files import BuildError, named
from builders.source import found, is_inside

MOST_PIXELS: Final = 4096 * 4096  # of a picture: some 50 MB in memory
MOST_BYTES: Final = 64 * 2**20  # of a picture's file
DEEPEST: Final = 32  # folders around an archive's member: for each, one more name of it is kept
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

# Of every cleaner that has pictures: {**PICTURES, "its-own": …}.
PICTURES: Final[Mapping[str, str]] = {
    "picture-missing": "its picture is neither in the folder nor in a zip archive there",
    "picture-outside": "its picture's name or link leads out of the folder",
    "picture-too-large": f"its picture has more than {MOST_PIXELS:,} pixels or {MOST_BYTES:,} bytes",
    "picture-unreadable": "its picture cannot be decoded",
}


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


@lru_cache(maxsize=2**17)
def picture_digest(source: Path, names: tuple[str, ...]) -> str | None:
    """By what a record's picture is known before it is opened: its file's SHA-256; None where it cannot be had."""
    try:
        contents = (_content(source, name) for name in names)
        content = next((one for one in contents if one is not None), None)
    except RefusedError:
        return None
    return None if content is None else sha256(content).hexdigest()


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
    if image.mode.startswith("I"):  # grey in 16 bits: Pillow would cut off what is above 255
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


def _is_member(name: str) -> bool:
    return _is_plain(name) and name.count("/") <= DEEPEST


def _packed(source: Path, name: str) -> bytes | None:
    """The bytes of the member of a zip archive in a source that a name means; None where it means none, or several."""
    found = [(one, names[name]) for one, names in _archives(source).items() if name in names]
    if not found or len({member and _content_of(member) for _, member in found}) > 1:
        return None
    archive, info = found[0]
    if info is None:
        return None
    if info.file_size > MOST_BYTES:
        raise RefusedError("picture-too-large", f"{name} has {info.file_size:,} bytes")
    try:
        with archive.open(info) as file:
            return file.read(MOST_BYTES + 1)
    except BROKEN as problem:
        raise RefusedError("picture-unreadable", f"{name}: {problem}") from None


Members = Mapping[str, ZipInfo | None]  # by names that mean one; None: several, which differ


@cache
def _archives(source: Path) -> Mapping[ZipFile, Members]:
    """The zip archives in a source, with the members of each."""
    opened = {}
    for path in found(source, "*.zip", "images/*.zip"):
        try:
            archive = ZipFile(path)
        except BROKEN as problem:
            raise BuildError(f"{path} is no zip archive: {problem}") from None
        members = [one for one in archive.infolist() if _is_member(one.filename)]
        opened[archive] = _by_endings(path.relative_to(source).with_suffix(""), members)
    return opened


def _by_endings(home: Path, members: Sequence[ZipInfo]) -> Members:
    """The members of an archive by their names, and by every ending of these below a folder called as it is."""
    names: dict[str, ZipInfo | None] = {}
    for member in members:
        parts = (*home.parts, *member.filename.split("/"))
        for start in range(len(parts)):
            other = names.setdefault("/".join(parts[start:]), member)
            if other is None or _content_of(other) != _content_of(member):
                names["/".join(parts[start:])] = None
    return names | {member.filename: member for member in members}


def _content_of(member: ZipInfo) -> tuple[int, int]:
    """What two copies of a file have in common, and hardly any two others."""
    return member.CRC, member.file_size
