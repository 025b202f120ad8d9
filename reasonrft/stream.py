"""stream: fresh samples from the builders, as many as are asked for, none of which `train` has."""

from collections.abc import Sequence
from typing import Final, overload

from builders.plan import TRAIN, SplitPlan
from builders.registry import Load, tasks
from builders.sample import Sample
from builders.task import draw_sample
from reasonrft.built import data_plans, families_of
from reasonrft.config import RunConfig

ENDLESS: Final = 1 << 40


class Stream(Sequence[Sample]):
    """Samples by number, drawn as they are asked for: families take turns, then tasks.

    A sample follows from its seed and index alone. The indices go on where those of `train` end.
    """

    def __init__(self, plans: Sequence[SplitPlan], load: Load) -> None:
        """Take the plan of each family's `train` as it was built."""
        self._plans, self._load = tuple(plans), load

    def __len__(self) -> int:
        """More than anybody asks for."""
        return ENDLESS

    @overload
    def __getitem__(self, place: int) -> Sample: ...
    @overload
    def __getitem__(self, place: slice) -> list[Sample]: ...
    def __getitem__(self, place: int | slice) -> Sample | list[Sample]:
        """The sample of a number; some of them for a slice."""
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        number, family = divmod(place, len(self._plans))
        plan = self._plans[family]
        name, index = plan.origin(plan.rows + number)
        task = self._load()[name].at(plan.level)
        return draw_sample(task, plan.split, plan.seed, index, plan.canvas)


def stream(config: RunConfig, load: Load = tasks) -> Stream:
    """The fresh samples of an experiment, which builds its data itself.

    Raises:
        BuildError: there is no such family or size.
    """
    known = load()
    plans = [
        plan
        for family in families_of(config, known)
        for plan in data_plans(config, family, known)
        if plan.split == TRAIN
    ]
    return Stream(plans, load)
