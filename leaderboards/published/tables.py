"""tables: the published rows as data, with what can be worked out from them: intervals, and averages by one rule.

Nothing that was printed is changed. What does not add up stands beside what does, and is said in a note.
"""

import csv
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from evaluators.statistics import Interval, mean, wilson
from reasonrft.config import Recipe

PACKAGE: Final = "leaderboards.published"
SOURCE: Final = "reason-rft.toml"
ROUNDING: Final = 0.0101  # points: two digits, rounded or cut off
NAMES: Final[Mapping[Recipe, str]] = {  # the paper's name of each recipe
    Recipe.ZERO_SHOT: "Zero-Shot",
    Recipe.ANS_SFT: "ANS-SFT",
    Recipe.COT_SFT: "CoT-SFT",
    Recipe.REASON_RFT_ZERO: "Reason-RFT-Zero",
    Recipe.REASON_RFT: "Reason-RFT",
}
# Which averages a printed one can be, in words.
RULES: Final[Mapping[str, str]] = {
    "columns": "the mean of all columns",
    "domains": "the mean of in domain and of the mean out of domain",
    "shifted": "the mean out of domain alone",
}


@dataclass(frozen=True, slots=True)
class Column:
    """What was asked."""

    key: str
    label: str
    n: int  # questions
    shifted: bool  # out of domain


@dataclass(frozen=True, slots=True)
class Part:
    """A task of the paper."""

    name: str
    columns: Sequence[Column]
    average: str  # the key of the printed one
    counted: bool  # its values are shares of right answers


@dataclass(frozen=True, slots=True)
class Note:
    """What must be known of some numbers."""

    columns: Sequence[str]
    methods: Sequence[str]  # none: of all rows
    text: str


@dataclass(frozen=True, slots=True)
class Published:
    """A table as it was printed."""

    name: str
    title: str
    source: str
    rule: str  # by which averages are worked out here
    parts: Sequence[Part]
    notes: Sequence[Note]
    rows: Sequence[Mapping[str, str]]  # method, group, and each value as it was printed


@dataclass(frozen=True, slots=True)
class Average:
    """A printed average beside those that follow from its row."""

    printed: float
    made: Mapping[str, float]  # by each of the rules

    @property
    def holds(self) -> bool:
        """Whether it is the mean of all columns."""
        return abs(self.printed - self.made["columns"]) < ROUNDING

    @property
    def told(self) -> str:
        """Which it is, in words."""
        for rule, value in self.made.items():
            if abs(self.printed - value) < ROUNDING:
                return RULES[rule]
        return "none of the means of its columns"


@cache
def published() -> Sequence[Published]:
    """All tables, the newest first."""
    stored = tomllib.loads(_text(SOURCE))
    return tuple(_table(one) for one in stored["tables"])


def _table(stored: Mapping[str, Any]) -> Published:
    parts = tuple(
        Part(part["name"], tuple(Column(**one) for one in part["columns"]), part["average"], part["counted"])
        for part in stored["parts"]
    )  # fmt: skip
    rows = tuple(csv.DictReader(_text(stored["rows"]).splitlines()))
    notes = tuple(Note(**one) for one in stored["notes"])
    name, title, source, rule = (stored[key] for key in ("name", "title", "source", "rule"))
    return Published(name, title, source, rule, parts, notes, rows)


def _text(name: str) -> str:
    return (files(PACKAGE) / name).read_text(encoding="utf-8")


def average_of(row: Mapping[str, str], part: Part) -> Average:
    """The average of a row on a task, as printed and as it follows from its columns."""
    inside, outside = (
        [float(row[one.key]) for one in part.columns if one.shifted is shifted]
        for shifted in (False, True)
    )
    made = {
        "columns": mean([*inside, *outside]),
        "domains": mean([mean(inside), mean(outside)]),
        "shifted": mean(outside),
    }
    return Average(float(row[part.average]), made)


def interval_of(value: float, column: Column, part: Part) -> Interval | None:
    """The 95 % interval of a printed share, by how many right answers it is; None: of no share."""
    if not part.counted:
        return None
    return wilson(round(value * column.n / 100), column.n)


def is_whole(value: float, n: int) -> bool:
    """Whether a printed share is that of a whole number of n questions."""
    below = math.floor(value * n / 100)
    return any(abs(100 * count / n - value) < ROUNDING for count in (below, below + 1))


def recipe_of(method: str) -> str | None:
    """The paper's recipe that a row is of; None: a model as it was found."""
    return next((name for name in NAMES.values() if method.endswith(name)), None)


def notes_on(table: Published, method: str, column: str) -> list[int]:
    """The numbers of the notes on a value; those on a whole column are on its head, not here."""
    return [
        number
        for number, note in enumerate(table.notes, start=1)
        if column in note.columns and method in note.methods
    ]


def notes_on_column(table: Published, column: str) -> list[int]:
    """The numbers of the notes on a whole column."""
    return [
        number
        for number, note in enumerate(table.notes, start=1)
        if column in note.columns and not note.methods
    ]
