"""write: a study's folder → `study.json`, `study.md` with its plots, and `study.html`, which needs nothing else."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from builders.files import write_whole
from builders.page import render_page
from leaderboards.study.document import PLOTS, Bullets, Prose, Section, pictures_of, to_markdown
from leaderboards.study.report import StudyReport, make_study_report, to_text
from leaderboards.study.text import facts_line, remarks_of, sections_of
from reasonrft.study.cells import Study

GENERATOR: Final = "rrft study"
JSON, MARKDOWN, PAGE = "study.json", "study.md", "study.html"


@dataclass(frozen=True, slots=True)
class Written:
    """A study's report and where its page lies."""

    report: StudyReport
    page: Path


def write_study(study: Study) -> Written:
    """Make the report on what is done of a study anew, in its folder.

    Raises:
        ExpectedError: a cell is damaged, or was begun with other settings.
    """
    report = make_study_report(study)
    sections = sections_of(report)
    files = {f"{PLOTS}/{name}": svg for name, svg in pictures_of(sections).items()}
    files |= {
        JSON: to_text(report),
        MARKDOWN: markdown_of(report, sections),
        PAGE: page_of(report, sections),
    }
    for name, content in files.items():
        write_whole(study.folder / name, content.encode(errors="backslashreplace"))
    return Written(report, study.folder / PAGE)


def markdown_of(report: StudyReport, sections: list[Section]) -> str:
    """The file `study.md`."""
    remarks = remarks_of(report)
    warning = [Section("Before you quote these numbers", [Bullets(remarks)])] if remarks else []
    facts = Section("What was done", [Prose(facts_line(report))])
    return to_markdown(report.name, [facts, *warning, *sections])


def page_of(report: StudyReport, sections: list[Section]) -> str:
    """The file `study.html`."""
    addresses = {
        name.removesuffix(".svg"): f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
        for name, svg in pictures_of(sections).items()
    }  # fmt: skip
    texts = {
        "title": report.name,
        "generator": GENERATOR,
        "facts": facts_line(report),
        "remarks": remarks_of(report),
        "sections": sections,
        "addresses": addresses,
    }
    return render_page("leaderboards", "study", texts, {}, styles=[("reasonrft", "report")])
