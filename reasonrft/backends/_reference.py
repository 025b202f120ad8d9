"""_reference: answers without a model, by a rule; what tells the pipeline's own faults from a model's."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reasonrft.backend import Ask, Completion, Outcome, Sampling


@dataclass(frozen=True, slots=True)
class Reference:
    """Writes what a rule says."""

    name: str
    write: Callable[[Ask, Sampling], str]

    def identity(self) -> Mapping[str, Any]:
        """Its name alone."""
        return {"backend": self.name, "model": self.name}

    def circumstances(self) -> Mapping[str, Any]:
        """None that matter."""
        return {}

    def answer(self, asks: Iterator[Ask], sampling: Sampling) -> Iterator[tuple[Ask, Outcome]]:
        """One answer after the other."""
        for ask in asks:
            yield ask, Completion(self.write(ask, sampling))

    def close(self) -> None:
        """Hold nothing."""
