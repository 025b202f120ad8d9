"""finished: what a finished cell of a study leaves to compare: a mark for each question, gaps, and what it spent."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from builders.plan import TRAIN
from evaluators.statistics import Interval, average, difference, mean, paired_bootstrap
from leaderboards.archive import BoardError
from reasonrft import journal
from reasonrft.config import Stage
from reasonrft.estimate import questions_a_step
from reasonrft.experiment import Experiment
from reasonrft.record import Record
from reasonrft.report.figures import RESAMPLES, accuracy_of, is_correct, items_of
from reasonrft.report.gaps import IN_DOMAIN, OUT_OF_DOMAIN, Gap, find_gaps
from reasonrft.report.stages import StageReport, read_stage
from reasonrft.report.summary import mean_of_shifts
from reasonrft.run import RunState, read_run
from reasonrft.study.cells import Cell, State, Study

OUTSIDE: Final = "out of domain"  # the plain mean of the shifts, where a split's name stands


@dataclass(frozen=True, slots=True)
class Mark:
    """What came of a question."""

    task: str
    pictures: str  # digest; questions that share them are not independent
    correct: float  # by the strict reading
    paper: float  # by the paper's own scorer
    blind: float  # what the best constant answer reaches on questions of its kind


@dataclass(frozen=True, slots=True)
class Spent:
    """What a stage of training took."""

    stage: Stage
    steps: int
    rows_seen: int  # of train, repeated ones again
    tokens_trained: float | None  # read and written, with pictures
    answers_sampled: int
    tokens_sampled: float  # in these answers
    seconds: float | None  # on the clock, of one thread


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished cell."""

    cell: Cell
    rows: int  # of train that it could learn from; 0: it learned from none
    marks: Mapping[str, Mapping[int, Mark]]  # by split and row
    partners: Mapping[str, str | None]  # by split: whose problems it shows anew
    digests: Mapping[str, str]  # by split, of its samples
    graders: frozenset[int]  # versions
    accuracy: Mapping[str, Interval]  # by split, and OUTSIDE
    gaps: Mapping[str, Gap]  # by shift
    spent: Sequence[Spent]
    curves: Mapping[Stage, StageReport]
    answers: int  # in its evaluation
    tokens_answered: float | None
    seconds_answering: float


Score = Callable[[Mark], float]


def read_finished(study: Study) -> list[Finished]:
    """The cells of a study that are done.

    Raises:
        ExpectedError: one is damaged, was begun with other settings, or cannot be compared with the others.
    """
    found = [_read(study, cell) for cell in study.cells if study.state(cell) is State.DONE]
    check_alike(found)
    return found


def check_alike(cells: Sequence[Finished]) -> None:
    """Refuse cells that were not asked the same, or not graded alike.

    Raises:
        BoardError: some were not.
    """
    first: dict[tuple[str, int, str], Finished] = {}
    for one in cells:
        for split, digest in one.digests.items():
            known = first.setdefault((one.cell.family, one.cell.seed, split), one)
            if known.digests[split] != digest:
                raise BoardError(
                    f"{known.cell.name} and {one.cell.name} were asked other questions of {split}: "
                    "delete the runs of one of them"
                )
    graders = sorted(frozenset[int]().union(*(one.graders for one in cells)))
    if len(graders) > 1:
        shown = " and ".join(map(str, graders))
        raise BoardError(
            f"the cells were graded by versions {shown}: `rrft regrade` their `eval` folders"
        )


def _read(study: Study, cell: Cell) -> Finished:
    experiment = study.experiment(cell)
    state, records = read_run(experiment.evaluations["final"][1])
    splits: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        splits[record.split].append(record)
    partners = {one.split: one.paired_with for one in state.data}
    accuracy = {split: accuracy_of(items_of(own)) for split, own in splits.items()}
    outside = mean_of_shifts(accuracy, partners)
    stages = {
        stage: found
        for stage in experiment.config.stages
        if (found := read_stage(experiment.stage(stage), stage, experiment.config)) is not None
    }
    tokens = [one.tokens for one in records if one.tokens is not None]
    return Finished(
        cell=cell,
        rows=_rows(study, cell) if stages else 0,
        marks={split: _marks(own) for split, own in splits.items()},
        partners=partners,
        digests={one.split: one.digest for one in state.data},
        graders=frozenset(record.judged.grader for record in records if record.judged),
        accuracy=accuracy | ({OUTSIDE: outside} if outside else {}),
        gaps=find_gaps(splits, partners),
        spent=[_spent(experiment, stage, one) for stage, one in stages.items()],
        curves=stages,
        answers=len(records),
        tokens_answered=math.fsum(tokens) if tokens else None,
        seconds_answering=_seconds(state),
    )


def _rows(study: Study, cell: Cell) -> int:
    plans = study.plans(cell.family, cell.seed)
    whole = next(plan.rows for plan in plans if plan.split == TRAIN)
    return cell.planned.data.rows or whole


def _seconds(state: RunState) -> float:
    return round(math.fsum(session.seconds or 0 for session in state.sessions), 1)


def _marks(records: Sequence[Record]) -> dict[int, Mark]:
    return {
        item.first.row: Mark(
            item.first.task,
            item.first.pictures,
            item.mean(is_correct),
            item.mean(lambda _, judged: judged.paper),
            item.first.blind,
        )
        for item in items_of(records)
    }


def _spent(experiment: Experiment, stage: Stage, report: StageReport) -> Spent:
    config = experiment.config
    questions = report.steps * questions_a_step(config, stage)
    if stage == "grpo":
        questions = math.ceil(questions / config.grpo.iterations)
    answers = report.answers or 0
    return Spent(
        stage=stage,
        steps=report.steps,
        rows_seen=questions,
        tokens_trained=report.tokens,
        answers_sampled=answers,
        tokens_sampled=answers * _mean_length(experiment, stage) if answers else 0.0,
        seconds=report.seconds,
    )


def _mean_length(experiment: Experiment, stage: Stage) -> float:
    """Tokens of an answer, over all steps; a row of the log is the mean of the steps since the one before."""
    before, tokens = 0.0, []
    for row in journal.read(experiment.stage(stage) / journal.JOURNAL):
        tokens.append((row["step"] - before) * row.get("length", math.nan))
        before = row["step"]
    return math.fsum(tokens) / before if before else math.nan


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
