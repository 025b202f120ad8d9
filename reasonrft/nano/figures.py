"""figures: diagrams for the base to learn to read: training's constructions, with sizes made up.

The figures are those of training's side; the sizes written on them are not theirs, for reading asks for no theorem.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from random import Random
from typing import Final

import numpy as np

from builders.scenes.figures.catalogue import BASES, construct
from builders.scenes.figures.drawing import Drawing, is_bare, is_open, mark, outline
from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.labels import ORDER
from builders.scenes.figures.layout import Layout, lay_out
from builders.scenes.figures.looks import plain_look
from builders.scenes.figures.measure import Kind, Quantity
from builders.scenes.figures.picture import paint
from builders.scenes.figures.sheet import font
from builders.tasks.geometry import find_angle, find_area, find_length
from builders.tasks.geometry._drawing import EASY, in_large_letters
from builders.tasks.geometry._names import name, told
from builders.tasks.geometry._problem import is_visible
from builders.tasks.geometry._sides import Side, side_of
from reasonrft.nano.architecture import PATCH
from reasonrft.nano.sight import SIGN, SIGNS, Array, Sight, blank

ADDITIONS: Final = EASY.additions  # to a construction: with more begins what ood-depth shows
MARKED: Final = 0.8  # of the facts that have a mark
MOST_SIZES: Final = 4
COVERED: Final = 0.3  # of a sign lies on a patch, for the patch to show it
LONGEST: Final[Mapping[Kind, int]] = {"length": 400, "angle": 175, "arc": 175}  # sizes made up
ROOTS: Final = (2, 3, 5, 6, 7, 10, 13)
TRAINED: Final = tuple(
    base
    for base in BASES
    if any(
        base in sort.bases
        for task in (find_angle, find_area, find_length)
        for sort in task.KINDS.values()
    )
)

Pixel = tuple[float, float]  # from the left and from the top


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be read from a figure's picture."""

    points: Mapping[str, Pixel]
    written: Sequence[tuple[str, Pixel]]  # all that is written, names too, and where its middle is
    sizes: Mapping[str, tuple[str, Pixel]]  # what each written size belongs to, such as `∠ABC`
    segments: Sequence[str]  # named as their sizes are, in the alphabet's order
    marks: Sequence[str]  # what marks say, such as `AB ∥ CD`


def diagrams(
    count: int, side: Side, width: int, height: int, rng: Random
) -> Iterator[tuple[Sight, Reading]]:
    """So many diagrams of figures of a side."""
    while count:
        found = _diagram(side, width, height, rng)
        if found is not None:
            count -= 1
            yield found


def _diagram(side: Side, width: int, height: int, rng: Random) -> tuple[Sight, Reading] | None:
    try:
        figure = construct(rng.choice(TRAINED), rng.choice(ADDITIONS), rng)
    except UnsuitableError:
        return None
    if side_of(figure.points) != side:
        return None
    drawing = outline(figure)
    marks = []
    for fact in figure.facts:
        words = told(fact)
        if words is not None and rng.random() < MARKED and mark(drawing, figure, fact):
            marks.append(words)
    able = list(_able(figure))
    drawing.labels += [
        (one, _size(one, rng))
        for one in rng.sample(able, min(len(able), rng.randint(1, MOST_SIZES)))
    ]
    look = in_large_letters(plain_look(rng))
    layout = lay_out(drawing, look, width, height, rng.getrandbits(32))
    if not layout.is_clean:
        return None
    pixels = np.asarray(paint(layout, look))
    return Sight(pixels, *_patches(layout)), Reading(
        layout.pixels,
        [(text.text, (text.x, text.y)) for text in layout.texts],
        _sizes(drawing, layout, figure),
        sorted(name(figure.length(*line), figure) for line in drawing.lines),
        sorted(marks),
    )


def _able(figure: Figure) -> Iterator[Quantity]:
    """The sizes that a label in the picture can mean."""
    names = sorted(figure.points)
    yield from (figure.length(a, b) for a, b in combinations(names, 2) if is_bare(figure, a, b))
    rights = figure.rights()
    for vertex in names:
        for a, c in combinations(sorted(set(figure.rays(vertex))), 2):
            angle = figure.angle(a, vertex, c)
            is_straight = figure.size(angle) > LONGEST["angle"]
            if angle not in rights and not is_straight and is_open(figure, a, vertex, c):
                yield angle
    for centre, there in figure.circles.items():
        arcs = (Quantity("arc", (centre, a, b)) for a, b in permutations(there, 2))
        yield from (arc for arc in arcs if is_visible(arc, figure))


def _size(quantity: Quantity, rng: Random) -> str:
    """A size as problems write one: mostly a number, else in x, a root or a question mark."""
    number = rng.randint(1, min(LONGEST[quantity.kind], rng.choice([20, 100, 400])))
    factor = rng.randint(2, 9)
    forms = {str(number): 12, "x": 3, "?": 1, f"{factor}x": 3}
    if quantity.kind == "length":
        forms[f"{factor}√{rng.choice(ROOTS)}"] = 2
    (text,) = rng.choices(list(forms), list(forms.values()))
    return text if quantity.kind == "length" or text == "?" else f"{text}°"


def _sizes(drawing: Drawing, layout: Layout, figure: Figure) -> dict[str, tuple[str, Pixel]]:
    """What each size belongs to: a layout has their labels first, in this order."""
    ordered = sorted(drawing.labels, key=lambda one: (ORDER.get(one[0].kind, 3), one[0]))
    texts = [text for text in layout.texts if not text.is_name]
    return {
        name(quantity, figure): (text.text, (text.x, text.y))
        for (quantity, _), text in zip(ordered, texts, strict=True)
    }


def _patches(layout: Layout) -> tuple[Array, Array]:
    """The signs that are written on each patch, and where each patch is."""
    labels, where = blank((layout.height, layout.width))
    rows, columns = labels.shape[:2]
    labels[..., SIGN:] = 0
    down, along = np.mgrid[:rows, :columns]
    where[..., 0] = (2 * along + 1) / columns - 1
    where[..., 1] = (2 * down + 1) / rows - 1
    found: dict[tuple[int, int], list[tuple[float, int]]] = {}
    for written, box in _signs(layout):
        if written not in SIGNS:
            continue
        x0, y0, x1, y1 = box
        for row in range(int(y0) // PATCH, min(rows - 1, int(y1) // PATCH) + 1):
            for column in range(int(x0) // PATCH, min(columns - 1, int(x1) // PATCH) + 1):
                wide = min(x1, (column + 1) * PATCH) - max(x0, column * PATCH)
                high = min(y1, (row + 1) * PATCH) - max(y0, row * PATCH)
                if wide * high >= COVERED * (x1 - x0) * (y1 - y0):
                    found.setdefault((row, column), []).append((x0, SIGNS.index(written) + 1))
    for place, there in found.items():
        for number, (_, sign) in enumerate(sorted(there)[:2]):
            labels[(*place, SIGN + number)] = sign
    return labels, where


def _signs(layout: Layout) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    """Every sign that is written, and its box."""
    for text in layout.texts:
        face = font(text.font, layout.letter)
        left, top, right, bottom = face.getbbox(text.text, anchor="mm")
        wide, high = right - left, bottom - top
        x, y = text.x + 0.5 - wide / 2, text.y + 0.5 - high / 2  # where `paint` writes it
        whole = face.getlength(text.text)
        for place, sign in enumerate(text.text):
            start, end = (
                face.getlength(text.text[:cut]) / whole * wide for cut in (place, place + 1)
            )
            yield sign, (x + start, y, x + end, y + high)
