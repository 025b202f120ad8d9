"""stop: how does long work end when it is told to, by Ctrl-C or by the SIGTERM of a batch system?"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from builders.files import ExpectedError


class Terminated(KeyboardInterrupt):
    """SIGTERM has come: what Ctrl-C raises, under another name for the exit code."""


class Stopped(ExpectedError):  # noqa: N818 - whoever asked wanted it
    """Work that was told to stop."""

    def __init__(self, sentence: str, cause: KeyboardInterrupt) -> None:
        """Say what is done; the cause gives the exit code that shells know."""
        super().__init__(sentence)
        self.code = 128 + (signal.SIGTERM if isinstance(cause, Terminated) else signal.SIGINT)


@contextmanager
def stoppable(sentence: str) -> Iterator[None]:
    """Work that SIGTERM stops as Ctrl-C does: it tidies up, and says the sentence if it has no better one."""
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    except KeyboardInterrupt as cause:
        raise Stopped(sentence, cause) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated
