"""add: a finished run, or a whole experiment → an entry of the leaderboard, or why it can be none."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path, PurePath
from typing import Any, Final

from builders.parse import parse_json
from builders.source import json_file
from evaluators import VERSION
from leaderboards.agreement import impossible, misdescribed
from leaderboards.archive import BoardError
from leaderboards.entry import (
    About,
    Answer,
    Entry,
    described,
    digest_of_keys,
    entry_paths,
    heads_of,
    is_same_run,
    key_of,
    path_of,
    read_entry,
    records_of,
    seal,
    told,
    write_entry,
)
from leaderboards.questions import (
    Key,
    Questions,
    file_of,
    read_questions,
    source_of,
    take_questions,
    write_questions,
)
from leaderboards.summary import as_stored, difference, report_on, without
from reasonrft import __version__
from reasonrft.config import RunConfig
from reasonrft.evaluation import slug
from reasonrft.experiment import EXPERIMENT, Experiment, read_experiment
from reasonrft.job import DONE, MODEL
from reasonrft.questions import Identity
from reasonrft.record import Record
from reasonrft.run import RECORDS, REPORT, RUN, RunState, read_records, read_run
from reasonrft.study.cells import CELLS, RUNS

OF_THE_ROW: Final = "id task kind depth question gold".split()


@dataclass(frozen=True, slots=True)
class Added:
    """An entry that is there now."""

    path: Path
    bytes: int
    answers: int
    questions: int  # files of them that are there now too


@dataclass(frozen=True, slots=True)
class Finished:
    """A run as it lies in its folder."""

    folder: Path  # of the evaluation
    report: Path
    state: RunState
    records: Sequence[Record]
    experiment: Experiment | None

    @property
    def name(self) -> str:
        """What its entry is called, unless its user says otherwise."""
        if self.experiment is None:
            return slug(self.state.settings["model"])
        config = self.experiment.config
        name, seed = slug(config.name), f"seed{config.seed}"
        return name if name.endswith(seed) else f"{name}-{seed}"


def add_run(run: Path, entries: Path, name: str | None = None, data: Sequence[Path] = ()) -> Added:
    """Enter a run.

    Args:
        run: The folder of a finished evaluation, or of a finished experiment.
        entries: The folder of entries.
        name: Of the entry; None: by its experiment or model.
        data: Folders where its datasets may lie, if not where they were.

    Raises:
        ExpectedError: it is not finished, was altered, or is there already.
    """
    finished = read_finished(run)
    name = finished.name if name is None else name
    path = path_of(entries, name)
    if path.exists():
        raise BoardError(f"{path} is there already; choose another --name")
    kept = {key_of(one): _questions(one, entries, data) for one in finished.state.data}
    _check_records(finished, kept)
    entry = _entry(finished, name, kept)
    _check_report(finished, entry)
    _check_new(entry, entries)
    new = [one for key, one in kept.items() if not file_of(entries, key).exists()]
    for questions in new:
        write_questions(entries, questions)
    write_entry(entries, entry)
    return Added(path, path.stat().st_size, len(entry.answers), len(new))


def read_finished(run: Path) -> Finished:
    """A run with all that it was asked for.

    Raises:
        ExpectedError: there is none, or something is missing.
    """
    if (run / CELLS).is_dir() and (run / RUNS).is_dir():
        raise BoardError(f"{run} is a study; enter its experiments, each a folder in {run / RUNS}")
    if not (run / EXPERIMENT).exists():
        return Finished(run, run / REPORT, *_all_answers(run), None)
    experiment = read_experiment(run)
    for stage in experiment.config.stages:
        if not (experiment.stage(stage) / DONE).exists():
            raise BoardError(f"{run} is not finished: stage {stage} is not done")
    folder = experiment.evaluation
    if not (folder / DONE).exists():
        raise BoardError(f"{run} is not finished: its last evaluation is not done")
    return Finished(folder, run / REPORT, *_all_answers(folder), experiment)


def _all_answers(folder: Path) -> tuple[RunState, list[Record]]:
    state, records = read_run(folder)
    if not state.data:
        raise BoardError(f"{folder} was asked nothing")
    lines = Counter(record.place for record in read_records(folder / RECORDS))
    if twice := [place for place, count in lines.items() if count > 1]:
        raise BoardError(
            f"{folder / RECORDS} holds {told(twice[0])} twice; `rrft regrade {folder}` keeps the newest"
        )
    answered = sum(record.output is not None for record in records)
    if answered < state.wanted:
        raise BoardError(
            f"{folder} is not finished: it has {answered:,} of {state.wanted:,} answers; the command that "
            "began it asks the rest"
        )
    return state, records


def _questions(one: Identity, entries: Path, data: Sequence[Path]) -> Questions:
    """The questions of a split: from the entries, or from the dataset where it is at hand."""
    if file_of(entries, key_of(one)).exists():
        return read_questions(entries, key_of(one))
    for folder in (*data, Path(one.folder)):
        source = source_of(folder, key_of(one))
        if source is not None:
            found = take_questions(source)
            if found.true_digest() != one.digest:
                raise BoardError(f"{folder} was altered: its digests are not those of its manifest")
            return found
    raise BoardError(
        f"the dataset of {'/'.join(one.key)} is not at hand: it was {one.folder}, with the digest "
        f"{one.digest[:16]}…; name a folder that has it with --data"
    )


def _check_records(run: Finished, kept: Mapping[Key, Questions]) -> None:
    """Refuse records that are not of these questions, or not judged as the grader judges."""
    splits = {one.key: kept[key_of(one)] for one in run.state.data}
    for one in run.state.data:
        if said := splits[one.key].differs_from(one):
            raise BoardError(f"{run.folder / RUN} was altered: {'/'.join(one.key)} has {said}")
    for record in run.records:
        asked = splits[record.family, record.split]
        row = asked.rows[record.row]
        for name in OF_THE_ROW:
            if getattr(record, name) != getattr(row, name):
                raise BoardError(f"{_of(run, record)} was altered: its {name} is not the dataset's")
        if record.blind != asked.blinds[row.task, row.kind]:
            raise BoardError(f"{_of(run, record)} was altered: its blind baseline is another")
        if record.judged != record.regraded().judged:
            _refuse_verdict(run, record)


def _refuse_verdict(run: Finished, record: Record) -> None:
    judged = record.judged
    if judged is not None and judged.grader != VERSION:
        raise BoardError(
            f"{run.folder} was graded by version {judged.grader}, not {VERSION}: `rrft regrade` it first"
        )
    said = record.regraded().judged
    assert judged and said, "there is an answer"
    raise BoardError(
        f"{_of(run, record)} was altered: its verdict is {judged.status} ({judged.score:g}), the grader "
        f"says {said.status} ({said.score:g})"
    )


def _of(run: Finished, record: Record) -> str:
    return f"{run.folder / RECORDS}: {told(record.place)}"


def _entry(run: Finished, name: str, kept: Mapping[Key, Questions]) -> Entry:
    """The entry, whose records have the keys that they had in the run until its model is called otherwise."""
    state = replace(run.state, data=tuple(replace(one, folder="") for one in run.state.data))
    splits = {one.key: kept[key_of(one)] for one in state.data}
    answers = tuple(_answer(one, splits[one.family, one.split]) for one in run.records)
    entry = Entry(
        _about(run, name, kept), state, answers, {"overlap": _report(run).get("overlap", [])}
    )
    for record, before in zip(records_of(entry, kept), run.records, strict=True):
        if record.key != before.key:
            raise BoardError(
                f"{_of(run, before)} is no answer of this run: model, sampling or prompt were others"
            )
    entry = replace(entry, state=replace(state, settings=_shown_settings(state.settings)))
    if said := next(chain(impossible(entry), misdescribed(entry, kept)), None):
        raise BoardError(f"{run.folder} cannot be entered: {said}")
    records = records_of(entry, kept)
    entry = replace(entry, report=as_stored(report_on(entry, records)))
    return seal(replace(entry, about=replace(entry.about, keys=digest_of_keys(records))))


def _answer(record: Record, asked: Questions) -> Answer:
    assert record.output is not None, "a finished run has every answer"
    assert record.judged is not None, "an answer has a verdict"
    same = record.pictures == asked.rows[record.row].pictures
    return Answer(
        family=record.family,
        split=record.split,
        row=record.row,
        draw=record.draw,
        output=record.output,
        finish=record.finish,
        prompt_tokens=record.prompt_tokens,
        tokens=record.tokens,
        cost=record.cost,
        pictures=None if same else record.pictures,
        judged=record.judged,
    )


def _about(run: Finished, name: str, kept: Mapping[Key, Questions]) -> About:
    common: dict[str, Any] = {
        "name": name,
        "rrft": __version__,
        "grader": VERSION,
        "questions": heads_of(run.state, kept),
        "keys": "",
        "sha256": {},
    }
    if run.experiment is None:
        model = _shown_model(run.state.settings["model"])
        return About(**common, model=model, recipe=None, seed=None, experiment=None, stages={})
    config = _shown_config(run.experiment)
    stages: dict[str, Any] = {
        stage: json_file(run.experiment.stage(stage) / DONE) for stage in config.stages
    }
    experiment = config.model_dump(mode="json")
    return About(**common, **described(config), experiment=experiment, stages=stages)


def _shown_config(experiment: Experiment) -> RunConfig:
    """Its settings; of folders on a machine that nobody else knows, the last names."""
    config = experiment.config
    data = config.data.model_copy(
        update={"path": tuple(Path(path.name) for path in config.data.path)}
    )
    model = config.model.model_copy(update={"path": _shown_model(config.model.path)})
    return config.model_copy(update={"data": data, "model": model})


def _shown_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a run as others may see them."""
    return {**settings, "model": _shown_model(settings["model"])}


def _shown_model(model: str) -> str:
    """What a model is called; of a path on a machine that nobody else knows, the end that tells it from others."""
    path = PurePath(model)
    if not path.is_absolute():
        return model
    parts = path.relative_to(path.anchor).parts
    return "/".join(parts[-3:] if path.name == MODEL else parts[-1:])


def _report(run: Finished) -> dict[str, Any]:
    try:
        read = parse_json(run.report.read_bytes())
    except FileNotFoundError:
        raise BoardError(f"{run.report} is not there: `rrft report` makes it") from None
    except ValueError as problem:
        raise BoardError(f"{run.report} is damaged ({problem}): `rrft report` makes it anew") from None  # fmt: skip
    return read if isinstance(read, dict) else {}


def _check_report(run: Finished, entry: Entry) -> None:
    """Refuse a report that says other than its records."""
    there, made = (
        without(one, "title", "overlap", "training") for one in (_report(run), entry.report)
    )
    if there.get("settings") == run.state.settings:  # the entry calls the model otherwise
        there["settings"] = _shown_settings(run.state.settings)
    remarks = there.get("remarks")
    if run.experiment is not None and isinstance(remarks, list):  # those on training stand first
        there["remarks"] = remarks[max(0, len(remarks) - len(made["remarks"])) :]
    if said := difference(there, made):
        raise BoardError(
            f"{run.report} is not what the records come to ({said}): `rrft report` makes it anew"
        )


def _check_new(entry: Entry, entries: Path) -> None:
    """Refuse a run that is there already, whatever it is called."""
    for path in entry_paths(entries):
        other = read_entry(path)
        if is_same_run(other, entry):
            raise BoardError(f"this run is there already: {path}")
