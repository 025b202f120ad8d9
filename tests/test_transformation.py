"""Transformation: problems solved anew and by brute force, single faults graded, pictures compared with scenes."""

import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations, permutations, product
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from builders.sample import Draft
from builders.scenes.render import cover
from builders.scenes.rle import Mask, decode
from builders.scenes.sight import Clarity
from builders.scenes.tabletop import COLD, WARM
from builders.task import Canvas, draw_draft, rng_for, to_json, turn_for
from builders.tasks.transformation._comparison import compare, way_out
from builders.tasks.transformation._placing import Problem, Role, _find
from builders.tasks.transformation._problem import Deal, Dealt, Params, deal, find
from builders.tasks.transformation._reader import Seen, explain, solutions, solve
from builders.tasks.transformation._stage import (
    EYES,
    UNIT,
    Studio,
    View,
    in_sight,
    set_up,
    stage_of,
    unclear,
    view_to_json,
)
from builders.tasks.transformation._words import question_of, thought_of
from builders.tasks.transformation.edits import TASK, seek
from evaluators import Program, Status, answer_from_json, answer_to_json, grade, layout
from evaluators.world import (
    DIRECTIONS,
    LOOKS,
    RADIUS,
    STEPS,
    VALUES,
    Edit,
    Scene,
    Thing,
    apply,
    executions,
    is_out_of_sight,
    visible,
)
from reasonrft.nano import base_folder
from reasonrft.nano.architecture import CELL, LONGEST
from reasonrft.prompt import INSTRUCTIONS, Style
from tests.command import Rrft
from tests.reading_back import files_of

ROOT = Path(__file__).parent.parent
SEED = 404
NUMBERS = {"train": 30, "ood-steps": 10, "ood-pairing": 12, "ood-crowd": 6}
EASY = TASK.at("easy")


@dataclass(frozen=True)
class Case:
    """A problem that is not drawn, with its words."""

    split: str
    params: Params
    problem: Problem
    studio: Studio
    question: str
    thought: str

    @property
    def gold(self) -> Program:
        return Program(self.problem.edits, self.problem.before)

    def scene(self, view: View = "center") -> dict[str, Any]:
        """The part of the stored scene that says what both pictures show."""
        return {
            "views": [
                view_to_json(self.problem.before, self.studio, "center"),
                view_to_json(self.problem.after, self.studio, view),
            ]
        }


@cache
def cases() -> tuple[Case, ...]:
    """Some of every split that has problems of its own, at both levels."""
    return tuple(
        case(level, split, index)
        for level in ("usual", "easy")
        for split, number in NUMBERS.items()
        for index in range(number if level == "usual" else number // 2)
    )


def case(level: str, split: str, index: int) -> Case:
    task = TASK if level == "usual" else EASY
    params = task.splits[split].params
    rng, turn = rng_for(task, split, SEED, index), turn_for(task, split, SEED, index)
    problem, studio = seek(params, rng, turn)
    before, after = problem.before, problem.after
    words = question_of(before), thought_of(before, after, rng)
    return Case(split, params, problem, studio, *words)


@cache
def draft(split: str, index: int) -> Draft:
    return draw_draft(TASK, split, SEED, index, Canvas(160, 120))


def status(written: Sequence[Edit], gold: Program) -> Status:
    text = "\n".join(edit.text() for edit in written)
    return grade(f"<think>…</think><answer>{text}</answer>", gold).status


# The program makes the second scene of the first, and nothing shorter does.


def test_executing_the_program_gives_the_final_scene_in_every_order() -> None:
    for one in cases():
        edits = one.problem.edits
        orders = list(permutations(edits)) if len(edits) < 5 else [edits, edits[::-1]]
        for order in orders:
            assert list(executions(order, one.problem.before)) == [one.problem.after]
            assert (
                grade(layout("…", "\n".join(e.text() for e in order)), one.gold).detail["acc"] == 1
            )


def test_no_thing_is_edited_twice_in_an_attribute_or_out_of_sight() -> None:
    for one in cases():
        edits = one.problem.edits
        assert len({(edit.object, edit.attribute) for edit in edits}) == len(edits)
        for edit in edits:
            before, after = (
                getattr(scene[edit.object], edit.attribute)
                for scene in (one.problem.before, one.problem.after)
            )
            assert before != after
            if edit.attribute in LOOKS:
                assert edit.object in in_sight(one.problem.after)


def test_the_solver_finds_the_program_from_what_is_shown_alone() -> None:
    """Not from ids, from the order in which things are stored, or from the final scene."""
    for number, one in enumerate(cases()):
        scene = one.scene(("center", "left", "right")[number % 3])
        for view in scene["views"]:
            Random(number).shuffle(view["objects"])
            for thing in view["objects"]:
                thing["id"] = 77
        found = solutions(one.question, json.loads(to_json(scene)))
        assert len(found) == len(one.problem.edits)
        for edit in one.problem.edits:
            (alike,) = [ways for ways in found if edit in ways]
            assert len(alike) == 1 or after_out(one, edit)
        solved = solve(one.question, scene)
        for gold, written in ((one.gold, solved), (solved, one.gold)):
            score = gold.score(written.text())
            assert score is not None
            assert (score.value, score.detail["ad"]) == (1, 0)
        assert status(solved.edits, one.gold) is Status.CORRECT


def after_out(one: Case, edit: Edit) -> bool:
    return edit.attribute == "position" and edit.object not in in_sight(one.problem.after)


def all_edits(scene: Scene) -> Iterator[Edit]:
    for number, (attribute, values) in product(range(len(scene)), VALUES.items()):
        for value in values:
            for steps in STEPS if attribute == "position" else (None,):
                yield Edit(attribute, number, value, steps)


def shown(scene: Scene) -> Counter[tuple[str, ...]]:
    """What a picture tells of a scene: no ids, and nothing of what is out of sight."""
    return Counter(
        (*(getattr(scene[i], look) for look in LOOKS), str(scene[i].position))
        for i in in_sight(scene)
    )


def is_on_ground(scene: Scene) -> bool:
    return all(max(map(abs, thing.position or (0, 0))) <= 40 for thing in scene)


def test_brute_force_finds_the_same_programs() -> None:
    """Of all programs as short or shorter, those that show the second picture are the solver's."""
    few = [one for one in cases() if one.params.things == 5 and len(one.problem.edits) <= 2]
    longest = [one for one in few if len(one.problem.edits) == 2][:3]
    for one in [one for one in few if len(one.problem.edits) == 1] + longest:
        goal, before = shown(one.problem.after), one.problem.before
        found = set()
        for number in range(1, len(one.problem.edits) + 1):
            for edits in combinations(all_edits(before), number):
                after = apply(edits, before)
                if is_on_ground(after) and shown(after) == goal:
                    found.add(frozenset(edits))
        ways = product(*solutions(one.question, one.scene()))
        assert found == {frozenset(edits) for edits in ways}


A, B, C = (
    ("cube", "small", "red", "metal"),
    ("cube", "small", "blue", "metal"),
    ("sphere", "large", "gray", "glass"),
)


def seen(*things: tuple[tuple[str, ...], tuple[int, int]]) -> list[Seen]:
    return [Seen(look, place) for look, place in things]


def test_what_is_plain_is_explained() -> None:
    start = seen((A, (0, 0)), (B, (15, 3)), (C, (30, -2)))
    assert explain(start, seen((B, (15, 3)), (A, (-10, -10)))) == (
        (Edit("position", 0, "front_left", 1),),
    )
    assert explain(start, seen((B, (15, 3)), (A, (0, 0)), (C, (10, -2)))) == (
        (Edit("position", 2, "front", 2),),
    )
    (ways,) = explain(start, seen((A, (0, 0))))
    assert Edit("position", 1, "behind", 1) in ways
    assert Edit("position", 1, "front", 1) not in ways


@pytest.mark.parametrize(
    ("after", "why"),
    [
        # Colours exchanged, or places.
        (seen((A, (15, 0)), (B, (5, 0))), "could as well be another"),
        # The red one became blue while the blue one left, or the blue one came and the red one left.
        (seen((B, (5, 0))), "could as well be another"),
        # One seen less exactly would still be in its place.
        (seen((A, (5, 0)), (("cube", "small", "blue", "rubber"), (17, 1))), ""),
        (seen((A, (5, 0)), (B, (15, 30))), "several moves"),
        (seen((A, (10, 0)), (B, (15, 0))), "no edits"),
    ],
)
def test_what_is_not_plain_is_refused(after: list[Seen], why: str) -> None:
    start = seen((A, (5, 0)), (B, (15, 0)))
    if why:
        with pytest.raises(ValueError, match=why):
            explain(start, after)
    else:
        assert explain(start, after) == ((Edit("material", 1, "rubber"),),)


@pytest.mark.parametrize("place", [(1, 0), (-2, 1), (6, -6), (0, 4)])
def test_what_is_gone_from_near_the_middle_is_refused(place: tuple[int, int]) -> None:
    """Seen a little off, it stands nearer to a side over which no two steps lead."""
    with pytest.raises(ValueError, match="near the middle"):
        explain(seen((A, (15, 0)), (C, place)), seen((A, (15, 0))))


def test_the_nearest_side_is_right_also_where_a_place_is_seen_three_units_off() -> None:
    found = 0
    for seed in range(100):
        way = (("front", "behind", "left", "right")[seed % 4], 2)
        role = Role(starts_seen=True, ends_seen=False, way=way)
        stand = _find(role, 2, (), 1.0, Random(seed))
        if stand is None:
            continue
        found += 1
        x, y = stand.start
        things = (Thing("small", "red", "metal", "cube", stand.start),)
        gold = Program((Edit("position", 0, *way),), things)
        for dx, dy in product((-3, 0, 3), repeat=2):
            direction, _ = way_out((x + dx, y + dy))
            assert status([Edit("position", 0, direction)], gold) is Status.CORRECT
    assert found > 90


def test_a_question_whose_frame_is_not_that_of_the_picture_is_refused() -> None:
    one = cases()[0]
    turned = one.scene()
    turned["views"][0]["camera"]["eye"] = [-9.5, 0.0, 6.3]
    with pytest.raises(ValueError, match="toward the camera"):
        solve(one.question, turned)
    with pytest.raises(ValueError, match="which way is which"):
        solve(one.question.replace("behind is toward", "behind is away from"), one.scene())
    with pytest.raises(ValueError, match="which way is which"):
        solve(one.question.replace("two of these at once", "between them"), one.scene())


def test_things_that_look_alike_are_refused() -> None:
    one = cases()[0]
    first, second = re.findall(r"\(\d+, ('.*?')\)", one.question)[:2]
    with pytest.raises(ValueError, match="alike"):
        solve(one.question.replace(second, first), one.scene())


# Grading.


def corruptions(edit: Edit, things: int) -> Iterator[Edit]:
    """The edit with another value, or of another thing."""
    for value in VALUES[edit.attribute]:
        if value != edit.value:
            yield replace(edit, value=value, steps=None)
    for number in range(things):
        if number != edit.object:
            yield replace(edit, object=number, steps=None)


def ends(edits: Sequence[Edit], scene: Scene) -> set[Scene]:
    """The visible final scenes of a program whose moves leave their steps open."""
    moves = [edit for edit in edits if edit.attribute == "position"]
    found = set()
    for steps in product(STEPS, repeat=len(moves)):
        told = dict(zip(map(id, moves), steps, strict=True))
        after = apply([replace(edit, steps=told.get(id(edit))) for edit in edits], scene)
        found.add(visible(after))
    return found


def test_no_program_with_one_edit_wrong_is_correct() -> None:
    """Unless it looks the same: what leaves may do so over another side."""
    kept = Counter[bool]()
    for one in cases()[::2]:
        edits, before = one.problem.edits, one.problem.before
        goal = visible(one.problem.after)
        for place, edit in enumerate(edits):
            for wrong in corruptions(edit, len(before)):
                written = [*edits[:place], wrong, *edits[place + 1 :]]
                alike = goal in ends(written, before)
                kept[alike] += 1
                assert (status(written, one.gold) is Status.CORRECT) == alike
                assert not alike or after_out(one, edit)
    assert kept[True] < kept[False] / 50


def test_an_edit_missing_or_too_many_is_wrong() -> None:
    for one in cases():
        edits = one.problem.edits
        for place in range(len(edits)):
            fewer = [*edits[:place], *edits[place + 1 :]]
            assert not fewer or status(fewer, one.gold) is not Status.CORRECT
        number = in_sight(one.problem.after)[0]
        color = next(c for c in LOOKS["color"] if c != one.problem.after[number].color)
        assert status([*edits, Edit("color", number, color)], one.gold) is not Status.CORRECT


def test_the_gold_is_stored_with_its_steps_and_its_scene() -> None:
    for one in cases():
        stored = json.loads(to_json(answer_to_json(one.gold)))
        assert answer_from_json(stored) == one.gold
        assert one.gold.text() == "\n".join(edit.text() for edit in one.problem.edits)


# Words.


def test_the_question_lists_things_by_id_and_tells_the_places_of_those_out_of_sight() -> None:
    for one in cases():
        before = one.problem.before
        listed = re.findall(r"\((\d+), '(\w+)', '(\w+)', '(\w+)', '(\w+)'\)", one.question)
        assert listed == [
            (str(i), thing.shape, thing.size, thing.color, thing.material)
            for i, thing in enumerate(before)
        ]
        told = dict(re.findall(r"(\d+) at (\(-?\d+, -?\d+\))", one.question))
        assert told == {
            str(i): str(thing.position)
            for i, thing in enumerate(before)
            if thing.position and is_out_of_sight(thing.position)
        }
        for edit in one.problem.edits:
            assert f"change_{edit.attribute}" in one.question
            assert edit.value in one.question.split("Changes:")[1]


def test_the_frame_of_the_question_is_that_of_the_first_picture() -> None:
    """A move to front goes up in it, one to the right goes right, whatever the jitter."""
    for one in cases():
        axes = one.studio.shots["center"].camera.axes()
        for direction, (across, up) in {
            "front": (0, 1), "behind": (0, -1), "left": (-1, 0), "right": (1, 0),
        }.items():  # fmt: skip
            x, y = DIRECTIONS[direction]
            on_picture = axes[:2] @ np.array([x, y, 0.0])
            assert np.sign(np.where(abs(on_picture) < 0.1, 0, on_picture)).tolist() == [across, up]


LOOK = r"(\w+) (\w+) (\w+) (\w+)"
FOUND = {
    "size": re.compile(rf"now ({'|'.join(LOOKS['size'])})\b"),
    "color": re.compile(rf"now ({'|'.join(LOOKS['color'])})\b"),
    "material": re.compile(r"now of (\w+)"),
    "shape": re.compile(r"now a (\w+)"),
    "position": re.compile(r"(\d) steps? to ([a-z ]+?)(?: and|,|\Z)"),
}


def read_thought(thought: str) -> Iterator[tuple[int, tuple[str, ...], str]]:
    """Number, look before, and what is said of each thing that a thought compares."""
    _, _, body = thought.partition(". ")
    for number, *look, said in re.findall(
        rf"(?:\A|\. )(\d+) {LOOK}: ([^.]*)", "\n" and f". {body}"
    ):
        yield int(number), tuple(look), said


def test_thoughts_say_of_each_thing_what_happened_to_it() -> None:
    for one in cases():
        told, edits = list(read_thought(one.thought)), []
        assert [number for number, _, _ in told] == list(range(len(one.problem.before)))
        for number, look, said in told:
            thing = one.problem.before[number]
            assert look == (thing.size, thing.color, thing.material, thing.shape)
            for attribute, pattern in FOUND.items():
                if (found := pattern.search(said)) and attribute == "position":
                    way = found[2].strip().replace(" ", "_")
                    edits.append(Edit("position", number, way, int(found[1])))
                elif found:
                    edits.append(Edit(attribute, number, found[1]))
            gone = "gone" in said
            assert gone == (
                number in in_sight(one.problem.before) and number not in in_sight(one.problem.after)
            )
            unseen = re.search("out of sight|never|neither", said) is not None
            assert unseen == (
                number not in in_sight(one.problem.before) + in_sight(one.problem.after)
            )
        assert tuple(edits) == one.problem.edits
        assert apply(edits, one.problem.before) == one.problem.after
        assert one.thought.endswith("\n" + one.gold.text())


def test_thoughts_come_in_several_phrasings_and_are_short() -> None:
    thoughts = [one.thought for one in cases() if one.split == "train"]
    assert len({text.partition(".")[0] for text in thoughts}) > 2
    assert len({text.rpartition(":")[0].rpartition(".")[2] for text in thoughts}) > 2
    assert max(len(text.split()) for text in thoughts) < 160


def test_the_easy_level_fits_into_the_embedded_model() -> None:
    """Prompt, pictures of 128 × 96 and what is written after them, however much there is to say."""
    tokenizer = Tokenizer.from_file(str(base_folder() / "tokenizer.json"))
    pictures = 2 * (128 // CELL) * (96 // CELL)
    for name, split in EASY.splits.items():
        params = split.params
        for seed in range(20):
            before, after = long_problem(params, Random(seed))
            gold = Program(compare(before, after), before).text()
            instruction = INSTRUCTIONS[Style.THOUGHT].format(hint=Program.hint)
            borders = "<|vision_start|><|vision_end|>" * 2
            asked = f"<|im_start|>user\n{borders}{question_of(before)}\n{instruction}<|im_end|>\n"
            thought = thought_of(before, after, Random(seed))
            text = f"{asked}<|im_start|>assistant\n{layout(thought, gold)}<|im_end|>"
            assert len(tokenizer.encode(text).ids) + pictures <= LONGEST, (name, text)


def long_problem(params: Params, rng: Random) -> tuple[Scene, Scene]:
    """Scenes with much to say of them: as many out of sight as a split has, and two of these come in.

    There are longer ones, of rare words only or with three that come in: `docs/transformation.md` says how rare.
    """
    hidden = params.things - params.seen[0]
    places = [(-31 - i, -32) for i in range(hidden)] + [(18, -9)] * params.seen[0]
    before = [
        Thing(**{look: rng.choice(values) for look, values in LOOKS.items()}, position=place)
        for place in places
    ]
    rng.shuffle(before)
    after = tuple(before)
    coming = [i for i, thing in enumerate(before) if thing.position != (18, -9)][:2]
    others = [i for i, thing in enumerate(before) if thing.position == (18, -9)]
    for number in [*coming, *others][: params.edits[1]]:
        after = apply([Edit("position", number, "behind_right", 2)], after)
    return tuple(before), after


@pytest.mark.parametrize(
    ("place", "way"),
    [
        ((-20, 3), ("front", 1)),
        ((-10, 3), ("front", 2)),
        ((11, -10), ("behind", 1)),
        ((4, -12), ("left", 1)),
        ((4, 5), ("right", 2)),
        ((5, 5), ("behind", 2)),
    ],
)
def test_the_way_out_is_over_the_nearest_side(place: tuple[int, int], way: tuple[str, int]) -> None:
    assert way_out(place) == way


# Pictures.


def test_all_in_sight_is_clear_to_see_from_every_side() -> None:
    """Counted anew in the pictures' own masks, the thing with number 0 included."""
    for one in cases():
        least = one.params.clarity
        views: list[tuple[View, Scene]] = [("center", one.problem.before)]
        views += [(view, one.problem.after) for view in EYES]
        for view, scene in views:
            both = cover(stage_of(scene, one.studio, view), 320, 240)
            numbers = dict(zip(*np.unique(both.ids, return_counts=True), strict=True))
            for row in range(len(in_sight(scene))):
                assert numbers.get(row, 0) >= least.pixels
                assert numbers[row] >= least.share * both.alone[row]
            rim = {*both.ids[0], *both.ids[-1], *both.ids[:, 0], *both.ids[:, -1]}
            assert rim == {-1}


def test_what_is_hidden_far_or_cut_is_unclear() -> None:
    studio = set_up(3, Random(1), 1.0)
    big = Thing("large", "red", "rubber", "cylinder", (0, 0))
    behind = Thing("small", "red", "rubber", "cube", (-8, 0))
    aside = replace(behind, position=(0, 15))
    outside = replace(big, position=(0, 21))
    clarity, canvas = Clarity(120, 0.65), Canvas(320, 240)
    assert unclear((big, aside, outside), studio, "center", clarity, canvas) == set()
    assert unclear((big, behind, outside), studio, "center", clarity, canvas) == {1}
    assert unclear((behind, aside, big), studio, "center", clarity, canvas) == {0}
    beside = replace(behind, position=(-9, 8))  # behind as the left camera sees it
    assert unclear((big, beside, outside), studio, "center", clarity, canvas) == set()
    assert unclear((big, beside, outside), studio, "left", clarity, canvas) == {1}
    near = replace(big, position=(20, 20))
    assert unclear((big, aside, near), studio, "center", clarity, canvas) == {2}


def test_a_thing_stays_within_the_circle_that_it_keeps_free() -> None:
    """However it is turned: a cube is measured over its corners."""
    for one in cases()[::6]:
        scene = one.problem.before
        solids = stage_of(scene, one.studio, "center").solids
        for number, solid in zip(in_sight(scene), solids, strict=True):
            over_corners = solid.size * (np.sqrt(2) if solid.shape == "cube" else 1)
            assert over_corners == pytest.approx(UNIT * RADIUS[scene[number].size])


def masks(view: Mapping[str, Any]) -> dict[int, Mask]:
    return {
        one["id"]: decode(one["mask"]["counts"], *one["mask"]["size"]) for one in view["objects"]
    }


def test_both_pictures_show_the_same_but_for_the_edits() -> None:
    """What is not edited has its look, place and turn; its mask changes only where something edited is."""
    compared = 0
    for split, index in [
        ("train", 1),
        ("train", 3),
        ("train", 4),
        ("ood-steps", 0),
        ("ood-crowd", 1),
    ]:
        one = draft(split, index)
        first, second = one.scene["views"]
        edited = {edit["object"] for edit in one.scene["program"]}
        before, after = (
            {thing["id"]: thing for thing in view["objects"]} for view in (first, second)
        )
        still = before.keys() - edited
        assert still == after.keys() - edited
        old, new = masks(first), masks(second)
        empty = np.zeros((120, 160), dtype=bool)
        touched = np.logical_or.reduce(
            [empty, *(m[i] for m in (old, new) for i in edited & m.keys())]
        )
        pictures = [np.asarray(image, dtype=float) for image in one.images]
        compared += len(still)
        for number in still:
            for name in (*LOOKS, "position", "turn"):
                assert before[number][name] == after[number][name]
            assert not ((old[number] ^ new[number]) & ~touched).any()
            both = old[number] & new[number]
            # Shadows and reflections of what is edited change a little of it.
            assert np.abs(pictures[0] - pictures[1])[both].mean() < 12
        assert {i for i in before.keys() | after.keys() if before.get(i) != after.get(i)} >= edited
    assert compared >= 15


def test_pictures_are_of_the_stored_scenes() -> None:
    """Each thing's mask lies where its place is projected to, whatever the view."""
    for split in ("test", "ood-left", "ood-right"):
        one = draft(split, 2)
        for view, scene in zip(one.scene["views"], ("objects", "final"), strict=True):
            seen_here = [t for t in one.scene[scene] if not is_out_of_sight(tuple(t["position"]))]
            assert [t["id"] for t in view["objects"]] == [t["id"] for t in seen_here]
            for thing, stored in zip(view["objects"], seen_here, strict=True):
                assert {name: thing[name] for name in stored} == stored
                x, y = (UNIT * place for place in thing["position"])
                column, row = project((x, y, 0.2), view["camera"]["eye"])
                left, top, right, bottom = thing["box"]
                assert left - 2 <= column <= right + 2
                assert top - 2 <= row <= bottom + 2


def project(point: tuple[float, float, float], eye: Sequence[float]) -> tuple[float, float]:
    """Where a point is on a picture of 160 × 120, by a pinhole that looks at the middle of the ground."""
    back = np.array(eye) / np.linalg.norm(eye)
    right = np.cross((0.0, 0.0, 1.0), back)
    right /= np.linalg.norm(right)
    x, y, z = (
        float(axis @ (np.array(point) - eye)) for axis in (right, np.cross(back, right), back)
    )
    return 80 + x / -z * 35 / 32 * 160, 60 - y / -z * 35 / 32 * 160


def test_the_square_is_where_the_question_says() -> None:
    """Its line is brighter than the ground on both sides of it."""
    one = draw_draft(TASK, "train", SEED, 3, Canvas(640, 480))
    picture = np.asarray(one.images[1], dtype=float).mean(axis=2)
    ids = np.zeros((480, 640), dtype=bool)
    for mask in masks(one.scene["views"][1]).values():
        ids |= mask
    eye = one.scene["views"][1]["camera"]["eye"]
    brighter = 0
    for place in np.linspace(-2.5, 2.5, 21):
        spots = [[round(4 * c) for c in project((at, place, 0.0), eye)] for at in (2.85, 3.0, 3.15)]
        values = [picture[row, column] for column, row in spots if not ids[row, column]]
        brighter += len(values) == 3 and values[1] > max(values[0], values[2]) + 8
    assert brighter >= 15


def test_paired_splits_show_the_problems_of_test_from_other_sides() -> None:
    for index in range(2):
        center, left, right = (draft(split, index) for split in ("test", "ood-left", "ood-right"))
        for other, side in ((left, -1), (right, 1)):
            assert other.images[0] == center.images[0]
            assert other.images[1] != center.images[1]
            for name in ("objects", "final", "program"):
                assert other.scene[name] == center.scene[name]
            assert other.scene["views"][0] == center.scene["views"][0]
            x, y, _ = other.scene["views"][1]["camera"]["eye"]
            a, b, _ = center.scene["views"][1]["camera"]["eye"]
            turned = np.degrees(np.arctan2(y, x) - np.arctan2(b, a))
            assert side * turned == pytest.approx(41, abs=7)
            assert other.scene["views"][1]["lights"] == center.scene["views"][1]["lights"]
            for field in ("question", "answer", "thought", "kind", "depth"):
                assert getattr(other, field) == getattr(center, field)


# A dataset.

SIZES = [
    "--family",
    "transformation",
    "--level",
    "easy",
    "--size",
    "all=6",
    "--image-size",
    "64x48",
]


@pytest.mark.thorough
def test_a_build_that_was_killed_ends_as_one_that_was_not(tmp_path: Path, rrft: Rrft) -> None:
    """By two workers, killed in its midst and gone on with, it has the bytes of one worker's at one go."""
    whole, out = tmp_path / "whole", tmp_path / "killed"
    build = ("build-data", *SIZES, "--out")
    assert rrft(*build, whole, "--workers", "1").code == 0
    command = (*build, str(out), "--workers", "2")
    first = subprocess.Popen(
        [sys.executable, "-m", "cli", *command],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 600
        while len(list(out.glob("digests/*/*.jsonl"))) < 2:
            assert first.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)
    finally:
        first.kill()
        first.communicate(timeout=60)  # its workers hold the pipe until they see that it is gone
    assert not (out / "manifest.json").exists()
    second = rrft(*command)
    assert second.code == 0
    assert " were there" in second.stderr
    assert files_of(out) == files_of(whole)


# Splits.


def test_splits_keep_to_their_shift() -> None:
    for one in cases():
        low, high = one.params.edits
        assert low <= len(one.problem.edits) <= high
        low, high = one.params.seen
        assert low <= len(in_sight(one.problem.before)) <= high
        assert in_sight(one.problem.after)
        assert len(one.problem.before) == len(set(map(look_of, one.problem.before)))
        pairs = set(edited_pairs(one.problem))
        trained = {("cube", color) for color in WARM} | {("cylinder", color) for color in COLD}
        if one.split == "ood-pairing":
            assert pairs
            assert not pairs & trained
        else:
            assert pairs <= trained


def look_of(thing: Thing) -> tuple[str, ...]:
    return tuple(getattr(thing, look) for look in LOOKS)


def edited_pairs(problem: Problem) -> Iterator[tuple[str, str]]:
    """Shape and colour of the cubes and cylinders that an edit has given one of both."""
    for edit in problem.edits:
        after = problem.after[edit.object]
        if edit.attribute in ("shape", "color") and after.shape != "sphere":
            yield after.shape, after.color


def test_what_is_not_edited_wears_all_pairs_in_training() -> None:
    pairs = {
        (thing.shape, thing.color)
        for one in cases()
        if one.split == "train" and one.params.things == 10
        for thing in one.problem.before
    }
    assert len(pairs) > 20  # of 24: that a pair is new is no matter of seeing it


def test_what_is_dealt_is_balanced() -> None:
    params, number = TASK.splits["train"].params, 240
    dealt = [
        deal(params, turn_for(TASK, "train", SEED, index), Random(index)) for index in range(number)
    ]
    sizes = Counter(len(one.edits) for one in dealt)
    assert sizes == dict.fromkeys(range(1, 5), number // 4)
    assert Counter(one.seen for one in dealt) == dict.fromkeys(range(1, 11), number // 10)
    assert Counter(one.first_id for one in dealt) == dict.fromkeys(range(10), number // 10)
    edits = [edit for one in dealt for edit in one.edits]
    kinds = Counter(edit.attribute for edit in edits)
    assert max(kinds.values()) < 1.25 * len(edits) / 5
    assert min(kinds.values()) > 0.75 * len(edits) / 5
    ways = Counter(edit.value for edit in edits if edit.attribute == "position")
    assert len(ways) == 16
    assert max(ways.values()) <= 2.2 * kinds["position"] / 16


def test_what_is_dealt_is_what_a_problem_has() -> None:
    params = TASK.splits["train"].params
    for index in range(8):
        rng, turn = rng_for(TASK, "val", SEED, index), turn_for(TASK, "val", SEED, index)
        problem, _ = seek(params, rng, turn)
        again = rng_for(TASK, "val", SEED, index)
        set_up(params.things, again, params.near)
        dealt = deal(params, turn, again)
        wanted = Counter((edit.attribute, edit.value) for edit in dealt.edits)
        got = Counter(
            (e.attribute, (e.value, e.steps) if e.attribute == "position" else e.value)
            for e in problem.edits
        )
        assert got == wanted
        assert len(in_sight(problem.before)) == dealt.seen
        assert dealt.first_id in {edit.object for edit in problem.edits}


@pytest.mark.parametrize(
    "edits",
    [
        (Dealt("color", "cyan"), Dealt("shape", "cube")),  # no pair of training, on one thing
        (Dealt("position", ("right", 2)),),  # it must not leave alone
        (*(Dealt("position", ("front_left", 2)),) * 3, Dealt("size", "large")),
    ],
)
def test_deals_that_are_hard_to_fill_are_filled(edits: tuple[Dealt, ...]) -> None:
    params = TASK.splits["train"].params
    assert_filled(params, edits)


def test_pairs_that_must_be_are_made_where_other_edits_are_against_them() -> None:
    """The one thing in sight becomes red, so it must be a cube, and not the cylinder that is dealt."""
    edits = [Dealt("color", "red"), Dealt("size", "small"), Dealt("shape", "cylinder")]
    assert_filled(TASK.splits["ood-pairing"].params, edits)


def assert_filled(params: Params, edits: Sequence[Dealt]) -> None:
    for seed in range(5):
        rng = Random(seed)
        problem = find(params, Deal(tuple(edits), 1, 7), set_up(params.things, rng, 1.0), rng)
        assert problem is not None
        assert len(problem.edits) == len(edits)
        assert compare(problem.before, problem.after) == problem.edits


def test_moves_within_out_and_in_all_occur() -> None:
    found = Counter[tuple[bool, bool]]()
    for one in cases():
        for edit in one.problem.edits:
            if edit.attribute == "position":
                found[
                    edit.object in in_sight(one.problem.before),
                    edit.object in in_sight(one.problem.after),
                ] += 1
    assert min(found[True, True], found[True, False], found[False, True]) > 0
    assert not found[False, False]
