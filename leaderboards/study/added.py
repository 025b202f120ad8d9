"""added: what does the last stage of a recipe add to the model that the one before left?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leaderboards.study.figures import Seeds, by_place, together
from leaderboards.study.finished import OUTSIDE, Finished
from leaderboards.study.paired import compared
from reasonrft.config import Recipe
from reasonrft.report.gaps import IN_DOMAIN
from reasonrft.study.cells import WHOLE


@dataclass(frozen=True, slots=True)
class Added:
    """How much more a recipe that learned from everything answers after its last stage, on the same questions."""

    family: str
    recipe: Recipe
    measure: str  # a split, or OUTSIDE
    difference: Seeds


def added(cells: Sequence[Finished]) -> list[Added]:
    """What is known of it: of recipes of two stages whose model was asked between them (`eval.between`)."""
    found = []
    for (family, recipe, share), seeds in by_place(cells).items():
        if share != WHOLE:
            continue
        for measure in (IN_DOMAIN, OUTSIDE):
            known = {
                seed: it
                for seed, one in seeds.items()
                if (it := compared(one, replace(one, marks=one.before), measure))
            }
            if known:
                found.append(Added(family, recipe, measure, together(known)))
    return found
