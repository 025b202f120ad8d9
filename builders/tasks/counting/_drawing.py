"""_drawing: how a counting sample is drawn: an answer first, then things and a question to fit it.

The depth of a sample is the number of steps of its program: one for each filter, relation, union or
intersection, addition and removal, and one for the final count or difference. A thought walks
through all things; in training it has 80 words in the middle and 120 in the longest hundredth, in a
crowd of 16 up to 180.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from builders.sample import Draft
from builders.scenes.tabletop import (
    Look,
    Shot,
    Thing,
    clear,
    home_shot,
    in_reading_order,
    photograph,
    scatter,
    shot_to_json,
    turned_shot,
)
from builders.task import Canvas, Split
from builders.tasks.counting._chain import Chain, Reach
from builders.tasks.counting._looks import Pairing, Stock, World
from builders.tasks.counting._selection import Compare, Count
from builders.tasks.counting._setting import Setting, set_out, walk_through
from evaluators import Integer

Question = Count | Compare | Chain | Reach

PROPOSALS: Final = 400  # sets of looks tried for one sample
PLACINGS: Final = 60  # of one set of looks: many, for large scenes not to give way to small ones
# No two things are closer than this along a direction of the ground. CLEVR's 0.4 leaves no room for
# 16 things, and a crowd must differ from training in its number only. Relations have RELATION_MARGIN.
MARGIN: Final = 0.1

# Weights of adding or removing 1 to 5. Uneven, because the largest and smallest answers leave room
# for few numbers only: with even weights the number in the question would often tell the answer.
NUMBER_WEIGHTS: Final = (9, 6, 5, 4, 3)
MOST_CHANGED: Final = len(NUMBER_WEIGHTS)


@dataclass(frozen=True, slots=True)
class Params:
    """What a counting split varies."""

    world: World = "clevr"
    pairing: Pairing = "trained"
    fewest: int = 3  # things in a scene
    most: int = 10  # and the largest answer
    turned: bool = False  # photographed from the other camera
    steps: tuple[int, int] = (2, 2)  # of a chain, at least and at most

    @property
    def stock(self) -> Stock:
        """The looks of its scenes."""
        return Stock(self.world, self.pairing)

    def size(self, rng: Random, least: int) -> int:
        """How many things a scene has that needs at least so many."""
        return rng.randint(max(self.fewest, least), self.most)

    @property
    def most_left(self) -> int:
        """The most that chains of removals can leave, each of which takes something."""
        return self.most - self.steps[1]


def choose_number(rng: Random, least: int, most: int) -> int:
    """How many things a question adds or removes by number."""
    numbers = range(least, min(most, MOST_CHANGED) + 1)
    return rng.choices(numbers, [NUMBER_WEIGHTS[number - 1] for number in numbers])[0]


SPLITS: Final[Mapping[str, Split[Params]]] = {
    "train": Split(Params()),
    "val": Split(Params()),
    "test": Split(Params()),
    "ood-camera": Split(
        Params(turned=True),
        shift="the problems of test, seen from another side and from higher up",
        paired_with="test",
    ),
    "ood-crowd": Split(
        Params(fewest=11, most=16), shift="11 to 16 things in place of 3 to 10, answers up to 16"
    ),
    "ood-depth": Split(Params(steps=(3, 4)), shift="chains of 3 or 4 changes in place of 2"),
    "ood-pairing": Split(
        Params(pairing="swapped"),
        shift="cubes in the colours that only cylinders wear in training, and the other way round",
    ),
    "ood-vehicles": Split(
        Params(world="vehicles", pairing="free"), shift="vehicles in place of solids"
    ),
    "ood-vehicles-math": Split(
        Params(world="vehicles", pairing="free"), shift="vehicles in place of solids"
    ),
}


def splits_of(*own: str) -> Mapping[str, Split[Params]]:
    """The splits that all counting tasks have, and those that a task has besides."""
    everywhere = ("train", "val", "test", "ood-camera", "ood-crowd", "ood-pairing")
    return {name: SPLITS[name] for name in (*everywhere, *own)}


@dataclass(frozen=True, slots=True)
class Proposal:
    """The looks of a scene, and the search for a question once they have their places."""

    looks: tuple[Look, ...]
    ask: Callable[[Setting, Random], Question | None]


def always(looks: tuple[Look, ...] | None, question: Question) -> Proposal | None:
    """A proposal whose question does not depend on the places; None without looks."""
    return Proposal(looks, lambda _setting, _rng: question) if looks else None


@dataclass(frozen=True, slots=True)
class Kind:
    """A question kind: the answers that it is balanced over, and how a scene for one is proposed."""

    answers: Callable[[Params], Sequence[int]]
    propose: Callable[[Params, int, Random], Proposal | None]


@dataclass(frozen=True, slots=True)
class Problem:
    """Things in their places and a question about them."""

    things: tuple[Thing, ...]
    setting: Setting
    question: Question


def draw(kinds: Mapping[str, Kind], params: Params, rng: Random, canvas: Canvas) -> Draft:
    """A sample of one of the kinds, all kinds and all answers of a kind being equally likely."""
    kind = rng.choice(list(kinds))
    target = rng.choice(kinds[kind].answers(params))
    # Both are drawn whichever is used: `ood-camera` has the very problems of `test`.
    home, turned = home_shot(rng), turned_shot(rng)
    problem = find(kinds[kind], params, target, rng, (home, turned))
    if problem is None:
        raise LookupError(f"no scene in {PROPOSALS} tries: {kind}, answer {target}, {params}")
    shot = turned if params.turned else home
    photo = photograph(problem.things, shot, canvas)
    text = problem.question.text(rng)
    walk = walk_through(in_reading_order(problem.things, shot), problem.things, rng)
    program = problem.question.program()
    return Draft(
        images=(photo.image,),
        question=text,
        answer=Integer(target),
        thought=problem.question.thought(problem.setting, walk, rng),
        kind=kind,
        depth=len(program),
        scene={
            "world": params.world,
            **shot_to_json(shot),
            "directions": {
                name: [round(x, 6), round(y, 6)] for name, (x, y) in shot.directions().items()
            },
            "canvas": [canvas.width, canvas.height],
            "objects": photo.objects(),
            "program": program,
        },
    )


def find(
    kind: Kind, params: Params, target: int, rng: Random, shots: Sequence[Shot]
) -> Problem | None:
    """A problem with this answer whose things are all clear to see in all shots."""
    for _ in range(PROPOSALS):
        proposal = kind.propose(params, target, rng)
        if proposal is None:
            continue
        for _ in range(PLACINGS):
            problem = _place(proposal, target, rng, shots)
            if problem is not None:
                return problem
    return None


def _place(proposal: Proposal, target: int, rng: Random, shots: Sequence[Shot]) -> Problem | None:
    things = scatter(proposal.looks, rng, MARGIN)
    if things is None:
        return None
    setting = set_out(things, shots)
    question = proposal.ask(setting, rng)
    if question is None or question.answer(setting) != target:
        return None
    if not all(clear(things, shot) for shot in shots):
        return None
    return Problem(things, setting, question)
