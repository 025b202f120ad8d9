"""_engine: what follows from what: theorems found in a figure, then chained forward.

A figure's theorems are grounded once. What is exactly known of it (`Known.values`) follows from the
sizes that it was made with; every such value is measured at once, so that a wrong theorem stops the build
instead of teaching. Which of these quantities follow from chosen givens, and in how few steps, is then a
matter of the equations' shape alone, and takes no arithmetic.
"""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from builders.scenes.figures.figure import Figure
from builders.scenes.figures.measure import Plane, Quantity, agrees, measure
from builders.scenes.figures.surds import InexactError, Surd
from builders.tasks.geometry._algebra import Solution
from builders.tasks.geometry._forms import LARGEST
from builders.tasks.geometry._rule import Instance, Rule, Sight

MOST_TERMS: Final = 2


class WrongTheoremError(AssertionError):
    """A theorem's conclusion is not what the figure measures."""


@dataclass(frozen=True, slots=True)
class Step:
    """One use of a theorem."""

    instance: Instance
    found: Quantity

    @property
    def solution(self) -> Solution:
        """The theorem's equation, solved for what it is used to find."""
        return self.instance.solved_for(self.found)


@dataclass(frozen=True, slots=True)
class Reached:
    """How a quantity follows from the givens."""

    step: int | None  # of `Known.steps`, the last one; None for a given
    steps: int  # all that are needed, as bits
    leaves: int  # the givens that are used, as bits
    support: int  # the figure's facts that are used, as bits
    cost: int = 0


@dataclass(slots=True)
class Known:
    """A figure with all that the theorems say of it."""

    figure: Figure
    instances: Sequence[Instance]
    values: dict[Quantity, Surd] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    _needing: dict[Quantity, list[int]] = field(
        default_factory=dict
    )  # steps by what they start from
    _needs: list[list[Quantity]] = field(default_factory=list)  # what each step starts from
    _reads: int = 0  # steps that only read a mark, as bits: they cost nothing
    _free: list[int] = field(default_factory=list)  # steps that start from nothing

    def follow(
        self,
        givens: Sequence[Quantity],
        barred: Collection[str] = (),
        until: Quantity | None = None,
    ) -> dict[Quantity, Reached]:
        """All that follows from the givens, each by as few steps as are found.

        A generalization of Dijkstra's search to steps that start from several things: what has the
        smallest number of steps is settled first. Families of theorems that are barred are not used. It
        ends with the quantity that is looked for, if there is one.
        """
        reached: dict[Quantity, Reached] = {}
        lacking = list(map(len, self._needs))
        ready: list[tuple[int, int, Quantity]] = []
        pending: dict[tuple[int, int], Reached] = {}
        for place, one in enumerate(givens):
            pending[0, -1 - place] = Reached(None, 0, 1 << place, 0)
            heapq.heappush(ready, (0, -1 - place, one))
        for step in self._free:
            self._make_ready(step, reached, ready, pending, barred)
        while ready:
            cost, number, found = heapq.heappop(ready)
            if found in reached:
                continue
            reached[found] = pending[cost, number]
            if found == until:
                break
            for step in self._needing.get(found, ()):
                lacking[step] -= 1
                if not lacking[step]:
                    self._make_ready(step, reached, ready, pending, barred)
        return reached

    def _make_ready(
        self,
        number: int,
        reached: Mapping[Quantity, Reached],
        ready: list[tuple[int, int, Quantity]],
        pending: dict[tuple[int, int], Reached],
        barred: Collection[str],
    ) -> None:
        step = self.steps[number]
        if step.found in reached or step.instance.rule.family in barred:
            return
        steps, leaves, support = 1 << number, 0, step.instance.support
        for one in self._needs[number]:
            there = reached[one]
            steps |= there.steps
            leaves |= there.leaves
            support |= there.support
        cost = (steps & ~self._reads).bit_count()
        pending[cost, number] = Reached(number, steps, leaves, support, cost)
        heapq.heappush(ready, (cost, number, step.found))

    def in_order(self, reached: Mapping[Quantity, Reached], target: Quantity) -> list[Step]:
        """The steps to a quantity, each after those that it starts from."""
        order: list[Step] = []
        seen: set[Quantity] = set()

        def visit(quantity: Quantity) -> None:
            if quantity in seen:
                return
            seen.add(quantity)
            number = reached[quantity].step
            if number is not None:
                for one in needs_of(self.steps[number]):
                    visit(one)
                order.append(self.steps[number])

        visit(target)
        return order


def needs_of(step: Step) -> list[Quantity]:
    """What a step starts from."""
    needed = step.instance.quantities + step.instance.needed
    return [one for one in dict.fromkeys(needed) if one != step.found]


def study(figure: Figure, theorems: Sequence[Rule]) -> Known:
    """A figure with all that these theorems say of it.

    Raises:
        WrongTheoremError: one of them says what the figure does not measure.
    """
    known = Known(figure, list(_distinct(Sight(figure), theorems)))
    _find_values(known)
    _find_steps(known)
    return known


def _distinct(sight: Sight, theorems: Sequence[Rule]) -> Iterator[Instance]:
    """Each equation once, of the first theorem that says it."""
    seen = set()
    for rule in theorems:
        if rule.of_lengths and not sight.figure.of_lengths:
            continue  # no length is known of it, so none will be
        for instance in rule.instances(sight):
            if instance.key not in seen:
                seen.add(instance.key)
                yield instance


def _find_values(known: Known) -> None:
    """All exact values that follow from the sizes that the figure was made with."""
    plane = known.figure.plane()
    waiting: dict[Quantity, list[int]] = defaultdict(list)
    lacking: list[set[Quantity]] = []
    for number, instance in enumerate(known.instances):
        lacking.append({*instance.quantities, *instance.needed})
        for one in lacking[-1]:
            waiting[one].append(number)
    fresh = list(known.figure.seeds.items())
    ready = [number for number, missing in enumerate(lacking) if len(missing) == 1]
    while fresh or ready:
        while ready:
            fresh += _conclude(known, known.instances[ready.pop()], plane)
        if not fresh:
            break
        quantity, value = fresh.pop()
        if quantity in known.values:
            continue
        known.values[quantity] = value
        for number in waiting[quantity]:
            lacking[number].discard(quantity)
            if len(lacking[number]) <= 1:
                ready.append(number)


def _conclude(known: Known, instance: Instance, plane: Plane) -> list[tuple[Quantity, Surd]]:
    """What a theorem adds, all but one of its quantities being known."""
    unknown = [one for one in instance.quantities if one not in known.values]
    if (
        len(unknown) != 1
        or unknown[0] not in instance.solutions
        or not instance.holds(known.values)
    ):
        return []
    try:
        value = instance.value(unknown[0], known.values)
    except (InexactError, ZeroDivisionError):
        return []
    measured = measure(unknown[0], plane)
    if not agrees(value.value, measured):
        raise WrongTheoremError(
            f"{instance.rule.name}: {instance.words()}: {unknown[0]} is {value}, measured {measured}"
        )
    if len(value.terms) > MOST_TERMS or abs(value.value) > LARGEST:
        return []
    return [(unknown[0], value)]


def _find_steps(known: Known) -> None:
    """Every use of a theorem that leads from known values to a known value."""
    needing: dict[Quantity, list[int]] = defaultdict(list)
    for instance in known.instances:
        if any(one not in known.values for one in instance.quantities):
            continue
        if not instance.holds(known.values):
            continue
        for found in instance.solutions:
            step = Step(instance, found)
            needs = needs_of(step)
            number = len(known.steps)
            known.steps.append(step)
            known._reads |= instance.rule.reads << number
            known._needs.append(needs)
            if not needs:
                known._free.append(number)
            for one in needs:
                needing[one].append(number)
    known._needing = dict(needing)
