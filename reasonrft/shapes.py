"""shapes: how large is a model, and into how many tokens does it turn a picture?

Some models' shapes are kept here, so that a plan can be made with no network and without torch. Another's is
read from its folder or from the Hub's local cache, its parameters counted without being allocated.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from typing import Any, Final

from builders.extras import install
from reasonrft.backend import ModelError, one_line
from reasonrft.config import ModelConfig
from reasonrft.loading import check_name, settings_of_pictures
from reasonrft.nano import NAME, resolve
from reasonrft.pixels import stored_limits

MOST_ASPECT: Final = 200  # of a picture's sides: Qwen's processors refuse more


class UnknownShapeError(ModelError):
    """A model that is there, and whose configuration says otherwise how large it is than those that are known."""


@dataclass(frozen=True, slots=True)
class Tower:
    """A stack of equal layers."""

    layers: int
    width: int
    inner: int  # of the MLP
    heads: int  # of queries, times their size
    keys: int  # of keys, times their size; of values as many
    gated: bool  # three matrices in the MLP, or two

    @property
    def linear(self) -> int:
        """The inputs and outputs of all linear maps in all layers, in sum: what an adapter's rank multiplies."""
        attention = 2 * (self.width + self.heads) + 2 * (self.width + self.keys)
        return self.layers * (attention + (3 if self.gated else 2) * (self.width + self.inner))


@dataclass(frozen=True, slots=True)
class Eye:
    """How a model cuts pictures."""

    patch: int  # pixels
    merge: int  # patches a side that become one token
    min_pixels: int
    max_pixels: int

    def tokens(self, width: int, height: int) -> int:
        """The tokens of a picture: the arithmetic of `smart_resize` in transformers' Qwen processors."""
        if max(width, height) > MOST_ASPECT * min(width, height):
            raise ModelError(f"a picture of {width}x{height} is too narrow for the model")
        unit = self.patch * self.merge
        columns, rows = round(width / unit), round(height / unit)
        if columns * rows * unit**2 > self.max_pixels:
            shrunk = math.sqrt(width * height / self.max_pixels)
            columns, rows = (max(1, math.floor(side / shrunk / unit)) for side in (width, height))
        elif columns * rows * unit**2 < self.min_pixels:
            grown = math.sqrt(self.min_pixels / (width * height))
            columns, rows = (math.ceil(side * grown / unit) for side in (width, height))
        return columns * rows


@dataclass(frozen=True, slots=True)
class Shape:
    """What memory and time of a vision-language model follow from."""

    parameters: int  # those that two parts share once
    vision_parameters: int  # of them
    vocabulary: int
    tied: bool  # whether input and output share their embedding
    text: Tower
    vision: Tower
    eye: Eye

    @property
    def multiplied(self) -> int:
        """Parameters that each token of text is multiplied with: looking up an embedding is free."""
        looked_up = 0 if self.tied else self.vocabulary * self.text.width
        return self.parameters - self.vision_parameters - looked_up

    @property
    def cache(self) -> int:
        """Keys and values that a token leaves for those after it."""
        return 2 * self.text.layers * self.text.keys


QWEN2_VISION: Final = Tower(32, 1280, 5120, 1280, 1280, gated=False)
QWEN2_EYE: Final = Eye(14, 2, 56 * 56, 12_845_056)
# From the models' own config.json; the parameters were counted by transformers, and are again by the tests.
KNOWN: Final[Mapping[str, Shape]] = {
    NAME: Shape(
        *(3_742_016, 1_575_616, 1024, True),
        Tower(5, 192, 512, 192, 64, gated=True),
        Tower(6, 128, 512, 128, 128, gated=False),
        Eye(8, 2, 16 * 16, 3 * 128 * 128),
    ),
    "Qwen/Qwen2-VL-2B-Instruct": Shape(
        *(2_208_985_600, 665_271_296, 151_936, True),
        Tower(28, 1536, 8960, 1536, 256, gated=True),
        QWEN2_VISION,
        QWEN2_EYE,
    ),
    "Qwen/Qwen2-VL-7B-Instruct": Shape(
        *(8_291_375_616, 675_759_104, 152_064, False),
        Tower(28, 3584, 18_944, 3584, 512, gated=True),
        QWEN2_VISION,
        QWEN2_EYE,
    ),
    "Qwen/Qwen2.5-VL-3B-Instruct": Shape(
        *(3_754_622_976, 668_684_288, 151_936, True),
        Tower(36, 2048, 11_008, 2048, 256, gated=True),
        Tower(32, 1280, 3420, 1280, 1280, gated=True),
        QWEN2_EYE,
    ),
    "Qwen/Qwen3-VL-4B-Instruct": Shape(
        *(4_437_815_808, 415_347_712, 151_936, True),
        Tower(36, 2560, 9728, 4096, 1024, gated=True),
        Tower(24, 1024, 4096, 1024, 1024, gated=False),
        Eye(16, 2, 256 * 256, 4096 * 4096),
    ),
}


def shape_of(model: ModelConfig) -> Shape:
    """The shape of a model, looking at pictures as an experiment has it.

    Raises:
        ModelError: it is neither known nor in a folder nor in the Hub's local cache, or is no such model.
        UnknownShapeError: it is there, and its size cannot be told.
    """
    check_name(model.path)
    shape = KNOWN.get(model.path) or _read_shape(resolve(model.path), model)
    return replace(shape, eye=replace(shape.eye, **model.pixels()))


@cache  # a study asks for it hundreds of times
def _read_shape(place: str, model: ModelConfig) -> Shape:
    if lacking := [name for name in ("torch", "transformers") if find_spec(name) is None]:
        raise ModelError(
            f"the size of {place} is read by {' and '.join(lacking)}: {install('train')}"
        )
    from transformers import AutoConfig

    hub: dict[str, Any] = {
        "revision": model.revision or "main",
        "trust_remote_code": model.trust_remote_code,
    }
    try:
        config = AutoConfig.from_pretrained(place, local_files_only=True, **hub)
    except (OSError, ValueError, RecursionError) as problem:  # it reads JSON by itself
        raise ModelError(f"the size of {place} is not to be had: {one_line(problem)}") from problem
    pictures = settings_of_pictures(place, hub["revision"])
    try:
        return _shape_from(place, config, pictures)
    except (AttributeError, TypeError, RuntimeError) as problem:
        raise UnknownShapeError(
            f"the size of {place} is not known: {one_line(problem)}"
        ) from problem


def _shape_from(place: str, config: Any, pictures: Mapping[str, Any]) -> Shape:
    text, vision = config.get_text_config(), getattr(config, "vision_config", None)
    if vision is None:
        raise ModelError(f"{place} takes no pictures: its config.json has no vision_config")
    whole, eyes = _count(place, config)
    size = getattr(text, "head_dim", None) or text.hidden_size // text.num_attention_heads
    keys = (getattr(text, "num_key_value_heads", None) or text.num_attention_heads) * size
    width = getattr(vision, "embed_dim", None) or vision.hidden_size
    inner = getattr(vision, "intermediate_size", None) or width * getattr(vision, "mlp_ratio", 4)
    return Shape(
        whole,
        eyes,
        text.vocab_size,
        bool(getattr(config, "tie_word_embeddings", False)),
        Tower(
            text.num_hidden_layers,
            text.hidden_size,
            text.intermediate_size,
            text.num_attention_heads * size,
            keys,
            gated=True,
        ),
        Tower(vision.num_hidden_layers, width, int(inner), width, width, gated=False),
        _eye(vision, pictures),
    )


def _eye(vision: Any, pictures: Mapping[str, Any]) -> Eye:
    if "patch_size" not in pictures:  # it limits no pixels then, but sides
        pictures = {}
    limits = stored_limits(pictures)
    merge = int(pictures.get("merge_size") or getattr(vision, "spatial_merge_size", None) or 1)
    return Eye(
        patch=_side(pictures.get("patch_size") or vision.patch_size),
        merge=merge,
        min_pixels=limits.get("shortest_edge", 1),
        max_pixels=limits.get("longest_edge", 2**31),
    )


def _side(size: Any) -> int:
    """The side of a patch, which some files have once for each of two."""
    if isinstance(size, Mapping):
        size = list(size.values())
    return int(size[0] if isinstance(size, list | tuple) else size)


def _count(place: str, config: Any) -> tuple[int, int]:
    """The parameters of a model, and those of its vision tower, on the device that has no memory."""
    import torch
    from transformers import AutoModelForImageTextToText

    try:
        with torch.device("meta"):
            model: Any = AutoModelForImageTextToText.from_config(config)
    except (ValueError, ImportError) as problem:
        raise ModelError(f"{place} is no model that is known: {one_line(problem)}") from problem
    model.tie_weights()
    sizes = {name: one.numel() for name, one in model.named_parameters()}
    vision = sum(size for name, size in sizes.items() if "visual" in name or "vision" in name)
    return sum(sizes.values()), vision
