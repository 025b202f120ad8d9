"""integer: a count; exact, with no tolerance ever."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Self

from evaluators import quantity
from evaluators.latex import Side, read
from evaluators.scalar import real_value
from evaluators.tree import Apply, Number
from evaluators.verdict import Score


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number."""

    kind: ClassVar[str] = "integer"
    hint: ClassVar[str] = "a whole number in digits, such as 7"
    value: int

    def text(self) -> str:
        """The number in digits."""
        return str(self.value)

    def score(self, written: str) -> Score | None:
        """1 for the number itself, 0 for another value, None for no definite value."""
        digits = written.strip()
        if digits.isascii() and digits.isdecimal() and len(digits) < 20:
            return Score(float(int(digits) == self.value))
        statement = read(written)
        statement = quantity.constants(statement) if statement else None
        if statement is None or not quantity.commits(statement):
            return None
        if not all(map(_is_count, statement.sides)):
            return None
        return Score(float(quantity.is_same(statement, Side(Number(Fraction(self.value))))))

    def fields(self) -> dict[str, Any]:
        """The number under `gold`."""
        return {"gold": self.value}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """From a JSON integer, or its digits in a string."""
        gold = fields["gold"]
        if fields.get("tolerance") is not None:
            raise ValueError(f"tolerance {fields['tolerance']!r} on a count; a count is exact")
        statement = read(quantity.gold_text(gold), None, "names")
        value = real_value(statement.sides[0].tree) if statement else None
        if statement is None or len(statement.sides) > 1 or value is None or value.denominator != 1:
            raise ValueError(f"gold {gold!r} is not a whole number")
        return cls(value.numerator)


def _is_count(side: Side) -> bool:
    """`about 5`, `5%` and `10:2` are no counts."""
    is_share = isinstance(side.tree, Apply) and side.tree.op in ("percent", "ratio")
    is_percent = side.unit is not None and side.unit.dimension == "percent"
    return not side.about and not is_share and not is_percent
