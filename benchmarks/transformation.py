"""transformation: do the problems hold: executed, solved anew, permuted, with single edits wrong, guessed, drawn.

Run with `python -m benchmarks.transformation`: 2,000 problems of each split, in about a quarter of an hour.
Nothing is drawn where pictures do not matter; so many of each split as `--drawn` says are.
"""

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from random import Random
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from builders.scenes.rle import decode
from builders.task import Canvas, draw_sample, rng_for, to_json, turn_for
from builders.tasks.transformation._placing import Problem
from builders.tasks.transformation._reader import solutions
from builders.tasks.transformation._stage import in_sight, view_to_json
from builders.tasks.transformation._words import question_of
from builders.tasks.transformation.edits import SPLITS, TASK, seek
from evaluators import Program, Status, answer_from_json, answer_to_json, grade
from evaluators.world import LOOKS, STEPS, VALUES, Edit, Scene, apply, visible

SEED: Final = 2026
ORDERS: Final = 3  # other orders of a program that are tried
OTHERS: Final = 2  # other things that a corrupted edit is of


@dataclass(slots=True)
class Held:
    """What was counted in a split."""

    problems: int = 0
    executed: int = 0
    solved: int = 0
    orders: list[int] = field(default_factory=lambda: [0, 0])  # right, tried
    wrong: list[int] = field(default_factory=lambda: [0, 0])  # rightly refused, tried
    alike: int = 0  # corrupted, yet the same to the eye: what leaves over another side
    answers: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    programs: list[tuple[str, Program]] = field(default_factory=list)  # with their kinds
    guessed: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0  # of the search


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", nargs="+", default=list(SPLITS), choices=list(SPLITS))
    parser.add_argument("--problems", type=int, default=2000, help="of each split")
    parser.add_argument("--drawn", type=int, default=20, help="of each split")
    parser.add_argument("--level", default="usual", choices=("usual", "easy"))
    wanted = parser.parse_args()
    console = Console(width=160)
    found = {}
    for split in wanted.split:
        found[split] = check(wanted.level, split, wanted.problems)
        print(f"{split}: {found[split].problems:,} problems", file=sys.stderr, flush=True)
    console.print(held_table(found))
    console.print(balance_table(found))
    if wanted.drawn:
        console.print(drawn_table(wanted.level, wanted.split, wanted.drawn))


def check(level: str, split: str, problems: int) -> Held:
    """Count over the first problems of a split."""
    task = TASK if level == "usual" else TASK.at("easy")
    params, held = task.splits[split].params, Held()
    for index in range(problems):
        start = time.process_time()
        problem, place = seek(
            params, rng_for(task, split, SEED, index), turn_for(task, split, SEED, index)
        )
        held.seconds += time.process_time() - start
        views = [
            view_to_json(problem.before, place, "center"),
            view_to_json(problem.after, place, params.view),
        ]
        _check_one(problem, {"views": views}, Random(index), held)
    return held


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
        held.orders[0] += _is_correct(rng.sample(edits, len(edits)), gold)
        held.orders[1] += 1
    for place, edit in enumerate(edits):
        for other in _corrupted(edit, len(gold.scene), rng):
            written = [*edits[:place], other, *edits[place + 1 :]]
            if goal in _ends(written, gold.scene):
                held.alike += 1
                continue
            held.wrong[0] += not _is_correct(written, gold)
            held.wrong[1] += 1
    kind = "looks" if all(edit.attribute in LOOKS for edit in edits) else "moves"
    held.answers[kind][gold.text()] += 1
    held.programs.append((kind, gold))
    held.guessed += _is_correct([_guess(gold.scene, rng)], gold)
    held.seen.update(_traits(problem))


def _is_among(edits: Sequence[Edit], alike: Sequence[Sequence[Edit]]) -> bool:
    """Whether a program is one of each of the edits that solve the problem, and no more."""
    return len(edits) == len(alike) and all(any(one in ways for ways in alike) for one in edits)


def _is_correct(written: Sequence[Edit], gold: Program) -> bool:
    text = "\n".join(edit.text() for edit in written)
    return grade(f"<think>…</think><answer>{text}</answer>", gold).status is Status.CORRECT


def _corrupted(edit: Edit, things: int, rng: Random) -> Iterator[Edit]:
    """The edit with every other value, and of some other things."""
    for value in VALUES[edit.attribute]:
        if value != edit.value:
            yield replace(edit, value=value, steps=None)
    for number in rng.sample([i for i in range(things) if i != edit.object], OTHERS):
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


def held_table(found: dict[str, Held]) -> Table:
    """What must hold of each split.

    Executed: the gold gives the final scene. Solved: it is among the solver's programs. Constant: what the
    best constant answer to each kind gets; guess: a likely change, from the question alone.
    """
    table = Table(title="what holds of the problems")
    for column in (
        *("split", "problems", "executed", "solved"),
        *("orders right", "one edit wrong: refused", "looks the same"),
        *("constant", "guess", "CPU-s"),
    ):
        table.add_column(column, justify="left" if column == "split" else "right")
    for split, held in found.items():
        table.add_row(
            split,
            f"{held.problems:,}",
            f"{held.executed:,}",
            f"{held.solved:,}",
            f"{held.orders[0]:,} of {held.orders[1]:,}",
            f"{held.wrong[0]:,} of {held.wrong[1]:,}",
            f"{held.alike:,}",
            f"{constant_share(held):.2%}",
            f"{held.guessed / held.problems:.2%}",
            f"{held.seconds / held.problems:.3f}",
        )
    return table


def constant_share(held: Held) -> float:
    """What the most frequent answer to each kind gets, graded by execution."""
    best = {kind: answers.most_common(1)[0][0] for kind, answers in held.answers.items()}
    right = sum(
        grade(f"<answer>{best[kind]}</answer>", gold).status is Status.CORRECT
        for kind, gold in held.programs
    )
    return right / held.problems


def balance_table(found: dict[str, Held]) -> Table:
    """How evenly each trait's values come: the least and the most frequent, as shares."""
    table = Table(title="balance: least and most frequent value, share of its trait")
    table.add_column("split")
    traits = ("edits", "seen", "attribute", *LOOKS, "direction", "steps", "move", "thing")
    for trait in traits:
        table.add_column(trait, justify="right")
    for split, held in found.items():
        table.add_row(split, *(_spread(held.seen, trait) for trait in traits))
    return table


def _spread(seen: Counter[str], trait: str) -> str:
    counts = [n for name, n in seen.items() if name.split()[0] == trait]
    return f"{min(counts) / sum(counts):.1%} {max(counts) / sum(counts):.1%}" if counts else "–"


def drawn_table(level: str, splits: Sequence[str], samples: int) -> Table:
    """What the pictures show: fewest pixels and least share of a thing, differences that no edit explains."""
    table = Table(title=f"{samples} samples drawn at 320 × 240, PNG, masks and proof with them")
    for column in (
        "split",
        "CPU-s",
        "fewest pixels",
        "least share",
        "unedited, changed",
        "masks, changed",
    ):
        table.add_column(column, justify="left" if column == "split" else "right")
    task = TASK if level == "usual" else TASK.at("easy")
    for split in splits:
        draw_sample(task, split, SEED, samples, Canvas())  # reads the kernels
        start, scenes = time.process_time(), []
        for index in range(samples):
            scenes.append(json.loads(draw_sample(task, split, SEED, index, Canvas()).scene))
        seconds = (time.process_time() - start) / samples
        things = [one for scene in scenes for view in scene["views"] for one in view["objects"]]
        looks, masks = (sum(column) for column in zip(*map(_changed, scenes), strict=True))
        table.add_row(
            split,
            f"{seconds:.3f}",
            str(min(one["pixels"] for one in things)),
            f"{min(one['visible'] for one in things):.0%}",
            str(looks),
            str(masks) if scenes[0]["views"][1]["view"] == "center" else "other view",
        )
    return table


def _changed(scene: dict[str, Any]) -> tuple[int, int]:
    """Unedited things that differ between the pictures; and whose masks do, away from what is edited."""
    edited = {edit["object"] for edit in scene["program"]}
    first, second = ({one["id"]: one for one in view["objects"]} for view in scene["views"])
    still = (first.keys() | second.keys()) - edited
    told = ("shape", "size", "color", "material", "position", "turn")
    looks = sum(
        number not in first or number not in second
        or any(first[number][name] != second[number][name] for name in told)
        for number in still
    )  # fmt: skip
    masks = [
        {
            number: decode(one["mask"]["counts"], *one["mask"]["size"])
            for number, one in view.items()
        }
        for view in (first, second)
    ]
    height, width = scene["canvas"][1], scene["canvas"][0]
    touched = np.zeros((height, width), dtype=bool)
    for view in masks:
        for number in edited & view.keys():
            touched |= view[number]
    empty = np.zeros((height, width), dtype=bool)
    return looks, sum(
        bool(((masks[0].get(n, empty) ^ masks[1].get(n, empty)) & ~touched).any()) for n in still
    )


if __name__ == "__main__":
    main()
