"""measure: how well does a model see: which things of a picture does it name rightly, and where?

`python -m reasonrft.nano.measure MODEL --data DIR` asks it to say where each thing is, how many there
are, which fit a phrase, and what a question asks for in plain words. A thing is named rightly where one with its
four attributes is told, and each that is told counts once; its place is right where the cell is, or is off by
one along a side.
"""

import argparse
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Final

from builders.parts import choose_parts, samples
from builders.sample import Sample
from evaluators.statistics import mean_interval
from reasonrft.backend import Ask, Completion, Options, Sampling
from reasonrft.backends.hf import Transformers
from reasonrft.nano import resolve
from reasonrft.nano.lessons import cell_of, described, lesson_of
from reasonrft.nano.sight import see
from reasonrft.prompt import Prompt

TOLD: Final = re.compile(
    r"^[A-Z#0-9]{1,3}: ([a-z]+ [a-z]+ [a-z]+ [a-z]+)(?: at (\d{1,2}) (\d{1,2}))?$"
)
VERDICT: Final = re.compile(r"(?:#\d+|\b[A-Z])(?:: [\w ]+)? \((?:[\w ]+, )?(yes|no)\)")
MOST_TOKENS: Final = 320  # of an answer: 7 things judged twice take 300
Told = tuple[str, tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class Named:
    """What a model made of one picture."""

    things: int
    named: int  # rightly
    placed: int  # of these, where the place is right too
    told: int
    exact: bool  # all things in their order, none besides


def judge(objects: Sequence[Mapping[str, Any]], told: Sequence[Told]) -> Named:
    """The things of a picture against what was told of it."""
    free = list(told)
    named = placed = 0
    for one in objects:
        alike = [other for other in free if other[0] == described(one)]
        if not alike:
            continue
        best = min(alike, key=lambda other: _away(cell_of(one), other[1]))
        free.remove(best)
        named += 1
        placed += _away(cell_of(one), best[1]) <= 1
    exact = [described(one) for one in objects] == [text for text, _ in told]
    return Named(len(objects), named, placed, len(told), exact)


def _away(cell: tuple[int, int], other: tuple[int, int] | None) -> int:
    """The larger distance along a side, in cells."""
    return 99 if other is None else max(abs(cell[0] - other[0]), abs(cell[1] - other[1]))


def read_told(text: str) -> list[Told]:
    """The things that an answer names, line by line."""
    told: list[Told] = []
    for line in text.splitlines():
        if found := TOLD.match(line.strip()):
            place = (int(found[2]), int(found[3])) if found[2] else None
            told.append((found[1], place))
    return told


def measure(model: str, shown: Sequence[Sample], batch: int = 50) -> dict[str, Any]:
    """How well a model sees these pictures."""
    backend = Transformers(resolve(model), Options(batch_size=batch))
    objects = [json.loads(sample.scene)["objects"] for sample in shown]
    places = _ask(backend, "places", shown, objects)
    named = [judge(there, read_told(text)) for there, text in zip(objects, places, strict=True)]
    directs = _ask(backend, "direct", shown, objects)
    right = [
        f"<answer>\n{len(there)}\n</answer>" in text
        for there, text in zip(objects, directs, strict=True)
    ]
    seen = [see(sample).objects for sample in shown]
    return {
        "pictures": len(named),
        "things named": _share([(one.named, one.things) for one in named]),
        "things named and placed": _share([(one.placed, one.things) for one in named]),
        "of the told, there": _share([(one.named, one.told) for one in named]),
        "pictures told whole and in order": _share([(one.exact, 1) for one in named]),
        "totals right": _share([(one, 1) for one in right]),
        "verdicts on phrases": _share(
            _against_targets(backend, "which", shown, seen, verdicts_right)
        ),
        "questions restated": _share(
            _against_targets(backend, "restate", shown, seen, all_words_right)
        ),
    }


def verdicts_right(text: str, target: str) -> tuple[int, int]:
    """How many verdicts are right of how many; none of an answer with more or fewer."""
    wanted, found = VERDICT.findall(target), VERDICT.findall(text)
    if len(found) != len(wanted):
        return 0, len(wanted)
    return sum(map(str.__eq__, found, wanted)), len(wanted)


def all_words_right(text: str, target: str) -> tuple[int, int]:
    """Whether an answer is the target, no word of it wrong."""
    return int(text.strip() == target), 1


def _against_targets(
    backend: Transformers,
    lesson: str,
    shown: Sequence[Sample],
    objects: Sequence[Sequence[dict[str, Any]]],
    right: Callable[[str, str], tuple[int, int]],
) -> list[tuple[int, int]]:
    """Of each picture, how much of a lesson's target an answer has right, of how much."""
    answers = _ask(backend, lesson, shown, objects)
    targets = (lesson_of(lesson, there, Random(row)).target for row, there in enumerate(objects))
    return [right(*pair) for pair in zip(answers, targets, strict=True)]


def _ask(
    backend: Transformers,
    lesson: str,
    shown: Sequence[Sample],
    objects: Sequence[Sequence[dict[str, Any]]],
) -> Iterator[str]:
    """What the model writes to a lesson's prompt, picture by picture."""
    asks = (
        Ask(sample, Prompt(sample.images, lesson_of(lesson, there, Random(row)).prompt), row)
        for row, (sample, there) in enumerate(zip(shown, objects, strict=True))
    )
    for _, outcome in backend.answer(asks, Sampling(max_tokens=MOST_TOKENS)):
        assert isinstance(outcome, Completion)  # a model in this process always answers
        yield outcome.text


def _share(counts: Sequence[tuple[int, int]]) -> dict[str, float]:
    """The share of so many of so many, picture by picture, with its interval."""
    values = [float(place < right) for right, number in counts for place in range(number)]
    clusters = [row for row, (_, number) in enumerate(counts) for _ in range(number)]
    found = mean_interval(values, clusters)
    return {
        name: round(value, 4)
        for name, value in (
            ("share", found.estimate),
            ("low", found.low),
            ("high", found.high),
            ("n", found.n),
        )
    }


def main() -> None:
    """Print how well a model sees the first rows of a split."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--rows", type=int, default=500)
    asked = parser.parse_args()
    (part,) = choose_parts([asked.data], None, [asked.split])
    print(json.dumps(measure(asked.model, list(islice(samples(part), asked.rows))), indent=1))


if __name__ == "__main__":
    main()
