"""finished: what a finished cell of a study leaves to compare: a mark for each question, gaps, and what it spent."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from builders.plan import TRAIN
from evaluators.statistics import Interval
from leaderboards.archive import BoardError
from reasonrft import journal
from reasonrft.config import Stage
from reasonrft.estimate import questions_a_step
from reasonrft.experiment import Experiment
from reasonrft.record import Record
from reasonrft.report.figures import accuracy_of, is_correct, items_of
from reasonrft.report.gaps import Gap, find_gaps
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
    before: Mapping[str, Mapping[int, Mark]]  # the last of several stages, if it was asked then
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
            f"the cells were graded by versions {shown}: `rrft regrade` the folders of their evaluations"
        )


def _read(study: Study, cell: Cell) -> Finished:
    experiment = study.experiment(cell)
    state, records = read_run(experiment.evaluation)
    splits = _by_split(records)
    before = _records_before(experiment, state)
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
        before={split: _marks(own) for split, own in _by_split(before).items()},
        partners=partners,
        digests={one.split: one.digest for one in state.data},
        graders=frozenset(one.judged.grader for one in (*records, *before) if one.judged),
        accuracy=accuracy | ({OUTSIDE: outside} if outside else {}),
        gaps=find_gaps(splits, partners),
        spent=[_spent(experiment, stage, one) for stage, one in stages.items()],
        curves=stages,
        answers=len(records),
        tokens_answered=math.fsum(tokens) if tokens else None,
        seconds_answering=state.seconds,
    )


def _rows(study: Study, cell: Cell) -> int:
    plans = study.plans(cell.family, cell.seed)
    whole = next(plan.rows for plan in plans if plan.split == TRAIN)
    return cell.planned.data.rows or whole


def _by_split(records: Sequence[Record]) -> dict[str, list[Record]]:
    splits: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        splits[record.split].append(record)
    return splits


def _records_before(experiment: Experiment, final: RunState) -> list[Record]:
    """Of the model that the last stage began from, where a stage made it; none where it was not asked.

    Raises:
        BoardError: it was asked other questions than at the end.
    """
    for stage in experiment.config.stages[-2:-1]:
        if stage in experiment.evaluations:
            folder = experiment.evaluations[stage][1]
            state, records = read_run(folder)
            if {one.key: one.digest for one in state.data} != {
                one.key: one.digest for one in final.data
            }:
                raise BoardError(f"{folder} was asked other questions than the end: delete the run")
            return records
    return []


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
