"""What several files of geometry's tests ask for: figures of every construction, problems that are proposed for a split."""

import json
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from random import Random
from typing import Any

from benchmarks import geometry_counts
from builders.sample import Draft
from builders.scenes.figures.catalogue import ADDITIONS, BASES, construct
from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.measure import Quantity
from builders.task import Canvas, Task, to_json
from builders.tasks.geometry import find_angle, find_area, find_length, find_x
from builders.tasks.geometry._drawing import Wish, proposed
from builders.tasks.geometry._engine import Step
from builders.tasks.geometry._forms import PLACES
from builders.tasks.geometry._scene import Params, Scene
from builders.tasks.geometry._theorems import THEOREMS

TASKS: dict[str, Task[Params]] = {
    task.name: task for task in (find_angle.TASK, find_length.TASK, find_area.TASK, find_x.TASK)
}
SMALL = Canvas(64, 48)
BY_NAME = {rule.name: rule for rule in THEOREMS}
SEEDS = 3  # figures of each construction, with 0, 1 and 2 additions


def figures_of(base: str) -> Iterator[Figure]:
    for seed in range(SEEDS):
        yield construct(base, seed, Random(f"{base}/{seed}"))


@cache
def figures() -> tuple[Figure, ...]:
    # Of these there are several sorts.
    sorts = ("regular polygon", "square and circle", "trapezoid", "two tangents")
    more = (construct(base, 0, Random(seed)) for base in sorts for seed in range(10))
    return (*(figure for base in BASES for figure in figures_of(base)), *more, *added_by_hand())


def added_by_hand() -> Iterator[Figure]:
    """Every addition on some figures that suit it, and one that is rare on its own figures."""
    for name, bases in [*((name, list(BASES)) for name in ADDITIONS), ("diagonals", ["trapezoid"])]:
        add, suited = ADDITIONS[name], 0
        for seed in range(1_500):
            rng = Random(f"{name}/{seed}")
            figure = construct(rng.choice(bases), 0, rng)
            try:
                add(figure, rng)
                figure.check()
            except UnsuitableError:
                continue
            yield figure
            suited += 1
            if suited == 5:
                break
        else:
            raise AssertionError(f"{name} fits no figure")


def searched(name: str, params: Params, seeds: range, base: str | None = None) -> Iterator[Scene]:
    """Problems that are proposed for a split, clear to read or not."""
    for kind in geometry_counts.KINDS[name].values():
        for seed in seeds:
            rng = Random(f"{params}/{seed}")
            begun = base or rng.choice(kind.suited(params))
            wish = Wish(begun, rng.choice(params.additions), params.depths, PLACES[seed % 16])
            yield from proposed(kind, params, wish, rng)


def led_to(steps: Sequence[Step], givens: Collection[Quantity]) -> set[Quantity]:
    """What is known after these steps, each of which has to have what it starts from."""
    there = set(givens)
    for step in steps:
        assert {*step.instance.quantities, *step.instance.needed} - {step.found} <= there
        there.add(step.found)
    return there


def scene_of(draft: Draft) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(to_json(draft.scene))
    return stored
