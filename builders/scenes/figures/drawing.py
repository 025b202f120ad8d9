"""drawing: what a picture of a figure shows: lines, marks and labels, before anyone knows how large it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from builders.scenes.figures.figure import Fact, Figure
from builders.scenes.figures.measure import Plane, Quantity

Pair = tuple[str, str]
Corner = tuple[str, str, str]
MOST_GROUPS: Final = 3  # of marks of one sort: more strokes cannot be told apart


@dataclass(slots=True)
class Drawing:
    """Everything that is drawn; points by their names."""

    plane: Plane
    lines: list[Pair]
    circles: dict[str, float]  # radii, by centre
    arcs: list[Corner]  # about the first point, counterclockwise from the second to the third
    shaded: list[str]  # regions
    centres: list[str]  # drawn as dots
    rights: list[Corner] = field(default_factory=list)
    ticks: list[list[Pair]] = field(default_factory=list)  # groups of equal segments
    arrows: list[list[Pair]] = field(default_factory=list)  # groups of parallel ones
    equal_angles: list[list[Corner]] = field(default_factory=list)
    labels: list[tuple[Quantity, str]] = field(default_factory=list)


def outline(figure: Figure) -> Drawing:
    """The lines of a figure, without marks and labels."""
    unseen = {frozenset(one) for one in figure.unseen}
    lines = [
        (line[0], line[-1]) for line in figure.lines if frozenset(line) not in unseen
    ]
    whole = {one: figure.extents[one] for one in figure.circles if one not in figure.half_drawn}
    centres = [one for one in figure.extents if one in (*figure.circles, *(a for a, _, _ in figure.arcs))]
    return Drawing(
        figure.plane(), lines, whole, list(figure.arcs), list(figure.shaded), sorted(set(centres))
    )


def is_bare(figure: Figure, a: str, b: str) -> bool:
    """Whether no point lies between two points of a line that is drawn."""
    line = figure.line_of(a, b)
    return (
        line is not None
        and abs(line.index(a) - line.index(b)) == 1
        and not any(a in one and b in one for one in figure.unseen)
    )


def is_open(figure: Figure, a: str, vertex: str, c: str) -> bool:
    """Whether no ray is drawn within an angle."""
    whole = figure.size(figure.angle(a, vertex, c))
    for end in figure.rays(vertex):
        if end in (figure.ray(vertex, a), figure.ray(vertex, c)):
            continue
        parts = [figure.size(figure.angle(one, vertex, end)) for one in (a, c)]
        if abs(sum(parts) - whole) < 1e-6:
            return False
    return not any(
        figure.points and vertex in one and ({a, c} & set(one)) for one in figure.unseen
    )


def mark(drawing: Drawing, figure: Figure, fact: Fact) -> bool:
    """Draw a fact's mark; False where it has none here, and must be told in words."""
    of = fact.of
    match fact.kind:
        case "right":
            drawing.rights.append((of[0], of[1], of[2]))
            return True
        case "equal":
            return _tick(drawing, figure, [(a, b) for a, b in zip(of[::2], of[1::2], strict=True)])
        case "same angle":
            return _arc(drawing, figure, [of[:3], of[3:]])
        case "parallel":
            return _arrow(drawing, figure, [(of[0], of[1]), (of[2], of[3])])
        case "parallelogram":
            a, b, c, d = of
            return _arrow(drawing, figure, [(a, b), (d, c)]) and _arrow(
                drawing, figure, [(a, d), (b, c)]
            )
        case "trapezoid":
            a, b, c, d = of
            return _arrow(drawing, figure, [(a, b), (d, c)])
        case "rhombus" | "regular" if len(of) == 4:
            return _tick(drawing, figure, list(zip(of, (*of[1:], of[0]), strict=True)))
        case "rectangle":
            a, b, c, d = of
            drawing.rights += [(d, a, b), (a, b, c), (b, c, d), (c, d, a)]
            return True
        case "square":
            a, b, c, d = of
            if not _tick(drawing, figure, list(zip(of, (*of[1:], of[0]), strict=True))):
                return False
            drawing.rights += [(d, a, b), (b, c, d)]
            return True
        case "kite":
            a, b, c, d = of
            return _tick(drawing, figure, [(a, b), (a, d)]) and _tick(
                drawing, figure, [(c, b), (c, d)]
            )
        case _:
            return False


def _tick(drawing: Drawing, figure: Figure, pairs: Sequence[Pair]) -> bool:
    if not all(is_bare(figure, *pair) for pair in pairs):
        return False
    return _grouped(drawing.ticks, [(a, b) if a < b else (b, a) for a, b in pairs])


def _arrow(drawing: Drawing, figure: Figure, pairs: Sequence[Pair]) -> bool:
    """Arrows on the longest bare part of each line."""
    group = []
    for a, b in pairs:
        line = figure.line_of(a, b)
        assert line is not None
        parts = [pair for pair in zip(line, line[1:], strict=False) if is_bare(figure, *pair)]
        if not parts:
            return False
        first, last = max(parts, key=lambda pair: figure.distance(*pair))
        forward = line.index(a) < line.index(b)
        group.append((first, last) if forward else (last, first))
    known = {frozenset(pair): pair for there in drawing.arrows for pair in there}
    return _grouped(drawing.arrows, [known.get(frozenset(pair), pair) for pair in group])


def _arc(drawing: Drawing, figure: Figure, corners: Sequence[Sequence[str]]) -> bool:
    whole = [figure.angle(a, vertex, c).of for a, vertex, c in corners]
    if not all(is_open(figure, a, vertex, c) for a, vertex, c in whole):
        return False
    return _grouped(drawing.equal_angles, [(a, vertex, c) for a, vertex, c in whole])


Marked = TypeVar("Marked", Pair, Corner)


def _grouped(groups: list[list[Marked]], new: list[Marked]) -> bool:
    """Add what is alike to the group that has some of it, or as a group of its own."""
    touching = [group for group in groups if set(group) & set(new)]
    if not touching and len(groups) >= MOST_GROUPS:
        return False
    for group in touching:
        groups.remove(group)
    groups.append(list(dict.fromkeys([*(one for group in touching for one in group), *new])))
    return True
