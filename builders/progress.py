"""progress: how far is long work, and how long will it take: a bar, or a line now and then in a log."""

import re
import time
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

SECONDS_BETWEEN_LINES: Final = 30
COMMANDS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # of a terminal


class WorkProgress:
    """Shows on stderr how many rows or answers are done, the rate, and the time left."""

    def __init__(self, title: str, things: str = "rows") -> None:
        """Show nothing yet."""
        self._title = printable(title)
        self._things = things
        self._console = Console(stderr=True)
        self._has_bar = self._console.is_terminal and not self._console.is_dumb_terminal
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),  # a name of others
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}", markup=False),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task(self._title, total=None, pace="")
        self._total = self._kept = self._drawn = 0
        self._started = self._spoken = time.monotonic()
        # When the first were done, and how many; they wait for all that has to begin.
        self._first: tuple[float, int] | None = None

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._has_bar:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        if self._has_bar:
            self._bar.stop()

    def start(self, total: int, kept: int) -> None:
        """So many are wanted, of which so many are there already."""
        self._total, self._kept, self._drawn, self._first = total, kept, 0, None
        self._started = self._spoken = time.monotonic()
        self._bar.update(self._task, total=total, completed=kept)

    def advance(self, rows: int) -> None:
        """So many more are done; fewer, where a worker died."""
        self._drawn += rows
        done = self._kept + self._drawn
        now = time.monotonic()
        if self._first is None:
            self._first = now, self._drawn
        self._bar.update(self._task, completed=done, pace=self.pace())
        if not self._has_bar and now - self._spoken > SECONDS_BETWEEN_LINES:
            self._spoken = now
            line = f"rrft: {self._title}: {done:,} of {self._total:,} {self._things}"
            line = ", ".join(filter(None, [line, self.pace()]))
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    @property
    def seconds(self) -> float:
        """Since the drawing began."""
        return time.monotonic() - self._started

    def pace(self) -> str:
        """The rate since the first were done, or how often there is one, and the time left."""
        since, before = self._first or (0.0, 0)
        drawn, seconds = self._drawn - before, time.monotonic() - since
        if drawn <= 0 or seconds <= 0:
            return ""
        rate = drawn / seconds
        left = (self._total - self._kept - self._drawn) / rate
        each = 1 / rate
        slow = f"one every {duration(each) if each >= 10 else f'{each:.1f} s'}"
        speed = f"{rate:.1f} {self._things}/s" if rate >= 1 else slow
        return f"{speed}, {duration(left)} left"


def writable(name: str) -> str:
    """A name that need not be UTF-8, such as a path's, as text that a file can have."""
    return name.encode(errors="backslashreplace").decode()


def printable(text: str) -> str:
    """A text of others with nothing that a terminal obeys, nor what it cannot show."""
    return COMMANDS.sub(lambda sign: f"\\u{ord(sign[0]):04x}", writable(text))  # as JSON writes it


def number_of(count: int, noun: str) -> str:
    """So many things that have a plural in s: `1 step`, `2,000 steps`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def duration(seconds: float) -> str:
    """A time as a person says it: `42 s`, `3 min 05 s`, `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"
