"""report: a study's folder → all that its finished cells come to, as data: `study.json`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from evaluators import VERSION
from leaderboards.study.added import Added, added
from leaderboards.study.answers import Comparison, Reached, comparisons, reached
from leaderboards.study.beside_paper import Beside, beside_paper
from leaderboards.study.dynamics import Dynamics, dynamics
from leaderboards.study.figures import Accuracy, Cost, Loss, accuracies, costs, losses, missing
from leaderboards.study.finished import read_finished
from reasonrft import __version__
from reasonrft.report.summary import finite
from reasonrft.study.cells import Study

FORMAT: Final = 1  # of study.json


@dataclass(frozen=True, slots=True)
class StudyReport:
    """What a study comes to."""

    name: str
    families: Sequence[str]
    recipes: Sequence[str]
    seeds: Sequence[int]
    shares: Sequence[float]  # of train, besides the whole
    cells: int  # that the study has
    missing: Sequence[str]  # cells that are not done
    questions: Mapping[str, Mapping[str, int]]  # of an evaluation, by family and split
    comparisons: Sequence[Comparison]
    reached: Sequence[Reached]
    accuracies: Sequence[Accuracy]
    losses: Sequence[Loss]
    added: Sequence[Added]
    dynamics: Sequence[Dynamics]
    costs: Sequence[Cost]
    paper: Sequence[Beside]
    settings: Mapping[str, Any]  # the study's file
    rrft: str = __version__
    grader: int = VERSION
    format: int = FORMAT

    def to_json(self) -> dict[str, Any]:
        """The file `study.json`; a number that does not exist is null."""
        cleaned: dict[str, Any] = finite(asdict(self))
        return cleaned


def make_study_report(study: Study) -> StudyReport:
    """What the cells that are done come to.

    Raises:
        ExpectedError: one is damaged, or was begun with other settings.
    """
    config, done = study.config, read_finished(study)
    questions: dict[str, dict[str, int]] = {}
    for one in done:
        asked = questions.setdefault(one.cell.family, {})
        for split, marks in one.marks.items():
            asked[split] = max(len(marks), asked.get(split, 0))
    return StudyReport(
        name=config.name,
        families=list(config.families),
        recipes=[str(recipe) for recipe in config.recipes],
        seeds=list(config.seeds),
        shares=sorted(config.efficiency.shares) if config.efficiency else [],
        cells=len(study.cells),
        missing=missing(study.cells, done),
        questions=questions,
        comparisons=comparisons(done),
        reached=reached(done),
        accuracies=accuracies(done),
        losses=losses(done),
        added=added(done),
        dynamics=dynamics(done),
        costs=costs(done),
        paper=beside_paper(done),
        settings=config.model_dump(mode="json"),
    )


def to_text(report: StudyReport) -> str:
    """The text of `study.json`."""
    return json.dumps(report.to_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
