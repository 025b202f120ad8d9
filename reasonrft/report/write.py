"""write: the folder of a run, or of an experiment → `report.json`, `report.md` and `report.html` in it."""

from dataclasses import dataclass
from pathlib import Path

from builders.files import write_whole
from builders.progress import printable
from reasonrft.report.experiment import (
    EVALUATIONS,
    EXPERIMENT,
    FINAL,
    with_training,
)
from reasonrft.report.experiment_text import end_lines, page_data, top_lines
from reasonrft.report.markdown import to_markdown
from reasonrft.report.overlap import overlap_of
from reasonrft.report.page import to_html
from reasonrft.report.summary import Report, make_report, to_text
from reasonrft.run import Regraded, alone, read_run, regrade


@dataclass(frozen=True, slots=True)
class Written:
    """A report and where it lies."""

    report: Report
    page: Path


def write_report(folder: Path) -> Written:
    """Make the report on a run anew, in its folder.

    Raises:
        RunError: there is no run, or it is damaged.
    """
    state, records = read_run(folder)
    report = make_report(state, records, printable(state.settings["model"]), overlap_of(state))
    return _write(folder, report, to_markdown(report), to_html(report, state, records))


def write_experiment_report(run: Path) -> Written:
    """Make the report on an experiment anew, in its folder: its last evaluation, and its training.

    Raises:
        RunError: it has no evaluation of the final model yet, or a part of it is damaged.
    """
    state, records = read_run(run / EVALUATIONS[FINAL])
    evaluated = make_report(state, records, printable(state.settings["model"]), overlap_of(state))
    report = with_training(evaluated, run, (state, records))
    experiment = report.experiment
    text = to_markdown(report, top_lines(experiment), end_lines(experiment))
    return _write(run, report, text, to_html(report, state, records, page_data(experiment)))


def write_any_report(folder: Path) -> Written:
    """Make the report anew on whatever the folder holds, a run or an experiment.

    Raises:
        RunError: it holds neither, or is damaged.
    """
    is_experiment = (folder / EXPERIMENT).is_file()
    return write_experiment_report(folder) if is_experiment else write_report(folder)


def _write(folder: Path, report: Report, text: str, html: str) -> Written:
    page = folder / "report.html"
    for path, content in (
        (folder / "report.json", to_text(report)),
        (folder / "report.md", text),
        (page, html),
    ):
        write_whole(path, content.encode(errors="backslashreplace"))
    return Written(report, page)


def regrade_and_report(folder: Path) -> Regraded:
    """Grade the stored answers of a run anew, and make its report anew.

    Raises:
        RunError: there is no run, it is damaged, or it is being worked at.
    """
    read_run(folder)
    with alone(folder):
        regraded = regrade(folder)
    write_report(folder)
    return regraded
