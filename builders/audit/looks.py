"""looks: which pictures are the same to the eye, in another file, another size or another quality?

A picture's look is the mean brightness of 16 x 16 equal cells. Its hash tells which of the 63 slowest
waves over the look go up and which go down: copies differ in few, most other pictures in half of them.
Only where hashes are near are looks compared, cell by cell, and no cell of a copy may differ by more
than a shade. What is cut off, turned or mirrored is not found.
"""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE: Final = 16  # cells of a look
WAVES: Final = 8  # in each direction, of which a hash tells
Looks = NDArray[np.uint8]  # (pictures, SIDE * SIDE)
Hashes = NDArray[np.uint64]

BLOCK: Final = 512  # hashes that are compared at once: what stays in a processor's cache
# Measured on pictures of each family, from 128 x 96 to 320 x 240, copied in ten ways (JPEG of quality 30
# to 75, half to twice the size, 256 colours): hashes differed in up to 8 bits, cells by up to 11 (19 where
# every other pixel was left out). Of 5.2 million pairs of different pictures of three families, 1 in 5,000
# had hashes that differ in up to 12 bits, and among up to 16 none had all cells nearer than 27.
NEAR: Final = 12  # of 63 bits
SHADE: Final = 12  # of 255
# Of cells that have the paper's shade: at least 0.48 in figures, at most 0.43 in pictures of solids.
PAPER_SHARE: Final = 0.45
PAPER_SHADE: Final = 2
# Of cells that are as bright as those around them: half to three quarters in most pictures of solids. In a standard
# build of transformation 572 pairs of different pictures looked the same, each with at least 0.82 of such cells.
GROUND_SHARE: Final = 0.78
GROUND_SHADE: Final = 3
AROUND: Final = 5  # cells wide


def look_at(gray: NDArray[np.uint8]) -> Looks:
    """The look of a gray picture."""
    cells = cv2.resize(gray, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cells, np.uint8).reshape(-1)


def hashes_of(looks: Looks) -> Hashes:
    """The hash of each look."""
    waves = _waves()
    cells = looks.reshape(-1, SIDE, SIDE).astype(np.float32)
    heights = np.einsum("ui,nij,vj->nuv", waves, cells, waves, optimize=True).reshape(
        len(looks), WAVES * WAVES
    )
    heights[:, 0] = 0  # the mean tells nothing
    bits = (heights > 0).astype(np.uint8)
    return np.packbits(bits, axis=1).view(np.uint64).reshape(-1)


def _waves() -> NDArray[np.float32]:
    """The slowest waves of the discrete cosine transform over a side."""
    along = (np.arange(SIDE) + 0.5) * np.pi / SIDE
    return np.cos(np.arange(WAVES)[:, None] * along).astype(np.float32)


def alike(first: Looks, second: Looks) -> Iterator[tuple[int, int]]:
    """The places of pictures that look the same, one of the first and one of the second."""
    left, right = hashes_of(first), hashes_of(second)
    for start in range(0, len(left), BLOCK):
        for other in range(0, len(right), BLOCK):
            for a, b in _near(left, start, right, other):
                if is_copy(first[a], second[b]):
                    yield a, b


def alike_within(looks: Looks) -> Iterator[tuple[int, int]]:
    """The places of pictures that look the same as a later one, and those of the later ones."""
    hashes = hashes_of(looks)
    for start in range(0, len(hashes), BLOCK):
        for other in range(start, len(hashes), BLOCK):
            for a, b in _near(hashes, start, hashes, other):
                if a < b and is_copy(looks[a], looks[b]):
                    yield a, b


def _near(left: Hashes, start: int, right: Hashes, other: int) -> Iterator[tuple[int, int]]:
    """The places of hashes that are near, in two blocks."""
    ours, theirs = left[start : start + BLOCK], right[other : other + BLOCK]
    near = np.bitwise_count(ours[:, None] ^ theirs) <= NEAR
    for a, b in np.argwhere(near).tolist():
        yield a + start, b + other


def is_copy(a: Looks, b: Looks) -> bool:
    """Whether no cell differs by more than a shade."""
    return int(np.abs(a.astype(np.int16) - b).max()) <= SHADE


def tells_little(look: Looks) -> bool:
    """Whether a picture is a drawing or nearly empty: one label, one small thing may be all that tells two of them apart."""
    return _is_drawing(look) or _is_nearly_empty(look)


def _is_drawing(look: Looks) -> bool:
    cells = look.astype(np.int16)
    paper = int(np.bincount(cells).argmax())
    return float((np.abs(cells - paper) <= PAPER_SHADE).mean()) >= PAPER_SHARE


def _is_nearly_empty(look: Looks) -> bool:
    cells = look.reshape(SIDE, SIDE)
    ground = cv2.medianBlur(cells, AROUND)
    return float((cv2.absdiff(cells, ground) <= GROUND_SHADE).mean()) >= GROUND_SHARE
