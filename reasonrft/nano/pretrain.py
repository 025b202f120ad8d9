"""pretrain: how the embedded base is made: it learns to see, then to say what it sees.

`python -m reasonrft.nano.pretrain --data DIR --out DIR` reads the split `train` of built datasets of
128 × 96 pictures. First the vision tower alone learns to name what each patch shows; then the whole
model learns the lessons, and the tower goes on naming. A stopped run goes on from its last checkpoint.
`--start BASE` teaches the lessons to a base that sees already; its tower stays as it is.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from transformers import PreTrainedTokenizerFast, Qwen2VLForConditionalGeneration

from builders.parts import choose_parts, samples
from builders.sample import Sample
from reasonrft.nano.album import Album, Objects, bind, read_pages
from reasonrft.nano.architecture import IMAGE, MERGE, make_model, make_tokenizer, save
from reasonrft.nano.lessons import Lesson, teach
from reasonrft.nano.passes import Passes
from reasonrft.nano.sight import LABELS, UNKNOWN
from reasonrft.prompt import make_prompt, make_target

HELD_OUT: Final = 500  # samples, the first ones: what the tower is measured on
CORPUS: Final = 3000  # samples whose texts the tokenizer is learned from
WHERE_WEIGHT: Final = 4.0
NAMING_WEIGHT: Final = 0.3  # of the tower's own loss beside that of the lessons
NEAR: Final = 0.12  # of a place, half a cell
POOL: Final = 16  # batches that are sorted by length together
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


class Namer(nn.Module):  # type: ignore[misc]  # mypy does not follow torch
    """Reads from each patch's vector what it shows."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.classes = nn.ModuleList(nn.Linear(width, size) for size in LABELS.values())
        self.where = nn.Linear(width, 4)

    def loss(self, seen: Tensor, labels: Tensor, where: Tensor) -> Tensor:
        """How far from right, over all patches."""
        losses = [
            functional.cross_entropy(
                head(seen).flatten(0, 1).float(), labels[..., i].flatten(), ignore_index=UNKNOWN
            )
            for i, head in enumerate(self.classes)
        ]
        # A picture's tokens carry no place of their own in this architecture: where a thing is, and so
        # in which order things come, must be in what the tower says of them.
        gaps = functional.smooth_l1_loss(
            self.where(seen).float(), where, beta=0.1, reduction="none"
        ).mean(dim=-1)
        there = (labels[..., 0] == 1).float()
        away = (gaps * there).sum() / there.sum().clamp(min=1)
        return torch.stack([*losses, WHERE_WEIGHT * away]).sum()

    def rights(self, seen: Tensor, labels: Tensor, where: Tensor) -> list[float]:
        """The share of patches named rightly, by label, and where their things are."""
        shares = []
        for i, head in enumerate(self.classes):
            known = labels[..., i] != UNKNOWN
            shares.append((head(seen).argmax(-1) == labels[..., i])[known].float().mean().item())
        there = labels[..., 0] == 1
        gaps = (self.where(seen) - where)[there].abs().amax(dim=-1)
        return [*shares, (gaps < NEAR).float().mean().item()]


@dataclass(frozen=True, slots=True)
class Batch:
    """Lessons about pictures, padded on the right."""

    pictures: Tensor  # which of the album's
    ids: Tensor
    at: Tensor  # the places, counted row by row, after which the model shall say …
    targets: Tensor  # … these

    def to(self, device: str) -> "Batch":
        """The same on a device."""
        fields = (self.pictures, self.ids, self.at, self.targets)
        return Batch(*(one.to(device, non_blocking=True) for one in fields))


@dataclass(frozen=True, slots=True)
class Pools(Dataset[list[Batch]]):  # type: ignore[misc]  # mypy does not follow torch
    """The lessons of the course, `POOL` batches of like lengths at a place."""

    objects: list[Objects]
    tokenizer: Any
    cells: int  # tokens of a picture
    batch: int
    seed: int

    def __getitem__(self, pool: int) -> list[Batch]:
        rng = rng_of(self.seed, "say", pool)
        drawn = []
        for _ in range(POOL * self.batch):
            picture = rng.randrange(len(self.objects))
            drawn.append((picture, self.encode(teach(self.objects[picture], rng))))
        drawn.sort(key=lambda one: len(one[1][0]) + len(one[1][1]))
        batches = [self._padded(drawn[i * self.batch :][: self.batch]) for i in range(POOL)]
        rng.shuffle(batches)
        return batches

    def encode(self, lesson: Lesson) -> tuple[list[int], list[int]]:
        """The tokens of a prompt with its picture, and of the target."""
        picture = [{"type": "image"}, {"type": "text", "text": lesson.prompt}]
        text = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": picture}], tokenize=False, add_generation_prompt=True
        )
        prompt = self.tokenizer(text.replace(IMAGE, IMAGE * self.cells))["input_ids"]
        return prompt, self.tokenizer(lesson.target + self.tokenizer.eos_token)["input_ids"]

    def _padded(self, drawn: Sequence[tuple[int, tuple[list[int], list[int]]]]) -> Batch:
        longest = max(len(prompt) + len(target) for _, (prompt, target) in drawn)
        ids = torch.full((len(drawn), longest), self.tokenizer.pad_token_id)
        at: list[int] = []
        targets: list[int] = []
        for row, (_, (prompt, target)) in enumerate(drawn):
            ids[row, : len(prompt) + len(target)] = torch.tensor(prompt + target)
            start = row * longest + len(prompt) - 1
            at += range(start, start + len(target))
            targets += target
        pictures = torch.tensor([picture for picture, _ in drawn])
        return Batch(pictures, ids, torch.tensor(at), torch.tensor(targets))


def rng_of(*place: Any) -> Random:
    """The random stream of a place in the course."""
    return Random("/".join(map(str, place)))


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
        self.pools = Pools(album.objects, tokenizer, cells, self.batch, self.seed)
        prompt, _ = self.pools.encode(Lesson("", ""))
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
            rng = np.random.default_rng([self.seed, step])
            chosen = torch.from_numpy(rng.integers(len(self.album), size=self.batch))
            chosen = chosen.to(self.device)
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
        means = np.mean(shares, axis=0)
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


def corpus(first: Iterable[tuple[Sample, Objects]]) -> Iterator[str]:
    """Texts of questions, thoughts and lessons, for the tokenizer to learn its words from."""
    rng = Random("corpus")
    for sample, objects in first:
        prompt = make_prompt(sample)
        lesson = teach(objects, rng)
        yield from (prompt.text, make_target(sample), lesson.prompt, lesson.target)


def ask() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="a base that sees already")
    parser.add_argument("--see", type=int, default=2000, help="steps of naming patches")
    parser.add_argument("--say", type=int, default=4000, help="steps of lessons")
    parser.add_argument("--see-rate", type=float, default=1e-3)
    parser.add_argument("--say-rate", type=float, default=1e-3)
    parser.add_argument("--batch", type=int, default=64, help="pictures a step")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument(
        "--workers", type=int, default=1, help="processes that read and write lessons"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def begin(base: Path) -> Any:
    """A base that sees already, whose tower stays as it is."""
    model: Any = Qwen2VLForConditionalGeneration.from_pretrained(base, dtype=torch.float32)
    model.model.visual.requires_grad_(False)
    return model


def main() -> None:
    """Make the base from built datasets."""
    asked = ask()
    torch.set_num_threads(asked.threads)
    asked.out.mkdir(parents=True, exist_ok=True)
    parts = choose_parts(asked.data, None, ["train"])
    whole = bind(read_pages(parts, asked.workers))
    words = asked.start or asked.out / "words"
    if not words.exists():  # a run that goes on has the words that it began with
        seen = whole.objects[::2]  # every other picture is the mirror image of the one before it
        first = zip(samples(parts[0], CORPUS), seen, strict=False)
        make_tokenizer(corpus(first)).save_pretrained(words)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(words)
    held_out = whole.part(slice(0, 2 * HELD_OUT), asked.device)
    album = whole.part(slice(2 * HELD_OUT, None), asked.device)
    del whole
    print(f"{len(album)} pictures, half of them mirrored", file=sys.stderr, flush=True)
    model = begin(asked.start) if asked.start else make_model(tokenizer, asked.seed)
    learner = Learner(model, tokenizer, album, asked.batch, asked.seed, asked.workers)
    checkpoint = asked.out / "checkpoint.pt"
    if checkpoint.exists():
        learner.load(checkpoint)
        print(f"going on from {checkpoint}: {learner.step}", file=sys.stderr)
    if not asked.start:
        learner.see(Course(asked.see, asked.see_rate), checkpoint)
        named = learner.named_rightly(held_out)
        print(f"patches named rightly: {named}", file=sys.stderr, flush=True)
    learner.say(Course(asked.say, asked.say_rate), checkpoint)
    if not asked.start:
        named = learner.named_rightly(held_out)
        print(f"patches named rightly: {named}", file=sys.stderr, flush=True)
    save(learner.model, tokenizer, asked.out)


if __name__ == "__main__":
    main()
