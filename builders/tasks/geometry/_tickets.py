"""_tickets: which samples may take a problem of few numbers? A few only, so that it hardly comes again.

There are so few problems of one number or two that samples drawn apart would often have the same. So every
sample draws a ticket, and of these problems takes those whose digest leaves the rest that its ticket leaves:
samples that leave different rests never have the same one.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Final

from builders.task import to_json
from builders.tasks.geometry._problem import Problem

TICKETS: Final = 3 * 100  # a multiple of each number below, so that all rests are as likely
# One problem in so many is for a sample, by its givens and depth; all others are for everyone.
ONE_IN: Final[Mapping[tuple[int, int], int]] = {
    (1, 1): 100, (1, 2): 20, (1, 3): 20, (2, 1): 3, (2, 2): 3, (2, 3): 3,
}  # fmt: skip


def is_for(ticket: int, problem: Problem) -> bool:
    """Whether a sample with this ticket may take the problem."""
    one_in = ONE_IN.get((len(problem.givens), problem.depth), 1)
    return one_in == 1 or (_digest(problem) - ticket) % one_in == 0


def _digest(problem: Problem) -> int:
    """The same for problems of one figure, or of figures alike, that give and ask the same."""
    values = problem.known.values
    givens = sorted([one.kind, str(values[one])] for one in problem.givens)
    said = [problem.figure.made, givens, problem.target.kind, str(problem.value)]
    return int.from_bytes(blake2b(to_json(said).encode(), digest_size=8).digest())
