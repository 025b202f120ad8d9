"""_sides: in which splits may a figure be shown? Each is of one side, so that none of `train` is in another split.

The side is drawn from the coordinates alone: letters, lines, givens and what is asked do not count, nor do
seed, task, level and size of a build.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final, Literal, get_args

from builders.scenes.figures.measure import Point
from builders.task import to_json

Side = Literal["train", "val", "test"]
SIDES: Final[tuple[Side, ...]] = get_args(Side)  # a third of all figures is of each
# Of coordinates, as the audit compares scenes: what is one scene there is one figure here.
DECIMALS: Final = 4


def side_of(points: Mapping[str, Point]) -> Side:
    """The side of the figure with these points."""
    places = sorted((_rounded(x), _rounded(y)) for x, y in points.values())
    digest = blake2b(to_json(places).encode(), digest_size=8).digest()
    return SIDES[int.from_bytes(digest) % len(SIDES)]


def _rounded(value: float) -> float:
    return round(float(value), DECIMALS) + 0.0  # no minus zero
