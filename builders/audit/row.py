"""row: what is wrong with one row, apart from its pictures and from other rows?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from builders.audit.finding import Check
from builders.audit.provers import prover_of
from builders.parse import read_object
from builders.registry import Known
from builders.sample import Sample
from builders.task import agree, ends_in
from evaluators import AnyAnswer, Choice, Status, answer_from_json, grade, layout

Wrong = tuple[Check, str]


@dataclass(frozen=True, slots=True)
class Place:
    """What the rows of a split have in common."""

    family: str
    split: str
    versions: Mapping[str, int]  # of what made them
    size: tuple[int, int] | None  # of their pictures, where all have one
    pictures: bool = True  # whether rows have any


def misplaced(sample: Sample, place: Place) -> Iterator[Wrong]:
    """What does not go with the file that a row stands in."""
    for name, said, there in (
        ("family", sample.family, place.family),
        ("split", sample.split, place.split),
    ):
        if said != there:
            yield Check.SCHEMA, f"its {name} is {said!r}, in a file of {there!r}"
    if sample.task not in place.versions:
        yield Check.SCHEMA, f"its task is {sample.task!r}, which the manifest does not name"
    if not sample.id.startswith(f"{sample.task}/{place.split}/"):
        yield Check.SCHEMA, "its id does not begin with its task and split"
    if not (sample.kind and sample.question and bool(sample.images) is place.pictures):
        yield Check.SCHEMA, "it lacks a kind, a question or a picture, or has one too many"


def read_gold(sample: Sample) -> AnyAnswer | str:
    """The gold; or why there is none."""
    fields = read_object(sample.gold)
    if fields is None:
        return "its gold is no JSON object"
    try:
        return answer_from_json(fields)
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        return f"its gold is none: {problem}"


def wrong_answer(sample: Sample, gold: AnyAnswer) -> str | None:
    """What is wrong with the answer, as it is written and graded."""
    options = gold.options if isinstance(gold, Choice) else ()
    if sample.answer != gold.text():
        return f"its answer is {sample.answer!r}, its gold {gold.text()!r}"
    if sample.options != options:
        return f"its options are {list(sample.options)}, those of its gold {list(options)}"
    verdict = grade(layout(sample.thought, sample.answer), gold)
    if verdict.status is not Status.CORRECT or verdict.score != 1:
        return f"its answer {sample.answer!r} is graded {verdict.status}, {verdict.score:g}"
    return None


def wrong_thought(sample: Sample) -> str | None:
    """What is wrong with a thought that there is."""
    if ends_in(sample.thought, sample.answer):
        return None
    return f"its thought ends in {sample.thought[-40:]!r}, its answer is {sample.answer!r}"


@dataclass(frozen=True, slots=True)
class Unproved:
    """Why a gold could not be derived anew, which is no fault."""

    reason: str


def proof(
    sample: Sample, scene: Mapping[str, Any], gold: AnyAnswer, place: Place, known: Known
) -> Unproved | str | None:
    """What is wrong with a gold by its solver; None: nothing."""
    solve = prover_of(sample.task, place.versions.get(sample.task), known)
    if isinstance(solve, str):
        return Unproved(solve)
    try:
        solved = solve(sample.question, scene)
    except Exception as problem:  # noqa: BLE001 - a solver may fail in any way at what was altered
        return f"it cannot be solved: {type(problem).__name__}: {problem}"
    if solved is None:
        return Unproved(f"its scene does not tell the answer of {sample.task}")
    if not agree(gold, solved):
        return f"its gold is {gold.text()!r}, solved from its scene it is {solved.text()!r}"
    return None
