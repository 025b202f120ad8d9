"""closure: what can be read off a figure: the patterns that theorems speak of, each with the facts it rests on.

A pattern is a word and points in an order (`triangle A B C` in all six orders, `apex A B C` with each corner first
but once, `corners A B C` in one order). It rests on the facts of
the figure that must be told for it to be known, as bits of a number: 0 where the drawing shows it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, permutations, product
from typing import Final

from builders.scenes.figures.figure import Fact, Figure
from builders.scenes.figures.measure import Quantity, bearing

Names = tuple[str, ...]
Patterns = Mapping[str, Mapping[Names, int]]  # by word: points, and the facts that they rest on
Found = Iterator[tuple[str, Names, int]]
# A shape and what else it is, so that theorems of parallelograms hold for squares too.
WIDER: Final[Mapping[str, tuple[str, ...]]] = {
    "parallelogram": ("parallelogram",),
    "rectangle": ("rectangle", "parallelogram"),
    "rhombus": ("rhombus", "parallelogram", "kite"),
    "square": ("square", "rectangle", "rhombus", "parallelogram", "kite"),
    "trapezoid": ("trapezoid",),
    "isosceles trapezoid": ("isosceles trapezoid", "trapezoid"),
    "kite": ("kite",),
    "regular": ("regular",),
}


def read_off(figure: Figure) -> Patterns:
    """All patterns of a figure."""
    patterns: dict[str, dict[Names, int]] = defaultdict(dict)
    for read in (
        _stated,
        _shapes,
        _straight,
        _triangles,
        _quadrilaterals,
        _turns,
        _parallels,
        _circles,
        _tangents,
    ):
        for word, names, support in read(figure, patterns):
            there = patterns[word].get(names)
            if there is None or support.bit_count() < there.bit_count():
                patterns[word][names] = support
    return patterns


def _numbered(figure: Figure) -> Iterator[tuple[Fact, int]]:
    for place, fact in enumerate(figure.facts):
        yield fact, 1 << place


def _both(names: Sequence[str]) -> Iterator[Names]:
    yield tuple(names)
    yield tuple(reversed(names))


def _stated(figure: Figure, _there: Patterns) -> Found:
    for fact, support in _numbered(figure):
        of = fact.of
        match fact.kind:
            case "right":
                a, vertex, c = of
                for first in _along(figure, vertex, a):
                    for second in _along(figure, vertex, c):
                        yield from (
                            ("right", names, support) for names in _both((first, vertex, second))
                        )
            case "equal":
                pairs = [of[place : place + 2] for place in range(0, len(of), 2)]
                for p, q in permutations(pairs, 2):
                    yield from (("equal", (*a, *b), support) for a in _both(p) for b in _both(q))
            case "same angle":
                yield from (("same angle", names, support) for names in (of, (*of[3:], *of[:3])))
            case "midpoint" | "bisector":
                # That a point is in the middle shows in the marks of the two halves.
                shown = _marked_by(figure, fact) or support
                yield from ((fact.kind, (*of[:-2], *ends), shown) for ends in _both(of[-2:]))
            case kind if kind not in WIDER and kind != "parallel":
                yield kind, of, support


def _marked_by(figure: Figure, fact: Fact) -> int:
    """The bit of the fact that says the same in marks that can be drawn."""
    if fact.kind == "midpoint":
        m, a, b = fact.of
        wanted = {Fact("equal", (a, m, m, b)), Fact("equal", (b, m, m, a))}
    else:
        v, d, a, b = fact.of
        wanted = {Fact("same angle", (a, v, d, d, v, b))}
    return next((1 << place for place, one in enumerate(figure.facts) if one in wanted), 0)


def _along(figure: Figure, vertex: str, through: str) -> list[str]:
    """The ends of both rays of a line from a point on it."""
    line = figure.line_of(vertex, through)
    assert line is not None
    return [end for end in (line[0], line[-1]) if end != vertex]


def _shapes(figure: Figure, _there: Patterns) -> Found:
    for fact, support in _numbered(figure):
        for word in WIDER.get(fact.kind, ()):
            yield from ((word, names, support) for names in _ways_round(fact.kind, fact.of))


def _ways_round(kind: str, of: Names) -> Iterator[Names]:
    """The orders of a shape's corners in which what its kind says of it holds."""
    if "trapezoid" in kind:  # AB and DC are the parallel sides
        a, b, c, d = of
        yield from ((a, b, c, d), (b, a, d, c), (d, c, b, a), (c, d, a, b))
    elif kind == "kite":  # AB = AD and CB = CD
        a, b, c, d = of
        yield from ((a, b, c, d), (a, d, c, b), (c, b, a, d), (c, d, a, b))
    else:
        for names in _both(of):
            yield from (names[place:] + names[:place] for place in range(len(names)))


def _straight(figure: Figure, _there: Patterns) -> Found:
    for line in figure.lines:
        for a, b, c in combinations(line, 3):
            yield from (("between", names, 0) for names in _both((a, b, c)))
        for b in line[1:-1]:
            a, c = line[0], line[-1]
            for d in figure.rays(b):
                if d not in (a, c):
                    yield from (("flat", (*ends, d), 0) for ends in ((a, b, c), (c, b, a)))
    for one, other in combinations(figure.lines, 2):
        for x in set(one[1:-1]) & set(other[1:-1]):
            a, b, c, d = one[0], one[-1], other[0], other[-1]
            yield "cross", (a, x, b, c, d), 0
            yield "cross", (a, x, b, d, c), 0


def _triangles(figure: Figure, there: Patterns) -> Found:
    joined = {frozenset(pair) for line in figure.lines for pair in combinations(line, 2)}
    lines = [set(line) for line in figure.lines]

    def is_triangle(names: Names) -> bool:
        pairs = combinations(names, 2)
        return all(frozenset(pair) in joined for pair in pairs) and not any(
            line.issuperset(names) for line in lines
        )

    for names in combinations(sorted(figure.points), 3):
        if is_triangle(names):
            a, b, c = names
            yield from (("triangle", order, 0) for order in permutations(names))
            # For theorems that say the same in several of these orders.
            yield "corners", names, 0
            yield from (("apex", order, 0) for order in (names, (b, a, c), (c, a, b)))
    for (a, b, a_2, c), support in list(there["equal"].items()):
        if a == a_2 and is_triangle((a, b, c)):
            yield "isosceles", (a, b, c), support


def _quadrilaterals(figure: Figure, _there: Patterns) -> Found:
    joined = {frozenset(pair) for line in figure.lines for pair in combinations(line, 2)}
    for a, b, c, d in combinations(sorted(figure.points), 4):
        for order in ((a, b, c, d), (a, c, b, d), (a, b, d, c)):
            if _is_quadrilateral(figure, order, joined):
                yield "quadrilateral", order, 0


def _is_quadrilateral(figure: Figure, names: Names, joined: set[frozenset[str]]) -> bool:
    sides = list(zip(names, (*names[1:], names[0]), strict=True))
    if not all(frozenset(side) in joined for side in sides):
        return False
    turns = []
    for place in range(4):
        (ax, ay), (bx, by), (cx, cy) = (
            figure.points[names[(place + step) % 4]] for step in range(3)
        )
        turns.append((bx - ax) * (cy - by) - (by - ay) * (cx - bx))
    small = 1e-6 * figure.extent() ** 2
    return all(turn > small for turn in turns) or all(turn < -small for turn in turns)


def _turns(figure: Figure, _there: Patterns) -> Found:
    """Rays from one point: one within an angle; three all round."""
    for vertex in figure.points:
        rays = figure.rays(vertex)
        if len(rays) < 3:
            continue
        here = figure.points[vertex]
        turn = {end: bearing(here, figure.points[end]) for end in rays}
        for a, b, c in combinations(sorted(rays, key=lambda end: turn[end]), 3):
            gaps = {
                (a, b, c): (turn[b] - turn[a]) % 360,
                (b, c, a): (turn[c] - turn[b]) % 360,
                (c, a, b): (turn[a] - turn[c]) % 360,
            }
            steps = list(gaps.values())
            if max(steps) < 179.9:
                yield "star", (vertex, a, b, c), 0
            for (first, middle, last), gap in gaps.items():
                following = gaps[middle, last, first]
                if gap + following < 179.9:
                    yield "inside", (first, vertex, last, middle), 0


def _parallels(figure: Figure, there: Patterns) -> Found:
    seen = set()
    for (a, b, c, d), support in _directed(figure, there):
        first, second = (_along_way(figure, *pair) for pair in ((a, b), (c, d)))
        key = frozenset((tuple(sorted(first)), tuple(sorted(second))))
        if key in seen:
            continue
        seen.add(key)
        for one, two in ((first, second), (first[::-1], second[::-1])):
            yield "parallel", (one[0], one[-1], two[0], two[-1]), support
            yield "parallel", (two[0], two[-1], one[0], one[-1]), support
        for p, q in product(first, second):
            transversal = figure.line_of(p, q)
            if transversal is not None:
                yield from _cut(first, second, transversal, p, q, support)


def _directed(figure: Figure, there: Patterns) -> Iterator[tuple[Names, int]]:
    """Pairs of points on parallel lines, in one direction."""
    for fact, support in _numbered(figure):
        if fact.kind == "parallel":
            yield fact.of, support
    for word in ("parallelogram", "trapezoid"):
        for (a, b, c, d), support in there[word].items():
            yield (a, b, d, c), support


def _along_way(figure: Figure, a: str, b: str) -> list[str]:
    """The line through two points, in the direction from one to the other."""
    line = figure.line_of(a, b)
    assert line is not None
    return line if line.index(a) < line.index(b) else line[::-1]


def _cut(one: list[str], two: list[str], across: list[str], p: str, q: str, support: int) -> Found:
    """The angles where a line crosses two parallels, which are in the same direction, in p and q."""
    ahead_p, back_p = (None if end == p else end for end in (one[-1], one[0]))
    ahead_q, back_q = (None if end == q else end for end in (two[-1], two[0]))
    if across.index(p) > across.index(q):
        across = across[::-1]
    before, after = (None if end in (p, q) else end for end in (across[0], across[-1]))
    for at_p, at_q in ((ahead_p, ahead_q), (back_p, back_q)):
        if at_p and at_q:
            yield "cointerior", (at_p, p, q, at_q), support
            if before:
                yield "corresponding", (before, p, at_p, q, at_q), support
            if after:
                yield "corresponding", (after, q, at_q, p, at_p), support
    for at_p, at_q in ((ahead_p, back_q), (back_p, ahead_q)):
        if at_p and at_q:
            yield "alternate", (at_p, p, q, at_q), support


def _circles(figure: Figure, _there: Patterns) -> Found:
    for centre, there in figure.circles.items():
        for a, b in permutations(there, 2):
            line = figure.line_of(a, b)
            yield "arc", (centre, a, b), 0
            if line and centre in line:
                yield "diameter", (centre, a, b), 0
                continue
            if line:
                yield "chord", (centre, a, b), 0
            if figure.line_of(centre, a) and figure.line_of(centre, b):
                yield "radii", (centre, a, b), 0
                if figure.size(Quantity("arc", (centre, a, b))) < 180:
                    yield "central", (centre, a, b), 0
        for a in there:
            if figure.line_of(centre, a):
                yield "radius", (centre, a), 0
        yield "circle", (centre,), 0
        yield from _on_circle(figure, centre, there)


def _on_circle(figure: Figure, centre: str, there: Sequence[str]) -> Found:
    at = {one: bearing(figure.points[centre], figure.points[one]) for one in there}
    for a, b, c in permutations(there, 3):
        # Counterclockwise from B to C without meeting A.
        if (at[c] - at[b]) % 360 < (at[a] - at[b]) % 360:
            if figure.line_of(a, b) and figure.line_of(a, c):
                yield "inscribed", (centre, a, b, c), 0
        else:
            yield "arcs", (centre, b, a, c), 0
    order = sorted(there, key=at.__getitem__)
    for names in combinations(order, 4):
        if all(figure.line_of(*side) for side in zip(names, names[1:] + names[:1], strict=True)):
            turned = (names[place:] + names[:place] for place in range(4))
            yield from (("cyclic", one, 0) for one in turned)
        a, b, c, d = names
        yield from _chords(figure, centre, (a, b, c, d))
        yield from _chords(figure, centre, (b, c, d, a))


def _chords(figure: Figure, centre: str, names: Names) -> Found:
    """Chords AC and BD that cross in X, and lines AD and BC that meet outside in P."""
    a, b, c, d = names
    first, second = figure.line_of(a, c), figure.line_of(b, d)
    if first and second:
        for x in set(first) & set(second) - set(names):
            yield "crossing chords", (centre, x, a, b, c, d), 0
            yield "crossing chords", (centre, x, b, c, d, a), 0
    one, two = figure.line_of(a, d), figure.line_of(b, c)
    if one and two and one is not two:
        for p in set(one) & set(two) - set(names):
            # Near and far points of both lines, each pair counterclockwise.
            order = (c, d, a, b) if _is_between(one, p, d, a) else (a, b, c, d)
            yield "secants", (centre, p, *order), 0


def _is_between(line: Sequence[str], a: str, b: str, c: str) -> bool:
    first, middle, last = line.index(a), line.index(b), line.index(c)
    return first < middle < last or first > middle > last


def _tangents(figure: Figure, there: Patterns) -> Found:
    touching = list(there["tangent"].items())
    for (p, t, o), support in touching:
        for end in _along(figure, t, p):
            yield from _tangent_chord(figure, o, t, end, support)
        yield from _tangent_secant(figure, o, t, p, support)
    for (p, t, o), support in touching:
        for (p_2, s, o_2), support_2 in touching:
            if (p, o) == (p_2, o_2) and s != t:
                yield "two tangents", (p, t, s, o), support | support_2


def _tangent_chord(figure: Figure, o: str, t: str, end: str, support: int) -> Found:
    """The angle of a tangent and a chord TA, and the arc within it."""
    here, centre = figure.points[t], figure.points[o]
    left = _side(here, figure.points[end], centre)
    for a in figure.circles[o]:
        line = figure.line_of(t, a)
        if a == t or line is None or o in line:
            continue
        # Seen from T towards the tangent's end, the circle lies on one side; the arc starts there.
        yield "tangent chord", (o, t, end, *((t, a) if left else (a, t)), a), support


def _tangent_secant(figure: Figure, o: str, t: str, p: str, support: int) -> Found:
    for line in figure.lines:
        on = [one for one in line if one in figure.circles[o]]
        if p in line and len(on) == 2 and t not in line:
            near, far = on if _is_between(line, p, on[0], on[1]) else on[::-1]
            if _is_between(line, p, near, far):
                yield "tangent secant", (o, p, t, near, far), support


def _side(a: tuple[float, float], b: tuple[float, float], p: tuple[float, float]) -> bool:
    """Whether p is on the left of the way from a to b."""
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0
