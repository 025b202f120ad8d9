"""record: what came of one question asked once: the answer as it was written, and the verdicts on it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Self

from builders.parse import parse_json
from builders.task import to_json
from evaluators import (
    VERSION,
    AnyAnswer,
    Reading,
    Status,
    answer_from_json,
    answer_to_json,
    grade,
)
from reasonrft.backend import Ask, Completion, Outcome
from reasonrft.paper import paper_score
from reasonrft.prompt import gold_of
from reasonrft.stored import from_row


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts on an answer, by both readings, and what the paper's own scorer would say."""

    grader: int  # the version that judged
    status: Status
    score: float
    answer: str | None  # as it was read
    well_formed: bool
    detail: Mapping[str, float]
    lenient: Status
    paper: float


@dataclass(frozen=True)
class Record:
    """One answer to one question, with all that is needed to judge it again and to break it down."""

    id: str
    draw: int  # which of the question's answers
    row: int  # of the split
    key: str  # a digest of all that the answer depends on
    family: str
    task: str
    kind: str
    split: str
    depth: int
    blind: float  # what the best constant answer reaches on questions of its kind
    prompt: str  # digest
    pictures: str  # digest
    question: str
    gold: Mapping[str, Any]  # tagged
    output: str | None  # None: no answer could be had
    finish: str
    failure: str | None
    prompt_tokens: int | None
    tokens: int | None
    cost: float | None
    judged: Judged | None  # None: no answer

    @property
    def place(self) -> tuple[str, str, int, int]:
        """Which answer it is."""
        return self.family, self.split, self.row, self.draw

    @property
    def problem(self) -> tuple[str, str]:
        """What a question and the one paired with it in another split have in common."""
        return self.task, self.id.rpartition("/")[2]

    @cached_property
    def answer(self) -> AnyAnswer:
        """The gold."""
        return answer_from_json(self.gold)

    @property
    def truncated(self) -> bool:
        """Whether the answer was cut off."""
        return self.finish == "length"

    def to_line(self) -> str:
        """The line of `records.jsonl`, without its end; a lone surrogate stays an escape."""
        return json.dumps(asdict(self), separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_line(cls, line: str | bytes) -> Self:
        """The record in a line.

        Raises:
            ValueError: there is none.
        """
        record = from_row(cls, parse_json(line))
        if (record.output is None) is not (record.judged is None):
            raise ValueError("an answer has a verdict, and what is none has none")
        try:
            _ = record.answer
        except (ValueError, TypeError, LookupError) as problem:
            raise ValueError(f"gold: {problem}") from None
        return record

    def regraded(self) -> Self:
        """The same answer judged by the grader as it is now."""
        if self.output is None:
            return self
        return replace(self, judged=judge(self.output, self.answer))


def make_record(ask: Ask, outcome: Outcome, key: str) -> Record:
    """The record of an outcome."""
    sample, gold = ask.sample, gold_of(ask.sample)
    done = outcome if isinstance(outcome, Completion) else None
    return Record(
        id=sample.id,
        draw=ask.draw,
        row=ask.row,
        key=key,
        family=sample.family,
        task=sample.task,
        kind=sample.kind,
        split=sample.split,
        depth=sample.depth,
        blind=ask.kind["blind"],
        prompt=ask.prompt.digest,
        pictures=ask.prompt.pictures,
        question=sample.question,
        gold=answer_to_json(gold),
        output=done.text if done else None,
        finish=done.finish if done else "failed",
        failure=None if isinstance(outcome, Completion) else outcome.reason,
        prompt_tokens=done.prompt_tokens if done else None,
        tokens=done.tokens if done else None,
        cost=done.cost if done else None,
        judged=judge(done.text, gold) if done else None,
    )


def key_of(ask: Ask, settings: Mapping[str, Any]) -> str:
    """A digest of all that an answer depends on."""
    return key_from(settings, ask.prompt.digest, ask.sample.id, ask.draw)


def key_from(settings: Mapping[str, Any], prompt: str, sample: str, draw: int) -> str:
    """The same from the prompt's digest and the sample's id."""
    named = to_json([settings, prompt, sample, draw])
    return hashlib.sha256(named.encode(errors="surrogatepass")).hexdigest()[:20]


def judge(output: str, gold: AnyAnswer) -> Judged:
    """The verdicts on an answer."""
    strict, lenient = grade(output, gold), grade(output, gold, Reading.LENIENT)
    return Judged(
        grader=VERSION,
        status=strict.status,
        score=strict.score,
        answer=strict.answer,
        well_formed=strict.well_formed,
        detail=dict(strict.detail),
        lenient=lenient.status,
        paper=paper_score(output, gold, lenient),
    )
