"""formula: what a number and an expression share as gold answers: a written value and its settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from evaluators import quantity
from evaluators.latex import Side
from evaluators.quantity import Tolerance


@dataclass(frozen=True, slots=True)
class Formula:
    """A value as written, with what may be near enough to it."""

    value: str  # `5\\sqrt{3}`, `12 cm`, `18.2`, `2x + 3`
    tolerance: str | None = None  # of a constant: a distance, `0.05`, or a share of the value, `3%`
    options: tuple[str, ...] = ()  # where given, a tolerance never reaches a neighbour
    _tolerance: Tolerance | None = field(init=False, repr=False, compare=False)
    _rivals: tuple[Side, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the settings once; ValueError where they are none."""
        object.__setattr__(self, "_tolerance", quantity.tolerance(self.tolerance))
        object.__setattr__(self, "_rivals", quantity.rivals(self.options))

    def text(self) -> str:
        """The value as the gold writes it."""
        return self.value

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
