"""summary: a run's answers → the report as data: `report.json`, from which the other forms are made."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from evaluators import Integer, Status
from evaluators.statistics import Interval, average
from reasonrft.record import Record
from reasonrft.report.figures import Figures, figures_of, is_correct
from reasonrft.report.gaps import IN_DOMAIN, OUT_OF_DOMAIN, Gap, find_gaps
from reasonrft.report.remarks import other_graders, remarks_on, unasked
from reasonrft.run import RunState

FORMAT: Final = 1  # of report.json
MOST_COUNTS: Final = 40  # of a confusion's rows
AVERAGING: Final = (
    "Accuracy is the mean over questions, strict reading. A family's average out of domain is the plain "
    "mean of its shifts, each counting the same whatever its number of questions; the average over "
    "families is the plain mean of theirs; there is none where a part of it has no answer. Answers that "
    "could not be had are left out of every denominator and counted as failed."
)


@dataclass(frozen=True, slots=True)
class SplitReport:
    """What the answers to a split come to."""

    shift: str  # how it differs from training; empty in domain
    paired_with: str | None
    digest: str  # of its samples
    figures: Figures
    tasks: Mapping[str, Figures]
    kinds: Mapping[str, Figures]  # of question
    depths: Mapping[str, Figures]  # steps of reasoning
    confusion: Mapping[str, Mapping[str, int]]  # of counts: gold → answered → how often


@dataclass(frozen=True, slots=True)
class FamilyReport:
    """What the answers to a family come to."""

    splits: Mapping[str, SplitReport]
    gaps: Mapping[str, Gap]
    in_domain: Interval | None
    out_of_domain: Interval | None  # the plain mean of its shifts


@dataclass(frozen=True, slots=True)
class Report:
    """What a run comes to."""

    title: str
    settings: Mapping[str, Any]
    draws: int
    grader: int | None  # the oldest that judged an answer
    families: Mapping[str, FamilyReport]
    in_domain: Interval | None  # the plain mean of the families
    out_of_domain: Interval | None
    answers: int
    failed: int
    cost: float | None
    seconds: float
    sessions: Sequence[Mapping[str, Any]]
    averaging: str = AVERAGING
    overlap: Sequence[str] = ()  # of the questions with the training split
    remarks: Sequence[str] = ()
    format: int = FORMAT

    def to_json(self) -> dict[str, Any]:
        """The file `report.json`; a number that does not exist is null."""
        cleaned: dict[str, Any] = finite(asdict(self))
        return cleaned


def make_report(
    state: RunState, records: Sequence[Record], title: str, overlap: Sequence[str] = ()
) -> Report:
    """The report on a run."""
    families = {
        family: _family(state, [record for record in records if record.family == family])
        for family in dict.fromkeys(one.family for one in state.data)
    }
    graders = {record.judged.grader for record in records if record.judged}
    costs = [record.cost for record in records if record.cost is not None]
    return Report(
        title=title,
        settings=state.settings,
        draws=state.draws,
        grader=min(graders) if graders else None,
        families=families,
        in_domain=_mean([one.in_domain for one in families.values()]),
        out_of_domain=_mean([one.out_of_domain for one in families.values()]),
        answers=sum(record.output is not None for record in records),
        failed=sum(record.output is None for record in records),
        cost=math.fsum(costs) if costs else None,
        seconds=state.seconds,
        sessions=[asdict(session) for session in state.sessions],
        overlap=overlap,
        remarks=[
            *unasked(len(records), state.wanted),
            *other_graders(graders),
            *remarks_on(
                {
                    family: {s: one.figures for s, one in report.splits.items()}
                    for family, report in families.items()
                }
            ),
        ],
    )


def _family(state: RunState, records: Sequence[Record]) -> FamilyReport:
    by_split: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_split[record.split].append(record)
    data = {one.split: one for one in state.data if records and one.family == records[0].family}
    splits = {
        split: SplitReport(
            shift=data[split].shift,
            paired_with=data[split].paired_with,
            digest=data[split].digest,
            figures=figures_of(own),
            tasks=_broken_down(own, lambda record: record.task),
            kinds=_broken_down(own, lambda record: record.kind),
            depths=_broken_down(own, lambda record: record.depth),
            confusion=confusion_of(own),
        )
        for split, own in by_split.items()
    }
    accuracies = {name: one.figures.accuracy for name, one in splits.items()}
    partners = {name: one.paired_with for name, one in splits.items()}
    return FamilyReport(
        splits=splits,
        gaps=find_gaps(by_split, partners),
        in_domain=accuracies.get(IN_DOMAIN),
        out_of_domain=mean_of_shifts(accuracies, partners),
    )


def mean_of_shifts(
    splits: Mapping[str, Interval], partners: Mapping[str, str | None]
) -> Interval | None:
    """The plain mean of the shifts of a family, those that show the same problems missed together; None: no shift.

    Args:
        splits: What each comes to.
        partners: By split, the one whose problems it shows anew.
    """
    shifts = [name for name in splits if name.startswith(OUT_OF_DOMAIN)]
    ties = [partners.get(name) or name for name in shifts]
    return average([splits[name] for name in shifts], ties) if shifts else None


def _broken_down(records: Sequence[Record], by: Callable[[Record], Hashable]) -> dict[str, Figures]:
    parts: dict[Any, list[Record]] = defaultdict(list)
    for record in records:
        parts[by(record)].append(record)
    return {str(name): figures_of(parts[name]) for name in sorted(parts)}


def confusion_of(records: Sequence[Record]) -> dict[str, dict[str, int]]:
    """How often each count was answered by which; empty where the golds are no counts."""
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for record in records:
        if record.judged is not None and isinstance(record.answer, Integer):
            found[record.answer.value][_answered(record)] += 1
    if len(found) > MOST_COUNTS:
        return {}
    return {str(gold): dict(found[gold]) for gold in sorted(found)}


def _answered(record: Record) -> str:
    """The count that was answered, or what else was."""
    assert record.judged is not None
    if is_correct(record, record.judged):
        return record.answer.text()
    if record.judged.status is Status.UNREAD:
        return "unread"
    text = (record.judged.answer or "").strip()
    return str(int(text)) if text.isascii() and text.isdigit() and len(text) < 4 else "other"


def _mean(intervals: Sequence[Interval | None]) -> Interval | None:
    """Their plain mean; without a part of them it would be another number, and is none (n = 0)."""
    known = [one for one in intervals if one is not None]
    return average(known) if known else None


def finite(value: Any) -> Any:
    """The same with null for numbers that JSON does not have."""
    if isinstance(value, dict):
        return {key: finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def to_text(report: Report) -> str:
    """The text of `report.json`."""
    return json.dumps(report.to_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
