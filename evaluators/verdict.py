"""verdict: what a grader says of one model output."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """How an answer fared. Compare with `is`: every member is truthy."""

    CORRECT = "correct"
    PARTIAL = "partial"
    WRONG = "wrong"
    UNREAD = "unread"  # no answer of the expected kind could be read


@dataclass(frozen=True, slots=True)
class Score:
    """What a gold answer says of a written one that it could read."""

    value: float  # in [0, 1]; exactly 1 means correct
    detail: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The one result behind reward, metric and leaderboard."""

    score: float  # in [0, 1]; partial credit lives here
    status: Status
    answer: str | None  # the answer text as read; None where nothing was found
    well_formed: bool  # kept the <think>…</think><answer>…</answer> layout
    detail: Mapping[str, float] = field(default_factory=dict)
