"""run: a run's folder: what was asked of which model, and every answer, safe from any kill.

`run.json` says what all answers depend on; `records.jsonl` has a line for each, appended as it comes.
A line that a kill cut short is dropped. Reopened with the same settings, a run asks only what it lacks;
other settings are refused. When all is asked the records are sorted, so that their file is the same
however often the run was broken off.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

from builders import folder as folders
from builders.files import ExpectedError, whole_name, write_whole
from builders.plan import in_usual_order
from evaluators import VERSION
from reasonrft.questions import Identity
from reasonrft.record import Record

FORMAT: Final = 1  # of a run's folder
RUN: Final = "run.json"
RECORDS: Final = "records.jsonl"
OWN: Final = (RUN, RECORDS, "report.json", "report.md", "report.html")
Place = tuple[str, str, int, int]  # family, split, row, draw


class RunError(ExpectedError):
    """What stands in the way of a run."""


@dataclass(frozen=True, slots=True)
class Session:
    """One stretch of work at a run."""

    started: str  # ISO 8601
    seconds: float
    answered: int
    failed: int
    circumstances: Mapping[str, Any]  # versions, device


@dataclass(frozen=True, slots=True)
class RunState:
    """What a run is."""

    settings: Mapping[str, Any]  # that every answer depends on
    data: tuple[Identity, ...]
    draws: int
    sessions: tuple[Session, ...] = ()
    note: str = ""
    format: int = field(default=FORMAT)

    def to_json(self) -> bytes:
        """The file `run.json`."""
        return (json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n").encode()

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """The state in a file.

        Raises:
            ValueError: it is none of this format.
        """
        row = json.loads(content)
        if not isinstance(row, dict) or row.get("format") != FORMAT:
            raise ValueError(f"not of format {FORMAT}")
        data = tuple(Identity(**one) for one in row.pop("data"))
        sessions = tuple(Session(**one) for one in row.pop("sessions"))
        return cls(**row, data=data, sessions=sessions)

    def in_order(self, record: Record) -> tuple[int, int, int, int]:
        """Orders records: family by family, splits in their usual order, then by row."""
        families = list(dict.fromkeys(one.family for one in self.data))
        splits = in_usual_order(one.split for one in self.data)
        family, split, row, draw = record.place
        return families.index(family), splits.index(split), row, draw


def read_run(folder: Path) -> tuple[RunState, list[Record]]:
    """A run and its answers in order, the newest where one was asked for again.

    Raises:
        RunError: there is no run, or it is damaged.
    """
    state = _read_state(folder)
    if state is None:
        raise RunError(f"no run in {folder}: it has no {RUN}")
    records = newest(read_records(folder / RECORDS))
    wanted = {one.key: one.rows for one in state.data}
    asked = [record for record in records if record.row < wanted.get(record.place[:2], 0)]
    return state, sorted(asked, key=state.in_order)


def _read_state(folder: Path) -> RunState | None:
    path = folder / RUN
    try:
        return RunState.from_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as problem:
        raise RunError(f"{path} cannot be read: {problem}") from None


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
                raise RunError(f"{path}, line {number} is damaged: {problem}") from None


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
        self, folder: Path, state: RunState, file: BinaryIO, done: Mapping[Place, str]
    ) -> None:
        """Take what `open_run` found."""
        self.folder = folder
        self.state = state
        self.done = done  # the answers that there are, and the key of each
        self._file = file

    def append(self, record: Record) -> None:
        """Keep a record: it outlives this process from here on."""
        self._file.write(record.to_line().encode() + b"\n")
        self._file.flush()

    def finish(self, session: Session) -> None:
        """Sort the records, and tell of the session."""
        self._file.close()
        self.state = replace(self.state, sessions=(*self.state.sessions, session))
        write_whole(self.folder / RUN, self.state.to_json())
        regrade(self.folder, all_of_them=False)


@contextmanager
def open_run(folder: Path, wanted: RunState) -> Iterator[OpenRun]:
    """A run to work at: a new one, or one with the same settings; splits and rows may be added.

    Raises:
        RunError: the folder holds something else or another run, or is in use.
    """
    with alone(folder):
        state = _join(folder, _read_state(folder), wanted)
        write_whole(folder / RUN, state.to_json())
        path = folder / RECORDS
        _drop_torn_line(path)
        there = newest(read_records(path))
        done = {record.place: record.key for record in there if record.output is not None}
        with path.open("ab") as file:
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
            _join(folder, there, RunState(settings, (), 0))


def _check_owner(folder: Path) -> None:
    others = {path.name for path in folder.iterdir()} - {path.name for path in _partials(folder)}
    if others and RUN not in others:
        raise RunError(f"{folder} holds something else ({min(others)}); choose another --out")


def _partials(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if whole_name(path.name) in OWN]


def write_records(folder: Path, records: Sequence[Record]) -> None:
    """Replace the file of records, all at once."""
    lines = [record.to_line().encode() + b"\n" for record in records]
    write_whole(folder / RECORDS, b"".join(lines))


def _join(folder: Path, there: RunState | None, wanted: RunState) -> RunState:
    """What is in the folder with what is wanted."""
    if there is None:
        return wanted
    if difference := _difference("", there.settings, wanted.settings):
        raise RunError(f"{folder} is a run with {difference}; choose another --out")
    data = {one.key: one for one in there.data}
    for one in wanted.data:
        before = data.setdefault(one.key, one)
        if not before.is_same(one):
            raise RunError(
                f"{folder} was asked other samples of {'/'.join(one.key)}; choose another --out"
            )
        data[one.key] = replace(one, rows=max(one.rows, before.rows))
    return replace(there, data=tuple(data.values()), draws=max(there.draws, wanted.draws))


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
        content = file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            file.truncate(whole)


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
    _, records = read_run(folder)
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
