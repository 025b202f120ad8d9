"""expression: a formula in variables, or a tuple, set, interval, matrix or equation; also a constant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from evaluators import quantity
from evaluators.latex import Labels, Side, Written, read
from evaluators.quantity import Tolerance
from evaluators.same import is_defined, same
from evaluators.tree import Apply, Symbol, Tree, is_scalar, variables
from evaluators.verdict import Score


@dataclass(frozen=True, slots=True)
class Expression:
    """A formula that is equal to another when both are the same function."""

    kind: ClassVar[str] = "expression"
    hint: ClassVar[str] = "an exact expression, such as 2x + 3 or \\\\frac{\\\\sqrt{2}}{10}"
    value: str
    tolerance: str | None = None  # for constants only
    options: tuple[str, ...] = ()
    _gold: Written = field(init=False, repr=False, compare=False)
    _tolerance: Tolerance | None = field(init=False, repr=False, compare=False)
    _rivals: tuple[Side, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the gold once; ValueError where it is outside the grammar."""
        gold = read(self.value, None, "names")
        if gold is None or not all(is_defined(side.tree) for side in gold.sides):
            raise ValueError(f"gold {self.value!r} is not an expression that the grammar knows")
        object.__setattr__(self, "_gold", gold)
        object.__setattr__(self, "_tolerance", quantity.tolerance(self.tolerance))
        object.__setattr__(self, "_rivals", quantity.rivals(self.options))

    def text(self) -> str:
        """The expression as the gold writes it."""
        return self.value

    def score(self, written: str) -> Score | None:
        """1 for the same function, tuple, set or equation; 0 for another; None for none at all."""
        equation = _equation(self._gold)
        is_equation = equation is not None and self._gold.label is None
        labels: Labels = "names" if is_equation else "any"
        statement = read(written, self._variables(), labels)
        if statement is None:
            return None
        if equation is not None and (other := _equation(statement)) is not None:
            return Score(float(same(equation, other)))
        if not self._variables():  # S = πr² = 9π
            statement = quantity.constants(statement) or statement
        if is_equation or not quantity.commits(statement):
            return None
        if statement.label and self._gold.label and statement.label != self._gold.label:
            return Score(0.0)
        return Score(
            float(quantity.is_same(statement, self._gold.sides[0], self._tolerance, self._rivals))
        )

    def _variables(self) -> frozenset[str]:
        label = {self._gold.label} if self._gold.label else set()
        return frozenset(label).union(*(variables(side.tree) for side in self._gold.sides))

    def fields(self) -> dict[str, Any]:
        """The expression under `gold`, the settings under their names where they are set."""
        return quantity.fields(self.value, self.tolerance, self.options)

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """From a text, with `tolerance` and `options` where given."""
        return cls(
            quantity.gold_text(fields["gold"]),
            quantity.tolerance_text(fields.get("tolerance")),
            quantity.option_texts(fields.get("options")),
        )


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
