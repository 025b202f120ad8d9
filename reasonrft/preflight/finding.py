"""finding: what does a check come to?"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it stands."""

    OK = "ok"
    WARNING = "warning"  # it will run, and may not do what is hoped for
    FAULT = "fault"  # it will not run, or come to nothing


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has seen, and what to do about it."""

    check: str
    state: State
    seen: str
    advice: str = ""


def ok(check: str, seen: str) -> Finding:
    """Nothing is wrong."""
    return Finding(check, State.OK, seen)


def warning(check: str, seen: str, advice: str) -> Finding:
    """Something may be wrong."""
    return Finding(check, State.WARNING, seen, advice)


def fault(check: str, seen: str, advice: str) -> Finding:
    """Something is wrong."""
    return Finding(check, State.FAULT, seen, advice)
