"""verify: do all entries of a folder hold, each by itself and beside the others, and does anything else lie there?"""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from leaderboards.archive import BoardError
from leaderboards.entry import (
    ENDING,
    Entry,
    entry_paths,
    is_same_run,
    key_of,
    path_of,
    read_entry,
)
from leaderboards.proof import Fault, Finding, Grader, Proved, Shelf, look
from leaderboards.questions import FOLDER, Questions, file_of

README: Final = "README.md"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification came to."""

    entries: int
    answers: int
    findings: Sequence[Finding]

    def to_json(self) -> dict[str, Any]:
        """The same for a program."""
        return asdict(self)


def verify(entries: Path, names: Sequence[str] = ()) -> Verified:
    """Look at entries by name, or at all of them and at what lies beside them.

    Raises:
        BoardError: there is no such entry.
    """
    paths = [path_of(entries, name) for name in dict.fromkeys(names)] or entry_paths(entries)
    if lacking := [path for path in paths if not os.path.lexists(path)]:
        known = ", ".join(path.name.removesuffix(ENDING) for path in entry_paths(entries))
        raise BoardError(f"no entry {lacking[0]}; there are: {known or 'none'}")
    shelf, grader = Shelf(entries), Grader()
    looked = [look(path, shelf, grader) for path in paths]
    findings = [finding for one in looked for finding in one.findings]
    read = [one.entry for one in looked if one.entry is not None]
    findings += _doubled(read)
    findings += _other_data(shelf.all_read())
    if not names:
        findings += _beside(entries, read)
    return Verified(len(paths), sum(len(entry.answers) for entry in read), findings)


def prove(entries: Path, shelf: Shelf) -> list[Proved]:
    """All entries, each of which holds, and no run of which is there twice.

    Raises:
        BoardError: one does not; the sentence says why.
    """
    grader, proved = Grader(), []
    for path in entry_paths(entries):
        looked = look(path, shelf, grader)
        if looked.proved is None:
            raise _refused(looked.findings[0])
        proved.append(looked.proved)
    for finding in (*_other_data(shelf.all_read()), *_doubled([one.entry for one in proved])):
        raise _refused(finding)
    return proved


def _refused(finding: Finding) -> BoardError:
    return BoardError(f"{finding.sentence}; `rrft leaderboard verify` says more")


def _doubled(read: Sequence[Entry]) -> Iterator[Finding]:
    """Runs that are there under two names."""
    by_keys: dict[str, list[Entry]] = defaultdict(list)
    for entry in read:
        twin = next((one for one in by_keys[entry.about.keys] if is_same_run(one, entry)), None)
        if twin is not None:
            name = entry.about.name
            yield Finding(name, Fault.DOUBLED, f"{name}: the same run as {twin.about.name}")
        by_keys[entry.about.keys].append(entry)


def _other_data(questions: Sequence[Questions]) -> Iterator[Finding]:
    """Splits that say they were built alike, and are not."""
    known: dict[str, Questions] = {}
    for one in questions:
        built = repr((one.family, one.split, one.heading, one.tasks, len(one.rows)))
        first = known.setdefault(built, one)
        if first.digest != one.digest:
            name = "/".join(one.key[:2])
            said = f"{name} is there twice, built alike, with the digests {first.digest[:16]}… and {one.digest[:16]}…"
            yield Finding(name, Fault.QUESTIONS, said)


def _beside(entries: Path, read: Sequence[Entry]) -> Iterator[Finding]:
    """Files that are none of an entry, or of the questions of one."""
    used = {path for entry in read for path in _questions_of(entries, entry)}
    own = {path for path in (entries / README, entries / FOLDER) if not path.is_symlink()}
    own |= set(entry_paths(entries))
    there = [*entries.iterdir(), *(entries / FOLDER).glob("*")] if entries.is_dir() else []
    for path in sorted(there):
        if path in own or path in used or path.name.startswith("."):
            continue
        name = str(path.relative_to(entries))
        if path.parent == entries or len(read) == len(entry_paths(entries)):
            yield Finding(name, Fault.FOREIGN, f"{path} is none of an entry's files")


def _questions_of(entries: Path, entry: Entry) -> Iterator[Path]:
    """Where its questions lie; none for data that cannot be."""
    for one in entry.state.data:
        with suppress(BoardError):
            yield file_of(entries, key_of(one))


def all_questions(entries: Path) -> list[Questions]:
    """The questions of all entries, as far as both can be read; what cannot is found by `verify`."""
    shelf = Shelf(entries)
    for path in entry_paths(entries):
        with suppress(BoardError):
            for one in read_entry(path).state.data:
                shelf.get(key_of(one))
    return shelf.all_read()
