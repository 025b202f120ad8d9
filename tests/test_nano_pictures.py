"""The embedded base's files, and what is known of the pictures that it learns from."""

import json
import math
import re
from collections import Counter
from random import Random

import numpy as np
import pytest
import torch
from PIL import Image

from builders.scenes.figures.drawing import Drawing, outline
from builders.scenes.figures.figure import Figure
from builders.scenes.rle import decode
from builders.scenes.tabletop import ROWS
from builders.tasks.geometry._sides import SIDES, Side, side_of
from reasonrft.nano import base_folder, resolve
from reasonrft.nano.album import bind, draw_pages, of_pair, of_table, page_of
from reasonrft.nano.architecture import CELL, MERGE, PATCH
from reasonrft.nano.figures import diagrams
from reasonrft.nano.lessons.things import cell_of_thing, described
from reasonrft.nano.sight import MIDDLE, NUMBER, SIGN, SIGNS, SIZE, UNKNOWN, VALUES, in_cells
from reasonrft.nano.tables import Objects, Table, mirrored, see, see_pair
from tests.nano_data import diagram_page, drawn_diagrams, pair, patches_in_turn, sample, views

MEGABYTE = 1_000_000
WIDTH_OF_A_SIGN = 6.4  # pixels


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
    assert np.abs(made["pixel_values"].numpy() - patches_in_turn(pixels)).max() < 1e-5
    rows, columns = SIZE.height // PATCH, SIZE.width // PATCH
    assert made["image_grid_thw"].tolist() == [[1, rows, columns]] * 3
    cells = (made["input_ids"] == 5).sum(dim=1).tolist()
    assert cells == [rows * columns // MERGE**2] * 3


# Tables.


@pytest.mark.parametrize("index", range(4))
def test_a_patch_is_labelled_by_the_thing_that_most_of_it_shows(index: int) -> None:
    sight = see(sample(index)).sight
    objects = json.loads(sample(index).scene)["objects"]
    masks = [decode(one["mask"]["counts"], *one["mask"]["size"]) for one in objects]
    for row in range(SIZE.height // PATCH):
        for column in range(SIZE.width // PATCH):
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
    rows, columns = SIZE.height // PATCH, SIZE.width // PATCH
    brightness = pixels.reshape(rows, PATCH, columns, PATCH, 3).mean(axis=(1, 3, 4))
    first = in_cells(brightness[None])
    second = patches_in_turn(pixels[None]).mean(axis=1)
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
        # What is behind is higher up, what is to the right is further right.
        for one in table.objects:
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


# Diagrams.


@pytest.mark.parametrize("side", SIDES)
def test_diagrams_are_of_a_side_and_always_the_same(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []

    def noted(figure: Figure) -> Drawing:
        drawn.append(figure)
        return outline(figure)

    monkeypatch.setattr("reasonrft.nano.figures.outline", noted)
    first, again = (list(diagrams(3, side, SIZE.width, SIZE.height, Random(7))) for _ in range(2))
    assert {side_of(figure.points) for figure in drawn} == {side}
    for (sight, reading), (sight_2, reading_2) in zip(first, again, strict=True):
        assert (sight.pixels == sight_2.pixels).all()
        assert (sight.labels == sight_2.labels).all()
        assert reading == reading_2


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


def test_numbers_are_spelled_from_left_to_right() -> None:
    """Patch after patch in a row, two signs on one; a sign that lies on two is met twice. Where nothing else is near."""
    spelled = Counter[bool]()
    for sight, reading in drawn_diagrams(100):
        for text, (x, y) in reading.written:
            others = [spot for _, spot in reading.written if spot != (x, y)]
            has_room = all(abs(x - a) > 3 * PATCH or abs(y - b) > PATCH + 3 for a, b in others)
            if not re.match("[0-9]{2}", text) or not has_room:
                continue
            reach, whole = WIDTH_OF_A_SIGN * len(text) / 2, once(text)
            columns = range(int(x - reach) // PATCH, int(x + reach) // PATCH + 1)
            rows = []
            for row in {int(y + up) // PATCH for up in (-3, 0, 3)}:
                signs = sight.labels[row, columns.start : columns.stop, SIGN:].flatten()
                rows.append(once("".join(SIGNS[sign - 1] for sign in signs if sign > 0)))
            assert all(re.search(".*".join(map(re.escape, row)), whole) for row in rows), text
            spelled[whole in rows] += 1
    assert spelled[True] > 40
    assert spelled[False] < 0.1 * spelled.total()


def once(text: str) -> str:
    """Each sign once where it stands several times in a row."""
    return re.sub(r"(.)\1+", r"\1", text)


def test_a_segment_has_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A radius begins with its centre, in lists of lines as in sizes."""
    round_ones = ("chord and distance", "tangent of lengths", "sector", "inscribed triangle")
    monkeypatch.setattr("reasonrft.nano.figures.TRAINED", round_ones)
    radii = 0
    for _, reading in diagrams(20, "train", SIZE.width, SIZE.height, Random(7)):
        lengths = [one for one in reading.sizes if re.fullmatch("[A-Z]{2}", one)]
        named = {*reading.segments, *lengths}
        assert len(named) == len({frozenset(one) for one in named})
        radii += sum(list(one) != sorted(one) for one in lengths)
    assert radii > 3


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


# Albums.


def test_an_album_has_each_picture_and_its_mirror_image() -> None:
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
    assert np.array_equal(patches, patches_in_turn(np.stack([one.sight.pixels for one in both])))
    labels = in_cells(np.stack([one.sight.labels for one in both]))
    assert np.array_equal(album.labels[:4].flatten(0, 1).numpy(), labels)


def test_pages_do_not_depend_on_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reasonrft.nano.album.DRAWN_TOGETHER", 2)
    one, two = (list(draw_pages(5, "train", 3, workers)) for workers in (1, 2))
    assert [len(page.pixels) for page in one] == [2, 2, 1]
    for page, other in zip(one, two, strict=True):
        assert np.array_equal(page.pixels, other.pixels)
        assert np.array_equal(page.labels, other.labels)
        assert page.subjects == other.subjects
    assert len({str(subject.facts) for page in one for subject in page.subjects}) == 5
