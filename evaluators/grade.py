"""grade: the one verdict on a model's response, for reward, metric and leaderboard alike.

Total: every string gets a verdict; nothing raises, nothing hangs, nothing is executed.
"""

from typing import Final

from evaluators.answer import Answer
from evaluators.notation import MAX_LENGTH
from evaluators.reading import Found, Reading, find
from evaluators.verdict import Score, Status, Verdict

VERSION: Final = 1  # raised whenever a verdict may change


def layout(thought: str, answer: str) -> str:
    """A response in the layout that the model is taught."""
    return f"<think>\n{thought}\n</think>\n<answer>\n{answer}\n</answer>"


def grade(response: str, gold: Answer, reading: Reading = Reading.STRICT) -> Verdict:
    """The verdict on a response: what it answers and how good that is."""
    found = find(response, reading)
    if not found.claims:
        return Verdict(0.0, Status.UNREAD, None, found.well_formed)
    written, score = _best_reading(found.claims[-1], gold)
    if score is None or not _is_all_said(score, found, gold):
        return Verdict(0.0, Status.UNREAD, written, found.well_formed)
    return Verdict(score.value, _status(score), written, found.well_formed, score.detail)


def _is_all_said(score: Score, found: Found, gold: Answer) -> bool:
    """Whether nothing else that is stated scores otherwise; of several claims none may be wrong.

    Read only up to the first that does: a hostile text makes hundreds of claims.
    """
    if len(found.claims) > 1 and score.value < 1:
        return False
    claims = (_best_reading(variants, gold)[1] for variants in found.claims[:-1])
    remarks = (_best_reading(variants, gold)[1] for variants in found.remarks)
    return all(claim is not None and claim.value == score.value for claim in claims) and all(
        remark is None or remark.value == score.value for remark in remarks
    )


def _best_reading(variants: tuple[str, ...], gold: Answer) -> tuple[str, Score | None]:
    """The first variant of a statement that is an answer of the gold's kind."""
    for written in variants:
        score = _score(written, gold)
        if score is not None:
            return written.strip(), score
    return variants[0].strip()[:MAX_LENGTH], None


def _score(written: str, gold: Answer) -> Score | None:
    try:
        return gold.score(written)
    except RecursionError:  # trees are shallow, but the caller may stand deep in the stack already
        return None


def _status(score: Score) -> Status:
    if score.value == 1:
        return Status.CORRECT
    return Status.PARTIAL if score.value > 0 else Status.WRONG
