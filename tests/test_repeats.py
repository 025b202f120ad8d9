"""Repeats: of two records that ask the same about the same picture one at most is a row, and never a wrong one."""

import json
import shutil
from collections.abc import Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from builders import registry
from builders.audit.audit import Request, audit
from builders.clean import source_plans
from builders.cleaners import clevr, clevr_math, geometry3k, geomverse, geoqa, reason_rft, trance
from builders.dataset import build
from builders.engine import InProcess, LocalProcesses
from builders.repeats import REPEATS
from tests import test_geometry3k, test_geomverse, test_geoqa
from tests.cleaning import draw, told
from tests.public_data import (
    change,
    question,
    things,
    write_clevr,
    write_json,
    write_picture,
    write_trance,
)
from tests.public_data import trance as sample
from tests.quiet import Quiet

GEOMETRY = "train_jsons/A2-Structure-Perception-train-4k5-cot.json"
TEST = "test_jsons/Structure-Perception-id-test-820.json"
SUM = "Subtract all red blocks. How many objects are left?"


@pytest.mark.parametrize("name", registry.cleaners())
def test_every_cleaner_tells_of_them(name: str) -> None:
    assert registry.cleaners()[name].reasons.items() >= REPEATS.items()


# CLEVR's family: a scene decides, so that what is wrong is dropped for that.


def test_a_sum_that_is_written_otherwise_is_the_same(tmp_path: Path) -> None:
    labelled = question(SUM, 3, 5)
    labelled["label"] = labelled.pop("answer")
    source = write_clevr(
        tmp_path,
        [
            question(SUM, 4, 0),
            question(SUM, 3, 1),
            question(SUM, "3", 2),
            question(SUM.replace(". ", ".\r\n"), 3, 3),
            question(SUM.upper(), 3.0, 4),
            labelled,
            question(SUM.replace("blocks", "cubes"), 3, 6),
            question(SUM, 3, 7, image_filename="CLEVR_train_000001.png"),
        ],
    )
    assert told(clevr_math.CLEANER, source) == {
        "train/0-0": "wrong-answer",
        "train/0-1": None,
        **{f"train/0-{number}": "twice" for number in (2, 3, 4, 5)},
        "train/0-6": None,
        "train/0-7": "twice",  # another name, another file, the same scene, the same pixels
    }
    write_picture(source / "images" / "train" / "CLEVR_train_000001.png", "blue")
    assert told(clevr_math.CLEANER, source)["train/0-7"] is None


def test_a_row_without_its_picture_takes_no_other_with_it(tmp_path: Path) -> None:
    text = "How many cubes are there?"
    source = write_clevr(
        tmp_path,
        [question(text, 2, 0), question(text, 2, 1, image_filename="CLEVR_train_000001.png")],
    )
    (source / "images" / "train" / "CLEVR_train_000000.png").unlink()
    assert told(clevr.CLEANER, source) == {"train/0-0": "picture-missing", "train/0-1": None}
    assert told(clevr.CLEANER, source, pictures=False) == {"train/0-0": None, "train/0-1": "twice"}


def test_a_sample_of_trance_is_one_from_each_side(tmp_path: Path) -> None:
    red = [change(0, "color", "red")], things((0, "color", "red"))
    source = write_trance(tmp_path, [sample(510_000, *red), sample(510_000, *red)])
    assert told(trance.CLEANER, source) == {
        f"{split}/510000{again}": "twice" if again else None
        for split in ("test", "ood-left", "ood-right")
        for again in ("", "~2")
    }


# Where nothing decides.


def paper(folder: Path, records: Mapping[str, list[dict[str, Any]]]) -> Path:
    for name, rows in records.items():
        write_json(folder / name, rows)
    for name, color in (("one", "red"), ("two", "blue")):
        for place in ("train_images", "test_images"):
            write_picture(folder / "images" / place / f"{name}.png", color)
    shutil.copy(
        folder / "images/train_images/one.png", folder / "images/train_images/one-again.png"
    )
    return folder


def record(
    name: str, answer: Any, problem: str = "Find x.", image: Any = "one.png"
) -> dict[str, Any]:
    return {"id": name, "image": image, "problem": problem, "answer": answer}


def test_the_same_answer_again_is_one_row_however_it_is_written(tmp_path: Path) -> None:
    rows = [
        record("bad", "none"),
        record("a", "3"),
        record("b", 3),
        record("c", "3", image=["one.png"]),
        record("d", "3", "Find x. Output the thinking process in <think> </think>."),
        record("e", "3.0", image="one-again.png"),
        record("f", "4", image="two.png"),
        record("g", "3", "Find y."),
    ]
    found = told(reason_rft.CLEANER, paper(tmp_path, {GEOMETRY: rows}))
    assert {name.removeprefix("train/"): reason for name, reason in found.items()} == {
        "bad": "answer-not-a-number",
        "a": None,
        **dict.fromkeys("bcde", "twice"),
        "f": None,
        "g": None,
    }


def test_two_answers_to_one_question_are_both_dropped(tmp_path: Path) -> None:
    rows = [record("a", "3"), record("b", "4"), record("c", "3"), record("d", "4", "Find y.")]
    source = paper(tmp_path, {GEOMETRY: rows})
    assert told(reason_rft.CLEANER, source) == {
        **{f"train/{name}": "contradicts" for name in "abc"},
        "train/d": None,
    }
    (plan,) = source_plans("reason-rft", source, ["all"], registry.cleaners())
    assert [drop.detail for drop in plan.repeats.values()] == [
        "'3'; b of train says '4'",
        "'4'; a of train says '3'",
        "'3'; b of train says '4'",
    ]


def test_of_answers_that_agree_by_a_tolerance_each_must_agree_with_each(tmp_path: Path) -> None:
    """100 is within 3 % of both others, which are not of each other, whichever comes first."""
    for answers in permutations(("100", "102.9", "97.2")):
        rows = [record(name, value) for name, value in zip("abc", answers, strict=True)]
        source = paper(tmp_path / "-".join(answers), {GEOMETRY: rows})
        assert set(told(reason_rft.CLEANER, source).values()) == {"contradicts"}


def test_other_options_make_another_question(tmp_path: Path) -> None:
    texts = [f"Find x. Choices: A:1 B:2 C:{number}" for number in (3, 3, 4)]
    rows = [record(f"r{number}", "B", text) for number, text in enumerate(texts)]
    found = told(reason_rft.CLEANER, paper(tmp_path, {GEOMETRY: rows}))
    assert list(found.values()) == [None, "twice", None]


def test_a_test_split_stays_whole(tmp_path: Path) -> None:
    source = paper(tmp_path, {GEOMETRY: [record("a", "3")], TEST: [record("b", "3")]})
    assert told(reason_rft.CLEANER, source) == {"train/a": "twin-in-test", "test/b": None}


def test_texts_alone_are_compared_by_the_names_of_their_pictures(tmp_path: Path) -> None:
    """The paper's thoughts were written in the order in which they came, some of them twice."""
    thought = {"cot": "<think>It is 3.</think><answer>3</answer>"}
    rows = [
        record("a", "3"),
        {**record("a", "3"), **thought},
        record("b", "3", image=["one.png"]),
        record("c", "3", image="two.png"),
        record("d", "3", "Find y."),
        record("e", "4", "Find y."),
    ]
    source = paper(tmp_path, {GEOMETRY: rows, TEST: [record("f", "4")]})
    shutil.rmtree(source / "images")
    found = told(reason_rft.CLEANER, source, pictures=False)
    assert list(found.values()) == [
        *(None, "twice", "twice", None, "contradicts", "contradicts"),
        None,  # of the test, whose pictures may be called as those of training are
    ]


def test_without_names_texts_alone_are_compared_by_all_that_is_read(tmp_path: Path) -> None:
    rows = [{**test_geoqa.PROBLEM, "formal_point": [], "image": number} for number in (0, 0, 1)]
    write_json(tmp_path / "train.json", rows)
    found = told(geoqa.CLEANER, tmp_path, pictures=False)
    assert list(found.values()) == [None, "twice", None]


def test_a_textbook_record_under_two_ids_is_one_row(tmp_path: Path) -> None:
    for number in (1, 2, 3, 4):
        test_geometry3k.put(tmp_path, f"train/{number}")
    shutil.copy(tmp_path / "train/1/img_diagram.png", tmp_path / "train/2/img_diagram.png")
    shutil.copy(tmp_path / "train/1/img_diagram.png", tmp_path / "train/3/img_diagram.png")
    # One diagram with another question is a good row.
    other = {**test_geometry3k.DATA, "annotat_text": "Find $y$."}
    write_json(tmp_path / "train/3/data.json", other)
    assert told(geometry3k.CLEANER, tmp_path) == {
        "train/1": None,
        "train/2": "twice",
        "train/3": None,
        "train/4": None,
    }
    write_json(tmp_path / "train/1/data.json", {**test_geometry3k.DATA, "answer": "A"})
    assert told(geometry3k.CLEANER, tmp_path)["train/2"] == "contradicts"


def test_a_row_of_a_pickle_is_one_row(tmp_path: Path) -> None:
    same = {"image": test_geoqa.pictured(9)}
    wrong = {**same, "label": 1, "answer": ""}
    test_geoqa.put(tmp_path / "train.pk", wrong, same, {**same, "id": 18}, {})
    assert told(geoqa.CLEANER, tmp_path) == {
        "train/train-1": "program-disagrees",
        "train/train-2": None,
        "train/train-3": "twice",
        "train/train-4": None,
    }


def test_a_made_up_problem_comes_once_in_all_splits(tmp_path: Path) -> None:
    test_geomverse.put(tmp_path / "TEST/D1", {}, {}, {"image_path": None})
    test_geomverse.put(tmp_path / "TEST/D2_DISTRACTOR", {"image_path": None})
    test_geomverse.put(tmp_path / "TRAIN", {"image_path": None, "tikz": None}, {"image_path": None})
    draw(tmp_path / "TEST/D1/images/2.jpeg", "blue")
    draw(tmp_path / "TRAIN/images/1.jpeg", "green")
    assert told(geomverse.CLEANER, tmp_path) == {
        "test/TEST-D1-0": None,
        "test/TEST-D1-1": "twice",
        "test/TEST-D1-2": None,
        "ood-d2-distractor/TEST-D2_DISTRACTOR-0": "twice",
        "train/TRAIN-0": "twice",
        "train/TRAIN-1": None,
    }


def test_what_is_left_passes_the_audit_whatever_the_workers(tmp_path: Path) -> None:
    rows = [record(f"r{number}", number % 7, f"Find {number % 40}.") for number in range(120)]
    source = paper(tmp_path / "source", {GEOMETRY: rows})
    shards = []
    for name, engine in (("one", InProcess()), ("two", LocalProcesses(2))):
        out = tmp_path / name
        plans = source_plans("reason-rft", source, ["all"], registry.cleaners())
        manifest = build(plans, out, engine, Quiet(), registry.cleaners).manifest
        entry = manifest["families"]["geometry"]["train"]
        assert entry["drops"] == {"contradicts": 120}
        shards.append((out / "drops.jsonl").read_bytes())
    assert shards[0] == shards[1]
    source = paper(
        tmp_path / "again",
        {GEOMETRY: [record(f"r{n}", n % 40, f"Find {n % 40}.") for n in range(120)]},
    )
    plans = source_plans("reason-rft", source, ["all"], registry.cleaners())
    manifest = build(plans, tmp_path / "three", InProcess(), Quiet(), registry.cleaners).manifest
    assert manifest["families"]["geometry"]["train"]["drops"] == {"twice": 80}
    assert audit(tmp_path / "three", Request(), InProcess(), Quiet()).passed
    first = json.loads((tmp_path / "three" / "drops.jsonl").read_text().splitlines()[0])
    assert (first["id"], first["reason"], first["detail"]) == ("r40", "twice", "as r0 of train")
