"""jsonl: a line for each row with all that it has but its scene, for programs of one's own."""

from collections.abc import Sequence

from builders.sample import Sample
from reasonrft.exports._form import Form, Row, Sheet
from reasonrft.prompt import make_prompt, make_target


def _row(sample: Sample, pictures: Sequence[str]) -> Row:
    return {
        "id": sample.id,
        "family": sample.family,
        "task": sample.task,
        "kind": sample.kind,
        "split": sample.split,
        "depth": sample.depth,
        "images": list(pictures),
        "question": sample.question,
        "options": list(sample.options),
        "prompt": make_prompt(sample).text,
        "answer": sample.answer,
        "thought": sample.thought,
        "target": make_target(sample) if sample.thought else "",
        "gold": sample.gold,
    }


FORM = Form(
    name="jsonl",
    summary="programs of one's own: a line a row, pictures beside it",
    sheets=(Sheet("", "jsonl", _row),),
)
