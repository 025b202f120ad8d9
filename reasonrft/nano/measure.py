"""measure: how well does a model see: which things of a picture does it name rightly, and where?

`python -m reasonrft.nano.measure MODEL --data DIR…` gives it lessons about pictures of `test` and about diagrams
that it never learned from. A thing is named rightly where one with its four attributes is told, and each that is
told counts once; its place is right where the cell is, or is off by one along a side.
"""

import argparse
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from PIL import Image

from builders.parts import choose_parts, samples
from builders.sample import Sample
from builders.tasks.geometry._sides import SIDES, Side
from evaluators.statistics import mean_interval
from reasonrft.backend import Ask, Completion, Options, Sampling
from reasonrft.backends.hf import Transformers
from reasonrft.nano import resolve
from reasonrft.nano.album import SEEN
from reasonrft.nano.figures import diagrams
from reasonrft.nano.lessons import Known, Sort, lesson_of
from reasonrft.nano.lessons.figures import NONE
from reasonrft.nano.lessons.things import cell_of_thing, described
from reasonrft.nano.sight import SIZE, Array
from reasonrft.nano.tables import Objects, Tables, listed, see, see_pair
from reasonrft.prompt import Prompt

BATCH: Final = 50  # pictures that are asked about at once
TOLD: Final = re.compile(
    r"^[A-Z#0-9]{1,3}: ([a-z]+ [a-z]+ [a-z]+ [a-z]+)(?: at (\d{1,2}) (\d{1,2}))?$"
)
VERDICT: Final = re.compile(r"(?:#\d+|\b[A-Z])(?:: [\w ]+)? \((?:[\w ]+, )?(yes|no)\)")
LISTED: Final = re.compile(r"(\d+) [a-z ]+: (yes|no)")
POINT: Final = re.compile(r"([A-Z]) at (\d{1,2} \d{1,2})")
# Lessons are of no task's sample.
NOBODYS: Final = Sample("", "", "", "", "", (), "", "", "", (), "", 0, "")
MOST_TOKENS: Final = 320  # of an answer: 7 things judged twice take 300
Told = tuple[str, tuple[int, int] | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture or two, and what is known of them."""

    images: tuple[bytes, ...]  # PNG
    facts: Known


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
        best = min(alike, key=lambda other: _away(cell_of_thing(one), other[1]))
        free.remove(best)
        named += 1
        placed += _away(cell_of_thing(one), best[1]) <= 1
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


def measure(model: str, shown: Mapping[Sort, Sequence[Shown]]) -> dict[str, Any]:
    """How well a model sees: of every sort, each share with its interval and what it is a share of."""
    backend = Transformers(resolve(model), Options(batch_size=BATCH))
    found: dict[str, Any] = {}
    for sort, pictures in shown.items():
        found[sort] = {"subjects": len(pictures)}
        for kind, judges in JUDGES[sort].items():
            answers = list(_ask(backend, sort, kind, pictures))
            for name, right in judges.items():
                counts = [right(*answer) for answer in answers]
                found[sort][name] = _share(counts)
    return found


def things_named(text: str, _target: str, objects: Objects) -> tuple[int, int]:
    """The things whose four attributes are told, of those there."""
    judged = judge(objects, read_told(text))
    return judged.named, judged.things


def things_placed(text: str, _target: str, objects: Objects) -> tuple[int, int]:
    """The things that are named rightly and placed within a cell, of those there."""
    judged = judge(objects, read_told(text))
    return judged.placed, judged.things


def told_there(text: str, _target: str, objects: Objects) -> tuple[int, int]:
    """The things that are there, of those told."""
    judged = judge(objects, read_told(text))
    return judged.named, judged.told


def told_whole(text: str, _target: str, objects: Objects) -> tuple[int, int]:
    """Whether all things are told in the walk's order, and none besides."""
    return int(judge(objects, read_told(text)).exact), 1


def verdicts_right(text: str, target: str, _facts: object = None) -> tuple[int, int]:
    """How many verdicts are right of how many; none of an answer with more or fewer."""
    wanted, found = VERDICT.findall(target), VERDICT.findall(text)
    if len(found) != len(wanted):
        return 0, len(wanted)
    return sum(map(str.__eq__, found, wanted)), len(wanted)


def listed_right(text: str, target: str, _facts: object = None) -> tuple[int, int]:
    """How many things of a list are rightly said to be there, or not to be."""
    wanted, found = (dict(LISTED.findall(one)) for one in (target, text))
    return sum(found.get(one) == verdict for one, verdict in wanted.items()), len(wanted)


def all_words_right(text: str, target: str, _facts: object = None) -> tuple[int, int]:
    """Whether an answer is the target, no word of it wrong."""
    return int(text.strip() == target), 1


def parts_right(text: str, target: str, _facts: object = None) -> tuple[int, int]:
    """How many parts of a list that should be told are told."""
    wanted, found = (_parts(one) for one in (target, text))
    return sum((Counter(wanted) & Counter(found)).values()), len(wanted)


def parts_true(text: str, target: str, _facts: object = None) -> tuple[int, int]:
    """How many parts of a list that are told should be told."""
    return parts_right(target, text)


def points_placed(text: str, target: str, _facts: object = None) -> tuple[int, int]:
    """How many points are told within a cell of where they are."""
    wanted, found = (dict(POINT.findall(one)) for one in (target, text))
    right = (_away(_cell(wanted[one]), _cell(found[one])) <= 1 for one in wanted if one in found)
    return sum(right), len(wanted)


def _parts(text: str) -> list[str]:
    listed = text.strip().removesuffix(".")
    return [] if listed == NONE else listed.split(", ")


def _cell(place: str) -> tuple[int, int]:
    column, row = map(int, place.split())
    return column, row


Judge = Callable[[str, str, Any], tuple[int, int]]
WALKED: Final[Mapping[str, Judge]] = {
    "things named": things_named,
    "things named and placed": things_placed,
    "of the told, there": told_there,
    "pictures told whole and in order": told_whole,
}
# Of each sort, what is asked, and what is counted in the answers.
JUDGES: Final[Mapping[Sort, Mapping[str, Mapping[str, Judge]]]] = {
    "table": {
        "places": WALKED,
        "direct": {"totals right": all_words_right},
        "which": {"verdicts on phrases": verdicts_right},
        "restate": {"questions restated": all_words_right},
    },
    "view": {
        "places": WALKED,
    },
    "pair": {
        "listed": {"listed things found or missed": listed_right},
        "at": {"places told": all_words_right},
    },
    "diagram": {
        "sizes": {"sizes read": parts_right, "of the sizes read, there": parts_true},
        "points": {"points placed": points_placed},
        "segments": {"lines named": parts_right},
        "marks": {"marks read": parts_right, "of the marks read, there": parts_true},
    },
}


def _ask(
    backend: Transformers, sort: Sort, kind: str, shown: Sequence[Shown]
) -> Iterator[tuple[str, str, Any]]:
    """What a model writes to a lesson's prompt, what it should write, and what is known, subject by subject."""
    lessons = [lesson_of(sort, kind, one.facts, Random(row)) for row, one in enumerate(shown)]
    asks = (
        Ask(NOBODYS, Prompt(one.images, lesson.prompt), row)
        for row, (one, lesson) in enumerate(zip(shown, lessons, strict=True))
    )
    answered = backend.answer(asks, Sampling(max_tokens=MOST_TOKENS))
    for (_, outcome), lesson, one in zip(answered, lessons, shown, strict=True):
        assert isinstance(outcome, Completion)  # a model in this process always answers
        yield outcome.text, lesson.target, one.facts


def _share(counts: Sequence[tuple[int, int]]) -> dict[str, float]:
    """The share of so many of so many, subject by subject, with its interval."""
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


def gather(data: Sequence[Path], split: str, rows: int) -> dict[Sort, list[Shown]]:
    """The first rows of a split of each dataset, and as many diagrams of figures of its side."""
    side: Side = next((one for one in SIDES if one == split), "test")
    shown: dict[Sort, list[Shown]] = {sort: [] for sort in JUDGES}
    for part in choose_parts(data, None, [split]):
        if part.family not in SEEN:
            continue
        for sample in samples(part, rows):
            if part.family == "counting":
                shown["table"].append(Shown(sample.images, see(sample).objects))
                continue
            tables = see_pair(sample)
            seen = (tables[0].objects, tables[1].objects)
            shown["view"].append(Shown(sample.images[:1], seen[0]))
            shown["pair"].append(Shown(sample.images, Tables(seen, listed(sample))))
    drawn = diagrams(rows, side, SIZE.width, SIZE.height, Random(f"measure/{split}"))
    shown["diagram"] = [Shown((_png(sight.pixels),), reading) for sight, reading in drawn]
    return shown


def _png(pixels: Array) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()


def main() -> None:
    """Print how well a model sees the first rows of a split."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--data", type=Path, required=True, nargs="+")
    parser.add_argument("--split", default="test")
    parser.add_argument("--rows", type=int, default=200, help="of each, and diagrams")
    asked = parser.parse_args()
    print(json.dumps(measure(asked.model, gather(asked.data, asked.split, asked.rows)), indent=1))


if __name__ == "__main__":
    main()
