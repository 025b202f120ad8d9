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
            sort = "half circle" if abs(size - 180) < 1e-6 else "arc" if size < 180 else "major arc"
            return f"{sort} {''.join(of[1:])}"
        case "radius":
            return f"radius of circle {of[0]}"
        case "arc length":
            return f"length of arc {''.join(of[1:])}"
        case "perimeter" if of[0] == "circle":
            return f"circumference of circle {of[1]}"
        case _:
            return f"{kind} of {region(of, figure)}"


def with_article(quantity: Quantity, figure: Figure) -> str:
    """`the area of triangle ABC`; names of lengths and angles have no article."""
    text = name(quantity, figure)
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
        return f"the half disc over {names[1]}{names[2]}"
    return figure.nouns[" ".join(of)]


def _sort_of(names: list[str], figure: Figure) -> str:
    for fact in figure.facts:
        if set(fact.of) == set(names) and len(names) == 4:
            for shape in SHAPES:
                if shape in fact.kind:
                    return shape
    return POLYGONS[len(names)]


def told(fact: Fact) -> str | None:
    """A fact in words; None where everybody sees it."""
    of = fact.of
    letters = "".join(of)
    match fact.kind:
        case "right":
            return f"∠{letters} is a right angle"
        case "equal":
            return " = ".join(a + b for a, b in zip(of[::2], of[1::2], strict=True))
        case "same angle":
            if of[1] == of[4] and len({of[0], of[2], of[3], of[5]}) == 3:
                return f"{of[1]}{of[2]} bisects ∠{of[0]}{of[1]}{of[5]}"
            return f"∠{''.join(of[:3])} = ∠{''.join(of[3:])}"
        case "parallel":
            return f"{of[0]}{of[1]} ∥ {of[2]}{of[3]}"
        case "kite":
            return f"{letters} is a kite with {of[0]}{of[1]} = {of[0]}{of[3]}"
        case "trapezoid" | "isosceles trapezoid":
            article = "an" if fact.kind.startswith("i") else "a"
            return f"{letters} is {article} {fact.kind} with {of[0]}{of[1]} ∥ {of[3]}{of[2]}"
        case "regular":
            return f"{letters} is a regular {POLYGONS[len(of)]}"
        case "tangent":
            return f"{of[0]}{of[1]} touches circle {of[2]} at {of[1]}"
        case "incircle":
            return f"circle {of[0]} touches the sides of triangle {''.join(of[1:])}"
        case "half disc":
            return f"the arc over {''.join(of[1:])} is half a circle about {of[0]}"
        case "within":
            return f"circle {of[0]} touches the sides of {''.join(of[1:])}"
        case "quarter":
            return f"the arc {of[1]}{of[3]} is a quarter of a circle about {of[0]}"
        case shape if shape in SHAPES:
            return f"{letters} is a {shape}"
        case _:
            return None
