"""_growth: how a chain of changes is found that comes to a given answer, every change mattering."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from builders.scenes.tabletop import Look
from builders.tasks.counting._chain import Chain, Op, State, Step, after, number_in, opening, part
from builders.tasks.counting._drawing import MOST_CHANGED, NUMBERS
from builders.tasks.counting._looks import Filter, Stock, countable, name_some
from builders.tasks.counting._setting import Setting

STEP_TRIES: Final = 8  # phrases tried for one step
CHAIN_TRIES: Final = 20  # chains tried on one set of looks


@dataclass(frozen=True, slots=True)
class Goal:
    """So many of a group shall be there in the end."""

    stock: Stock
    looks: tuple[Look, ...]
    group: Filter
    target: int

    def count(self, state: State) -> int | None:
        """How many of the group there are; None where that is open."""
        parts = part(state, self.group)
        return number_in(parts[0]) if parts else None


def grow(goal: Goal, ops: Sequence[Op], rng: Random) -> Chain | None:
    """A chain of these operations that comes to the goal; None where chance finds none."""
    for _ in range(CHAIN_TRIES):
        steps = _grow_once(goal, ops, rng)
        if steps is not None and needs_the_picture(goal.stock, goal.group, steps):
            return Chain(steps, goal.group)
    return None


def needs_the_picture(stock: Stock, group: Filter, steps: Sequence[Step]) -> bool:
    """Whether some of the group may outlast the steps: else their words alone give the answer."""
    emptied = [step.group for step in steps if step.op == "remove-all"]
    return stock.has((group,), emptied)


def _grow_once(goal: Goal, ops: Sequence[Op], rng: Random) -> tuple[Step, ...] | None:
    state = opening(Setting(goal.looks, {}))
    steps: list[Step] = []
    for index, op in enumerate(ops):
        found = _next(goal, state, op, is_last=index == len(ops) - 1, rng=rng)
        if found is None:
            return None
        step, state = found
        steps.append(step)
    return tuple(steps)


def _next(
    goal: Goal, state: State, op: Op, *, is_last: bool, rng: Random
) -> tuple[Step, State] | None:
    """A step that changes the number of the group, and the state after it."""
    before = goal.count(state)
    number = abs(goal.target - (before or 0)) if is_last else 0
    for _ in range(STEP_TRIES):
        step = _choose(goal, state, op, number, rng)
        changed = after(state, step) if step else None
        now = goal.count(changed) if changed is not None else None
        if step is None or changed is None or now in (None, before):
            continue
        if now == goal.target or not is_last:
            return step, changed
    return None


def _choose(goal: Goal, state: State, op: Op, number: int, rng: Random) -> Step | None:
    """Some step; an addition or a removal of `number` things, if one is given."""
    there = [i for pool in state for i in pool.members if pool.left == len(pool.members)]
    if op == "remove-all":
        return Step(op, name_some(goal.looks[rng.choice(there)], rng)) if there else None
    if op == "add":
        look = goal.stock.choose(rng, (goal.group,), ())
    else:
        ours = [goal.looks[i] for i in there if goal.group.fits(goal.looks[i])]
        if not ours:
            return None
        look = rng.choice(ours)
    number = number or rng.choice(NUMBERS)
    # What is added or removed by number lies wholly within the group that is asked about.
    phrase = name_some(look, rng).and_also(goal.group)
    if phrase is None or number > MOST_CHANGED:
        return None
    return Step(op, countable(phrase, rng), number)
