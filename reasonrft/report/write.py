"""write: a run's folder → `report.json`, `report.md` and `report.html` in it."""

from dataclasses import dataclass
from pathlib import Path

from builders.files import write_whole
from builders.progress import writable
from reasonrft.report.markdown import to_markdown
from reasonrft.report.overlap import overlap_of
from reasonrft.report.page import to_html
from reasonrft.report.summary import Report, make_report, to_text
from reasonrft.run import MARKDOWN, PAGE, REPORT, Regraded, alone, read_run, regrade


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
    report = make_report(state, records, writable(state.settings["model"]), overlap_of(state))
    return write_forms(folder, report, to_markdown(report), to_html(report, state, records))


def write_forms(folder: Path, report: Report, text: str, html: str) -> Written:
    """Write the three forms of a report."""
    page = folder / PAGE
    for path, content in (
        (folder / REPORT, to_text(report)),
        (folder / MARKDOWN, text),
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
