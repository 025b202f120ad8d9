"""trl: conversational Parquet for TRL: prompts for GRPOTrainer, prompts and completions for SFTTrainer.

TRL puts a place for each picture of `images` before the text of the first user. Reward functions of GRPO
are given the columns `solution` and `gold`.
"""

from collections.abc import Sequence

from builders.sample import Sample
from reasonrft.exports._form import Form, Row, Sheet
from reasonrft.exports._parquet import CHAT, PICTURES, TEXT, embedded
from reasonrft.prompt import Style, make_prompt, make_target


def _prompt(sample: Sample, style: Style) -> Row:
    return {
        "id": sample.id,
        "images": embedded(sample.images),
        "prompt": [{"role": "user", "content": make_prompt(sample, style).text}],
        "gold": sample.gold,
    }


def _grpo(sample: Sample, _pictures: Sequence[str]) -> Row:
    return {**_prompt(sample, Style.THOUGHT), "solution": sample.answer}


def _completed(sample: Sample, style: Style) -> Row:
    target = make_target(sample, style)
    return {
        **_prompt(sample, style),
        "completion": [{"role": "assistant", "content": target}],
    }


def _thought(sample: Sample, _pictures: Sequence[str]) -> Row | None:
    return _completed(sample, Style.THOUGHT) if sample.thought else None


def _answer(sample: Sample, _pictures: Sequence[str]) -> Row:
    return _completed(sample, Style.ANSWER)


_ASKED = {"id": TEXT, "images": PICTURES, "prompt": CHAT, "gold": TEXT}
FORM = Form(
    name="trl",
    summary="TRL: GRPOTrainer (grpo), SFTTrainer on thought and answer (cot) or the answer (ans)",
    sheets=(
        Sheet("-grpo", "parquet", _grpo, {**_ASKED, "solution": TEXT}),
        Sheet("-cot", "parquet", _thought, {**_ASKED, "completion": CHAT}),
        Sheet("-ans", "parquet", _answer, {**_ASKED, "completion": CHAT}),
    ),
)
