"""examples: what do a dataset's rows look like: one of each task with its pictures, and how long they are?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from builders.parts import Part, batches, find_parts, samples
from builders.sample import Sample

EXAMPLES: Final = "examples"  # the folder of their pictures
ROWS_AT_ONCE: Final = 1_000  # without their pictures
LENGTHS: Final = ("depth", "question", "thought")


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long the rows of a split are."""

    depths: tuple[int, int]  # the least and the greatest
    question: float  # words, on average
    thought: float


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What only the rows themselves tell."""

    examples: tuple[Sample, ...]  # the first of each task, in its family's first split
    lengths: Mapping[tuple[str, str], Lengths]  # by family and split

    def pictures(self) -> dict[str, bytes]:
        """The pictures of the examples by their paths in the dataset's folder."""
        return {
            path: picture
            for example in self.examples
            for path, picture in zip(picture_paths(example), example.images, strict=True)
        }


def picture_paths(example: Sample) -> list[str]:
    """Where the pictures of an example lie."""
    return [
        f"{EXAMPLES}/{example.family}-{example.task}-{number}.png"
        for number in range(1, len(example.images) + 1)
    ]


def look_at(folder: Path) -> Glimpse:
    """A glimpse of a finished dataset, which follows from its rows alone.

    Raises:
        BuildError: a file is damaged.
    """
    parts = find_parts(folder)
    first = {part.family: part for part in reversed(parts)}
    found = [example for family in sorted(first) for example in _one_of_each_task(first[family])]
    lengths = {(part.family, part.split): _lengths(part) for part in parts}
    return Glimpse(tuple(found), {key: one for key, one in lengths.items() if one})


def _one_of_each_task(part: Part) -> list[Sample]:
    found: dict[str, Sample] = {}
    missing = set(_tasks(part))
    for sample in samples(part):
        found.setdefault(sample.task, sample)
        if found.keys() == missing:
            break
    return [found[task] for task in sorted(found)]


def _tasks(part: Part) -> Iterator[str]:
    for batch in batches(part, ("task",), ROWS_AT_ONCE):
        yield from (row["task"] for row in batch)


def _lengths(part: Part) -> Lengths | None:
    rows = [row for batch in batches(part, LENGTHS, ROWS_AT_ONCE) for row in map(_measured, batch)]
    if not rows:  # all records were dropped
        return None
    depths = [depth for depth, _, _ in rows]
    question, thought = (sum(row[place] for row in rows) / len(rows) for place in (1, 2))
    return Lengths((min(depths), max(depths)), question, thought)


def _measured(row: Mapping[str, Any]) -> tuple[int, int, int]:
    return row["depth"], len(row["question"].split()), len(row["thought"].split())
