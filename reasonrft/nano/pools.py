"""pools: the lessons of the course in batches: pictures, tokens, and where the model shall say what."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

import torch
from torch import Tensor
from torch.utils.data import Dataset

from reasonrft.nano.album import Subject
from reasonrft.nano.architecture import IMAGE
from reasonrft.nano.lessons import Lesson, Sort, teach

PAIRS: Final = 0.25  # of them are of lessons about two pictures
SHARES: Final[Mapping[Sort, float]] = {"table": 0.6, "view": 0.05, "diagram": 0.35}  # of the others


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
    """The lessons of the course, some batches at a place, each of like lengths."""

    subjects: Mapping[Sort, Sequence[Subject]]
    tokenizer: Any
    cells: int  # tokens of a picture
    batch: int
    seed: int
    together: int = 16  # batches that are sorted by length together

    def __getitem__(self, pool: int) -> list[Batch]:
        rng = rng_of(self.seed, "say", pool)
        pairs = round(self.together * PAIRS) if self.subjects["pair"] else 0
        shares = {sort: share for sort, share in SHARES.items() if self.subjects[sort]}
        sorts = rng.choices(
            list(shares), list(shares.values()), k=(self.together - pairs) * self.batch
        )
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
