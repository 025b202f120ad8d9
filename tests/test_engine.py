"""Engines: the same results wherever the work is done, and nothing is lost with a worker."""

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from multiprocessing import active_children
from pathlib import Path

import pytest

from builders.engine import (
    ATTEMPTS,
    Engine,
    InProcess,
    LocalProcesses,
    Tell,
    WorkError,
    make_engine,
    usable_cpus,
)
from builders.files import BuildError

ENGINES = [InProcess(), LocalProcesses(2), LocalProcesses(3)]


@pytest.fixture(autouse=True)
def nobody_stays() -> Iterator[None]:
    """No worker outlives its engine."""
    yield
    assert active_children() == []


def square(job: int, tell: Tell) -> int:
    tell(job)
    tell(1)
    return job * job


@pytest.mark.parametrize("engine", ENGINES, ids=str)
def test_every_job_is_done_once_and_told_of(engine: Engine) -> None:
    told: list[int] = []
    assert sorted(engine.run(square, range(7), told.append)) == [0, 1, 4, 9, 16, 25, 36]
    assert sum(told) == sum(range(7)) + 7


@pytest.mark.parametrize("engine", ENGINES, ids=str)
def test_no_jobs_are_done_at_once(engine: Engine) -> None:
    assert list(engine.run(square, [], lambda rows: None)) == []


def meet(job: int, tell: Tell, *, folder: Path) -> int:
    """Ends when the other job has begun."""
    (folder / str(job)).touch()
    while not (folder / str(1 - job)).exists():
        time.sleep(0.01)
    return os.getpid()


def test_two_workers_work_at_the_same_time(tmp_path: Path) -> None:
    pids = list(LocalProcesses(2).run(partial(meet, folder=tmp_path), [0, 1], lambda rows: None))
    assert len({*pids, os.getpid()}) == 3


def whose(job: int, tell: Tell) -> int:
    return os.getpid()


def test_a_worker_does_one_job_after_the_other() -> None:
    assert len(set(LocalProcesses(2).run(whose, range(9), lambda rows: None))) <= 2


def die_on_three(job: int, tell: Tell, *, folder: Path, deaths: int) -> int:
    """Job 3 takes its process with it, so many times, after it has told of five rows."""
    tell(5)
    if job == 3:
        attempt = len(list(folder.iterdir()))
        (folder / str(attempt)).touch()
        if attempt < deaths:
            os.kill(os.getpid(), signal.SIGKILL)
    tell(5)
    return job


@pytest.mark.parametrize("workers", [1, 2])
def test_the_job_of_a_dead_worker_is_done_again(tmp_path: Path, workers: int) -> None:
    work = partial(die_on_three, folder=tmp_path, deaths=ATTEMPTS - 1)
    told: list[int] = []
    assert sorted(LocalProcesses(workers).run(work, range(6), told.append)) == list(range(6))
    assert sum(told) == 60  # what the dead had told is taken back
    assert told.count(-5) == ATTEMPTS - 1
    assert len(list(tmp_path.iterdir())) == ATTEMPTS


def test_a_job_that_kills_all_its_workers_is_named(tmp_path: Path) -> None:
    work = partial(die_on_three, folder=tmp_path, deaths=99)
    with pytest.raises(BuildError, match=r"^3: its workers died 3 times, the last one of SIGKILL"):
        list(LocalProcesses(2).run(work, range(6), lambda rows: None))
    assert len(list(tmp_path.iterdir())) == ATTEMPTS


def leave(job: int, tell: Tell) -> int:
    os._exit(7)


def test_the_exit_code_of_a_worker_is_told() -> None:
    with pytest.raises(BuildError, match="with exit code 7"):
        list(LocalProcesses(1).run(leave, [1], lambda rows: None))


class OddError(Exception):
    """One that cannot be unpickled."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} and {second}")


def stumble(job: int, tell: Tell) -> int:
    if job == 2:
        problem = OddError(job, 5)
        problem.add_note("in sample dots/train/17")
        raise problem
    return job


@pytest.mark.parametrize("engine", ENGINES, ids=str)
def test_a_bug_keeps_its_traceback_and_its_note(engine: Engine) -> None:
    with pytest.raises((OddError, WorkError)) as caught:
        list(engine.run(stumble, range(5), lambda rows: None))
    seen = "\n".join([str(caught.value), *getattr(caught.value, "__notes__", [])])
    assert "2 and 5" in seen
    assert "in sample dots/train/17" in seen
    if isinstance(engine, LocalProcesses):
        assert "raise problem" in seen  # the worker's own lines


def refuse(job: int, tell: Tell) -> int:
    raise BuildError(f"no room for {job}")


@pytest.mark.parametrize("engine", ENGINES, ids=str)
def test_an_expected_problem_stays_one_line(engine: Engine) -> None:
    with pytest.raises(BuildError, match=r"^no room for 4$"):
        list(engine.run(refuse, [4], lambda rows: None))


def sleep_long(job: int, tell: Tell) -> int:
    time.sleep(0 if job == 0 else 60)
    return job


def test_closing_stops_the_work() -> None:
    results = LocalProcesses(2).run(sleep_long, range(4), lambda rows: None)
    start = time.monotonic()
    assert next(results) == 0
    results.close()
    assert time.monotonic() - start < 10


def test_engines_are_found_by_name() -> None:
    assert make_engine("local", 1) == InProcess()
    assert make_engine("local", 5) == LocalProcesses(5)
    assert make_engine("local") == make_engine("local", usable_cpus())
    with pytest.raises(BuildError, match=r"^no engine 'lokal'; there are: local, ray$"):
        make_engine("lokal", 1)
    with pytest.raises(BuildError, match=r"^address 'host:1': the engine local has none"):
        make_engine("local", 1, "host:1")
