"""answer: what a gold answer can do, whatever its kind."""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, Self

from evaluators.verdict import Score


class Answer(Protocol):
    """A gold answer that can score a written one; one implementation a kind."""

    kind: ClassVar[str]
    hint: ClassVar[str]  # how the prompt tells the model to write it

    def text(self) -> str:
        """The answer as a perfect model writes it."""
        ...

    def score(self, written: str) -> Score | None:
        """The score of a written answer; None where it is not an answer of this kind."""
        ...

    def fields(self) -> dict[str, Any]:
        """The fields of its JSON form, without the tag."""
        ...

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """The answer that these fields describe; ValueError where they describe none."""
        ...
