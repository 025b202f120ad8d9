"""archive: how do a few named texts lie in one small file, the same bytes each time, and safely come out?

Nothing in an archive is ever unpacked to the disk. What does not look as if it were packed here is refused:
another name, a path, a link, a member that is there twice, bytes before, between or after the members.
"""

import io
import lzma
import stat
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from builders.files import ExpectedError

MOST_BYTES: Final = 1 << 28  # unpacked: a small file may not fill the memory
MOST_JSON: Final = 1 << 24  # bytes of one text: read, JSON may take thirty times as much
MOST_MEMORY: Final = 1 << 28  # bytes that unpacking may take besides
PRESET: Final = 9 | lzma.PRESET_EXTREME
MODE: Final = 0o644
BLOCK: Final = tarfile.BLOCKSIZE  # bytes: a header is one, and contents are filled up to whole ones


class BoardError(ExpectedError):
    """What stands in the way of a leaderboard."""


def squeeze(content: bytes) -> bytes:
    """The bytes made small.

    Raises:
        BoardError: they are more than will be unpacked.
    """
    if len(content) > MOST_BYTES:
        raise BoardError(
            f"{len(content):,} bytes are too many for a file of the leaderboard: it takes {MOST_BYTES:,}"
        )
    return lzma.compress(content, preset=PRESET)


def unsqueeze(path: Path) -> bytes:
    """What was made small into a file.

    Raises:
        BoardError: it is not there, no file, not whole, or larger than anything of ours.
    """
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise BoardError(f"{path} is a link or a folder, no file")
        small = path.read_bytes()
    except FileNotFoundError:
        raise BoardError(f"{path} is not there") from None
    except OSError as problem:
        raise BoardError(f"{path} cannot be read: {problem.strerror}") from None
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


def of_size(text: bytes) -> bytes:
    """A text of JSON that is not too long to be read.

    Raises:
        ValueError: it is.
    """
    if len(text) > MOST_JSON:
        raise ValueError(f"{len(text):,} bytes of JSON in one; at most {MOST_JSON:,}")
    return text


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
        found = _members(path, whole, names)
    except (tarfile.TarError, ValueError, OverflowError) as problem:
        raise BoardError(f"{path} is damaged: {problem}") from None
    if lacking := [name for name in names if name not in found]:
        raise BoardError(f"{path} lacks {lacking[0]}")
    if _tar(found) != whole:
        raise BoardError(f"{path} was packed by something else: its headers or ends are not ours")
    return found


def _members(path: Path, whole: bytes, names: Sequence[str]) -> dict[str, bytes]:
    """The contents by name, each as it stands between its header and the next.

    What a header says beyond that, `tarfile` would obey: a sparse file of a few bytes becomes gigabytes.
    """
    found: dict[str, bytes] = {}
    start = 0
    while any(header := whole[start : start + BLOCK]):  # zeros are the end
        member = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        start += BLOCK
        if member.name not in names:
            raise BoardError(f"{path} holds something else: {member.name!r}")
        if member.type != tarfile.REGTYPE:
            raise BoardError(f"{path}: {member.name} is a link, a folder or sparse, no plain file")
        if member.name in found:
            raise BoardError(f"{path} holds {member.name} twice")
        if not 0 <= member.size <= len(whole) - start:
            raise BoardError(f"{path}: {member.name} is said to have {member.size:,} bytes")
        found[member.name] = whole[start : start + member.size]
        start += -(-member.size // BLOCK) * BLOCK
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
