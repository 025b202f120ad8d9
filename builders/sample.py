"""sample: what a task draws, and the dataset row made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self

from PIL import Image

from evaluators import AnyAnswer


@dataclass(frozen=True, slots=True)
class Draft:
    """What a task draws, pictures still in memory."""

    question: str
    answer: AnyAnswer
    thought: str  # ends in the gold answer; empty where a public dataset has no true one
    kind: str  # of question: the unit of balance and of breakdown
    depth: int  # steps of reasoning; each family states its meaning
    scene: dict[str, Any]  # JSON: everything that `solve` needs
    # Of a public dataset: opened when the rest is known to hold.
    images: tuple[Image.Image, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """A dataset row; the fields are its columns, in their order."""

    id: str
    family: str
    task: str
    kind: str
    split: str
    images: tuple[bytes, ...]  # PNG
    question: str
    answer: str  # the gold as text
    gold: str  # the gold as JSON, tagged with its kind
    options: tuple[str, ...]
    thought: str
    depth: int
    scene: str  # JSON

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """What a Parquet file has of a row, all columns of it."""
        images = tuple(image["bytes"] for image in row["images"])
        return cls(**{**row, "images": images, "options": tuple(row["options"])})


COLUMNS: Final = tuple(field.name for field in fields(Sample))


@dataclass(frozen=True, slots=True)
class Made:
    """A row, with its pictures still in memory."""

    sample: Sample
    images: tuple[Image.Image, ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A record of a public dataset that becomes no row."""

    id: str
    split: str
    place: str  # its file, and where in it
    reason: str
    detail: str
