"""credit: the partial credit that Reason-RFT gives a program by its words, for comparison with the paper.

The original pairs edits greedily in the order of writing; here the pairing is the best one, so the
credit does not depend on the order, and a repeated edit costs its share.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from evaluators.world import Edit

Agreement = tuple[bool, bool]  # of the object and of the value, the function being the same

PARTIAL: Final[Mapping[Agreement, float]] = {
    (True, True): 1.0, (True, False): 0.5, (False, True): 0.5, (False, False): 0.25,
}  # fmt: skip
EXACT: Final[Mapping[Agreement, float]] = dict.fromkeys(PARTIAL, 0.0) | {(True, True): 1.0}
PENALTY: Final[Mapping[Agreement, float]] = {
    (True, True): 1.0, (True, False): -0.25, (False, True): -0.25, (False, False): -0.5,
}  # fmt: skip


def credits_of(written: Sequence[Edit], gold: Sequence[Edit]) -> dict[str, float]:
    """The paper's three rewards of a program: full matches only, with partial credit, with penalties."""
    mine, true = _distinct(written), _distinct(gold)
    pairs = _best_pairs(mine, true)
    share = len(mine) / len(written)  # a repeated edit costs its share
    longest = max(len(mine), len(true))
    return {
        name: sum(table[pair] for pair in pairs) / longest * share
        for name, table in (
            ("paper_exact", EXACT),
            ("paper_partial", PARTIAL),
            ("paper_penalty", PENALTY),
        )
    }


def _distinct(edits: Sequence[Edit]) -> list[Edit]:
    return list({(edit.attribute, edit.object, edit.value): edit for edit in edits}.values())


def _best_pairs(written: Sequence[Edit], gold: Sequence[Edit]) -> list[Agreement]:
    """How the paired edits agree, in the pairing of most partial credit: full matches are always in it."""
    from scipy.optimize import linear_sum_assignment  # here: only programs need it, and it is heavy

    agreements = [[_agreement(mine, true) for true in gold] for mine in written]
    worth = [[PARTIAL[pair] if pair else 0.0 for pair in row] for row in agreements]
    rows, columns = linear_sum_assignment(worth, maximize=True)
    pairs = [agreements[row][column] for row, column in zip(rows, columns, strict=True)]
    return [pair for pair in pairs if pair]


def _agreement(written: Edit, gold: Edit) -> Agreement | None:
    if written.attribute != gold.attribute:
        return None
    return written.object == gold.object, written.value == gold.value
