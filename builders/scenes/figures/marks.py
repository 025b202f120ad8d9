"""marks: signs of right angles, of equal lengths and angles and of parallels, as strokes in a picture."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from builders.scenes.figures.drawing import Corner
from builders.scenes.figures.sheet import Floats, Sheet, arc, extent, length, opening, unit

# Along a segment, where the arrow of a parallel is; where ticks have the middle.
MIDDLE: Final = 0.58
BESIDE_TICKS: Final = 0.74
FARTHEST_ARC: Final = 0.2  # of an angle, as a share of the picture's shorter side


def marks(sheet: Sheet) -> Iterator[Floats]:
    """All marks of a drawing."""
    drawing, at = sheet.drawing, sheet.at
    for corner in drawing.rights:
        yield _right(sheet, corner)
    for number, group in enumerate(drawing.ticks, 1):
        for a, b in group:
            yield from _ticks(sheet, at[a], at[b], number)
    for number, arrows in enumerate(drawing.arrows, 1):
        for a, b in arrows:
            has_ticks = any({a, b} == {*pair} for group in drawing.ticks for pair in group)
            yield from _arrows(sheet, at[a], at[b], number, BESIDE_TICKS if has_ticks else MIDDLE)
    for _, curve in arcs_of_angles(sheet):
        yield curve
    for corners in drawing.equal_angles:
        for corner in corners:
            if _is_half(corner, corners):
                yield _across(sheet, corner)


def arcs_of_angles(sheet: Sheet) -> Iterator[tuple[Corner, Floats]]:
    """The arcs in angles that are equal to others or have a label; several for a corner, perhaps."""
    drawing = sheet.drawing
    labelled = [quantity.of for quantity, _ in drawing.labels if quantity.kind == "angle"]
    grouped = [corner for corners in drawing.equal_angles for corner in corners]
    # A labelled angle has one arc: where it is of no group, no group looks so, or it would seem equal.
    beside = 0 if all(corner in grouped for corner in labelled) else 1
    for number, corners in enumerate(drawing.equal_angles, 1):
        has_strokes = all(_is_half(corner, corners) for corner in corners)
        for corner in corners:
            for step in range(number if has_strokes else number + beside):
                yield corner, _angle(sheet, corner, (1 + 0.3 * step) * _usual_reach(sheet, corner))
    for quantity, text in drawing.labels:
        if quantity.kind == "angle":
            a, vertex, c = quantity.of
            if (a, vertex, c) not in drawing.rights and (c, vertex, a) not in drawing.rights:
                corner = (a, vertex, c)
                yield corner, _angle(sheet, corner, reach(sheet, corner, text))


def _is_half(one: Corner, corners: Sequence[Corner]) -> bool:
    """Whether an equal angle has a side in common with it: their arcs run into one another."""
    return any(one[1] == other[1] and len({*one} & {*other}) == 2 for other in corners)


def _across(sheet: Sheet, corner: Corner) -> Floats:
    """A stroke across all arcs of an angle: so two halves are not taken for one whole."""
    a, vertex, c = (sheet.at[name] for name in corner)
    arcs = [curve for one, curve in arcs_of_angles(sheet) if one == corner]
    middle = unit(unit(a - vertex) + unit(c - vertex))
    radii = [length(curve[0] - vertex) for curve in arcs]
    beyond = 0.01 * sheet.short + 1.5
    return np.array(
        [vertex + middle * (min(radii) - beyond), vertex + middle * (max(radii) + beyond)]
    )


def _right(sheet: Sheet, corner: Corner) -> Floats:
    a, vertex, c = (sheet.at[name] for name in corner)
    shorter = min(length(a - vertex), length(c - vertex))
    size = min(0.042 * sheet.short + 2, 0.3 * shorter)
    first, second = unit(a - vertex) * size, unit(c - vertex) * size
    return np.array([vertex + first, vertex + first + second, vertex + second])


def _ticks(sheet: Sheet, a: Floats, b: Floats, number: int) -> Iterator[Floats]:
    along = unit(b - a)
    across = np.array((-along[1], along[0])) * (0.02 * sheet.short + 1)
    gap = along * (0.016 * sheet.short + 1)
    for step in range(number):
        middle = (a + b) / 2 + (step - (number - 1) / 2) * gap
        yield np.array([middle - across, middle + across])


def _arrows(sheet: Sheet, a: Floats, b: Floats, number: int, place: float) -> Iterator[Floats]:
    along = unit(b - a)
    size = 0.026 * sheet.short + 1
    across = np.array((-along[1], along[0])) * size * 0.75
    for step in range(number):
        tip = a + place * (b - a) + along * size * (0.9 * step)
        back = tip - along * size
        yield np.array([back + across, tip, back - across])


def _usual_reach(sheet: Sheet, corner: Corner) -> float:
    """The radius of an angle's arc: larger where the angle is smaller."""
    a, vertex, c = (sheet.at[name] for name in corner)
    shorter = min(length(a - vertex), length(c - vertex))
    wide = opening(a - vertex, c - vertex)
    return float(min(sheet.short * (0.05 + 0.05 * max(0.0, 1 - wide / 1.2)), 0.4 * shorter))


def reach(sheet: Sheet, corner: Corner, text: str) -> float:
    """The same of an angle with a label: as far as where the label has room, so that it is near."""
    usual = _usual_reach(sheet, corner)
    if any(corner in group for group in sheet.drawing.equal_angles):
        return usual  # two arcs in one angle would be another mark
    a, vertex, c = (sheet.at[name] for name in corner)
    middle = unit(unit(a - vertex) + unit(c - vertex))
    wide, high = extent(sheet.written(text), sheet.look.digits, sheet.letter)
    across = abs(middle[1]) * wide / 2 + abs(middle[0]) * high / 2
    room = across / max(0.2, math.tan(opening(a - vertex, c - vertex) / 2))
    shorter = min(length(a - vertex), length(c - vertex))
    return float(max(usual, min(room, FARTHEST_ARC * sheet.short, 0.45 * shorter)))


def _angle(sheet: Sheet, corner: Corner, far: float) -> Floats:
    a, vertex, c = (sheet.at[name] for name in corner)
    first, second = vertex + unit(a - vertex) * far, vertex + unit(c - vertex) * far
    if (a - vertex)[0] * (c - vertex)[1] - (a - vertex)[1] * (c - vertex)[0] > 0:
        first, second = second, first  # pixels count downwards
    return arc(vertex, first, second)
