"""vlm_r1: the JSON Lines that VLM-R1's `grpo_jsonl.py` reads.

It puts the question into a template of its own, so there is no instruction in it; of the second turn it takes
the answer. `--data_file_paths` names the file, `--image_folders` the folder of the export.
"""

from collections.abc import Sequence

from builders.sample import Sample
from reasonrft.exports._form import Form, Row, Sheet, with_places
from reasonrft.prompt import make_question


def _row(sample: Sample, pictures: Sequence[str]) -> Row:
    asked = with_places(make_question(sample), len(pictures))
    return {
        "id": sample.id,
        "image": pictures[0] if len(pictures) == 1 else list(pictures),
        "conversations": [
            {"from": "human", "value": asked},
            {"from": "gpt", "value": sample.answer},
        ],
        "gold": sample.gold,
    }


FORM = Form(
    name="vlm-r1",
    summary="VLM-R1: GRPO, without an instruction",
    sheets=(Sheet("", "jsonl", _row),),
)
