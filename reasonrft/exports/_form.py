"""_form: a form of export as data: which files it has of a split, and what a row becomes in each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from builders.sample import Sample

Row = dict[str, Any]
Layout = Literal["json", "jsonl", "parquet"]
PLACE: Final = "<image>"  # where a picture stands in a text


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One file of a split."""

    ending: str  # of its name: `-cot`
    layout: Layout
    # What a row becomes; the texts are the names of its picture files. None: there is no such row.
    row: Callable[[Sample, Sequence[str]], Row | None]
    # For Parquet, as `datasets` reads them. Its pictures are in the file.
    features: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A file that was written."""

    file: str
    family: str
    split: str
    sheet: Sheet
    rows: int


@dataclass(frozen=True, slots=True)
class Form:
    """A form of export."""

    name: str  # kebab-case; its file's name in snake_case
    summary: str  # who reads it, and what for
    sheets: Sequence[Sheet]
    also: Callable[[Sequence[Named]], Mapping[str, bytes]] = lambda _files: {}  # files besides


def with_places(text: str, pictures: int) -> str:
    """A text that begins with a place for each picture, and has no other.

    Raises:
        ValueError: it has one of its own.
    """
    if PLACE in text:
        raise ValueError(f"it has {PLACE} in its text, which would stand for a picture")
    return PLACE * pictures + text
