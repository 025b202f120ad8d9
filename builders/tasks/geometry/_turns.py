"""_turns: how often has a construction its turn? Seldom where its problems would come again.

Of few figures there are few problems, and of figures on which nearly any question makes a problem there would be
too many.
"""

from collections.abc import Mapping
from typing import Final

# A construction's sizes come again without additions as often as if there were so many, all as likely; where they are
# few. `python -m benchmarks.figures` measures them.
SIZES_OF: Final[Mapping[str, int]] = {
    "right triangle of angles": 51, "isosceles of angles": 55, "rhombus of angles": 95, "angle in half circle": 146,
    "two tangents": 288, "parallel lines": 360, "trapezoid of angles": 494, "incircle": 615,
    "tangent and chord": 627, "quarter in square": 1_189, "square": 1_183, "parallel zigzag": 871,
    "square and circle": 1_465, "kite of angles": 1_188, "segment of circle": 2_116, "inscribed triangle": 1_456,
    "tangent and secant": 1_470,
    "special right triangle": 2_202, "equilateral": 2_282, "regular polygon": 3_695, "triangle of angles": 2_583,
    "parallelogram of angles": 2_589,
}  # fmt: skip
ENOUGH: Final = 4_500  # sizes: with so many a construction has all its turns
# Those with a single size, or with sizes of which there are few: an addition makes no more numbers.
FEW_WITH_ADDITIONS: Final = frozenset([
    "two tangents", "tangent and chord", "quarter in square", "square and circle", "square", "equilateral",
    "special right triangle", "incircle", "regular polygon", "segment of circle", "rounded rectangle",
    "triangle of two angles", "secants of arcs",
])  # fmt: skip
# What is left of its turns to a construction on which problems are found too easily; with additions it has all of them,
# but for one of few sizes.
TOO_EASILY: Final[Mapping[str, float]] = {
    "sector": 0.1, "segment of circle": 0.1, "rounded rectangle": 0.3, "tangent of lengths": 0.4,
    "chord and distance": 0.5, "parallelogram with diagonals": 0.5, "parallelogram": 0.4, "trapezoid": 0.6,
    "quadrilateral of angles": 0.25, "crossing lines": 0.4, "hourglass": 0.5, "special right triangle": 0.4,
    "triangle of two angles": 0.35, "secants of arcs": 0.4, "square and circle": 0.5,
}  # fmt: skip


def share_of_turns(base: str, additions: int) -> float:
    """The share of its turns that a construction has when it got so many additions."""
    if additions and base not in FEW_WITH_ADDITIONS:
        return 1.0
    return SIZES_OF.get(base, ENOUGH) / ENOUGH * TOO_EASILY.get(base, 1.0)


def most_of_turns(base: str) -> float:
    """The largest share that it has, whatever is added to it."""
    return max(share_of_turns(base, additions) for additions in (0, 1))
