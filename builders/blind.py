"""blind: how often is the best constant answer to each kind of question right, and is that too often?"""

import math
from collections.abc import Mapping
from typing import Any, Final

Kinds = Mapping[str, Mapping[str, Any]]  # of a task, as a manifest tells of them
ROWS_THAT_TELL: Final = 1_000  # in a smaller split the best constants are luck


def rows_of(kinds: Kinds) -> int:
    """The rows of all kinds."""
    rows: int = sum(kind["n"] for kind in kinds.values())
    return rows


def blind_of(kinds: Kinds) -> float:
    """The share of a task that is right with the best constant answer to each kind."""
    right: float = sum(kind["n"] * kind["blind"] for kind in kinds.values())
    return right / rows_of(kinds)


def luck(kinds: Kinds, bound: float) -> float:
    """What the best of many constants may win over a bound by chance: in each kind, as if by two standard deviations."""
    spread = sum(math.sqrt(kind["n"] * bound * (1 - bound)) for kind in kinds.values())
    return 2 * spread / rows_of(kinds)
