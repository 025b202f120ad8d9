"""paired: how much more one cell has than another of its family and seed, question by question."""

from collections.abc import Callable, Mapping, Sequence

from evaluators.statistics import Interval, average, difference, mean, paired_bootstrap
from leaderboards.study.finished import OUTSIDE, Finished, Mark
from reasonrft.report.figures import RESAMPLES
from reasonrft.report.gaps import IN_DOMAIN, OUT_OF_DOMAIN
from reasonrft.report.summary import mean_of_shifts

Score = Callable[[Mark], float]


def correct(mark: Mark) -> float:
    """1 for a right answer by the strict reading."""
    return mark.correct


def as_the_paper(mark: Mark) -> float:
    """What the paper's own scorer gives."""
    return mark.paper


def compared(
    one: Finished, other: Finished, measure: str, score: Score = correct
) -> Interval | None:
    """How much more one has than the other, question by question; None: both have no such questions.

    Args:
        one: A cell.
        other: Another of the same family and seed.
        measure: A split, or OUTSIDE.
        score: What a mark is worth.
    """
    is_mean = measure == OUTSIDE
    found = {
        split: difference_on(marks, other.marks[split], score)
        for split, marks in one.marks.items()
        if split in other.marks
        and (split.startswith(OUT_OF_DOMAIN) if is_mean else split == measure)
    }
    return mean_of_shifts(found, one.partners) if is_mean else found.get(measure)


def difference_on(
    one: Mapping[int, Mark], other: Mapping[int, Mark], score: Score = correct
) -> Interval:
    """The same on the questions of one split that both have an answer to."""
    both = [row for row in one if row in other]
    return paired_bootstrap(
        [score(one[row]) for row in both],
        [score(other[row]) for row in both],
        [one[row].pictures for row in both],
        resamples=RESAMPLES,
    )


def over_shares(cells: Sequence[Finished]) -> Mapping[str, Mapping[int, Mark]]:
    """The marks of cells that learned from other shares, each question's the mean of theirs."""
    first = cells[0]
    return {
        split: {
            row: Mark(
                mark.task,
                mark.pictures,
                mean([one.marks[split][row].correct for one in cells]),
                mean([one.marks[split][row].paper for one in cells]),
                mark.blind,
            )
            for row, mark in marks.items()
            if all(row in one.marks.get(split, {}) for one in cells)
        }
        for split, marks in first.marks.items()
    }


def gap_difference(one: Finished, other: Finished) -> Interval | None:
    """How much larger the gap of one is, mean of the shifts, on the tasks that both sides of a gap have.

    In domain and on a shift the two are compared question by question; both differences are then taken for
    independent, which for the same problems shown twice is rather too wide. What the shifts share, the
    questions in domain, is added up as if all of it were missed together.
    """
    found = []
    for shift in one.gaps:
        if shift in other.gaps:
            tasks = one.gaps[shift].tasks
            inside, outside = (
                difference_on(
                    _of_tasks(one.marks[split], tasks), _of_tasks(other.marks[split], tasks)
                )
                for split in (IN_DOMAIN, shift)
            )
            found.append(difference(inside, outside))
    return average(found, [IN_DOMAIN] * len(found)) if found else None


def _of_tasks(marks: Mapping[int, Mark], tasks: Sequence[str]) -> dict[int, Mark]:
    return {row: mark for row, mark in marks.items() if mark.task in tasks}
