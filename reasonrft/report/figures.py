"""figures: what a set of answers comes to: every share with its n and its 95 % interval.

A question counts once, however many answers were drawn to it: its score is their mean. Questions that
share a picture are not independent, and widen the interval. An answer that could not be had is no wrong
answer: its question is left out where it has no other, and counted apart.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evaluators import Status
from evaluators.statistics import Interval, mean, mean_interval, pass_at
from reasonrft.record import Judged, Record

RESAMPLES: Final = 2_000  # a report has hundreds of intervals
GOLD: Final = "gold"  # the vote for a right answer, however it is written


@dataclass(frozen=True, slots=True)
class Item:
    """A question and the answers to it."""

    records: tuple[Record, ...]  # with an answer

    @property
    def first(self) -> Record:
        """What all its records have in common."""
        return self.records[0]

    def mean(self, score: Callable[[Record, Judged], float]) -> float:
        """The mean score of its answers."""
        return mean([score(record, record.judged) for record in self.records if record.judged])


@dataclass(frozen=True, slots=True)
class Figures:
    """What a set of questions comes to."""

    n: int  # questions with an answer
    answers: int
    failed: int  # answers that could not be had
    right: int  # answers, by the strict reading
    accuracy: Interval  # strict reading
    lenient: Interval  # the same by the lenient reading
    partial: Interval  # mean score, partial credit counted
    paper: Interval  # by the paper's own scorer
    well_formed: Interval
    unread: Interval
    truncated: Interval
    blind: float  # what the best constant answer to each kind of question reaches
    prompt_tokens: float | None  # mean
    tokens: float | None  # written, mean
    characters: float  # written, mean
    pass_at: Mapping[str, Interval]  # by k: one of k answers is right, of questions that have k
    majority: Interval | None  # of all answers to a question
    detail: Mapping[str, Interval]  # of programs: TRANCE's distances and the paper's credits


def figures_of(records: Sequence[Record]) -> Figures:
    """The figures of a set of records."""
    items = items_of(records)
    answered = [record for item in items for record in item.records]

    def share(score: Callable[[Record, Judged], float]) -> Interval:
        return _interval(items, [item.mean(score) for item in items])

    return Figures(
        n=len(items),
        answers=len(answered),
        failed=len(records) - len(answered),
        right=sum(_rights(item) for item in items),
        accuracy=accuracy_of(items),
        lenient=share(lambda _, judged: float(judged.lenient is Status.CORRECT)),
        partial=share(lambda _, judged: judged.score),
        paper=share(lambda _, judged: judged.paper),
        well_formed=share(lambda _, judged: float(judged.well_formed)),
        unread=share(lambda _, judged: float(judged.status is Status.UNREAD)),
        truncated=share(lambda record, _: float(record.truncated)),
        blind=mean([item.first.blind for item in items]),
        prompt_tokens=_mean_of([record.prompt_tokens for record in answered]),
        tokens=_mean_of([record.tokens for record in answered]),
        characters=mean([len(record.output or "") for record in answered]),
        pass_at=_pass_at(items),
        majority=_majority(items),
        detail=_detail(items),
    )


def accuracy_of(items: Sequence[Item]) -> Interval:
    """The share of right answers, strict reading."""
    return _interval(items, [item.mean(is_correct) for item in items])


def is_correct(_record: Record, judged: Judged) -> float:
    """1 where an answer is right by the strict reading."""
    return float(judged.status is Status.CORRECT)


def items_of(records: Sequence[Record]) -> list[Item]:
    """The questions that have an answer, in order."""
    found: dict[tuple[str, str, int], list[Record]] = defaultdict(list)
    for record in records:
        if record.judged is not None:
            found[record.family, record.split, record.row].append(record)
    return [Item(tuple(answers)) for answers in found.values()]


def _interval(items: Sequence[Item], scores: Sequence[float]) -> Interval:
    pictures = [item.first.pictures for item in items]
    return mean_interval(scores, pictures, resamples=RESAMPLES)


def _mean_of(values: Sequence[int | None]) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if known else None


def _pass_at(items: Sequence[Item]) -> dict[str, Interval]:
    """For k = 1, 2, 4, … and the most, over the questions with k answers; none where each has one."""
    most = max((len(item.records) for item in items), default=1)
    if most == 1:
        return {}
    found = {}
    for k in sorted({2**power for power in range(most.bit_length())} | {most}):
        having = [item for item in items if len(item.records) >= k]
        chances = [pass_at(_rights(item), len(item.records), k) for item in having]
        found[str(k)] = _interval(having, chances)
    return found


def _rights(item: Item) -> int:
    return sum(record.judged.status is Status.CORRECT for record in item.records if record.judged)


def _majority(items: Sequence[Item]) -> Interval | None:
    if all(len(item.records) == 1 for item in items):
        return None
    return _interval(items, [majority_score(item) for item in items])


def majority_score(item: Item) -> float:
    """1 where most answers that could be read are right; a tie counts by the share of the winners.

    Right answers are one vote however they are written; wrong ones are told apart by their text.
    """
    votes: Counter[str] = Counter()
    for record in item.records:
        judged = record.judged
        if judged is not None and judged.status is not Status.UNREAD:
            is_right = judged.status is Status.CORRECT
            votes[
                GOLD if is_right else f"other: {''.join((judged.answer or '').split()).lower()}"
            ] += 1
    most = max(votes.values(), default=0)
    winners = [vote for vote, count in votes.items() if count == most]
    return winners.count(GOLD) / len(winners) if winners else 0.0


def _detail(items: Sequence[Item]) -> dict[str, Interval]:
    """The mean of each measure that a verdict keeps, over the questions whose answers have it."""
    names = {name for item in items for r in item.records if r.judged for name in r.judged.detail}
    found = {}
    for name in sorted(names):
        values = [
            [r.judged.detail[name] for r in item.records if r.judged and name in r.judged.detail]
            for item in items
        ]
        having = [item for item, own in zip(items, values, strict=True) if own]
        found[name] = _interval(having, [mean(own) for own in values if own])
    return found
