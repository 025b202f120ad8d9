"""standing: how the rows of a table stand on its splits, by what the table shows of them there.

Only rows that had the same to learn from are ranked: all that was built, or nothing. A row that learned from a
part of the training set stands in the table without a rank, and so does a reference, which is no model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from evaluators.statistics import mean
from leaderboards.board import Board, Line
from leaderboards.entry import About
from leaderboards.ranks import Standing, standings
from reasonrft.models import references
from reasonrft.report.gaps import IN_DOMAIN

Places = Sequence[Standing | None]  # of each row of a table; None: it has no rank


@dataclass(frozen=True, slots=True)
class Ranked:
    """A table with the places of its rows."""

    board: Board
    inside: Places  # in domain
    outside: Places  # all shifts together

    @classmethod
    def of(cls, board: Board) -> Self:
        """A table's."""
        inside = [split for split in board.questions if split == IN_DOMAIN]
        return cls(board, places_on(board, inside), places_on(board, board.shifts))


def places_on(board: Board, splits: Sequence[str]) -> Places:
    """The place of each row of a table on these splits together."""
    found: list[Standing | None] = [None] * len(board.lines)
    ranked = [at for at, line in enumerate(board.lines) if _is_ranked(line)]
    if not splits or len(ranked) < 2:
        return found
    lines = [board.lines[at] for at in ranked]
    scores, worth = [one.scores(splits) for one in lines], [_worth(one, splits) for one in lines]
    for at, one in zip(ranked, standings(scores, board.clusters(splits), worth), strict=True):
        found[at] = replace(one, tied=tuple(ranked[other] for other in one.tied))
    return found


def _worth(line: Line, splits: Sequence[str]) -> float:
    """The accuracy that a table shows: of one split, or the plain mean of the shifts."""
    return mean([line.of.splits[split].figures.accuracy.estimate for split in splits])


def _is_ranked(line: Line) -> bool:
    return part_of_train(line.about) is None and not is_reference(line)


def is_reference(line: Line) -> bool:
    """Whether its answers are of no model."""
    return line.report.settings.get("backend") in references()


def part_of_train(about: About) -> int | None:
    """How many rows of a larger training set a model learned from; None: from all of it, or from none."""
    data = about.experiment.get("data") if about.experiment and about.stages else None
    rows = data.get("rows") if isinstance(data, Mapping) else None
    return rows if isinstance(rows, int) else None
