"""training: an experiment → its report as data: its last evaluation, and how training came there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from builders.parse import parse_json
from builders.progress import number_of, writable
from evaluators.statistics import Interval, holm
from reasonrft.compare import CORRECTION, Row, compare_runs
from reasonrft.config import Stage
from reasonrft.experiment import BASE, EXPERIMENT, FINAL, Experiment, ExperimentError
from reasonrft.record import Record
from reasonrft.report.figures import accuracy_of, items_of
from reasonrft.report.stages import StageReport, read_stage
from reasonrft.report.summary import Report
from reasonrft.run import RUN, RunError, RunState, read_run

Runs = Mapping[str, tuple[RunState, Sequence[Record]]]  # by the name of the evaluation


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An evaluation of the model on its way."""

    folder: str
    splits: Mapping[str, Interval]  # FAMILY/SPLIT → accuracy


@dataclass(frozen=True, slots=True)
class Change:
    """What changed on a split from one evaluation to another, on the questions that both answered."""

    before: str  # names of evaluations
    after: str
    split: str  # FAMILY/SPLIT, or `all`
    n: int
    left_out: int  # questions that only one of them has an answer to
    accuracy_before: float
    accuracy_after: float
    difference: Interval  # after minus before
    only_before: int  # questions on which it did better
    only_after: int
    p_value: float
    p_corrected: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a part of an experiment took."""

    part: str
    seconds: float | None
    steps: int | None
    tokens: float | None
    answers: int | None


@dataclass(frozen=True, slots=True)
class Training:
    """How a model came to where it is."""

    name: str
    recipe: str
    evaluations: Mapping[str, Evaluated]  # in the order of training
    changes: Sequence[Change]
    correction: str  # of the p-values
    stages: Mapping[Stage, StageReport]
    costs: Sequence[Cost]
    config: Mapping[str, Any]
    circumstances: Mapping[str, Any]  # whatever else experiment.json says


@dataclass(frozen=True, slots=True)
class ExperimentReport(Report):
    """What an experiment comes to: all that the report on its last evaluation has, and training."""

    training: Training = field(kw_only=True)


def with_training(
    report: Report, experiment: Experiment, evaluation: tuple[RunState, Sequence[Record]] | None
) -> ExperimentReport:
    """The report on an experiment's last evaluation, with the training before it.

    Args:
        report: On the last evaluation; on no answers where there is none yet.
        experiment: The experiment.
        evaluation: The last one, if it is there.

    Raises:
        ExpectedError: a part of it is damaged, or nothing of it is there yet.
    """
    config = experiment.config
    folders = {name: folder for name, (_, folder) in experiment.evaluations.items()}
    runs: dict[str, tuple[RunState, Sequence[Record]]] = {
        name: read_run(folder)
        for name, folder in folders.items()
        if name != FINAL and (folder / RUN).is_file()
    }
    if evaluation is not None:
        runs[FINAL] = evaluation
    changes, remarks = _changes({name: folders[name] for name in runs})
    stages = {
        stage: found
        for stage in config.stages
        if (found := read_stage(experiment.stage(stage), stage, config)) is not None
    }
    if not runs and not stages:
        raise ExperimentError(
            f"{experiment.folder}: neither training nor an evaluation has begun, so there is nothing to report"
        )
    training = Training(
        name=config.name,
        recipe=config.recipe.value,
        evaluations={
            name: Evaluated(folders[name].name, _accuracies(run[1])) for name, run in runs.items()
        },
        changes=changes,
        correction=CORRECTION,
        stages=stages,
        costs=_costs(runs, stages),
        config=config.model_dump(mode="json"),
        circumstances=_circumstances(experiment.folder / EXPERIMENT),
    )
    known = {one.name: getattr(report, one.name) for one in fields(Report)}
    missing = [] if evaluation is not None else _missing(experiment, runs, stages)
    told = [*missing, *remarks, *_remarks(stages), *report.remarks]
    known |= {"title": config.name, "remarks": told}
    return ExperimentReport(**known, training=training)


def _circumstances(path: Path) -> dict[str, Any]:
    """What experiment.json says besides the settings."""
    told: dict[str, Any] = parse_json(path.read_bytes())
    return {name: value for name, value in told.items() if name not in {"config", "format"}}


def _changes(folders: Mapping[str, Path]) -> tuple[list[Change], list[str]]:
    """From the first evaluation to each, and from each to the next; or why they cannot be compared."""
    names = list(folders)
    pairs = dict.fromkeys([*((names[0], name) for name in reversed(names[1:])), *pairwise(names)])
    changes, remarks = [], []
    for before, after in pairs:
        try:
            rows = compare_runs([folders[before], folders[after]]).rows
        except RunError as problem:
            remarks.append(f"{before} and {after} cannot be compared: {writable(str(problem))}.")
        else:
            changes += [_change(before, after, row) for row in rows]
    corrected = holm([one.p_value for one in changes])
    return [replace(one, p_corrected=p) for one, p in zip(changes, corrected, strict=True)], remarks


def _change(before: str, after: str, row: Row) -> Change:
    return Change(
        before=before,
        after=after,
        split=row.split,
        n=row.n,
        left_out=row.left_out,
        accuracy_before=row.first,
        accuracy_after=row.this,
        difference=row.difference,
        only_before=row.only_first,
        only_after=row.only_this,
        p_value=row.p_value,
        p_corrected=row.p_corrected,
    )


def _accuracies(records: Sequence[Record]) -> dict[str, Interval]:
    places = dict.fromkeys(record.place[:2] for record in records)
    return {
        "/".join(place): accuracy_of(items_of([one for one in records if one.place[:2] == place]))
        for place in places
    }


def _costs(runs: Runs, stages: Mapping[Stage, StageReport]) -> list[Cost]:
    """In the order in which they were paid."""
    costs = [_asking(name, *run) for name, run in runs.items() if name == BASE]
    for stage, one in stages.items():
        costs.append(Cost(f"training, {stage}", one.seconds, one.steps, one.tokens, one.answers))
        costs += [_asking(name, *run) for name, run in runs.items() if name == stage]
    return costs + [_asking(name, *run) for name, run in runs.items() if name == FINAL]


def _asking(name: str, state: RunState, records: Sequence[Record]) -> Cost:
    tokens = [one.tokens for one in records if one.tokens is not None]
    return Cost(
        part=f"evaluation, {name}",
        seconds=state.seconds,
        steps=None,
        tokens=sum(tokens) if tokens else None,
        answers=sum(one.output is not None for one in records),
    )


def _missing(experiment: Experiment, runs: Runs, stages: Mapping[Stage, StageReport]) -> list[str]:
    """What an experiment that is not finished does not have yet, in one sentence."""
    trainings = [f"stage {one}" for one in experiment.config.stages if one not in stages]
    exams = [f"the evaluation of {one}" for one in experiment.evaluations if one not in runs]
    return [
        f"Not finished: without {', '.join([*trainings, *exams])}; what is there so far is shown."
    ]


def _remarks(stages: Mapping[Stage, StageReport]) -> list[str]:
    """What must be known of training before a number is quoted."""
    said = [
        f"Stage {stage} is not finished: {number_of(one.steps, 'step')} so far."
        for stage, one in stages.items()
        if not one.finished
    ]
    for stage, one in stages.items():
        if one.alarms:
            names = ", ".join(f"{alarm.name} (step {alarm.step:,})" for alarm in one.alarms)
            said.append(f"Alarms while training, stage {stage}: {names}.")
    return said
