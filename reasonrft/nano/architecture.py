"""architecture: Qwen2-VL at a thousandth of its size, with a tokenizer of its own.

The classes, the chat template's layout and the files are those of the real model, so that whatever
loads that loads this: transformers, TRL, vLLM.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

PATCH: Final = 8  # pixels
MERGE: Final = 2  # patches a side that become one token
CELL: Final = PATCH * MERGE
LONGEST: Final = 1024  # tokens of a prompt and its answer
MOST_PIXELS: Final = 256 * 192

END: Final = "<|im_end|>"
PAD: Final = "<|endoftext|>"
IMAGE: Final = "<|image_pad|>"
VIDEO: Final = "<|video_pad|>"
VISION_START: Final = "<|vision_start|>"
VISION_END: Final = "<|vision_end|>"
SPECIALS: Final = (PAD, "<|im_start|>", END, VISION_START, VISION_END, IMAGE, VIDEO)
VOCABULARY: Final = 1024
# Digits, and capitals that name points: no two are one word.
ONE_BY_ONE: Final = r" ?[0-9]| ?[A-Z](?![a-z])"

TEMPLATE: Final = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make_tokenizer(corpus: Iterable[str]) -> Any:
    """A byte-level BPE learned from texts; any other text is written in bytes."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(ONE_BY_ONE), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIALS),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    made = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=[name for name in SPECIALS if name not in {END, PAD}],
        model_max_length=LONGEST,
        clean_up_tokenization_spaces=False,
    )
    made.chat_template = TEMPLATE
    return made


def make_model(tokenizer: Any, seed: int) -> Any:
    """The model with fresh weights."""
    import torch
    from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration

    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in SPECIALS}
    text = {
        "vocab_size": VOCABULARY,
        "hidden_size": 192,
        "intermediate_size": 512,
        "num_hidden_layers": 5,
        "num_attention_heads": 6,  # of 32: what vLLM's kernels take
        "num_key_value_heads": 2,
        "max_position_embeddings": LONGEST,
        "tie_word_embeddings": True,
        # Transformers' 0.02 is for widths of thousands; at this width it learns several times slower.
        "initializer_range": 0.05,
        "bos_token_id": ids[PAD],
        "eos_token_id": ids[END],
        "pad_token_id": ids[PAD],
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10_000.0,
            "mrope_section": [4, 6, 6],
        },
    }
    vision = {
        "depth": 6,
        "embed_dim": 128,
        "hidden_size": 192,
        "num_heads": 4,
        "mlp_ratio": 4,
        "patch_size": PATCH,
        "spatial_merge_size": MERGE,
        "temporal_patch_size": 1,
        "initializer_range": 0.05,
    }
    torch.manual_seed(seed)
    config: Any = Qwen2VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=ids[IMAGE],
        video_token_id=ids[VIDEO],
        vision_start_token_id=ids[VISION_START],
        vision_end_token_id=ids[VISION_END],
        tie_word_embeddings=True,
        initializer_range=0.05,
    )
    model: Any = Qwen2VLForConditionalGeneration(config)
    model.generation_config.eos_token_id = ids[END]
    model.generation_config.pad_token_id = ids[PAD]
    return model


def save(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write the files that transformers, TRL and vLLM load a model from."""
    import torch
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    # Half the bytes; what is lost is below a hundredth of what training moves.
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    images: Any = Qwen2VLImageProcessorPil(
        patch_size=PATCH,
        merge_size=MERGE,
        temporal_patch_size=1,
        min_pixels=CELL * CELL,
        max_pixels=MOST_PIXELS,
        size={"shortest_edge": CELL * CELL, "longest_edge": MOST_PIXELS},
    )
    images.save_pretrained(folder)
    _name_processors(folder)


def _name_processors(folder: Path) -> None:
    """Name the real model's processors: those without torchvision go by names that few loaders know."""
    path = folder / "preprocessor_config.json"
    settings = json.loads(path.read_text())
    settings |= {
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": "Qwen2VLProcessor",
    }
    path.write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n")
    video = settings | {"video_processor_type": "Qwen2VLVideoProcessor"}
    (folder / "video_preprocessor_config.json").write_text(
        json.dumps(video, indent=1, sort_keys=True) + "\n"
    )
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text()) | {"processor_class": "Qwen2VLProcessor"}
    path.write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n")
