"""rle: how a mask is kept in a scene's JSON: as COCO's compressed run-length string.

Runs go down the columns, the first one counts unset pixels. From the fourth on, a run is stored as
its difference to the run two before. Each number is cut into groups of five bits, low ones first,
a sixth bit says that more follow, and 48 is added to reach printable characters (`pycocotools`,
`rleToString`).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

FIRST = 48  # the character of group 0
GROUP = 5  # bits in a character
MORE = 1 << GROUP  # set in every character of a number but its last
SIGN = MORE >> 1  # the highest bit of a number's last group
LONGEST = 6  # characters of a number: what a reader with 32-bit integers can take


def encode(mask: NDArray[Any]) -> str:
    """Return the mask (rows × columns, true where set) as pycocotools writes it."""
    pixels = np.asarray(mask, dtype=np.bool_).ravel(order="F")
    edges = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
    starts = [0] if pixels.size and pixels[0] else []  # an empty run of unset pixels
    bounds = np.concatenate((starts, [0], edges, [pixels.size])).astype(np.int64)
    runs = bounds[1:] - bounds[:-1]
    runs[3:] -= runs[1:-2].copy()
    return _characters(runs)


def _characters(numbers: NDArray[np.int64]) -> str:
    columns = []
    rest = numbers
    unfinished = np.ones(numbers.size, dtype=np.bool_)
    while unfinished.any():
        group = rest & (MORE - 1)
        rest = rest >> GROUP
        more = rest != np.where(group & SIGN, -1, 0)
        columns.append(np.where(unfinished, group + MORE * more + FIRST, 0))
        unfinished = unfinished & more
    return np.stack(columns, axis=1).astype(np.uint8).tobytes().replace(b"\0", b"").decode("ascii")


def decode(counts: str, height: int, width: int) -> Mask:
    """Return the mask of `height` rows and `width` columns that `counts` stands for.

    Raises:
        ValueError: The string is no run-length string, or is one of another size.
    """
    runs = _numbers(counts)
    for place in range(3, len(runs)):
        runs[place] += runs[place - 2]
    if any(run < 0 for run in runs) or sum(runs) != height * width:
        raise ValueError(f"runs of a mask do not fill {height} × {width} pixels: {counts[:40]!r}")
    pixels = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return pixels.reshape((height, width), order="F")


def _numbers(counts: str) -> list[int]:
    numbers = []
    number = shift = 0
    for character in counts:
        group = ord(character) - FIRST
        if not 0 <= group < 2 * MORE:
            raise ValueError(f"no character of a run-length string: {character!r}")
        number |= (group & (MORE - 1)) << shift
        shift += GROUP
        if group & MORE:
            if shift == LONGEST * GROUP:
                raise ValueError(f"a run longer than any mask: {counts[:40]!r}")
            continue
        numbers.append(number - (1 << shift) if group & SIGN else number)
        number = shift = 0
    if shift:
        raise ValueError(f"a run-length string that breaks off: {counts[-40:]!r}")
    return numbers
