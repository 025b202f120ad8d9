"""board: entries → tables: what was asked the same stands in one table, and nothing else does.

A table has the entries that were asked the same questions of a family, split by split, as often. So rows on
our benchmark, on a public dataset, or on other sizes and seeds of ours never stand in one table.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

from builders import registry
from builders.files import BuildError
from builders.plan import SplitPlan
from evaluators.statistics import Interval
from leaderboards.entry import About, key_of
from leaderboards.proof import Proved, Shelf
from leaderboards.questions import Heading, Questions
from reasonrft.benchmark import NAME as BENCHMARK
from reasonrft.benchmark import VERSION as BENCHMARK_VERSION
from reasonrft.benchmark import benchmark_plans
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
    has_namesake: bool = False  # another table is called the same, but for the digest

    @property
    def digest(self) -> str:
        """A short one of what was asked."""
        whole = [(one.split, one.digest, one.asked) for one in self.asked.values()]
        return sha256(repr(whole).encode()).hexdigest()[:8]

    @property
    def slug(self) -> str:
        """What its files are called: the family, and a digest of what was asked."""
        return f"{self.family}-{self.digest}"

    @property
    def is_public(self) -> bool:
        """Whether it is of a public dataset that was cleaned, not of ours."""
        return any(one.heading.source for one in self.questions.values())

    @cached_property
    def title(self) -> str:
        """What it is of, in words that no other table has."""
        return f"{self._data}{self._part}{f', {self.digest}' if self.has_namesake else ''}"

    @property
    def _data(self) -> str:
        heading = next(iter(self.questions.values())).heading
        if heading.source is not None:
            return f"{self.family}: {heading.source.name}"
        if _is_benchmark(self.questions):
            return f"{self.family}: {BENCHMARK} v{BENCHMARK_VERSION}"
        size = " × ".join(map(str, heading.image_size or ()))
        return f"{self.family}, {heading.level} level, {size}, seed {heading.seed}"

    @property
    def _part(self) -> str:
        """How many of its questions were asked, and how often, where it is not all of them once."""
        there = sum(len(one.rows) for one in self.questions.values())
        asked = sum(one.rows for one in self.asked.values())
        draws = max(len(one.asked) for one in self.asked.values())
        part = f", {asked:,} of {there:,} questions" if asked < there else ""
        return f"{part}, {draws} answers each" if draws > 1 else part

    @property
    def shifts(self) -> list[str]:
        """Its splits out of domain."""
        return [split for split in self.questions if split.startswith(OUT_OF_DOMAIN)]

    def clusters(self, splits: Sequence[str]) -> list[Hashable]:
        """The picture of each question: the same for all lines, whose pictures are the same."""
        asked = [one for one in self.lines[0].records if one.split in splits]
        partners = {one.key: one.paired_with for one in self.asked.values()}
        return clusters_of([item.first for item in items_of(asked)], partners)

    def split(self, line: Line, split: str) -> SplitReport:
        """What a line comes to on a split."""
        return line.of.splits[split]


def _is_benchmark(questions: Mapping[str, Questions]) -> bool:
    """Whether all splits say that they were built as the benchmark's are; building them anew proves it."""
    return all(
        _is_built_by(one, _benchmark_plan(one.family, split)) for split, one in questions.items()
    )


def _benchmark_plan(family: str, split: str) -> SplitPlan | None:
    try:
        ((plan,),) = benchmark_plans((family,), [split], registry.tasks()).values()
    except BuildError:  # no such family or split
        return None
    return plan


def _is_built_by(one: Questions, plan: SplitPlan | None) -> bool:
    return plan is not None and (
        Heading.of(plan.heading()),
        plan.rows,
        dict(plan.tasks),
    ) == (one.heading, len(one.rows), dict(one.tasks))


def boards_of(proved: Sequence[Proved], shelf: Shelf) -> list[Board]:
    """All tables, those of our own data first."""
    groups: dict[tuple[Any, ...], list[tuple[Line, list[Identity]]]] = defaultdict(list)
    for one in proved:
        for family, of in one.report.families.items():
            asked = _in_order([part for part in one.entry.state.data if part.family == family], of)
            records = [record for record in one.records if record.family == family]
            key = (family, *((part.split, part.digest, part.asked) for part in asked))
            groups[key].append((Line(one.entry.about, one.report, of, records), asked))
    boards = _told_apart([_board(lines, shelf) for lines in groups.values()])
    return sorted(boards, key=lambda board: (board.is_public, board.family, -len(board.lines)))


def _told_apart(boards: Sequence[Board]) -> list[Board]:
    counts = Counter(board.title for board in boards)
    return [replace(board, has_namesake=counts[board.title] > 1) for board in boards]


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
