"""experiment: an experiment's folder → `report.json`, `report.md` and `report.html` in it."""

from pathlib import Path

from reasonrft.experiment import EXPERIMENT, read_experiment
from reasonrft.report.markdown import to_markdown
from reasonrft.report.overlap import overlap_of
from reasonrft.report.page import to_html
from reasonrft.report.summary import make_report
from reasonrft.report.training import with_training
from reasonrft.report.training_text import end_lines, page_data, top_lines
from reasonrft.report.write import Written, write_forms, write_report
from reasonrft.run import RUN, RunState, read_run


def write_experiment_report(run: Path) -> Written:
    """Make the report on an experiment anew, in its folder: its last evaluation, and its training so far.

    Raises:
        ExpectedError: nothing of it is there yet, or a part of it is damaged.
    """
    experiment = read_experiment(run)
    folder = experiment.evaluation
    is_evaluated = (folder / RUN).is_file()
    state, records = read_run(folder) if is_evaluated else (RunState(settings={}, data=()), [])
    evaluated = make_report(state, records, experiment.config.name, overlap_of(state))
    report = with_training(evaluated, experiment, (state, records) if is_evaluated else None)
    text = to_markdown(report, top_lines(report.training), end_lines(report.training))
    return write_forms(
        run, report, text, to_html(report, state, records, page_data(report.training))
    )


def write_any_report(folder: Path) -> Written:
    """Make the report anew on what a folder holds, an experiment or a run.

    Raises:
        ExpectedError: it holds neither, or is damaged.
    """
    is_experiment = (folder / EXPERIMENT).is_file()
    return write_experiment_report(folder) if is_experiment else write_report(folder)
