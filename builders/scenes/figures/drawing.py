"""drawing: what a picture of a figure shows: lines, marks and labels, before anyone knows how large it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from builders.scenes.figures.figure import Fact, Figure
from builders.scenes.figures.measure import Plane, Quantity

Pair = tuple[str, str]
Corner = tuple[str, str, str]
MOST_TICKS = 3


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
    if len(drawing.ticks) >= MOST_TICKS or not all(is_bare(figure, *pair) for pair in pairs):
        return False
    drawing.ticks.append(list(pairs))
    return True


def _arrow(drawing: Drawing, figure: Figure, pairs: Sequence[Pair]) -> bool:
    """Arrows on the longest bare part of each line."""
    if len(drawing.arrows) >= MOST_TICKS:
        return False
    group = []
    for a, b in pairs:
        line = figure.line_of(a, b)
        assert line is not None
        if line.index(a) > line.index(b):
            line = line[::-1]
        parts = [pair for pair in zip(line, line[1:], strict=False) if is_bare(figure, *pair)]
        group.append(max(parts, key=lambda pair: figure.distance(*pair)))
    drawing.arrows.append(group)
    return True


def _arc(drawing: Drawing, figure: Figure, corners: Sequence[Sequence[str]]) -> bool:
    whole = [(a, vertex, c) for a, vertex, c in corners]
    if len(drawing.equal_angles) >= MOST_TICKS or not all(is_open(figure, *one) for one in whole):
        return False
    drawing.equal_angles.append(whole)
    return True
