"""_drawing: how a geometry sample is drawn: a figure, a problem on it, its words and its picture.

The depth of a sample is the number of theorems that the shortest derivation found uses, reading a mark
not counted. Kinds, depths, constructions and letters of right options take turns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final, Literal

from builders.sample import Draft
from builders.scenes.figures.catalogue import construct
from builders.scenes.figures.drawing import Drawing
from builders.scenes.figures.figure import Figure, UnsuitableError
from builders.scenes.figures.layout import Layout, lay_out
from builders.scenes.figures.looks import Look, other_look, plain_look, textbook_look
from builders.scenes.figures.measure import Kind, Quantity, to_json
from builders.scenes.figures.picture import paint
from builders.scenes.figures.surds import Surd
from builders.task import Canvas, Split, Turn
from builders.tasks.geometry._algebra import shown
from builders.tasks.geometry._engine import study
from builders.tasks.geometry._forms import LETTERS, Asked, Form, asked, lettered, suits
from builders.tasks.geometry._mistakes import wrong_values
from builders.tasks.geometry._names import name
from builders.tasks.geometry._problem import Problem, is_visible, seek
from builders.tasks.geometry._question import (
    MARKED_SHARE,
    UNKNOWN,
    Telling,
    ask_for,
    ask_for_unknown,
    question,
    tell,
)
from builders.tasks.geometry._theorems import THEOREMS
from builders.tasks.geometry._thought import derivation, ending

PROPOSALS: Final = 400  # figures tried for one sample
LOYAL: Final = 8  # of them that begin with the construction whose turn it is
COMMON_SHARE: Final = 0.2  # of the problems with an answer that too many have, those that are kept
COMMON: Final = frozenset({30, 45, 60, 90, 120})  # degrees
# What a picture must be clear to read at; others are only laid out anew.
REFERENCE: Final = Canvas(320, 240)
EASY_REFERENCE: Final = Canvas(128, 96)
Theorems = Literal["trained", "held out"]
Hand = Literal["plain", "textbook", "other"]


@dataclass(frozen=True, slots=True)
class Params:
    """What a geometry split varies."""

    theorems: Theorems = "trained"
    hand: Hand = "plain"
    depths: tuple[int, ...] = (1, 2, 3)
    growths: tuple[int, ...] = (0, 1, 1, 2)  # how many; one is taken
    easy: bool = False

    @property
    def reference(self) -> Canvas:
        """The size in which all its labels are clear to read."""
        return EASY_REFERENCE if self.easy else REFERENCE

    @property
    def textbook(self) -> bool:
        """Whether the picture tells all that it can."""
        return self.hand == "textbook" or self.easy


EASY: Final = Params(depths=(1, 2), growths=(0,), easy=True)

SPLITS: Final[Mapping[str, Split[Params]]] = {
    "train": Split(Params(), easy=EASY),
    "val": Split(Params(), easy=EASY),
    "test": Split(Params(), easy=EASY),
    "ood-depth": Split(
        Params(depths=(5, 6, 7), growths=(1, 2, 2, 3)),
        easy=replace(EASY, depths=(3, 4), growths=(0, 1)),
        shift="derivations of 5 to 7 theorems in place of 1 to 3; easy: 3 or 4 in place of 1 or 2",
    ),
    "ood-style": Split(
        Params(hand="other"),
        easy=replace(EASY, hand="other"),
        shift="the problems of test, drawn by another hand: wobbling lines of other widths, colours, "
        "letters, turned round",
        paired_with="test",
    ),
    "ood-textbook": Split(
        Params(hand="textbook"),
        shift="figures as schoolbooks print them: everything is marked in the picture, unknowns as x",
    ),
    "ood-theorem": Split(
        Params(theorems="held out"),
        shift="problems that cannot be solved without the theorems of secants, crossing chords, tangent "
        "and chord, or of sines and cosines, which training never uses",
    ),
}


@dataclass(frozen=True, slots=True)
class Sort:
    """A question kind."""

    form: Form
    asks: tuple[Kind, ...]
    bases: tuple[str, ...]  # constructions to begin with
    held_out: tuple[str, ...]  # the same, for problems that need theorems not trained on


Kinds = Mapping[str, Sort]


@dataclass(slots=True)
class Scene:
    """A problem with its words, ready to be drawn."""

    problem: Problem
    telling: Telling
    question: str
    asked: Asked
    thought: str
    options: Sequence[str] = field(default_factory=tuple)


def draw(kinds: Kinds, params: Params, rng: Random, turn: Turn, canvas: Canvas) -> Draft:
    """A sample of the kind whose turn it is."""
    kind, turn = turn.among(list(kinds))
    one = kinds[kind]
    letter, turn = turn.among(LETTERS)
    depth, turn = turn.among(params.depths)
    bases = one.held_out if params.theorems == "held out" else one.bases
    base, _ = turn.among(bases)
    seed = rng.getrandbits(32)
    # Both looks are drawn whichever is used: `ood-style` has the very problems of `test`.
    looks = {"plain": plain_look(rng), "textbook": textbook_look(rng), "other": other_look(rng)}
    if params.easy:
        looks = {hand: replace(look, letter=0.12, line=0.012) for hand, look in looks.items()}
    clear = [looks["plain"], looks["other"]] if params.hand != "textbook" else [looks["textbook"]]
    for number in range(PROPOSALS):
        depths = (depth,) if number < PROPOSALS // 4 else params.depths
        chosen = base if number < LOYAL else rng.choice(bases)
        scene = _proposed(one, params, depths, chosen, letter, rng)
        if scene is not None and all(
            _laid(scene.telling.drawing, look, params.reference, seed).is_clean for look in clear
        ):
            break
    else:
        raise LookupError(f"no problem in {PROPOSALS} tries: {kind}, {base}, {params}")
    look = looks[params.hand]
    layout = _laid(scene.telling.drawing, look, canvas, seed)
    return Draft(
        images=(paint(layout, look),),
        question=scene.question,
        answer=scene.asked.answer,
        thought=scene.thought,
        kind=kind,
        depth=scene.problem.depth,
        scene=_stored(scene, layout, canvas),
    )


def _laid(drawing: Drawing, look: Look, canvas: Canvas, seed: int) -> Layout:
    return lay_out(drawing, look, canvas.width, canvas.height, seed)


def _proposed(
    kind: Sort, params: Params, depths: Sequence[int], base: str, letter: str, rng: Random
) -> Scene | None:
    """A problem of the kind on a new figure, with its words; None where it has none."""
    try:
        figure = construct(base, rng.choice(params.growths), rng)
    except UnsuitableError:
        return None
    known = study(figure, THEOREMS)

    def wanted(quantity: Quantity, value: Surd) -> bool:
        return (
            quantity.kind in kind.asks
            and suits(value, kind.form)
            and _can_be_asked(quantity, figure)
        )

    held_out = params.theorems == "held out"
    problem = seek(known, wanted, depths, rng, held_out=held_out, visible_only=params.textbook)
    if problem is None:
        return None
    if problem.value.whole() in COMMON and problem.target.kind in ("angle", "arc"):
        if rng.random() > COMMON_SHARE:
            return None
    return _worded(problem, kind.form, params, letter, rng)


def _can_be_asked(quantity: Quantity, figure: Figure) -> bool:
    of = quantity.of
    match quantity.kind:
        case "angle":
            return quantity not in figure.rights()
        case "arc" | "arc length":
            return bool(figure.size(Quantity("arc", of)) < 179)
        case "area" | "perimeter":
            return of[0] in ("polygon", "circle", "sector") or " ".join(of) in figure.nouns
        case _:
            return True


def _worded(problem: Problem, form: Form, params: Params, letter: str, rng: Random) -> Scene | None:
    figure, values = problem.figure, problem.known.values
    sizes = [(one, shown(one, values[one])) for one in problem.givens]
    visible = [one for one in sizes if is_visible(one[0], figure)]
    hidden = [one for one in sizes if one not in visible]
    if not visible or (params.textbook and hidden):
        return None  # the picture would not be needed
    telling = tell(figure, problem.facts(), visible, hidden, rng, textbook=params.textbook)
    can_mark = is_visible(problem.target, figure)
    if params.textbook and can_mark:
        sign = "°" if problem.target.kind in ("angle", "arc") else ""
        telling.drawing.labels.append((problem.target, UNKNOWN + sign))
        ask = ask_for_unknown(rng)
    else:
        if can_mark and rng.random() < MARKED_SHARE:
            telling.drawing.labels.append((problem.target, "?"))
        ask = ask_for(problem.target, figure, rng)
    thought = derivation(problem, rng)
    if form == "choice":
        others = wrong_values(problem, rng)
        if len(others) < 3:
            return None
        answer = lettered(problem.value, others, letter, problem.target, rng)
        value = shown(problem.target, problem.value)
        last = f"{name(problem.target, figure)} = {value} is option {letter}."
        result = Asked(answer, "", last)
    else:
        result = asked(problem.value, form, rng)
    text = question(telling, ask, result.hint, rng, textbook=params.textbook)
    sentences = [thought, result.last, ending(result.answer.text())]
    options = result.answer.options if form == "choice" else ()  # type: ignore[union-attr]
    return Scene(problem, telling, text, result, " ".join(filter(None, sentences)), options)


def _stored(scene: Scene, layout: Layout, canvas: Canvas) -> dict[str, Any]:
    problem, drawing = scene.problem, scene.telling.drawing
    figure = problem.figure
    return {
        **to_json(drawing.plane),
        "canvas": [canvas.width, canvas.height],
        "objects": [
            {"name": point, "pixel": [round(float(x), 2), round(float(y), 2)]}
            for point, (x, y) in layout.pixels.items()
        ],
        "lines": [list(line) for line in figure.lines],
        "circles": {centre: list(there) for centre, there in figure.circles.items()},
        "shaded": list(drawing.shaded),
        "facts": [[fact.kind, *fact.of] for fact in problem.facts()],
        "labels": [
            {"kind": one.kind, "of": list(one.of), "text": text} for one, text in drawing.labels
        ],
        "givens": [
            {"kind": one.kind, "of": list(one.of), "value": shown(one, problem.known.values[one])}
            for one in problem.givens
        ],
        "options": list(scene.options),
        "constructions": list(figure.made),
        "program": [
            {"theorem": step.instance.rule.name, "found": name(step.found, figure)}
            for step in problem.steps
        ],
    }

