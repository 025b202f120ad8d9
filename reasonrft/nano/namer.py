"""namer: what the tower is taught by: naming what each patch shows."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from reasonrft.nano.sight import LABELS, PLACES, SIGN, UNKNOWN

WHERE_WEIGHT: Final = 4.0
NEAR: Final = 0.12  # of a place, half a cell


class Namer(nn.Module):  # type: ignore[misc]  # mypy does not follow torch
    """Reads from each patch's vector what it shows."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.classes = nn.ModuleList(nn.Linear(width, size) for size in LABELS.values())
        self.where = nn.Linear(width, PLACES)

    def loss(self, seen: Tensor, labels: Tensor, where: Tensor) -> Tensor:
        """How far from right, over all patches."""
        losses = [
            functional.cross_entropy(
                head(seen).flatten(0, 1).float(),
                labels[..., i].flatten(),
                ignore_index=UNKNOWN,
                reduction="sum",
            )
            / (labels[..., i] != UNKNOWN).sum().clamp(min=1)
            for i, head in enumerate(self.classes)
        ]
        known = ~where.isnan()
        # A picture's tokens carry no place of their own in this architecture: where a thing is, and so
        # in which order things come, must be in what the tower says of them.
        gaps = functional.smooth_l1_loss(
            self.where(seen).float(), where.nan_to_num(), beta=0.1, reduction="none"
        )
        away = (gaps * known).sum() / known.sum().clamp(min=1)
        return torch.stack([*losses, WHERE_WEIGHT * away]).sum()

    def rights(self, seen: Tensor, labels: Tensor, where: Tensor) -> Tensor:
        """How many patches are named rightly of how many, by label, and places of all places (labels + 1, 2)."""
        counts = []
        for i, head in enumerate(self.classes):
            # Most patches of a figure show no sign: naming these tells nothing.
            known = labels[..., i] > 0 if i >= SIGN else labels[..., i] != UNKNOWN
            right = (head(seen).argmax(-1) == labels[..., i]) & known
            counts.append(torch.stack([right.sum(), known.sum()]))
        known = ~where.isnan()
        near = (self.where(seen) - where).abs() < NEAR  # false of what nobody knows
        return torch.stack([*counts, torch.stack([near.sum(), known.sum()])])
