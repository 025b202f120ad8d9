"""_thought: a derivation in words: each theorem, its equation, the numbers put in, what comes out."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final

from builders.scenes.figures.figure import Figure
from builders.scenes.figures.measure import Quantity
from builders.scenes.figures.surds import Surd
from builders.tasks._english import capitalized
from builders.tasks.geometry._algebra import SUPERSCRIPTS, Equation, Factor, shown, written
from builders.tasks.geometry._engine import Step
from builders.tasks.geometry._names import name
from builders.tasks.geometry._problem import Problem
from builders.tasks.geometry._unknown import UnknownProblem, solving

OPENINGS: Final = ("Given", "I read off", "What is known", "From the question and the picture")
JOINTS: Final = ("So", "Hence", "Thus", "Therefore")


def derivation(problem: Problem, rng: Random) -> str:
    """The thought, without its last sentence."""
    values = problem.known.values
    givens = [(one, shown(one, values[one])) for one in problem.givens]
    return " ".join(_sentences(problem.steps, values, problem.figure, givens, rng))


def derivation_in_x(
    problem: UnknownProblem, givens: Sequence[tuple[Quantity, str]], rng: Random
) -> str:
    """The thought that leads to x, without its last sentence."""
    figure, equation = problem.known.figure, problem.equation
    told = list(_sentences(problem.steps, problem.known.values, figure, givens, rng))
    told.append(f"{capitalized(equation.words())}: {in_names(equation.equation, figure)}.")
    put_in, gathered, solved = solving(problem)
    # What is put in may be gathered as it stands, or with its sides swapped.
    is_gathered = sorted(put_in.split(" = ")) == sorted(gathered.split(" = "))
    lines = dict.fromkeys([solved] if is_gathered else [gathered, solved])
    told.append(f"With what is given: {put_in}. {rng.choice(JOINTS)} {', '.join(lines)}.")
    return " ".join(told)


def _sentences(
    steps: Sequence[Step],
    values: Mapping[Quantity, Surd],
    figure: Figure,
    givens: Sequence[tuple[Quantity, str]],
    rng: Random,
) -> Iterator[str]:
    """What is given, then a sentence or two for each step."""
    known = ", ".join(f"{name(one, figure)} = {text}" for one, text in givens)
    yield f"{rng.choice(OPENINGS)}: {known}."
    for step in steps:
        yield from _told(step, values, figure, rng)


def _told(
    step: Step, values: Mapping[Quantity, Surd], figure: Figure, rng: Random
) -> Iterator[str]:
    solution, value = step.solution, shown(step.found, values[step.found])
    words = step.instance.words()
    found = name(step.found, figure)
    if step.instance.rule.reads:
        alike = [one for one in step.instance.quantities if one.kind == step.found.kind]
        yield f"{capitalized(words)}: {' = '.join(name(one, figure) for one in alike)} = {value}."
        return
    equation = in_names(step.instance.equation, figure)
    yield f"{capitalized(words)}: {equation}."
    if equation == f"{found} = {value}":
        return
    calculation = solution.text(values)
    function = solution.factor.function
    if function:
        yield f"{rng.choice(JOINTS)} {function} {found} = {calculation}, which makes {found} = {value}."
    elif calculation == value:
        yield f"{rng.choice(JOINTS)} {found} = {value}."
    else:
        yield f"{rng.choice(JOINTS)} {found} = {calculation} = {value}."


def in_names(equation: Equation, figure: Figure) -> str:
    """An equation with names for its quantities: `AC² = AB² + BC²`."""
    factors = [
        one
        for side in (equation.left, equation.right)
        for product in side.products
        for one in product.powers
    ]
    angular = any(one.quantity.is_angular and not one.function for one, _ in factors)

    def write(factor: Factor, power: int) -> str:
        text = name(factor.quantity, figure)
        if factor.function:
            text = f"{factor.function} {text}"
        if " " in text and not factor.function and (power > 1 or multiplied):
            text = f"({text})"
        return text + SUPERSCRIPTS[power]

    sides = []
    for side in (equation.left, equation.right):
        multiplied = any(len(product.powers) > 1 for product in side.products)
        sides.append(written(side, write, angular=angular))
    return " = ".join(sides)


def ending(answer: str) -> str:
    """The last sentence."""
    return f"So the answer is {answer}."
