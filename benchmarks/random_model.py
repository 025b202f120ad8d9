"""random_model: a Qwen2-VL of any size with random weights, saved as any other is: enough to measure time and memory."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from reasonrft.nano import base_folder
from reasonrft.nano.architecture import END, IMAGE, PAD, VIDEO, VISION_END, VISION_START

PATCH: Final = {"patch_size": 14, "temporal_patch_size": 2}
PICTURES: Final = "preprocessor_config.json"
FILES: Final = ("chat_template.jinja", "tokenizer.json", "tokenizer_config.json")
# From the config.json of Qwen2-VL-2B-Instruct; the tokenizer is the embedded model's, which has fewer words.
QWEN2_VL_2B: Final[Mapping[str, Any]] = {
    "text": {
        "vocab_size": 151_936,
        "hidden_size": 1536,
        "intermediate_size": 8960,
        "num_hidden_layers": 28,
        "num_attention_heads": 12,
        "num_key_value_heads": 2,
        "mrope_section": [16, 24, 24],
    },
    "vision": {"depth": 32, "embed_dim": 1280, "num_heads": 16},
}
TINY: Final[Mapping[str, Any]] = {
    "text": {
        "vocab_size": 2048,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "mrope_section": [4, 6, 6],
    },
    "vision": {"depth": 2, "embed_dim": 64, "num_heads": 2},
}
SHAPES: Final[Mapping[str, Mapping[str, Any]]] = {"qwen2-vl-2b": QWEN2_VL_2B, "tiny": TINY}


def save_random_model(shape: str, folder: Path, device: str) -> int:
    """Write a model, its weights drawn on a device and in bfloat16; the number of its parameters."""
    import torch
    from transformers import AutoTokenizer, Qwen2VLForConditionalGeneration

    base = base_folder()
    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    config = _config(SHAPES[shape], tokenizer)
    torch.manual_seed(0)
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.bfloat16)
    try:
        with torch.device(device):
            model: Any = Qwen2VLForConditionalGeneration(config)
    finally:
        torch.set_default_dtype(usual)
    model.generation_config.eos_token_id = tokenizer.convert_tokens_to_ids(END)
    model.generation_config.pad_token_id = tokenizer.convert_tokens_to_ids(PAD)
    model.save_pretrained(folder)
    _save_processor(base, folder)
    return int(model.num_parameters())


def _config(shape: Mapping[str, Any], tokenizer: Any) -> Any:
    from transformers import Qwen2VLConfig

    text, number = dict(shape["text"]), tokenizer.convert_tokens_to_ids
    rope = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": text.pop("mrope_section")}
    ends = {"bos_token_id": number(PAD), "eos_token_id": number(END), "pad_token_id": number(PAD)}
    common = {"max_position_embeddings": 32_768, "tie_word_embeddings": True}
    vision = {"hidden_size": text["hidden_size"], "mlp_ratio": 4, "spatial_merge_size": 2, **PATCH}
    return Qwen2VLConfig(
        text_config={**text, **ends, **common, "rope_parameters": rope},
        vision_config={**shape["vision"], **vision},
        image_token_id=number(IMAGE),
        video_token_id=number(VIDEO),
        vision_start_token_id=number(VISION_START),
        vision_end_token_id=number(VISION_END),
        tie_word_embeddings=True,
    )


def _save_processor(base: Path, folder: Path) -> None:
    """The embedded model's files, but with pictures cut as Qwen2-VL cuts them."""
    for name in FILES:
        shutil.copyfile(base / name, folder / name)
    size = {"shortest_edge": 56 * 56, "longest_edge": 12_845_056}
    for name in (PICTURES, f"video_{PICTURES}"):
        settings = json.loads((base / name).read_text()) | PATCH | {"size": size}
        (folder / name).write_text(json.dumps(settings, indent=1) + "\n")
