"""clevr: the counting questions of CLEVR and CoGenT, each answer derived from its scene."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from builders.cleaner import Cleaner, Record, RefusedError
from builders.cleaners._clevr_english import QUESTIONS, Count, count, told
from builders.cleaners._clevr_files import (
    PAIRING,
    RECORDS,
    number_of,
    other_files,
    own_files,
    pictures,
    question_of,
    records,
    scene_of,
)
from builders.cleaners._clevr_program import ProgramError, counted, last_step
from builders.cleaners._clevr_scene import SCENES, SOLIDS, Scene, stored_scene
from builders.cleaners._records import Note
from builders.sample import Draft
from builders.source_pictures import PICTURES
from evaluators import Integer

COUNTING_REASONS: Final[Mapping[str, str]] = {
    "not-a-count": "it asks for something else than a number of things",
    "answer-not-a-number": "it asks how many there are, and its answer is no number",
    **RECORDS,
    **SCENES,
    **QUESTIONS,
    "wrong-answer": "its answer is not what its scene comes to",
    "program-differs": "its program and its words come to different numbers",
    **PICTURES,
}


_HOW_MANY: Final = re.compile(r"\b(?:how many|what number of)\b", re.IGNORECASE)


def counting_draft(
    record: Record,
    shapes: frozenset[str],
    read: Callable[[str, Scene], Count] = count,
) -> Draft:
    """The row of a question of CLEVR's templates.

    Args:
        record: It.
        shapes: Of the things that there can be.
        read: What a question asks for.

    Raises:
        RefusedError: it becomes none.
    """
    question, answer = question_of(record), number_of(record)
    program = record.content.get("program")
    if answer is None or last_step(program) not in {"count", None}:
        asks_how_many = answer is None and _HOW_MANY.search(question)
        reason = "answer-not-a-number" if asks_how_many else "not-a-count"
        raise RefusedError(reason, f"{question!r}: {record.content.get('answer')!r}")
    scene = scene_of(record, shapes)
    asked = read(question, scene)
    number = len(asked.found)
    if program:
        relations = record.content[Note.SCENE].get("relationships")
        _check_program(program, scene, relations, number)
    if answer != number:
        raise RefusedError("wrong-answer", f"{question!r}: {answer}, from its scene {number}")
    return Draft(
        question=question,
        answer=Integer(number),
        thought=told(scene, asked.found),
        kind=asked.kind,
        depth=asked.depth,
        scene=scene.stored(),
    )


def _check_program(
    program: Any, scene: Scene, relations: Mapping[str, Any] | None, number: int
) -> None:
    try:
        found = counted(program, scene, relations)
    except ProgramError as problem:
        raise RefusedError("program-differs", f"it cannot be executed: {problem}") from None
    if found != number:
        raise RefusedError("program-differs", f"it comes to {found}, the words to {number}")


def clean(record: Record) -> Draft:
    """The row of a record."""
    return counting_draft(record, SOLIDS)


def solve(question: str, scene: Mapping[str, Any]) -> Integer:
    """The number that a question asks for."""
    return Integer(len(count(question, stored_scene(scene)).found))


CLEANER: Final = Cleaner(
    name="clevr",
    family="counting",
    version=3,
    summary="CLEVR and CoGenT: how many things are there, to a side of others, like others, this or that?",
    source="https://cs.stanford.edu/people/jcjohns/clevr/",
    paper="Johnson et al., CLEVR: A Diagnostic Dataset for Compositional Language "
    "and Elementary Visual Reasoning, CVPR 2017, arXiv:1612.06890",
    licence="CC BY 4.0",
    may_be_shared=frozenset({"counting"}),
    reasons=COUNTING_REASONS,
    files=partial(own_files, sort="clevr"),
    records=partial(records, sort="clevr"),
    others=partial(other_files, sort="clevr"),
    clean=clean,
    pictures=pictures,
    solve=solve,
    shifts={PAIRING: "CoGenT's B: cubes and cylinders wear each other's colours"},
)
