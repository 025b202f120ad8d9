"""benchmark: which data is a model asked when none is named: `rrft-bench`, built once into the cache.

A version of the benchmark is a seed and a size. Its files follow from that and from the versions of the
tasks alone, and are kept in a folder named after all of them.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from builders import registry
from builders.dataset import Progress, build, rows_there
from builders.engine import make_engine
from builders.files import BuildError, user_cache
from builders.plan import Request, SplitPlan, choose_splits, make_plans, splits_of
from builders.registry import Tasks
from builders.task import to_json

NAME: Final = "rrft-bench"
VERSION: Final = 1
SEED: Final = 20_260_101  # never used for training data
PRESET: Final = "standard"

Show = Callable[[str], AbstractContextManager[Progress]]  # the progress of a build with this title


def ensure_benchmark(
    families: tuple[str, ...] | None,
    splits: Sequence[str],
    show: Show,
    tell: Callable[[str], None],
) -> list[Path]:
    """The folders of the benchmark's datasets that have these splits, built where they are not yet.

    Raises:
        BuildError: there is no such family or split, or they cannot be built.
    """
    plans = benchmark_plans(families, splits, registry.tasks())
    folders = []
    for name, wanted in plans.items():
        folder = _folder(name, registry.tasks())
        there = rows_there(folder, name)
        if lacking := sum(plan.rows for plan in wanted if there.get(plan.split) != plan.rows):
            tell(
                f"building {NAME} v{VERSION} once: {lacking:,} questions of {name}, a thousand in some "
                "minutes (--data FOLDER asks those of another dataset)"
            )
        with show(f"{NAME} v{VERSION}: {name}") as progress:
            build(wanted, folder, make_engine("local"), progress, registry.tasks)
        folders.append(folder)
    return folders


def benchmark_plans(
    families: tuple[str, ...] | None, splits: Sequence[str], tasks: Tasks
) -> dict[str, list[SplitPlan]]:
    """By family, the splits that are asked for; a family that has none of them is left out."""
    known = list(dict.fromkeys(task.family for task in tasks.values()))
    if lacking := [family for family in families or () if family not in known]:
        raise BuildError(f"no family {lacking[0]!r}; there are: {', '.join(sorted(known))}")
    chosen = [name for name in known if families is None or name in families]
    there = {name: list(splits_of(name, tasks)) for name in chosen}
    wanted = choose_splits(
        splits, list(dict.fromkeys(s for names in there.values() for s in names))
    )
    return {
        name: make_plans(_request(name, [split for split in names if split in wanted]), tasks)
        for name, names in there.items()
        if set(names) & set(wanted)
    }


def _request(family: str, splits: Sequence[str]) -> Request:
    return Request(family, splits, PRESET, seed=SEED)


def _folder(family: str, tasks: Tasks) -> Path:
    """Where a family's splits lie: another version of a task, another folder."""
    plans = make_plans(_request(family, ["all"]), tasks)
    digest = hashlib.sha256(to_json([plan.settings() for plan in plans]).encode()).hexdigest()[:8]
    return user_cache() / f"{NAME}-v{VERSION}" / f"{family}-{digest}"
