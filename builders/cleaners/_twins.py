"""_twins: in which split does a diagram stay that several splits have?

The test split stays whole, so that figures on it can be compared; what repeats its diagrams goes from validation and training, and
what repeats validation's goes from training.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from builders.cleaner import RefusedError

SPLITS: Final = ("train", "val", "test")  # a diagram belongs to the last that has it
TWINS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "twin-in-test": "its diagram is in the test split too",
        "twin-in-val": "its diagram is in the validation split too",
    }
)


def owners(diagrams: Iterable[tuple[str, Sequence[str]]]) -> Mapping[str, str]:
    """The split that each diagram belongs to, from each record's split and its diagram's keys."""
    owned: dict[str, str] = {}
    for split, keys in diagrams:
        for key in keys:
            owned[key] = max(owned.get(key, split), split, key=SPLITS.index)
    return owned


def twin(split: str, keys: Sequence[str], owned: Mapping[str, str]) -> str | None:
    """The split that a record's diagram belongs to, where that is another."""
    owner = max((owned[key] for key in keys), key=SPLITS.index, default=split)
    return None if owner == split else owner


def check_twin(owner: str | None) -> None:
    """Refuse a record whose diagram belongs to another split; for one of TWINS."""
    if owner is not None:
        raise RefusedError(f"twin-in-{owner}", f"one picture in two splits, {owner} and its own")
