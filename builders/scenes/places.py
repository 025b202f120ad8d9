"""places: free places on the table for things of given footprints."""

import math

from builders.scenes.kernels import kernel
from builders.scenes.noise import noise_at
from builders.scenes.vectors import Floats

TRIES = 200  # for one thing

# Columns of a spot: x, y and turn in radians, which are found; half the length and the width of what
# stands there, with half the gap around it. What is round has its radius in both, and a 1 at the end.


@kernel
def fill_spots(
    spots: Floats, first: int, axes: tuple[float, float], table: float, margin: float, seed: int
) -> bool:
    """Find places for all from the first on, evenly on a square of half side `table`.

    False where one finds none. What comes before stays where it is. No two overlap, nor are in line
    by less than `margin` along the axes or across.
    """
    draws = 0
    for i in range(first, len(spots)):
        for left in range(TRIES, -1, -1):
            if left == 0:
                return False
            (x, y), (turn, _) = noise_at(draws, seed), noise_at(draws + 1, seed)
            draws += 2
            spots[i, 0], spots[i, 1] = (2.0 * x - 1.0) * table, (2.0 * y - 1.0) * table
            spots[i, 2] = 2.0 * math.pi * turn
            if is_free(spots, i, axes, margin):
                break
    return True


@kernel
def is_free(spots: Floats, i: int, axes: tuple[float, float], margin: float) -> bool:
    """Whether spot i is apart from all before it."""
    for k in range(i):
        x, y = spots[i, 0] - spots[k, 0], spots[i, 1] - spots[k, 1]
        if abs(x * axes[0] + y * axes[1]) < margin or abs(x * axes[1] - y * axes[0]) < margin:
            return False
        if spots[i, 5] + spots[k, 5] == 2.0:
            if math.hypot(x, y) < spots[i, 3] + spots[k, 3]:
                return False
        elif reaches(spots, i, k) and reaches(spots, k, i):
            return False
    return True


@kernel
def reaches(spots: Floats, i: int, k: int) -> bool:
    """Whether no line along a side of rectangle i parts it from rectangle k."""
    x, y = spots[k, 0] - spots[i, 0], spots[k, 1] - spots[i, 1]
    cosine, sine = math.cos(spots[i, 2]), math.sin(spots[i, 2])
    turn = spots[k, 2] - spots[i, 2]
    along, across = abs(math.cos(turn)), abs(math.sin(turn))
    length = spots[i, 3] + spots[k, 3] * along + spots[k, 4] * across
    width = spots[i, 4] + spots[k, 3] * across + spots[k, 4] * along
    return bool(abs(x * cosine + y * sine) < length and abs(y * cosine - x * sine) < width)
