"""rl: the JSON that the Reason-RFT paper's own GRPO script reads.

It writes its own instruction behind each problem, so there is none in it.
"""

from collections.abc import Sequence

from builders.sample import Sample
from reasonrft.exports._form import Form, Row, Sheet
from reasonrft.prompt import make_question


def _row(sample: Sample, pictures: Sequence[str]) -> Row:
    return {
        "id": sample.id,
        "image": pictures[0] if len(pictures) == 1 else list(pictures),
        "problem": make_question(sample),
        "solution": sample.answer,
        "gold": sample.gold,
    }


FORM = Form(
    name="rl",
    summary="the paper's GRPO script: problem and solution, without an instruction",
    sheets=(Sheet("", "json", _row),),
)
