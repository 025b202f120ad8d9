"""number: one constant: a decimal, a fraction, a multiple of a root or of pi, perhaps with a unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from evaluators import quantity
from evaluators.latex import Side, read
from evaluators.quantity import Tolerance
from evaluators.verdict import Score


@dataclass(frozen=True, slots=True)
class Number:
    """A constant with its tolerance, if it has one."""

    kind: ClassVar[str] = "number"
    hint: ClassVar[str] = "a number, exact where it can be, such as 12.5, 3/4 or 5√3"
    value: str  # as written: `5\\sqrt{3}`, `12 cm`, `18.2`
    tolerance: str | None = None  # a distance, `0.05`, or a share of the value, `3%`
    options: tuple[str, ...] = ()  # where given, a tolerance never reaches a neighbour
    _gold: Side = field(init=False, repr=False, compare=False)
    _tolerance: Tolerance | None = field(init=False, repr=False, compare=False)
    _rivals: tuple[Side, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the gold once; ValueError where it is no constant."""
        object.__setattr__(self, "_gold", quantity.constant(self.value))
        object.__setattr__(self, "_tolerance", quantity.tolerance(self.tolerance))
        object.__setattr__(self, "_rivals", quantity.rivals(self.options))

    def text(self) -> str:
        """The value as the gold writes it."""
        return self.value

    def score(self, written: str) -> Score | None:
        """1 for an equal value, 0 for another constant, None for anything else."""
        statement = read(written)
        statement = quantity.constants(statement) if statement else None
        if statement is None or not quantity.commits(statement):
            return None
        return Score(float(quantity.is_same(statement, self._gold, self._tolerance, self._rivals)))

    def fields(self) -> dict[str, Any]:
        """The value under `gold`, the settings under their names where they are set."""
        return quantity.fields(self.value, self.tolerance, self.options)

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """From a JSON number or text, with `tolerance` and `options` where given."""
        return cls(
            quantity.gold_text(fields["gold"]),
            quantity.tolerance_text(fields.get("tolerance")),
            quantity.option_texts(fields.get("options")),
        )
