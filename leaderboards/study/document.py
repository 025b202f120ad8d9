"""document: the parts of a text with tables and pictures, and how it becomes Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from reasonrft.report.markdown import inline, table

PLOTS = "plots"  # the folder of the pictures, beside the text


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph."""

    text: str
    kind: ClassVar[str] = "prose"


@dataclass(frozen=True, slots=True)
class Bullets:
    """Sentences, one below the other."""

    items: Sequence[str]
    kind: ClassVar[str] = "bullets"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of words."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    folded: str = ""  # what stands in its place on a page until it is asked for; empty: it is shown
    texts: int = 1  # its first columns, which are read and not compared
    kind: ClassVar[str] = "grid"


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot."""

    name: str  # of its file
    svg: str
    told: str  # what it shows, in words


@dataclass(frozen=True, slots=True)
class Pictures:
    """Plots beside one another."""

    items: Sequence[Picture]
    kind: ClassVar[str] = "pictures"


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows, below that of the section."""

    text: str
    kind: ClassVar[str] = "heading"


Part = Prose | Bullets | Grid | Pictures | Heading


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the text with a title."""

    title: str
    parts: Sequence[Part]


def pictures_of(sections: Sequence[Section]) -> dict[str, str]:
    """The pictures of a text by the names of their files."""
    return {
        f"{one.name}.svg": one.svg
        for section in sections
        for part in section.parts
        if isinstance(part, Pictures)
        for one in part.items
    }


def to_markdown(title: str, sections: Sequence[Section]) -> str:
    """The text, with its pictures beside it."""
    lines = [f"# {inline(title)}", ""]
    for section in sections:
        lines += [f"## {inline(section.title)}", ""]
        for part in section.parts:
            lines += [*_lines(part), ""]
    return "\n".join(lines)


def _lines(part: Part) -> Iterator[str]:
    match part:
        case Prose(text):
            yield inline(text)
        case Bullets(items):
            yield from (f"- {inline(item)}" for item in items)
        case Grid(columns, rows, folded, texts):
            if folded:
                yield from (inline(f"{folded}:"), "")
            yield from table(columns, rows, texts)
        case Pictures(items):
            yield from (f"![{inline(one.told)}]({PLOTS}/{one.name}.svg)" for one in items)
        case Heading(text):
            yield f"### {inline(text)}"
