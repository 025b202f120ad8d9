"""_crew: how are several requests under way at once?"""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread

from reasonrft.backend import Ask, ModelError, Outcome


class Crew:
    """Threads that ask; they never keep the process from ending."""

    def __init__(self, size: int, ask: Callable[[Ask], Outcome]) -> None:
        """Start so many threads, which ask like this."""
        self.waiting = 0
        self._size = size
        self._wanted: SimpleQueue[Ask | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[Ask, Outcome | Exception]] = SimpleQueue()
        for _ in range(size):
            Thread(target=self._work, args=(ask,), daemon=True).start()

    def _work(self, ask: Callable[[Ask], Outcome]) -> None:
        while (wanted := self._wanted.get()) is not None:
            try:
                self._done.put((wanted, ask(wanted)))
            except Exception as problem:  # noqa: BLE001 - raised where it is heard
                self._done.put((wanted, problem))

    def give(self, ask: Ask) -> None:
        """Have it asked by the next that is free."""
        self.waiting += 1
        self._wanted.put(ask)

    def hear(self, seconds: float | None) -> tuple[Ask, Outcome | ModelError] | None:
        """What has come; None if nothing does in so many seconds."""
        try:
            ask, outcome = self._done.get(timeout=seconds)
        except Empty:
            return None
        self.waiting -= 1
        if isinstance(outcome, Exception) and not isinstance(outcome, ModelError):
            raise outcome
        return ask, outcome

    def dismiss(self) -> None:
        """Nothing more will be given."""
        for _ in range(self._size):
            self._wanted.put(None)
