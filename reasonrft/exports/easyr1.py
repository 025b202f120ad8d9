"""easyr1: Parquet for EasyR1 (`data.prompt_key=problem`, which it reads by default, with `data.format_prompt=null`).

The instruction is in the problem. `data.answer_key=gold` gives a reward function all that the grader needs;
by default it gets `answer`, the text alone.
"""

from collections.abc import Sequence

from builders.sample import Sample
from reasonrft.exports._form import Form, Row, Sheet, with_places
from reasonrft.exports._parquet import PICTURES, TEXT, embedded
from reasonrft.prompt import make_prompt


def _row(sample: Sample, _pictures: Sequence[str]) -> Row:
    return {
        "id": sample.id,
        "images": embedded(sample.images),
        "problem": with_places(make_prompt(sample).text, len(sample.images)),
        "answer": sample.answer,
        "gold": sample.gold,
    }


FORM = Form(
    name="easyr1",
    summary="EasyR1: GRPO",
    sheets=(
        Sheet(
            "",
            "parquet",
            _row,
            {"id": TEXT, "images": PICTURES, "problem": TEXT, "answer": TEXT, "gold": TEXT},
        ),
    ),
)
