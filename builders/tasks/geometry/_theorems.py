"""_theorems: all theorems, and which families of them no training sample uses."""

from typing import Final

from builders.tasks.geometry._rule import Rule
from builders.tasks.geometry._theorems_ratio import RATIO, TRIGONOMETRY
from builders.tasks.geometry._theorems_round import ROUND, SECANTS
from builders.tasks.geometry._theorems_size import SIZE
from builders.tasks.geometry._theorems_straight import STRAIGHT

THEOREMS: Final[tuple[Rule, ...]] = STRAIGHT + RATIO + ROUND + SIZE
FAMILIES: Final = tuple(dict.fromkeys(rule.family for rule in THEOREMS))
HELD_OUT: Final = frozenset({SECANTS, TRIGONOMETRY})  # of training; `ood-theorem` needs them
TRAINED: Final = tuple(rule for rule in THEOREMS if rule.family not in HELD_OUT)
