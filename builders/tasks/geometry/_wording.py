"""_wording: a problem that was found becomes question, answer and thought."""

from collections.abc import Sequence
from random import Random

from builders.scenes.figures.figure import Figure
from builders.scenes.figures.measure import Quantity
from builders.scenes.figures.surds import Surd, plain
from builders.tasks.geometry._algebra import shown
from builders.tasks.geometry._forms import Asked, Form, Place, asked, lettered
from builders.tasks.geometry._mistakes import WRONG, wrong_unknowns, wrong_values
from builders.tasks.geometry._names import name
from builders.tasks.geometry._problem import Problem, is_visible, picked
from builders.tasks.geometry._question import (
    MARKED_SHARE,
    UNKNOWN,
    ask_for,
    ask_for_unknown,
    question,
    tell,
)
from builders.tasks.geometry._scene import Params, Scene
from builders.tasks.geometry._thought import derivation, derivation_in_x, ending
from builders.tasks.geometry._unknown import UnknownProblem

Sizes = list[tuple[Quantity, str]]


def worded(problem: Problem, form: Form, params: Params, place: Place, rng: Random) -> Scene | None:
    """A problem with its words; None where the picture would not be needed, or an option is lacking."""
    figure, values, target = problem.figure, problem.known.values, problem.target
    givens = [(one, shown(one, values[one])) for one in problem.givens]
    visible, hidden = _divided(figure, givens)
    if not visible or (params.textbook and hidden):
        return None
    facts = problem.facts()
    telling = tell(figure, facts, visible, hidden, rng, textbook=params.textbook)
    can_mark = is_visible(target, figure)
    is_x = params.textbook and can_mark
    if is_x:
        telling.drawing.labels.append((target, _in_degrees(target, UNKNOWN)))
        ask = ask_for_unknown(rng)
    else:
        if can_mark and rng.random() < MARKED_SHARE:
            telling.drawing.labels.append((target, "?"))
        ask = ask_for(target, figure, rng, textbook=params.textbook)
    others = wrong_values(problem, place.below, rng) if form == "choice" else ()
    # A label says `x°`: x is a number.
    of = None if is_x else target
    result = _answer(problem.value, of, form, place.letter, others, rng)
    if result is None:
        return None
    text = question(telling, ask, result.hint, rng, textbook=params.textbook)
    thought = derivation(problem, rng)
    if is_x:
        thought += f" {_names_x(target, figure)}"
    return Scene(
        figure=figure,
        problem=problem,
        facts=facts,
        givens=givens,
        steps=[(step.instance, name(step.found, figure)) for step in problem.steps],
        depth=problem.depth,
        telling=telling,
        question=text,
        asked=result,
        thought=_whole(thought, result),
    )


def _names_x(target: Quantity, figure: Figure) -> str:
    """The step from a size to the x that is written there."""
    return f"In the picture {name(target, figure)} is {_in_degrees(target, UNKNOWN)}."


def _divided(figure: Figure, givens: Sizes) -> tuple[Sizes, Sizes]:
    """What a picture can show, and what only words can tell."""
    visible = [one for one in givens if is_visible(one[0], figure)]
    return visible, [one for one in givens if one not in visible]


def _in_degrees(quantity: Quantity, text: str) -> str:
    """A text with the degree sign, where it is an angle's."""
    if not quantity.is_angular:
        return text
    return f"({text})°" if " " in text else f"{text}°"


def _answer(
    value: Surd,
    quantity: Quantity | None,
    form: Form,
    letter: str,
    others: Sequence[Surd],
    rng: Random,
) -> Asked | None:
    if form != "choice":
        return asked(value, form, rng)
    if len(others) < WRONG:
        return None
    answer = lettered(value, list(others), letter, quantity, rng)
    text = shown(quantity, value) if quantity else plain(value)
    return Asked(answer, "", f"The value {text} is option {letter}.")


def _whole(thought: str, result: Asked) -> str:
    return " ".join(filter(None, (thought, result.last, ending(result.answer.text()))))


def worded_in_x(
    problem: UnknownProblem, form: Form, params: Params, place: Place, rng: Random
) -> Scene | None:
    """A problem in x with its words."""
    figure, values = problem.known.figure, problem.known.values
    numbers = [(one, shown(one, values[one])) for one in problem.givens]
    in_x = [(one, _in_degrees(one, str(line))) for one, line in problem.expressions.items()]
    givens = numbers + in_x
    visible, hidden = _divided(figure, givens)
    if params.textbook and hidden:
        return None
    facts = picked(problem.support, figure.facts)
    telling = tell(figure, facts, visible, hidden, rng, textbook=params.textbook)
    gold = Surd.of(problem.x)
    others = wrong_unknowns(problem, place.below, rng) if form == "choice" else ()
    result = _answer(gold, None, form, place.letter, others, rng)
    if result is None:
        return None
    steps = [(step.instance, name(step.found, figure)) for step in problem.steps]
    return Scene(
        figure=figure,
        problem=problem,
        facts=facts,
        givens=givens,
        steps=[*steps, (problem.equation, UNKNOWN)],
        depth=problem.depth,
        telling=telling,
        question=question(telling, ask_for_unknown(rng), "", rng, textbook=params.textbook),
        asked=result,
        thought=_whole(derivation_in_x(problem, givens, rng), result),
    )
