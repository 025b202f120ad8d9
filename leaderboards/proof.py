"""proof: does an entry hold: every answer there once, every verdict the grader's, every sum right?

What a model wrote cannot be proved without the model. What follows from it is derived anew: the questions from
the digest of their dataset, the verdicts by the grader as it is now, what the answers depend on from the
settings, the report from the verdicts. Whoever makes up answers or settings, and everything that follows from
them, is not found here.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Final

from evaluators import VERSION
from leaderboards.agreement import impossible, misdescribed
from leaderboards.archive import BoardError
from leaderboards.entry import (
    ENDING,
    Answer,
    Entry,
    Kept,
    digest_of_keys,
    heads_of,
    key_of,
    read_entry,
    records_of,
    told,
)
from leaderboards.questions import Key, Questions, read_questions
from leaderboards.summary import as_stored, difference, report_on
from reasonrft.record import Judged, Record, judge
from reasonrft.report.summary import Report
from reasonrft.run import Place

Wrong = tuple["Fault", str]
LONGEST: Final = 1000  # characters of a sentence
SHOWN: Final = 3  # faults of a sort, before the others are only counted


class Fault(StrEnum):
    """What can be wrong."""

    ARCHIVE = "archive"  # it cannot be read, is not as it was entered, or holds something else
    QUESTIONS = "questions"  # they are not those that the digest of the data says
    MISSING = "missing"  # an answer is not there
    DOUBLED = "doubled"  # an answer, or a run, is there twice
    FOREIGN = "foreign"  # an answer to what was not asked, or a file that is none of an entry
    SCORE = "score"  # a verdict is not what the grader says
    SETTINGS = "settings"  # the answers are not of this model, sampling, prompt or data, or it says what no run does
    SUMMARY = "summary"  # the report is not what the answers come to
    REBUILD = "rebuild"  # the dataset, built anew, is another


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong."""

    entry: str
    fault: Fault
    sentence: str


@dataclass(frozen=True, slots=True)
class Proved:
    """An entry that holds, with the records that a report is made of."""

    entry: Entry
    records: Sequence[Record]
    report: Report


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at an entry came to."""

    findings: Sequence[Finding]
    entry: Entry | None = None  # None: it cannot be read
    proved: Proved | None = None  # None: something is wrong


class Shelf:
    """The questions of all entries, each split read and proved once."""

    def __init__(self, entries: Path) -> None:
        """Read nothing yet."""
        self._entries = entries
        self._read: dict[Key, Questions | BoardError] = {}

    def get(self, key: Key) -> Questions:
        """The questions of a split.

        Raises:
            BoardError: they are not there, or not those.
        """
        if key not in self._read:
            self._read[key] = self._look(key)
        found = self._read[key]
        if isinstance(found, BoardError):
            raise found
        return found

    def _look(self, key: Key) -> Questions | BoardError:
        try:
            return read_questions(self._entries, key)
        except BoardError as problem:
            return problem

    def all_read(self) -> list[Questions]:
        """Those that were asked for and hold."""
        return [one for one in self._read.values() if isinstance(one, Questions)]


class Grader:
    """The grader, which judges the same text to the same gold once: small models repeat themselves."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[tuple[str, str], Judged] = {}

    def judge(self, record: Record) -> Judged:
        """The verdict on an answer."""
        assert record.output is not None, "an entry has every answer"
        asked = (repr(record.gold), record.output)
        if asked not in self._known:
            self._known[asked] = judge(record.output, record.answer)
        return self._known[asked]


def look(path: Path, shelf: Shelf, grader: Grader) -> Looked:
    """An entry, and what is wrong with it."""
    name = path.name.removesuffix(ENDING)
    try:
        entry = read_entry(path)
        wrong, proved = _wrong(entry, shelf, grader)
    except BoardError as problem:
        return Looked([Finding(name, Fault.ARCHIVE, _line(str(problem)))])
    findings = [Finding(name, fault, _line(f"{name}: {said}")) for fault, said in wrong]
    return Looked(findings, entry, proved if not findings else None)


def _line(said: str) -> str:
    """One line that a terminal obeys nothing of: an entry's own words may stand in it."""
    return "".join(letter if letter.isprintable() else " " for letter in said[:LONGEST])


def _wrong(entry: Entry, shelf: Shelf, grader: Grader) -> tuple[list[Wrong], Proved | None]:
    """What is wrong with an entry that can be read, and what it comes to where all answers are there."""
    try:
        kept = {key_of(one): shelf.get(key_of(one)) for one in entry.state.data}
    except BoardError as problem:
        return [(Fault.QUESTIONS, str(problem))], None
    for one in entry.state.data:
        if said := kept[key_of(one)].differs_from(one):
            return [(Fault.QUESTIONS, f"{'/'.join(one.key)} has {said}")], None
    if len({one.key for one in entry.state.data}) < len(entry.state.data):
        return [(Fault.QUESTIONS, "its run names a split twice")], None
    odd = [(Fault.SETTINGS, said) for said in impossible(entry)]
    if odd:
        return list(_few(odd)), None
    places = [*_few(list(_places(entry))), *_missing(entry)]
    whole = replace(entry, answers=_once(entry)) if places else entry
    try:
        records = records_of(whole, kept)
    except BoardError as problem:
        return [(Fault.SETTINGS, str(problem))], None
    wrong = [
        *_otherwise(entry, kept),
        *places,
        *_few(list(_verdicts(records, grader))),
        *((Fault.SETTINGS, said) for said in misdescribed(entry, kept)),
    ]
    if places:
        return wrong, None
    proved = Proved(entry, records, report_on(entry, records))
    return [*wrong, *_sums(proved)], proved


def _otherwise(entry: Entry, kept: Kept) -> Iterator[Wrong]:
    """Splits of which something else was said when it was entered: seed, level, size, source, grader, shift."""
    there, now = entry.about.questions, heads_of(entry.state, kept)
    for name in sorted(there.keys() | now.keys()):
        if there.get(name) != now.get(name):
            said = f"what its questions say of {name} as a whole is not what they said when it was entered"
            yield Fault.QUESTIONS, said


def _asked(entry: Entry) -> Callable[[Place], bool]:
    """Tells whether an answer was asked for."""
    asked = {one.key: one.asked for one in entry.state.data}

    def is_asked(place: Place) -> bool:
        family, split, row, draw = place
        rows = asked.get((family, split), ())
        return 0 <= draw < len(rows) and 0 <= row < rows[draw]

    return is_asked


def _places(entry: Entry) -> Iterator[Wrong]:
    """Answers that are doubled, or to nothing that was asked."""
    there = Counter(answer.place for answer in entry.answers)
    is_asked = _asked(entry)
    for place, count in there.items():
        if not is_asked(place):
            yield Fault.FOREIGN, f"{told(place)} was not asked for"
        elif count > 1:
            yield Fault.DOUBLED, f"{told(place)} is there {count} times"


def _missing(entry: Entry) -> Iterator[Wrong]:
    """The first answers that are missing, and how many more: a run may name more than there is room to list."""
    is_asked = _asked(entry)
    there = {answer.place for answer in entry.answers if is_asked(answer.place)}
    missing = entry.state.wanted - len(there)
    places = (place for place in entry.wanted() if place not in there)
    yield from ((Fault.MISSING, f"{told(place)} is missing") for place in islice(places, SHOWN))
    if missing > SHOWN:
        yield Fault.MISSING, _more(missing)


def _once(entry: Entry) -> tuple[Answer, ...]:
    """The answers that were asked for, each once."""
    is_asked = _asked(entry)
    return tuple({one.place: one for one in entry.answers if is_asked(one.place)}.values())


def _verdicts(records: Sequence[Record], grader: Grader) -> Iterator[Wrong]:
    for record in records:
        there, now = record.judged, grader.judge(record)
        assert there is not None, "an answer has a verdict"
        if _is_same(replace(there, grader=now.grader), now):
            continue
        older = f" (graded by version {there.grader}, now {VERSION})" if there.grader != VERSION else ""  # fmt: skip
        yield (
            Fault.SCORE,
            (
                f"{told(record.place)} says {there.status} ({there.score:g}), the grader {now.status} "
                f"({now.score:g}){older}"
            ),
        )


def _is_same(there: Judged, now: Judged) -> bool:
    """Whether two verdicts are the same; distances may differ in their last digits."""
    return there == now or difference(asdict(there), asdict(now)) is None


def _sums(proved: Proved) -> Iterator[Wrong]:
    """What must follow from the answers, and from the settings."""
    entry = proved.entry
    in_order = entry.state.in_order(proved.records)
    if in_order != proved.records:
        yield Fault.ARCHIVE, "its answers stand in another order than they are written in"
    if digest_of_keys(in_order) != entry.about.keys:
        yield Fault.SETTINGS, "its answers are not of this model, sampling, prompt and data"
    if said := difference(entry.report, as_stored(proved.report)):
        yield Fault.SUMMARY, f"its report has {said}"


def _few(wrong: Sequence[Wrong]) -> Iterator[Wrong]:
    """The first faults of each sort, and how many more there are."""
    by_fault = defaultdict(list)
    for fault, said in wrong:
        by_fault[fault].append(said)
    for fault, sentences in by_fault.items():
        yield from ((fault, said) for said in sentences[:SHOWN])
        if len(sentences) > SHOWN:
            yield fault, _more(len(sentences))


def _more(count: int) -> str:
    return f"and {count - SHOWN:,} more of this sort"
