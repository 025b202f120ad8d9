"""pretrain: how the embedded base is made: it learns to see, then to say what it sees.

`python -m reasonrft.nano.pretrain --data DIR --out DIR` reads the split `train` of a built dataset of
128 × 96 pictures. First the vision tower alone learns to name what each patch shows; then the
rest of the model learns the lessons. A stopped run goes on from its last checkpoint.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedTokenizerFast
from transformers.modeling_outputs import BaseModelOutputWithPooling

from builders.parts import choose_parts, samples
from builders.sample import Sample
from reasonrft.nano.architecture import MERGE, make_model, make_tokenizer, save
from reasonrft.nano.lessons import Lesson, teach
from reasonrft.nano.sight import LABELS, UNKNOWN, Sight, in_cells, mirrored, patches_of, see
from reasonrft.prompt import make_prompt, make_target

HELD_OUT: Final = 500  # samples, the first ones: what the base is measured on
CORPUS: Final = 3000  # samples whose texts the tokenizer is learned from
BATCH: Final = 64
WHERE_WEIGHT: Final = 4.0
NEAR: Final = 0.12  # of a place, half a cell
POOL: Final = 16  # batches that are sorted by length together
SECONDS_BETWEEN_CHECKPOINTS: Final = 300.0
Picture = tuple[int, bool]  # its number, and whether it is mirrored


@dataclass(frozen=True, slots=True)
class Course:
    """How long and how fast is learned."""

    steps: int
    rate: float
    warmup: int

    def rate_at(self, step: int) -> float:
        """Up in a line, then down in half a cosine wave to a twentieth."""
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        done = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.rate * (0.05 + 0.95 * 0.5 * (1 + float(np.cos(np.pi * min(done, 1.0)))))


class Namer(nn.Module):  # type: ignore[misc]  # mypy does not follow torch
    """Reads from each patch's vector what it shows."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.classes = nn.ModuleList(nn.Linear(width, size) for size in LABELS.values())
        self.where = nn.Linear(width, 4)

    def loss(self, seen: Tensor, labels: Tensor, where: Tensor) -> Tensor:
        """How far from right, over all patches."""
        losses = [
            functional.cross_entropy(head(seen), labels[:, i], ignore_index=UNKNOWN)
            for i, head in enumerate(self.classes)
        ]
        there = labels[:, 0] == 1
        # A picture's tokens carry no place of their own in this architecture: where a thing is, and so
        # in which order things come, must be in what the tower says of them.
        away = functional.smooth_l1_loss(self.where(seen)[there], where[there], beta=0.1)
        return torch.stack([*losses, WHERE_WEIGHT * away]).sum()

    def rights(self, seen: Tensor, labels: Tensor, where: Tensor) -> list[float]:
        """The share of patches named rightly, by label, and where their things are."""
        shares = []
        for i, head in enumerate(self.classes):
            known = labels[:, i] != UNKNOWN
            shares.append((head(seen).argmax(-1) == labels[:, i])[known].float().mean().item())
        there = labels[:, 0] == 1
        gaps = (self.where(seen) - where)[there].abs().amax(dim=1)
        return [*shares, (gaps < NEAR).float().mean().item()]


def batch_of(chosen: Sequence[Sight]) -> tuple[Tensor, Tensor, Tensor]:
    """Patches of pictures, their labels, and where their things are."""
    return (
        torch.from_numpy(patches_of(np.stack([one.pixels for one in chosen]))),
        torch.from_numpy(in_cells(np.stack([one.labels for one in chosen]))),
        torch.from_numpy(in_cells(np.stack([one.where for one in chosen]))),
    )


def grids(chosen: Sequence[Sight]) -> Tensor:
    """How many patches each picture has: one layer, rows, columns."""
    return torch.tensor([[1, *one.labels.shape[:2]] for one in chosen])


class Tail(nn.Module):  # type: ignore[misc]  # mypy does not follow torch
    """What comes after the blocks of a vision tower: it takes their vectors in place of patches."""

    def __init__(self, tower: Any) -> None:
        super().__init__()
        self.merger = tower.merger
        self.spatial_merge_size, self.dtype = tower.spatial_merge_size, tower.dtype

    def forward(self, vectors: Tensor, **_others: Any) -> BaseModelOutputWithPooling:
        """What the tower returns."""
        return BaseModelOutputWithPooling(
            last_hidden_state=vectors, pooler_output=self.merger(vectors)
        )


class Learner:
    """Model, namer and optimizer, and the step that they have come to."""

    def __init__(self, model: Any, tokenizer: Any, seen: Sequence[Sight], seed: int) -> None:
        self.model, self.tokenizer, self.seen, self.seed = model, tokenizer, seen, seed
        self.tower = model.model.visual
        self.tail = Tail(self.tower)
        self.namer = Namer(model.config.vision_config.embed_dim)
        weights = [*model.parameters(), *self.namer.parameters()]
        self.optimizer = torch.optim.AdamW(weights, weight_decay=0.01, betas=(0.9, 0.98))
        self.step = {"see": 0, "say": 0}
        self._vectors: dict[Picture, Tensor] = {}

    def rng(self, *place: Any) -> Random:
        """The random stream of a place in the course."""
        return Random("/".join(map(str, (self.seed, *place))))

    def see(self, step: int) -> float:
        """One step of naming patches."""
        rng = self.rng("see", step)
        chosen = [self.turned(self.draw(rng)) for _ in range(BATCH)]
        patches, labels, where = batch_of(chosen)
        vectors = self.tower(patches, grid_thw=grids(chosen)).last_hidden_state
        return self._learn(self.namer.loss(vectors, labels, where))

    def say(self, step: int) -> float:
        """One step of lessons. The tower stays as it is: moving it a little would take half of the time."""
        pool, place = divmod(step, POOL)
        rng = self.rng("say", pool)
        drawn = []
        for _ in range(POOL * BATCH):
            picture = self.draw(rng)
            sight = self.turned(picture)
            drawn.append((picture, sight, self.encode(sight, teach(sight.objects, rng))))
        drawn.sort(key=lambda one: len(one[2][0]) + len(one[2][1]))
        order = list(range(POOL))
        rng.shuffle(order)
        batch = drawn[order[place] * BATCH :][:BATCH]
        self.model.model.visual = self.tail
        loss = self.model(
            **self.padded([ids for _, _, ids in batch]),
            pixel_values=self.vectors_of([picture for picture, _, _ in batch]),
            image_grid_thw=grids([sight for _, sight, _ in batch]),
        ).loss
        self.model.model.visual = self.tower
        return self._learn(loss)

    def draw(self, rng: Random) -> Picture:
        """A picture, and whether it is mirrored."""
        return rng.randrange(len(self.seen)), rng.random() < 0.5

    def turned(self, picture: Picture) -> Sight:
        """A picture as it was drawn."""
        number, is_mirrored = picture
        return mirrored(self.seen[number]) if is_mirrored else self.seen[number]

    def vectors_of(self, pictures: Sequence[Picture]) -> Tensor:
        """What the tower makes of pictures; it learns no more, and is asked once for each."""
        if new := [picture for picture in pictures if picture not in self._vectors]:
            chosen = [self.turned(picture) for picture in new]
            with torch.no_grad():
                made = self.tower(batch_of(chosen)[0], grid_thw=grids(chosen)).last_hidden_state
            self._vectors |= zip(new, made.half().chunk(len(new)), strict=True)
        return torch.cat([self._vectors[picture] for picture in pictures]).float()

    def encode(self, sight: Sight, lesson: Lesson) -> tuple[list[int], list[int]]:
        """The tokens of a prompt with its picture, and of the target."""
        picture = [{"type": "image"}, {"type": "text", "text": lesson.prompt}]
        text = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": picture}], tokenize=False, add_generation_prompt=True
        )
        cells = sight.labels.shape[0] * sight.labels.shape[1] // MERGE**2
        text = text.replace("<|image_pad|>", "<|image_pad|>" * cells)
        target = lesson.target + "<|im_end|>"
        return self.tokenizer(text)["input_ids"], self.tokenizer(target)["input_ids"]

    def padded(self, pairs: Sequence[tuple[list[int], list[int]]]) -> dict[str, Tensor]:
        """A batch, padded on the right; only targets bear loss."""
        longest = max(len(prompt) + len(target) for prompt, target in pairs)
        pad, image = self.tokenizer.pad_token_id, self.model.config.image_token_id
        ids = torch.full((len(pairs), longest), pad)
        labels = torch.full_like(ids, UNKNOWN)
        mask = torch.zeros_like(ids)
        for row, (prompt, target) in enumerate(pairs):
            length = len(prompt) + len(target)
            ids[row, :length] = torch.tensor(prompt + target)
            labels[row, len(prompt) : length] = torch.tensor(target)
            mask[row, :length] = 1
        return {
            "input_ids": ids,
            "attention_mask": mask,
            "labels": labels,
            "mm_token_type_ids": (ids == image).long(),
        }

    def _learn(self, loss: Tensor) -> float:
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return float(loss.detach())

    def go(self, part: str, course: Course, checkpoint: Path) -> None:
        """A part of the course from where it stands to its end."""
        saved, losses = time.monotonic(), []
        for step in range(self.step[part], course.steps):
            for group in self.optimizer.param_groups:
                group["lr"] = course.rate_at(step)
            losses.append(getattr(self, part)(step))
            self.step[part] = step + 1
            if self.step[part] % 50 == 0:
                mean, losses = sum(losses) / len(losses), []
                print(
                    f"{part} {step + 1}/{course.steps} loss {mean:.4f}, {time.process_time():.0f} CPU-s",
                    file=sys.stderr,
                    flush=True,
                )
            if time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                self.save(checkpoint)
                saved = time.monotonic()
        self.save(checkpoint)

    def named_rightly(self, held_out: Sequence[Sight]) -> dict[str, float]:
        """The share of patches of pictures never learned from that are named rightly."""
        shares = []
        for start in range(0, len(held_out), BATCH):
            chosen = held_out[start : start + BATCH]
            patches, labels, where = batch_of(chosen)
            with torch.no_grad():
                seen = self.tower(patches, grid_thw=grids(chosen)).last_hidden_state
                shares.append(self.namer.rights(seen, labels, where))
        means = np.mean(shares, axis=0)
        return dict(zip((*LABELS, "where"), means.round(4).tolist(), strict=True))

    def save(self, path: Path) -> None:
        """Write a checkpoint beside its name and rename it."""
        partial = path.with_suffix(".partial")
        torch.save(
            {
                "model": self.model.state_dict(),
                "namer": self.namer.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
            },
            partial,
        )
        partial.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.namer.load_state_dict(state["namer"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = state["step"]


def corpus(first: Sequence[Sample], seen: Sequence[Sight]) -> Iterator[str]:
    """Texts of questions, thoughts and lessons, for the tokenizer to learn its words from."""
    rng = Random("corpus")
    for sample, sight in zip(first, seen, strict=True):
        prompt = make_prompt(sample)
        lesson = teach(sight.objects, rng)
        yield from (prompt.text, make_target(sample), lesson.prompt, lesson.target)


def main() -> None:
    """Make the base from a built dataset."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--see", type=int, default=1500, help="steps of naming patches")
    parser.add_argument("--say", type=int, default=1500, help="steps of lessons")
    parser.add_argument("--see-rate", type=float, default=1e-3)
    parser.add_argument("--say-rate", type=float, default=1e-3)
    parser.add_argument("--rows", type=int, default=None, help="of the dataset, at most")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    asked.out.mkdir(parents=True, exist_ok=True)
    (part,) = choose_parts([asked.data], None, ["train"])
    first: list[Sample] = []
    seen: list[Sight] = []
    for sample in samples(part, asked.rows):
        seen.append(see(sample))
        if len(first) < CORPUS:
            first.append(sample)
    words = asked.out / "words"
    if not words.exists():  # a run that goes on has the words that it began with
        make_tokenizer(corpus(first, seen[: len(first)])).save_pretrained(words)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(words)
    learner = Learner(make_model(tokenizer, asked.seed), tokenizer, seen[HELD_OUT:], asked.seed)
    checkpoint = asked.out / "checkpoint.pt"
    if checkpoint.exists():
        learner.load(checkpoint)
        print(f"going on from {checkpoint}: {learner.step}", file=sys.stderr)
    learner.go("see", Course(asked.see, asked.see_rate, 100), checkpoint)
    print(f"patches named rightly: {learner.named_rightly(seen[:HELD_OUT])}", file=sys.stderr)
    learner.go("say", Course(asked.say, asked.say_rate, 100), checkpoint)
    print(f"patches named rightly: {learner.named_rightly(seen[:HELD_OUT])}", file=sys.stderr)
    save(learner.model, tokenizer, asked.out)


if __name__ == "__main__":
    main()
