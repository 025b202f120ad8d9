"""expression: a formula in variables, or a tuple, set, interval, matrix or equation; also a constant."""

from dataclasses import dataclass, field
from typing import ClassVar

from evaluators import quantity
from evaluators.formula import Formula
from evaluators.latex import Written, read
from evaluators.same import is_defined, same
from evaluators.tree import Apply, Symbol, Tree, is_scalar, variables
from evaluators.verdict import Score


@dataclass(frozen=True, slots=True)
class Expression(Formula):
    """A formula that is equal to another when both are the same function."""

    kind: ClassVar[str] = "expression"
    hint: ClassVar[str] = "an exact expression, such as 2x + 3 or \\frac{\\sqrt{2}}{10}"
    _gold: Written = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the gold once; ValueError where it is outside the grammar."""
        Formula.__post_init__(self)
        gold = read(self.value, None, "names")
        if gold is None or not all(is_defined(side.tree) for side in gold.sides):
            raise ValueError(f"gold {self.value!r} is not an expression that the grammar knows")
        object.__setattr__(self, "_gold", gold)

    def score(self, written: str) -> Score | None:
        """1 for the same function, tuple, set or equation; 0 for another; None for none at all."""
        equation = _equation(self._gold)
        stated = read(written, self._variables(), "names") if equation is not None else None
        if equation is not None and stated and (other := _equation(stated)) is not None:
            return Score(float(same(equation, other)))
        statement = read(written, self._variables()) if equation is None else stated
        if statement is None or (equation is not None and self._gold.label is None):
            return None
        if not self._variables():  # S = πr² = 9π
            statement = quantity.constants(statement) or statement
        if not quantity.commits(statement):
            return None
        if statement.label and self._gold.label and statement.label != self._gold.label:
            return Score(0.0)
        return Score(
            float(quantity.is_same(statement, self._gold.sides[0], self._tolerance, self._rivals))
        )

    def _variables(self) -> frozenset[str]:
        label = {self._gold.label} if self._gold.label else set()
        return frozenset(label).union(*(variables(side.tree) for side in self._gold.sides))


def _equation(statement: Written) -> Tree | None:
    """The equation that a chain of two sides is, a label being one of them."""
    sides = [side.tree for side in statement.sides]
    if statement.label:
        sides.insert(0, Symbol(statement.label))
    if len(sides) != 2 or not all(map(is_scalar, sides)) or not any(map(variables, sides[-2:])):
        return None
    if quantity.commits(statement) and not statement.label:
        return None
    return Apply("=", (sides[0], sides[1]))
