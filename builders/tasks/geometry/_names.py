"""_names: what quantities, regions and facts are called in words."""

from collections.abc import Mapping
from typing import Final

from builders.scenes.figures.figure import Fact, Figure
from builders.scenes.figures.measure import Quantity

POLYGONS: Final[Mapping[int, str]] = {
    3: "triangle", 4: "quadrilateral", 5: "pentagon", 6: "hexagon", 8: "octagon",
}  # fmt: skip
SHAPES: Final = ("square", "rectangle", "rhombus", "parallelogram", "kite", "trapezoid")


def name(quantity: Quantity, figure: Figure) -> str:
    """`AB`, `∠ABC`, `arc AB`, `area of triangle ABC`."""
    kind, of = quantity
    match kind:
        case "length":
            centred = of[1] in figure.extents and of[0] not in figure.extents
            return "".join(reversed(of)) if centred else "".join(of)
        case "angle":
            return f"∠{''.join(of)}"
        case "arc":
            size = figure.size(quantity)
            sort = "semicircle" if abs(size - 180) < 1e-6 else "arc" if size < 180 else "major arc"
            return f"{sort} {''.join(of[1:])}"
        case "radius":
            is_half = any(fact.kind == "half disc" and fact.of[0] == of[0] for fact in figure.facts)
            return "radius of the semicircle" if is_half else f"radius of circle {of[0]}"
        case "arc length":
            return f"length of arc {''.join(of[1:])}"
        case "perimeter" if of[0] == "circle":
            return f"circumference of circle {of[1]}"
        case _:
            return f"{kind} of {region(of, figure)}"


def with_article(quantity: Quantity, figure: Figure, *, plainly: bool = False) -> str:
    """`the area of triangle ABC`; names of lengths and angles have no article.

    Args:
        quantity: What is named.
        figure: Where it is.
        plainly: Whether a shape's name tells no more than how many corners it has.
    """
    text = name(quantity, figure)
    if plainly and quantity.of[0] == "polygon":
        corners = quantity.of[1:]
        text = f"{quantity.kind} of {POLYGONS[len(corners)]} {''.join(corners)}"
    return text if quantity.kind in ("length", "angle", "arc") else f"the {text}"


def region(of: tuple[str, ...], figure: Figure) -> str:
    """`triangle ABC`, `circle O`, `sector AOB`, `the shaded region`."""
    sort, *names = of
    if sort == "polygon":
        return f"{_sort_of(names, figure)} {''.join(names)}"
    if sort == "circle":
        return f"circle {names[0]}"
    if sort == "sector":
        return f"sector {names[1]}{names[0]}{names[2]}"
    if sort == "half":
        return f"the semicircle over {names[1]}{names[2]}"
    return figure.nouns[" ".join(of)]


def _sort_of(names: list[str], figure: Figure) -> str:
    for fact in figure.facts:
        if set(fact.of) == set(names) and len(names) == 4:
            for shape in SHAPES:
                if shape in fact.kind:
                    return shape
    return POLYGONS[len(names)]


# Facts in words, `{0}` being their first point and `{all}` all of them; others are seen by everybody.
WORDS: Final[Mapping[str, str]] = {
    "right": "∠{all} is a right angle",
    "parallel": "{0}{1} ∥ {2}{3}",
    "kite": "{all} is a kite with {0}{1} = {0}{3}",
    "trapezoid": "{all} is a trapezoid with {0}{1} ∥ {3}{2}",
    "isosceles trapezoid": "{all} is an isosceles trapezoid with {0}{1} ∥ {3}{2}",
    "tangent": "{0}{1} is tangent to circle {2} at {1}",
    "incircle": "circle {0} is inscribed in triangle {1}{2}{3}",
    "half disc": "the arc over {1}{2} is a semicircle with centre {0}",
    "within": "circle {0} is inscribed in {1}{2}{3}{4}",
    "quarter": "the arc from {1} to {3} is a quarter circle with centre {0}",
    "parallelogram": "{all} is a parallelogram",
    "rectangle": "{all} is a rectangle",
    "rhombus": "{all} is a rhombus",
    "square": "{all} is a square",
}


def told(fact: Fact) -> str | None:
    """A fact in words; None where everybody sees it."""
    of = fact.of
    if fact.kind == "equal":
        return " = ".join(a + b for a, b in zip(of[::2], of[1::2], strict=True))
    if fact.kind == "regular":
        return f"{''.join(of)} is a regular {POLYGONS[len(of)]}"
    if fact.kind == "same angle":
        a, vertex, b, _, vertex_2, c = of
        if vertex == vertex_2 and b == of[3]:
            return f"{vertex}{b} bisects ∠{a}{vertex}{c}"
        return f"∠{a}{vertex}{b} = ∠{''.join(of[3:])}"
    words = WORDS.get(fact.kind)
    return words and words.format(*of, all="".join(of))
