"""engine: where is the work done: in this process, in several of this machine, or on a Ray cluster?

An engine is one class with a `run`, in a file of its own. The work is a function that a new process can
import, its jobs can be pickled, and neither knows which engine it is: what a job leaves behind is the same
on any.
"""

import os
from collections.abc import Callable, Mapping
from typing import Final

from builders.engine.cluster import RayCluster
from builders.engine.processes import LocalProcesses
from builders.engine.work import ATTEMPTS, Engine, InProcess, Tell, Work, WorkError
from builders.files import BuildError

__all__ = [
    "ATTEMPTS",
    "ENGINES",
    "Engine",
    "InProcess",
    "LocalProcesses",
    "RayCluster",
    "Tell",
    "Work",
    "WorkError",
    "make_engine",
    "usable_cpus",
]


def make_engine(name: str, workers: int | None = None, address: str | None = None) -> Engine:
    """The engine of a name.

    Args:
        name: One of ENGINES.
        workers: At once; None: one for each processor, of this machine or of the cluster.
        address: Of a cluster; None: the engine's usual one.

    Raises:
        BuildError: there is no such engine, or it has no address.
    """
    if name not in ENGINES:
        raise BuildError(f"no engine {name!r}; there are: {', '.join(ENGINES)}")
    return ENGINES[name](workers, address)


def _local(workers: int | None, address: str | None) -> Engine:
    if address is not None:
        raise BuildError(f"address {address!r}: the engine local has none; --engine ray has")
    number = workers or usable_cpus()
    return InProcess() if number == 1 else LocalProcesses(number)


def _ray(workers: int | None, address: str | None) -> Engine:
    return RayCluster(address, workers)


ENGINES: Final[Mapping[str, Callable[[int | None, str | None], Engine]]] = {
    "local": _local,
    "ray": _ray,
}


def usable_cpus() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
