"""passes: the model's forward passes over many prompts with pictures of one size at once.

The library's own pass goes through a batch picture by picture, so that sizes may differ; for a model as
small as this one that costs more than the arithmetic. `tests/test_nano_learning.py` holds both equal.
"""

from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers.models.qwen2_vl.modeling_qwen2_vl import apply_rotary_pos_emb_vision
from transformers.vision_utils import get_vision_position_ids

from reasonrft.nano.architecture import LONGEST, MERGE

BETWEEN = 2  # tokens between two pictures: the end of one and the start of the next


class Passes:
    """A model as it reads pictures of so many rows and columns of patches, at the same places of all prompts."""

    def __init__(self, model: Any, grid: tuple[int, int], first: int) -> None:
        """`first`: which token of a prompt is the first of its first picture."""
        self.model = model
        self.tower, self.language = model.model.visual, model.model.language_model
        self.words = model.lm_head
        self.grid, self.first = grid, first
        self.cells = grid[0] * grid[1] // MERGE**2
        self.device = self.words.weight.device
        places = get_vision_position_ids(torch.tensor([[1, *grid]]), MERGE).to(self.device)
        self.turns = self.tower.rotary_pos_emb(self.words.weight, places)
        self.positions = cache(self._positions)

    def _positions(self, pictures: int) -> Tensor:
        """Where the tokens of a prompt with so many pictures are."""
        kinds = torch.zeros(1, LONGEST, dtype=torch.int)
        for start in self.starts(pictures):
            kinds[:, start : start + self.cells] = 1
        ids = kinds.long() * self.model.config.image_token_id
        grids = torch.tensor([[1, *self.grid]] * pictures)
        found: Tensor = self.model.model.get_rope_index(ids, kinds, image_grid_thw=grids)[0]
        return found.to(self.device)

    def starts(self, pictures: int) -> range:
        """The first token of each picture."""
        step = self.cells + BETWEEN
        return range(self.first, self.first + pictures * step, step)

    def vectors(self, patches: Tensor) -> Tensor:
        """What the tower's blocks make of each patch: (pictures, patches, width)."""
        weight = self.tower.patch_embed.proj.weight
        x = functional.linear(patches, weight.flatten(1))
        for block in self.tower.blocks:
            x = x + self._attention(block.attn, block.norm1(x))
            x = x + block.mlp(block.norm2(x))
        return x

    def _attention(self, layer: Any, x: Tensor) -> Tensor:
        """Each patch attends to those of its own picture."""
        parts = layer.qkv(x).unflatten(-1, (3, layer.num_heads, -1)).unbind(2)
        query, key = apply_rotary_pos_emb_vision(*parts[:2], *self.turns)
        seen = functional.scaled_dot_product_attention(
            *(one.transpose(1, 2) for one in (query, key, parts[2]))
        )
        return layer.proj(seen.transpose(1, 2).reshape(x.shape))

    def said(self, vectors: Tensor, ids: Tensor, at: Tensor) -> Tensor:
        """The scores of all words after the tokens at these places (counted row by row).

        Args:
            vectors: Of the pictures of all prompts, one prompt after the other.
            ids: The prompts with their answers, (prompts, tokens).
            at: Places of tokens.
        """
        embedded = self.language.embed_tokens(ids)
        pictures = len(vectors) // len(ids)
        seen = self.tower.merger(vectors).to(embedded.dtype)
        seen = seen.reshape(len(ids), pictures, self.cells, -1)
        parts, done = [], 0
        for number, start in enumerate(self.starts(pictures)):
            parts += [embedded[:, done:start], seen[:, number]]
            done = start + self.cells
        embedded = torch.cat([*parts, embedded[:, done:]], dim=1)
        # What pads a row stands at its end, where no other token sees it.
        hidden = self.language(
            inputs_embeds=embedded,
            position_ids=self.positions(pictures)[:, :, : ids.shape[1]].expand(-1, len(ids), -1),
            use_cache=False,
        ).last_hidden_state
        return self.words(hidden.flatten(0, 1)[at])
