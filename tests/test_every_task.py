"""What every task has to keep, from the moment that its file exists: no task is named here."""

import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from builders import registry
from builders.plan import USUAL_ORDER
from builders.sample import Draft, Sample
from builders.task import (
    LEVELS,
    Canvas,
    Split,
    Turn,
    draw_draft,
    draw_sample,
    make_sample,
    rng_for,
    to_json,
    turn_for,
)
from evaluators import Status, answer_from_json, grade, layout
from tests import toy_task
from tests.english import faults
from tests.pins import CLOSE, PINS, pin

ROOT = Path(__file__).parent.parent
# By name, and at each further level by name and level.
TASKS = {
    name if level == "usual" else f"{name}, {level}": task.at(level)
    for name, task in registry.tasks().items()
    for level in LEVELS
    if task.at(level).splits
}
SPLITS = [(task, split) for task in TASKS for split in TASKS[task].splits]
PAIRED = [(task, split) for task, split in SPLITS if TASKS[task].splits[split].paired_with]
SMALL = Canvas(64, 48)  # a sample is drawn several times as fast as at full size
SEED = 20_260
FEW = 2  # samples of a split
MOST = 80  # samples of training, where a share is measured
HITS = 16  # of a guesser who reaches the bound: they tell its share as well as more do

every_task = pytest.mark.parametrize("name", TASKS)
every_split = pytest.mark.parametrize(("name", "split"), SPLITS)
# Drawn once more, from the start: one split of each task at once, the others in the thorough tests.
split_anew = pytest.mark.parametrize(
    ("name", "split"),
    [
        pytest.param(name, split, marks=[] if split == "train" else pytest.mark.thorough)
        for name, split in SPLITS
    ],
)
paired_splits = pytest.mark.parametrize(("name", "split"), PAIRED)


@cache
def draft(name: str, split: str, index: int, seed: int = SEED, canvas: Canvas = SMALL) -> Draft:
    return draw_draft(TASKS[name], split, seed, index, canvas)


def few(name: str, split: str) -> list[Draft]:
    return [draft(name, split, index) for index in range(FEW)]


def many(name: str) -> list[Draft]:
    number = min(MOST, round(HITS / TASKS[name].blind_bound))
    return [draft(name, "train", index) for index in range(number)]


# What a task says of itself.


@every_task
def test_a_task_is_well_described(name: str) -> None:
    task = TASKS[name]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", task.name)
    assert task.version >= 1
    assert 0 < task.blind_bound < 1
    assert not faults(task.summary)
    assert set(USUAL_ORDER) <= task.splits.keys()
    for split in task.splits.keys() - set(USUAL_ORDER):
        assert re.fullmatch(r"ood(-[a-z0-9]+)+", split)


@every_split
def test_a_shift_is_stated_where_there_is_one(name: str, split: str) -> None:
    shift = TASKS[name].splits[split].shift
    assert bool(shift) == split.startswith("ood-")
    assert shift.strip(" .\n") == shift  # part of a sentence, beside others
    assert "\n" not in shift


@every_task
def test_splits_in_domain_are_alike_and_others_are_not(name: str) -> None:
    splits: Mapping[str, Split[Any]] = TASKS[name].splits
    for split, one in splits.items():
        assert (one.params == splits["train"].params) is (split in USUAL_ORDER)


def test_a_family_says_the_same_of_a_split_in_all_its_tasks() -> None:
    said = defaultdict(set)
    for name, split in SPLITS:
        one = TASKS[name].splits[split]
        said[TASKS[name].family, TASKS[name].level, split].add((one.shift, one.paired_with))
    assert all(len(ways) == 1 for ways in said.values()), said


# What a sample follows from.


@split_anew
def test_a_sample_comes_out_the_same_again(name: str, split: str) -> None:
    """Whatever was drawn since: the first time it was the first of its split, and maybe of all."""
    first = make_sample(TASKS[name], split, 0, few(name, split)[0])
    assert draw_sample(TASKS[name], split, SEED, 0, SMALL) == first


def digest(sample: Sample) -> str:
    values = [getattr(sample, field.name) for field in fields(Sample)]
    return sha256(repr(values).encode()).hexdigest()


DIGESTS = """
from tests.test_every_task import SEED, SMALL, TASKS, digest, draw_sample
for name, task in TASKS.items():
    print(digest(draw_sample(task, "train", SEED, 0, SMALL)))
"""


def test_a_sample_comes_out_the_same_in_another_process() -> None:
    """One whose sets and global random numbers are in another order."""
    command = [sys.executable, "-c", DIGESTS]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
    here = [
        digest(make_sample(task, "train", 0, draft(name, "train", 0)))
        for name, task in TASKS.items()
    ]
    assert done.stdout.split() == here


def pinned(name: str) -> dict[str, Any]:
    return pin(TASKS[name].version, [draft(name, split, 0) for split in TASKS[name].splits])


@every_task
def test_samples_that_change_have_another_version(name: str) -> None:
    """Raise the task's version, say in CHANGELOG what moves, and run `python -m tests.pins`."""
    was, now = json.loads(PINS.read_text())[name], pinned(name)
    assert now.pop("shades") == pytest.approx(was.pop("shades"), abs=CLOSE)
    assert now == was


def test_streams_differ_in_all_that_they_are_made_of() -> None:
    task = toy_task.DOTS
    streams = [
        rng_for(task, "train", 0, 0),
        rng_for(task, "test", 0, 0),
        rng_for(task, "train", 1, 0),
        rng_for(task, "train", 0, 1),
        rng_for(toy_task.CORNERS, "train", 0, 0),
    ]
    assert len({stream.getrandbits(64) for stream in streams}) == len(streams)
    paired = rng_for(task, "ood-dark", 0, 7).getrandbits(64)
    assert paired == rng_for(task, "test", 0, 7).getrandbits(64)


@pytest.mark.thorough
@every_task
def test_seeds_and_splits_share_no_scene(name: str) -> None:
    """Were seeds added to the index, or taken from it, two of one seed would be two of its neighbour."""
    splits = TASKS[name].splits
    parts = [(split, SEED) for split, one in splits.items() if one.paired_with is None]
    parts += [("train", SEED + 1)]
    scenes = [
        to_json(draft(name, split, index, seed).scene)
        for split, seed in parts
        for index in range(FEW)
    ]
    assert len(set(scenes)) == len(scenes)


@pytest.mark.thorough
@every_task
def test_no_scene_comes_twice(name: str) -> None:
    scenes = [to_json(one.scene) for one in many(name)]
    assert len(set(scenes)) == len(scenes)


# What a sample is.


@every_split
def test_the_gold_passes_its_own_grader(name: str, split: str) -> None:
    for one in few(name, split):
        verdict = grade(layout(one.thought, one.answer.text()), one.answer)
        assert (verdict.status, verdict.score) == (Status.CORRECT, 1)
        assert verdict.well_formed


@every_split
def test_the_gold_is_stored_whole(name: str, split: str) -> None:
    for index, one in enumerate(few(name, split)):
        sample = make_sample(TASKS[name], split, index, one)
        assert answer_from_json(json.loads(sample.gold)) == one.answer


@every_split
def test_an_independent_solver_agrees(name: str, split: str) -> None:
    """From question and scene as they are stored, without the way the answer was made."""
    for one in few(name, split):
        stored = json.loads(to_json(one.scene))
        scene = {key: value for key, value in stored.items() if key not in {"program", "answer"}}
        solved = TASKS[name].solve(one.question, scene)
        assert solved.kind == one.answer.kind
        score = one.answer.score(solved.text())
        assert score is not None and score.value == 1, one.question


@every_split
def test_questions_read_as_english(name: str, split: str) -> None:
    for one in few(name, split):
        assert not faults(one.question), one.question


@pytest.mark.thorough
@every_task
def test_many_questions_read_as_english(name: str) -> None:
    for one in many(name):
        assert not faults(one.question), one.question


@every_split
def test_thoughts_are_clean_and_come_to_the_gold(name: str, split: str) -> None:
    for one in few(name, split):
        assert re.search(rf"(?<![\w.−-]){re.escape(one.answer.text())}\.?\Z", one.thought), one
        assert one.thought.strip() == one.thought
        before = one.thought.removesuffix(".").removesuffix(one.answer.text())  # it may be LaTeX
        assert not re.search(r"  |[{}<>]|\bNone\b|\bnan\b", before), one.thought
        assert one.thought[0].isupper() or one.thought[0].isdigit()


@every_split
def test_pictures_have_the_size_of_the_canvas_and_show_something(name: str, split: str) -> None:
    for one in few(name, split):
        assert one.images
        for image in one.images:
            assert (image.mode, image.size) == ("RGB", (SMALL.width, SMALL.height))
            assert len(image.getcolors(SMALL.width * SMALL.height) or []) > 8


@split_anew
def test_the_canvas_changes_pixels_and_nothing_else(name: str, split: str) -> None:
    small, large = draft(name, split, 0), draft(name, split, 0, canvas=Canvas(112, 112))
    assert [image.size for image in large.images] == [(112, 112)] * len(small.images)
    for field in fields(Draft):
        if field.name not in {"images", "scene"}:
            assert getattr(large, field.name) == getattr(small, field.name), field.name
    assert large.scene.keys() == small.scene.keys()
    assert large.scene.get("program") == small.scene.get("program")


@every_split
def test_masks_have_the_size_of_the_picture(name: str, split: str) -> None:
    for one in few(name, split):
        for view in [one.scene, *one.scene.get("views", [])]:
            sizes = [thing["mask"]["size"] for thing in view.get("objects", []) if "mask" in thing]
            assert sizes == [[SMALL.height, SMALL.width]] * len(sizes)


@paired_splits
def test_a_paired_split_shows_the_problems_of_its_partner_anew(name: str, split: str) -> None:
    partner = TASKS[name].splits[split].paired_with
    assert partner is not None
    for here, there in zip(few(name, split), few(name, partner), strict=True):
        for field in ("question", "answer", "kind", "depth"):
            assert getattr(here, field) == getattr(there, field)
        assert here.images != there.images


# What a guesser gets.


@pytest.mark.thorough
@every_task
def test_guessing_blindly_does_not_pay(name: str) -> None:
    """Not even with constants that were chosen on the very samples."""
    answers: defaultdict[str, Counter[str]] = defaultdict(Counter)
    drafts = many(name)
    for one in drafts:
        answers[one.kind][one.answer.text()] += 1
    hits = sum(max(counts.values()) for counts in answers.values())
    assert hits / len(drafts) <= TASKS[name].blind_bound


# Whose turn it is.


def test_all_options_have_their_turn_in_every_block() -> None:
    first, second = (
        [Turn("a", index).among("vwxyz")[0] for index in range(start, start + 5)]
        for start in (0, 5)
    )
    assert sorted(first) == sorted(second) == list("vwxyz")
    assert first != second  # each block has an order of its own
    assert first != [Turn("b", index).among("vwxyz")[0] for index in range(5)]


def test_no_trait_comes_again_before_all_have_come() -> None:
    options = ["a1", "a2", "a3", "b1", "b2", "c1"]
    for start in range(0, 60, 6):
        dealt = [Turn("x", start + i).among(options, lambda one: one[0])[0] for i in range(6)]
        assert sorted(dealt) == options
        assert [sorted(one[0] for one in dealt[a:b]) for a, b in ((0, 3), (3, 5), (5, 6))] == [
            ["a", "b", "c"], ["a", "b"], ["a"],
        ]  # fmt: skip


def test_a_turn_within_a_turn_counts_its_own() -> None:
    """Each of two kinds has each of three answers once in six samples."""
    pairs = []
    for index in range(6):
        kind, turn = Turn("x", index).among(["p", "q"])
        pairs.append((kind, turn.among([1, 2, 3])[0]))
    assert len(set(pairs)) == 6


def test_turns_differ_in_all_that_they_are_made_of_and_paired_splits_share_theirs() -> None:
    task = toy_task.DOTS
    ways = [
        (task, "train", 0),
        (task, "test", 0),
        (task, "train", 1),
        (toy_task.CORNERS, "train", 0),
    ]
    orders = [
        tuple(turn_for(one, split, seed, index).among(range(50))[0] for index in range(50))
        for one, split, seed in ways
    ]
    assert len(set(orders)) == len(orders)
    assert turn_for(task, "ood-dark", 0, 7) == turn_for(task, "test", 0, 7)


# The English test itself.


@pytest.mark.parametrize(
    "question",
    [
        "How many cubes are there?",
        "1 big cube is put in. How many cubes remain?",
        "If you add 1 red cube and remove all spheres, how many things are there?",
        "Is every cube an item of a unique colour or an SUV?",
        "How far is a U-turn from an 11-sided figure?",
        "Every sphere is subtracted. How many things are left?",
        "In the figure, BA touches circle O at A and BC touches circle O at C. Find x.",
        "Count the school buses (trucks and vans included). How many are there?",
    ],
)
def test_good_questions_have_no_fault(question: str) -> None:
    assert faults(question) == []


@pytest.mark.parametrize(
    ("question", "fault"),
    [
        ("how many cubes are there?", "begins with no capital"),
        ("How many cubes are there", "ends in no full stop and no question mark"),
        ("How many  cubes are there?", "has spaces where none belong"),
        ("How many cubes are there ?", "has spaces where none belong"),
        ("How many {shape}s are there?", "has a mark of a template"),
        ("How many None are there?", "has a mark of a template"),
        ("Add a cube. how many are there?", "begins a sentence in lower case"),
        ("How many are in the the scene?", "says a word twice"),
        ("Add 1 big red cubes. How many are there?", "has 1 of many"),
        ("Take away every cubes. How many are there?", "has 1 of many"),
        ("Subtract 0 cubes. How many are there?", "changes nothing"),
        ("Is there a orange cube?", "has a where an belongs"),
        ("Look there. A orange cube is red.", "has a where an belongs"),
        ("Is there an red cube?", "has an where a belongs"),
    ],
)
def test_faults_are_found(question: str, fault: str) -> None:
    assert faults(question) == [fault]
