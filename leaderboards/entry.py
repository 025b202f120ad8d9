"""entry: one run on the leaderboard: who answered, what was asked, every answer, and what they come to.

An entry is one archive: `about.json` (who, by which recipe, and the digests of the others), `run.json`,
`answers.jsonl` and `report.json`. What its questions were is kept once for all entries (`questions`).
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from builders.files import write_whole
from builders.parse import parse_json
from leaderboards.archive import BoardError, of_size, pack, unpack
from leaderboards.questions import Key, Questions
from reasonrft.config import RunConfig
from reasonrft.prompt import VERSION as PROMPT_VERSION
from reasonrft.prompt import Style, digest_of_prompt, make_prompt
from reasonrft.questions import Identity
from reasonrft.record import Judged, Record, key_from
from reasonrft.run import Place, RunState
from reasonrft.stored import from_row

FORMAT: Final = 1
ENDING: Final = ".tar.xz"
ABOUT, RUN, ANSWERS, REPORT = "about.json", "run.json", "answers.jsonl", "report.json"
MEMBERS: Final = (ABOUT, RUN, ANSWERS, REPORT)
NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9])?")
Kept = Mapping[Key, Questions]


@dataclass(frozen=True, slots=True)
class About:
    """Who answered, and how it came to be what it is."""

    name: str
    model: str  # that answered, or that training began with
    recipe: str | None  # None: it was evaluated as it was found
    seed: int | None  # of training
    rrft: str  # version of the toolkit
    grader: int  # version
    experiment: Mapping[str, Any] | None  # all settings, of a model that was trained here
    stages: Mapping[str, Mapping[str, Any]]  # of training: steps, seconds, device, versions
    questions: Mapping[str, str]  # by split: digest of what is said of the whole of it
    keys: str  # digest of all that each answer depends on
    sha256: Mapping[str, str]  # of each member, of this one without these digests
    format: int = FORMAT

    @classmethod
    def from_json(cls, content: bytes) -> Self:
        """What a file says.

        Raises:
            ValueError: it is none of this format.
        """
        row = parse_json(content)
        if not isinstance(row, dict) or row.get("format") != FORMAT:
            raise ValueError(f"not of format {FORMAT}")
        return from_row(cls, row)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model wrote to one question, and the verdicts on it."""

    family: str
    split: str
    row: int
    draw: int
    output: str
    finish: str
    prompt_tokens: int | None
    tokens: int | None
    cost: float | None
    pictures: str | None  # digest of the pictures' files; None: as with the questions
    judged: Judged

    @property
    def place(self) -> Place:
        """Which answer it is."""
        return self.family, self.split, self.row, self.draw


@dataclass(frozen=True, slots=True)
class Entry:
    """A run on the leaderboard."""

    about: About
    state: RunState
    answers: tuple[Answer, ...]
    report: Mapping[str, Any]

    def wanted(self) -> Iterator[Place]:
        """Every answer that was asked for, in order."""
        for one in self.state.data:
            for draw, rows in enumerate(one.asked):
                for row in range(rows):
                    yield (*one.key, row, draw)


def told(place: Place) -> str:
    """Which answer it is, in words."""
    family, split, row, draw = place
    return f"answer {draw} to row {row} of {family}/{split}"


def described(config: RunConfig) -> dict[str, Any]:
    """What the settings of an experiment say of its entry."""
    return {"model": config.model.path, "recipe": config.recipe.value, "seed": config.seed}


def is_same_run(one: Entry, other: Entry) -> bool:
    """Whether both have the same answers of the same model to the same questions."""
    return one.about.keys == other.about.keys and [
        (answer.place, answer.output) for answer in one.answers
    ] == [(answer.place, answer.output) for answer in other.answers]


def key_of(one: Identity) -> Key:
    """Which questions a run was asked of a split."""
    return one.family, one.split, one.digest


def records_of(entry: Entry, kept: Kept) -> list[Record]:
    """The answers as a run has them, with their questions.

    Raises:
        BoardError: they were asked in words that are not known here.
    """
    splits = {one.key: kept[key_of(one)] for one in entry.state.data}
    style = style_of(entry.state)
    return [
        _record(answer, splits[answer.family, answer.split], entry.state, style)
        for answer in entry.answers
    ]


def style_of(state: RunState) -> Style:
    """How the questions were put.

    Raises:
        BoardError: in words that this version of the toolkit does not have.
    """
    prompt = state.settings.get("prompt")
    if isinstance(prompt, Mapping) and prompt.get("version") == PROMPT_VERSION:
        for style in Style:
            if prompt.get("style") == style:
                return style
    raise BoardError(f"the prompt was {prompt}; what it said is known of version {PROMPT_VERSION}")


def _record(answer: Answer, asked: Questions, state: RunState, style: Style) -> Record:
    row = asked.rows[answer.row]
    pictures = answer.pictures or row.pictures
    text = make_prompt(row.sample(answer.family, answer.split), style).text
    prompt = digest_of_prompt(pictures, text)
    return Record(
        id=row.id,
        draw=answer.draw,
        row=answer.row,
        key=key_from(state.settings, prompt, row.id, answer.draw),
        family=answer.family,
        task=row.task,
        kind=row.kind,
        split=answer.split,
        depth=row.depth,
        blind=asked.blinds[row.task, row.kind],
        prompt=prompt,
        pictures=pictures,
        question=row.question,
        gold=row.gold,
        output=answer.output,
        finish=answer.finish,
        failure=None,
        prompt_tokens=answer.prompt_tokens,
        tokens=answer.tokens,
        cost=answer.cost,
        judged=answer.judged,
    )


def heads_of(state: RunState, kept: Kept) -> dict[str, str]:
    """By split, a digest of what its questions' file says of the whole of it."""
    return {"/".join(one.key): kept[key_of(one)].head_digest() for one in state.data}


def digest_of_keys(records: Sequence[Record]) -> str:
    """One digest of all that the answers depend on: model, sampling, prompt, pictures, question."""
    return hashlib.sha256("".join(one.key for one in records).encode()).hexdigest()


def seal(entry: Entry) -> Entry:
    """The entry with the digests of what it holds now."""
    return replace(entry, about=replace(entry.about, sha256=digests_of(entry)))


def digests_of(entry: Entry) -> dict[str, str]:
    """The digest of each member, of `about.json` without the digests."""
    return _digests(entry.about, members_of(entry))


def _digests(about: About, others: Mapping[str, bytes]) -> dict[str, str]:
    members = {ABOUT: _text(asdict(replace(about, sha256={}))), **others}
    return {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}


def members_of(entry: Entry) -> dict[str, bytes]:
    """The members of its archive but for `about.json`."""
    lines = [json.dumps(asdict(one), separators=(",", ":"), allow_nan=False) for one in entry.answers]  # fmt: skip
    return {
        RUN: entry.state.to_json(),
        ANSWERS: "".join(f"{line}\n" for line in lines).encode(),
        REPORT: _text(entry.report),
    }


def write_entry(folder: Path, entry: Entry) -> Path:
    """Put an entry into the folder of entries, with the digests that its `about` tells."""
    path = path_of(folder, entry.about.name)
    write_whole(path, pack({ABOUT: _text(asdict(entry.about)), **members_of(entry)}))
    return path


def _text(value: Any) -> bytes:
    return (json.dumps(value, indent=1, allow_nan=False) + "\n").encode()


def path_of(folder: Path, name: str) -> Path:
    """Where an entry of a name lies.

    Raises:
        BoardError: it is no name.
    """
    if not NAME.fullmatch(name):
        raise BoardError(
            f"no name {name!r} for an entry; it has 1 to 80 letters, digits and . _ - between them"
        )
    return folder / f"{name}{ENDING}"


def read_entry(path: Path) -> Entry:
    """The entry in a file; what it claims is not proved yet.

    Raises:
        BoardError: it is damaged, altered, or none.
    """
    members = unpack(path, MEMBERS)
    about = _read(path, ABOUT, members, About.from_json)
    if path_of(path.parent, about.name) != path:
        raise BoardError(f"{path} says that it is {about.name!r}")
    others = {name: content for name, content in members.items() if name != ABOUT}
    for name, digest in _digests(about, others).items():
        if about.sha256.get(name) != digest:
            raise BoardError(f"{path}: {name} was altered since it was entered")
    entry = Entry(
        about,
        _read(path, RUN, members, RunState.from_json),
        _read(path, ANSWERS, members, _answers),
        _read(path, REPORT, members, _object),
    )
    for name, content in {ABOUT: _text(asdict(about)), **members_of(entry)}.items():
        if members[name] != content:
            raise BoardError(
                f"{path}: {name} is not as it is written here: something stands in it twice, or beside it"
            )
    return entry


def _read(path: Path, name: str, members: Mapping[str, bytes], read: Any) -> Any:
    try:
        return read(members[name] if name == ANSWERS else of_size(members[name]))
    except ValueError as problem:
        raise BoardError(f"{path}: {name} is damaged: {problem}") from None


def _answers(content: bytes) -> tuple[Answer, ...]:
    return tuple(from_row(Answer, parse_json(of_size(line))) for line in content.split(b"\n")[:-1])


def _object(content: bytes) -> dict[str, Any]:
    read = parse_json(content)
    if not isinstance(read, dict):
        raise ValueError("no JSON object")
    return read


def entry_paths(folder: Path) -> list[Path]:
    """The entries in a folder, by name."""
    return sorted(folder.glob(f"*{ENDING}"))
