"""A tiny vision-language model of a real architecture with random weights, saved as any other is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from reasonrft.nano.architecture import SPECIALS, TEMPLATE

CORPUS = (
    "How many red cubes are there? First think it through, then give only the final answer.",
    "<think> two and three make five </think> <answer> 5 </answer>",
    "0 1 2 3 4 5 6 7 8 9 system user assistant between and a whole number in digits, such as 7",
) * 20
Kind = Literal["qwen2_vl", "qwen2_5_vl", "qwen3_vl"]
VISION: Final = {
    "depth": 2, "num_heads": 2, "patch_size": 14, "spatial_merge_size": 2, "temporal_patch_size": 2,
}  # fmt: skip
WIDE: Final = {"hidden_size": 64, "out_hidden_size": 64, "intermediate_size": 128}
# The name of the classes, and what else their vision tower is told.
VISIONS: Final[Mapping[Kind, tuple[str, Mapping[str, Any]]]] = {
    "qwen2_vl": ("Qwen2VL", {"embed_dim": 64, "hidden_size": 64, "mlp_ratio": 2}),
    # Attention in windows of 2 × 2 tokens in the first layer, in whole pictures in the second one.
    "qwen2_5_vl": ("Qwen2_5_VL", {**WIDE, "window_size": 56, "fullatt_block_indexes": [1]}),
    # What the first layer of vision sees is added to the first layer of text too.
    "qwen3_vl": (
        "Qwen3VL",
        {**WIDE, "patch_size": 16, "num_position_embeddings": 64, "deepstack_visual_indexes": [0]},
    ),
}


def save_tiny_model(folder: Path, seed: int = 0, kind: Kind = "qwen2_vl") -> Path:
    """A model of 0.4 million random weights with its tokenizer and image processor."""
    import torch
    import transformers

    tokenizer = make_tokenizer()
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in SPECIALS}
    name, vision = VISIONS[kind]
    torch.manual_seed(seed)
    config: Any = getattr(transformers, f"{name}Config")(
        text_config=text_config(ids, kind),
        vision_config={**VISION, **vision},
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=False,
    )
    model: Any = getattr(transformers, f"{name}ForConditionalGeneration")(config).eval()
    model.generation_config.eos_token_id = ids["<|im_end|>"]
    model.generation_config.pad_token_id = ids["<|endoftext|>"]
    model.save_pretrained(folder)
    save_processor(tokenizer, folder, f"{name}Processor", config.vision_config.patch_size)
    return folder


def text_config(ids: Mapping[str, int], kind: Kind) -> dict[str, Any]:
    rope: dict[str, Any] = {
        "rope_type": "default", "rope_theta": 10000.0, "mrope_section": [4, 6, 6],
    }  # fmt: skip
    return {
        "vocab_size": 512, "hidden_size": 64, "intermediate_size": 128,
        "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1,
        "max_position_embeddings": 4096, "tie_word_embeddings": False,
        "bos_token_id": ids["<|endoftext|>"],
        "eos_token_id": ids["<|im_end|>"],
        "pad_token_id": ids["<|endoftext|>"],
        "rope_parameters": rope,
    } | ({"head_dim": 32} if kind == "qwen3_vl" else {})  # fmt: skip


def make_tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=480,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=[*SPECIALS[3:], "<|im_start|>"],
        model_max_length=4096,
    )


def save_processor(tokenizer: Any, folder: Path, name: str, patch: int) -> None:
    """As a model of the Hub has it: the video part too, which a loader without torchvision passes over."""
    import json

    from transformers import Qwen2VLImageProcessor

    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    image_processor: Any = Qwen2VLImageProcessor(
        min_pixels=56 * 56, max_pixels=112 * 112, patch_size=patch
    )
    image_processor.save_pretrained(folder)
    path = folder / "preprocessor_config.json"
    settings = json.loads(path.read_text())
    settings["processor_class"] = name
    path.write_text(json.dumps(settings, indent=1))
    video = settings | {"video_processor_type": "Qwen2VLVideoProcessor"}
    (folder / "video_preprocessor_config.json").write_text(json.dumps(video, indent=1))
