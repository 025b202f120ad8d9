"""_drawing: how a counting sample is drawn: an answer first, then things and a question to fit it.

The depth of a sample is the number of steps of its program: one for each filter, relation, union or
intersection, addition and removal, and one for the final count or difference. A thought walks
through all things; in training it has 80 words in the middle and 120 in the longest hundredth, in a
crowd of 16 up to 180.

What a question's words cannot tell is what the picture must: nearly always how many things of a group
there are. All its values are equally likely whatever number the question names, and phrases are
chosen without regard to it. So nobody who reads the question alone does better than by chance, and
answers are as even as that allows: quite even where a question names no number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from builders.sample import Draft
from builders.scenes.tabletop import (
    TABLE,
    Look,
    Shot,
    Thing,
    home_shot,
    in_reading_order,
    photograph,
    scatter,
    shot_to_json,
    turned_shot,
    unclear,
)
from builders.task import Canvas, Split, Turn
from builders.tasks.counting._chain import Chain, Reach
from builders.tasks.counting._looks import Pairing, Stock, World
from builders.tasks.counting._selection import Compare, Count
from builders.tasks.counting._setting import Setting, set_out, walk_through
from evaluators import Integer

Question = Count | Compare | Chain | Reach

PROPOSALS: Final = 400  # sets of looks tried for one sample
# Scatterings of one set of looks, and moves of what is not clear to see in each: many, for crowds
# and large things not to give way to others.
PLACINGS: Final = 60
MOVES: Final = 20
# No two things are closer than this along a direction of the ground. CLEVR's 0.4 leaves no room for
# 16 things, and a crowd must differ from training in its number only. Relations have RELATION_MARGIN.
MARGIN: Final = 0.1

MOST_CHANGED: Final = 5  # things that are added, removed or left by number
MOST_STEPS: Final = 4  # of a chain in any split


@dataclass(frozen=True, slots=True)
class Params:
    """What a counting split varies."""

    world: World = "clevr"
    pairing: Pairing = "trained"
    fewest: int = 3  # things in a scene
    most: int = 10
    turned: bool = False  # photographed from the other camera
    table: float = TABLE  # half its side
    near: float = 1.0  # the camera's distance, as a part of CLEVR's
    places: bool = True  # asked for too: what is left of what
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
        """What the longest chains of removals can leave: each takes something, in every split alike."""
        return self.most - MOST_STEPS


# Few things, asked for by their looks alone, on a smaller table seen from nearer: on a picture of
# 128 × 96 pixels a small ball has a diameter of about 13, and a large one of 26.
EASY: Final = Params(fewest=3, most=7, table=2.8, near=0.78, places=False)

SPLITS: Final[Mapping[str, Split[Params]]] = {
    "train": Split(Params(), easy=EASY),
    "val": Split(Params(), easy=EASY),
    "test": Split(Params(), easy=EASY),
    "ood-camera": Split(
        Params(turned=True),
        easy=replace(EASY, turned=True),
        shift="the problems of test, seen from another side and from higher up",
        paired_with="test",
    ),
    "ood-crowd": Split(
        Params(fewest=11, most=16),
        easy=replace(EASY, fewest=8, most=10),
        shift="11 to 16 things in place of 3 to 10, answers up to 21; easy: 8 to 10 in place of 3 to 7",
    ),
    "ood-depth": Split(
        Params(steps=(3, 4)),
        easy=replace(EASY, steps=(3, 4)),
        shift="chains of 3 or 4 changes in place of 2",
    ),
    "ood-pairing": Split(
        Params(pairing="swapped"),
        easy=replace(EASY, pairing="swapped"),
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
class Aim:
    """What is settled before a scene is sought."""

    answer: int
    number: int = 0  # of things that the question adds, removes or leaves by number, if any


def answers(values: Iterable[int]) -> Sequence[Aim]:
    """The aims of a kind whose questions name no number that bears on the answer."""
    return [Aim(value) for value in values]


NUMBERS: Final = range(1, MOST_CHANGED + 1)


def after_adding(counts: Iterable[int]) -> Sequence[Aim]:
    """So many things are there; some number of them is added."""
    return [Aim(count + number, number) for count in counts for number in NUMBERS]


def after_removing(counts: Iterable[int], fewest_left: int = 0) -> Sequence[Aim]:
    """So many things are there; some number of them is removed."""
    return [
        Aim(count - number, number)
        for count in counts
        for number in NUMBERS
        if count - number >= fewest_left
    ]


@dataclass(frozen=True, slots=True)
class Kind:
    """A question kind: the aims that it is balanced over, and how a scene for one is proposed."""

    aims: Callable[[Params], Sequence[Aim]]
    propose: Callable[[Params, Aim, Random], Proposal | None]
    of_places: bool = False  # whether all its questions ask for places


@dataclass(frozen=True, slots=True)
class Problem:
    """Things in their places and a question about them."""

    things: tuple[Thing, ...]
    question: Question


def take_turn(kinds: Mapping[str, Kind], params: Params, turn: Turn) -> tuple[str, Aim]:
    """A kind and one of its aims: all that the split has, and all aims of a kind, take turns."""
    kind, turn = turn.among([name for name in kinds if params.places or not kinds[name].of_places])
    aim, _ = turn.among(kinds[kind].aims(params), lambda one: one.answer)
    return kind, aim


def draw(
    kinds: Mapping[str, Kind], params: Params, rng: Random, turn: Turn, canvas: Canvas
) -> Draft:
    """A sample of the kind, and with the answer, whose turn it is."""
    kind, aim = take_turn(kinds, params, turn)
    # Both are drawn whichever is used: `ood-camera` has the very problems of `test`.
    shots = home_shot(rng, params.near), turned_shot(rng, params.near)
    problem = find(kinds[kind], params, aim, rng, shots)
    if problem is None:
        raise LookupError(f"no scene in {PROPOSALS} tries: {kind}, {aim}, {params}")
    shot = shots[params.turned]
    # Stored in the order of the walk: label and mask number 3 are object 3.
    things = in_reading_order(problem.things, shot)
    photo = photograph(things, shot, canvas)
    text = problem.question.text(rng)
    program = problem.question.program()
    return Draft(
        images=(photo.image,),
        question=text,
        answer=Integer(aim.answer),
        thought=problem.question.thought(
            set_out(things, shots), walk_through(len(things), rng), rng
        ),
        kind=kind,
        depth=len(program),
        scene={
            "world": params.world,
            **shot_to_json(shot),
            "directions": {
                name: [round(x, 6), round(y, 6)] for name, (x, y) in shot.directions().items()
            },
            "canvas": [canvas.width, canvas.height],
            "objects": photo.objects,
            "program": program,
        },
    )


def find(
    kind: Kind, params: Params, aim: Aim, rng: Random, shots: Sequence[Shot]
) -> Problem | None:
    """A problem with this answer whose things are all clear to see in all shots."""
    for _ in range(PROPOSALS):
        proposal = kind.propose(params, aim, rng)
        if proposal is None:
            continue
        for _ in range(PLACINGS):
            problem = _place(proposal, aim.answer, params.table, rng, shots)
            if problem is not None:
                return problem
    return None


def _place(
    proposal: Proposal, target: int, table: float, rng: Random, shots: Sequence[Shot]
) -> Problem | None:
    """The proposal's things in places where all are clear to see and the question has the answer."""
    things = scatter(proposal.looks, rng, MARGIN, table=table)
    # Asked at once too: it takes a hundredth of the time that looking takes.
    if things is None or _ask(proposal, things, target, rng, shots) is None:
        return None
    things = _cleared(things, table, rng, shots)
    question = _ask(proposal, things, target, rng, shots) if things else None
    return Problem(things, question) if things and question else None


def _ask(
    proposal: Proposal, things: Sequence[Thing], target: int, rng: Random, shots: Sequence[Shot]
) -> Question | None:
    setting = set_out(things, shots)
    question = proposal.ask(setting, rng)
    return question if question is not None and question.answer(setting) == target else None


def _cleared(
    things: tuple[Thing, ...] | None, table: float, rng: Random, shots: Sequence[Shot]
) -> tuple[Thing, ...] | None:
    """The things, those that are not clear to see in all shots moved until they are.

    Whole scenes placed anew would hardly ever be clear where things are many or large.
    """
    for _ in range(MOVES):
        if things is None:
            return None
        hidden = frozenset[int]().union(*(unclear(things, shot) for shot in shots))
        if not hidden:
            return things
        clear = [thing for i, thing in enumerate(things) if i not in hidden]
        things = scatter([things[i].look for i in sorted(hidden)], rng, MARGIN, clear, table)
    return None
