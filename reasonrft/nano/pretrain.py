"""pretrain: how the embedded base is made: it learns to see, then to say what it sees.

`python -m reasonrft.nano.pretrain --data DIR… --out DIR` reads the split `train` of built datasets of
128 × 96 pictures, and draws diagrams besides. First the vision tower alone learns to name what each patch shows;
then the whole model learns the lessons, and the tower goes on naming. A stopped run goes on from its last
checkpoint. `--start BASE` teaches the lessons to a base that sees already; its tower stays as it is.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from random import Random
from typing import Any, Final, get_args

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset
from transformers import PreTrainedTokenizerFast, Qwen2VLForConditionalGeneration

from builders.parts import choose_parts, samples
from builders.sample import Sample
from reasonrft.nano.album import SEEN, Album, Subject, bind, draw_pages, page_of, read_pages
from reasonrft.nano.architecture import IMAGE, MERGE, make_model, make_tokenizer, save
from reasonrft.nano.lessons import Lesson, Sort, teach
from reasonrft.nano.passes import Passes
from reasonrft.nano.sight import LABELS, UNKNOWN
from reasonrft.prompt import make_prompt, make_target

SORTS: Final[Sequence[Sort]] = get_args(Sort)
HELD_OUT: Final = 250  # samples of each `test`, and diagrams: what the tower is measured on
CORPUS: Final = 1500  # samples of each family, and lessons of each sort, whose texts the tokenizer is learned from
# Of the pictures that the tower learns from, and of the lessons about one picture.
SIGHTS: Final[Mapping[Sort, float]] = {"table": 0.4, "view": 0.3, "diagram": 0.3}
LESSONS: Final[Mapping[Sort, float]] = {"table": 0.6, "view": 0.05, "diagram": 0.35}
WHERE_WEIGHT: Final = 4.0
NAMING_WEIGHT: Final = 0.3  # of the tower's own loss beside that of the lessons
NEAR: Final = 0.12  # of a place, half a cell
POOL: Final = 16  # batches that are sorted by length together
PAIRS: Final = 0.25  # of them are of lessons about two pictures
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

    def rights(self, seen: Tensor, labels: Tensor, where: Tensor) -> list[float]:
        """The share of patches named rightly, by label, and where their things are."""
        shares = []
        for i, head in enumerate(self.classes):
            known = labels[..., i] != UNKNOWN
            shares.append((head(seen).argmax(-1) == labels[..., i])[known].float().mean().item())
        gaps = (self.where(seen) - where).abs()[~where.isnan()]
        return [*shares, (gaps < NEAR).float().mean().item()]


@dataclass(frozen=True, slots=True)
class Batch:
    """Lessons about pictures, padded on the right."""

    pictures: Tensor  # which of the album's, one prompt after the other
    ids: Tensor
    at: Tensor  # the places, counted row by row, after which the model shall say …
    targets: Tensor  # … these

    def to(self, device: str) -> "Batch":
        """The same on a device."""
        fields = (self.pictures, self.ids, self.at, self.targets)
        return Batch(*(one.to(device, non_blocking=True) for one in fields))


Drawn = tuple[tuple[int, ...], list[int], list[int]]  # pictures, prompt and target


@dataclass(frozen=True, slots=True)
class Pools(Dataset[list[Batch]]):  # type: ignore[misc]  # mypy does not follow torch
    """The lessons of the course, `POOL` batches of like lengths at a place."""

    subjects: Mapping[Sort, Sequence[Subject]]
    tokenizer: Any
    cells: int  # tokens of a picture
    batch: int
    seed: int

    def __getitem__(self, pool: int) -> list[Batch]:
        rng = rng_of(self.seed, "say", pool)
        pairs = round(POOL * PAIRS) if self.subjects["pair"] else 0
        shares = {sort: share for sort, share in LESSONS.items() if self.subjects[sort]}
        sorts = rng.choices(list(shares), list(shares.values()), k=(POOL - pairs) * self.batch)
        both: list[Sort] = ["pair"]
        batches = [
            *self._batches(sorts, rng),
            *self._batches(both * pairs * self.batch, rng),
        ]
        rng.shuffle(batches)
        return batches

    def _batches(self, sorts: Sequence[Sort], rng: Random) -> Iterator[Batch]:
        """Lessons of these sorts, in batches of like lengths."""
        drawn = [self._drawn(sort, rng) for sort in sorts]
        drawn.sort(key=lambda one: len(one[1]) + len(one[2]))
        for start in range(0, len(drawn), self.batch):
            yield self._padded(drawn[start : start + self.batch])

    def _drawn(self, sort: Sort, rng: Random) -> Drawn:
        subject = rng.choice(self.subjects[sort])
        lesson = teach(sort, subject.facts, rng)
        return subject.pictures, *self.encode(lesson, len(subject.pictures))

    def encode(self, lesson: Lesson, pictures: int) -> tuple[list[int], list[int]]:
        """The tokens of a prompt with its pictures, and of the target."""
        content = [*[{"type": "image"}] * pictures, {"type": "text", "text": lesson.prompt}]
        text = self.tokenizer.apply_chat_template(
            [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
        )
        prompt = self.tokenizer(text.replace(IMAGE, IMAGE * self.cells))["input_ids"]
        return prompt, self.tokenizer(lesson.target + self.tokenizer.eos_token)["input_ids"]

    def _padded(self, drawn: Sequence[Drawn]) -> Batch:
        longest = max(len(prompt) + len(target) for _, prompt, target in drawn)
        ids = torch.full((len(drawn), longest), self.tokenizer.pad_token_id)
        at: list[int] = []
        targets: list[int] = []
        for row, (_, prompt, target) in enumerate(drawn):
            ids[row, : len(prompt) + len(target)] = torch.tensor(prompt + target)
            start = row * longest + len(prompt) - 1
            at += range(start, start + len(target))
            targets += target
        pictures = torch.tensor([picture for some, _, _ in drawn for picture in some])
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


def corpus(parts: Iterable[Iterable[Sample]], subjects: Iterable[Subject]) -> Iterator[str]:
    """Texts of questions, thoughts and lessons, for the tokenizer to learn its words from."""
    rng = Random("corpus")
    for sample in chain.from_iterable(parts):
        yield from (make_prompt(sample).text, make_target(sample))
    for subject in subjects:
        lesson = teach(subject.sort, subject.facts, rng)
        yield from (lesson.prompt, lesson.target)


def ask() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--diagrams", type=int, default=5000, help="drawn besides")
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


def gather(asked: argparse.Namespace) -> tuple[Album, Album]:
    """What is learned from, and what the tower is measured on."""
    drawn = partial(draw_pages, seed=asked.seed, workers=asked.workers)
    train, test = (
        [part for part in choose_parts(asked.data, None, [split]) if part.family in SEEN]
        for split in ("train", "test")
    )
    pages = chain(read_pages(train, asked.workers), drawn(asked.diagrams, "train"))
    first = [page_of([SEEN[part.family](one) for one in samples(part, HELD_OUT)]) for part in test]
    return bind(list(pages)), bind([*first, *drawn(HELD_OUT, "test")])


def words_of(asked: argparse.Namespace, album: Album) -> Any:
    """The tokenizer, learned anew where there is none yet."""
    words = asked.start or asked.out / "words"
    if not words.exists():  # a run that goes on has the words that it began with
        parts = choose_parts(asked.data, None, ["train"])
        lessons = chain.from_iterable(album.of(sort)[:CORPUS] for sort in SORTS)
        texts = corpus((samples(part, CORPUS) for part in parts), lessons)
        make_tokenizer(texts).save_pretrained(words)
    return PreTrainedTokenizerFast.from_pretrained(words)


def main() -> None:
    """Make the base from built datasets."""
    asked = ask()
    torch.set_num_threads(asked.threads)
    asked.out.mkdir(parents=True, exist_ok=True)
    album, held_out = gather(asked)
    tokenizer = words_of(asked, album)
    print(f"{len(album)} pictures, {len(tokenizer)} words", file=sys.stderr, flush=True)
    album, held_out = album.to(asked.device), held_out.to(asked.device)
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
