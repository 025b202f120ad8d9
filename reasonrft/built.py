"""built: what is built for an experiment that names no data of its own?"""

from collections.abc import Sequence

from builders.plan import TRAIN, Request, SplitPlan, make_plans
from builders.registry import Tasks
from reasonrft.config import RunConfig
from reasonrft.families import chosen


def families_of(config: RunConfig, tasks: Tasks) -> Sequence[str]:
    """The families of an experiment."""
    return chosen(config.data.family, (task.family for task in tasks.values()))


def data_plans(config: RunConfig, family: str, tasks: Tasks) -> list[SplitPlan]:
    """What is built of a family: `train` if anything learns from it, and what is tested on.

    Raises:
        BuildError: there is no such thing.
    """
    data = config.data
    request = Request(
        family,
        [TRAIN, data.splits],
        data.preset,
        [f"{split}={rows}" for split, rows in data.sizes.items()],
        data.seed,
        data.image_size,
        data.level,
        data.tasks,
    )
    return [plan for plan in make_plans(request, tasks) if config.stages or plan.split != TRAIN]
