"""ranks: which rows of a table are surely better than which, and what rank does that give each?

All rows have answered the same questions, so every two of them are compared item by item, as `rrft compare`
does: McNemar's test, questions of one picture as one, all p-values corrected together (Holm). The test counts
questions, or pictures, and the accuracy that a table shows may weigh them otherwise: a row is surely better only
where both point the same way. A row's rank is one more than the number of rows that are surely better, so that
no rank says more than the questions can tell. Rows that stand alike to all others share one; of two that cannot
be told apart, a third may still be surely better than one only.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from evaluators.statistics import Paired, holm, mcnemar, mean

SURE: Final = 0.05  # corrected p-values below it
DIGITS: Final = 9  # of a difference, or rounding would make one
METHOD: Final = (
    "A rank is one more than the number of rows that are surely better: McNemar's test item by item, questions "
    "that share a picture as one, p below 0.05 after Holm's correction for all pairs of rows in the table, where the "
    "accuracy that the table shows points the same way as the test. So rows share a rank where the questions do not "
    "tell them apart; two such rows have different ranks only where a third is surely better than one of them. "
    "Pressing a rank marks all rows that it cannot be told apart from. Rows that learned from a part of the training "
    "set, references, which answer without a model, and a row that stands alone, have none."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a row stands among the others."""

    rank: int
    tied: tuple[int, ...]  # the rows that it cannot be told apart from


def standings(
    scores: Sequence[Sequence[float]],
    clusters: Sequence[Hashable] | None = None,
    worth: Sequence[float] | None = None,
) -> list[Standing]:
    """The standing of each row.

    Args:
        scores: Of all rows on the same questions in the same order.
        clusters: The picture of each question; None: each has its own.
        worth: The accuracy that is shown of each row; None: its mean score.
    """
    shown = [mean(row) for row in scores] if worth is None else worth
    pairs = list(combinations(range(len(scores)), 2))
    tests = [mcnemar(scores[a], scores[b], clusters) for a, b in pairs]
    corrected = holm([one.p_value for one in tests])
    better: list[set[int]] = [set() for _ in scores]  # than each
    for (a, b), test, p in zip(pairs, tests, corrected, strict=True):
        if p < SURE and _agree(test, shown[a] - shown[b]):
            worse, best = (b, a) if test.favours > 0 else (a, b)
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


def _agree(test: Paired, difference: float) -> bool:
    """Whether the test favours the row that is shown to be better."""
    return test.favours * round(difference, DIGITS) > 0
