"""passes: the model's forward passes over many pictures of one size at once.

The library's own pass goes through a batch picture by picture, so that sizes may differ; for a model as
small as this one that costs more than the arithmetic. `tests/test_nano.py` holds both equal.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.models.qwen2_vl.modeling_qwen2_vl import apply_rotary_pos_emb_vision
from transformers.vision_utils import get_vision_position_ids

from reasonrft.nano.architecture import LONGEST, MERGE


class Passes(nn.Module):  # type: ignore[misc]  # mypy does not follow torch
    """A model as it reads pictures of so many rows and columns of patches, each at the same place of its prompt."""

    def __init__(self, model: Any, grid: tuple[int, int], first: int) -> None:
        """`first`: which token of a prompt is the first of its picture."""
        super().__init__()
        self.tower, self.language = model.model.visual, model.model.language_model
        self.words = model.lm_head
        self.cells = grid[0] * grid[1] // MERGE**2
        self.first = first
        device = self.words.weight.device
        one = torch.tensor([[1, *grid]])
        places = get_vision_position_ids(one, MERGE).to(device)
        self.turns = self.tower.rotary_pos_emb(self.words.weight, places)
        kinds = torch.zeros(1, LONGEST, dtype=torch.int)
        kinds[:, first : first + self.cells] = 1
        ids = kinds.long() * model.config.image_token_id
        self.positions: Tensor = model.model.get_rope_index(ids, kinds, image_grid_thw=one)[0].to(
            device
        )

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
        """The scores of all words after the tokens at these places (counted row by row)."""
        embedded = self.language.embed_tokens(ids)
        seen = self.tower.merger(vectors).reshape(len(ids), self.cells, -1).to(embedded.dtype)
        end = self.first + self.cells
        embedded = torch.cat([embedded[:, : self.first], seen, embedded[:, end:]], dim=1)
        # What pads a row stands at its end, where no other token sees it.
        hidden = self.language(
            inputs_embeds=embedded,
            position_ids=self.positions[:, :, : ids.shape[1]].expand(-1, len(ids), -1),
            use_cache=False,
        ).last_hidden_state
        return self.words(hidden.flatten(0, 1)[at])
