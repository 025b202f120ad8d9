"""encoding: how do prompts and targets become what a model takes, in training exactly as in evaluation?"""

from collections.abc import Sequence
from typing import Any, Final

import torch
from PIL import Image
from transformers import BatchFeature

from reasonrft.backends.hf import asked
from reasonrft.pictures import in_rgb, opened
from reasonrft.prompt import Prompt

IGNORED: Final = -100  # a label that bears no loss
KINDS: Final = ("mm_token_type_ids", "token_type_ids")  # what each token stands for: 0 is text
# Words in the names of a configuration's token ids that stand for pictures, sounds and their borders.
PLACES: Final = ("image", "video", "vision", "audio")


class Encoder:
    """Prompts, and what a perfect model writes after them, as a processor has them."""

    def __init__(self, processor: Any) -> None:
        """Take a processor; each picture is processed once, however often it comes in a batch."""
        self.processor = processor
        self.tokenizer = processor.tokenizer
        self._extra: dict[tuple[tuple[int, int], ...], int] = {}

    def text(self, prompt: Prompt) -> str:
        """The prompt as the chat template writes it, up to where the model goes on."""
        return asked(self.processor, prompt)

    def prompts(self, prompts: Sequence[Prompt]) -> Any:
        """The tokens of prompts, not padded, and their pictures."""
        return self.encode(
            [self.text(prompt) for prompt in prompts],
            [[in_rgb(png) for png in prompt.images] for prompt in prompts],
        )

    def encode(self, texts: Sequence[str], images: Sequence[Sequence[Image.Image]]) -> Any:
        """The same of texts and pictures."""
        return self.processor(
            text=list(texts),
            images=[list(some) for some in images] if any(images) else None,
            add_special_tokens=False,  # the template has them
        )

    def target(self, text: str) -> list[int]:
        """The tokens of an answer, and the one that ends it."""
        tokens: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return [*tokens, self.tokenizer.eos_token_id]

    def length(self, prompt: Prompt, target: str) -> int:
        """How many tokens both have; the pictures are not processed unless they are the first of their sizes."""
        text = self.text(prompt)
        plain = len(self.tokenizer(text, add_special_tokens=False)["input_ids"])
        return plain + self._tokens_of_pictures(text, plain, prompt) + len(self.target(target))

    def _tokens_of_pictures(self, text: str, plain: int, prompt: Prompt) -> int:
        """How many tokens pictures have besides the one that stands for each in the text."""
        sizes = tuple(opened(png).size for png in prompt.images)
        if sizes not in self._extra:
            images = [in_rgb(png) for png in prompt.images]
            (tokens,) = self.encode([text], [images])["input_ids"]
            self._extra[sizes] = len(tokens) - plain
        return self._extra[sizes]

    def batch(self, rows: Sequence[tuple[Prompt, str]]) -> dict[str, Any]:
        """Prompts with their targets, padded on the right; only the targets bear loss."""
        inputs = dict(self.prompts([prompt for prompt, _ in rows]))
        prompts = inputs.pop("input_ids")
        targets = [self.target(target) for _, target in rows]
        kinds = {name: inputs.pop(name) for name in KINDS if name in inputs}
        del inputs["attention_mask"]
        batch = {key: torch.as_tensor(value) for key, value in inputs.items()}
        pad = self.tokenizer.pad_token_id
        both = list(zip(prompts, targets, strict=True))
        batch["input_ids"] = _padded([prompt + target for prompt, target in both], pad)
        batch["attention_mask"] = _padded(
            [[1] * len(prompt + target) for prompt, target in both], 0
        )
        batch["labels"] = _padded([[IGNORED] * len(p) + target for p, target in both], IGNORED)
        for name, kind in kinds.items():
            longer = [of + [0] * len(target) for of, target in zip(kind, targets, strict=True)]
            batch[name] = _padded(longer, 0)
        return batch


def _padded(rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    """Rows of unequal length as one tensor, filled up on the right."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[filler] * (longest - len(row))] for row in rows])


def banned_tokens(processor: Any, config: Any) -> list[int]:
    """The tokens that stand for pictures and their borders, which no answer may have.

    A picture's token in an answer is one for which there is no picture: the model fails at it.
    """
    named = [*vars(config).items(), *vars(processor).items()]
    found = {
        token
        for name, token in named
        if isinstance(token, int)
        and name.endswith(("_token_id", "_token_index"))
        and any(word in name for word in PLACES)
    }
    ends = {processor.tokenizer.eos_token_id, processor.tokenizer.pad_token_id}
    return sorted(found - ends)


def process_once(image_processor: Any) -> None:
    """Let an image processor do the work once for a picture that comes several times.

    In GRPO each picture comes once for every answer of its group, and twice in a step. Only where each
    picture's share of the output is known (Qwen's processors) is there something to gain.
    """
    whole: Any = type(image_processor)
    kept: dict[Any, tuple[torch.Tensor, torch.Tensor]] = {}  # of the last call

    class Once(whole):  # type: ignore[misc]  # a class known only at run time
        def __call__(self, images: Any, *args: Any, **others: Any) -> Any:
            flat = _flat(images)
            if args or others.get("return_tensors") not in (None, "pt") or not _are_pictures(flat):
                return whole.__call__(self, images, *args, **others)
            others.pop("return_tensors", None)
            asked = repr(sorted(others.items()))
            keys = [(asked, one.size, one.mode, one.tobytes()) for one in flat]
            new = {key: one for key, one in zip(keys, flat, strict=True) if key not in kept}
            if new:
                found = whole.__call__(
                    self, list(new.values()), **{**others, "return_tensors": "pt"}
                )
                if set(found) != {"pixel_values", "image_grid_thw"}:
                    return whole.__call__(self, images, **{**others, "return_tensors": "pt"})
                kept.update(zip(new, _shares(found), strict=True))
            for key in kept.keys() - set(keys):
                del kept[key]
            pixels, grids = zip(*(kept[key] for key in keys), strict=True)
            data = {"pixel_values": torch.cat(pixels), "image_grid_thw": torch.stack(grids)}
            return BatchFeature(data)

    Once.__name__ = whole.__name__  # which is what `save_pretrained` writes
    image_processor.__class__ = Once


def _shares(found: Any) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """The pixels and the grid of each picture."""
    grids = found["image_grid_thw"]
    pixels = torch.split(found["pixel_values"], grids.prod(dim=1).tolist())
    return list(zip(pixels, grids, strict=True))


def _flat(images: Any) -> list[Any]:
    if isinstance(images, list | tuple):
        return [one for some in images for one in _flat(some)]
    return [images]


def _are_pictures(flat: Sequence[Any]) -> bool:
    return bool(flat) and all(isinstance(one, Image.Image) for one in flat)
