"""edits: what was changed between two pictures, as a program of edits."""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Final

from builders.sample import Draft
from builders.scenes.sight import Clarity
from builders.task import Canvas, Split, Task, Turn
from builders.tasks.transformation._placing import Problem
from builders.tasks.transformation._problem import Params, deal, find
from builders.tasks.transformation._reader import solve
from builders.tasks.transformation._stage import Studio, photograph, set_up, thing_to_json
from builders.tasks.transformation._words import question_of, thought_of
from evaluators import Program
from evaluators.world import LOOKS

# Few things, seen from nearer and hardly hidden: of a picture of 128 × 96 pixels each covers 64 or more.
# So few that all that is said of them fits into the 1,024 tokens of the embedded model.
EASY: Final = Params(
    things=5, seen=(2, 4), edits=(1, 2), near=0.85, clarity=Clarity(pixels=400, share=0.8)
)

SPLITS: Final[Mapping[str, Split[Params]]] = {
    "train": Split(Params(), easy=EASY),
    "val": Split(Params(), easy=EASY),
    "test": Split(Params(), easy=EASY),
    "ood-left": Split(
        Params(view="left"),
        easy=replace(EASY, view="left"),
        shift="the problems of test, the second picture taken 41° further to the left",
        paired_with="test",
    ),
    "ood-right": Split(
        Params(view="right"),
        easy=replace(EASY, view="right"),
        shift="the problems of test, the second picture taken 41° further to the right",
        paired_with="test",
    ),
    "ood-steps": Split(
        Params(edits=(5, 6)),
        easy=replace(EASY, edits=(3, 3)),
        shift="5 or 6 edits in place of 1 to 4; easy: 3 in place of 1 or 2",
    ),
    "ood-pairing": Split(
        Params(pairing="swapped"),
        easy=replace(EASY, pairing="swapped"),
        shift="cubes get the colours that edits give to cylinders only in training, and the other way round",
    ),
    "ood-crowd": Split(
        Params(things=14, seen=(11, 12)),
        easy=replace(EASY, things=6, seen=(5, 6)),
        shift="14 things, 11 or 12 of them in sight, in place of 10 and 1 to 10; easy: 6, 5 or 6 of them in sight, in place of 5 and 2 to 4",
    ),
}


def seek(params: Params, rng: Random, turn: Turn) -> tuple[Problem, Studio]:
    """The problem whose turn it is, and the studio that it is photographed in."""
    studio = set_up(params.things, rng, params.near)
    dealt = deal(params, turn, rng)
    problem = find(params, dealt, studio, rng)
    if problem is None:
        raise LookupError(f"no problem for {dealt}, {params}")
    return problem, studio


def draw_edits(params: Params, rng: Random, turn: Turn, canvas: Canvas) -> Draft:
    """A sample of the task."""
    problem, studio = seek(params, rng, turn)
    before, after, edits = problem.before, problem.after, problem.edits
    photos = [
        photograph(before, studio, "center", canvas),
        photograph(after, studio, params.view, canvas),
    ]
    return Draft(
        images=tuple(photo.image for photo in photos),
        question=question_of(before),
        answer=Program(edits, before),
        thought=thought_of(before, after, rng),
        kind="looks" if all(edit.attribute in LOOKS for edit in edits) else "moves",
        depth=len(edits),
        scene={
            "canvas": [canvas.width, canvas.height],
            "objects": [thing_to_json(number, before) for number in range(len(before))],
            "final": [thing_to_json(number, after) for number in range(len(after))],
            "views": [photo.view for photo in photos],
            "program": [
                {"attribute": edit.attribute, "object": edit.object, "value": edit.value}
                | ({"steps": edit.steps} if edit.steps else {})
                for edit in edits
            ],
        },
    )


TASK: Final = Task(
    name="edits",
    family="transformation",
    version=2,
    summary="Which changes make the second picture of the first?",
    splits=SPLITS,
    draw=draw_edits,
    solve=solve,
    # No answer comes often: there are hundreds of single edits, and far more programs.
    blind_bound=0.08,
    easy_blind_bound=0.15,
)
