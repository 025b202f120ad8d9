"""The embedded model: its files, what it is taught, how its sight is measured, how it is made."""

import json
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from builders import registry
from builders.sample import Sample
from builders.scenes.rle import decode
from builders.scenes.tabletop import ROWS
from builders.task import Canvas, draw_sample
from evaluators import Integer, Status, grade
from reasonrft.nano import base_folder, resolve
from reasonrft.nano.architecture import CELL, MERGE, PATCH
from reasonrft.nano.lessons import SHARES, cell_of, described, lesson_of, teach
from reasonrft.nano.measure import Named, judge, read_told
from reasonrft.nano.sight import (
    MIDDLE,
    NUMBER,
    UNKNOWN,
    VALUES,
    in_cells,
    mirrored,
    patches_of,
    see,
)

CANVAS = Canvas(128, 96)
MEGABYTE = 1_000_000


@cache
def sample(index: int, task: str = "count") -> Sample:
    return draw_sample(registry.tasks()[task].at("easy"), "train", 7, index, CANVAS)


def things(index: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(sample(index).scene)["objects"]
    return found


# What is shipped.


def test_the_base_is_small_and_has_its_card() -> None:
    files = {path.name: path.stat().st_size for path in base_folder().iterdir()}
    assert sum(files.values()) < 12 * MEGABYTE
    assert {"model.safetensors", "config.json", "tokenizer.json", "README.md"} <= files.keys()
    assert not [name for name in files if name.endswith((".bin", ".pt", ".pkl"))]
    assert resolve("nano") == str(base_folder())
    assert resolve("other") == "other"


def test_pictures_come_to_the_model_as_its_processor_makes_them() -> None:
    from reasonrft.loading import load_processor

    pixels = np.stack([see(sample(i)).pixels for i in range(3)])
    made = load_processor("nano")(
        text=["<|vision_start|><|image_pad|><|vision_end|>"] * 3,
        images=[[Image.fromarray(one)] for one in pixels],
        return_tensors="pt",
        padding=True,
    )
    assert np.abs(made["pixel_values"].numpy() - patches_of(pixels)).max() < 1e-5
    rows, columns = CANVAS.height // PATCH, CANVAS.width // PATCH
    assert made["image_grid_thw"].tolist() == [[1, rows, columns]] * 3
    cells = (made["input_ids"] == 5).sum(dim=1).tolist()
    assert cells == [rows * columns // MERGE**2] * 3


# What it is taught.


@pytest.mark.parametrize("index", range(4))
def test_a_patch_is_labelled_by_the_thing_that_most_of_it_shows(index: int) -> None:
    sight = see(sample(index))
    objects = things(index)
    masks = [decode(one["mask"]["counts"], *one["mask"]["size"]) for one in objects]
    for row in range(CANVAS.height // PATCH):
        for column in range(CANVAS.width // PATCH):
            window = (
                slice(row * PATCH, (row + 1) * PATCH),
                slice(column * PATCH, (column + 1) * PATCH),
            )
            shares = [mask[window].mean() for mask in masks]
            there, *classes, number, _ = sight.labels[row, column].tolist()
            if max(shares) <= 0.3:
                assert there == 0
                assert {*classes, number} == {UNKNOWN}
                continue
            shown = objects[int(np.argmax(shares))]
            named = {
                name: values[c] for (name, values), c in zip(VALUES.items(), classes, strict=True)
            }
            assert (there, number) == (1, int(np.argmax(shares)))
            assert named == {name: shown[name] for name in VALUES}


def test_patches_and_labels_are_in_one_order() -> None:
    """The brightness of each patch, found in both ways."""
    pixels = see(sample(0)).pixels
    rows, columns = CANVAS.height // PATCH, CANVAS.width // PATCH
    brightness = pixels.reshape(rows, PATCH, columns, PATCH, 3).mean(axis=(1, 3, 4))
    first = in_cells(brightness[None])
    second = patches_of(pixels[None]).mean(axis=1)
    assert np.corrcoef(first, second)[0, 1] > 0.999


@pytest.mark.parametrize("index", range(6))
def test_a_mirrored_picture_is_walked_from_its_own_left(index: int) -> None:
    sight = see(sample(index))
    once, twice = mirrored(sight), mirrored(mirrored(sight))
    assert (twice.pixels == sight.pixels).all()
    assert (twice.labels == sight.labels).all()
    assert np.allclose(twice.where, sight.where)
    assert twice.objects == sight.objects
    rows: dict[int, list[float]] = {}
    for right, behind in once.spots:
        rows.setdefault(-math.floor(behind / ROWS), []).append(right)
    assert list(rows) == sorted(rows)
    assert all(line == sorted(line) for line in rows.values())
    for thing, number in zip(once.objects, range(99), strict=False):  # each patch still its thing's
        of_it = once.labels[once.labels[..., NUMBER] == number]
        assert {VALUES["color"][color] for color in of_it[:, 1]} <= {thing["color"]}
        assert of_it[:, MIDDLE].sum() == (len(of_it) > 0)
    assert sorted(map(described, once.objects)) == sorted(map(described, sight.objects))


def test_a_place_is_the_cell_of_the_boxs_middle() -> None:
    assert cell_of({"box": [0, 0, 10, 10]}) == (1, 1)
    assert cell_of({"box": [CELL, 0, CELL + 8, 2 * CELL]}) == (2, 2)
    assert cell_of({"box": [120, 88, 128, 96]}) == (8, 6)


@pytest.mark.parametrize("kind", SHARES)
def test_lessons_tell_the_truth(kind: str) -> None:
    objects = things(1)
    lesson = lesson_of(kind, objects, Random(3))
    if kind in {"total", "direct"}:
        verdict = grade(lesson.target, Integer(len(objects)))
        assert (verdict.status, verdict.well_formed) == (Status.CORRECT, kind == "total")
    else:
        for one in objects:
            assert described(one) in lesson.target
    if kind == "places":
        told = read_told(lesson.target)
        assert judge(objects, told) == Named(
            len(objects), len(objects), len(objects), len(told), True
        )


def test_lessons_ask_nothing_that_the_tasks_ask() -> None:
    """No phrase is looked for: a lesson's prompt names no attribute, and asks for all things."""
    rng = Random(0)
    words = {value for values in VALUES.values() for value in values}
    for _ in range(200):
        lesson = teach(things(2), rng)
        assert not words & set(lesson.prompt.lower().replace(".", " ").replace("?", " ").split())


# How its sight is measured.

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


# How it is made.


@pytest.mark.slow
def test_pretraining_learns_and_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from reasonrft.nano import pretrain
    from reasonrft.nano.architecture import make_model, make_tokenizer

    monkeypatch.setattr(pretrain, "BATCH", 4)
    monkeypatch.setattr(pretrain, "POOL", 2)
    samples = [sample(i) for i in range(4)]
    seen = [see(one) for one in samples]
    tokenizer = make_tokenizer(list(pretrain.corpus(samples, seen)))

    def learner() -> Any:
        return pretrain.Learner(make_model(tokenizer, 0), tokenizer, seen, 0)

    see_course, say_course = pretrain.Course(8, 1e-3, 2), pretrain.Course(6, 1e-3, 2)
    whole = learner()
    first = whole.see(0)
    whole.go("see", see_course, tmp_path / "whole.pt")
    assert whole.see(0) < first
    whole = learner()
    whole.go("see", see_course, tmp_path / "whole.pt")
    whole.go("say", say_course, tmp_path / "whole.pt")
    broken = learner()
    broken.go("see", see_course, tmp_path / "broken.pt")
    broken.go("say", pretrain.Course(3, 1e-3, 2), tmp_path / "broken.pt")
    other = learner()
    other.load(tmp_path / "broken.pt")
    assert other.step == {"see": 8, "say": 3}
    monkeypatch.setattr(pretrain.Course, "rate_at", lambda _self, _step: 1e-3)
    other.go("say", say_course, tmp_path / "broken.pt")
    assert other.step == whole.step
    for name, weights in other.model.state_dict().items():
        assert torch.isfinite(weights).all(), name
