"""How the sight of the embedded base is measured."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from builders.tasks.geometry._sides import Side
from reasonrft.nano.figures import diagrams
from reasonrft.nano.lessons import SORTS
from reasonrft.nano.measure import (
    LISTED,
    Named,
    gather,
    judge,
    listed_right,
    parts_right,
    parts_true,
    points_placed,
    read_told,
    verdicts_right,
)
from reasonrft.nano.sight import SIZE
from tests.nano_data import built

SCENE = [
    {"size": "small", "color": "red", "material": "metal", "shape": "cube", "box": [0, 0, 10, 10]},
    {"size": "small", "color": "red", "material": "metal", "shape": "cube", "box": [64, 48, 80, 60]},
    {"size": "large", "color": "blue", "material": "rubber", "shape": "sphere", "box": [32, 32, 60, 60]},
]  # fmt: skip
RED, BLUE = "small red metal cube", "large blue rubber sphere"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([f"A: {RED} at 1 1", f"B: {RED} at 5 4", f"C: {BLUE} at 3 3"], Named(3, 3, 3, 3, True)),
        ([f"A: {RED} at 5 4", f"B: {RED} at 1 1", f"C: {BLUE} at 3 3"], Named(3, 3, 3, 3, True)),
        ([f"A: {BLUE} at 3 3", f"B: {RED} at 1 1", f"C: {RED} at 5 4"], Named(3, 3, 3, 3, False)),
        ([f"A: {RED} at 1 1", f"C: {BLUE} at 6 3"], Named(3, 2, 1, 2, False)),  # one left out, one misplaced
        ([f"A: {RED} at 1 1"] * 4, Named(3, 2, 1, 4, False)),  # named twice as often as there
        ([f"A: {RED}", "C: large green rubber sphere at 3 3"], Named(3, 1, 0, 2, False)),
        (["nonsense", ""], Named(3, 0, 0, 0, False)),
    ],
)  # fmt: skip
def test_each_thing_is_named_once(lines: Sequence[str], expected: Named) -> None:
    assert judge(SCENE, read_told("\n".join(lines))) == expected


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (f"Looking for cubes: #1: {RED} (cube, yes), #2: {BLUE} (sphere, no). Behind the cube (#1): #2 (yes).", 3),
        (f"I see A: {RED} (metal, yes), B: {BLUE} (rubber, no). Behind the cube (A): B (no).", 2),
        (f"I see A: {RED} (cube, no), B: {BLUE} (sphere, yes). Behind the cube (A): B (no).", 0),
        (f"I see A: {RED} (cube, yes), B: {BLUE} (sphere, no).", 0),  # one is missing
        (f"I see A: {RED} (cube, yes), B: {BLUE} (sphere, maybe). Behind it: B (yes).", 0),
        ("", 0),
    ],
)  # fmt: skip
def test_verdicts_are_counted_in_their_order(text: str, right: int) -> None:
    target = f"I see A: {RED} (cube, yes), B: {BLUE} (sphere, no). Behind the cube (A): B (yes)."
    assert verdicts_right(text, target) == (right, 3)


@pytest.mark.parametrize(
    ("text", "target", "right", "true"),
    [
        ("AB = 5, ∠ABC = 40°.", "AB = 5, ∠ABC = 40°.", (2, 2), (2, 2)),
        ("∠ABC = 40°, AB = 5", "AB = 5, ∠ABC = 40°.", (2, 2), (2, 2)),  # in any order
        ("AB = 5, AB = 5.", "AB = 5, ∠ABC = 40°.", (1, 2), (1, 2)),  # once each
        ("AB = 5, CD = 7, EF = 1.", "AB = 5.", (1, 1), (1, 3)),
        ("", "AB = 5.", (0, 1), (0, 1)),
        ("none.", "none.", (0, 0), (0, 0)),  # nothing is there, and nothing told
        ("none.", "AB ∥ CD.", (0, 1), (0, 0)),
        ("AB ∥ CD.", "none.", (0, 0), (0, 1)),
    ],
)
def test_parts_of_lists_count_once(
    text: str, target: str, right: tuple[int, int], true: tuple[int, int]
) -> None:
    assert parts_right(text, target) == right
    assert parts_true(text, target) == true


def test_points_and_listed_things_are_judged_one_by_one() -> None:
    target = "A at 1 1, B at 5 4, C at 8 6."
    assert points_placed(target, target) == (3, 3)
    assert points_placed("B at 4 5, A at 3 1.", target) == (1, 3)  # within a cell; two off; missing
    target = "0 large red metal cube: yes, at 1 2. 1 small gray glass sphere: no."
    assert LISTED.findall(target) == [("0", "yes"), ("1", "no")]
    assert listed_right(target, target) == (2, 2)
    assert listed_right("1 small gray glass sphere: no.", target) == (1, 2)
    assert listed_right("0 x y: no. 1 x y: yes", target) == (0, 2)


@pytest.mark.parametrize(("split", "side"), [("train", "train"), ("ood-crowd", "test")])
def test_pictures_are_gathered_with_diagrams_of_their_side(
    split: str, side: Side, tmp_path: Path
) -> None:
    tables = built(tmp_path / "tables", "counting", f"{split}=3")
    folders = [tables]
    if split == "train":
        folders.append(built(tmp_path / "pairs", "transformation", f"{split}=3"))
    shown = gather(folders, split, 2)
    number = 2 * (len(folders) - 1)
    assert [len(shown[sort]) for sort in SORTS] == [2, number, number, 2]
    assert [len(one.images) for one in shown["pair"]] == [2] * number
    drawn = diagrams(2, side, SIZE.width, SIZE.height, Random(f"measure/{split}"))
    assert [one.facts for one in shown["diagram"]] == [reading for _, reading in drawn]
