"""task: a question family as data: its splits, how a sample is drawn, how it is solved anew."""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final, Generic, Literal, Protocol, TypeVar, get_args

from PIL import Image

from builders.sample import Draft, Sample
from evaluators import AnyAnswer, Choice, Status, answer_to_json, grade, layout

P = TypeVar("P")
Option = TypeVar("Option")
Family = Literal["counting", "geometry", "transformation"]
# The answer from a question and its stored scene.
Solve = Callable[[str, Mapping[str, Any]], AnyAnswer]
# The same for data of which a scene need not tell the answer: None then.
SolveSome = Callable[[str, Mapping[str, Any]], AnyAnswer | None]
Level = Literal["usual", "easy"]  # easy: what a model of a few million weights can see
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
# Measured on 320 × 240 scenes: 5.7 ms and 51 KB, against 12.7 ms and 44 KB at Pillow's default of 6.
PNG_LEVEL = 3


class GoldError(AssertionError):
    """A bug of a task: an answer that does not hold."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """The size of a picture; it changes the pixels of a sample and nothing else."""

    width: int = 320
    height: int = 240


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a sample stands in its split: what shall be balanced is taken in turns, not by chance."""

    stream: str  # what the order of the turns is drawn from
    index: int  # of the sample, among those that share the stream

    def among(
        self, options: Sequence[Option], trait: Callable[[Option], Hashable] = lambda one: one
    ) -> tuple[Option, "Turn"]:
        """The option whose turn it is, and the sample's turn among those that have the same one.

        So many samples as there are options have each of them once, in an order of their own, in
        which no trait comes again before all have come: a split of any size is nearly balanced.
        """
        block, place = divmod(self.index, len(options))
        shuffled = _random(f"{self.stream}/{block}").sample(range(len(options)), len(options))
        seen = Counter[Hashable]()
        rounds = []
        for option in shuffled:
            rounds.append((seen[trait(options[option])], option))
            seen[trait(options[option])] += 1
        _, chosen = sorted(rounds, key=lambda one: one[0])[place]
        return options[chosen], Turn(f"{self.stream}/{chosen}", block)


@dataclass(frozen=True, slots=True)
class Split(Generic[P]):
    """What a split draws, and how it differs from training."""

    params: P
    shift: str = ""  # one sentence; empty for train, val and test
    paired_with: str | None = None  # the split whose problems it shows anew, index by index
    easy: P | None = None  # what it draws at the level `easy`, if it has that


@dataclass(frozen=True, slots=True)
class Task(Generic[P]):
    """A question family."""

    name: str  # kebab-case; its file's name in snake_case
    family: Family
    version: int  # raised whenever a sample changes
    summary: str
    splits: Mapping[str, Split[P]]
    draw: Callable[[P, Random, Turn, Canvas], Draft]  # pure
    # From question and stored scene alone, not the way the answer was made.
    solve: Solve
    blind_bound: float  # what the best constant answer per kind may reach, in 80 samples or more
    easy_blind_bound: float = 1.0  # the same at the level `easy`, which has fewer answers
    level: Level = "usual"

    def at(self, level: Level) -> "Task[P]":
        """The task at a level, with the splits that it has there."""
        if level == self.level:
            return self
        easy = {
            name: replace(split, params=split.easy)
            for name, split in self.splits.items()
            if split.easy is not None
        }
        return replace(self, splits=easy, level=level, blind_bound=self.easy_blind_bound)


def rng_for(task: Task[P], split: str, seed: int, index: int) -> Random:
    """The random stream of one sample; paired splits share theirs."""
    return _random(f"{_stream(task, split, seed)}/{index}")


def turn_for(task: Task[P], split: str, seed: int, index: int) -> Turn:
    """The turn of one sample; paired splits share theirs too."""
    return Turn(f"turns/{_stream(task, split, seed)}", index)


def _stream(task: Task[P], split: str, seed: int) -> str:
    level = "" if task.level == "usual" else f"{task.level}/"
    return f"{level}{task.version}/{task.name}/{task.splits[split].paired_with or split}/{seed}"


def _random(name: str) -> Random:
    return Random(int.from_bytes(hashlib.sha256(name.encode()).digest()))


class Named(Protocol):
    """What rows are from: a task, or a cleaner."""

    @property
    def name(self) -> str:
        """In kebab-case."""

    @property
    def family(self) -> Family:
        """Of its questions."""


def sample_id(task: Named, split: str, index: int | str) -> str:
    """What a sample is called."""
    return f"{task.name}/{split}/{index}"


def draw_sample(task: Task[P], split: str, seed: int, index: int, canvas: Canvas) -> Sample:
    """Sample `index` of a split, its answer proved."""
    return make_sample(task, split, index, draw_draft(task, split, seed, index, canvas))


def draw_draft(task: Task[P], split: str, seed: int, index: int, canvas: Canvas) -> Draft:
    """The same with its pictures in memory.

    Raises:
        GoldError: the gold fails its own grader, or is not what `solve` or the thought come to.
    """
    try:
        rng, turn = rng_for(task, split, seed, index), turn_for(task, split, seed, index)
        draft = task.draw(task.splits[split].params, rng, turn, canvas)
        prove(draft, task.solve)
    except Exception as problem:
        problem.add_note(f"in sample {sample_id(task, split, index)} of seed {seed}")
        raise
    return draft


def prove(draft: Draft, solve: SolveSome | None, *, thoughtless: bool = False) -> None:
    """Grade a draft's gold, look at how its thought ends, and solve it anew from its scene.

    Args:
        draft: What was drawn.
        solve: How it is solved; None, or what gives None: its scene does not tell the answer.
        thoughtless: Whether it may have no thought.

    Raises:
        GoldError: the gold fails its own grader, or is not what `solve` or the thought come to.
    """
    text = draft.answer.text()
    verdict = grade(layout(draft.thought, text), draft.answer)
    if verdict.status is not Status.CORRECT or verdict.score != 1:
        raise GoldError(f"the gold {text!r} is graded {verdict.status}, {verdict.score}")
    if not (thoughtless and not draft.thought) and not ends_in(draft.thought, text):
        raise GoldError(f"the thought does not end in the gold {text!r}: {draft.thought!r}")
    if solve is None:
        return
    # The scene as a reader of the dataset finds it: lists for tuples, texts for the keys.
    solved = solve(draft.question, json.loads(to_json(draft.scene)))
    if solved is not None and not agree(draft.answer, solved):
        raise GoldError(f"the gold is {text!r}, solved from its scene it is {solved.text()!r}")


def agree(gold: AnyAnswer, other: AnyAnswer) -> bool:
    """Whether an answer is right by the grader of a gold of its kind."""
    score = gold.score(other.text()) if other.kind == gold.kind else None
    return score is not None and score.value == 1


def ends_in(thought: str, answer: str) -> bool:
    """Whether a thought ends in an answer: the whole of it, as a sentence may end."""
    ending = thought.rstrip(" .")
    before = ending[: -len(answer)][-1:]
    return ending.endswith(answer) and not before.isalnum() and before not in {".", "-", "−"}


def make_sample(task: Named, split: str, index: int | str, draft: Draft) -> Sample:
    """The dataset row of a draft."""
    return Sample(
        id=sample_id(task, split, index),
        family=task.family,
        task=task.name,
        kind=draft.kind,
        split=split,
        images=tuple(map(png, draft.images)),
        question=draft.question,
        answer=draft.answer.text(),
        gold=to_json(answer_to_json(draft.answer)),
        options=draft.answer.options if isinstance(draft.answer, Choice) else (),
        thought=draft.thought,
        depth=draft.depth,
        scene=to_json(draft.scene),
    )


def to_json(value: Any) -> str:
    """Compact JSON with sorted keys: the same text for the same value."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def png(image: Image.Image) -> bytes:
    """The PNG file of a picture."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=PNG_LEVEL)
    return buffer.getvalue()
