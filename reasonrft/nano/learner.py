"""learner: a model that learns to see, then to say what it sees, and goes on where it was stopped."""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from reasonrft.nano.album import Album
from reasonrft.nano.architecture import MERGE
from reasonrft.nano.lessons import Lesson, Sort
from reasonrft.nano.namer import Namer
from reasonrft.nano.passes import Passes
from reasonrft.nano.pools import POOL, Batch, Pools
from reasonrft.nano.sight import LABELS

SORTS: Final[Sequence[Sort]] = get_args(Sort)
SIGHTS: Final[Mapping[Sort, float]] = {
    "table": 0.4,
    "view": 0.3,
    "diagram": 0.3,
}  # that are looked at
NAMING_WEIGHT: Final = 0.3  # of the tower's own loss beside that of the lessons
SECONDS_BETWEEN_CHECKPOINTS: Final = 300.0
STEPS_BETWEEN_LINES: Final = 50


@dataclass(frozen=True, slots=True)
class Course:
    """How long and how fast is learned."""

    steps: int
    rate: float

    def rate_at(self, step: int) -> float:
        """Up in a line for a twentieth of the steps, then down in half a cosine wave to a fiftieth."""
        warmup = self.steps // 20
        if step < warmup:
            return self.rate * (step + 1) / warmup
        done = (step - warmup) / max(1, self.steps - warmup)
        return self.rate * (0.02 + 0.98 * 0.5 * (1 + float(np.cos(np.pi * min(done, 1.0)))))


class Learner:
    """Model, namer and optimizer, and the step that they have come to."""

    def __init__(
        self, model: Any, tokenizer: Any, album: Album, batch: int, seed: int, workers: int
    ) -> None:
        self.device = album.pixels.device.type
        self.batch, self.seed, self.workers = batch, seed, workers
        self.model = model.to(self.device)
        self.album = album
        rows, columns = album.grid
        cells = rows * columns // MERGE**2
        subjects = {sort: album.of(sort) for sort in SORTS}
        self.pools = Pools(subjects, tokenizer, cells, self.batch, self.seed)
        self.sights = [
            (share, np.array([place for one in subjects[sort] for place in one.pictures]))
            for sort, share in SIGHTS.items()
            if subjects[sort]
        ]
        prompt, _ = self.pools.encode(Lesson("", ""), 1)
        first = prompt.index(model.config.image_token_id)
        self.passes = Passes(self.model, album.grid, first)
        self.namer = Namer(model.config.vision_config.embed_dim).to(self.device)
        self.tower_learns = any(one.requires_grad for one in self.model.model.visual.parameters())
        learning = (one for one in self.model.parameters() if one.requires_grad)
        weights = [*learning, *self.namer.parameters()]
        self.optimizer = torch.optim.AdamW(
            weights, weight_decay=0.01, betas=(0.9, 0.98), fused=self.device != "cpu"
        )
        self.step = {"see": 0, "say": 0}

    def see(self, course: Course, checkpoint: Path) -> None:
        """The tower learns to name patches."""

        def loss(step: int) -> Tensor:
            chosen = self._looked_at(step).to(self.device)
            return self._naming(self.passes.vectors(self.album.patches(chosen)), chosen)

        self._go(
            "see",
            course,
            map(partial(partial, loss), range(self.step["see"], course.steps)),
            checkpoint,
        )

    def say(self, course: Course, checkpoint: Path) -> None:
        """The whole model learns the lessons."""

        def loss(batch: Batch) -> Tensor:
            batch = batch.to(self.device)
            vectors = self.passes.vectors(self.album.patches(batch.pictures))
            scores = self.passes.said(vectors, batch.ids, batch.at)
            saying = functional.cross_entropy(scores.float(), batch.targets)
            if not self.tower_learns:
                return saying
            return saying + NAMING_WEIGHT * self._naming(vectors, batch.pictures)

        pool, done = divmod(self.step["say"], POOL)
        loader = DataLoader(
            self.pools,
            batch_size=None,
            sampler=range(pool, -(-course.steps // POOL)),
            num_workers=self.workers,
        )
        batches = islice((batch for batches in loader for batch in batches), done, None)
        self._go("say", course, (partial(loss, batch) for batch in batches), checkpoint)

    def _looked_at(self, step: int) -> Tensor:
        """The pictures that the tower learns from in a step."""
        rng = np.random.default_rng([self.seed, step])
        shares = np.array([share for share, _ in self.sights])
        counts = rng.multinomial(self.batch, shares / shares.sum())
        chosen = [rng.choice(able, n) for (_, able), n in zip(self.sights, counts, strict=True)]
        return torch.from_numpy(np.concatenate(chosen))

    def _naming(self, vectors: Tensor, chosen: Tensor) -> Tensor:
        """How far from right pictures are named from what the tower makes of them."""
        labels, where = self.album.labels[chosen].long(), self.album.where[chosen]
        return self.namer.loss(vectors, labels, where)

    def _go(self, part: str, course: Course, losses: Iterator[Any], checkpoint: Path) -> None:
        """A part of the course from where it stands to its end."""
        saved = began = time.monotonic()
        total = torch.zeros((), device=self.device)
        for step, loss in zip(range(self.step[part], course.steps), losses, strict=False):
            for group in self.optimizer.param_groups:
                group["lr"] = course.rate_at(step)
            with torch.autocast(self.device, torch.bfloat16, enabled=self.device != "cpu"):
                found = loss()
            self.optimizer.zero_grad(set_to_none=True)
            found.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            total += found.detach()
            self.step[part] = step + 1
            if self.step[part] % STEPS_BETWEEN_LINES == 0:
                mean = total.item() / STEPS_BETWEEN_LINES
                total.zero_()
                print(
                    f"{part} {step + 1}/{course.steps} loss {mean:.4f}, {time.monotonic() - began:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )
            if time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                self.save(checkpoint)
                saved = time.monotonic()
        self.save(checkpoint)

    def named_rightly(self, held_out: Album) -> dict[str, float]:
        """The share of patches of pictures never learned from that are named rightly."""
        shares = []
        for chosen in torch.arange(len(held_out)).split(self.batch):
            labels, where = held_out.labels[chosen].long(), held_out.where[chosen]
            with torch.no_grad():
                seen = self.passes.vectors(held_out.patches(chosen))
                shares.append(self.namer.rights(seen, labels, where))
        means = np.nanmean(shares, axis=0)  # none of a batch may have a label
        return dict(zip((*LABELS, "where"), means.round(4).tolist(), strict=True))

    def save(self, path: Path) -> None:
        """Write a checkpoint beside its name and rename it."""
        partial_file = path.with_suffix(".partial")
        torch.save(
            {
                "model": self.model.state_dict(),
                "namer": self.namer.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
            },
            partial_file,
        )
        partial_file.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state = torch.load(path, weights_only=True, map_location=self.device)
        self.model.load_state_dict(state["model"])
        self.namer.load_state_dict(state["namer"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
