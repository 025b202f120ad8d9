"""board: entries → tables: what was asked the same stands in one table, and nothing else does.

A table has the entries that were asked the same questions of a family, split by split, as often. So rows on
our benchmark, on a public dataset, or on other sizes and seeds of ours never stand in one table.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from evaluators.statistics import Interval
from leaderboards.entry import About, key_of
from leaderboards.questions import Questions
from leaderboards.ranks import Standing, standings
from leaderboards.verify import Proved, Shelf
from reasonrft.benchmark import NAME as BENCHMARK
from reasonrft.benchmark import SEED as BENCHMARK_SEED
from reasonrft.benchmark import VERSION as BENCHMARK_VERSION
from reasonrft.compare import clusters_of
from reasonrft.questions import Identity
from reasonrft.record import Record
from reasonrft.report.figures import is_correct, items_of
from reasonrft.report.gaps import OUT_OF_DOMAIN, mean_gap
from reasonrft.report.summary import FamilyReport, Report, SplitReport


@dataclass(frozen=True)
class Line:
    """An entry in a table."""

    about: About
    report: Report
    of: FamilyReport
    records: Sequence[Record]  # to the family, in order

    @cached_property
    def gap(self) -> Interval | None:
        """What the shifts cost."""
        return mean_gap(self.of.gaps)

    def scores(self, splits: Sequence[str]) -> list[float]:
        """The share of right answers to each question of these splits, in order."""
        asked = [one for one in self.records if one.split in splits]
        return [item.mean(is_correct) for item in items_of(asked)]


@dataclass(frozen=True)
class Board:
    """A table: entries that were asked the same questions of a family."""

    family: str
    questions: Mapping[str, Questions]  # by split, in their usual order
    asked: Mapping[str, Identity]
    lines: Sequence[Line]  # best first

    @property
    def slug(self) -> str:
        """What its files are called: the family, and a digest of what was asked."""
        whole = [(one.split, one.digest, one.asked) for one in self.asked.values()]
        return f"{self.family}-{_short_digest(repr(whole))}"

    @property
    def is_public(self) -> bool:
        """Whether it is of a public dataset that was cleaned, not of ours."""
        return any("source" in one.heading for one in self.questions.values())

    @property
    def title(self) -> str:
        """What it is of."""
        heading: Mapping[str, Any] = next(iter(self.questions.values())).heading
        if "source" in heading:
            return f"{self.family}: {heading['source']['name']}"
        if heading["seed"] == BENCHMARK_SEED:
            return f"{self.family}: {BENCHMARK} v{BENCHMARK_VERSION}"
        level = heading.get("level", "usual")
        width, height = heading["image_size"]
        return f"{self.family}, {level} level, {width} × {height}, seed {heading['seed']}"

    @property
    def shifts(self) -> list[str]:
        """Its splits out of domain."""
        return [split for split in self.questions if split.startswith(OUT_OF_DOMAIN)]

    def standing(self, splits: Sequence[str]) -> list[Standing]:
        """How its lines stand on these splits."""
        scores = [line.scores(splits) for line in self.lines]
        return standings(scores, self.clusters(splits))

    def clusters(self, splits: Sequence[str]) -> list[Hashable]:
        """The picture of each question: the same for all lines, whose pictures are the same."""
        asked = [one for one in self.lines[0].records if one.split in splits]
        partners = {one.key: one.paired_with for one in self.asked.values()}
        return clusters_of([item.first for item in items_of(asked)], partners)

    def split(self, line: Line, split: str) -> SplitReport:
        """What a line comes to on a split."""
        return line.of.splits[split]


def _short_digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]


def boards_of(proved: Sequence[Proved], shelf: Shelf) -> list[Board]:
    """All tables, those of our own data first."""
    groups: dict[tuple[Any, ...], list[tuple[Line, list[Identity]]]] = defaultdict(list)
    for one in proved:
        for family, of in one.report.families.items():
            asked = _in_order([part for part in one.entry.state.data if part.family == family], of)
            records = [record for record in one.records if record.family == family]
            key = (family, *((part.split, part.digest, part.asked) for part in asked))
            groups[key].append((Line(one.entry.about, one.report, of, records), asked))
    boards = [_board(lines, shelf) for lines in groups.values()]
    return sorted(boards, key=lambda board: (board.is_public, board.family, -len(board.lines)))


def _in_order(asked: Sequence[Identity], of: FamilyReport) -> list[Identity]:
    places = {split: place for place, split in enumerate(of.splits)}
    return sorted(asked, key=lambda one: places[one.split])


def _board(lines: Sequence[tuple[Line, list[Identity]]], shelf: Shelf) -> Board:
    asked = lines[0][1]
    return Board(
        family=asked[0].family,
        questions={one.split: shelf.get(key_of(one)) for one in asked},
        asked={one.split: one for one in asked},
        lines=sorted((line for line, _ in lines), key=_worth),
    )


def _worth(line: Line) -> tuple[float, str]:
    """Out of domain first, and in domain where nothing else was asked."""
    shown = line.of.out_of_domain or line.of.in_domain
    return (-shown.estimate if shown else 0.0, line.about.name)
