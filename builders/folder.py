"""folder: is a folder a dataset's, who may build in it now, and which of its files may be removed?"""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Final

from builders.card import CARD, is_card
from builders.files import BuildError, whole_name
from builders.manifest import MANIFEST, ManifestError, read_manifest
from builders.shard import DATA, DIGESTS, read_record, split_of

DROPS: Final = "drops.jsonl"  # the records of a public dataset that became no rows, and why
SECONDS_BETWEEN: Final = 0.1  # two looks whether a folder is free
NO_LOCKS: Final = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}  # of some network file systems


@contextmanager
def alone(
    folder: Path, what: str = "a dataset", doing: str = "built", patience: float = 0.0
) -> Iterator[None]:
    """Have a folder for this process alone; it is made where there is none.

    Args:
        folder: Where it is.
        what: It shall be.
        doing: What another process may do with it.
        patience: Seconds to wait for another process, which may be about to end.

    Raises:
        BuildError: it is no folder, or another process has it.
    """
    check_is_folder(folder, what)
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        until = time.monotonic() + patience
        while not _locked(descriptor):
            if time.monotonic() >= until:
                raise BuildError(f"{folder} is being {doing} by another process")
            time.sleep(SECONDS_BETWEEN)
        yield
    finally:
        os.close(descriptor)


def check_is_folder(folder: Path, what: str) -> None:
    """Refuse what neither is a folder nor can become one.

    Raises:
        BuildError: it says what it is.
    """
    if folder.is_symlink() and not folder.exists():
        raise BuildError(f"{folder} is a link to {folder.readlink()}, which is not there")
    if folder.exists() and not folder.is_dir():
        raise BuildError(f"{folder} is a file; {what} is a folder")


def _locked(descriptor: int) -> bool:
    """Whether it is this process's now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as problem:
        if problem.errno not in NO_LOCKS:
            raise
    return True


def manifest_of(folder: Path) -> dict[str, Any] | None:
    """The manifest of a folder to build in; None where there is none.

    Raises:
        BuildError: it cannot be read; the sentence says what to do.
    """
    try:
        return read_manifest(folder)
    except ManifestError as problem:
        is_ours = problem.mendable and _has_records(folder)
        advice = "delete it: the same commands write it anew" if is_ours else "choose another --out"
        raise BuildError(f"{problem}; {advice}") from None


def check_owner(folder: Path) -> None:
    """Refuse a folder of something else.

    One of ours is empty, or has a manifest or a record, or has nothing but what a build leaves that is
    killed before its first record.

    Raises:
        BuildError: it names something that is there.
    """
    there = sorted(folder.iterdir())
    if not there or manifest_of(folder) or _has_records(folder):
        return
    below = chain.from_iterable((folder / name).rglob("*") for name in (DATA, DIGESTS))
    foreign = next((path for path in chain(there, below) if not _is_own(path, folder)), None)
    if foreign or not (folder / DIGESTS).is_dir():
        name = (foreign or there[0]).relative_to(folder)
        raise BuildError(f"{folder} holds something else ({name}); choose another --out")


def check_card(folder: Path) -> None:
    """Refuse to write over a README of another hand.

    Raises:
        BuildError: it names the file.
    """
    path = folder / CARD
    if path.exists() and not is_card(path.read_bytes()):
        raise BuildError(
            f"{path} was changed by another hand; move it away: the same command writes it anew"
        )


def record_paths(folder: Path) -> Iterator[tuple[Path, str]]:
    """The records of a folder, and the split of each."""
    for path in sorted((folder / DIGESTS).glob("*/*.jsonl")):
        if split := split_of(path.name):
            yield path, split


def _has_records(folder: Path) -> bool:
    return any(read_record(path) for path, _ in record_paths(folder))


def _is_own(path: Path, folder: Path) -> bool:
    """Whether a build that has no record yet may have left a thing in its place."""
    match path.relative_to(folder).parts:
        case [name]:
            is_part = whole_name(name) in {CARD, DROPS, MANIFEST}
            return is_part or (name in {DATA, DIGESTS} and path.is_dir())
        case [_, _]:
            return path.is_dir()
        case [_, _, name]:
            return split_of(whole_name(name) or name) is not None
        case _:
            return False


@contextmanager
def no_partials(folder: Path) -> Iterator[None]:
    """No part of a file is in the folder at the beginning, and none at the end."""
    _remove_partials(folder)
    try:
        yield
    finally:
        _remove_partials(folder)


def _remove_partials(folder: Path) -> None:
    places = ("*", f"{DATA}/*/*", f"{DIGESTS}/*/*")
    for path in chain.from_iterable(map(folder.glob, places)):
        if whole_name(path.name) and _is_own(path, folder):
            path.unlink(missing_ok=True)
