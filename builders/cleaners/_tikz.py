"""_tikz: what does a figure of GeomVerse measure, where its drawing is to scale?

The commands give every corner its place. What is asked for is measured there with the source's π of 3.14: not the way its solution
goes, which rounds every step to two decimals.
"""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

PI: Final = 3.14
_LENGTH: Final = r"(-?(?:\d{1,9}(?:\.\d*)?|\.\d+))"
_CORNER: Final = re.compile(rf"\\coordinate \((\w+)\) at \({_LENGTH}, ?{_LENGTH}\);")
_ASKED: Final = re.compile(
    r"ompute the (?P<what>degree|length|area|perimeter|arc length|diagonal) of the "
    r"(?P<name>[A-Z]{2,6}) (?P<sort>angle|side|shape|sector|[a-z ]*?(?:triangle|square|rectangle|parallelogram|trapezoid))\b"
)
_SHAPE: Final = (
    r"\bthe {name} shape is (?P<sort>a combination of a rectangle and (?:a semi-circle|an equilateral triangle)"
    r"|a rectangle where (?:a semi-circle|an equilateral triangle) has been removed from one side of it"
    r"|a square where a circle has been removed from it)"
)
Point = complex


def asked(question: str) -> str | None:
    """What sort of quantity a question asks for; None where that is not known."""
    found = _ASKED.search(question)
    return found["what"] if found else None


def measured(question: str, tikz: str) -> float | None:
    """The value of what is asked for, as it is drawn; None where it is nothing that is known here."""
    found = _ASKED.search(question)
    if found is None:
        return None
    places = {name: complex(float(x), float(y)) for name, x, y in _CORNER.findall(tikz)}
    if not set(found["name"]) <= places.keys():
        return None
    corners = [places[letter] for letter in found["name"]]
    match found["what"], found["sort"]:
        case "degree", "angle" if len(corners) == 3:
            return _degrees(corners)
        case "length", "side" if len(corners) == 2:
            return abs(corners[0] - corners[1])
        case "diagonal", "rectangle":
            return abs(corners[0] - corners[2])
        case what, "sector" if len(corners) == 3:
            return _of_sector(what, corners)
        case what, "shape":
            return _of_shape(what, found["name"], corners, question)
        case what, _:
            return _of_polygon(what, corners)


def _degrees(corners: Sequence[Point]) -> float:
    """The angle at the middle one of three points."""
    one, corner, other = corners
    legs = abs(one - corner) * abs(other - corner)
    if not legs:
        return math.nan
    cosine = ((one - corner) * (other - corner).conjugate()).real / legs
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


def _of_sector(what: str, corners: Sequence[Point]) -> float | None:
    """A sector is called by an end, its centre and the other end."""
    radius = abs(corners[0] - corners[1])
    arc = _degrees(corners) / 180 * PI * radius
    values: Mapping[str, float] = {
        "area": arc * radius / 2,
        "perimeter": arc + 2 * radius,
        "arc length": arc,
    }
    return values.get(what)


def _of_polygon(what: str, corners: Sequence[Point]) -> float | None:
    ring = [*corners, corners[0]]
    if what == "perimeter":
        return sum(abs(one - other) for one, other in pairwise(ring))
    if what == "area":
        return abs(sum((one.conjugate() * other).imag for one, other in pairwise(ring))) / 2
    return None


def _of_shape(what: str, name: str, corners: Sequence[Point], question: str) -> float | None:
    """A shape is a rectangle with a half circle on its last side, or without; or what its corners say."""
    found = re.search(_SHAPE.format(name=name), question)
    if found is None:
        return None
    whole = _of_polygon(what, corners)
    width = abs(corners[-1] - corners[0])
    if whole is None or "triangle" in found["sort"]:
        return whole
    if "square" in found["sort"]:
        return whole - PI * width**2 / 4 if what == "area" else None
    if what == "perimeter":
        return whole - width + PI * width / 2
    half = PI * width**2 / 8
    return whole - half if "removed" in found["sort"] else whole + half
