"""run: a run's folder: what was asked of which model, and every answer, safe from any kill.

`run.json` says what all answers depend on; `records.jsonl` has a line for each, appended as it comes. A line
that a kill cut short is dropped. Reopened with the same settings, a run asks only what it lacks; other
settings are refused. When all is asked the records are sorted, so that their file is the same however often
the run was broken off.
"""

import json
import math
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from io import FileIO
from pathlib import Path
from typing import Any, Final, Self

from builders import folder as folders
from builders.files import BuildError, ExpectedError, named, whole_name, write_whole
from builders.parse import parse_json
from builders.plan import in_usual_order
from evaluators import VERSION
from reasonrft.job import DONE
from reasonrft.questions import Identity
from reasonrft.record import Record
from reasonrft.stored import from_row

FORMAT: Final = 2  # of a run's folder
RUN: Final = "run.json"
RECORDS: Final = "records.jsonl"
REPORT, MARKDOWN, PAGE = "report.json", "report.md", "report.html"  # what is made of it
SECONDS_BETWEEN_SYNCS: Final = 1.0  # of the records with the disk
# The last is an experiment's: all that its evaluation asked for is answered.
OWN: Final = (RUN, RECORDS, REPORT, MARKDOWN, PAGE, DONE)
BLOCK: Final = 1 << 16  # bytes
NOTHING_LOST: Final = "nothing that was answered is lost: the same command goes on"
Place = tuple[str, str, int, int]  # family, split, row, draw


class RunError(ExpectedError):
    """What stands in the way of a run."""


@dataclass(frozen=True, slots=True)
class Session:
    """One stretch of work at a run."""

    started: str  # ISO 8601
    seconds: float | None  # None: it did not end, or has not yet
    answered: int
    failed: int
    circumstances: Mapping[str, Any]  # versions, device


@dataclass(frozen=True, slots=True)
class RunState:
    """What a run is."""

    settings: Mapping[str, Any]  # that every answer depends on
    data: tuple[Identity, ...]
    sessions: tuple[Session, ...] = ()
    format: int = field(default=FORMAT)

    def to_json(self) -> bytes:
        """The file `run.json`; a name that is no UTF-8 stays an escape."""
        return (json.dumps(asdict(self), indent=1) + "\n").encode()

    @property
    def draws(self) -> int:
        """The most answers that are asked to a question."""
        return max((len(one.asked) for one in self.data), default=0)

    @property
    def wanted(self) -> int:
        """How many answers are asked."""
        return sum(sum(one.asked) for one in self.data)

    @property
    def seconds(self) -> float:
        """On the clock, of all stretches of work that ended."""
        return round(math.fsum(session.seconds or 0 for session in self.sessions), 1)

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """The state in a file.

        Raises:
            ValueError: it is none of this format.
        """
        row = parse_json(content)
        if not isinstance(row, dict) or row.get("format") != FORMAT:
            raise ValueError(f"not of format {FORMAT}")
        state = from_row(cls, row)
        sampling = state.settings.get("sampling")
        if not isinstance(state.settings.get("model"), str) or not isinstance(sampling, dict):
            raise ValueError("settings: they name no model or no sampling")
        if not {int, float} >= {type(sampling.get(name)) for name in ("temperature", "max_tokens")}:
            raise ValueError("settings: sampling: temperature or max_tokens is no number")
        return state

    def in_order(self, records: Iterable[Record]) -> list[Record]:
        """Family by family, splits in their usual order, then by row; at the end what is not of this run."""
        families = list(dict.fromkeys(one.family for one in self.data))
        splits = in_usual_order(one.split for one in self.data)
        keys = [(family, split) for family in families for split in splits]
        ranks = {key: rank for rank, key in enumerate(keys)}
        return sorted(records, key=lambda one: (ranks.get(one.place[:2], len(keys)), one.place))


def read_run(folder: Path) -> tuple[RunState, list[Record]]:
    """A run and its answers in order, the newest where one was asked for again.

    Raises:
        RunError: there is no run, or it is damaged.
    """
    state, records = _read_all(folder)
    asked = {(*one.key, draw): rows for one in state.data for draw, rows in enumerate(one.asked)}
    return state, [
        record
        for record in records
        if record.row < asked.get((record.family, record.split, record.draw), 0)
    ]


def _read_all(folder: Path) -> tuple[RunState, list[Record]]:
    """The same with the answers to questions that the run does not list."""
    state = _read_state(folder)
    if state is None:
        raise RunError(f"no run in {folder}: it has no {RUN}")
    return state, state.in_order(newest(read_records(folder / RECORDS)))


def _read_state(folder: Path) -> RunState | None:
    path = folder / RUN
    try:
        return RunState.from_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as problem:
        raise RunError(
            f"{path} cannot be read: {problem}; mend it, or begin anew in another folder"
        ) from None


def read_records(path: Path) -> Iterator[Record]:
    """The records in a file, as they came; a last line without its end was cut short and is none."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield Record.from_line(line)
            except ValueError as problem:
                raise RunError(
                    f"{path}, line {number} is damaged: {problem}; "
                    "delete the line: its question is asked again"
                ) from None


def newest(records: Iterable[Record]) -> list[Record]:
    """The last record of each answer; a failure does not replace an answer."""
    found: dict[Place, Record] = {}
    for record in records:
        before = found.get(record.place)
        if before is None or before.output is None or record.output is not None:
            found[record.place] = record
    return list(found.values())


class OpenRun:
    """A run that is being worked at, by this process alone."""

    def __init__(
        self, folder: Path, state: RunState, file: FileIO, done: Mapping[Place, str]
    ) -> None:
        """Take what `open_run` found."""
        self.folder = folder
        self.state = state
        self.done = done  # the answers that there are, and the key of each
        self._file = file
        self._synced = time.monotonic()

    def append(self, record: Record) -> None:
        """Keep a record: it outlives this process from here on, and a power cut from the next sync on.

        Raises:
            RunError: the disk does not take it.
        """
        left = record.to_line().encode() + b"\n"
        try:
            with named(self.folder / RECORDS):
                while left:
                    left = left[self._file.write(left) :]
                if time.monotonic() - self._synced >= SECONDS_BETWEEN_SYNCS:
                    os.fsync(self._file.fileno())
                    self._synced = time.monotonic()
        except BuildError as problem:
            raise RunError(f"{problem}; {NOTHING_LOST}") from None

    def begin(self, session: Session) -> None:
        """Tell of a session, so that it leaves a trace however it ends."""
        self._tell((*self.state.sessions, session))

    def end(self, session: Session) -> None:
        """Tell what became of the session that was begun."""
        self._tell((*self.state.sessions[:-1], session))

    def _tell(self, sessions: tuple[Session, ...]) -> None:
        self.state = replace(self.state, sessions=sessions)
        write_whole(self.folder / RUN, self.state.to_json())

    def finish(self) -> None:
        """Sort the records, and grade anew what an older grader judged."""
        self._file.close()
        regrade(self.folder, all_of_them=False)


@contextmanager
def open_run(folder: Path, wanted: RunState) -> Iterator[OpenRun]:
    """A run to work at: a new one, or one with the same settings; splits and rows may be added.

    Raises:
        RunError: the folder holds something else or another run, or is in use.
    """
    with alone(folder):
        path = folder / RECORDS
        _drop_torn_line(path)
        state = _join(folder, _read_state(folder), wanted)
        _write_changed(folder / RUN, state.to_json())
        there = newest(read_records(path))
        done = {record.place: record.key for record in there if record.output is not None}
        with path.open("ab", buffering=0) as file:
            yield OpenRun(folder, state, file, done)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Have a run's folder for this process alone.

    Raises:
        RunError: it holds something else.
        BuildError: it is no folder, or another process has it.
    """
    with folders.alone(folder, "a run", "worked at"):
        _check_owner(folder)
        for path in _partials(folder):
            path.unlink(missing_ok=True)
        yield


def check_folder(folder: Path, settings: Mapping[str, Any] | None = None) -> None:
    """Refuse a folder that no run can be in, or none with these settings; it is left as it is.

    Raises:
        RunError: it holds something else or another run.
        BuildError: it is no folder.
    """
    folders.check_is_folder(folder, "a run")
    if folder.exists():
        _check_owner(folder)
        there = _read_state(folder)
        if there and settings is not None:
            _join(folder, there, RunState(settings, ()))


def _check_owner(folder: Path) -> None:
    others = {path.name for path in folder.iterdir()} - {path.name for path in _partials(folder)}
    if others and RUN not in others:
        raise RunError(f"{folder} holds something else ({min(others)}); choose another --out")


def _partials(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if whole_name(path.name) in OWN]


def write_records(folder: Path, records: Sequence[Record]) -> None:
    """Replace the file of records, all at once."""
    lines = [record.to_line().encode() + b"\n" for record in records]
    _write_changed(folder / RECORDS, b"".join(lines))


def _write_changed(path: Path, content: bytes) -> None:
    """Write a file whose content is another."""
    if not path.exists() or path.read_bytes() != content:
        write_whole(path, content)


def _join(folder: Path, there: RunState | None, wanted: RunState) -> RunState:
    """What is in the folder with what is wanted."""
    if there is None:
        return wanted
    if is_another := _is_another(there, wanted):
        if _has_records(folder):
            raise RunError(f"{folder} {is_another}; choose another --out")
        return wanted
    data = {one.key: one for one in there.data}
    for one in wanted.data:
        data[one.key] = one.with_asked(data.get(one.key, one))
    return replace(there, data=tuple(data.values()))


def _is_another(there: RunState, wanted: RunState) -> str | None:
    """Why the answers of one may not stand beside those of the other; None: they may."""
    if difference := _difference("", there.settings, wanted.settings):
        return f"is a run with {difference}"
    data = {one.key: one for one in there.data}
    for one in wanted.data:
        if not data.get(one.key, one).is_same(one):
            return f"was asked other samples of {'/'.join(one.key)}"
    return None


def _has_records(folder: Path) -> bool:
    path = folder / RECORDS
    return path.exists() and path.stat().st_size > 0


def _difference(name: str, there: Any, asked: Any) -> str | None:
    """In what two settings differ, in words; None: in nothing."""
    if isinstance(there, dict) and isinstance(asked, dict):
        for key in [*there, *(key for key in asked if key not in there)]:
            inner = f"{name}.{key}" if name else key
            if found := _difference(inner, there.get(key), asked.get(key)):
                return found
        return None
    return None if there == asked else f"{name} = {there}, not {asked}"


def _drop_torn_line(path: Path) -> None:
    """Cut off a last line that has no end."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        size = end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - BLOCK)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                end = start + found + 1
                break
            end = start
        if end < size:
            file.truncate(end)


@dataclass(frozen=True, slots=True)
class Regraded:
    """What grading anew came to."""

    records: int
    changed: Mapping[str, int]  # `wrong → correct`: so many
    grader: int = VERSION

    def to_json(self) -> dict[str, Any]:
        """The same for a program."""
        return asdict(self)


def regrade(folder: Path, *, all_of_them: bool = True) -> Regraded:
    """Grade the answers of a run anew, by the grader as it is now, and put them in order.

    Args:
        folder: A run that this process has alone.
        all_of_them: Those too that this version of the grader has judged.
    """
    _, records = _read_all(folder)
    changed: Counter[str] = Counter()
    anew = []
    for record in records:
        before = record.judged
        if before is not None and (all_of_them or before.grader != VERSION):
            record = record.regraded()
            if record.judged and record.judged.status is not before.status:
                changed[f"{before.status} → {record.judged.status}"] += 1
        anew.append(record)
    write_records(folder, anew)
    return Regraded(len(anew), dict(changed))
