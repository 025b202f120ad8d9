"""The embedded model: its files, what it is taught, how its sight is measured, how it is made."""

import json
import math
import re
from collections import Counter
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
from builders.tasks.counting._words import SYNONYMS
from evaluators import Integer, Status, grade
from reasonrft.nano import base_folder, resolve
from reasonrft.nano.architecture import CELL, MERGE, PATCH
from reasonrft.nano.figures import Reading, diagrams
from reasonrft.nano.lessons import LESSONS, Lesson, Sort, lesson_of, teach
from reasonrft.nano.lessons.pairs import NAMES
from reasonrft.nano.lessons.things import RESTATED, cell_of_thing, described
from reasonrft.nano.measure import (
    LISTED,
    POINT,
    Named,
    judge,
    listed_right,
    parts_right,
    parts_true,
    points_placed,
    read_told,
    verdicts_right,
)
from reasonrft.nano.sight import (
    MIDDLE,
    NUMBER,
    SIGN,
    SIGNS,
    UNKNOWN,
    VALUES,
    Sight,
    in_cells,
    patches_of,
)
from reasonrft.nano.tables import Objects, Table, Tables, listed, mirrored, see, see_pair

CANVAS = Canvas(128, 96)
MEGABYTE = 1_000_000


@cache
def sample(index: int, task: str = "count") -> Sample:
    return draw_sample(registry.tasks()[task].at("easy"), "train", 7, index, CANVAS)


@cache
def pair(index: int) -> Sample:
    return draw_sample(registry.tasks()["edits"].at("easy"), "train", 7, index, CANVAS)


def views(index: int) -> Sequence[dict[str, Any]]:
    found: Sequence[dict[str, Any]] = json.loads(pair(index).scene)["views"]
    return found


@cache
def drawn_diagrams(count: int) -> Sequence[tuple[Sight, Reading]]:
    return list(diagrams(count, "train", CANVAS.width, CANVAS.height, Random(7)))


def things(index: int) -> Objects:
    return see(sample(index)).objects


def seen(pixels: Any) -> Any:
    """The patches of pictures, one after the other."""
    import torch

    return patches_of(torch.tensor(pixels)).flatten(0, 1).numpy()


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

    pixels = np.stack([see(sample(i)).sight.pixels for i in range(3)])
    made = load_processor("nano")(
        text=["<|vision_start|><|image_pad|><|vision_end|>"] * 3,
        images=[[Image.fromarray(one)] for one in pixels],
        return_tensors="pt",
        padding=True,
    )
    assert np.abs(made["pixel_values"].numpy() - seen(pixels)).max() < 1e-5
    rows, columns = CANVAS.height // PATCH, CANVAS.width // PATCH
    assert made["image_grid_thw"].tolist() == [[1, rows, columns]] * 3
    cells = (made["input_ids"] == 5).sum(dim=1).tolist()
    assert cells == [rows * columns // MERGE**2] * 3


# What it is taught.


@pytest.mark.parametrize("index", range(4))
def test_a_patch_is_labelled_by_the_thing_that_most_of_it_shows(index: int) -> None:
    sight = see(sample(index)).sight
    objects = json.loads(sample(index).scene)["objects"]
    masks = [decode(one["mask"]["counts"], *one["mask"]["size"]) for one in objects]
    for row in range(CANVAS.height // PATCH):
        for column in range(CANVAS.width // PATCH):
            window = (
                slice(row * PATCH, (row + 1) * PATCH),
                slice(column * PATCH, (column + 1) * PATCH),
            )
            shares = [mask[window].mean() for mask in masks]
            there, *classes, number, _ = sight.labels[row, column, :SIGN].tolist()
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
    pixels = see(sample(0)).sight.pixels
    rows, columns = CANVAS.height // PATCH, CANVAS.width // PATCH
    brightness = pixels.reshape(rows, PATCH, columns, PATCH, 3).mean(axis=(1, 3, 4))
    first = in_cells(brightness[None])
    second = seen(pixels[None]).mean(axis=1)
    assert np.corrcoef(first, second)[0, 1] > 0.999


@pytest.mark.parametrize("index", range(6))
def test_a_mirrored_picture_is_walked_from_its_own_left(index: int) -> None:
    assert_mirrored(see(sample(index)))


@pytest.mark.parametrize("index", range(4))
def test_both_pictures_of_a_pair_are_walked_as_one_is(index: int) -> None:
    for table, view in zip(see_pair(pair(index)), views(index), strict=True):
        assert_mirrored(table)
        assert_walked(table.objects)
        assert sorted(map(described, table.objects)) == sorted(map(described, view["objects"]))
        for (
            one
        ) in table.objects:  # what is behind is higher up, what is to the right is further right
            for other in table.objects:
                (right, behind), (x, y) = one["spot"], other["spot"]
                if behind > y + 2 and abs(right - x) < 1:
                    assert one["box"][3] < other["box"][3]
                if right > x + 2 and abs(behind - y) < 1:
                    assert one["box"][0] > other["box"][0]


def assert_mirrored(table: Table) -> None:
    once, twice = mirrored(table), mirrored(mirrored(table))
    assert (twice.sight.pixels == table.sight.pixels).all()
    assert (twice.sight.labels == table.sight.labels).all()
    assert np.allclose(twice.sight.where, table.sight.where, equal_nan=True)
    assert twice.objects == table.objects
    assert_walked(once.objects)
    for thing, number in zip(once.objects, range(99), strict=False):  # each patch still its thing's
        of_it = once.sight.labels[once.sight.labels[..., NUMBER] == number]
        assert {VALUES["color"][color] for color in of_it[:, 1]} <= {thing["color"]}
        assert of_it[:, MIDDLE].sum() == (len(of_it) > 0)
    assert sorted(map(described, once.objects)) == sorted(map(described, table.objects))


def assert_walked(objects: Objects) -> None:
    rows: dict[int, list[float]] = {}
    for right, behind in (one["spot"] for one in objects):
        rows.setdefault(-math.floor(behind / ROWS), []).append(right)
    assert list(rows) == sorted(rows)
    assert all(line == sorted(line) for line in rows.values())


def test_a_place_is_the_cell_of_the_boxs_middle() -> None:
    assert cell_of_thing({"box": [0, 0, 10, 10]}) == (1, 1)
    assert cell_of_thing({"box": [CELL, 0, CELL + 8, 2 * CELL]}) == (2, 2)
    assert cell_of_thing({"box": [120, 88, 128, 96]}) == (8, 6)


@pytest.mark.parametrize("kind", ["walk", "places", "across", "total", "direct"])
def test_lessons_tell_the_truth(kind: str) -> None:
    objects = things(1)
    lesson = lesson_of("table", kind, objects, Random(3))
    if kind in {"total", "direct"}:
        verdict = grade(lesson.target, Integer(len(objects)))
        assert (verdict.status, verdict.well_formed) == (Status.CORRECT, kind == "total")
    elif kind in {"walk", "places", "across"}:
        for one in objects:
            assert described(one) in lesson.target
    if kind == "places":
        told = read_told(lesson.target)
        assert judge(objects, told) == Named(
            len(objects), len(objects), len(objects), len(told), True
        )


def test_no_lesson_asks_for_the_number_of_a_group() -> None:
    """Where attributes are asked for, no number is; where a number is, all things are asked for."""
    rng = Random(0)
    words = {value for values in VALUES.values() for value in values}
    for _ in range(300):
        lesson = teach("table", things(2), rng)
        asked = set(lesson.prompt.lower().replace(".", " ").replace("?", " ").split())
        if words & asked and "Name the things from" not in lesson.prompt:
            assert "from left to right" in lesson.prompt or "answer" not in lesson.target
            is_restated = any(lesson.prompt.startswith(one[:8]) for one in RESTATED)
            assert is_restated or "how many" not in lesson.prompt.lower()
            assert not (is_restated and re.search(r"[0-9]", lesson.target))


def test_a_question_is_restated_with_all_that_it_asks_for() -> None:
    """Attribute by attribute, in plain words and in the order of the question."""
    plain = {word: name for name, said in SYNONYMS.items() for word in said}
    values = {value for some in VALUES.values() for value in some} - {"medium", "glass"}
    seen = Counter[str]()
    for seed in range(300):
        lesson = lesson_of("table", "restate", things(2), Random(seed))
        # One of the wordings names both groups twice.
        text = re.sub(r"there are at least .*?\. how", "how", lesson.prompt.lower())
        for said in sorted(plain, key=len, reverse=True):
            if " " in said:
                text = text.replace(said, plain[said])
        asked, told = (
            [
                plain.get(word.removesuffix("s"), word.removesuffix("s"))
                for word in re.findall("[a-z]+", some)
            ]
            for some in (text, lesson.target.lower())
        )
        assert [one for one in asked if one in values] == [one for one in told if one in values], (
            lesson
        )
        seen.update(set(told) & values)
    assert min(seen[value] for value in values) > 5


@pytest.mark.parametrize(
    ("seed", "prompt", "target"),
    [
        (
            37,
            "In plain words: What number of tiny cubes are either gray items or tiny shiny items or both?",
            "Small cubes. Gray among these. Small metal things among these.",
        ),
        (
            14,
            "In plain words: Count the tiny things and count the tiny cyan matte spheres. What is the difference "
            "between the two numbers?",
            "Small things. Small cyan rubber spheres.",
        ),
    ],
)
def test_questions_restated(seed: int, prompt: str, target: str) -> None:
    assert lesson_of("table", "restate", things(2), Random(seed)) == Lesson(prompt, target)


def test_which_things_fit_a_phrase_is_told_of_all_and_only_those() -> None:
    objects = things(2)
    for seed in range(60):
        lesson = lesson_of("table", "which", objects, Random(seed))
        first, *others = lesson.target.removesuffix(".").split(". ")
        opening, things_told = re.split(r": (?=#1: |A: )", first)
        phrases = [
            re.sub(r".*(?:looking for|search of) |, from back to front", "", opening, flags=re.I)
        ]
        verdicts = [re.findall(r"(#\d+|[A-Z]): [\w ]+ \(([\w ]+), (yes|no)\)", things_told)]
        for other in others:
            phrase, said = other.split(": ", 1)
            phrases.append(phrase)
            verdicts.append(re.findall(r"(#\d+|[A-Z]) \(([\w ]+), (yes|no)\)", said))
        assert lesson.prompt.count("?") == len(phrases)
        labels = dict(_labelled(lesson.target, objects))
        for phrase, told in zip(phrases, verdicts, strict=True):
            values = set(phrase.lower().removesuffix(" things").removesuffix("s").split())
            assert {name: verdict for name, _, verdict in told} == {
                name: "yes" if values <= set(described(one).split()) else "no"
                for name, one in labels.items()
            }
            for name, reason, verdict in told:  # it ends in the first word that does not fit
                words = reason.split()
                assert set(words) <= set(described(labels[name]).split())
                assert set(words[:-1]) <= values
                assert (words[-1] in values) == (verdict == "yes")


def _labelled(target: str, objects: Sequence[Any]) -> list[tuple[str, Any]]:
    """The things of a walk by the labels that it gives them."""
    from builders.tasks.counting._setting import LABELS

    labels = next(one for one in LABELS if f"{one[0]}: {described(objects[0])}" in target)
    return list(zip(labels, objects, strict=False))


@pytest.mark.parametrize("kind", ["sum", "rest", "product"])
def test_calculations_are_right(kind: str) -> None:
    signs = set()
    for seed in range(60):
        lesson = lesson_of("diagram", kind, None, Random(seed))
        first, sign, second, _, result = lesson.target.replace("°", "").split()
        calculate = {"+": int.__add__, "−": int.__sub__, "·": int.__mul__, "/": int.__floordiv__}
        assert calculate[sign](int(first), int(second)) == int(result) >= 0
        assert sign != "/" or int(second) * int(result) == int(first)
        assert lesson.prompt == f"How much is {lesson.target.split(' = ')[0]}?"
        signs.add(sign)
    assert signs == {"sum": {"+", "−"}, "rest": {"−"}, "product": {"·", "/"}}[kind]


def test_x_options_and_lists_are_right() -> None:
    for seed in range(60):
        lesson = lesson_of("diagram", "x", None, Random(seed))
        factor, multiple, x = map(int, re.findall(r"[0-9]+", lesson.target))
        assert factor * x == multiple
        assert lesson.prompt == f"{factor}x = {multiple}. What is x?"
        lesson = lesson_of("diagram", "option", None, Random(seed))
        value, *options = map(int, re.findall(r"[0-9]+", lesson.prompt))
        assert lesson.target == f"The value {value} is option {'ABCD'[options.index(value)]}."
        assert len(set(options)) == 4
        lesson = lesson_of("table", "list", things(1), Random(seed))
        named = lesson.prompt.split(": ")[1].removesuffix("?").replace(" and ", ", ").split(", ")
        assert lesson.target == f"That makes {len(named)}."


# Two pictures.


def tables(index: int) -> Tables:
    before, after = see_pair(pair(index))
    return Tables((before.objects, after.objects), listed(pair(index)))


@pytest.mark.parametrize("index", range(4))
def test_listed_things_are_found_where_they_are_and_nowhere_else(index: int) -> None:
    known, verdicts = tables(index), Counter[str]()
    for seed in range(40):
        lesson = lesson_of("pair", "listed", known, Random(seed))
        number = next(i for i, name in enumerate(NAMES) if f"{name} picture" in lesson.prompt)
        there = [(described(one), cell_of_thing(one)) for one in known.seen[number]]
        asked = re.findall(r"\((\d), '(\w+)', '(\w+)', '(\w+)', '(\w+)'\)", lesson.prompt)
        assert len(asked) == len(known.listed)
        told = lesson.target.removesuffix(".").split(". ")
        for (name, shape, size, color, material), line in zip(asked, told, strict=True):
            thing = f"{size} {color} {material} {shape}"
            assert line.startswith(f"{name} {thing}: ")
            places = [cell for one, cell in there if one == thing]
            verdict = line.split(": ")[1]
            if verdict != "no":
                assert verdict in {f"yes, at {column} {row}" for column, row in places}
            verdicts[verdict[:3]] += 1
        found = sum(": yes" in line for line in told)
        assert found == sum((Counter(t for t, _ in there) & Counter(_looks(asked))).values())
    assert min(verdicts.values()) > 10
    assert set(verdicts) == {"yes", "no"}


def _looks(asked: Sequence[tuple[str, ...]]) -> list[str]:
    return [f"{size} {color} {material} {shape}" for _, shape, size, color, material in asked]


def test_no_lesson_compares_two_pictures() -> None:
    """What is to be said of one picture does not depend on what the other shows."""
    for seed in range(80):
        known = tables(seed % 4)
        lesson = lesson_of("pair", "listed", known, Random(seed))
        number = next(i for i, name in enumerate(NAMES) if f"{name} picture" in lesson.prompt)
        alone = (known.seen[0], []) if number == 0 else ([], known.seen[1])
        assert lesson_of("pair", "listed", Tables(alone, known.listed), Random(seed)) == lesson
        lesson = lesson_of("pair", "described", known, Random(seed))
        number = next(i for i, name in enumerate(NAMES) if lesson.prompt.startswith(f"The {name}"))
        for one in known.seen[number]:
            assert described(one) in lesson.target


def test_what_is_at_a_place_is_told() -> None:
    answers = Counter[bool]()
    for seed in range(80):
        known = tables(seed % 4)
        lesson = lesson_of("pair", "at", known, Random(seed))
        number = next(i for i, name in enumerate(NAMES) if f"{name} picture" in lesson.prompt)
        (column, row) = map(int, re.findall(r"[0-9]", lesson.prompt))
        there = [
            described(one) for one in known.seen[number] if cell_of_thing(one) == (column, row)
        ]
        assert lesson.target == f"{', '.join(there) or 'nothing'}."
        answers[bool(there)] += 1
    assert min(answers.values()) > 15


# Diagrams.


def test_diagrams_are_of_trainings_side_and_always_the_same() -> None:
    again = list(diagrams(3, "train", CANVAS.width, CANVAS.height, Random(7)))
    for (sight, reading), (sight_2, reading_2) in zip(drawn_diagrams(12), again, strict=False):
        assert np.array_equal(sight.pixels, sight_2.pixels)
        assert reading == reading_2
    others = list(diagrams(3, "test", CANVAS.width, CANVAS.height, Random(7)))
    assert not {str(one.points) for _, one in others} & {str(one.points) for _, one in again}


def test_signs_are_where_they_are_written() -> None:
    """A patch is labelled by signs that are written there: nearly all are some patch's, and no others."""
    total = found = names = near_by = 0
    for sight, reading in drawn_diagrams(12):
        labels = sight.labels[..., SIGN:]
        assert (sight.labels[..., :SIGN] == UNKNOWN).all()
        spelled = Counter(sign for text, _ in reading.written for sign in text if sign in SIGNS)
        seen = {SIGNS[sign - 1] for sign in labels[labels > 0].tolist()}
        assert seen <= set(spelled)
        total, found = total + len(spelled), found + len(seen)
        for text, (x, y) in reading.written:
            if len(text) == 1:
                row, column = int(y) // PATCH, int(x) // PATCH
                near = labels[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2]
                names, near_by = names + 1, near_by + (SIGNS.index(text) + 1 in near)
        for row, column in np.argwhere(labels[..., 0] == 0):  # no ink is left over but lines
            assert labels[row, column, 1] == 0
        down, along = sight.where[..., 1], sight.where[..., 0]
        assert along[0].tolist() == sorted(along[0])
        assert down[:, 0].tolist() == sorted(down[:, 0])
        assert np.isnan(sight.where[..., 2:]).all()
    # Of three small signs on a patch the last goes unnamed, and so does one that lies on four patches alike.
    assert found > 0.9 * total
    assert near_by > 0.9 * names


def test_names_are_beside_their_points_and_sizes_beside_what_they_measure() -> None:
    for _, reading in drawn_diagrams(12):
        written = dict(reading.written)
        for name, (x, y) in reading.points.items():
            tx, ty = written[name]
            away = {
                other: math.hypot(px - tx, py - ty) for other, (px, py) in reading.points.items()
            }
            assert min(away, key=lambda one: away[one]) == name, (x, y)
        for name, (text, spot) in reading.sizes.items():
            assert (text, spot) in reading.written
            of = re.sub(r"∠|arc ", "", name)
            assert set(of) <= set(reading.points)
            assert text.endswith("°") == name.startswith(("∠", "arc")) or text == "?"
            if name == of and len(of) == 2:
                (ax, ay), (bx, by) = (reading.points[one] for one in of)
                share = ((spot[0] - ax) * (bx - ax) + (spot[1] - ay) * (by - ay)) / (
                    (bx - ax) ** 2 + (by - ay) ** 2
                )
                assert 0.1 < share < 0.9


def test_lessons_about_diagrams_say_what_is_there() -> None:
    unwritten = 0
    for place, (_, reading) in enumerate(drawn_diagrams(12)):
        rng = Random(place)
        sizes = lesson_of("diagram", "sizes", reading, rng).target
        assert sorted(sizes.removesuffix(".").split(", ")) == sorted(
            f"{name} = {text}" for name, (text, _) in reading.sizes.items()
        )
        points = dict(POINT.findall(lesson_of("diagram", "points", reading, rng).target))
        assert points == {
            name: f"{int(x) // CELL + 1} {int(y) // CELL + 1}"
            for name, (x, y) in reading.points.items()
        }
        written = lesson_of("diagram", "written", reading, rng).target
        assert [one.split(" at ")[0] for one in written.split(", ")] == [
            text for text, _ in sorted(reading.written, key=lambda one: one[1])
        ]
        for _ in range(20):
            name, text = (
                lesson_of("diagram", "one", reading, rng).target.removesuffix(".").split(" = ")
            )
            known = reading.sizes.get(name)
            assert text == (known[0] if known else "none")
            unwritten += known is None
        assert lesson_of("diagram", "segments", reading, rng).target == (
            f"{', '.join(reading.segments)}."
        )
        marks = lesson_of("diagram", "marks", reading, rng).target
        assert marks == f"{', '.join(reading.marks) or 'none'}."
    assert 5 < unwritten < 120


@pytest.mark.parametrize("sort", LESSONS)
def test_every_lesson_of_a_sort_comes(sort: Sort) -> None:
    facts = {
        "table": things(1),
        "view": things(1),
        "pair": tables(0),
        "diagram": drawn_diagrams(12)[0][1],
    }[sort]
    rng = Random(1)
    taught = {teach(sort, facts, rng) for _ in range(400)}
    openings = {lesson.prompt[:10] for lesson in taught}
    for kind in LESSONS[sort]:
        of_kind = {lesson_of(sort, kind, facts, Random(i)).prompt[:10] for i in range(60)}
        assert of_kind & openings, kind
    assert all(lesson.prompt and lesson.target for lesson in taught)


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


# How it is made.


def learner(count: int = 4) -> Any:
    """A model that has learned nothing, and some pictures of all sorts to learn from."""
    from reasonrft.nano.album import bind, of_pair, of_table, page_of
    from reasonrft.nano.architecture import make_model, make_tokenizer
    from reasonrft.nano.learner import Learner
    from reasonrft.nano.pretrain import corpus

    drawn = [sample(i) for i in range(count)]
    pairs = [pair(i) for i in range(count)]
    album = bind(
        [
            page_of(list(map(of_table, drawn))),
            page_of(list(map(of_pair, pairs))),
            diagram_page(count),
        ]
    )
    tokenizer = make_tokenizer(list(corpus([drawn, pairs], album.subjects)))
    return Learner(make_model(tokenizer, 0), tokenizer, album, batch=4, seed=0, workers=0)


def diagram_page(count: int) -> Any:
    from reasonrft.nano.album import Subject, page_of

    return page_of(
        [([sight], [Subject("diagram", (0,), reading)]) for sight, reading in drawn_diagrams(count)]
    )


def test_an_album_has_each_picture_and_its_mirror_image() -> None:
    import torch

    from reasonrft.nano.album import bind, of_pair, of_table, page_of

    tables = [see(sample(i)) for i in range(2)]
    pages = [page_of([of_table(sample(0))]), page_of([of_table(sample(1)), of_pair(pair(0))])]
    album = bind([*pages, diagram_page(2)])
    assert len(album) == 2 + 2 + 4 + 2
    both = [turned for one in tables for turned in (one, mirrored(one))]
    assert [one.facts for one in album.of("table")] == [one.objects for one in both]
    assert [one.pictures for one in album.of("table")] == [(0,), (1,), (2,), (3,)]
    assert [one.pictures for one in album.of("view")] == [(4,), (5,), (6,), (7,)]
    assert [one.pictures for one in album.of("pair")] == [(4, 5), (6, 7)]
    assert [one.pictures for one in album.of("diagram")] == [(8,), (9,)]
    patches = album.patches(torch.arange(4)).flatten(0, 1).numpy()
    assert np.array_equal(patches, seen(np.stack([one.sight.pixels for one in both])))
    labels = in_cells(np.stack([one.sight.labels for one in both]))
    assert np.array_equal(album.labels[:4].flatten(0, 1).numpy(), labels)


def test_the_quick_passes_are_those_of_the_library() -> None:
    import torch

    taught = learner()
    batches = taught.pools[0]
    model, pad = taught.model, taught.pools.tokenizer.pad_token_id
    for pictures in (1, 2):
        batch = next(one for one in batches if len(one.pictures) == pictures * len(one.ids))
        patches = taught.album.patches(batch.pictures)
        grid = torch.tensor([[1, *taught.album.grid]] * len(patches))
        with torch.no_grad():
            vectors = taught.passes.vectors(patches)
            scores = taught.passes.said(vectors, batch.ids, batch.at)
            seen = model.model.visual(patches.flatten(0, 1), grid_thw=grid).last_hidden_state
            whole = model(
                input_ids=batch.ids,
                attention_mask=(batch.ids != pad).long(),
                pixel_values=patches.flatten(0, 1),
                image_grid_thw=grid,
                mm_token_type_ids=(batch.ids == model.config.image_token_id).int(),
            ).logits
        assert (vectors.flatten(0, 1) - seen).abs().max() < 1e-4
        assert (whole.flatten(0, 1)[batch.at] - scores).abs().max() < 1e-4


def test_a_lesson_bears_loss_on_its_target_alone() -> None:
    taught = learner()
    batch = taught.pools[0][0]
    tokenizer = taught.pools.tokenizer
    ends = batch.targets == tokenizer.eos_token_id
    assert int(ends.sum()) == len(batch.ids)
    assert batch.ids.flatten()[batch.at + 1].tolist() == batch.targets.tolist()
    text = tokenizer.decode(batch.targets)
    assert "user" not in text
    assert "<|image_pad|>" not in text


@pytest.mark.slow
def test_pretraining_learns_and_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from reasonrft.nano import learner as learning
    from reasonrft.nano import pools

    monkeypatch.setattr(pools, "POOL", 2)
    monkeypatch.setattr(learning, "POOL", 2)
    monkeypatch.setattr(learning, "SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    see_course, say_course = learning.Course(8, 1e-3), learning.Course(7, 1e-3)
    whole, broken, resumed = learner(), learner(), learner()
    before = whole.named_rightly(whole.album)
    whole.see(see_course, tmp_path / "whole.pt")
    assert whole.named_rightly(whole.album)["there"] > before["there"]
    whole.say(say_course, tmp_path / "whole.pt")

    broken.see(see_course, tmp_path / "broken.pt")
    clip, steps = torch.nn.utils.clip_grad_norm_, iter(range(5))

    def stopped(*arguments: Any) -> Any:
        if next(steps, None) is None:
            raise KeyboardInterrupt
        return clip(*arguments)

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", stopped)
    with pytest.raises(KeyboardInterrupt):
        broken.say(say_course, tmp_path / "broken.pt")
    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", clip)

    resumed.load(tmp_path / "broken.pt")
    assert resumed.step == {"see": 8, "say": 5}
    resumed.see(see_course, tmp_path / "broken.pt")
    resumed.say(say_course, tmp_path / "broken.pt")
    torch.set_num_threads(threads)
    for name, weights in resumed.model.state_dict().items():
        assert torch.equal(weights, whole.model.state_dict()[name]), name
