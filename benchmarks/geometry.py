"""geometry: are all answers proved, how deep are problems, which theorems are used, what does a text give away?

Run with `python -m benchmarks.geometry`. Each split has so many problems of all tasks in turn, searched,
worded and proved as a build does it, in small pictures; `--rows 5000` takes about an hour of one core.
Pictures are timed apart, at the sizes that models see.
"""

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from builders.registry import tasks
from builders.sample import Draft
from builders.scenes.figures.drawing import Drawing
from builders.scenes.figures.layout import lay_out
from builders.scenes.figures.looks import plain_look
from builders.scenes.figures.measure import Quantity, from_json
from builders.scenes.figures.picture import paint
from builders.task import Canvas, Task, draw_draft
from builders.tasks.geometry._theorems import BY_NAME, FAMILIES, HELD_OUT, THEOREMS

SEED: Final = 2026
SMALL: Final = Canvas(64, 48)
PICTURES: Final = 60  # that are timed in each size
SIZES: Final = (112, 224, 336, 512)


@dataclass(slots=True)
class Counts:
    """What is counted in a split."""

    rows: int = 0
    seconds: float = 0.0
    depths: Counter[int] = field(default_factory=Counter)
    theorems: Counter[str] = field(default_factory=Counter)
    answers: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    letters: Counter[str] = field(default_factory=Counter)
    from_text: int = 0  # nothing that is needed is in the picture only
    held_out: int = 0  # derivations with a theorem that training never uses
    problems: Counter[str] = field(default_factory=Counter)
    drawings: Counter[str] = field(default_factory=Counter)

    def add(self, draft: Draft) -> None:
        """Count a sample, which was proved when it was drawn."""
        self.rows += 1
        self.depths[draft.depth] += 1
        used = {step["theorem"] for step in draft.scene["program"]}
        self.theorems.update(used)
        self.held_out += any(BY_NAME[one].family in HELD_OUT for one in used)
        self.answers[draft.kind][draft.answer.text()] += 1
        if draft.kind.endswith("choice"):
            self.letters[draft.answer.text()] += 1
        self.from_text += not any(
            _in_picture_only(draft.scene, one) for one in draft.scene["givens"]
        )
        problem, drawing = structure(draft)
        self.problems[problem] += 1
        self.drawings[drawing] += 1

    @property
    def blind(self) -> float:
        """What the best constant answer to each kind reaches."""
        return sum(max(found.values()) for found in self.answers.values()) / self.rows


def _in_picture_only(scene: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether a size is labelled in the picture: what is, no text repeats."""
    return given in scene["labels"]


def structure(draft: Draft) -> tuple[str, str]:
    """What a problem is apart from names and place; and that with the shape of its drawing.

    The first is the same for two problems with the same constructions, facts, givens with their values,
    and steps; the second for those that have the same coordinates besides.
    """
    scene = draft.scene
    numbers = {name: str(place) for place, name in enumerate(scene["points"])}

    def renamed(of: list[str]) -> list[str]:
        return [numbers.get(one, one) for one in of]

    problem = [
        scene["constructions"],
        sorted([fact[0], *renamed(fact[1:])] for fact in scene["facts"]),
        sorted([one["kind"], *renamed(one["of"]), one["text"]] for one in scene["givens"]),
        [step["theorem"] for step in scene["program"]],
        draft.kind.partition("-")[0],
    ]
    points = [[round(x, 6), round(y, 6)] for x, y in scene["points"].values()]
    return json.dumps(problem), json.dumps([problem, points])


def drafts(split: str, rows: int) -> Iterator[Draft]:
    """So many problems of a split, of all tasks that have it in turn."""
    having = _having(split)
    for row in range(rows):
        task = having[row % len(having)]
        yield draw_draft(task, split, SEED, row // len(having), SMALL)


def _having(split: str) -> list[Task[Any]]:
    return [task for task in tasks().values() if task.family == "geometry" and split in task.splits]


def count(split: str, rows: int) -> Counts:
    """The counts of a split."""
    counts, start = Counts(), time.process_time()
    for draft in drafts(split, rows):
        counts.add(draft)
    counts.seconds = time.process_time() - start
    return counts


def repeated(found: Counter[str]) -> int:
    """How many are like an earlier one."""
    return found.total() - len(found)


def by_split(found: Mapping[str, Counts]) -> Table:
    """Return the figures of each split."""
    table = Table(title="all answers proved by measurement, or the build would have stopped")
    for column in (
        *("split", "proved", "depths", "from text alone", "same problem", "same drawing"),
        *("best constants", "letters A–D", "held-out theorems", "CPU-ms each"),
    ):
        table.add_column(column)
    for split, one in found.items():
        depths = " ".join(f"{depth}:{one.depths[depth]}" for depth in sorted(one.depths))
        letters = "/".join(str(one.letters[letter]) for letter in "ABCD")
        table.add_row(
            split,
            f"{one.rows:,}",
            depths,
            f"{one.from_text / one.rows:.2%}",
            f"{repeated(one.problems) / one.rows:.2%}",
            f"{repeated(one.drawings) / one.rows:.2%}",
            f"{one.blind:.1%}",
            letters,
            f"{one.held_out / one.rows:.1%}",
            f"{1000 * one.seconds / one.rows:.0f}",
        )
    return table


def by_kind(found: Mapping[str, Counts]) -> Table:
    """Return what the best constant answer to each kind reaches in each split."""
    table = Table(title="best constant answer by kind")
    table.add_column("kind")
    for split in found:
        table.add_column(split, justify="right")
    for kind in sorted({kind for one in found.values() for kind in one.answers}):
        cells = []
        for one in found.values():
            answers = one.answers.get(kind)
            cells.append(f"{max(answers.values()) / answers.total():.1%}" if answers else "")
        table.add_row(kind, *cells)
    return table


def by_theorem(found: Mapping[str, Counts]) -> Table:
    """Return in how many derivations each theorem is used."""
    table = Table(
        title=f"{len(THEOREMS)} theorems in {len(FAMILIES)} families: derivations that use each"
    )
    table.add_column("family")
    table.add_column("theorem")
    for split in found:
        table.add_column(split, justify="right")
    for rule in THEOREMS:
        table.add_row(
            rule.family, rule.name, *(str(one.theorems[rule.name]) for one in found.values())
        )
    return table


def pictures(rows: int) -> Table:
    """Return how fast pictures are laid out and painted, and how many have all labels clear."""
    table = Table(title=f"pictures of one core, {rows} each, layout and painting")
    for column in ("size", "CPU-ms", "a second", "labels all clear"):
        table.add_column(column, justify="right")
    drawn = [_drawing(draft.scene) for draft in drafts("train", rows)]
    look = plain_look(Random(SEED))
    for size in SIZES:
        clear, start = 0, time.process_time()
        for drawing in drawn:
            layout = lay_out(drawing, look, size, size, SEED)
            paint(layout, look)
            clear += layout.is_clean
        each = (time.process_time() - start) / rows
        table.add_row(
            f"{size} × {size}", f"{1000 * each:.1f}", f"{1 / each:.0f}", f"{clear / rows:.0%}"
        )
    return table


def _drawing(scene: Mapping[str, Any]) -> Drawing:
    """A drawing as good as the sample's own, from what is stored of it."""
    plane = from_json(scene)
    lines = [(line[0], line[-1]) for line in scene["lines"]]
    labels = [(Quantity(one["kind"], tuple(one["of"])), one["text"]) for one in scene["labels"]]
    circles = {}
    for centre, there in scene["circles"].items():
        (x, y), (a, b) = plane.points[centre], plane.points[there[0]]
        circles[centre] = ((x - a) ** 2 + (y - b) ** 2) ** 0.5
    return Drawing(plane, lines, circles, [], list(scene["shaded"]), list(circles), labels=labels)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000, help="of each split")
    parser.add_argument("--split", action="append", help="only these")
    wanted = parser.parse_args()
    console = Console(width=190)
    splits = wanted.split or list(dict.fromkeys(s for task in _having("test") for s in task.splits))
    console.print(pictures(PICTURES))
    found = {}
    for split in splits:
        found[split] = count(split, wanted.rows)
        console.print(by_split(found))
    console.print(by_kind(found))
    console.print(by_theorem(found))


if __name__ == "__main__":
    main()
