"""pretrain: how the embedded base is made: it learns to see, then to say what it sees.

`python -m reasonrft.nano.pretrain --data DIR… --out DIR` reads the split `train` of built datasets of
128 × 96 pictures, and draws diagrams besides. First the vision tower alone learns to name what each patch shows;
then the whole model learns the lessons, and the tower goes on naming. A run that was stopped goes on from its last
checkpoint in `--out`, with the same settings only.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any, Final

import torch
from transformers import PreTrainedTokenizerFast

from builders.parts import choose_parts, samples
from builders.sample import Sample
from reasonrft.nano.album import SEEN, Album, Subject, bind, draw_pages, page_of, read_pages
from reasonrft.nano.architecture import make_model, make_tokenizer, save
from reasonrft.nano.learner import Course, Learner, Plan
from reasonrft.nano.lessons import SORTS, teach
from reasonrft.prompt import make_prompt, make_target

HELD_OUT: Final = 250  # samples of each `test`, and diagrams: what the tower is measured on
CORPUS: Final = 1500  # samples of each family, and lessons of each sort, whose texts the tokenizer is learned from


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
    parser.add_argument("--diagrams", type=int, default=6000, help="drawn besides")
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
    words = asked.out / "words"
    if not words.exists():  # a run that goes on has the words that it began with
        parts = choose_parts(asked.data, None, ["train"])
        lessons = chain.from_iterable(album.of(sort)[:CORPUS] for sort in SORTS)
        texts = corpus((samples(part, CORPUS) for part in parts), lessons)
        aside = asked.out / "words.partial"
        make_tokenizer(texts).save_pretrained(aside)
        aside.rename(words)
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
    plan = Plan(
        Course(asked.see, asked.see_rate),
        Course(asked.say, asked.say_rate),
        asked.batch,
        asked.seed,
    )
    learner = Learner(make_model(tokenizer, asked.seed), tokenizer, album, plan, asked.workers)
    checkpoint = asked.out / "checkpoint.pt"
    if checkpoint.exists():
        learner.load(checkpoint)
        print(f"going on from {checkpoint}: {learner.step}", file=sys.stderr)
    for learn in (learner.see, learner.say):
        learn(checkpoint)
        named = learner.named_rightly(held_out)
        print(f"patches named rightly: {named}", file=sys.stderr, flush=True)
    save(learner.model, tokenizer, asked.out)


if __name__ == "__main__":
    main()
