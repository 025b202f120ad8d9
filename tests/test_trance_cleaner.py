"""TRANCE: its programs are executed, and one that is not the one answer to its pictures is dropped."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from builders.clean import clean
from builders.cleaner import RefusedError
from builders.cleaners import _hdf
from builders.cleaners.trance import CLEANER
from builders.files import BuildError
from builders.sample import Dropped, Made
from evaluators import answer_from_json
from tests.cleaning import told, untested
from tests.public_data import change, things, trance, write_json, write_picture, write_trance

RED = change(0, "color", "red")
LOOK = [RED], things((0, "color", "red"))
# From (0, -14) behind by two steps, to (20, -14); and out of the square to the left.
MOVE = [change(1, "position", ["behind", 2])], things((1, "position", [20, -14]))
OUT = [change(1, "position", ["front-left", 1])], things((1, "position", [-10, -24]))
BACK = [change(3, "position", ["front", 1])], things((3, "position", [14, 2]))


def cleaned(source: Path) -> list[Made | Dropped]:
    return [clean(CLEANER, source, record) for record in CLEANER.records(source)]


def one(source: Path, *samples: Mapping[str, Any]) -> list[str]:
    made = cleaned(write_trance(source, samples))
    return [each.reason if isinstance(each, Dropped) else "row" for each in made]


@pytest.mark.parametrize(
    ("sample", "program", "kind"),
    [
        (LOOK, "change_color(0, 'red')", "looks"),
        (MOVE, "change_position(1, 'behind')", "moves"),
        # The way out is told over the nearest side; any way out is right.
        (OUT, "change_position(1, 'left')", "moves"),
        (BACK, "change_position(3, 'front')", "moves"),
        (
            ([change(2, "material", "metal"), RED], things((0, "color", "red"), (2, "material", "metal"))),
            "change_color(0, 'red')\nchange_material(2, 'metal')",
            "looks",
        ),
    ],
    ids=["look", "move", "out", "in", "two"],
)  # fmt: skip
def test_programs_become_rows(
    tmp_path: Path, sample: tuple[Sequence[Any], Any], program: str, kind: str
) -> None:
    (row,) = cleaned(write_trance(tmp_path, [trance(3, *sample)]))
    assert isinstance(row, Made)
    assert (row.sample.answer, row.sample.kind, row.sample.id) == (program, kind, "trance/train/3")
    assert row.sample.thought.endswith(f"\n{program}")
    assert "(3, 'cylinder', 'medium', 'blue', 'metal')" in row.sample.question
    scene = json.loads(row.sample.scene)
    assert scene["licence"] == "CC BY-NC 4.0"
    gold = answer_from_json(json.loads(row.sample.gold))
    score = gold.score("; ".join(scene["published"]))
    assert score is not None and score.value == 1


TWINS = things((1, "color", "gray"), (1, "material", "metal"), (1, "shape", "cylinder"))
FAULTS: Mapping[str, Mapping[str, Any]] = {
    "bad-record": trance(0, [change(0, "color", "pink")], things()),
    "bad-scene": trance(0, [RED], things((0, "color", "pink"))),
    "edited-twice": trance(0, [change(0, "color", "blue"), RED], things((0, "color", "red"))),
    "changes-nothing": trance(0, [change(0, "color", "gray")], things()),
    "wrong-answer": trance(0, [RED], things((0, "color", "blue"))),
    # From (24, 2) behind by two steps, off the grid.
    "impossible-move": trance(
        0, [change(3, "position", ["behind", 2])], things((3, "position", [44, 2]))
    ),
    "twins": trance(
        0, [change(1, "color", "red")], things((1, "color", "red"), (1, "material", "metal"), (1, "shape", "cylinder")), TWINS
    ),
    "unseen": trance(
        0,
        [*OUT[0], change(1, "color", "red")],
        things((1, "position", [-10, -24]), (1, "color", "red")),
    ),
    "hidden": trance(0, [RED], things((0, "color", "red"), (0, "n_pixels", {"Camera_Left": 149}))),
}  # fmt: skip


@pytest.mark.parametrize("reason", FAULTS)
def test_a_fault_has_its_name(tmp_path: Path, reason: str) -> None:
    assert one(tmp_path, FAULTS[reason]) == [reason]


@pytest.mark.parametrize(
    "step",
    [
        change(9, "color", "red"),
        change(-1, "color", "red"),
        change(0, "position", ["up", 1]),
        change(0, "position", ["left", 3]),
        change(0, "position", "left"),
        change(0, "weight", "red"),
        {"attr": "color"},
        "color",
    ],
)
def test_other_transformations_are_refused(tmp_path: Path, step: Any) -> None:
    assert one(tmp_path, trance(0, [step], things()))[0] in {"bad-record", "bad-scene"}


def test_a_sample_comes_once_and_a_number_may_come_again(tmp_path: Path) -> None:
    sample, other = trance(7, *LOOK), trance(7, *MOVE)
    source = write_trance(tmp_path, [sample, sample, other, {"idx": 8}])
    assert told(CLEANER, source) == {
        "train/7": None,
        "train/7~2": "twice",
        "train/7~3": None,
        "train/8": "bad-record",
    }
    del sample["idx"]
    source = write_trance(tmp_path / "unnumbered", [sample, sample])
    assert told(CLEANER, source) == {"train/x": None, "train/x~2": "twice"}


def test_the_test_split_is_seen_from_three_sides(tmp_path: Path) -> None:
    source = write_trance(
        tmp_path, [trance(number, *LOOK) for number in (499_999, 500_000, 510_000)]
    )
    made = cleaned(source)
    assert [one.sample.id for one in made if isinstance(one, Made)] == [
        "trance/train/499999",
        "trance/val/500000",
        "trance/test/510000",
        "trance/ood-left/510000",
        "trance/ood-right/510000",
    ]
    same = {
        (one.sample.question, one.sample.gold, one.sample.thought)
        for one in made[2:]
        if isinstance(one, Made)
    }
    assert len(same) == 1
    assert CLEANER.paired == {"ood-left": "test", "ood-right": "test"}


def test_a_single_record_is_read_and_other_json_is_not(tmp_path: Path) -> None:
    sample = trance(0, *LOOK)
    sample["states"][0]["images"] = {"Camera_Center": "/src/assets/first.png"}
    write_json(tmp_path / "example.json", sample)
    write_json(tmp_path / "values.json", {"shape": ["cube"]})
    write_picture(tmp_path / "first.png")
    write_picture(tmp_path / "img_000000-fin.C.png")
    assert CLEANER.files(tmp_path) == [tmp_path / "example.json"]
    assert isinstance(cleaned(tmp_path)[0], Made)


def test_packed_samples_are_read(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    sample, large = trance(10, *LOOK), trance(2, *LOOK)
    with h5py.File(tmp_path / "data.h5", "w") as file:
        split = file.create_group("train")
        for each in (sample, large):
            split.create_dataset(f"data/{each['idx']}", data=json.dumps(each))
        name = sample["states"][0]["images"]["Camera_Center"]
        split.create_dataset(f"image/{name}", data=np.zeros((12, 16, 4), np.uint8))
        name = sample["states"][1]["images"]["Camera_Center"]
        split.create_dataset(f"image/{name}", data=np.zeros((12, 16, 3), np.uint8))
        name = large["states"][0]["images"]["Camera_Center"]
        split.create_dataset(f"image/{name}", data=np.zeros((12, 16), np.float32))
    made = cleaned(tmp_path)
    assert [one.reason if isinstance(one, Dropped) else one.images[1].size for one in made] == [
        "picture-unreadable",
        (16, 12),
    ]


def test_what_a_packed_file_has_from_another_file_is_not_opened(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    (tmp_path / "secret").write_bytes(bytes(16 * 12 * 3))
    with h5py.File(tmp_path / "secret.hdf", "w") as file:
        file["picture"] = np.zeros((12, 16, 3), np.uint8)
    source = tmp_path / "source"
    source.mkdir()
    sample = trance(1, *LOOK)
    first, last = (f"image/{state['images']['Camera_Center']}" for state in sample["states"])
    fates = []
    for way in ("link", "bytes", "virtual", "nowhere"):
        with h5py.File(source / "data.h5", "w") as file:
            split = file.create_group("train")
            split["data/1"] = json.dumps(sample)
            split[last] = np.zeros((12, 16, 3), np.uint8)
            match way:
                case "link":
                    split[first] = h5py.ExternalLink(str(tmp_path / "secret.hdf"), "/picture")
                case "bytes":
                    there = [(str(tmp_path / "secret"), 0, 16 * 12 * 3)]
                    split.create_dataset(first, (12, 16, 3), np.uint8, external=there)
                case "virtual":
                    layout = h5py.VirtualLayout((12, 16, 3), np.uint8)
                    other = str(tmp_path / "secret.hdf")
                    layout[:] = h5py.VirtualSource(other, "picture", (12, 16, 3))
                    split.create_virtual_dataset(first, layout)
                case _:
                    split[first] = h5py.SoftLink("/train/none")
        fates += cleaned(source)
        _hdf._opened.cache_clear()
    assert [one.reason for one in fates if isinstance(one, Dropped)] == ["picture-missing"] * 4


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("train/data/1", r"train 1 of .*data\.h5 is no text that lies in the file"),
        ("train/data", "no samples of TRANCE"),
    ],
)
def test_a_packed_file_of_another_form_is_one_line(tmp_path: Path, name: str, said: str) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file[name] = np.arange(3)
    with pytest.raises(BuildError, match=said):
        cleaned(tmp_path)


@pytest.mark.parametrize(("shown", "found"), [(149.0, "hidden"), ({"a": 150.0}, "row")])
def test_whole_floats_are_pixels_too(tmp_path: Path, shown: Any, found: str) -> None:
    last = things((0, "color", "red"), (0, "n_pixels", shown))
    assert one(tmp_path, trance(0, [RED], last)) == [found]


def test_no_record_names_the_file_that_its_pictures_are_in(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    sample, source = trance(1, *LOOK), tmp_path / "source"
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        for state in sample["states"]:
            for name in state["images"].values():
                file[f"train/image/{name}"] = np.zeros((12, 16, 3), np.uint8)
    lies = [["../secret.h5", "train"], [str(tmp_path / "secret.h5"), "train"], 5]
    source.mkdir()
    text = "\n".join(json.dumps({**sample, "packed": lie, "record": lie}) for lie in lies)
    (source / "data.jsonl").write_text(text)
    made = cleaned(source)
    assert [one.reason for one in made if isinstance(one, Dropped)] == ["picture-missing"] * 3
    with pytest.raises(RefusedError, match="picture-outside"):
        _hdf.image(source, "../secret.h5", "train", "img_000001-init.C.png")


def test_a_sample_that_is_no_object_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "data.jsonl").write_text("[1]\n")
    (made,) = cleaned(tmp_path)
    assert isinstance(made, Dropped)
    assert (made.reason, made.detail) == ("bad-record", "it is [1]")


def test_every_reason_is_tested() -> None:
    assert not untested(CLEANER, __file__)
