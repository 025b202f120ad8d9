"""compare: is one run better than another, item by item, and surely so?

Every run is compared with the first on each split and on all of them together, by the answers that both
have: of one drawn once and one drawn eight times the first draws, or chance would favour one of them. The
p-values are McNemar's, where questions have several answers each the sign test of which run did better;
all of them are corrected together for having been made (Holm).
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from evaluators.statistics import Interval, holm, mcnemar, mean, paired_bootstrap
from reasonrft.record import Record
from reasonrft.report.figures import RESAMPLES, Item, is_correct, items_of
from reasonrft.run import Place, RunError, RunState, read_run

CORRECTION: Final = "p corrected by Holm for all rows"
ALL: Final = "all"
Partners = Mapping[tuple[str, str], str | None]  # by family and split: whose problems it shows anew


@dataclass(frozen=True, slots=True)
class Row:
    """A run beside the first on a split."""

    run: str
    split: str
    n: int  # questions that both have an answer to
    left_out: int  # questions that one of them has an answer to, and not both
    first: float  # accuracy of the first run on these questions
    this: float
    difference: Interval  # this minus first
    only_first: int  # questions on which only the first did better
    only_this: int
    p_value: float
    p_corrected: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs beside the first of them."""

    first: str
    rows: tuple[Row, ...]
    correction: str = CORRECTION

    def to_json(self) -> dict[str, Any]:
        """The same for a program."""
        return asdict(self)


def compare_runs(folders: Sequence[Path]) -> Comparison:
    """The comparison of runs with the first of them.

    Raises:
        RunError: there are fewer than two different ones, or they are of other questions or graders.
    """
    folders = _different(folders)
    if len(folders) < 2:
        raise RunError("name two different runs or more; the others are compared with the first")
    (first, first_records), *others = [read_run(folder) for folder in folders]
    rows = []
    for folder, (state, records) in zip(folders[1:], others, strict=True):
        _check(folders[0], first, first_records, (folder, state, records))
        partners = {one.key: one.paired_with for one in state.data}
        own = _rows(str(folder), _by_place(first_records), _by_place(records), partners)
        if not own:
            raise RunError(f"{folders[0]} and {folder} have no answers to the same questions")
        rows += own
    corrected = holm([row.p_value for row in rows])
    return Comparison(
        str(folders[0]),
        tuple(replace(row, p_corrected=p) for row, p in zip(rows, corrected, strict=True)),
    )


def _different(folders: Sequence[Path]) -> list[Path]:
    """The folders without those that are named again, however they are written."""
    found: dict[Path, Path] = {}
    for folder in folders:
        found.setdefault(folder.resolve(), folder)
    return list(found.values())


def _check(
    folder: Path,
    first: RunState,
    first_records: Sequence[Record],
    other: tuple[Path, RunState, Sequence[Record]],
) -> None:
    """Refuse runs that were not asked the same, or not graded alike."""
    other_folder, state, records = other
    there = {one.key: one for one in first.data}
    shared = [one for one in state.data if one.key in there]
    if not shared:
        raise RunError(f"{folder} and {other_folder} have no split in common")
    for one in shared:
        if not there[one.key].is_same(one):
            raise RunError(f"{folder} and {other_folder} have other samples in {'/'.join(one.key)}")
    graders = {record.judged.grader for record in (*first_records, *records) if record.judged}
    if len(graders) > 1:
        shown = " and ".join(map(str, sorted(graders)))
        raise RunError(
            f"{folder} and {other_folder} were graded by versions {shown}; `rrft regrade` them first"
        )


def _by_place(records: Sequence[Record]) -> dict[Place, Record]:
    return {record.place: record for record in records if record.judged is not None}


def _rows(
    run: str, first: Mapping[Place, Record], this: Mapping[Place, Record], partners: Partners
) -> list[Row]:
    both = [place for place in first if place in this]
    pairs = list(
        zip(items_of([first[p] for p in both]), items_of([this[p] for p in both]), strict=True)
    )
    splits = list(dict.fromkeys(place[:2] for place in both))
    answered = {place[:3] for place in (*first, *this)} - {place[:3] for place in both}
    rows = [
        _row(run, "/".join(split), [pair for pair in pairs if pair[0].first.place[:2] == split],
             sum(question[:2] == split for question in answered), partners)
        for split in splits
    ]  # fmt: skip
    if len(splits) > 1:
        left_out = sum(question[:2] in splits for question in answered)
        rows.append(_row(run, ALL, pairs, left_out, partners))
    return rows


def _row(
    run: str,
    split: str,
    pairs: Sequence[tuple[Item, Item]],
    left_out: int,
    partners: Partners,
) -> Row:
    before, now = ([item.mean(is_correct) for item in side] for side in zip(*pairs, strict=True))
    clusters = clusters_of([item.first for item, _ in pairs], partners)
    # McNemar on which of both did better: for several answers to a question, its sign test.
    tested = mcnemar(before, now, clusters)
    return Row(
        run=run,
        split=split,
        n=len(pairs),
        left_out=left_out,
        first=mean(before),
        this=mean(now),
        difference=paired_bootstrap(now, before, clusters, resamples=RESAMPLES),
        only_first=tested.only_first,
        only_this=tested.only_second,
        p_value=tested.p_value,
        p_corrected=tested.p_value,
    )


def clusters_of(records: Sequence[Record], partners: Partners) -> list[Hashable]:
    """The picture of each, a problem shown anew with the picture that it had first."""
    pictures = {(one.family, one.split, one.problem): one.pictures for one in records}
    clusters: list[Hashable] = []
    for one in records:
        partner = partners[one.family, one.split]
        anew = (one.family, partner or one.split, one.problem)
        clusters.append(pictures.get(anew, anew) if partner else one.pictures)
    return clusters
