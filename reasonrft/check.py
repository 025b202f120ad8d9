"""check: grade given answers: a file of cases in, a verdict for each and a summary out."""

import errno
import json
import math
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any, Final, TextIO

from builders.files import named
from builders.parse import parse_json
from evaluators import KINDS, VERSION, AnyAnswer, Reading, Status, Verdict, answer_from_json, grade
from evaluators.statistics import Interval, wilson

FIELDS: Final = ("id", "kind", "gold", "prediction")
SETTINGS: Final = ("tolerance", "options", "scene")
_CHUNK: Final = 64  # lines that a worker takes at a time


@dataclass(frozen=True, slots=True)
class Case:
    """One answer to grade."""

    id: str | int
    gold: AnyAnswer
    prediction: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A graded case: the verdict by the reading asked for, and the status by the other one."""

    id: str | int
    kind: str
    verdict: Verdict
    other: Status
    milliseconds: float

    def row(self) -> dict[str, Any]:
        """The row of VERDICTS.jsonl."""
        verdict = self.verdict
        return {
            "id": self.id,
            "status": verdict.status,
            "score": verdict.score,
            "answer": verdict.answer,
            "well_formed": verdict.well_formed,
            "detail": dict(verdict.detail),
            "ms": round(self.milliseconds, 3),
        }


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no case."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Tally:
    """The statuses of the cases of one kind, by the reading asked for and by the other."""

    kind: str
    statuses: Mapping[Status, int]
    score: float  # the sum of the scores
    other_correct: int

    @property
    def n(self) -> int:
        """The number of cases."""
        return sum(self.statuses.values())

    def accuracy(self) -> Interval:
        """The share of correct cases, with its 95 % interval."""
        return wilson(self.statuses[Status.CORRECT], self.n)

    def other_accuracy(self) -> Interval:
        """The same by the other reading."""
        return wilson(self.other_correct, self.n)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a file of cases came to."""

    reading: Reading
    tallies: tuple[Tally, ...]  # by kind, and over all where there are several
    bad_lines: tuple[BadLine, ...]

    @property
    def other(self) -> Reading:
        """The reading that is shown beside the one asked for."""
        return self.reading.other

    def as_json(self) -> dict[str, Any]:
        """The summary for a program to read."""
        return {
            "grader_version": VERSION,
            "reading": self.reading,
            "kinds": {
                tally.kind: {
                    "n": tally.n,
                    **{status.value: tally.statuses[status] for status in Status},
                    "mean_score": tally.score / tally.n,
                    "accuracy": asdict(tally.accuracy()),
                    f"{self.other}_accuracy": asdict(tally.other_accuracy()),
                }
                for tally in self.tallies
            },
            "bad_lines": [asdict(bad) for bad in self.bad_lines],
        }


def check_to(
    cases: Path, reading: Reading, out: Path | None, workers: int, tell: Callable[[str], None]
) -> Summary:
    """The summary of a file of cases; the verdicts go to `out`, a sentence on each bad line to `tell`."""
    if out is not None and out.resolve() == cases.resolve():
        raise FileExistsError(errno.EEXIST, "the verdicts would replace the cases", str(out))
    checked: dict[str, list[Checked]] = {}
    bad_lines = []
    with _verdict_file(out) as verdicts:
        for result in check_file(cases, reading, workers):
            if isinstance(result, BadLine):
                bad_lines.append(result)
                tell(f"{cases.name}, line {result.line}: {result.reason}")
            else:
                checked.setdefault(result.kind, []).append(result)
                print(json.dumps(result.row(), ensure_ascii=False), file=verdicts)
    tallies = [_tally(kind, checked[kind]) for kind in KINDS if kind in checked]
    if len(tallies) > 1:
        tallies.append(
            _tally("all", [case for cases_of_kind in checked.values() for case in cases_of_kind])
        )
    return Summary(reading, tuple(tallies), tuple(bad_lines))


def _tally(kind: str, cases: Sequence[Checked]) -> Tally:
    statuses = Counter(case.verdict.status for case in cases)
    score = math.fsum(case.verdict.score for case in cases)
    return Tally(kind, statuses, score, sum(case.other is Status.CORRECT for case in cases))


def check_file(cases: Path, reading: Reading, workers: int = 1) -> Iterator[Checked | BadLine]:
    """The result of every line, in order; blank lines are passed over."""
    with cases.open("rb") as lines:
        numbered = ((number, line) for number, line in enumerate(lines, start=1) if line.strip())
        check = partial(check_line, reading=reading)
        if workers == 1:
            yield from map(check, numbered)
        else:
            try:
                with ProcessPoolExecutor(workers) as pool:
                    yield from _bounded_map(pool, check, numbered)
            except BrokenProcessPool:
                raise ChildProcessError(
                    "a worker was killed, perhaps for want of memory; try fewer --workers"
                ) from None


def _bounded_map(
    pool: ProcessPoolExecutor,
    check: "partial[Checked | BadLine]",
    numbered: Iterable[tuple[int, bytes]],
) -> Iterator[Checked | BadLine]:
    """`pool.map`, a stretch of lines at a time: the file is never held in memory whole."""
    stretch: list[tuple[int, bytes]] = []
    for item in numbered:
        stretch.append(item)
        if len(stretch) == _CHUNK * 256:
            yield from pool.map(check, stretch, chunksize=_CHUNK)
            stretch = []
    yield from pool.map(check, stretch, chunksize=_CHUNK)


def check_line(numbered: tuple[int, bytes], reading: Reading) -> Checked | BadLine:
    """The result of one numbered line."""
    number, line = numbered
    try:
        case = case_from(line)
    except ValueError as problem:
        return BadLine(number, str(problem))
    start = time.perf_counter()
    verdict = grade(case.prediction, case.gold, reading)
    milliseconds = 1000 * (time.perf_counter() - start)
    return Checked(
        case.id,
        case.gold.kind,
        verdict,
        grade(case.prediction, case.gold, reading.other).status,
        milliseconds,
    )


def case_from(line: bytes) -> Case:
    """The case in a line of JSON; ValueError with the reason where there is none."""
    row = _json_object(line)
    missing = [name for name in FIELDS if row.get(name) is None]
    if missing:
        raise ValueError(f"the field {missing[0]!r} is missing; a case has {', '.join(FIELDS)}")
    for name in row.keys() - {*FIELDS, *SETTINGS}:
        meant = get_close_matches(name, SETTINGS, n=1, cutoff=0.85)
        if meant:
            raise ValueError(f"the field {name!r} is not known; perhaps {meant[0]!r} is meant")
    if not isinstance(row["prediction"], str):
        raise ValueError(f"prediction {row['prediction']!r} is not a text")
    if not isinstance(row["id"], str | int) or isinstance(row["id"], bool):
        raise ValueError(f"id {row['id']!r} is neither a text nor a whole number")
    return Case(row["id"], answer_from_json(row), row["prediction"])


def _json_object(line: bytes) -> Mapping[str, Any]:
    try:
        row = parse_json(line.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise ValueError(f"not UTF-8: {problem.reason} at byte {problem.start}") from None
    except json.JSONDecodeError as problem:
        raise ValueError(f"not JSON: {problem.msg} at column {problem.colno}") from None
    except ValueError as problem:
        raise ValueError(f"not JSON that can be read: {problem}") from None
    if not isinstance(row, dict):
        raise ValueError(f"not a JSON object but {type(row).__name__}")
    return row


@contextmanager
def _verdict_file(path: Path | None) -> Iterator[TextIO]:
    """A file that appears under its name only when it is whole; nowhere for None."""
    path = Path(os.devnull) if path is None else path.resolve()
    is_device = path.exists() and not path.is_file()  # a pipe, a terminal, nothing at all
    doing = path if is_device else path.with_name(path.name + ".partial")
    try:
        # A lone surrogate in a prediction becomes `\\udXXX`, which is how JSON escapes it.
        with named(path):
            file = doing.open("w", encoding="utf-8", errors="backslashreplace")
        with file:
            yield file
        if not is_device:
            doing.replace(path)
    finally:
        if not is_device:
            doing.unlink(missing_ok=True)
