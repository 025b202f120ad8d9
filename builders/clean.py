"""clean: how do the records of a public dataset become the rows of our splits?

Records are read anew by every process, one after the other, and none of them waits in memory: a process
keeps its place in the source from shard to shard. Neither the rows nor the list of what was dropped
depend on how many processes there are.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from os import uname
from pathlib import Path
from typing import Any, ClassVar, Final

from builders.cleaner import Cleaner, Drop, Record, RefusedError
from builders.files import BuildError, digest_of
from builders.plan import FORMAT, Plan, choose_splits, in_usual_order
from builders.registry import Cleaners, Known, Load
from builders.repeats import Part, Place, Repeats
from builders.sample import Draft, Dropped, Made
from builders.source_pictures import PICTURES
from builders.task import make_sample, prove, sample_id
from evaluators import VERSION

NONE: Final[Mapping[int, Drop]] = {}
LICENCE: Final = "licence"  # of a row: in its scene, where our own rows need no column for it


@dataclass(frozen=True, slots=True)
class Source:
    """A public dataset as it lies on a disk."""

    folder: Path
    cleaner: str
    version: int
    published: str
    licence: str
    may_be_shared: tuple[str, ...]  # families whose rows anybody may pass on
    files: int
    bytes: int
    sha256: str  # of what `sha256sum` prints of the files, by name, names seen from the folder
    pictures: bool = True  # whether rows have theirs, or are texts only
    passed_over: tuple[str, ...] = ()  # files of another dataset, seen from the folder

    def told(self) -> dict[str, Any]:
        """What the manifest says of it."""
        return {
            "name": self.cleaner,
            "version": self.version,
            "published": self.published,
            "licence": self.licence,
            "may_be_shared": list(self.may_be_shared),
            "files": self.files,
            "bytes": self.bytes,
            "sha256": self.sha256,
            **({} if self.pictures else {"pictures": False}),
            **({"passed_over": list(self.passed_over)} if self.passed_over else {}),
        }


@dataclass(frozen=True, slots=True)
class SourcePlan(Plan):
    """A split of a public dataset that is cleaned; its `rows` are records of the source."""

    things: ClassVar[str] = "records"
    source: Source
    repeats: Mapping[int, Drop] = field(default_factory=dict, compare=False)  # by a record's number
    grader: int = VERSION

    def heading(self) -> dict[str, Any]:
        """What the manifest says of all splits of its dataset."""
        return {"format": FORMAT, "source": self.source.told()}

    def settings(self) -> dict[str, Any]:
        """The plan as it is stored with what was built by it."""
        return {
            **self.heading(),
            "family": self.family,
            "split": self.split,
            "records": self.rows,
            "tasks": {self.source.cleaner: self.source.version},
            "grader": self.grader,
        }

    def make(self, rows: range, load: Load) -> Iterator[Made | Dropped]:
        """What these records become, one by one."""
        cleaner = load()[self.source.cleaner]
        reader = _reader(cleaner, self.source)
        records = reader.read((self.family, self.split), rows)
        for number, record in zip(rows, records, strict=False):
            if number in self.repeats:
                yield _dropped(record, self.repeats[number])
            else:
                yield clean(cleaner, self.source.folder, record, pictures=self.source.pictures)

    def shift(self, known: Known) -> tuple[str, str | None]:
        """How it differs from training, and the split that it is paired with."""
        cleaner: Cleaner = known[self.source.cleaner]
        return cleaner.shifts.get(self.split, ""), cleaner.paired.get(self.split)


def source_plans(
    name: str,
    folder: Path,
    splits: Sequence[str],
    cleaners: Cleaners,
    *,
    pictures: bool = True,
) -> list[SourcePlan]:
    """The plans of splits of a public dataset.

    Args:
        name: Of its cleaner.
        folder: Where it lies.
        splits: By name, or id, ood, all.
        cleaners: All cleaners.
        pictures: Whether rows shall have theirs.

    Raises:
        BuildError: there is no such cleaner or split, the folder holds no such dataset, or not the pictures
            of a split.
    """
    if name not in cleaners:
        raise BuildError(f"no cleaner {name!r}; there are: {', '.join(cleaners)}")
    if not folder.is_dir():
        raise BuildError(f"{folder} is no folder; {name} is read from one")
    cleaner = cleaners[name]
    folder = folder.absolute()  # workers of a cluster are at home elsewhere
    there, lacking, texts = _count(cleaner, folder)
    wanted = choose_splits(splits, in_usual_order(split for _, split in there))
    if pictures:
        lacking = {part: one for part, one in lacking.items() if part[1] in wanted}
        _check_pictures(folder, lacking, {family for family, _ in there})
    source = replace(_source_of(cleaner, folder), pictures=pictures)
    repeats = _repeats(cleaner, folder, texts, pictures=pictures)
    return [
        SourcePlan(family, split, there[family, split], source, repeats.get((family, split), NONE))
        for family in sorted({family for family, _ in there})
        for split in wanted
        if (family, split) in there
    ]


def check_apart(folder: Path, out: Path | str) -> None:
    """Refuse to write into a source: what was written would be read as a part of it the next time.

    Raises:
        BuildError: the place is in the source's folder.
    """
    if isinstance(out, Path) and out.resolve().is_relative_to(folder.resolve()):
        raise BuildError(
            f"--out {out} is in --source {folder}, which is only read; choose another --out"
        )


def _source_of(cleaner: Cleaner, folder: Path) -> Source:
    """A source with the digest of its files."""
    sums = []
    size = 0
    for path in cleaner.files(folder):
        sums.append(f"{digest_of(path)}  {path.relative_to(folder)}\n")
        size += path.stat().st_size
    return Source(
        folder=folder,
        cleaner=cleaner.name,
        version=cleaner.version,
        published=cleaner.source,
        licence=cleaner.licence,
        may_be_shared=tuple(sorted(cleaner.may_be_shared)),
        files=len(sums),
        bytes=size,
        sha256=sha256("".join(sums).encode()).hexdigest(),
        passed_over=tuple(str(path.relative_to(folder)) for path in cleaner.others(folder)),
    )


def _part(record: Record, cleaner: Cleaner) -> Part:
    return record.family or cleaner.family, record.split


# Records of a split, the first, whose pictures are looked for before all else.
LOOKED_AT: Final = 100


def _count(cleaner: Cleaner, folder: Path) -> tuple[Counter[Part], dict[Part, Dropped], Repeats]:
    """How many records each split has; of each split without pictures, a record that lacks its own; and all texts.

    A split is without where, of its first records, some lack nothing but a picture, and no other has one.
    """
    found = Counter[Part]()
    pictured, lacking = set[Part](), dict[Part, Dropped]()
    seen, texts = set(), Repeats(cleaner)
    for record in cleaner.records(folder):
        part = _part(record, cleaner)
        key = hash((part, record.id))  # 64 bits: no two of so few are the same by chance
        if key in seen:
            raise BuildError(f"{record.place}: a second record {record.id!r} of {record.split}")
        seen.add(key)
        found[part] += 1
        if isinstance(draft := _draft(cleaner, None, record), Draft):
            texts.see(draft)
        if part not in pictured and found[part] <= LOOKED_AT:
            made = clean(cleaner, folder, record)
            if isinstance(made, Made):
                pictured.add(part)
            elif made.reason in PICTURES:
                lacking.setdefault(part, made)
    if not found:
        raise BuildError(f"{folder} has no records of {cleaner.name}")
    return found, {part: one for part, one in lacking.items() if part not in pictured}, texts


def _repeats(
    cleaner: Cleaner, folder: Path, texts: Repeats, *, pictures: bool
) -> Mapping[Part, Mapping[int, Drop]]:
    """The records that ask what another asks about the same pictures, by split and number."""
    passed = Counter[Part]()
    for record in cleaner.records(folder) if texts.are_possible else ():
        part = _part(record, cleaner)
        place = Place(part, passed[part])
        passed[part] += 1
        draft = _draft(cleaner, None, record)
        if isinstance(draft, Drop) or texts.is_alone(draft):
            continue
        whole = _draft(cleaner, folder, record) if pictures else draft
        if isinstance(whole, Draft):
            texts.compare(place, record, whole)
    return texts.find()


def _check_pictures(folder: Path, lacking: Mapping[Part, Dropped], families: Set[str]) -> None:
    """Refuse splits without pictures at once: no model can be trained on what would be left."""
    for (family, split), one in lacking.items():
        whose = f"{family} in {split}" if len(families) > 1 else split
        first = one.detail.split(" or ")[0]  # of the places where it was looked for
        raise BuildError(
            f"{folder} has no pictures of {whose} that can be read ({one.place}: {one.reason}, {first}); "
            "put them there, leave the split out with --split, or take texts alone with --no-pictures"
        )


class _Reader:
    """Reads a source from front to back, and from the front again for what lies before its place."""

    def __init__(self, cleaner: Cleaner, folder: Path) -> None:
        self._cleaner = cleaner
        self._folder = folder
        self._start()

    def _start(self) -> None:
        self._records = self._cleaner.records(self._folder)
        self._passed = Counter[Part]()  # records of each split

    def read(self, part: Part, rows: range) -> Iterator[Record]:
        """These records of a split."""
        if self._passed[part] > rows.start:
            self._start()
        for record in self._records:
            its = _part(record, self._cleaner)
            place = self._passed[its]
            self._passed[its] += 1
            if its == part and place >= rows.start:
                yield record
                if place + 1 == rows.stop:
                    return
        raise BuildError(f"{self._folder} was changed while it was read: records of {part[1]} lack")


_READERS: Final[dict[tuple[str, Path], _Reader]] = {}  # of this process


def _reader(cleaner: Cleaner, source: Source) -> _Reader:
    """The reader of a source in this process; one of another source is let go of, with all it holds.

    Raises:
        BuildError: the source is not as long here as where the build began.
    """
    key = cleaner.name, source.folder
    if key not in _READERS:
        sizes = [path.stat().st_size for path in cleaner.files(source.folder)]
        if (len(sizes), sum(sizes)) != (source.files, source.bytes):
            here = f"{len(sizes):,} files of {sum(sizes):,} bytes"
            there = f"{source.files:,} of {source.bytes:,} at first"
            raise BuildError(
                f"{source.folder} was changed while it was read, or is another on {uname().nodename}: {here}, {there}"
            )
        _READERS.clear()
        _READERS[key] = _Reader(cleaner, source.folder)
    return _READERS[key]


def clean(
    cleaner: Cleaner, folder: Path, record: Record, *, pictures: bool = True
) -> Made | Dropped:
    """What a record becomes, its answer proved.

    Args:
        cleaner: Of its dataset.
        folder: Where that lies.
        record: It.
        pictures: Whether the row shall have its pictures.

    Raises:
        GoldError: a bug of the cleaner: an answer that does not hold.
        ValueError: a bug of the cleaner: a reason that it has not told of.
    """
    draft = _draft(cleaner, folder if pictures else None, record)
    if isinstance(draft, Drop):
        return _dropped(record, draft)
    with _told_of(cleaner, record):
        prove(draft, cleaner.solve, thoughtless=True)
        owner = replace(cleaner, family=record.family or cleaner.family)
        sample = make_sample(owner, record.split, record.id, _licensed(draft, cleaner))
    return Made(sample, draft.images)


@contextmanager
def _told_of(cleaner: Cleaner, record: Record) -> Iterator[None]:
    """A bug that comes up tells in which record."""
    try:
        yield
    except Exception as problem:
        name = sample_id(cleaner, record.split, record.id)
        problem.add_note(f"in record {name}, {record.place}")
        raise


def _dropped(record: Record, drop: Drop) -> Dropped:
    return Dropped(record.id, record.split, record.place, drop.reason, _short(drop.detail))


LONGEST: Final = 300  # characters of what is said of a drop, which may quote a whole record


def _short(detail: str) -> str:
    return detail if len(detail) <= LONGEST else f"{detail[:LONGEST]}…"


def _draft(cleaner: Cleaner, folder: Path | None, record: Record) -> Draft | Drop:
    """What a record becomes, with its pictures where there is a folder for them."""
    with _told_of(cleaner, record):
        try:
            draft = cleaner.clean(record)
            images = () if folder is None else cleaner.pictures(folder, record)
            return replace(draft, images=images)
        except RefusedError as refused:
            drop = refused.drop
        if drop.reason not in cleaner.reasons:
            raise ValueError(f"{cleaner.name} has no reason {drop.reason!r}")
        return drop


def _licensed(draft: Draft, cleaner: Cleaner) -> Draft:
    """A draft whose scene tells its licence."""
    return replace(draft, scene={LICENCE: cleaner.licence, **draft.scene})
