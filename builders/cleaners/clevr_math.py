"""clevr_math: CLEVR-Math's additions and subtractions, each answer derived from its scene."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from builders.cleaner import Cleaner, Record, RefusedError
from builders.cleaners._clevr_english import QUESTIONS
from builders.cleaners._clevr_files import (
    RECORDS,
    number_of,
    other_files,
    own_files,
    pictures,
    question_of,
    records,
    scene_of,
)
from builders.cleaners._clevr_scene import SCENES, SOLIDS, stored_scene
from builders.cleaners._clevr_sums import ADDS, FAULTS, answer, read_sum, thought
from builders.sample import Draft
from builders.source_pictures import PICTURES
from evaluators import Integer


def clean(record: Record) -> Draft:
    """The row of a record.

    Raises:
        RefusedError: it becomes none.
    """
    question, published = question_of(record), number_of(record)
    if published is None:
        given = record.content.get("answer", record.content.get("label"))
        raise RefusedError("bad-record", f"its answer is {given!r}")
    scene = scene_of(record, SOLIDS)
    if _is_mixed_up(record.content, question):
        raise RefusedError("adversarial-addition", repr(question))
    asked = read_sum(question)
    found = answer(asked, scene)
    if published != found.number:
        raise RefusedError(
            "wrong-answer", f"{question!r}: {published}, from its scene {found.number}"
        )
    return Draft(
        question=question,
        answer=Integer(found.number),
        thought=thought(asked, found),
        kind=f"{asked.kind}{'-no-op' if found.is_idle else ''}",
        depth=1 + len(asked.steps),
        scene={**scene.stored(), "tags": list(found.tags)},
    )


def _is_mixed_up(content: Mapping[str, Any], question: str) -> bool:
    """Whether it is of the template that adds things and asks for others, even where its words do not show it."""
    template = content.get("template_filename", content.get("template"))
    is_adversarial = isinstance(template, str) and template.startswith("adversarial")
    return is_adversarial and ADDS.match(question) is not None  # the others subtract


def solve(question: str, scene: Mapping[str, Any]) -> Integer:
    """The number that a question asks for."""
    return Integer(answer(read_sum(question), stored_scene(scene)).number)


CLEANER: Final = Cleaner(
    name="clevr-math",
    family="counting",
    version=4,
    summary="CLEVR-Math: how many things are there after some are added or taken away?",
    source="https://huggingface.co/datasets/dali-does/clevr-math",
    paper="Lindström and Abraham, CLEVR-Math: A Dataset for Compositional Language, "
    "Visual and Mathematical Reasoning, NeSy 2022, arXiv:2208.05358",
    # Its card says CC BY, its paper and its loader CC BY-SA: the stricter of both.
    licence="CC BY-SA 4.0",
    may_be_shared=frozenset({"counting"}),
    reasons={
        **RECORDS,
        **SCENES,
        "not-understood": QUESTIONS["not-understood"],
        **FAULTS,
        "wrong-answer": "its answer is not what its scene comes to",
        **PICTURES,
    },
    files=partial(own_files, sort="math"),
    records=partial(records, sort="math"),
    others=partial(other_files, sort="math"),
    clean=clean,
    pictures=pictures,
    solve=solve,
)
