"""The paper's own data: answers of a type each, thoughts only where they end in the answer."""

import json
import shutil
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from builders.clean import clean, source_plans
from builders.cleaners.reason_rft import CLEANER, PARTS
from builders.files import BuildError
from builders.sample import Dropped, Made
from tests.cleaning import untested
from tests.public_data import write_json, write_picture

COUNTING = "train_jsons/A3-Visual-Counting-train-35k-cot.json"
GEOMETRY = "test_jsons/Structure-Perception-id-test-820.json"
CHANGES = "train_jsons/A1-Spatial-Transformation-train-60k-cot.json"
LIST = (
    "[('0', 'cube', 'small', 'red', 'metal'), ('1', 'sphere', 'large', 'blue', 'glass'), "
    "('2', 'sphere', 'large', 'blue', 'glass')]"
)
CHOICES = "In the figure, how large is the angle A? Choices:\nA:40°\nB:60°\nC:120°\nD:140°"
PROMPT = " Output the thinking process in <think> </think> and final answer (number) in <answer> </answer> tags."


def record(problem: str, answer: Any, **others: Any) -> dict[str, Any]:
    return {"id": "a-1", "image": "one.png", "problem": problem, "answer": answer, **others}


def write_source(folder: Path, name: str, records: Sequence[Mapping[str, Any]]) -> Path:
    write_json(folder / name, records)
    for place, picture in product(("train_images", "test_images"), ("one.png", "two.png")):
        write_picture(folder / "images" / place / picture)
    return folder


def cleaned(folder: Path, name: str, *records: Mapping[str, Any]) -> list[Made | Dropped]:
    source = write_source(folder, name, records)
    return [clean(CLEANER, source, one) for one in CLEANER.records(source)]


def row(folder: Path, name: str, one: Mapping[str, Any]) -> Made:
    (made,) = cleaned(folder, name, one)
    assert isinstance(made, Made), made
    return made


def test_each_task_has_its_own_answers(tmp_path: Path) -> None:
    counted = row(tmp_path / "a", COUNTING, record("How many cubes are there?", "3")).sample
    assert (counted.family, counted.split, json.loads(counted.gold)["kind"]) == (
        "counting", "train", "integer"
    )  # fmt: skip
    chosen = row(tmp_path / "b", GEOMETRY, record(CHOICES, "D")).sample
    assert (chosen.family, chosen.answer, chosen.options[3]) == ("geometry", "D", "140°")
    assert chosen.question == "In the figure, how large is the angle A?"
    measured = row(tmp_path / "c", GEOMETRY, record("Find x.", "12.5")).sample
    assert json.loads(measured.gold)["kind"] == "number"
    text = "change_color(0, 'blue')\nchange_position('1','front-left')"
    edited = record(f"Objects: {LIST}.", text.split("\n")[0], image=["one.png", "two.png"])
    changed = row(tmp_path / "d", CHANGES, edited)
    assert (changed.sample.family, len(changed.images)) == ("transformation", 2)
    assert [json.loads(one.scene)["licence"] for one in (counted, chosen, changed.sample)] == [
        "CC BY-SA 4.0", "none stated", "CC BY-NC 4.0"
    ]  # fmt: skip


@pytest.mark.parametrize("asked", [
    "In triangle ABC, find angle A.",
    "The tangent touches circle O at point A. If angle B = 20°, find angle C.",
    "What is the ratio A : B? Or find the ratio A : B.",
    "The circle (center A) has radius 3. Find its area.",
    "Find x.",
])  # fmt: skip
@pytest.mark.parametrize("listed", [
    " Choices:\nA:30°\nB:40°\nC:50°\nD:60°",
    " Options: (A) 30° (B) 40° (C) 50° (D) 60°",
    "\n(A) 30° (B) 40° (C) 50° (D) 60°",
    " A. 30° B. 40° C. 50° D. 60°",
])  # fmt: skip
def test_options_are_the_list_at_the_end(tmp_path: Path, asked: str, listed: str) -> None:
    made = row(tmp_path, GEOMETRY, record(asked + listed, "C")).sample
    assert (made.question, made.options) == (asked, ("30°", "40°", "50°", "60°"))


@pytest.mark.parametrize("listed", [
    "Choices: A: AB B: AC C: those at point A. or at B.",
    "A. AB\nB. AC at point D. and E.\nC. those at point A. or at B.",
])  # fmt: skip
def test_an_option_may_speak_of_points(tmp_path: Path, listed: str) -> None:
    made = row(tmp_path, GEOMETRY, record(f"Which are equal?\n{listed}", "C")).sample
    assert (len(made.options), made.options[2]) == (3, "those at point A. or at B.")


@pytest.mark.parametrize("written", [3, 3.0, "3", "3.0", " 3 "])
def test_a_whole_number_is_one_however_it_is_written(tmp_path: Path, written: Any) -> None:
    assert row(tmp_path, COUNTING, record("How many cubes?", written)).sample.answer == "3"


def test_a_problem_is_not_prompted_twice(tmp_path: Path) -> None:
    asked = "How many cubes are there?"
    assert row(tmp_path / "a", COUNTING, record(asked + PROMPT, 3)).sample.question == asked
    plain = record(asked + PROMPT, 3, problem_no_prompt="How many?")
    assert row(tmp_path / "b", COUNTING, plain).sample.question == "How many?"


@pytest.mark.parametrize(
    ("cot", "thought", "fate"),
    [
        (None, "", "none"),
        ("Two and one make 3.", "Two and one make 3.", "kept"),
        ("<think>Two and one make 3.</think>", "Two and one make 3.", "kept"),
        ("<think>They are:\n3</think><answer>3</answer>", "They are:\n3", "kept"),
        ("<think>I see them.</think><answer>3</answer>", "I see them. 3", "kept"),
        ("<think>I see 3.</think><answer>4</answer>", "", "ends in another answer"),
        ("<think>I see 3.</think><answer>many</answer>", "", "ends in another answer"),
        ("There are 3 of them.", "", "does not end in the answer"),
        ("There are 13.", "", "does not end in the answer"),
    ],
)
def test_thoughts_are_kept_that_end_in_the_answer(
    tmp_path: Path, cot: str | None, thought: str, fate: str
) -> None:
    made = row(tmp_path, COUNTING, record("How many cubes are there?", "3", cot=cot))
    assert made.sample.thought == thought
    assert json.loads(made.sample.scene)["published_thought"] == fate


@pytest.mark.parametrize(
    ("name", "one", "reason"),
    [
        (COUNTING, record("How many?", None), "bad-record"),
        (COUNTING, record("", "3"), "bad-record"),
        (COUNTING, record("How many?", "3", image=None), "bad-record"),
        (COUNTING, record("How many?", "3", image=[]), "bad-record"),
        (COUNTING, record("How many?", "three"), "answer-not-a-number"),
        (COUNTING, record("How many?", True), "answer-not-a-number"),
        (COUNTING, record("How many?", 3.5), "answer-not-a-number"),
        (COUNTING, record("How many?", "3", image="../one.png"), "picture-outside"),
        (COUNTING, record("How many?", "3", image="other.png"), "picture-missing"),
        (GEOMETRY, record("Find x.", "no answer"), "answer-not-a-number"),
        (GEOMETRY, record("Find x.", "A"), "options-missing"),
        (GEOMETRY, record(CHOICES, "E"), "options-missing"),
        (GEOMETRY, record("The ratio A : B. (A) 1 (C) 2", "A"), "options-missing"),
        (GEOMETRY, record("Find x. Choices:\nA:12 B:12 C:14 D:15", "A"), "answer-repeated"),
        (GEOMETRY, record("Find x. Choices:\nA:x+1 B:2 C:x+1", "C"), "answer-repeated"),
        (GEOMETRY, record("Find x. Choices:\nA:14 B:12 C:14 D:15", "B"), "option-repeated"),
        (CHANGES, record(f"{LIST}", "paint it red"), "answer-not-a-program"),
        (CHANGES, record(f"{LIST}", "change_color(0, 'pink')"), "answer-not-a-program"),
        (CHANGES, record(f"{LIST}", "change_color(5, 'red')"), "answer-not-a-program"),
        (CHANGES, record("No list.", "change_color(0, 'red')"), "objects-missing"),
        (CHANGES, record(LIST, "change_color(0, 'blue'), change_color(0, 'gray')"), "edited-twice"),
        (CHANGES, record(LIST, "change_color(1, 'red')"), "twins"),
        (CHANGES, record(LIST, "change_color(0, 'red')"), "changes-nothing"),
    ],
)
def test_a_fault_has_its_name(
    tmp_path: Path, name: str, one: Mapping[str, Any], reason: str
) -> None:
    (made,) = cleaned(tmp_path, name, one)
    assert isinstance(made, Dropped) and made.reason == reason


def test_a_family_without_pictures_is_not_hidden_by_another(tmp_path: Path) -> None:
    source = write_source(tmp_path, COUNTING, [record("How many?", "3")])
    training = "train_jsons/A2-Structure-Perception-train-4k5-cot.json"
    write_json(source / training, [record("Find x.", "5", image="none.png")])
    known = {CLEANER.name: CLEANER}
    with pytest.raises(BuildError, match="has no pictures of geometry in train that can be read"):
        source_plans(CLEANER.name, source, ["all"], known)
    assert len(source_plans(CLEANER.name, source, ["all"], known, pictures=False)) == 2


def test_a_long_problem_takes_no_longer_than_it_is(tmp_path: Path) -> None:
    made = cleaned(
        tmp_path, GEOMETRY, record("A: x " * 20_000 + CHOICES.replace("Choices:", ""), "D"),
        record("A: x " * 20_000, "A"), record(" " * 200_000 + "Find x.", "5"),
    )  # fmt: skip
    assert isinstance(made[0], Made) and made[0].sample.options[3] == "140°"
    assert isinstance(made[1], Dropped) and made[1].reason == "options-missing"
    assert isinstance(made[2], Made) and made[2].sample.question == "Find x."


def test_other_files_are_not_read(tmp_path: Path) -> None:
    source = write_source(tmp_path, COUNTING, [record("How many?", "3")])
    for name in ("ClevrMath-train-1500-cot", "Geometry3K-train-3794", "AI2D-1467"):
        write_json(source / "train_jsons" / f"{name}.json", [record("How many?", "3")])
    assert CLEANER.files(source) == [source / COUNTING]


def test_every_published_file_is_known() -> None:
    names = (
        "A1-Spatial-Transformation-train-60k-cot",
        "A2-Structure-Perception-train-4k5-cot",
        "A3-Visual-Counting-train-35k-cot",
        "Spatial-Transformation-id-test-1k",
        "Spatial-Transformation-ood-left-test-1k",
        "Spatial-Transformation-ood-right-test-1k",
        "Structure-Perception-id-test-820",
        "Structure-Perception-ood-test-800",
        "Visual-Counting-id-test-1k",
        "Visual-Counting-ood-test-1k",
    )
    starts = [
        next(start for start in PARTS if name[3 * (name[0] == "A") :].startswith(start))
        for name in names
    ]
    assert sorted(starts) == sorted(PARTS)


def test_a_diagram_of_a_test_is_not_learned_from(tmp_path: Path) -> None:
    learned = "train_jsons/A2-Structure-Perception-train-4k5-cot.json"
    rows = [record("Find x.", 1), record("Find y.", 2, image="two.png"), record("Find z.", "?")]
    source = write_source(tmp_path, learned, [*rows, record("Find u.", 3, image="none.png")])
    write_json(source / "test_jsons/Structure-Perception-ood-test-800.json", rows[:1])
    counted = [record("How many?", 3), record("How many?", 3, image=None)]
    write_json(source / COUNTING, counted)
    write_json(source / "test_jsons/Visual-Counting-ood-test-1k.json", counted)
    write_picture(source / "images/train_images/two.png", "blue")
    made = {
        (one.place.split(",")[0], one.content["problem"]): clean(CLEANER, source, one)
        for one in CLEANER.records(source)
        if one.content["image"]
    }
    fates = [one.reason if isinstance(one, Dropped) else None for one in made.values()]
    # The test's own, and counting's of both splits, whose pictures are many and large, are rows.
    assert sorted(fates, key=str) == [
        *[None] * 4, "answer-not-a-number", "picture-missing", "twin-in-test"
    ]  # fmt: skip
    drop = made[learned, "Find x."]
    assert isinstance(drop, Dropped)
    assert (drop.reason, drop.detail) == (
        "twin-in-test",
        "one picture in two splits, ood-textbook and its own",
    )


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_record_has_no_picture_of_the_other_files(tmp_path: Path, is_packed: bool) -> None:
    source = write_source(tmp_path, COUNTING, [record("How many?", "3")])
    write_json(source / "test_jsons/Visual-Counting-id-test-1k.json", [record("How many?", "3")])
    write_picture(source / "images" / "test_images" / "one.png", "blue")
    for folder in sorted((source / "images").iterdir()) if is_packed else ():
        with ZipFile(source / "images" / f"{folder.name}.zip", "w") as archive:
            for picture in sorted(folder.iterdir()):
                archive.write(picture, picture.name)
        shutil.rmtree(folder)
    made = [clean(CLEANER, source, one) for one in CLEANER.records(source)]
    colours = {
        one.sample.split: one.images[0].getpixel((0, 0)) for one in made if isinstance(one, Made)
    }
    assert len(colours) == 2 and colours["test"] == (0, 0, 255) != colours["train"]
    if not is_packed:
        (source / "images" / "train_images" / "one.png").unlink()
        fates = [clean(CLEANER, source, one) for one in CLEANER.records(source)]
        assert [one.reason for one in fates if isinstance(one, Dropped)] == ["picture-missing"]


def test_pictures_are_read_where_they_are_packed(tmp_path: Path) -> None:
    source = write_source(tmp_path, COUNTING, [record("How many?", "3", image="deep/three.png")])
    outside = write_picture(tmp_path.parent / "evil.png")
    with ZipFile(source / "images" / "train_images.zip", "w") as archive:
        archive.write(source / "images" / "train_images" / "one.png", "train_images/deep/three.png")
        archive.write(outside, "../../evil.png")
    (record_,) = CLEANER.records(source)
    assert isinstance(clean(CLEANER, source, record_), Made)
    assert not (tmp_path / "evil.png").exists()
    write_json(source / COUNTING, [record("How many?", "3", image="evil.png")])
    (record_,) = CLEANER.records(source)
    made = clean(CLEANER, source, record_)
    assert isinstance(made, Dropped) and made.reason == "picture-missing"


def test_every_reason_is_tested() -> None:
    """But for a gold that its own grader refuses, of which none is known."""
    assert not untested(CLEANER, __file__) - {"gold-fails"}
