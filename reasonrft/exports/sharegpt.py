"""sharegpt: LLaMA-Factory's multimodal chats, and the description that it finds them by.

Two files of a split, after the paper's two sorts of supervised training: `cot` has thought and answer for
targets, `ans` the answer alone. A row without a thought is in `ans` only.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from builders.sample import Sample
from reasonrft.exports._form import Form, Named, Row, Sheet, with_places
from reasonrft.prompt import Style, make_prompt, make_target


def _chat(sample: Sample, pictures: Sequence[str], style: Style) -> Row:
    asked = with_places(make_prompt(sample, style).text, len(pictures))
    return {
        "id": sample.id,
        "messages": [
            {"role": "user", "content": asked},
            {"role": "assistant", "content": make_target(sample, style)},
        ],
        "images": list(pictures),
        "gold": sample.gold,
    }


def _thought(sample: Sample, pictures: Sequence[str]) -> Row | None:
    return _chat(sample, pictures, Style.THOUGHT) if sample.thought else None


def _answer(sample: Sample, pictures: Sequence[str]) -> Row:
    return _chat(sample, pictures, Style.ANSWER)


def _description(files: Sequence[Named]) -> Mapping[str, bytes]:
    """dataset_info.json: each file under its name without the ending."""
    told: dict[str, Any] = {
        named.file.removesuffix(".json"): {
            "file_name": named.file,
            "formatting": "sharegpt",
            "columns": {"messages": "messages", "images": "images"},
            "tags": {
                "role_tag": "role",
                "content_tag": "content",
                "user_tag": "user",
                "assistant_tag": "assistant",
            },
        }
        for named in files
    }
    return {"dataset_info.json": (json.dumps(told, indent=1) + "\n").encode()}


FORM = Form(
    name="sharegpt",
    summary="LLaMA-Factory: SFT on thought and answer (cot), and on the answer alone (ans)",
    sheets=(Sheet("-cot", "json", _thought), Sheet("-ans", "json", _answer)),
    also=_description,
)
