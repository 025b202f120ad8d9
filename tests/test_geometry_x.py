"""Problems in x: an equation tells it, no fewer steps do, and no wrong x can be ruled out."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from random import Random

import pytest

from builders.scenes.figures.catalogue import construct
from builders.scenes.figures.measure import Quantity
from builders.tasks.geometry import _unknown, find_x
from builders.tasks.geometry._drawing import SPLITS, Wish, proposed
from builders.tasks.geometry._engine import Known, Step, needs_of, study
from builders.tasks.geometry._forms import PLACES
from builders.tasks.geometry._in_x import Equations, InX, linear_parts
from builders.tasks.geometry._mistakes import wrong_unknowns
from builders.tasks.geometry._scene import Params
from builders.tasks.geometry._shortest import is_shortest_to_x, ways_to_x
from builders.tasks.geometry._theorems import HELD_OUT, THEOREMS, TRAINED
from builders.tasks.geometry._unknown import LARGEST_X, Hunt, UnknownProblem, solving
from tests.geometry_data import led_to, searched

Asked = tuple[Equations, Sequence[Quantity], Mapping[Quantity, InX], int, bool]


def asked_to_x(monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """What the exact search for x will be asked, and whether it is kept."""
    asked: list[Asked] = []

    def watched(
        equations: Equations,
        givens: Sequence[Quantity],
        expressions: Mapping[Quantity, InX],
        depth: int,
    ) -> bool:
        is_kept = is_shortest_to_x(equations, givens, expressions, depth)
        asked.append((equations, givens, expressions, depth, is_kept))
        return is_kept

    monkeypatch.setattr(_unknown, "is_shortest_to_x", watched)
    return asked


def test_a_shorter_way_to_x_tells_x(monkeypatch: pytest.MonkeyPatch) -> None:
    """By another equation than the one that the problem was made of, maybe with sizes carried in x."""
    asked = asked_to_x(monkeypatch)
    params, kind = SPLITS["ood-depth"].params, find_x.KINDS["x"]
    seeds = iter(range(400))
    while sum(not is_kept for *_, is_kept in asked) < 6:
        rng = Random(next(seeds))
        wish = Wish(rng.choice(find_x.DEEP), rng.choice(params.additions), (4, 5), PLACES[0])
        list(proposed(kind, params, wish, rng))
    for equations, givens, expressions, depth, is_kept in asked:
        if is_kept:
            continue
        steps, equation = next(ways_to_x(equations, givens, expressions, depth - 1))
        assert sum(not one.instance.rule.reads for one in steps) < depth
        assert led_to(steps, [*givens, *expressions]) >= {*equation.quantities, *equation.needed}
        # By another x the sizes that follow break the equation.
        known = {one: value.value for one, value in equations.known.values.items()}
        sizes = {one: known[one] for one in givens}
        sizes |= {one: known[one] + line.factor for one, line in expressions.items()}
        for step in steps:
            sizes[step.found] = solved(step, sizes, known)
        parts = linear_parts(equation)
        assert parts is not None
        assert abs(sum(float(share) * (sizes[one] if one else 1) for one, share in parts)) > 0.1


def solved(step: Step, sizes: Mapping[Quantity, float], known: Mapping[Quantity, float]) -> float:
    """What a step finds; an equation that is not linear has nothing in x in it."""
    parts = linear_parts(step.instance)
    if parts is None:
        assert all(sizes[one] == pytest.approx(known[one]) for one in needs_of(step))
        return known[step.found]
    own = sum(float(share) for one, share in parts if one == step.found)
    others = [(one, float(share)) for one, share in parts if one != step.found]
    return -sum(share * (sizes[one] if one else 1) for one, share in others) / own


@pytest.mark.thorough
def test_x_is_told_in_no_fewer_steps_than_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept and what is refused, by trying all; sizes that are carried in x lead to some of these."""
    asked = asked_to_x(monkeypatch)
    params, kind = Params(depths=(3,), additions=(0, 1, 2)), find_x.KINDS["x"]
    for seed in range(500):
        rng = Random(seed)
        wish = Wish(rng.choice(kind.bases), rng.choice(params.additions), params.depths, PLACES[0])
        list(proposed(kind, params, wish, rng))
    small = [one for one in asked if len(one[0].known.steps) < 90]
    carried_only = 0
    for equations, givens, expressions, depth, is_kept in small:
        lines = {one: Fraction(line.factor) for one, line in expressions.items()}
        start = dict.fromkeys(givens, Fraction(0)) | lines
        assert (fewest_to_x(equations, start, depth) == depth) == is_kept
        carried_only += not is_kept and fewest_to_x(equations, start, depth, carry=False) == depth
    assert carried_only > 0
    assert sum(is_kept for *_, is_kept in small) > 40


def fewest_to_x(
    equations: Equations, start: Mapping[Quantity, Fraction], most: int, *, carry: bool = True
) -> int:
    """The least number of steps to an equation that tells x, or `most`; sizes have their factor of x."""
    layer, fewest = {frozenset(start.items())}, most
    for depth in range(most):
        grown = (marks_read(equations.known, dict(one), carry) for one in layer)
        layer = {frozenset(there.items()) for there in grown}
        for one in layer:
            there = dict(one)
            for equation, parts in equations.linear:
                if {*equation.quantities, *equation.needed} <= set(there):
                    slope = sum(share * there[one] for one, share in parts if one)
                    if slope and not any(there[one] for one in equation.needed):
                        fewest = min(fewest, depth + (not equation.rule.reads))
        layer = {
            frozenset({**dict(one), step.found: slope}.items())
            for one in layer
            for step, slope in steps_in_x(equations.known, dict(one), carry)
        }
    return fewest


def marks_read(
    known: Known, there: dict[Quantity, Fraction], carry: bool
) -> dict[Quantity, Fraction]:
    """With all that marks say of it."""
    while more := [one for one in steps_in_x(known, there, carry) if one[0].instance.rule.reads]:
        there |= {step.found: slope for step, slope in more}
    return there


def steps_in_x(
    known: Known, there: Mapping[Quantity, Fraction], carry: bool
) -> Iterator[tuple[Step, Fraction]]:
    """What can be found next, with its factor of x."""
    for step in known.steps:
        needed = {*step.instance.quantities, *step.instance.needed} - {step.found}
        if step.found in there or not needed <= set(there):
            continue
        if not any(there[one] for one in needed):
            yield step, Fraction(0)
            continue
        parts = linear_parts(step.instance)
        if carry and parts is not None and not any(there[one] for one in step.instance.needed):
            own = sum(share for one, share in parts if one == step.found)
            yield (
                step,
                Fraction(
                    -sum(share * there[one] for one, share in parts if one and one != step.found)
                    / own
                ),
            )


@pytest.mark.parametrize("held_out", [False, True])
def test_problems_in_x_come_out(held_out: bool) -> None:
    found = 0
    for base in find_x.HELD_OUT if held_out else find_x.BASES[:10]:
        for seed in range(4):
            known = study(construct(base, 0, Random(seed)), THEOREMS if held_out else TRAINED)
            problem = Hunt(known, (1, 2, 3), Random(seed), held_out=held_out).seek()
            if problem is None:
                continue
            found += 1
            for quantity, line in problem.expressions.items():
                assert known.values[quantity] == line.factor * problem.x + line.shift
            assert not re.search(r"\(\d*x\)", solving(problem)[0])
            assert (problem.equation.rule.family in HELD_OUT) == held_out
            assert not held_out or problem.needs(HELD_OUT)
    assert found > 5


def test_no_wrong_x_can_be_ruled_out_by_the_expressions_in_it() -> None:
    seen = 0
    for base in (
        "crossing lines",
        "triangle of angles",
        "inscribed quadrilateral",
        "parallelogram",
    ):
        for seed in range(12):
            known = study(construct(base, 1, Random(seed)), TRAINED)
            problem = Hunt(known, (1, 2, 3), Random(seed)).seek()
            if problem is None:
                continue
            for below in range(4):
                others = wrong_unknowns(problem, below, Random(seed))
                assert not others or sum(one.value < problem.x for one in others) == below
                for wrong in others:
                    for quantity, line in problem.expressions.items():
                        size = line.factor * (wrong.whole() or 0) + line.shift
                        assert size > 0
                        assert size < {"angle": 180, "arc": 360}.get(quantity.kind, math.inf)
                        assert size < 2 * known.values[quantity].value
                    assert 0 < wrong.value <= LARGEST_X
                    seen += 1
    assert seen > 150


@cache
def rhombus() -> tuple[Equations, Quantity, Quantity, Quantity, Quantity]:
    """What is known of one; its side, half diagonals and a whole diagonal."""
    known = study(construct("rhombus", 0, Random(1)), TRAINED)
    figure = known.figure
    a, b, c, d = next(fact.of for fact in figure.facts if fact.kind == "rhombus")
    (e,) = figure.points.keys() - {a, b, c, d}
    parts = ((a, b), (a, e), (b, e), (a, c))
    side, half, other, whole = (figure.length(*pair) for pair in parts)
    return Equations(known), side, half, other, whole


def in_x(equations: Equations, *of: Quantity) -> dict[Quantity, InX]:
    """x being 3."""
    return {one: InX(2, int(equations.known.values[one].value) - 6) for one in of}


def test_a_theorem_that_is_not_linear_tells_x_too() -> None:
    """A rhombus whose half diagonals and side are all known or in x: Pythagoras tells it."""
    equations, side, half, other, whole = rhombus()
    assert equations.tell_x([whole], in_x(equations, side, other), HELD_OUT)
    assert equations.tell_x([], in_x(equations, side, half, other), HELD_OUT)
    assert not equations.tell_x([], in_x(equations, side, other), HELD_OUT)
    assert not equations.tell_x([whole], in_x(equations, side), HELD_OUT)


def test_what_holds_for_every_x_does_not_tell_it() -> None:
    """The half diagonals of a rhombus are in one ratio, AE : EC = BE : ED, whatever they are."""
    equations, _, half, other, _ = rhombus()
    assert not equations.tell_x([], in_x(equations, half, other), HELD_OUT)


def test_an_equation_is_not_said_again_with_its_sides_swapped() -> None:
    alone = 0
    for scene in searched("find-x", find_x.TASK.at("easy").splits["test"].params, range(30)):
        assert isinstance(scene.problem, UnknownProblem)
        put_in, rest = re.findall(r"With what is given: (.+?)\. \w+ (.+?)\. ", scene.thought)[0]
        swapped = " = ".join(reversed(put_in.split(" = ")))
        assert not {put_in, swapped} & set(rest.split(", ")), scene.thought
        assert rest.endswith(f"x = {scene.problem.x}")
        alone += rest == f"x = {scene.problem.x}"
    assert alone > 5


def test_expressions_in_x() -> None:
    assert [str(InX(*one)) for one in ((1, 0), (2, 10), (3, -5))] == ["x", "2x + 10", "3x − 5"]
