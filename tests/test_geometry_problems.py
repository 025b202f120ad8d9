"""Problems: no given is idle, no derivation is shorter, and no wrong option stands out."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from fractions import Fraction
from functools import cache, partial
from itertools import product
from math import gcd, prod
from random import Random

import pytest
from sympy import primefactors

from benchmarks.geometry_counts import guess, guess_from_givens
from builders.scenes.figures.catalogue import BASES, construct
from builders.scenes.figures.figure import Fact
from builders.scenes.figures.measure import Quantity
from builders.scenes.figures.surds import InexactError, Surd
from builders.tasks.geometry import _problem, _shortest, find_area, find_x
from builders.tasks.geometry._drawing import SPLITS, Wish, proposed
from builders.tasks.geometry._engine import Known, study
from builders.tasks.geometry._forms import PLACES
from builders.tasks.geometry._mistakes import slips, wrong_values
from builders.tasks.geometry._problem import SUMS, Problem, Search, without_one
from builders.tasks.geometry._rows import FARTHEST, divisor_of
from builders.tasks.geometry._rule import Instance, Rule
from builders.tasks.geometry._shortest import Backwards, UnsureError, is_shortest
from builders.tasks.geometry._theorems import FAMILIES, HELD_OUT, THEOREMS, TRAINED
from builders.tasks.geometry._unknown import Hunt
from evaluators import Choice
from tests.geometry_data import figures, led_to, searched

# Problems.


@cache
def problems() -> tuple[Problem, ...]:
    found = []
    for place, figure in enumerate(figures()):
        known = study(figure, TRAINED)
        problem = Search(
            known,
            lambda _, value: 0 < value.value < 5_000,
            set(product(range(1, 5), range(1, 5))),
            Random(place),
        ).seek()
        if problem is not None:
            found.append(problem)
    assert len(found) > 100
    return tuple(found)


def test_no_given_is_idle() -> None:
    for problem in problems():
        assert problem.target in problem.known.follow(problem.givens)
        for fewer in without_one(problem.givens):
            assert problem.target not in problem.known.follow(fewer), problem.target


def test_one_size_tells_radius_and_width_of_a_half_disc() -> None:
    """So that no problem gives both."""
    known = study(construct("rounded rectangle", 0, Random(3)), TRAINED)
    (radius,) = (one for one in known.values if one.kind == "radius")
    _, a, b = next(fact.of for fact in known.figure.facts if fact.kind == "half disc")
    assert known.figure.length(a, b) in known.follow([radius])
    assert radius in known.follow([known.figure.length(a, b)])


def test_steps_lead_from_the_givens_to_the_target() -> None:
    for problem in problems():
        led_to(problem.steps, problem.givens)
        for step in problem.steps:
            assert step.solution.value(problem.known.values) == problem.known.values[step.found]
        assert problem.steps[-1].found == problem.target
        assert problem.depth == sum(not step.instance.rule.reads for step in problem.steps)
        facts = [fact for step in problem.steps for fact in facts_of(problem, step.instance)]
        assert problem.facts() == list(filter(facts.__contains__, problem.figure.facts))


def facts_of(problem: Problem, instance: Instance) -> list[Fact]:
    """What the use of a theorem rests on."""
    facts = problem.figure.facts
    return [facts[place] for place in range(len(facts)) if instance.support & 2**place]


def shortest(known: Known, givens: Sequence[Quantity], target: Quantity, most: int) -> int:
    """The least number of steps, by trying all."""
    layer = {frozenset(givens)}
    for depth in range(most + 1):
        # What marks say is no step.
        layer = {closure(known, one, lambda rule: rule.reads) for one in layer}
        if any(target in there for there in layer):
            return depth
        layer = {
            there | {step.found}
            for there in layer
            for step in known.steps
            if step.found not in there
            and {*step.instance.quantities, *step.instance.needed} - {step.found} <= there
        }
    return most + 1


def closure(
    known: Known, givens: Collection[Quantity], usable: Callable[[Rule], bool]
) -> frozenset[Quantity]:
    """All that follows by some theorems, by trying every step again and again."""
    there = frozenset(givens)
    while True:
        more = {
            step.found
            for step in known.steps
            if usable(step.instance.rule)
            and {*step.instance.quantities, *step.instance.needed} - {step.found} <= there
        }
        if more <= there:
            return there
        there |= more


def test_no_shorter_derivation_exists() -> None:
    """Said of the depth that a problem has, of three steps and of four where there are few theorems to try."""
    tried = Counter[int]()
    for problem in problems():
        if problem.depth > 2 and len(problem.known.steps) > 90:
            continue
        tried[problem.depth] += 1
        if tried[problem.depth] > 25:
            continue
        known, most = problem.known, problem.depth - 1
        assert shortest(known, problem.givens, problem.target, most) > most, problem.target
    assert min(tried[depth] for depth in (1, 2, 3)) >= 8, tried


@pytest.mark.parametrize("base", BASES)
def test_free_sizes_are_those_that_do_not_follow_from_each_other(base: str) -> None:
    """No problem needs more givens: were more sizes said to be free, figures would be searched for nothing."""
    for seed in range(4):
        figure = construct(base, 0, Random(seed))
        known = study(figure, THEOREMS)
        left = list(figure.seeds)
        for one in figure.seeds:
            others = [other for other in left if other != one]
            if known.derives(others, one):
                left = others
        # No theorem says how the foot of its height cuts the longer side of a trapezoid that is even, or right.
        unsaid = base == "trapezoid" and len(left) - figure.free == 1
        assert figure.free == len(left) or unsaid


def test_steps_that_are_shared_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that takes each quantity by its own fewest steps says five where four will do."""
    refused: list[tuple[Known, Sequence[Quantity], Quantity, int]] = []

    def watched(known: Known, givens: Sequence[Quantity], target: Quantity, depth: int) -> bool:
        if not (result := is_shortest(known, givens, target, depth)):
            refused.append((known, givens, target, depth))
        return result

    monkeypatch.setattr(_problem, "is_shortest", watched)
    params, kinds = SPLITS["ood-depth"].params, find_area.KINDS
    seeds, surely = iter(range(200)), 0
    while surely < 4:
        rng = Random(next(seeds))
        kind = kinds[rng.choice(list(kinds))]
        wish = Wish(rng.choice(kind.bases), rng.choice(params.additions), (4, 5), PLACES[0])
        list(proposed(kind, params, wish, rng))
        while refused:
            known, givens, target, depth = refused.pop()
            assert known.follow(givens)[target].cost == depth
            try:
                steps = next(Backwards(known, givens).derivations([target], depth - 1))
            except UnsureError:  # given up
                continue
            assert led_to(steps, givens) >= {target}
            assert sum(not step.instance.rule.reads for step in steps) < depth
            surely += 1


def test_where_not_all_ways_can_be_looked_at_a_problem_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deep = [one for one in problems() if one.depth == 3][:5]
    assert all(is_shortest(one.known, one.givens, one.target, one.depth) for one in deep)
    monkeypatch.setattr(_shortest, "MOST_LOOKS", 0)
    assert not any(is_shortest(one.known, one.givens, one.target, one.depth) for one in deep)


def test_at_most_half_of_a_derivation_adds_up_what_lies_side_by_side() -> None:
    """Five arcs of a circle are four sums, which a person does at a glance; of x one more may be: it is solved too."""
    for problem in problems():
        assert 2 * sums(step.instance.rule for step in problem.steps) <= problem.depth
    seen = Counter[int]()
    for base, seed in product(find_x.KINDS["x"].bases, range(2)):
        known = study(construct(base, 0, Random(seed)), TRAINED)
        unknown = Hunt(known, (1, 2, 3), Random(seed)).seek()
        if unknown is not None:
            there = [unknown.equation.rule, *(step.instance.rule for step in unknown.steps)]
            assert 2 * sums(there) <= unknown.depth + 1
            seen[sums(there)] += 1
    assert seen[0] > 5 and seen[1] > 5, seen


def sums(rules: Iterable[Rule]) -> int:
    return sum(rule.name in SUMS for rule in rules)


@pytest.mark.parametrize("name", ["find-angle", "find-length", "find-area"])
def test_no_more_is_given_than_a_figure_has_free_sizes(name: str) -> None:
    """A search that is not held to it finds more: none of them is idle to these theorems, and one could be told by the others."""
    assert any(len(problem.givens) > problem.figure.free for problem in problems())
    given = Counter[int]()
    for scene in searched(name, SPLITS["test"].params, range(30)):
        assert isinstance(scene.problem, Problem)
        assert len(scene.problem.givens) <= scene.figure.free
        given[len(scene.problem.givens)] += 1
    assert given[3] > 5, given


def is_of_other_families(barred: Collection[str], rule: Rule) -> bool:
    return rule.family not in barred


def test_what_can_be_derived_is_what_can_be_followed() -> None:
    """The one search counts steps, the other only says whether: they must agree, whatever is barred."""
    agreed: Counter[bool] = Counter()
    rng = Random(0)
    for figure in figures()[::3]:
        known = study(figure, THEOREMS)
        quantities = list(known.values)
        for barred in ((), HELD_OUT, FAMILIES[:3]):
            givens = rng.sample(quantities, min(3, len(quantities)))
            followed = known.follow(givens, barred)
            usable = partial(is_of_other_families, barred)
            assert set(followed) == closure(known, givens, usable)
            for target in quantities:
                assert known.derives(givens, target, barred) == (target in followed)
                agreed[target in followed] += 1
    assert min(agreed.values()) > 300


# Wrong options.


def test_slips_change_what_comes_out() -> None:
    changed = 0
    for problem in problems()[:40]:
        for step in problem.steps:
            for slip in slips(step.solution):
                try:
                    value = slip.value(problem.known.values)
                except (InexactError, ZeroDivisionError):
                    continue
                changed += value != problem.known.values[step.found]
    assert changed > 100


def test_no_option_stands_out_among_whole_degrees() -> None:
    angular = [one for one in problems() if one.target.kind in ("angle", "arc")]
    assert len(angular) > 20
    for problem in angular:
        wrong = wrong_values(problem, 2, Random(0))
        assert all(one.whole() in range(9, 172) for one in wrong)


Score = Callable[[int, Sequence[Surd], Sequence[Surd]], float]


def right_by(score: Score, sets: Sequence[tuple[list[Surd], list[Surd]]]) -> float:
    """How often the answer, the first of four options beside what is given, has the highest score of them."""
    hits = 0.0
    for options, givens in sets:
        scores = [score(place, options, givens) for place in range(4)]
        hits += (scores[0] == max(scores)) / scores.count(max(scores))
    return hits / len(sets)


def in_simple_proportion(place: int, options: Sequence[Surd], _givens: Sequence[Surd]) -> float:
    """How many others are simple parts or multiples of it, or make up a right or a straight angle with it."""
    values = [one.value for one in options]
    ratios = [Fraction(values[place] / one).limit_denominator(12) for one in values]
    return sum(
        (abs(ratio * one - values[place]) < 1e-9 and ratio.numerator <= 12)
        or values[place] + one in (90, 180)
        for ratio, one in zip(ratios, values, strict=True)
    )


def amid_the_others(place: int, options: Sequence[Surd], _givens: Sequence[Surd]) -> float:
    return -sum(abs(options[place].value - one.value) for one in options)


def shares_with_a_given(place: int, options: Sequence[Surd], givens: Sequence[Surd]) -> float:
    return max(gcd(divisor_of(options[place]), divisor_of(one)) for one in givens)


def shares_with_all_given(place: int, options: Sequence[Surd], givens: Sequence[Surd]) -> float:
    return gcd(divisor_of(options[place]), prod(map(divisor_of, givens)))


def has_small_factors(place: int, options: Sequence[Surd], _givens: Sequence[Surd]) -> float:
    return -max(primefactors(divisor_of(options[place])), default=1)


@pytest.mark.thorough
@pytest.mark.parametrize("angular", [False, True])
def test_neither_options_nor_what_is_given_tell_the_answer(angular: bool) -> None:
    sets = []
    for number, problem in enumerate(problems()):
        if problem.target.is_angular == angular:
            givens = [problem.known.values[one] for one in problem.givens]
            for below, again in product(range(4), range(3)):
                wrong = wrong_values(problem, below, Random(10 * number + again))
                if wrong:
                    sets.append(([problem.value, *wrong], givens))
    assert len(sets) > 200
    spread = 6 * math.sqrt(0.25 * 0.75 / len(sets))  # sets of one problem are alike
    scores: list[Score] = [in_simple_proportion, amid_the_others]
    if not angular:
        scores += [shares_with_a_given, shares_with_all_given, has_small_factors]
    for score in scores:
        assert abs(right_by(score, sets) - 0.25) < spread, (score, right_by(score, sets))


def test_no_size_among_four_is_ruled_out_by_another() -> None:
    """Were wrong ones within a range of the answer alone, one far from another could not be the answer."""
    found = 0
    for number, problem in enumerate(problems()):
        for below in range(4):
            wrong = wrong_values(problem, below, Random(number))
            if wrong and not problem.target.is_angular:
                sizes = [problem.value.value, *(one.value for one in wrong)]
                assert max(sizes) < FARTHEST * min(sizes)
                found += 1
    assert found > 80


@pytest.mark.parametrize(
    ("options", "in_x", "place"),
    [
        (("30600", "22950", "15300", "45900"), [], 0),
        (("41°", "49°", "17°", "131°"), [], 1),  # what is missing to 90° and to 180°
        (("79", "54", "60", "133"), [(2, 25)], 1),  # 2 · 54 + 25 = 133, (133 + 25) / 2 = 79
        (("7", "11", "15", "19"), [(3, 5)], 0),  # none: the first
    ],
)
def test_a_guesser_sees_what_options_are_to_each_other(
    options: tuple[str, ...], in_x: list[tuple[int, int]], place: int
) -> None:
    assert guess(Choice("D", options), in_x) == place


@pytest.mark.parametrize(
    ("options", "given", "place"),
    [
        (("67380", "40620", "80760", "54000"), [160, 450, 80], 3),
        ((r"12\sqrt{3}", r"\sqrt{15}", r"15\sqrt{3}", r"\frac{7+14\sqrt{3}}{15}"), [30], 2),
    ],
)
def test_a_guesser_sees_what_options_share_with_what_is_given(
    options: tuple[str, ...], given: list[int], place: int
) -> None:
    assert guess_from_givens(Choice("A", options), given) == place


@pytest.mark.parametrize("below", range(4))
def test_the_rank_of_the_right_option_is_as_wanted(below: int) -> None:
    """Whatever the usual mistakes make of it; else the second smallest is right in half of all areas."""
    enough = 0
    for problem in problems():
        wrong = wrong_values(problem, below, Random(0))
        smaller = sum(one.value < problem.value.value for one in wrong)
        assert smaller <= below and len(wrong) - smaller <= 3 - below
        enough += len(wrong) == 3
    # Of sizes that have all divisors of what is given few are alike.
    assert enough > 0.4 * len(problems())
