"""processes: several processes of this machine, each at one job after the other."""

import os
import signal
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import Any, Generic

from builders.engine.work import ATTEMPTS, Done, Failed, J, Order, R, Tell, Work, outcome
from builders.files import BuildError


@dataclass(frozen=True, slots=True)
class LocalProcesses:
    """Processes of this machine; the job of one that dies is done again by another."""

    workers: int

    def run(self, work: Work[J, R], jobs: Sequence[J], tell: Tell) -> Generator[R, None, None]:
        """The results in the order in which they come."""
        crew = _Crew(work, jobs, tell)
        try:
            while crew.employ(self.workers):
                yield from crew.listen()
        finally:
            crew.stop()


@dataclass(frozen=True, slots=True)
class _Told:
    rows: int


class _Crew(Generic[J, R]):
    """The workers, the order that each is at, and the orders that wait."""

    def __init__(self, work: Work[J, R], jobs: Sequence[J], tell: Tell) -> None:
        self._work = work
        self._tell = tell
        self._waiting = deque(Order(job) for job in jobs)
        self._busy: dict[_Worker[J, R], Order[J]] = {}
        self._idle: list[_Worker[J, R]] = []

    def employ(self, most: int) -> bool:
        """Hand out orders, to new workers too while there are fewer than so many; whether any are out."""
        while self._waiting and len(self._busy) < most:
            order = self._waiting.popleft()
            worker = self._idle.pop() if self._idle else _Worker(self._work)
            worker.give(order.job)
            self._busy[worker] = order
        return bool(self._busy)

    def listen(self) -> Iterator[R]:
        """Wait for news; the results among them."""
        news = wait([worker.connection for worker in self._busy])
        for worker in [worker for worker in self._busy if worker.connection in news]:
            match worker.hear():
                case _Told(rows):
                    self._busy[worker].told += rows
                    self._tell(rows)
                case Done(result):
                    del self._busy[worker]
                    self._idle.append(worker)
                    yield result
                case Failed() as failed:
                    raise failed.error(self._busy[worker].job)
                case None:
                    self._bury(worker)

    def _bury(self, worker: "_Worker[J, R]") -> None:
        order = self._busy.pop(worker)
        self._tell(-order.told)
        cause = worker.death()
        if order.attempt == ATTEMPTS:
            raise BuildError(
                f"{order.job}: its workers died {ATTEMPTS} times, the last one {cause}; "
                "if memory ran out, try fewer --workers"
            )
        self._waiting.appendleft(Order(order.job, order.attempt + 1))

    def stop(self) -> None:
        """End all workers, whatever they are at."""
        for worker in [*self._busy, *self._idle]:
            worker.end()


class _Worker(Generic[J, R]):
    """A process that does one job after the other, seen from here."""

    def __init__(self, work: Work[J, R]) -> None:
        # Spawned, not forked: a fork of a process with threads (JIT, Arrow) can hang.
        context = get_context("spawn")
        self.connection, its_end = context.Pipe()
        self._process = context.Process(target=_serve, args=(its_end, work), daemon=True)
        with _no_interrupts():
            self._process.start()
        its_end.close()  # so that its death closes the pipe

    def give(self, job: J) -> None:
        with suppress(BrokenPipeError):  # died while idle: heard of next
            self.connection.send(job)

    def hear(self) -> "_Told | Done[R] | Failed | None":
        """Its message; None if it has died."""
        try:
            message: _Told | Done[R] | Failed = self.connection.recv()
        except (EOFError, OSError):
            return None
        return message

    def death(self) -> str:
        """What it died of."""
        self._process.join(1)  # its end of the pipe closes a moment before it has ended
        self.end()
        code = self._process.exitcode or 0
        return f"of {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Processes started in here never hear Ctrl-C; this one hears it afterwards."""
    resource_tracker.ensure_running()  # when it starts, it lets Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: "Connection[Any, Any]", work: Work[J, R]) -> None:
    """Do jobs until there are no more; the life of a worker."""
    Thread(target=_die_with_parent, daemon=True).start()
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        _send(connection, outcome(work, job, lambda rows: _send(connection, _Told(rows))))


def _die_with_parent() -> None:
    """End this process when the one that started it has ended, even by kill -9."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
    os._exit(1)


def _send(connection: "Connection[Any, Any]", message: object) -> None:
    try:
        connection.send(message)
    except OSError:  # nobody listens any more
        os._exit(1)
