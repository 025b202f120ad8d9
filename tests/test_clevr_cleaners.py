"""CLEVR, CLEVR-Math and Super-CLEVR: all of their English is read, and every fault has its own name."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from builders.clean import clean, source_plans
from builders.cleaner import Cleaner, RefusedError
from builders.cleaners import clevr, clevr_math, super_clevr
from builders.cleaners._clevr_english import VEHICLES, count
from builders.cleaners._clevr_scene import SOLIDS, Scene, Thing, essence, read_scene
from builders.cleaners._clevr_sums import answer, read_sum, thought
from builders.files import BuildError
from builders.sample import Dropped, Made
from tests import public_data
from tests.cleaning import told, untested
from tests.command import Rrft
from tests.public_data import STREET, TABLE, question, scene, write_clevr, write_json, write_picture


def table(rows: Sequence[public_data.Row] = TABLE, shapes: frozenset[str] = SOLIDS) -> Scene:
    kept = essence(scene("x.png", 0, rows))
    assert kept is not None
    return read_scene(kept, shapes)


def cleaned(cleaner: Cleaner, source: Path) -> list[Made | Dropped]:
    return [clean(cleaner, source, record) for record in cleaner.records(source)]


def reasons(made: Sequence[Made | Dropped]) -> list[str]:
    """`row`, or why there is none."""
    return [one.reason if isinstance(one, Dropped) else "row" for one in made]


# CLEVR's counting questions, on five things; each answer was found by hand.


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("How many red things are there?", 3),
        ("What number of tiny matte balls are there?", 1),
        ("How many objects are there?", 5),
        ("How many purple things are there?", 0),
        ("How many small things are to the right of the large red block?", 1),
        ("How many things are right of the large red block?", 2),
        ("What number of things are on the left side of the big matte cube?", 2),
        ("There is a big matte cube; what number of objects are behind it?", 2),
        ("There is a big matte cube; how many objects are in front of it?", 2),
        ("How many shiny things are left of the cylinder that is behind the big red cube?", 1),
        ("There is a cylinder that is behind the big red cube; how many cubes are left of it?", 2),
        ("How many cubes are behind the shiny ball right of the tiny sphere that is left of the large block?", 2),
        ("How many other things are the same color as the cylinder?", 0),
        ("How many other objects are there of the same size as the tiny metallic cube?", 2),
        ("What number of blocks have the same material as the cylinder?", 1),
        ("How many other things are made of the same material as the tiny block?", 1),
        ("What number of other cubes are the same shape as the small metal cube?", 1),
        ("How many things are either blue balls or big cylinders?", 2),
        ("How many small objects are red things or metallic spheres?", 3),
        ("What number of cubes are either tiny objects or big matte things?", 2),
        ("How many things are either cubes that are right of the tiny cube or gray things?", 2),
        ("How many things are cylinders or balls that are in front of the cylinder?", 3),
        ("How many red things are both left of the cylinder and behind the ball that is right of the big block?", 2),
        ("What number of things are left of the cylinder and in front of the large block?", 1),
    ],
)  # fmt: skip
def test_counting_questions_are_read(text: str, number: int) -> None:
    assert len(count(text, table()).found) == number


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("How many things are left of the cube?", "no-single-thing"),
        ("How many things are left of the green ball?", "no-single-thing"),
        ("How many other things are the same color as the ball?", "no-single-thing"),
        ("How many red blue things are there?", "not-understood"),
        ("How many wooden things are there?", "not-understood"),
        ("How many things are there above the cube?", "not-understood"),
        ("How many things are red?", "not-understood"),
        ("Are there any cubes?", "not-understood"),
        (f"How many things are {'left of the thing ' * 2000}?", "not-understood"),
        ("", "not-understood"),
    ],
)
def test_other_questions_are_refused(text: str, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        count(text, table())
    assert caught.value.drop.reason == reason


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("How many buss are there?", 2),
        ("How many buses are there?", 2),
        ("What number of red school buss are there?", 1),
        ("How many cars are there?", 1),
        ("How many regular cars are there?", 1),
        ("How many small metal regular buss are behind the school bus?", 1),
        ("What number of other things are there of the same shape as the regular car?", 0),
        ("How many bicycles are right of the big red bus?", 1),
        ("How many road bikes are right of the big red bus?", 1),
    ],
)
def test_vehicles_are_read(text: str, number: int) -> None:
    assert len(count(text, table(STREET, VEHICLES)).found) == number


def test_both_forms_of_programs_are_executed(tmp_path: Path) -> None:
    published: list[dict[str, Any]] = [
        {"inputs": [], "function": "scene", "value_inputs": []},
        {"inputs": [0], "function": "filter_shape", "value_inputs": ["cylinder"]},
        {"inputs": [1], "function": "unique", "value_inputs": []},
        {"inputs": [2], "function": "relate", "value_inputs": ["left"]},
        {"inputs": [3], "function": "filter_material", "value_inputs": ["metal"]},
        {"inputs": [4], "function": "count", "value_inputs": []},
    ]
    generated = [
        {"inputs": step["inputs"], "type": step["function"], "side_inputs": step["value_inputs"]}
        for step in published
    ]
    wrong = [*published[:4], {"inputs": [3], "function": "count", "value_inputs": []}]
    text = "How many metal things are left of the cylinder?"
    source = write_clevr(
        tmp_path,
        [
            question(text, "1", 0, program=published),
            question(text, 1, 1, program=generated),
            question(text, "1", 2, program=wrong),
            question(text, "1", 3, program=[*published[:5], {"inputs": [9], "function": "count"}]),
            question(text, "1", 4, program=6),
        ],
    )
    made = cleaned(clevr.CLEANER, source)
    # The second has another answer as JSON, so that it is not the first again.
    assert reasons(made) == ["row", "row", *["program-differs"] * 3]


CLEVR_FAULTS: dict[str, dict[str, Any]] = {
    "not-a-count": {"question": "Are there any cubes?", "answer": "yes"},
    "answer-not-a-number": {"question": "What number of cubes are there?", "answer": "yes"},
    "bad-record": {"question": None, "answer": 1},
    "no-answer": {"question": "How many cubes are there?", "answer": None},
    "no-scene": {
        "question": "How many cubes are there?",
        "answer": 2,
        "image_filename": "other.png",
    },
    "not-understood": {"question": "How many cubes can you see?", "answer": 2},
    "no-single-thing": {"question": "How many things are left of the cube?", "answer": 2},
    "wrong-answer": {"question": "How many cubes are there?", "answer": "3"},
}


@pytest.mark.parametrize("reason", CLEVR_FAULTS)
def test_a_fault_of_clevr_has_its_name(tmp_path: Path, reason: str) -> None:
    source = write_clevr(
        tmp_path,
        [question("How many cubes are there?", "2", 0), question("", "", 1) | CLEVR_FAULTS[reason]],
    )
    made = cleaned(clevr.CLEANER, source)
    assert reasons(made) == ["row", reason]
    row, dropped = made
    assert isinstance(row, Made) and isinstance(dropped, Dropped)
    assert reason != "no-scene" or dropped.detail == "none of 'other.png'"
    assert row.sample.id == "clevr/train/0-0"
    assert row.sample.thought.endswith("small red metal cube. So the answer is 2.")
    assert row.images[0].mode == "RGB"


def test_booleans_are_no_numbers(tmp_path: Path) -> None:
    source = write_clevr(
        tmp_path,
        [
            question("How many gray things are there?", one, n)
            for n, one in enumerate((True, "Yes", 1))
        ],
    )
    assert reasons(cleaned(clevr.CLEANER, source)) == [*["answer-not-a-number"] * 2, "row"]


def test_ids_are_each_used_once(tmp_path: Path) -> None:
    source = write_clevr(tmp_path, [question("How many cubes are there?", "2", 0)])
    write_json(
        source / "questions" / "more_train.json",
        {"questions": [question("How many balls are there?", "2", 0), "no question"]},
    )
    records = list(clevr.CLEANER.records(source))
    assert [one.id for one in records] == ["0-0", "0-0~2", "x-1"]
    assert reasons(cleaned(clevr.CLEANER, source)) == ["row", "row", "bad-record"]


def test_what_a_question_says_of_its_split_comes_before_its_file(tmp_path: Path) -> None:
    source = write_clevr(tmp_path, [question("How many cubes are there?", "2", 0, split="val")])
    (record,) = clevr.CLEANER.records(
        source
    )  # in CLEVR_train_questions.json, of CLEVR_train_000000.png
    assert record.split == "val"


@pytest.mark.parametrize("told", ["as the folder", "train", None])
def test_cogent_has_its_own_splits_and_folders(tmp_path: Path, told: str | None) -> None:
    """As it is unpacked: two of each split; whether `split` says so or not."""
    shown = {"trainA": "red", "valA": "green", "valB": "blue", "testB": "gray"}
    for called, color in shown.items():
        name = f"CLEVR_{called}_000000.png"
        asked = question("How many cubes are there?", "2", 0, image_filename=name)
        asked["split"] = called if told == "as the folder" else told
        if called == "testB":
            del asked["answer"]
        write_json(tmp_path / f"questions/CLEVR_{called}_questions.json", {"questions": [asked]})
        write_json(tmp_path / f"scenes/CLEVR_{called}_scenes.json", {"scenes": [scene(name, 0)]})
        write_picture(tmp_path / f"images/{called}/{name}", color)
    made = cleaned(clevr.CLEANER, tmp_path)
    assert [one.split if isinstance(one, Dropped) else one.sample.split for one in made] == [
        "ood-pairing",  # in the order of the files: testB, trainA, valA, valB
        "train",
        "val",
        "ood-pairing",
    ]
    assert reasons(made) == ["no-answer", "row", "row", "row"]
    assert clevr.CLEANER.shifts["ood-pairing"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: one["objects"][0].pop("color"), "bad-scene"),
        (lambda one: one["objects"][0].update(shape="cone"), "bad-scene"),
        (lambda one: one["objects"][0].update({"3d_coords": [True, 0, 0]}), "bad-scene"),
        (lambda one: one["objects"][0].update({"3d_coords": [10**400, 0, 0]}), "bad-scene"),
        (lambda one: one["objects"][0].update(pixel_coords=[10**400, 0, 0]), "row"),
        (lambda one: one["directions"].update(left=[10**400, 0]), "bad-scene"),
        (lambda one: one["directions"].update(left="there"), "bad-scene"),
        (lambda one: one["relationships"]["left"].pop(), "bad-scene"),
        (lambda one: one["relationships"]["left"].reverse(), "relations-differ"),
        (lambda one: one.pop("relationships"), "row"),
        (lambda one: one.pop("directions"), "row"),
    ],
)
def test_scenes_are_looked_at(tmp_path: Path, change: Any, reason: str) -> None:
    source = write_clevr(tmp_path, [question("How many balls are there?", "2", 0)])
    path = source / "scenes" / "CLEVR_train_scenes.json"
    scenes = json.loads(path.read_text())
    change(scenes["scenes"][0])
    path.write_text(json.dumps(scenes))
    assert reasons(cleaned(clevr.CLEANER, source)) == [reason]
    assert told(clevr.CLEANER, source) == {"train/0-0": None if reason == "row" else reason}


# CLEVR-Math.


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [
        ("Add 2 red cubes. How many red cubes are left?", 4, "addition"),
        ("Add 1 large red matte blocks. How many large red matte blocks exist?", 2, "addition"),
        ("Add 1 small blue matte cylinders. How many objects exist?", 6, "addition"),
        ("Subtract all red cubes. How many cubes are left?", 0, "subtraction"),
        ("Subtract all red objects. How many objects are left?", 2, "subtraction"),
        ("Subtract all tiny metallic balls. How many balls are left?", 1, "subtraction"),
        ("Subtract 1 blue balls. How many objects are left?", 4, "subtraction"),
        ("Subtract all red blocks. How many objects are left?", 3, "subtraction"),
        ("Subtract 1 spheres. How many spheres are left?", 1, "subtraction"),
        ("Subtract 2 spheres. How many spheres are left?", 0, "subtraction"),
        ("How many red blocks must be subtracted to get 1 red blocks?", 1, "subtraction-to"),
        ("How many red blocks must be taken away to get 1 red blocks?", 1, "subtraction-to"),
        ("Insert 2 red cubes. How many red cubes are there ?", 4, "addition"),
        ("Remove all red blocks. How many objects are left", 3, "subtraction"),
        ("Take away every red things. Withdraw all cubes. How many objects remain?", 2, "multi-hop"),
        ("Subtract all red cubes. Subtract all blue balls. How many cubes are left?", 0, "adversarial"),
        ("Subtract all purple cubes. Subtract all red spheres. How many cubes are left?", 2, "adversarial-no-op"),
        ("Subtract all gray cylinders. How many red cubes are left?", 2, "adversarial"),
        ("Subtract all green cylinders. How many red cubes are left?", 2, "adversarial-no-op"),
        ("Subtract all red things. Subtract all cubes. How many objects are left?", 2, "multi-hop"),
        ("Subtract all tiny shiny things. Subtract all red cubes. How many objects are left?", 2, "multi-hop"),
        ("Subtract all cyan things. Subtract all red cubes. How many objects are left?", 3, "multi-hop-no-op"),
    ],
)  # fmt: skip
def test_sums_are_read(tmp_path: Path, text: str, number: int, kind: str) -> None:
    source = write_clevr(tmp_path, [question(text, number, 0), question(text, number + 1, 1)])
    made = cleaned(clevr_math.CLEANER, source)
    assert reasons(made) == ["row", "wrong-answer"]
    row = made[0]
    assert isinstance(row, Made)
    assert (row.sample.answer, row.sample.kind) == (str(number), kind)
    assert row.sample.thought.endswith(f"So the answer is {number}.")
    assert json.loads(row.sample.scene)["licence"] == "CC BY-SA 4.0"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Subtract all gray cylinders. How many cylinders are left?",
            "At first there is 1 cylinder. 1 gray cylinder less: 1 − 1 = 0. So the answer is 0.",
        ),
        (
            "Subtract every red cube. How many objects are left?",
            "At first there are 5 objects. 2 red cubes less: 5 − 2 = 3. So the answer is 3.",
        ),
        (
            "Add 1 tiny red matte spheres. How many things exist?",
            "At first there are 5 things. 1 tiny red matte sphere more: 5 + 1 = 6. So the answer is 6.",
        ),
    ],
)
def test_thoughts_are_english(text: str, words: str) -> None:
    asked = read_sum(text)
    assert thought(asked, answer(asked, table())) == words


def test_what_goes_with_both_steps_is_tagged(tmp_path: Path) -> None:
    text = "Subtract all red things. Subtract all {}. How many objects are left?"
    source = write_clevr(
        tmp_path, [question(text.format("cubes"), 2, 0), question(text.format("blue balls"), 1, 1)]
    )
    tags = [
        json.loads(one.sample.scene)["tags"]
        for one in cleaned(clevr_math.CLEANER, source)
        if isinstance(one, Made)
    ]
    assert tags == [["overlap"], []]


@pytest.mark.parametrize(
    ("text", "label", "reason"),
    [
        ("Subtract 0 purple spheres. How many objects are left?", 5, "subtracts-nothing"),
        ("Remove 00 purple spheres. How many objects are left?", 5, "subtracts-nothing"),
        ("Remove all red cubes. How many were removed if there are 1 red cubes left?", 1, "contradiction"),
        ("Add 6 large things. How many greens exist?", 0, "adversarial-addition"),
        ("Add 6 large greens. How many small things exist?", 0, "adversarial-addition"),
        ("Add 2 big cubes. How many tiny cubes exist?", 1, "adversarial-addition"),
        ("Subtract all red cubes. How many were subtracted if there are 1 red cubes left?", 1, "contradiction"),
        ("Subtract all big red cubes. Subtract all big red cubes. How many objects are left?", 4, "same-group-twice"),
        ("Subtract 3 spheres. How many spheres are left?", 0, "subtracts-too-many"),
        ("How many red cubes must be subtracted to get 3 red cubes?", 0, "subtracts-too-many"),
        ("Subtract 1 spheres. How many blue spheres are left?", 0, "undecided"),
        ("How many a" + " must be subtracted to get 1 a" * 20_000, 0, "not-understood"),
        ("Subtract some cubes. How many objects are left?", 4, "not-understood"),
        ("How many cubes are left?", 2, "not-understood"),
        ("Subtract all wooden cubes. How many objects are left?", 4, "not-understood"),
        ("Add all cubes. How many cubes exist?", 4, "not-understood"),
        ("Subtract all red cubes. How many objects are left?", None, "no-answer"),
        ("Subtract all red cubes. How many objects are left?", True, "bad-record"),
        ("Subtract all red cubes. How many objects are left?", "many", "bad-record"),
        ("Subtract all red cubes. How many objects are left?", [3], "bad-record"),
    ],
)  # fmt: skip
def test_a_fault_of_clevr_math_has_its_name(
    tmp_path: Path, text: str, label: Any, reason: str
) -> None:
    source = write_clevr(tmp_path, [question(text, label, 0)])
    assert reasons(cleaned(clevr_math.CLEANER, source)) == [reason]


def test_the_mixed_up_template_is_known_by_its_name_too(tmp_path: Path) -> None:
    text = "Add 6 large things. How many things exist?"
    raw = {"template_filename": "adversarial.json", "question_family_index": 2}
    asked = [
        question(text, 0, 0, **raw),
        question(text, 0, 1, template="adversarial"),  # as the Hub's loader calls it
        question("Subtract all red cubes. How many blue balls are left?", 1, 2, **raw),
        question(text, 0, 3),
        question(text, 11, 4),
    ]
    found = reasons(cleaned(clevr_math.CLEANER, write_clevr(tmp_path, asked)))
    assert found == [*["adversarial-addition"] * 2, "row", "wrong-answer", "row"]


@pytest.mark.parametrize(
    ("label", "found"),
    [(3.0, "row"), ("3.0", "row"), (3.5, "bad-record"), (float(10**12), "bad-record")],
)
def test_whole_floats_are_whole_numbers(tmp_path: Path, label: Any, found: str) -> None:
    asked = question("Subtract all red blocks. How many objects are left?", label, 0)
    assert reasons(cleaned(clevr_math.CLEANER, write_clevr(tmp_path, [asked]))) == [found]


def test_a_record_that_is_no_object_says_what_it_is(tmp_path: Path) -> None:
    source = write_clevr(tmp_path, [question("How many cubes are there?", 2, 0)])
    write_json(source / "questions" / "more.json", {"questions": ["no question"]})
    made = cleaned(clevr.CLEANER, source)[1]
    assert isinstance(made, Dropped)
    assert (made.reason, made.detail) == ("bad-record", "it is 'no question'")


def test_a_record_may_have_any_keys(tmp_path: Path) -> None:
    strange = question("How many cubes are there?", 2, 0, record=5, scene={}, pictures=["x.png"])
    assert reasons(cleaned(clevr.CLEANER, write_clevr(tmp_path, [strange]))) == ["row"]


def test_a_picture_with_two_scenes_proves_nothing(tmp_path: Path) -> None:
    asked = [
        question(
            "How many things are there?", 5, number, image_filename=f"CLEVR_train_00000{number}.png"
        )
        for number in range(2)
    ]
    source = write_clevr(tmp_path, asked)
    again = [scene("CLEVR_train_000000.png", 0), scene("CLEVR_train_000001.png", 1, TABLE[:4])]
    write_json(source / "scenes" / "more.json", {"scenes": again})
    assert reasons(cleaned(clevr.CLEANER, source)) == ["row", "bad-scene"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        (json.dumps([question("How many things are there?", 5, 0)]), "is an array"),
        (json.dumps([scene("CLEVR_train_000000.png", 0)]), "is an array"),
        ("[,", "is no JSON"),
    ],
)
def test_a_file_that_lacks_its_form_is_told_of(tmp_path: Path, content: str, told: str) -> None:
    source = write_clevr(tmp_path, [question("How many things are there?", 5, 0)])
    write_json(source / "names.json", ["a", "b"])
    assert reasons(cleaned(clevr.CLEANER, source)) == ["row"]
    (source / "questions" / "more.json").write_text(content)
    with pytest.raises(BuildError, match=rf"more\.json {told}"):
        list(clevr.CLEANER.records(source))


# Two datasets in one folder, as CLEVR-Math's is meant to lie.

STEPS = [{"type": "scene", "inputs": []}, {"type": "count", "inputs": [0]}]
MATH = [{"type": "count", "inputs": []}, {"type": "subtraction", "inputs": [0, 1]}]


@pytest.mark.parametrize("told", [
    ({"template_filename": "zero_hop.json"}, {"template_filename": "subtraction-multihop.json"}),
    ({"program": STEPS}, {"program": MATH}),
])  # fmt: skip
def test_each_cleaner_reads_its_own_questions(
    tmp_path: Path, told: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    ours, theirs = told
    source = write_clevr(tmp_path, [question("How many things are there?", 5, 0, **ours)])
    sums = ["none", question("Subtract all red blocks. How many objects are left?", 3, 0, **theirs)]
    path = write_json(source / "clevr-math_train.json", {"questions": sums})
    own = source / "questions" / "CLEVR_train_questions.json"
    for cleaner, mine, other, found in (
        (clevr.CLEANER, own, path, ["row"]),
        (clevr_math.CLEANER, path, own, ["bad-record", "row"]),
    ):
        assert reasons(cleaned(cleaner, source)) == found
        assert mine in cleaner.files(source) and other not in cleaner.files(source)
        assert cleaner.others(source) == [other]
        plans = source_plans(cleaner.name, source, ["all"], {cleaner.name: cleaner})
        assert plans[0].source.passed_over == (str(other.relative_to(source)),)


def test_questions_of_another_dataset_alone_are_one_line(tmp_path: Path) -> None:
    source = write_clevr(tmp_path, [question("How many?", 5, 0, template_filename="zero_hop.json")])
    with pytest.raises(BuildError, match=r"has questions of another dataset only: .*_questions"):
        list(clevr_math.CLEANER.records(source))


def test_what_is_passed_over_is_told(rrft: Rrft, tmp_path: Path) -> None:
    source = write_clevr(tmp_path / "source", [question("How many things are there?", 5, 0)])
    text = "Subtract all red blocks. How many objects are left?"
    sums = [question(text, 3, 0, template_filename="subtraction.json")]
    write_json(source / "math.json", {"questions": sums})
    command = ("build-data", "--from", "clevr", "--source", source, "--out", tmp_path / "data")
    said = rrft(*command, "--workers", "1")
    assert said.code == 0
    assert "math.json is of another dataset, and is passed over\n" in said.stderr
    manifest = json.loads((tmp_path / "data" / "manifest.json").read_text())
    assert manifest["source"]["passed_over"] == ["math.json"]
    assert "is complete" in rrft(*command, "--workers", "1").stderr


def test_labels_may_be_called_so(tmp_path: Path) -> None:
    one = question("Subtract all red blocks. How many objects are left?", 3, 0)
    one["label"] = one.pop("answer")
    assert reasons(cleaned(clevr_math.CLEANER, write_clevr(tmp_path, [one]))) == ["row"]


# All of CLEVR-Math's sentences with all of their synonyms, against the sums of its generator.

SYNONYMS = {
    "large": ("large", "big"),
    "small": ("small", "tiny"),
    "metal": ("metallic", "metal", "shiny"),
    "rubber": ("rubber", "matte"),
    "cube": ("cube", "block"),
    "sphere": ("sphere", "ball"),
    "cylinder": ("cylinder",),
    "": ("thing", "object"),
}
VALUES = {
    "size": ("", "large", "small"),
    "color": ("", "red", "blue", "gray"),
    "material": ("", "rubber", "metal"),
    "shape": ("", "cube", "sphere", "cylinder"),
}
Group = Mapping[str, str]


def crowd(rng: Random) -> Scene:
    looks = [
        {name: rng.choice(values[1:]) for name, values in VALUES.items()}
        for _ in range(rng.randint(3, 10))
    ]
    return Scene(tuple(Thing(one, (0.0, 0.0), None) for one in looks), {})


def group(rng: Random, names: str) -> Group:
    return {
        name: rng.choice(
            VALUES[name] if name != "shape" or len(names.split()) > 1 else VALUES[name][1:]
        )
        for name in names.split()
    }


def said(one: Group, rng: Random) -> str:
    words = [
        rng.choice(SYNONYMS.get(one[name], (one[name],)))
        for name in VALUES
        if name in one and (one[name] or name == "shape")
    ]
    return " ".join(words) + "s"


def size_of(scene: Scene, *groups: Group) -> int:
    return sum(
        all(
            not value or thing.looks[name] == value for one in groups for name, value in one.items()
        )
        for thing in scene.things
    )


def problems(rng: Random) -> Iterator[tuple[Scene, str, int]]:
    """A problem of each template, by the sums of the facts on its generator."""
    crowded = crowd(rng)
    everything = len(crowded.things)
    full, pair, alone = "size color material shape", "color shape", "shape"
    one, other = group(rng, full), group(rng, full)
    words, words2 = said(one, rng), said(other, rng)
    few = rng.randint(1, 4)
    for ending in ("are left", "exist"):
        yield crowded, f"Add {few} {words}. How many {words} {ending}?", size_of(crowded, one) + few
    yield crowded, f"Add {few} {words}. How many objects exist?", everything + few
    shape = group(rng, alone)
    noun = said(shape, rng)
    narrow = {**group(rng, "size color material"), **shape}
    text = f"Subtract all {said(narrow, rng)}. How many {noun} are left?"
    yield crowded, text, size_of(crowded, shape) - size_of(crowded, narrow)
    colored = group(rng, pair)
    members = size_of(crowded, colored)
    if members:
        some = rng.randint(1, members)
        yield (
            crowded,
            f"Subtract {some} {said(colored, rng)}. How many objects are left?",
            everything - some,
        )
        named = said(colored, rng)
        yield crowded, f"How many {named} must be subtracted to get {some} {named}?", members - some
    yield (
        crowded,
        f"Subtract all {said(colored, rng)}. How many objects are left?",
        everything - members,
    )
    if size_of(crowded, shape):
        some = rng.randint(1, size_of(crowded, shape))
        yield (
            crowded,
            f"Subtract {some} {noun}. How many {noun} are left?",
            size_of(crowded, shape) - some,
        )
    yield from adversarial(crowded, shape, noun, rng)
    if words != words2:
        both = size_of(crowded, one, other)
        label = everything - size_of(crowded, one) - (size_of(crowded, other) - both)
        yield (
            crowded,
            f"Subtract all {words}. Subtract all {words2}. How many objects are left?",
            label,
        )


def adversarial(
    crowded: Scene, shape: Group, noun: str, rng: Random
) -> Iterator[tuple[Scene, str, int]]:
    """Problems with a step on other things than are asked for."""
    rest = [value for value in VALUES["shape"][1:] if value != shape["shape"]]
    away = {"color": rng.choice(VALUES["color"][1:]), "shape": rng.choice(rest)}
    near = {"color": rng.choice(VALUES["color"][1:]), **shape}
    text = (
        f"Subtract all {said(near, rng)}. Subtract all {said(away, rng)}. How many {noun} are left?"
    )
    yield crowded, text, size_of(crowded, shape) - size_of(crowded, near)
    text = f"Subtract all {said(near, rng)}. How many {said(away, rng)} are left?"
    yield crowded, text, size_of(crowded, away)


def test_all_sentences_of_clevr_math_are_read() -> None:
    rng = Random(8)
    asked = 0
    for _ in range(400):
        for crowded, text, label in problems(rng):
            assert answer(read_sum(text), crowded).number == label, text
            asked += 1
    assert asked > 4000


# Super-CLEVR.


def write_super_clevr(folder: Path, questions: Sequence[Mapping[str, Any]]) -> Path:
    """Scenes of their own files, as its makers show them; the second has two things alike."""
    for index, rows in enumerate(
        (STREET, (*STREET, ("large", "gray", "rubber", "road", 1.0, -2.0)))
    ):
        name = f"superCLEVR_new_{25_000 * index:06}"
        write_json(
            folder / "scenes" / f"{name}.json",
            scene(f"{name}.png", 25_000 * index, rows, nested=True),
        )
        write_picture(folder / "images" / f"{name}.png")
    write_json(folder / "superCLEVR_questions_5.json", {"info": {}, "questions": questions})
    return folder


def test_super_clevr_is_split_by_number(tmp_path: Path) -> None:
    texts = [
        ("How many buss are there?", 2),
        ("Are there any cars?", True),
        ("What color is the car?", "blue"),
    ]
    asked = [
        question(
            text,
            given,
            n,
            split="new",
            image_filename=f"superCLEVR_new_{index:06}.png",
            image_index=index,
        )
        for n, (index, (text, given)) in enumerate(product((0, 25_000), texts))
    ]
    source = write_super_clevr(tmp_path, asked)
    assert (
        reasons(cleaned(super_clevr.CLEANER, source)) == ["row", "not-a-count", "not-a-count"] * 2
    )
    assert [one.split for one in super_clevr.CLEANER.records(source)] == ["train"] * 3 + [
        "test"
    ] * 3


def test_different_items_are_a_count_only_if_all_differ(tmp_path: Path) -> None:
    source = write_super_clevr(tmp_path, [])
    lines = [
        {"image_path": f"./images/superCLEVR_new_{index:06}.png", "ground_truth": given,
         "question": "How many different items are there in the image?"}
        for index, given in ((0, 4), (0, 5), (25_000, 5), (25_000, 4))
    ]  # fmt: skip
    (source / "r1v.jsonl").write_text("\n".join(map(json.dumps, lines)))
    made = cleaned(super_clevr.CLEANER, source)
    assert reasons(made) == ["row", "wrong-answer", "alike", "alike"]


def test_every_reason_of_these_cleaners_is_tested() -> None:
    for cleaner in (clevr.CLEANER, clevr_math.CLEANER, super_clevr.CLEANER):
        assert not untested(cleaner, __file__)
