"""paper: what would the paper's own evaluation say of an answer, for comparison with its tables?

Its scripts take the text of the first answer block wherever it stands, and where there is none the whole
response, thoughts included; they compare it with the gold as text, then by value, and give programs
partial credit. Two of their faults are not repeated: a program on several lines is found, and edits
written twice cost their share.
"""

from evaluators import AnyAnswer, Program, Status, Verdict
from evaluators.credit import credits_of
from evaluators.program import edits_in


def paper_score(output: str, gold: AnyAnswer, lenient: Verdict) -> float:
    """The score that stands in the paper's tables; `lenient` is our own verdict on free text."""
    _, opened, rest = output.partition("<answer>")
    written, closed, _ = rest.partition("</answer>")
    if isinstance(gold, Program):
        edits = edits_in(written if opened and closed else output)
        return credits_of(edits, gold.edits)["paper_partial"] if edits else 0.0
    if not (opened and closed):
        return float(lenient.status is Status.CORRECT)
    score = gold.score(written)
    return float(score is not None and score.value == 1)
