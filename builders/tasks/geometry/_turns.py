"""_turns: how often has a construction its turn? Seldom where its problems would come again.

Of few figures there are few problems, and of figures on which nearly any question makes a problem there would be
too many.
"""

from collections.abc import Mapping
from typing import Final

# A construction's figures come again without additions as often as if there were so many, all as likely; where they
# are few.
FIGURES_OF: Final[Mapping[str, int]] = {
    "right triangle of angles": 51, "isosceles of angles": 55, "rhombus of angles": 95, "angle in half circle": 145,
    "two tangents": 290, "segment of circle": 600, "tangent and chord": 620, "square": 860, "quarter in square": 860,
    "square and circle": 1_020, "incircle": 1_220, "kite of angles": 1_280, "special right triangle": 1_550,
    "bisected triangle": 1_620, "equilateral": 1_650, "triangle with parallel": 2_100, "regular polygon": 2_550,
    "inscribed triangle": 2_900, "parallelogram of angles": 4_900, "triangle of angles": 5_050, "rhombus": 8_100,
    "triangle in half disc": 8_700, "right triangle": 8_800,
}  # fmt: skip
ENOUGH: Final = 9_000  # figures: with so many a construction has all its turns
# Those with a single size, or with sizes of which there are few: an addition makes no more numbers.
FEW_WITH_ADDITIONS: Final = frozenset([
    "two tangents", "tangent and chord", "quarter in square", "square and circle", "square", "equilateral",
    "special right triangle", "incircle", "regular polygon", "segment of circle", "bisected triangle",
    "triangle with parallel",
])  # fmt: skip
# What is left of its turns to a construction without additions on which problems are found too easily.
TOO_EASILY: Final[Mapping[str, float]] = {
    "sector": 0.2, "segment of circle": 0.5, "tangent of lengths": 0.4, "chord and distance": 0.5,
    "parallelogram with diagonals": 0.5,
}  # fmt: skip


def share_of_turns(base: str, additions: int) -> float:
    """The share of its turns that a construction has when it got so many additions."""
    if additions and base not in FEW_WITH_ADDITIONS:
        return 1.0
    return FIGURES_OF.get(base, ENOUGH) / ENOUGH * TOO_EASILY.get(base, 1.0)


def most_of_turns(base: str) -> float:
    """The largest share that it has, whatever is added to it."""
    return max(share_of_turns(base, additions) for additions in (0, 1))
