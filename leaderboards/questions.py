"""questions: what was asked: a split's rows, kept once for all entries, and proved by the split's digest.

A dataset's manifest has one digest of all samples of a split: of their texts, golds and thoughts, scenes and
pictures. Here every row is kept whole but for its pictures and its scene, of which the digests are kept. So
the split's digest follows from the file alone: no question, gold or row in it can be another. What the file
says of the whole split has a digest too, which each entry on it tells.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

from builders.files import BuildError, write_whole
from builders.manifest import kind_entry, read_manifest
from builders.parse import parse_json, read_object
from builders.plan import LONGEST_SIDE, SHORTEST_SIDE
from builders.sample import Sample
from builders.shard import read_record, text_digest
from builders.task import LEVELS, to_json
from evaluators import AnyAnswer, Choice, answer_from_json
from leaderboards.archive import BoardError, of_size, squeeze, unsqueeze
from reasonrft.prompt import Prompt
from reasonrft.questions import Identity, Source, choose_sources
from reasonrft.stored import from_row

FORMAT: Final = 1
FOLDER: Final = "questions"
ENDING: Final = ".jsonl.xz"
NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")  # of a family and of a split
DIGEST: Final = re.compile(r"[0-9a-f]{64}")
SPLIT_SETTINGS: Final = ("family", "split", "digest", "shift", "paired_with", "tasks")
OF_SPLITS: Final = ("families", "drops")  # in a manifest: what follows from the splits
Key = tuple[str, str, str]  # family, split, digest


@dataclass(frozen=True)
class Row:
    """A question, and the digests of what is not kept of it."""

    id: str
    task: str
    kind: str
    depth: int
    question: str
    gold: Mapping[str, Any]  # tagged
    thought: str
    scene: str  # digest
    pixels: tuple[str, ...]  # digest of each picture
    pictures: str  # digest of their files, by which an evaluation knows them

    @cached_property
    def answer(self) -> AnyAnswer:
        """The gold."""
        return answer_from_json(self.gold)

    def sample(self, family: str, split: str) -> Sample:
        """The dataset's row, without its pictures and its scene."""
        return Sample(
            id=self.id,
            family=family,
            task=self.task,
            kind=self.kind,
            split=split,
            images=(),
            question=self.question,
            answer=self.answer.text(),
            gold=to_json(self.gold),
            options=self.answer.options if isinstance(self.answer, Choice) else (),
            thought=self.thought,
            depth=self.depth,
            scene="",
        )


@dataclass(frozen=True, slots=True)
class Drops:
    """What a public dataset's records before a row were dropped as: the lines of its digests."""

    before: int  # row
    lines: str


@dataclass(frozen=True, slots=True)
class Published:
    """Which public dataset was cleaned."""

    name: str  # of its cleaner
    version: int  # of the cleaner
    published: str
    licence: str
    files: int
    bytes: int
    sha256: str
    pictures: bool = True
    may_be_shared: tuple[str, ...] = ()  # families whose rows anybody may pass on


@dataclass(frozen=True, slots=True)
class Heading:
    """What a manifest says of the whole dataset: what it was drawn by, or what was cleaned."""

    format: int
    seed: int | None = None
    image_size: tuple[int, ...] | None = None  # width and height, pixels
    level: str = "usual"
    source: Published | None = None  # None: it was drawn

    def __post_init__(self) -> None:
        """Refuse what no dataset says."""
        if not (self.seed is None) == (self.image_size is None) == (self.source is not None):
            raise ValueError("it was neither drawn, by a seed in a size, nor cleaned")
        sides = self.image_size or (LONGEST_SIDE, LONGEST_SIDE)
        if len(sides) != 2 or not all(SHORTEST_SIDE <= side <= LONGEST_SIDE for side in sides):
            raise ValueError(f"no pictures are of size {sides}")
        if self.level not in LEVELS:
            raise ValueError(f"no level {self.level!r}; there are: {', '.join(LEVELS)}")

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Self:
        """What a manifest, or a plan, says.

        Raises:
            ValueError: something that is not known here.
        """
        said = {name: value for name, value in manifest.items() if name not in OF_SPLITS}
        return from_row(cls, said)


@dataclass(frozen=True)
class Questions:
    """A split."""

    family: str
    split: str
    digest: str
    shift: str
    paired_with: str | None
    tasks: Mapping[str, int]  # the version of each
    heading: Heading
    grader: int
    rows: tuple[Row, ...]
    drops: tuple[Drops, ...]

    @property
    def key(self) -> Key:
        """What it is."""
        return self.family, self.split, self.digest

    @cached_property
    def blinds(self) -> Mapping[tuple[str, str], float]:
        """By task and kind, what the best constant answer reaches."""
        counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for row in self.rows:
            counts[row.task, row.kind][row.answer.text()] += 1
        return {kind: kind_entry(answers)["blind"] for kind, answers in counts.items()}

    def true_digest(self) -> str:
        """The digest that the manifest of a dataset with these rows has."""
        whole = sha256()
        drops = {one.before: one.lines for one in self.drops}
        for number, row in enumerate(self.rows):
            whole.update(drops.get(number, "").encode())
            whole.update(f"{to_json(self._digests(row))}\n".encode())
        whole.update(drops.get(len(self.rows), "").encode())
        return whole.hexdigest()

    def _digests(self, row: Row) -> dict[str, Any]:
        text = text_digest(row.sample(self.family, self.split))
        return {"id": row.id, "text": text, "scene": row.scene, "pixels": list(row.pixels)}

    def differs_from(self, one: Identity) -> str | None:
        """In what a run remembers the split otherwise; None: in nothing."""
        for name in SPLIT_SETTINGS:
            there, said = getattr(self, name), getattr(one, name)
            if there != said:
                return f"{name} = {said!r}, not {there!r}"
        if one.rows > len(self.rows):
            return f"{one.rows:,} rows asked, not at most {len(self.rows):,}"
        return None

    def to_bytes(self) -> bytes:
        """The file, before it is made small: a line of what it is, then one for each row."""
        drops = [asdict(one) for one in self.drops]
        first = to_json({"format": FORMAT, **self._head(), "drops": drops})
        lines = [first, *(to_json(asdict(row)) for row in self.rows)]
        return "".join(f"{line}\n" for line in lines).encode()

    def _head(self) -> dict[str, Any]:
        """What is said of the whole split."""
        head = {name: getattr(self, name) for name in _HEAD}
        return {**head, "heading": asdict(self.heading)}

    def head_digest(self) -> str:
        """A digest of what is said of the whole split: nothing else proves its seed, level, shift and source."""
        return sha256(to_json(self._head()).encode()).hexdigest()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """What is in a file.

        Raises:
            ValueError: it is none of this format, or says more than we write.
        """
        first, *lines = content.splitlines()
        head = parse_json(of_size(first))
        if not isinstance(head, dict) or head.pop("format", None) != FORMAT:
            raise ValueError(f"not of format {FORMAT}")
        found = from_row(cls, {**head, "rows": [parse_json(of_size(line)) for line in lines]})
        if found.to_bytes() != content:
            raise ValueError(
                "it is not as it is written here: something stands in it twice, or beside it"
            )
        return found


_HEAD: Final = [one.name for one in fields(Questions) if one.name not in {"rows", "drops"}]


def file_of(entries: Path, key: Key) -> Path:
    """Where a split's questions lie.

    Raises:
        BoardError: the names are none of a dataset.
    """
    family, split, digest = key
    if not (NAME.fullmatch(family) and NAME.fullmatch(split) and DIGEST.fullmatch(digest)):
        raise BoardError(f"no dataset has a split {family!r}/{split!r} with digest {digest!r}")
    return entries / FOLDER / f"{family}-{split}-{digest[:16]}{ENDING}"


def read_questions(entries: Path, key: Key) -> Questions:
    """The questions of a split, proved to be those that its digest says.

    Raises:
        BoardError: they are not there, damaged, or others.
    """
    path = file_of(entries, key)
    try:
        found = Questions.from_bytes(unsqueeze(path))
        digest = found.true_digest()
    except (ValueError, TypeError, LookupError) as problem:
        raise BoardError(f"{path} is damaged: {problem}") from None
    if found.key != key:
        raise BoardError(f"{path} holds the questions of {'/'.join(found.key[:2])}, {found.digest}")
    if digest != key[2]:
        raise BoardError(f"{path} was altered: its rows have the digest {digest}, not {key[2]}")
    return found


def write_questions(entries: Path, questions: Questions) -> None:
    """Keep a split's questions."""
    write_whole(file_of(entries, questions.key), squeeze(questions.to_bytes()))


def take_questions(source: Source) -> Questions:
    """The questions of a split of a dataset.

    Raises:
        BoardError: the dataset is not as it was built.
    """
    heading = _heading(source.part.folder)
    rows, drops = [], []
    samples = source.samples()
    for shard in source.entry["shards"]:
        stored = read_record(source.part.folder / shard["record"]["file"])
        if stored is None:
            raise BoardError(f"{source.part.folder / shard['record']['file']} is damaged")
        for line in stored.samples.splitlines():
            sample = next(samples, None)
            if sample is None:
                raise BoardError(f"{source.part.folder} lacks rows of {source.split}: audit it")
            rows.append(_row(sample, line, source.part.folder))
        if stored.drops:
            drops.append(Drops(len(rows), stored.drops.decode()))
    identity = source.identity()
    return Questions(
        **{name: getattr(identity, name) for name in SPLIT_SETTINGS},
        heading=heading,
        grader=source.entry["grader"],
        rows=tuple(rows),
        drops=tuple(_merged(drops)),
    )


def source_of(folder: Path, key: Key) -> Source | None:
    """The split in a folder of a dataset; None: it has none such."""
    family, split, digest = key
    try:
        (source,) = choose_sources([folder], (family,), [split], None)
    except BuildError:
        return None
    return source if source.identity().digest == digest else None


def _heading(folder: Path) -> Heading:
    manifest = read_manifest(folder)
    assert manifest is not None, "a source is a finished dataset"
    try:
        return Heading.of(manifest)
    except ValueError as problem:
        raise BoardError(f"{folder}: its manifest is of another version: {problem}") from None


def _row(sample: Sample, line: bytes, folder: Path) -> Row:
    digests, gold = read_object(line), read_object(sample.gold)
    if not (digests and gold and text_digest(sample) == digests["text"]):
        raise BoardError(f"{folder} was altered: {sample.id} is not as it was built; audit it")
    return Row(
        id=sample.id,
        task=sample.task,
        kind=sample.kind,
        depth=sample.depth,
        question=sample.question,
        gold=gold,
        thought=sample.thought,
        scene=digests["scene"],
        pixels=tuple(digests["pixels"]),
        pictures=Prompt(sample.images, "").pictures,
    )


def _merged(drops: list[Drops]) -> Iterator[Drops]:
    """Those before the same row as one: shards may have no rows at all."""
    lines: dict[int, str] = defaultdict(str)
    for one in drops:
        lines[one.before] += one.lines
    yield from (Drops(before, lines[before]) for before in sorted(lines))
