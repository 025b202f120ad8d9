"""Splits: which figures each shows, and which problems take turns how often."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, product
from random import Random

import pytest

from benchmarks.figures import pairs
from benchmarks.geometry_counts import rank
from builders.audit import trace
from builders.audit.trace import print_of_scene
from builders.scenes.figures.catalogue import BASES, construct
from builders.scenes.figures.figure import Figure
from builders.scenes.figures.looks import plain_look
from builders.task import LEVELS, draw_draft
from builders.tasks.geometry import _drawing, _sides, _turns, find_angle, find_x
from builders.tasks.geometry._drawing import EASY, Found, Wish, _extents, proposed, show
from builders.tasks.geometry._engine import Known, study
from builders.tasks.geometry._forms import EASY_LARGEST, PLACES
from builders.tasks.geometry._problem import Problem
from builders.tasks.geometry._rule import Rule
from builders.tasks.geometry._scene import Params
from builders.tasks.geometry._sides import SIDES, Side, side_of
from builders.tasks.geometry._unknown import LARGEST_X
from evaluators import Choice
from tests.geometry_data import SMALL, TASKS, figures, scene_of, searched

# Which split shows which figures.


def test_each_split_shows_figures_of_its_own_side() -> None:
    own: dict[str, set[Side]] = {
        "train": {"train"}, "val": {"val"}, "ood-theorem": {"val", "test"},
    }  # fmt: skip
    seen = Counter[str]()
    for name, level in product(TASKS, LEVELS):
        for split, one in TASKS[name].at(level).splits.items():
            for scene in searched(name, one.params, range(2)):
                assert side_of(scene.figure.points) in own.get(split, {"test"}), (
                    name,
                    level,
                    split,
                )
                seen[split] += 1
    assert min(seen.values()) > 3 and seen.total() > 150


@pytest.mark.thorough
def test_no_scene_of_train_is_found_in_another_split_by_the_audit() -> None:
    """Of right triangles by their angles there are 51: by chance many would be in both."""
    splits, look = find_angle.TASK.at("easy").splits, plain_look(Random(0))
    shown = {
        split: {
            print_of_scene(
                scene_of(show(Found("angle", scene, {"plain": look}, 0), "plain", SMALL))
            )
            for scene in searched(
                "find-angle", splits[split].params, range(40), "right triangle of angles"
            )
        }
        for split in ("train", "val", "test")
    }
    assert min(map(len, shown.values())) > 10
    assert not shown["train"] & (shown["val"] | shown["test"])
    assert not shown["val"] & shown["test"]


def test_every_construction_has_figures_of_every_side() -> None:
    drawn_sides = Counter[Side]()
    for base in BASES:
        apart: dict[Side, set[str]] = {side: set() for side in SIDES}
        for seed in range(500):
            points = construct(base, 0, Random(seed)).points
            side = side_of(points)
            apart[side].add(str(sorted((round(x, 3), round(y, 3)) for x, y in points.values())))
            drawn_sides[side] += seed < 30
            if seed >= 30 and min(map(len, apart.values())) > 2:
                break
        else:
            raise AssertionError(f"{base}: {apart}")
    for side in SIDES:
        assert drawn_sides[side] / drawn_sides.total() == pytest.approx(1 / len(SIDES), rel=0.15)


def test_a_figure_has_the_same_side_by_other_letters_and_in_another_order() -> None:
    for figure in figures()[::5]:
        names = list(figure.points)
        renamed = dict(zip(names[1:] + names[:1], figure.points.values(), strict=True))
        turned = dict(reversed(renamed.items()))
        negated = {name: (x or -0.0, y or -0.0) for name, (x, y) in turned.items()}
        assert side_of(figure.points) == side_of(negated)


def test_what_the_audit_finds_the_same_has_one_side() -> None:
    assert _sides.DECIMALS == trace.DECIMALS


# What comes seldom, and what takes turns.


def test_few_givens_are_allowed_on_a_share_of_figures() -> None:
    """There are so few problems of few numbers that they would come again and again."""
    figure, rng, tries = construct("quadrilateral of angles", 0, Random(0)), Random(0), 20_000
    taken = Counter[tuple[int, int]]()
    for _ in range(tries):
        taken.update(_extents(figure, (1, 2, 3), Params(), rng))
    assert len(figure.seeds) == 3
    for few in product((1, 2, 3), (1, 2, 3)):
        share = _drawing.PLAIN_SHARE.get(few, 1.0)
        # Within four standard deviations of so many draws.
        allowed = 4 * math.sqrt(share * (1 - share) / tries)
        assert abs(taken[few] / tries - share) <= allowed, few
    assert taken.keys() == set(product((1, 2, 3), (1, 2, 3)))
    assert sorted(_drawing.PLAIN_SHARE.values())[0] < 0.01
    assert _extents(figure, (1, 2), EASY, rng) == set(product((1, 2, 3), (1, 2)))


def test_what_the_lot_is_against_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    studied: list[Figure] = []

    def watched(figure: Figure, theorems: Sequence[Rule]) -> Known:
        studied.append(figure)
        return study(figure, theorems)

    monkeypatch.setattr(_drawing, "study", watched)
    found = 0
    for seed in range(300):
        wish = Wish("parallelogram of angles", seed % 2, (1, 2), PLACES[0])
        for scene in proposed(find_angle.KINDS["angle"], Params(), wish, Random(seed)):
            found += 1
            assert isinstance(scene.problem, Problem)
            assert scene.problem.depth in (1, 2)
    assert found > 0
    assert 0 < len(studied) < 250


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_common_angle_is_asked_for_on_a_share_of_figures(
    monkeypatch: pytest.MonkeyPatch, share: float
) -> None:
    monkeypatch.setattr(_drawing, "COMMON_SHARE", share)
    answers = {
        scene.asked.answer.text()
        for seed in range(150)
        for scene in proposed(
            find_angle.KINDS["angle"],
            EASY,
            Wish("triangle of angles", 0, (1, 2), PLACES[0]),
            Random(seed),
        )
    }
    common = {str(degrees) for degrees in _drawing.COMMON}
    assert len(answers) > 20
    assert bool(answers & common) == bool(share)


def test_easy_answers_are_small() -> None:
    for name, task in TASKS.items():
        split = task.at("easy").splits["test"]
        scenes = list(searched(name, split.params, range(6)))
        assert scenes
        for scene in scenes:
            if isinstance(scene.problem, Problem):
                assert scene.problem.value.value <= EASY_LARGEST
            else:
                assert scene.problem.x <= LARGEST_X < EASY_LARGEST


@pytest.mark.thorough
def test_letters_and_ranks_of_right_options_take_turns() -> None:
    # Turns are the same in every split; here a problem is found soonest.
    task, kinds = find_x.TASK.at("easy"), find_x.KINDS
    drafts = (draw_draft(task, "test", 2, index, SMALL) for index in range(32))
    chosen = [draft.answer for draft in drafts if isinstance(draft.answer, Choice)]
    assert len(kinds) == 2
    assert set(Counter(one.letter for one in chosen).values()) == {4}
    assert Counter(map(rank, chosen)) == dict.fromkeys(range(4), 4)


# Constructions of few figures.


@pytest.mark.thorough
def test_constructions_of_few_sizes_are_known() -> None:
    """By how often the same sizes come again: of 4,500, 111 pairs are alike in 1,000 draws."""
    draws = 1_000
    for base in BASES:
        alike = pairs(base, draws)
        expected = draws**2 / 2 / _turns.SIZES_OF.get(base, _turns.ENOUGH)
        spread = 4 * math.sqrt(expected)  # standard deviations of as many rare events
        assert alike <= 1.3 * expected + spread, (base, alike, expected)
        if base in _turns.SIZES_OF:
            assert alike >= 0.7 * expected - spread, (base, alike, expected)


@pytest.mark.parametrize(
    ("base", "additions", "share"),
    [
        ("square", 0, 0.263), ("square", 1, 0.263), ("two tangents", 2, 0.064), ("kite of angles", 0, 0.264),
        ("kite of angles", 1, 1.0), ("kite", 0, 1.0), ("sector", 0, 0.1), ("tangent of lengths", 0, 0.4),
        ("segment of circle", 0, 0.047),
    ],
)  # fmt: skip
def test_of_figures_of_which_there_are_few_a_share_is_taken_up(
    base: str, additions: int, share: float
) -> None:
    """Those with a lot below it, so that share of all: whatever additions were asked for, what fits counts."""
    params, rng = Params(sides=SIDES), Random(0)
    taken: Counter[int] = Counter()
    for step in range(400):
        lot = step / 400
        figure = _drawing._figure(Wish(base, additions, (1, 2), PLACES[0], lot), params, rng)
        if figure is not None:
            taken[len(figure.made) - 1] += 1
            assert lot < _turns.share_of_turns(base, len(figure.made) - 1)
    if additions == 0:
        assert taken.total() == pytest.approx(400 * share, abs=1)
    assert taken[additions] > 0


def test_no_addition_fits_a_sector_whose_turns_are_by_lot_all_the_same() -> None:
    params, rng = Params(sides=SIDES), Random(0)
    wish = Wish("sector", 2, (1, 2), PLACES[0])
    assert _drawing._figure(wish, params, rng) is not None
    assert _drawing._figure(replace(wish, lot=0.21), params, rng) is None


def test_each_row_has_one_lot_for_its_turn_and_one_for_each_try_after() -> None:
    """The tries of a turn share their lot: where each had its own, a turn would be passed over hardly ever."""
    params, rng = Params(), Random(0)
    wish = Wish("square", 0, (3,), PLACES[0], 0.7)
    wishes = list(_drawing._wishes(wish, ("kite", "sector"), params, rng))
    turn, after = wishes[: _drawing.LOYAL], wishes[_drawing.LOYAL :]
    assert {(one.base, one.lot, one.depths) for one in turn} == {("square", 0.7, (3,))}
    assert {one.additions for one in wishes} == {0, 1, 2}
    assert len({one.lot for one in after}) == len(after) == _drawing.PROPOSALS
    assert {one.base for one in after} == {"kite", "sector"}
    assert [one.depths for one in after] == [(3,)] * _drawing.LOYAL + [params.depths] * (
        _drawing.PROPOSALS - _drawing.LOYAL
    )
    easy = _drawing._wishes(wish, ("kite",), _drawing.EASY, rng)
    assert {one.lot for one in islice(easy, _drawing.LOYAL, None)} == {0.0}


def test_turns_are_of_constructions_that_there_are() -> None:
    assert {*_turns.SIZES_OF, *_turns.FEW_WITH_ADDITIONS, *_turns.TOO_EASILY} <= set(BASES)
    assert max(_turns.SIZES_OF.values()) < _turns.ENOUGH
