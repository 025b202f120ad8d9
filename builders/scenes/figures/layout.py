"""layout: a drawing as strokes, areas and labels in a picture of some size."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np

from builders.scenes.figures.drawing import Drawing
from builders.scenes.figures.labels import Text, put
from builders.scenes.figures.looks import DOT, Look
from builders.scenes.figures.marks import marks
from builders.scenes.figures.measure import Edge, edges, loops
from builders.scenes.figures.sheet import Floats, Sheet, arc, circle, extent

# Around the figure, in heights of a letter: the first with which all labels are clear is taken.
MARGINS: Final = (1.45, 2.1)
WORTH_MORE: Final = 1  # labels that are not clear: with more another margin seldom helps


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line of several pieces, in pixels."""

    points: Floats  # (n, 2)
    is_mark: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture that is ready to be drawn."""

    width: int
    height: int
    letter: int  # height of letters in pixels
    areas: tuple[tuple[Floats, ...], ...]  # shaded: outer boundary and holes
    strokes: tuple[Stroke, ...]
    dots: Floats
    texts: tuple[Text, ...]
    pixels: dict[str, tuple[float, float]]  # where points are

    @property
    def unclear(self) -> int:
        """How many labels cover something, leave the picture or could be mistaken."""
        return sum(not text.is_clean for text in self.texts)

    @property
    def is_clean(self) -> bool:
        """Whether all labels are clear to read."""
        return not self.unclear

    def box_of(self, text: Text) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of a label's ink, in whole pixels around it."""
        wide, high = extent(text.text, text.font, self.letter)
        return (
            math.floor(text.x - wide / 2), math.floor(text.y - high / 2),
            math.ceil(text.x + wide / 2) + 1, math.ceil(text.y + high / 2) + 1,
        )  # fmt: skip


def lay_out(drawing: Drawing, look: Look, width: int, height: int, seed: int) -> Layout:
    """A drawing in a picture of this size."""
    best: Layout | None = None
    for margin in MARGINS:
        layout = _laid(Sheet(drawing, look, width, height, margin), Random(seed))
        if best is None or layout.unclear < best.unclear:
            best = layout
        if best.is_clean or best.unclear > WORTH_MORE:
            break
    assert best is not None
    return best


def _laid(sheet: Sheet, rng: Random) -> Layout:
    drawing, at = sheet.drawing, sheet.at
    lines = list(_lines(sheet))
    if sheet.look.wobble:
        lines = [_wobbled(one, sheet.look.wobble * sheet.short, rng) for one in lines]
    signs = list(marks(sheet))
    dots = np.array([at[name] for name in (at if sheet.look.dots else drawing.centres)])
    return Layout(
        sheet.width,
        sheet.height,
        sheet.letter,
        tuple(
            tuple(_boundary(sheet, loop) for loop in loops(name.split(" "), drawing.plane))
            for name in drawing.shaded
        ),
        (*map(Stroke, lines), *(Stroke(one, True) for one in signs)),
        dots.reshape(-1, 2),
        tuple(put(sheet, lines, [*signs, *_shown(dots, DOT * sheet.short)])),
        {name: (float(xy[0]), float(xy[1])) for name, xy in at.items()},
    )


def _shown(dots: Floats, radius: float) -> Iterator[Floats]:
    """Dots as crosses as large, which labels keep away from."""
    for dot in dots:
        for reach in np.diag((radius, radius)):
            yield np.array([dot - reach, dot + reach])


def _boundary(sheet: Sheet, loop: Sequence[Edge]) -> Floats:
    at, pieces = sheet.at, []
    for before, edge in edges(loop):
        start, end = at[before], at[edge.to]
        if edge.centre is None:
            pieces.append(np.array([start, end]))
        elif len(loop) == 1:
            pieces.append(circle(at[edge.centre], float(np.hypot(*(start - at[edge.centre])))))
        elif edge.clockwise:
            pieces.append(arc(at[edge.centre], end, start)[::-1])
        else:
            pieces.append(arc(at[edge.centre], start, end))
    return np.concatenate(pieces)


def _lines(sheet: Sheet) -> Iterator[Floats]:
    drawing, at = sheet.drawing, sheet.at
    for a, b in drawing.lines:
        yield np.array([at[a], at[b]])
    for centre, radius in drawing.circles.items():
        yield circle(at[centre], radius * sheet.scale)
    for centre, a, b in drawing.arcs:
        yield arc(at[centre], at[a], at[b])


def _wobbled(points: Floats, size: float, rng: Random) -> Floats:
    """As a hand draws it: slow waves across the line, none at its ends."""
    if len(points) == 2:
        points = points[0] + np.linspace(0, 1, 13)[:, None] * (points[1] - points[0])
    along = np.linspace(0, 1, len(points))
    waves = sum(rng.uniform(-1, 1) * np.sin(math.pi * number * along) for number in (1, 2, 3))
    steps = np.gradient(points, axis=0)
    across = np.stack([-steps[:, 1], steps[:, 0]], axis=1)
    across /= np.maximum(np.hypot(across[:, 0], across[:, 1]), 1e-9)[:, None]
    return np.asarray(points + 0.5 * size * np.asarray(waves)[:, None] * across)
