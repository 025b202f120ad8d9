"""_clevr_program: what does the program come to that CLEVR gives with a question?

Its steps are under `function` and `value_inputs` in what was published, under `type` and `side_inputs` in
what the generator writes. Where things stand to each other is read from the lists of the scene, as its makers
did, not from the coordinates.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from builders.cleaners._clevr_english import MODELS
from builders.cleaners._clevr_scene import LOOKS, SIDES, Scene

MOST_STEPS: Final = 60


class ProgramError(ValueError):
    """A program that cannot be executed."""


def last_step(program: Any) -> str | None:
    """What the last step of a program does; None where there is no program."""
    if not isinstance(program, list) or not program or not isinstance(program[-1], dict):
        return None
    return _name(program[-1])


def step_names(program: Any) -> set[str]:
    """What the steps of a program do; nothing where there is no program."""
    steps = program if isinstance(program, list) else []
    return {name for step in steps if isinstance(step, dict) and (name := _name(step))}


def _name(step: Mapping[str, Any]) -> str | None:
    name = step.get("function", step.get("type"))
    return name if isinstance(name, str) else None


Value = frozenset[int] | int


def counted(program: Any, scene: Scene, relations: Mapping[str, Any] | None) -> int:
    """The number that a program comes to.

    Raises:
        ProgramError: it comes to none.
    """
    if not isinstance(program, list):
        raise ProgramError(f"{program!r} is no list of steps")
    if len(program) > MOST_STEPS:
        raise ProgramError(f"{len(program)} steps")
    results: list[Value] = []
    for step in program:
        if not isinstance(step, dict):
            raise ProgramError(f"step {step!r}")
        results.append(_result(step, results, scene, relations))
    if not results or not isinstance(results[-1], int):
        raise ProgramError("it ends in no number")
    return results[-1]


def _result(
    step: Mapping[str, Any],
    results: Sequence[Value],
    scene: Scene,
    relations: Mapping[str, Any] | None,
) -> Value:
    name = _name(step) or ""
    inputs, words = _inputs(step, results), _words(step)
    everything = frozenset(range(len(scene.things)))
    verb, _, look = name.partition("_")
    match verb, inputs:
        case "scene", []:
            return everything
        case "filter", [frozenset() as among] if look in LOOKS and len(words) == 1:
            return frozenset(n for n in among if scene.things[n].looks[look] in _shapes(words[0]))
        case "unique", [frozenset() as among] if len(among) == 1:
            return among
        case "relate", [frozenset() as one] if len(one) == 1 and words[0] in SIDES:
            return _beside(words[0], min(one), scene, relations)
        case "same", [frozenset() as one] if look in LOOKS and len(one) == 1:
            (thing,) = one
            value = scene.things[thing].looks[look]
            return frozenset(n for n in everything - one if scene.things[n].looks[look] == value)
        case "union", [frozenset() as one, frozenset() as other]:
            return one | other
        case "intersect", [frozenset() as one, frozenset() as other]:
            return one & other
        case "count", [frozenset() as among]:
            return len(among)
        case _:
            raise ProgramError(f"step {name!r} of {len(inputs)} inputs and {words!r}")


def _shapes(word: str) -> frozenset[str]:
    """The values that a word of a program stands for: the kinds of vehicle are several models."""
    return frozenset(MODELS.get(word, {word: word}))


def _inputs(step: Mapping[str, Any], results: Sequence[Value]) -> list[Value]:
    places = step.get("inputs", [])
    if not isinstance(places, list) or not all(
        type(place) is int and 0 <= place < len(results) for place in places
    ):
        raise ProgramError(f"inputs {places!r}")
    return [results[place] for place in places]


def _words(step: Mapping[str, Any]) -> list[str]:
    words = step.get("value_inputs", step.get("side_inputs", []))
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise ProgramError(f"inputs {words!r}")
    return words or [""]


def _beside(
    side: str, thing: int, scene: Scene, relations: Mapping[str, Any] | None
) -> frozenset[int]:
    if relations is None:
        return scene.beside(side, thing)
    return frozenset(relations[side][thing])
