"""cleaner: a public dataset as data: where its records are, and what row of ours each becomes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL.Image import Image

from builders.sample import Draft
from builders.task import Family, SolveSome


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a source, as it lies in its files."""

    id: str  # of its own, unique in its split
    split: str  # of ours: train, val, test, or a shift
    place: str  # for people: its file, and where in it
    # As read; pictures are named, not opened. What its reader says of it is under keys that are no texts,
    # which no file can hold.
    content: Mapping[Any, Any]
    family: Family | None = None  # where its dataset has several


@dataclass(frozen=True, slots=True)
class Drop:
    """Why a record becomes no row."""

    reason: str  # one of its cleaner's
    detail: str  # what was found, the value with it


class RefusedError(Exception):
    """A record that becomes no row: what `clean` and `pictures` raise."""

    def __init__(self, reason: str, detail: str) -> None:
        """Say why the record becomes no row."""
        super().__init__(f"{reason}: {detail}")
        self.drop = Drop(reason, detail)


@dataclass(frozen=True, slots=True)
class Cleaner:
    """A public dataset."""

    name: str  # kebab-case; its file's name in snake_case
    family: Family  # of its records, but for those that name another
    version: int  # raised whenever a row changes
    summary: str
    source: str  # where it is published
    licence: str  # of its rows, but for one whose scene has a `licence` of its own
    # The families whose rows anybody may pass on by their licences: `rrft publish` asks for a word of others.
    may_be_shared: frozenset[Family]
    reasons: Mapping[str, str]  # why records are dropped: a name, and a sentence that explains it
    files: Callable[[Path], Sequence[Path]]  # what `records` reads: all but pictures
    # In the order of the files, one after the other; BuildError where the folder is not what it should be.
    # The same each time, and read anew by each worker: it holds no pictures and as little else as it can.
    records: Callable[[Path], Iterator[Record]]
    # All that its texts tell, without a picture: so a fault of these is never hidden by a picture that lacks.
    # RefusedError for one of `reasons`.
    clean: Callable[[Record], Draft]
    # Its pictures, from the folder; RefusedError for one of `builders.source_pictures.PICTURES`. Asked for what
    # `clean` kept only.
    pictures: Callable[[Path, Record], tuple[Image, ...]]
    # From question and stored scene alone, for the audit; None: nothing stored proves the answer of any
    # row. It gives None for a row of which nothing stored does.
    solve: SolveSome | None
    # By what its pictures are known where they are not opened; None: by nothing but all that is read of it. Asked
    # for what `clean` kept only.
    pictured: Callable[[Record], object] = lambda _: None
    # What lies among its files and is of another dataset: it is passed over, and the user is told.
    others: Callable[[Path], Sequence[Path]] = lambda _: ()
    paper: str = ""  # what is to be cited for its rows, where that is not Reason-RFT's own
    # How a split differs from training, in a sentence.
    shifts: Mapping[str, str] = field(default_factory=dict)
    # The split whose problems one shows anew, id by id.
    paired: Mapping[str, str] = field(default_factory=dict)
