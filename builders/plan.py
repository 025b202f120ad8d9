"""plan: what is to be built: which splits of a family, how many rows, and where each row comes from."""

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final

from builders.files import BuildError
from builders.registry import Known, Load, Tasks
from builders.sample import Dropped, Made
from builders.task import LEVELS, Canvas, Level, Split, draw_draft, make_sample
from evaluators import VERSION

FORMAT: Final = 1  # of a dataset's folder, raised whenever its files change their meaning
TRAIN: Final = "train"  # the split that is learned from
USUAL_ORDER: Final = (TRAIN, "val", "test")  # of splits; the others follow by name
# Small enough for little to be lost with a worker, large enough for few files.
MOST_ROWS_OF_A_SHARD: Final = 250
# A split that would be one file is more of them, for several workers to share, if each has so many rows.
FEWEST_ROWS_OF_A_SHARD: Final = 25
USUAL_SHARDS: Final = 4
MOST_ROWS: Final = 10_000_000  # of a split: 40,000 shards, which five digits can number
SHORTEST_SIDE: Final = 32  # of a picture
LONGEST_SIDE: Final = 2048
IMAGE_SIZE: Final = re.compile(r"([0-9]{1,5})(?:[x×]([0-9]{1,5}))?")

# Rows of a split, or of every `ood-` split, where a family has no others. A paired split is as long as its partner.
USUAL_PRESETS: Final[Mapping[str, Mapping[str, int]]] = {
    "quick": {"train": 600, "val": 100, "test": 200, "ood": 200},
    "standard": {"train": 10_000, "val": 500, "test": 1_000, "ood": 1_000},
}
PRESETS: Final[Mapping[str, Mapping[str, Mapping[str, int]]]] = {
    "counting": {
        **USUAL_PRESETS,
        # The paper: 35k CLEVR-Math rows to train, 1k to test, 1k of Super-CLEVR (3 of 4 direct counts).
        "paper": {
            "train": 35_000,
            "val": 500,
            "test": 1_000,
            "ood": 1_000,
            "ood-vehicles": 750,
            "ood-vehicles-math": 250,
        },
    },
    "geometry": {
        **USUAL_PRESETS,
        # The paper: 4.5k rows of GeoMath-8K to train, 820 to test, 800 of Geometry3K.
        "paper": {"train": 4_500, "val": 500, "test": 820, "ood": 800},
    },
    "transformation": {
        **USUAL_PRESETS,
        # The paper: 60k of TRANCE to train, 1k each to test from the centre, the left and the right.
        "paper": {"train": 60_000, "val": 500, "test": 1_000, "ood": 1_000},
    },
}
NOTHING: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Plan(ABC):
    """All that the files of a split follow from, and how its rows are made."""

    things: ClassVar[str] = "rows"  # that are counted while it is worked on
    family: str
    split: str
    rows: int  # samples that are drawn, or records that are cleaned

    @property
    def shards(self) -> int:
        """How many files it has."""
        shared = min(USUAL_SHARDS, math.ceil(self.rows / FEWEST_ROWS_OF_A_SHARD))
        return max(shared, math.ceil(self.rows / MOST_ROWS_OF_A_SHARD))

    def rows_of(self, shard: int) -> range:
        """The rows of one file: all files are as good as equally long."""
        return range(
            self.rows * shard // self.shards,
            self.rows * (shard + 1) // self.shards,
        )

    @abstractmethod
    def heading(self) -> dict[str, Any]:
        """What the manifest says of all splits of its dataset."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The plan as it is stored with what was built by it."""

    @abstractmethod
    def make(self, rows: range, load: Load) -> Iterator[Made | Dropped]:
        """These rows, one by one."""

    @abstractmethod
    def shift(self, known: Known) -> tuple[str, str | None]:
        """How it differs from training, and the split that it is paired with."""


@dataclass(frozen=True, slots=True)
class SplitPlan(Plan):
    """A split that is drawn."""

    seed: int
    canvas: Canvas
    tasks: Mapping[str, int]  # the version of each
    grader: int = VERSION
    level: Level = "usual"

    def origin(self, row: int) -> tuple[str, int]:
        """The task of a row and its sample's index: tasks take turns, whatever the split's size."""
        names = sorted(self.tasks)
        return names[row % len(names)], row // len(names)

    def heading(self) -> dict[str, Any]:
        """What the manifest says of all splits of its dataset."""
        return {
            "format": FORMAT,
            "seed": self.seed,
            "image_size": [self.canvas.width, self.canvas.height],
            # Left out where it is the usual one: what was built before there were levels has none.
            **({} if self.level == "usual" else {"level": self.level}),
        }

    def settings(self) -> dict[str, Any]:
        """The plan as it is stored with what was built by it."""
        return {
            **self.heading(),
            "family": self.family,
            "split": self.split,
            "rows": self.rows,
            "tasks": dict(sorted(self.tasks.items())),
            "grader": self.grader,
        }

    def make(self, rows: range, load: Load) -> Iterator[Made | Dropped]:
        """These rows, one by one."""
        for row in rows:
            name, index = self.origin(row)
            task = load()[name].at(self.level)
            draft = draw_draft(task, self.split, self.seed, index, self.canvas)
            yield Made(make_sample(task, self.split, index, draft), draft.images)

    def shift(self, known: Known) -> tuple[str, str | None]:
        """How it differs from training, and the split that it is paired with."""
        return shift_of([known[name].splits[self.split] for name in sorted(self.tasks)])


def shift_of(shown: Sequence[Split[Any]]) -> tuple[str, str | None]:
    """How what several tasks show in a split differs from training, and the split that it is paired with."""
    told = "; ".join(dict.fromkeys(split.shift for split in shown if split.shift))
    return told, shown[0].paired_with


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for, in words."""

    family: str
    splits: Sequence[str] = ("all",)
    preset: str = "quick"
    sizes: Sequence[str] = ()  # `test=50`, `ood=20`; later ones win
    seed: int = 0
    image_size: str = "320x240"
    level: str = "usual"
    tasks: Sequence[str] = ()  # by name; none: all of the family


def make_plans(
    request: Request, tasks: Tasks, there: Mapping[str, int] = NOTHING
) -> list[SplitPlan]:
    """The plans of the splits that are asked for.

    Args:
        request: What is asked for.
        tasks: All tasks.
        there: The rows of the family's splits that are built already.

    Raises:
        BuildError: there is no such thing, or not in that size.
    """
    level = _read_level(request.level)
    tasks = {name: task.at(level) for name, task in tasks.items()}
    names = splits_of(request.family, tasks)
    if not names:
        raise BuildError(f"family {request.family!r} has no level {request.level!r}")
    if request.tasks:
        tasks = _chosen(request, tasks)
        names = splits_of(request.family, tasks)
    wanted = choose_splits(request.splits, list(names))
    asked = _asked_sizes(request.sizes, wanted, list(names))
    sizes = preset_sizes(request.family, request.preset, tasks, asked, there)
    canvas = read_image_size(request.image_size)
    return [
        SplitPlan(
            family=request.family,
            split=split,
            rows=sizes[split],
            seed=request.seed,
            canvas=canvas,
            tasks={task: tasks[task].version for task in names[split]},
            level=level,
        )
        for split in wanted
    ]


def _chosen(request: Request, tasks: Tasks) -> Tasks:
    """The tasks of the family that are asked for by name."""
    there = sorted(name for name, task in tasks.items() if task.family == request.family)
    wanted = [name.strip() for text in request.tasks for name in text.split(",")]
    what = f"task of {request.family}"
    return {name: tasks[_known(what, name, there)] for name in wanted}


def splits_of(family: str, tasks: Tasks) -> dict[str, list[str]]:
    """The splits of a family, in their usual order, and the names of the tasks that each has."""
    families = sorted({task.family for task in tasks.values()})
    _known("family", family, families)
    found: dict[str, list[str]] = {}
    for name in sorted(name for name, task in tasks.items() if task.family == family):
        for split in tasks[name].splits:
            found.setdefault(split, []).append(name)
    return {split: found[split] for split in in_usual_order(found)}


def in_usual_order(splits: Iterable[str]) -> list[str]:
    """Splits with those in-domain first."""
    names = set(splits)
    first = [name for name in USUAL_ORDER if name in names]
    return first + sorted(names - set(first))


def choose_splits(asked: Iterable[str], there: Sequence[str]) -> list[str]:
    """The splits that names, `id`, `ood` and `all` mean, each of them once, in the order of `there`."""
    wanted = {split for text in asked for name in text.split(",") for split in _meant(name, there)}
    return [split for split in there if split in wanted]


def usually_tested(there: Sequence[str], where: str, advice: str) -> list[str]:
    """The splits that a model is tested on where none is named: `test` and every `ood-*`.

    Args:
        there: The splits that there are.
        where: What has them, for a complaint.
        advice: What to do then.

    Raises:
        BuildError: there is none.
    """
    groups = _groups(there)
    tested = {*groups["id"], *groups["ood"]}
    if not tested:
        only = ", ".join(there)
        raise BuildError(f"{where} has no test and no ood- split, only {only}: {advice}")
    return [split for split in there if split in tested]


def _meant(name: str, there: Sequence[str]) -> list[str]:
    name = name.strip()
    groups = {group: splits for group, splits in _groups(there).items() if splits}
    return groups.get(name) or [_known("split", name, there, f" (or {', '.join(groups)})")]


def _groups(there: Sequence[str]) -> dict[str, list[str]]:
    """The splits of each name that means several."""
    return {
        "id": [split for split in there if split == "test"],
        "ood": [split for split in there if split.startswith("ood-")],
        "all": list(there),
    }


def _known(what: str, name: str, there: Iterable[str], more: str = "") -> str:
    names = list(there)
    if name not in names:
        raise BuildError(f"no {what} {name!r}; there are: {', '.join(names)}{more}")
    return name


def presets_of(family: str) -> Mapping[str, Mapping[str, int]]:
    """The presets of a family."""
    return PRESETS.get(family, USUAL_PRESETS)


def preset_sizes(
    family: str,
    preset: str,
    tasks: Tasks,
    asked: Mapping[str, int] = NOTHING,
    there: Mapping[str, int] = NOTHING,
) -> dict[str, int]:
    """The rows of each split of a family, where the user has not asked for another number.

    A paired split follows its partner: as it is there already, if it is not asked for.
    """
    rows = presets_of(family)[_known("preset", preset, presets_of(family))]
    names = splits_of(family, tasks)
    sizes = {
        split: rows.get(split, rows["ood" if split.startswith("ood-") else "test"])
        for split in names
    } | dict(asked)
    for split in names.keys() - asked.keys():
        partner = tasks[names[split][0]].splits[split].paired_with
        if partner is not None:
            usual, beside = (
                # As many problems, though some of the partner's tasks may not show theirs anew.
                max(1, rows * len(names[split]) // len(names[partner]))
                for rows in (sizes[partner], {**sizes, **there, **asked}[partner])
            )
            # One that was built before its partner came in another size stays as it is.
            sizes[split] = usual if there.get(split) == usual else beside
    return sizes


def _asked_sizes(
    asked: Sequence[str], wanted: Sequence[str], there: Sequence[str]
) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for text in (part.strip() for one in asked for part in one.split(",")):
        name, equals, number = text.partition("=")
        if not equals:
            raise BuildError(f"no size {text!r}; a size is SPLIT=ROWS, such as test=200")
        splits = _meant(name, there)
        if not set(splits) & set(wanted):
            raise BuildError(f"size {text!r}: split {name!r} is not among those to be built")
        sizes |= dict.fromkeys(splits, _rows(number, text))
    return sizes


def _rows(number: str, text: str) -> int:
    digits = number.strip().replace("_", "")
    if not (digits.isascii() and digits.isdigit() and 1 <= int(digits[:20]) <= MOST_ROWS):
        raise BuildError(f"size {text!r}: rows are a whole number from 1 to {MOST_ROWS:,}")
    return int(digits)


def _read_level(text: str) -> Level:
    for level in LEVELS:
        if text == level:
            return level
    raise BuildError(f"no level {text!r}; there are: {', '.join(LEVELS)}")


def read_image_size(text: str) -> Canvas:
    """The canvas of `320x240`, or of `112` for a square."""
    sides = IMAGE_SIZE.fullmatch(text.strip().lower())
    if sides is None:
        raise BuildError(f"no image size {text!r}; it is 320x240, or 112 for a square")
    canvas = Canvas(int(sides[1]), int(sides[2] or sides[1]))
    for side in (canvas.width, canvas.height):
        if not SHORTEST_SIDE <= side <= LONGEST_SIDE:
            raise BuildError(
                f"image size {text!r}: a side has {SHORTEST_SIDE} to {LONGEST_SIDE} pixels"
            )
    return canvas
