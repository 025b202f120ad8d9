"""drawing: what a picture of a figure shows: lines, marks and labels, before anyone knows how large it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from typing import Final, NamedTuple, TypeVar

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
    lines = [(line[0], line[-1]) for line in figure.lines if frozenset(line) not in unseen]
    whole = {one: figure.extents[one] for one in figure.circles if one not in figure.half_drawn}
    centres = sorted({*figure.circles, *(centre for centre, _, _ in figure.arcs)})
    return Drawing(figure.plane(), lines, whole, list(figure.arcs), list(figure.shaded), centres)


def is_bare(figure: Figure, a: str, b: str) -> bool:
    """Whether no point lies between two points of a line that is drawn."""
    line = figure.line_of(a, b)
    return line is not None and abs(line.index(a) - line.index(b)) == 1 and is_seen(figure, a, b)


def is_seen(figure: Figure, a: str, b: str) -> bool:
    """Whether the line through two points is drawn."""
    return figure.line_of(a, b) is not None and not any(
        a in one and b in one for one in figure.unseen
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
    return is_seen(figure, vertex, a) and is_seen(figure, vertex, c)


class Signs(NamedTuple):
    """The marks of a shape, its corners by number."""

    ticks: tuple[tuple[tuple[int, int], ...], ...] = ()
    arrows: tuple[tuple[tuple[int, int], ...], ...] = ()
    rights: tuple[tuple[int, int, int], ...] = ()


_ROUND: Final = ((0, 1), (1, 2), (2, 3), (3, 0))
_BASES: Final = ((0, 1), (3, 2))
_LEGS: Final = ((0, 3), (1, 2))
SIGNS: Final[Mapping[str, Signs]] = {
    "parallelogram": Signs(arrows=(_BASES, _LEGS)),
    "trapezoid": Signs(arrows=(_BASES,)),
    "isosceles trapezoid": Signs(ticks=(_LEGS,), arrows=(_BASES,)),
    "rhombus": Signs(ticks=(_ROUND,)),
    "kite": Signs(ticks=(((0, 1), (0, 3)), ((2, 1), (2, 3)))),
    "rectangle": Signs(rights=((3, 0, 1), (0, 1, 2), (1, 2, 3), (2, 3, 0))),
    "square": Signs(ticks=(_ROUND,), rights=((3, 0, 1), (1, 2, 3))),
}


def mark(drawing: Drawing, figure: Figure, fact: Fact) -> bool:
    """Draw a fact's mark; False where it has none here, and must be told in words."""
    tried = replace(
        drawing,
        rights=list(drawing.rights),
        ticks=list(drawing.ticks),
        arrows=list(drawing.arrows),
        equal_angles=list(drawing.equal_angles),
    )
    if not _mark(tried, figure, fact):
        return False
    drawing.rights, drawing.ticks = tried.rights, tried.ticks
    drawing.arrows, drawing.equal_angles = tried.arrows, tried.equal_angles
    return True


def _mark(drawing: Drawing, figure: Figure, fact: Fact) -> bool:
    of = fact.of
    match fact.kind:
        case "right":
            return _square(drawing, figure, [(of[0], of[1], of[2])])
        case "equal":
            return _tick(drawing, figure, list(zip(of[::2], of[1::2], strict=True)))
        case "same angle":
            return _arc(drawing, figure, [of[:3], of[3:]])
        case "parallel":
            return _arrow(drawing, figure, [(of[0], of[1]), (of[2], of[3])])
        case kind if kind in SIGNS:
            signs = SIGNS[kind]
            return (
                _square(drawing, figure, [(of[a], of[v], of[c]) for a, v, c in signs.rights])
                and all(
                    _tick(drawing, figure, [(of[a], of[b]) for a, b in group])
                    for group in signs.ticks
                )
                and all(
                    _arrow(drawing, figure, [(of[a], of[b]) for a, b in group])
                    for group in signs.arrows
                )
            )
        case _:
            return False


def _square(drawing: Drawing, figure: Figure, corners: Sequence[Corner]) -> bool:
    """Small squares in right angles: not where a side is not drawn, as below half a disc."""
    if not all(is_seen(figure, vertex, end) for a, vertex, c in corners for end in (a, c)):
        return False
    drawing.rights += corners
    return True


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
        parts = [pair for pair in pairwise(line) if is_bare(figure, *pair)]
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


Marked = TypeVar("Marked", bound=tuple[str, ...])


def _grouped(groups: list[list[Marked]], new: list[Marked]) -> bool:
    """Add what is alike to the group that has some of it, or as a group of its own."""
    touching: list[list[Marked]] = [group for group in groups if set(group) & set(new)]
    if not touching and len(groups) >= MOST_GROUPS:
        return False
    for group in touching:
        groups.remove(group)
    groups.append(list(dict.fromkeys([*chain.from_iterable(touching), *new])))
    return True
