"""transformation_counts: what is counted of transformation's problems, and of their pictures."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from random import Random
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from builders.engine import Tell
from builders.sample import Sample
from builders.scenes.render import Cover, cover
from builders.scenes.rle import decode
from builders.scenes.sight import MEASURED, counted
from builders.task import Canvas, draw_draft, draw_sample, make_sample, rng_for, to_json, turn_for
from builders.tasks.transformation._placing import Problem
from builders.tasks.transformation._reader import solutions
from builders.tasks.transformation._stage import Studio, View, in_sight, stage_of, view_to_json
from builders.tasks.transformation._words import question_of
from builders.tasks.transformation.edits import TASK, seek
from evaluators import Program, Status, answer_from_json, answer_to_json, grade
from evaluators.world import LOOKS, STEPS, VALUES, Edit, Scene, apply, visible

SEED: Final = 2026
ORDERS: Final = 3  # other orders of a program that are tried
TOLD: Final = ("shape", "size", "color", "material", "position", "turn")
# A shadow or a mirror image of what is edited changes that much of a thing, of 255, and no more.
SHADE: Final = 25.0

Mask = NDArray[np.bool_]


class Part(NamedTuple):
    """Some problems of a split, of which the first few are drawn too."""

    level: str
    split: str
    start: int
    stop: int
    drawn: int


@dataclass(slots=True)
class Held:
    """What was counted over some problems of a split."""

    problems: int = 0
    executed: int = 0
    solved: int = 0
    right_orders: int = 0
    orders: int = 0
    refused: int = 0
    corrupted: int = 0
    alike: int = 0  # corrupted, yet the same to the eye: what leaves over another side
    guessed: int = 0
    unedited: int = 0  # things in sight of both scenes together
    changed: int = 0  # of them, in look, place or turn, or in one picture only
    uncovered: int = 0  # whose masks differ away from what is edited
    fewest: int = 10**9  # pixels of a thing in sight
    share: float = 1.0  # of a thing that is seen, at least
    drawn: int = 0
    drawn_changed: int = 0  # the same of stored scenes
    drawn_uncovered: int = 0
    shade: float = 0.0  # how much an unedited thing's pixels changed on the mean, at most
    golds: list[tuple[str, str]] = field(default_factory=list)  # with their kinds, as JSON
    seen: Counter[str] = field(default_factory=Counter)
    search: float = 0.0  # CPU seconds
    checks: float = 0.0
    drawing: float = 0.0

    def faults(self) -> Iterator[str]:
        """What does not hold."""
        for name, count, of in (
            ("the gold executed is another scene", self.executed, self.problems),
            ("the gold is not among the solver's programs", self.solved, self.problems),
            ("another order is not right", self.right_orders, self.orders),
            ("with one edit wrong it is right", self.refused, self.corrupted),
        ):
            if count != of:
                yield f"{name}: {of - count} of {of}"
        for name, count in (
            ("unedited things that changed", self.changed + self.drawn_changed),
            ("masks that changed", self.uncovered + self.drawn_uncovered),
            ("unedited things look another way", int(self.shade > SHADE)),
        ):
            if count:
                yield f"{name}: {count}"


def count(part: Part, tell: Tell) -> tuple[Part, Held]:
    """Count over a part."""
    task = TASK if part.level == "usual" else TASK.at("easy")
    params, held = task.splits[part.split].params, Held()
    for index in range(part.start, part.stop):
        start = time.process_time()
        rng = rng_for(task, part.split, SEED, index)
        problem, studio = seek(params, rng, turn_for(task, part.split, SEED, index))
        held.search += time.process_time() - start
        start = time.process_time()
        views = [
            view_to_json(problem.before, studio, "center"),
            view_to_json(problem.after, studio, params.view),
        ]
        _check_one(problem, {"views": views}, Random(index), held)
        _look(problem, studio, params.view, held)
        held.checks += time.process_time() - start
        tell(1)
    if part.drawn:
        draw_sample(task, part.split, SEED, 0, Canvas(64, 48))  # reads the kernels
    for index in range(part.start, part.start + part.drawn):
        _draw(task, part.split, index, held)
    return part, held


def _check_one(problem: Problem, scene: dict[str, Any], rng: Random, held: Held) -> None:
    gold = answer_from_json(
        json.loads(to_json(answer_to_json(Program(problem.edits, problem.before))))
    )
    assert isinstance(gold, Program)
    edits, goal = gold.edits, visible(problem.after)
    held.problems += 1
    held.executed += apply(edits, gold.scene) == problem.after
    held.solved += _is_among(
        edits, solutions(question_of(problem.before), json.loads(to_json(scene)))
    )
    for _ in range(ORDERS if len(edits) > 1 else 0):
        held.right_orders += _is_correct(rng.sample(edits, len(edits)), gold)
        held.orders += 1
    for place, edit in enumerate(edits):
        for others in ((), *((other,) for other in _corrupted(edit, len(gold.scene)))):
            written = [*edits[:place], *others, *edits[place + 1 :]]
            if goal in _ends(written, gold.scene):
                held.alike += 1
                continue
            held.refused += not _is_correct(written, gold)
            held.corrupted += 1
    kind = "looks" if all(edit.attribute in LOOKS for edit in edits) else "moves"
    held.golds.append((kind, to_json(answer_to_json(gold))))
    held.guessed += _is_correct([_guess(gold.scene, rng)], gold)
    held.seen.update(_traits(problem))


def _is_among(edits: Sequence[Edit], alike: Sequence[Sequence[Edit]]) -> bool:
    """Whether a program is one of each of the edits that solve the problem, and no more."""
    return len(edits) == len(alike) and all(any(one in ways for ways in alike) for one in edits)


def _is_correct(written: Sequence[Edit], gold: Program) -> bool:
    text = "\n".join(edit.text() for edit in written)
    return grade(f"<think>…</think><answer>{text}</answer>", gold).status is Status.CORRECT


def _corrupted(edit: Edit, things: int) -> Iterator[Edit]:
    """The edit with every other value, and of every other thing."""
    for value in VALUES[edit.attribute]:
        if value != edit.value:
            yield replace(edit, value=value, steps=None)
    for number in range(things):
        if number != edit.object:
            yield replace(edit, object=number)


def _ends(edits: Sequence[Edit], scene: Scene) -> Iterator[Scene]:
    """The visible final scenes of a program as it is written: without the steps of its moves."""
    options = [STEPS if edit.attribute == "position" else (None,) for edit in edits]
    for steps in product(*options):
        told = [replace(edit, steps=s) for edit, s in zip(edits, steps, strict=True)]
        yield visible(apply(told, scene))


def _guess(scene: Scene, rng: Random) -> Edit:
    """What one might say who has read the question only: some change of a thing in sight."""
    number = rng.choice(in_sight(scene))
    attribute = rng.choice(("size", "material", "shape"))  # of the fewest values
    others = [value for value in LOOKS[attribute] if value != getattr(scene[number], attribute)]
    return Edit(attribute, number, rng.choice(others))


def _traits(problem: Problem) -> Iterator[str]:
    yield f"edits {len(problem.edits)}"
    yield f"seen {len(in_sight(problem.before))}"
    for edit in problem.edits:
        yield f"attribute {edit.attribute}"
        yield f"thing {edit.object}"
        if edit.attribute != "position":
            yield f"{edit.attribute} {edit.value}"
            continue
        yield f"direction {edit.value}"
        yield f"steps {edit.steps}"
        came, stays = (edit.object in in_sight(s) for s in (problem.before, problem.after))
        yield f"move {'within' if came and stays else 'out' if came else 'in'}"


def _look(problem: Problem, studio: Studio, view: View, held: Held) -> None:
    """Compare what both scenes show: told things, and their masks as the second camera sees them."""
    scenes = (problem.before, problem.after)
    edited = {edit.object for edit in problem.edits}
    told = [
        {one["id"]: one for one in view_to_json(scene, studio, view)["objects"]} for scene in scenes
    ]
    held.unedited += len((told[0].keys() | told[1].keys()) - edited)
    held.changed += _changed(told, edited)
    seen = [_seen(scene, studio, view) for scene in scenes]
    held.uncovered += _uncovered(
        [
            {number: one.ids == row for row, number in enumerate(in_sight(scene))}
            for one, scene in zip(seen, scenes, strict=True)
        ],
        edited,
    )
    first = seen[0] if view == "center" else _seen(problem.before, studio, "center")
    for one in (first, seen[1]):  # the pictures of the problem
        pixels = counted(one.ids, len(one.alone))
        held.fewest = min(held.fewest, int(pixels.min()))
        held.share = min(held.share, float((pixels / one.alone).min()))


def _seen(scene: Scene, studio: Studio, view: View) -> Cover:
    return cover(stage_of(scene, studio, view), MEASURED.width, MEASURED.height)


def _changed(told: Sequence[Mapping[int, Mapping[str, Any]]], edited: set[int]) -> int:
    """Unedited things that differ between the pictures."""
    first, second = told
    return sum(
        number not in first or number not in second
        or any(first[number][name] != second[number][name] for name in TOLD)
        for number in (first.keys() | second.keys()) - edited
    )  # fmt: skip


def _uncovered(masks: Sequence[Mapping[int, Mask]], edited: set[int]) -> int:
    """Unedited things whose masks differ away from what is edited."""
    first, second = masks
    empty = np.zeros_like(next(iter([*first.values(), *second.values()])))
    touched = empty.copy()
    for view in masks:
        for number in edited & view.keys():
            touched |= view[number]
    return sum(
        bool(((first.get(n, empty) ^ second.get(n, empty)) & ~touched).any())
        for n in (first.keys() | second.keys()) - edited
    )


def _draw(task: Any, split: str, index: int, held: Held) -> None:
    """Draw a sample whole, and compare what is stored of its pictures."""
    start = time.process_time()
    draft = draw_draft(task, split, SEED, index, Canvas())
    sample: Sample = make_sample(task, split, index, draft)  # with its PNG files
    held.drawing += time.process_time() - start
    held.drawn += 1
    scene = json.loads(sample.scene)
    edited = {edit["object"] for edit in scene["program"]}
    told = [{one["id"]: one for one in view["objects"]} for view in scene["views"]]
    held.drawn_changed += _changed(told, edited)
    if scene["views"][1]["view"] != "center":
        return
    masks = [
        {n: decode(one["mask"]["counts"], *one["mask"]["size"]) for n, one in view.items()}
        for view in told
    ]
    held.drawn_uncovered += _uncovered(masks, edited)
    first, second = (np.asarray(image, dtype=float) for image in draft.images)
    for number in (masks[0].keys() & masks[1].keys()) - edited:
        both = masks[0][number] & masks[1][number]
        held.shade = max(held.shade, float(np.abs(first - second)[both].mean()))
