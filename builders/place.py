"""place: where does a dataset lie while it is built: in a folder, or under the URL of an object store?

A build keeps the same order in both: a shard's record after its rows, and the manifest last. Of a dataset
under a URL the build itself holds records, page and manifest only, in a folder that goes away; each worker
writes the rows of its shards there by itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol

from builders.card import CARD
from builders.engine import Tell, Work
from builders.files import BuildError, write_whole
from builders.folder import DROPS, alone
from builders.manifest import MANIFEST
from builders.registry import Load
from builders.shard import DATA, DIGESTS, Shard, Stored, is_whole, make_shard

SCRATCH: Final = "rrft-"  # how folders begin that go away


class Place(Protocol):
    """Where a dataset is built."""

    @property
    def folder(self) -> Path:
        """Where its records, its page and its manifest are read and written."""

    def holds(self, shard: Shard, stored: Stored) -> bool:
        """Whether the rows of a shard are there, as its record tells."""

    def work(self, load: Load) -> Work[Shard, Shard]:
        """What makes a shard there, with its record."""

    def take(self, shard: Shard) -> None:
        """Have the record of a shard that is finished."""

    def keep(self, name: str) -> None:
        """Make what was written to the folder under a name part of the dataset."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine, or one that all workers share."""

    folder: Path

    def holds(self, shard: Shard, stored: Stored) -> bool:
        """Whether each byte is as it was written."""
        return is_whole(self.folder, shard, stored)

    def work(self, load: Load) -> Work[Shard, Shard]:
        """Write to the folder; workers of a cluster are at home elsewhere, where its name leads elsewhere."""
        return partial(make_shard, folder=self.folder.absolute(), load=load)

    def take(self, shard: Shard) -> None:
        """It is there."""

    def keep(self, name: str) -> None:
        """It is there."""


@dataclass(frozen=True, slots=True)
class Store:
    """What a URL of fsspec names, such as s3://bucket/name."""

    url: str
    folder: Path  # for what the build itself holds
    sizes: Mapping[str, int]  # of the files of rows that were there, by name

    def holds(self, shard: Shard, stored: Stored) -> bool:
        """Whether it is as long as was written: a store keeps objects whole or not at all."""
        return self.sizes.get(shard.data) == stored.record.bytes

    def work(self, load: Load) -> Work[Shard, Shard]:
        """Write to a folder of the worker's own, and send it."""
        return partial(make_and_send, url=self.url, load=load)

    def take(self, shard: Shard) -> None:
        """Read the record that the worker sent."""
        _fetch(self.url, self.folder, [shard.record])

    def keep(self, name: str) -> None:
        """Send it."""
        send(self.url, self.folder, name)


def place_of(out: Path | str) -> AbstractContextManager[Place]:
    """Where a build shall be: a folder, or a URL if it is a text."""
    return at_url(out) if isinstance(out, str) else at_folder(out)


@contextmanager
def at_folder(folder: Path) -> Iterator[Place]:
    """A folder that this process has for itself.

    Raises:
        BuildError: it is no folder, or another process builds in it.
    """
    with alone(folder):
        yield Folder(folder)


@contextmanager
def at_url(url: str) -> Iterator[Place]:
    """What a URL names; a store has no locks, so that others may build there too, and come to the same.

    Raises:
        BuildError: it cannot be reached, or holds something else.
    """
    with _scratch(url) as folder:
        sizes = _sizes(url)
        held = [name for name in sizes if name.startswith(f"{DIGESTS}/")]
        held += [name for name in (CARD, DROPS, MANIFEST) if name in sizes]
        if sizes and not held and not all(name.startswith(f"{DATA}/") for name in sizes):
            raise BuildError(f"{url} holds something else ({min(sizes)}); choose another --out")
        _fetch(url, folder, held)
        yield Store(url, folder, sizes)


@contextmanager
def _scratch(url: str) -> Iterator[Path]:
    """A folder that goes away; what is wrong in it is told of the URL that it stands for."""
    with TemporaryDirectory(prefix=SCRATCH) as folder:
        try:
            yield Path(folder)
        except BuildError as problem:
            raise BuildError(str(problem).replace(folder, url)) from None


@contextmanager
def with_manifest(out: Path | str) -> Iterator[Path]:
    """A folder that has the manifest of a dataset, if there is one.

    Raises:
        BuildError: a URL cannot be reached.
    """
    if isinstance(out, Path):
        yield out
        return
    with _scratch(out) as folder:
        _fetch(out, folder, [name for name in (MANIFEST,) if name in _sizes(out)])
        yield folder


def make_and_send(shard: Shard, tell: Tell, *, url: str, load: Load) -> Shard:
    """Make a shard and its record in a folder that goes away, and send both, the record last."""
    with TemporaryDirectory(prefix=SCRATCH) as folder:
        make_shard(shard, tell, folder=Path(folder), load=load)
        for name in (shard.data, shard.record):
            send(url, Path(folder), name)
    return shard


def send(url: str, folder: Path, name: str) -> None:
    """Put a file of a folder under the same name below a URL."""
    files, root = connect(url)
    path = f"{root}/{name}"
    with told(url):
        files.makedirs(path.rpartition("/")[0], exist_ok=True)
        files.put_file(str(folder / name), path)


def _fetch(url: str, folder: Path, names: Sequence[str]) -> None:
    """Have files from below a URL in a folder."""
    files, root = connect(url)
    with told(url):
        found = files.cat([f"{root}/{name}" for name in names]) if names else {}
    for path, content in found.items():
        write_whole(folder / path.removeprefix(f"{root}/"), content)


def _sizes(url: str) -> dict[str, int]:
    """The files below a URL, and the size of each."""
    files, root = connect(url)
    with told(url):
        files.invalidate_cache()
        found = files.find(root, detail=True)
    return {path.removeprefix(f"{root}/"): one["size"] for path, one in found.items()}


def connect(url: str) -> tuple[Any, str]:
    """The file system that a URL names, and the path in it.

    Raises:
        BuildError: there is no such file system, or a package that it needs is missing.
    """
    from fsspec.core import url_to_fs

    try:
        files, path = url_to_fs(url)
    except Exception as problem:  # noqa: BLE001 - as below, where it asks for a key at once
        raise BuildError(f"{url} cannot be opened: {' '.join(str(problem).split())}") from None
    return files, path.rstrip("/")


@contextmanager
def told(url: str) -> Iterator[None]:
    """Work at a file system: what it refuses is told in one line."""
    try:
        yield
    except Exception as problem:  # each store's library has errors of its own
        reason = " ".join(str(problem).split()) or type(problem).__name__
        raise BuildError(f"{url}: {reason}") from problem
