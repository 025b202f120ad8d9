"""registry: which tasks and cleaners are there: every public module of `tasks/FAMILY/` and `cleaners/` defines one."""

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType
from typing import Any

from builders import cleaners as datasets
from builders import tasks as families
from builders.cleaner import Cleaner
from builders.task import Task

Tasks = Mapping[str, Task[Any]]
Cleaners = Mapping[str, Cleaner]
Known = Mapping[str, Any]  # tasks, or cleaners
Load = Callable[[], Known]  # finds them, in a new process too


@cache
def tasks() -> Tasks:
    """All tasks by name, family after family."""
    found: dict[str, Task[Any]] = {}
    for family in _modules_of(families):
        for module in _modules_of(import_module(f"{families.__name__}.{family}")):
            task = _task_of(family, module)
            if task.name in found:
                raise ValueError(f"two tasks are called {task.name!r}")
            found[task.name] = task
    return MappingProxyType(found)


@cache
def cleaners() -> Cleaners:
    """All cleaners by name."""
    found = [_cleaner_of(module) for module in _modules_of(datasets)]
    return MappingProxyType({cleaner.name: cleaner for cleaner in found})


def _modules_of(package: ModuleType) -> list[str]:
    names = (module.name for module in iter_modules(package.__path__))
    return sorted(name for name in names if not name.startswith("_"))


def _cleaner_of(module: str) -> Cleaner:
    """The cleaner that a module defines; ValueError where it is not what the file's place says."""
    path = f"{datasets.__name__}.{module}"
    cleaner = getattr(import_module(path), "CLEANER", None)
    if not isinstance(cleaner, Cleaner):
        raise ValueError(f"{path} defines no CLEANER; modules of other things begin with _")
    if cleaner.name != module.replace("_", "-"):
        raise ValueError(f"{path} defines {cleaner.name}, another name")
    return cleaner


def _task_of(family: str, module: str) -> Task[Any]:
    """The task that a module defines; ValueError where it is not what the file's place says."""
    path = f"{families.__name__}.{family}.{module}"
    task = getattr(import_module(path), "TASK", None)
    if not isinstance(task, Task):
        raise ValueError(f"{path} defines no TASK; modules of other things begin with _")
    if (task.family, task.name) != (family, module.replace("_", "-")):
        raise ValueError(f"{path} defines {task.family}/{task.name}, another family or name")
    for name, split in task.splits.items():
        partner = split.paired_with
        if partner is not None and (
            partner not in task.splits or task.splits[partner].paired_with is not None
        ):
            raise ValueError(f"{path}: {name} is paired with {partner!r}, which cannot be")
    return task
