"""number: one constant: a decimal, a fraction, a multiple of a root or of pi, perhaps with a unit."""

from dataclasses import dataclass, field
from typing import ClassVar

from evaluators import quantity
from evaluators.formula import Formula
from evaluators.latex import Side, read
from evaluators.verdict import Score


@dataclass(frozen=True, slots=True)
class Number(Formula):
    """A constant with its tolerance, if it has one."""

    kind: ClassVar[str] = "number"
    hint: ClassVar[str] = "a number, exact where it can be, such as 12.5, 3/4 or 5√3"
    _gold: Side = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the gold once; ValueError where it is no constant."""
        Formula.__post_init__(self)
        object.__setattr__(self, "_gold", quantity.constant(self.value))

    def score(self, written: str) -> Score | None:
        """1 for an equal value, 0 for another constant, None for anything else."""
        statement = read(written)
        statement = quantity.constants(statement) if statement else None
        if statement is None or not quantity.commits(statement):
            return None
        return Score(float(quantity.is_same(statement, self._gold, self._tolerance, self._rivals)))
