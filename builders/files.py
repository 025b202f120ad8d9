"""files: how does a file get under its name only when it is whole?"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO, Final
from uuid import uuid4

PARTIAL: Final = ".partial"
PARTIAL_NAME: Final = re.compile(rf"(.+)\.[0-9]+{re.escape(PARTIAL)}")


class ExpectedError(Exception):
    """What whoever asked can mend, said in one line: the command line shows it without a traceback."""

    code = 2  # which the program ends with


class BuildError(ExpectedError):
    """What stands in the way of building or reading a dataset."""


class NewFile:
    """A file being written: it counts and hashes what it is given."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        """Take a file that is open for writing."""
        self._path = path
        self._file = file
        self._hash = sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """The digest of all that was written."""
        return self._hash.hexdigest()

    def write(self, content: bytes) -> None:
        """Append the bytes."""
        with named(self._path):
            self._file.write(content)
        self._hash.update(content)
        self.size += len(content)


@contextmanager
def whole_file(path: Path) -> Iterator[NewFile]:
    """A file that appears under its name when the block has ended well, and is on the disk then.

    Raises:
        BuildError: the system does not let it be written; the sentence says why and names the file.
    """
    partial, file = _begun(path)
    try:
        yield NewFile(path, file)
        with named(path):
            file.flush()
            os.fsync(file.fileno())
            file.close()
            partial.replace(path)
            _sync_folder(path.parent)
    finally:
        with suppress(OSError):  # of a full disk, for what is thrown away here
            file.close()
        partial.unlink(missing_ok=True)


def _begun(path: Path) -> tuple[Path, BinaryIO]:
    """A new file beside the name, open for writing."""
    # A process that outlives a kill for a moment must not write into the next one's file, nor one of
    # another machine that has the same number into this one's.
    partial = path.with_name(f"{path.name}.{os.getpid()}{uuid4().int % 10**9:09}{PARTIAL}")
    with named(path):
        with suppress(FileExistsError):  # a file where the folder would be: to open says so
            path.parent.mkdir(parents=True, exist_ok=True)
        return partial, partial.open("wb")


def check_writable(path: Path) -> None:
    """Find out before long work that a file can be written; what is there under its name stays as it is.

    Raises:
        BuildError: the system does not let it be written; the sentence says why and names the file.
    """
    partial, file = _begun(path)
    file.close()
    partial.unlink()


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, which is not in memory as a whole."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def whole_name(name: str) -> str | None:
    """The name that a file being written will have; None if it is none such."""
    partial = PARTIAL_NAME.fullmatch(name)
    return partial and partial[1]


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears under its name when it is whole."""
    with whole_file(path) as file:
        file.write(content)


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Work at a file: what the system refuses is told in a sentence that names it."""
    try:
        yield
    except OSError as problem:
        raise BuildError(f"{problem.strerror or problem}: {path}") from problem


def _sync_folder(folder: Path) -> None:
    """Make sure that a new name in the folder outlives a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def user_cache() -> Path:
    """Where what can be made anew is kept for a user."""
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(home) / "reason-rft"
