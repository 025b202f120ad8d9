"""Masks as COCO's run-length strings: the very strings of pycocotools, and back."""

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from builders.scenes.rle import decode, encode

Mask = NDArray[np.bool_]


def mask_of(rule: Callable[[NDArray[np.int64], NDArray[np.int64]], Mask], h: int, w: int) -> Mask:
    rows, columns = np.mgrid[0:h, 0:w]
    return np.broadcast_to(rule(rows, columns), (h, w))


MASKS: dict[str, Mask] = {
    "empty": np.zeros((240, 320), dtype=bool),
    "full": np.ones((240, 320), dtype=bool),
    "one pixel": np.ones((1, 1), dtype=bool),
    "no pixels": np.zeros((0, 0), dtype=bool),
    "first pixel": mask_of(lambda y, x: (y == 0) & (x == 0), 240, 320),
    "last pixel": mask_of(lambda y, x: (y == 239) & (x == 319), 240, 320),
    "disc": mask_of(lambda y, x: (y - 11) ** 2 + (x - 14) ** 2 < 60, 24, 32),
    "ring": mask_of(lambda y, x: abs((y - 9) ** 2 + (x - 9) ** 2 - 50) < 20, 19, 21),
    "board": mask_of(lambda y, x: (y + x) % 2 == 0, 5, 7),
    "bars": mask_of(lambda y, x: x % 3 == 1, 7, 10),
    "lines": mask_of(lambda y, x: y % 3 == 1, 10, 7),
    "noise": mask_of(lambda y, x: (y * y * 7 + x * x * 3 + x * y) % 11 < 4, 9, 12),
    "two far pixels": mask_of(lambda y, x: (x * 1000 + y) % 639999 == 5, 1000, 800),
    "shrinking": mask_of(lambda y, x: (y * 40 + x) % 37 < x, 40, 40),
}

# Written by pycocotools 2.0.11: mask.encode(numpy.asfortranarray(mask.astype("uint8"))).
GOLDEN = {
    "empty": "PP[2",
    "full": "0PP[2",
    "one pixel": "01",
    "no pixels": "0",
    "first pixel": "01ooZ2",
    "last pixel": "ooZ21",
    "disc": "`57`02N2N2N2O000000000001N2N2N2NY7",
    "ring": "j05<4M2NIN00020MO50J080G090G090G090G090H060K130N000272N3Ld1",
    "board": "011000000000000000000000000000000000",
    "bars": "77>0000",
    "lines": "11200010O00010O00010O00010O00010O00010O0000",
    "noise": "0130O0O32MN00000000020O032LO1O00O10O010O32M04NM1O00O000020010OO0O",
    "two far pixels": "51no`c00mW[A",
    "shrinking": "d11W10TO0`00@00031MO0031L01O31L00031MO0031L01O31L00031MO0031L01O31L00031MO0031L01O31L00031MO0031L01O31L00031MO0031L01O31L00031MO0031L01O31L00031MO0031L01O31L00031MO0031L01O31L00031MO000G0:O01O0G0:O0001FO;0O000G0f00C0G0R10f2",
}


@pytest.mark.parametrize("name", MASKS)
def test_the_string_is_that_of_pycocotools(name: str) -> None:
    assert encode(MASKS[name]) == GOLDEN[name]


@pytest.mark.parametrize("name", MASKS)
def test_a_string_of_pycocotools_gives_its_mask(name: str) -> None:
    mask = MASKS[name]
    assert np.array_equal(decode(GOLDEN[name], *mask.shape), mask)


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_there_and_back(height: int, width: int, data: st.DataObject) -> None:
    size = height * width
    bits = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    mask = np.array(bits, dtype=bool).reshape(height, width)
    assert np.array_equal(decode(encode(mask), height, width), mask)


def test_any_layout_and_number_type_in_memory() -> None:
    mask = MASKS["noise"]
    assert encode(np.asfortranarray(mask)) == encode(mask)
    assert encode(mask.astype(np.uint8) * 255) == encode(mask)
    assert encode(mask.T[::-1]) == encode(np.ascontiguousarray(mask.T[::-1]))


@pytest.mark.parametrize(
    "counts",
    [
        "",
        "5",
        "PPYo2 ",
        "PPYo2\n",
        "é",
        "P",
        "0P",
        "11`YjR0",
        "o" * 200_000 + "0",
        "PP[RPPP0",
    ],
)
def test_a_string_that_is_no_mask_is_refused(counts: str) -> None:
    with pytest.raises(ValueError, match="run"):
        decode(counts, 240, 320)


def test_the_size_must_fit() -> None:
    with pytest.raises(ValueError, match="do not fill 240 × 321 pixels"):
        decode(GOLDEN["disc"], 240, 321)


def test_a_mask_costs_little() -> None:
    mask = mask_of(lambda y, x: (y - 120) ** 2 + (x - 160) ** 2 < 2500, 240, 320)
    begin = time.process_time()
    for _ in range(50):
        encode(mask)
    assert (time.process_time() - begin) / 50 < 3e-3  # ten times what is meant, for slow machines
