"""cluster: the nodes of a Ray cluster, each job a task of one processor.

What a node must have is what this machine has: the same code, the same libraries, and the place where the
work leaves its results. A task whose worker or node dies is given out again. Few more tasks are out than
there are processors, so that a stop leaves little behind and the scheduler of Ray has little to hold.
"""

import logging
import os
import re
import signal
import socket
import sys
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any, Final

import builders
import evaluators
from builders.engine.work import Done, Failed, J, Order, R, Tell, Work, outcome
from builders.extras import install
from builders.files import BuildError

ATTEMPTS_ON_NODES: Final = 5  # at a job: nodes of a cluster come and go, whatever they are at
OUT_PER_PROCESSOR: Final = 2  # tasks that are given out, so that none waits for the next one
SECONDS_BETWEEN: Final = 1.0  # two looks at the size of the cluster, or at a signal
SECONDS_TO_ANSWER: Final = 10.0  # of a cluster's head
TOKENS: Final = "RAY_AUTH_MODE"  # the variable that tells Ray to show its token to an address
HOST_AND_PORT: Final = re.compile(r"([^:/]+):([0-9]{1,9})")
CODE: Final = "the toolkit's code"
# What pixels and files may depend on, besides the code; letters are drawn in the fonts of matplotlib.
LIBRARIES: Final = ("matplotlib", "numba", "numpy", "opencv-python-headless", "pillow", "pyarrow")
MISSING: Final = f"the engine ray needs the package ray: {install('ray')}"


@dataclass(frozen=True, slots=True)
class RayCluster:
    """Tasks on a cluster, or on one of this machine that lasts as long as they do."""

    # HOST:PORT, or auto; None: RAY_ADDRESS, or a cluster of this machine.
    address: str | None = None
    most: int | None = None  # tasks at once; None: as many as the cluster has processors

    def run(self, work: Work[J, R], jobs: Sequence[J], tell: Tell) -> Generator[R, None, None]:
        """The results in the order in which they come; rows are told of when their job is done."""
        if not jobs:
            return
        with _connected(self.address, self.most) as ray:
            orders = _Orders(ray, work, jobs, self.most)
            try:
                while orders.give():
                    yield from orders.listen(tell)
            finally:
                orders.cancel()


@contextmanager
def _connected(address: str | None, most: int | None) -> Iterator[Any]:
    """Ray, connected; what the caller had connected stays so."""
    try:
        import ray
    except ImportError:
        raise BuildError(MISSING) from None
    if ray.is_initialized():
        yield ray
        return
    _check_address(address)
    # A cluster of ours tells nobody of itself.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    alone = address is None and "RAY_ADDRESS" not in os.environ
    own: dict[str, Any] = {"num_cpus": most, "include_dashboard": False} if alone else {}
    with _own_signals():
        try:
            # One that runs here already is another's, and has processors of its own number: `auto` takes it.
            ray.init(
                "local" if alone else address,
                log_to_driver=False,
                logging_level=logging.ERROR,
                **own,
            )
        except (ConnectionError, RuntimeError, ValueError) as problem:
            reason = " ".join(str(problem).split())
            raise BuildError(
                f"no Ray cluster at {address or 'this machine'}: {reason}{_hint()}"
            ) from None
    try:
        yield ray
    finally:
        with _own_signals():
            ray.shutdown()


def _hint() -> str:
    """What may be missing: a cluster that `ray start` made may want a token, which Ray then does not look for."""
    return "" if TOKENS in os.environ else f"; if it wants a token, set {TOKENS}=token"


def _check_address(address: str | None) -> None:
    """Refuse one where nobody listens: Ray would try for minutes.

    Raises:
        BuildError: it says why.
    """
    found = HOST_AND_PORT.fullmatch(address or "")
    if found is None:  # auto, ray://…, or none
        return
    try:
        socket.create_connection((found[1], int(found[2])), SECONDS_TO_ANSWER).close()
    except (OSError, OverflowError) as problem:
        raise BuildError(f"no Ray cluster at {address}: {problem}") from None


@contextmanager
def _own_signals() -> Iterator[None]:
    """Ray puts its own handler of SIGTERM; a build that is told to stop needs ours."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if current_thread() is main_thread():
            signal.signal(signal.SIGTERM, before)


class _Orders:
    """The tasks that are out, and the jobs that wait."""

    def __init__(
        self, ray: Any, work: Work[Any, Any], jobs: Sequence[Any], most: int | None
    ) -> None:
        self._ray = ray
        self._most = most
        self._waiting = deque(Order(job) for job in jobs)
        self._out: dict[Any, Order[Any]] = {}  # by what Ray gives for a task
        self._task = ray.remote(num_cpus=1, max_retries=0)(_attempt)
        self._work = ray.put(work)
        self._here = fingerprint()

    def give(self) -> bool:
        """Give out tasks, as many as may be; whether any are out."""
        bound = self._most or OUT_PER_PROCESSOR * max(1, self._processors())
        while self._waiting and len(self._out) < bound:
            order = self._waiting.popleft()
            self._out[self._task.remote(self._work, order.job, self._here)] = order
        return bool(self._out)

    def _processors(self) -> int:
        return int(self._ray.cluster_resources().get("CPU", 1))

    def listen(self, tell: Tell) -> Iterator[Any]:
        """Wait a while for news; the results among them."""
        ended, _ = self._ray.wait(list(self._out), num_returns=1, timeout=SECONDS_BETWEEN)
        for task in ended:
            order = self._out.pop(task)
            found = self._fetch(task, order)
            if found is None:
                continue
            outcome, rows = found
            if isinstance(outcome, Failed):
                raise outcome.error(order.job)
            tell(rows)
            yield outcome.result

    def _fetch(self, task: Any, order: Order[Any]) -> "tuple[Done[Any] | Failed, int] | None":
        """What came of a task; None if its worker or its node died, and it is to be done again."""
        from ray.exceptions import RayError, RayTaskError

        try:
            found: tuple[Done[Any] | Failed, int] = self._ray.get(task)
        except RayTaskError:
            raise  # a bug of this file
        except RayError as problem:
            cause = type(problem).__name__
            if order.attempt == ATTEMPTS_ON_NODES:
                lost = f"its workers or their nodes were lost {ATTEMPTS_ON_NODES} times"
                raise BuildError(f"{order.job}: {lost}, the last time by {cause}") from None
            self._waiting.appendleft(Order(order.job, order.attempt + 1))
            return None
        return found

    def cancel(self) -> None:
        """End what is out."""
        for task in self._out:
            self._ray.cancel(task, force=True)


def _attempt(
    work: Work[Any, Any], job: Any, there: Mapping[str, str]
) -> tuple[Done[Any] | Failed, int]:
    """The life of a task, on its node: what came of the job, and how many rows it told of."""
    if differs := [name for name, one in fingerprint().items() if there.get(name) != one]:
        name = differs[0]
        here = f"{name} {fingerprint()[name]}, not {there.get(name)}"
        return Failed(f"node {os.uname().nodename} has {here}", expected=True), 0
    rows: list[int] = []
    found = outcome(work, job, rows.append)
    return found, sum(rows)


@cache
def fingerprint() -> Mapping[str, str]:
    """What a node must have in common with the others for the same bytes to come out."""
    code = sha256()
    for package in (evaluators, builders):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            code.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return {
        CODE: code.hexdigest()[:12],
        "Python": ".".join(map(str, sys.version_info[:2])),
        **{library: version(library) for library in LIBRARIES},
    }
