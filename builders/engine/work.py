"""work: what does an engine do, and what may come of a job?"""

import traceback
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from builders.files import BuildError

J = TypeVar("J")
R = TypeVar("R")
Tell = Callable[[int], None]  # hears how many rows more are done; fewer, after a worker's death
Work = Callable[[J, Tell], R]

ATTEMPTS: Final = 3  # at a job whose workers die


class Engine(Protocol):
    """Does jobs."""

    def run(self, work: Work[J, R], jobs: Sequence[J], tell: Tell) -> Generator[R, None, None]:
        """The results, in the order in which they come; closing it stops the work.

        Raises:
            BuildError: the work raised it, or the workers of one job died again and again.
        """


class WorkError(RuntimeError):
    """A bug in the work; the message has the traceback of the process in which it came up."""


@dataclass(frozen=True, slots=True)
class InProcess:
    """One job after the other, here."""

    def run(self, work: Work[J, R], jobs: Sequence[J], tell: Tell) -> Generator[R, None, None]:
        """The results in the order of the jobs."""
        for job in jobs:
            yield work(job, tell)


@dataclass(slots=True)
class Order(Generic[J]):
    """A job that is given out, and how it has fared."""

    job: J
    attempt: int = 1
    told: int = 0  # rows in this attempt, where they are told of before it is done


@dataclass(frozen=True, slots=True)
class Done(Generic[R]):
    """A job that was done."""

    result: R


@dataclass(frozen=True, slots=True)
class Failed:
    """One that cannot be done, by whatever worker."""

    reason: str
    expected: bool  # a BuildError; else the reason is a traceback

    def error(self, job: object) -> BuildError | WorkError:
        """The same as an exception."""
        if self.expected:
            return BuildError(self.reason)
        return WorkError(f"{job} failed in its worker\n\n{self.reason}")


def outcome(work: Work[J, R], job: J, tell: Tell) -> Done[R] | Failed:
    """What comes of a job, in a form that another process understands."""
    try:
        return Done(work(job, tell))
    except BuildError as problem:
        return Failed(str(problem), expected=True)
    except Exception:  # noqa: BLE001 - told to the parent whole, which raises it
        return Failed(traceback.format_exc(), expected=False)
