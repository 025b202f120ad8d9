"""kinds: which kinds of answer there are, and how tagged JSON becomes one."""

from collections.abc import Mapping
from typing import Any, Final, get_args

from evaluators.choice import Choice
from evaluators.expression import Expression
from evaluators.integer import Integer
from evaluators.number import Number
from evaluators.program import Program

AnyAnswer = Integer | Number | Choice | Expression | Program

KINDS: Final[Mapping[str, type[AnyAnswer]]] = {kind.kind: kind for kind in get_args(AnyAnswer)}


def answer_from_json(fields: Mapping[str, Any]) -> AnyAnswer:
    """The gold answer that tagged JSON describes: `{"kind": "number", "gold": "5√3"}`.

    Raises:
        ValueError: the kind is unknown, a field is missing, or the gold is none of its kind.
    """
    kind = fields.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"no kind {kind!r}; there are: {', '.join(KINDS)}")
    if fields.get("gold") is None:
        raise ValueError("the field 'gold' is missing")
    return KINDS[kind].from_fields(fields)


def answer_to_json(answer: AnyAnswer) -> dict[str, Any]:
    """The tagged JSON of a gold answer."""
    return {"kind": answer.kind, **answer.fields()}
