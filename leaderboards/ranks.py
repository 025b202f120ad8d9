"""ranks: which rows of a table are surely better than which, and what rank does that give each?

All rows have answered the same questions, so every two of them are compared item by item, as `rrft compare`
does: McNemar's test, questions of one picture as one, all p-values corrected together (Holm). A row's rank is
one more than the number of rows that are surely better, so that no rank says more than the questions can
tell. Rows that stand alike to all others share one; of two that cannot be told apart, a third may still be
surely better than one only.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from evaluators.statistics import holm, mcnemar, mean

SURE: Final = 0.05  # corrected p-values below it
METHOD: Final = (
    "A rank is one more than the number of rows that are surely better: McNemar's test item by item, questions "
    "that share a picture as one, p below 0.05 after Holm's correction for all pairs of rows in the table. So rows "
    "share a rank where the questions do not tell them apart; two such rows have different ranks only where a "
    "third is surely better than one of them. Pressing a rank marks all rows that it cannot be told apart from."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a row stands among the others."""

    rank: int
    tied: tuple[int, ...]  # the rows that it cannot be told apart from


def standings(
    scores: Sequence[Sequence[float]], clusters: Sequence[Hashable] | None = None
) -> list[Standing]:
    """The standing of each row, from the scores of all rows on the same questions in the same order."""
    pairs = list(combinations(range(len(scores)), 2))
    corrected = holm([_p_value(scores[a], scores[b], clusters) for a, b in pairs])
    means = [mean(row) for row in scores]
    better: list[set[int]] = [set() for _ in scores]  # than each
    for (a, b), p in zip(pairs, corrected, strict=True):
        if p < SURE and means[a] != means[b]:
            worse, best = (a, b) if means[a] < means[b] else (b, a)
            better[worse].add(best)
    return [
        Standing(
            rank=1 + len(better[row]),
            tied=tuple(
                other
                for other in range(len(scores))
                if other != row and other not in better[row] and row not in better[other]
            ),
        )
        for row in range(len(scores))
    ]


def _p_value(
    first: Sequence[float], second: Sequence[float], clusters: Sequence[Hashable] | None
) -> float:
    return 1.0 if first == second else mcnemar(first, second, clusters).p_value
