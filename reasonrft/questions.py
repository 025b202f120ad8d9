"""questions: which samples are asked, of which datasets, and how are they read?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, Self

from builders.files import BuildError
from builders.manifest import MANIFEST, ManifestError, read_manifest
from builders.parts import Part, choose_parts, samples
from builders.sample import Sample


@dataclass(frozen=True, slots=True)
class Source:
    """A split of a dataset, and how many of its rows are asked."""

    part: Part
    entry: Mapping[str, Any]  # what the manifest says of the split
    limit: int | None = None  # its first rows; None: all

    @property
    def family(self) -> str:
        """The family of its questions."""
        return self.part.family

    @property
    def split(self) -> str:
        """Its split."""
        return self.part.split

    @property
    def rows(self) -> int:
        """How many questions it has."""
        rows: int = self.entry["rows"]
        return rows if self.limit is None else min(rows, self.limit)

    def samples(self) -> Iterator[Sample]:
        """Its samples, in their order."""
        return samples(self.part, self.limit)

    def kind(self, sample: Sample) -> Mapping[str, Any]:
        """What the manifest says of the kind of a question.

        Raises:
            BuildError: nothing.
        """
        kind: Mapping[str, Any] | None
        kind = self.entry["kinds"].get(sample.task, {}).get(sample.kind)
        if kind is None:
            said = (
                f"{sample.id} is of {sample.task}, {sample.kind}, of which {MANIFEST} tells nothing"
            )
            raise BuildError(f"{self.part.folder}: {said}; `rrft audit` it")
        return kind

    def identity(self, draws: int = 1) -> "Identity":
        """What it is, wherever it lies, with so many answers to each question."""
        return Identity(
            family=self.family,
            split=self.split,
            asked=(self.rows,) * draws,
            digest=self.entry["digest"],
            shift=self.entry["shift"],
            paired_with=self.entry["paired_with"],
            tasks=dict(self.entry["tasks"]),
            folder=str(self.part.folder.resolve()),
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """A split as a run remembers it."""

    family: str
    split: str
    asked: tuple[int, ...]  # questions: for a first answer, for a second one, …
    digest: str  # of every sample in it, asked or not
    shift: str  # how it differs from training
    paired_with: str | None  # the split whose problems it shows anew
    tasks: Mapping[str, int]  # the version of each
    folder: str  # where its pictures were

    @property
    def key(self) -> tuple[str, str]:
        """What it is called."""
        return self.family, self.split

    @property
    def rows(self) -> int:
        """How many of its questions are asked."""
        return max(self.asked, default=0)

    def with_asked(self, other: Self) -> Self:
        """The same with what is asked of the other too."""
        both = zip_longest(self.asked, other.asked, fillvalue=0)
        return replace(self, asked=tuple(map(max, both)))

    def is_same(self, other: Self) -> bool:
        """Whether both are the same samples, however many of them are asked."""
        return (self.key, self.digest) == (other.key, other.digest)


def choose_sources(
    folders: Sequence[Path],
    families: tuple[str, ...] | None,
    splits: Sequence[str],
    limit: int | None,
) -> list[Source]:
    """The splits of finished datasets that are chosen, in their usual order; None: of every family.

    Raises:
        BuildError: a folder is no finished dataset, there is no such split, or two folders have it.
    """
    parts = choose_parts(folders, families, splits)
    sources = [Source(part, _entry(part), limit) for part in parts]
    keys = [(source.family, source.split) for source in sources]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice:
        raise BuildError(f"{'/'.join(twice)} is in more than one of the folders; name one of them")
    return sources


def _entry(part: Part) -> Mapping[str, Any]:
    try:
        manifest = read_manifest(part.folder)
    except ManifestError as problem:
        advice = "; delete it: the commands that built it write it anew" if problem.mendable else ""
        raise BuildError(f"{problem}{advice}") from None
    if manifest is None:
        raise BuildError(f"{part.folder} is no finished dataset: it has no {MANIFEST}")
    entry: Mapping[str, Any] | None = manifest["families"].get(part.family, {}).get(part.split)
    if entry is None:
        raise BuildError(
            f"{part.folder}: {part.family}/{part.split} is not finished; build it first"
        )
    return entry
