"""learner: a model that learns to see, then to say what it sees, and goes on where it was stopped."""

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from reasonrft.nano.album import Album
from reasonrft.nano.architecture import MERGE
from reasonrft.nano.lessons import SORTS, Lesson, Sort
from reasonrft.nano.namer import Namer
from reasonrft.nano.passes import Passes
from reasonrft.nano.pools import Batch, Pools
from reasonrft.nano.sight import LABELS

# Of the pictures whose patches are named.
SIGHTS: Final[Mapping[Sort, float]] = {"table": 0.4, "view": 0.3, "diagram": 0.3}
NAMING_WEIGHT: Final = 0.3  # of the tower's own loss beside that of the lessons
SECONDS_BETWEEN_CHECKPOINTS: Final = 300.0
STEPS_BETWEEN_LINES: Final = 50


@dataclass(frozen=True, slots=True)
class Course:
    """How long and how fast is learned."""

    steps: int
    rate: float

    def __str__(self) -> str:
        return f"{self.steps} steps at {self.rate}"

    def rate_at(self, step: int) -> float:
        """Up in a line for a twentieth of the steps, then down in half a cosine wave to a fiftieth."""
        warmup = self.steps // 20
        if step < warmup:
            return self.rate * (step + 1) / warmup
        done = (step - warmup) / max(1, self.steps - warmup)
        return self.rate * (0.02 + 0.98 * 0.5 * (1 + float(np.cos(np.pi * min(done, 1.0)))))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is learned when."""

    see: Course  # of naming patches
    say: Course  # of lessons
    batch: int  # pictures a step
    seed: int


class Learner:
    """Model, namer and optimizer, and the step that they have come to."""

    def __init__(self, model: Any, tokenizer: Any, album: Album, plan: Plan, workers: int) -> None:
        self.device = album.pixels.device.type
        self.plan, self.workers = plan, workers
        self.model = model.to(self.device)
        self.album = album
        rows, columns = album.grid
        cells = rows * columns // MERGE**2
        subjects = {sort: album.of(sort) for sort in SORTS}
        self.pools = Pools(subjects, tokenizer, cells, plan.batch, plan.seed)
        self.sights = [
            (share, np.array([place for one in subjects[sort] for place in one.pictures]))
            for sort, share in SIGHTS.items()
            if subjects[sort]
        ]
        prompt, _ = self.pools.encode(Lesson("", ""), 1)
        first = prompt.index(model.config.image_token_id)
        self.passes = Passes(self.model, album.grid, first)
        self.namer = Namer(model.config.vision_config.embed_dim).to(self.device)
        weights = [*self.model.parameters(), *self.namer.parameters()]
        self.optimizer = torch.optim.AdamW(
            weights, weight_decay=0.01, betas=(0.9, 0.98), fused=self.device != "cpu"
        )
        self.step = {"see": 0, "say": 0}

    def see(self, checkpoint: Path) -> None:
        """The tower learns to name patches."""
        course = self.plan.see

        def loss(step: int) -> Tensor:
            chosen = self._looked_at(step).to(self.device)
            return self._naming(self.passes.vectors(self.album.patches(chosen)), chosen)

        losses = (partial(loss, step) for step in range(self.step["see"], course.steps))
        self._go("see", course, losses, checkpoint)

    def say(self, checkpoint: Path) -> None:
        """The whole model learns the lessons."""
        course = self.plan.say

        def loss(batch: Batch) -> Tensor:
            batch = batch.to(self.device)
            vectors = self.passes.vectors(self.album.patches(batch.pictures))
            scores = self.passes.said(vectors, batch.ids, batch.at)
            saying = functional.cross_entropy(scores.float(), batch.targets)
            return saying + NAMING_WEIGHT * self._naming(vectors, batch.pictures)

        pool, done = divmod(self.step["say"], self.pools.together)
        loader = DataLoader(
            self.pools,
            batch_size=None,
            sampler=range(pool, -(-course.steps // self.pools.together)),
            num_workers=self.workers,
        )
        batches = islice((batch for batches in loader for batch in batches), done, None)
        self._go("say", course, (partial(loss, batch) for batch in batches), checkpoint)

    def _looked_at(self, step: int) -> Tensor:
        """The pictures that the tower learns from in a step."""
        rng = np.random.default_rng([self.plan.seed, step])
        shares = np.array([share for share, _ in self.sights])
        counts = rng.multinomial(self.plan.batch, shares / shares.sum())
        chosen = [rng.choice(able, n) for (_, able), n in zip(self.sights, counts, strict=True)]
        return torch.from_numpy(np.concatenate(chosen))

    def _naming(self, vectors: Tensor, chosen: Tensor) -> Tensor:
        """How far from right pictures are named from what the tower makes of them."""
        labels, where = self.album.labels[chosen].long(), self.album.where[chosen]
        return self.namer.loss(vectors, labels, where)

    def _go(self, part: str, course: Course, losses: Iterator[Any], checkpoint: Path) -> None:
        """A part of the course from where it stands to its end."""
        saved = began = time.monotonic()
        since: list[Tensor] = []  # losses since the last line
        for step, loss in zip(range(self.step[part], course.steps), losses, strict=False):
            for group in self.optimizer.param_groups:
                group["lr"] = course.rate_at(step)
            with torch.autocast(self.device, torch.bfloat16, enabled=self.device != "cpu"):
                found = loss()
            self.optimizer.zero_grad(set_to_none=True)
            found.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            since.append(found.detach())
            self.step[part] = step + 1
            if self.step[part] % STEPS_BETWEEN_LINES == 0:
                mean = torch.stack(since).mean().item()
                since.clear()
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
        """The share of patches of pictures never learned from that are named rightly, of what some of them show."""
        counts = torch.zeros(len(LABELS) + 1, 2, dtype=torch.long, device=self.device)
        for chosen in torch.arange(len(held_out)).split(self.plan.batch):
            labels, where = held_out.labels[chosen].long(), held_out.where[chosen]
            with torch.no_grad():
                seen = self.passes.vectors(held_out.patches(chosen))
                counts += self.namer.rights(seen, labels, where)
        named = zip((*LABELS, "where"), counts.tolist(), strict=True)
        return {name: round(right / known, 4) for name, (right, known) in named if known}

    def settings(self) -> dict[str, Any]:
        """What shapes the result: a run goes on with the same only."""
        words = self.pools.tokenizer.backend_tokenizer.to_str()
        return {
            "see": str(self.plan.see),
            "say": str(self.plan.say),
            "batch": self.plan.batch,
            "seed": self.plan.seed,
            "pictures": len(self.album),
            "diagrams": len(self.album.of("diagram")),
            "vocabulary": blake2b(words.encode(), digest_size=8).hexdigest(),
        }

    def save(self, path: Path) -> None:
        """Write a checkpoint beside its name and rename it."""
        partial_file = path.with_suffix(".partial")
        torch.save(
            {
                "model": self.model.state_dict(),
                "namer": self.namer.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "settings": self.settings(),
            },
            partial_file,
        )
        partial_file.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint.

        Raises:
            ValueError: it is of a run with other settings.
        """
        state = torch.load(path, weights_only=True, map_location=self.device)
        here, there = self.settings(), state["settings"]
        if other := [name for name in here if here[name] != there[name]]:
            told = ", ".join(f"{name} {there[name]} there, {here[name]} here" for name in other)
            raise ValueError(
                f"{path} is of other settings: {told}; give its settings or another folder"
            )
        self.model.load_state_dict(state["model"])
        self.namer.load_state_dict(state["namer"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]
