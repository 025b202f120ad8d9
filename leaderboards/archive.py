"""archive: how do a few named texts lie in one small file, the same bytes each time, and safely come out?

Nothing in an archive is ever unpacked to the disk. What does not look as if it were packed here is refused:
another name, a path, a link, a member that is there twice, bytes before, between or after the members.
"""

import io
import lzma
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from builders.files import ExpectedError

MOST_BYTES: Final = 1 << 30  # unpacked: a small file may not fill the memory
MOST_MEMORY: Final = 1 << 28  # bytes that unpacking may take besides
PRESET: Final = 9 | lzma.PRESET_EXTREME
MODE: Final = 0o644


class BoardError(ExpectedError):
    """What stands in the way of a leaderboard."""


def squeeze(content: bytes) -> bytes:
    """The bytes made small."""
    return lzma.compress(content, preset=PRESET)


def unsqueeze(path: Path) -> bytes:
    """What was made small into a file.

    Raises:
        BoardError: it is not there, not whole, or larger than anything of ours.
    """
    try:
        small = path.read_bytes()
    except FileNotFoundError:
        raise BoardError(f"{path} is not there") from None
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MOST_MEMORY)
    try:
        content = unpacker.decompress(small, MOST_BYTES + 1)
    except (lzma.LZMAError, EOFError) as problem:
        raise BoardError(f"{path} is damaged: {problem}") from None
    if len(content) > MOST_BYTES:
        raise BoardError(f"{path} is damaged: it unpacks to more than {MOST_BYTES:,} bytes")
    if not unpacker.eof:
        raise BoardError(f"{path} is damaged: it is cut short")
    if unpacker.unused_data:
        raise BoardError(f"{path} is damaged: {len(unpacker.unused_data):,} bytes follow its end")
    return content


def pack(members: Mapping[str, bytes]) -> bytes:
    """An archive of texts by name."""
    return squeeze(_tar(members))


def unpack(path: Path, names: Sequence[str]) -> dict[str, bytes]:
    """The texts in an archive, which has exactly these.

    Raises:
        BoardError: it is damaged, or has something else in it.
    """
    whole = unsqueeze(path)
    try:
        with tarfile.open(fileobj=io.BytesIO(whole), mode="r:") as file:
            found = _members(path, file, names)
    except tarfile.TarError as problem:
        raise BoardError(f"{path} is damaged: {problem}") from None
    if lacking := [name for name in names if name not in found]:
        raise BoardError(f"{path} lacks {lacking[0]}")
    if _tar(found) != whole:
        raise BoardError(f"{path} was packed by something else: its headers or ends are not ours")
    return found


def _members(path: Path, file: tarfile.TarFile, names: Sequence[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for member in file:
        if member.name not in names:
            raise BoardError(f"{path} holds something else: {member.name!r}")
        if not member.isreg():
            raise BoardError(f"{path}: {member.name} is a link or a folder, no file")
        if member.name in found:
            raise BoardError(f"{path} holds {member.name} twice")
        content = file.extractfile(member)
        assert content is not None, "a regular file has content"
        found[member.name] = content.read()
    return found


def _tar(members: Mapping[str, bytes]) -> bytes:
    """By name, and without time or owner."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as file:
        for name in sorted(members):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(members[name]), MODE
            file.addfile(member, io.BytesIO(members[name]))
    return buffer.getvalue()
