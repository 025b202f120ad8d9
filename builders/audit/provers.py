"""provers: what derives the gold of a row anew, if anything does?"""

from collections.abc import Callable, Mapping
from typing import Any

from builders import registry
from evaluators import AnyAnswer

# None: this scene does not tell the answer, as of some rows of public datasets.
Solve = Callable[[str, Mapping[str, Any]], AnyAnswer | None]
# By name, what made rows: each has a `version`, and a `solve` that may be None.
Makers = Mapping[str, Any]
LoadMakers = Callable[[], Makers]  # finds them, in a new process too


def makers() -> Makers:
    """All that rows are made by."""
    return {**registry.tasks(), **registry.cleaners()}


def prover_of(maker: str, version: int | None, known: Makers) -> Solve | str:
    """The solver of what made a row; or why there is none, which is no fault of the row."""
    found = known.get(maker)
    if found is None:
        return f"nothing here knows {maker}"
    if found.version != version:
        return f"{maker} has version {found.version} here, not {version}"
    if found.solve is None:
        return f"nothing stored proves an answer of {maker}"
    solve: Solve = found.solve
    return solve
