"""provers: what derives the gold of a row anew, if anything does?"""

from builders import registry
from builders.registry import Known
from builders.task import SolveSome


def makers() -> Known:
    """All that rows are made by."""
    return {**registry.tasks(), **registry.cleaners()}


def prover_of(maker: str, version: int | None, known: Known) -> SolveSome | str:
    """The solver of what made a row; or why there is none, which is no fault of the row."""
    found = known.get(maker)
    if found is None:
        return f"nothing here knows {maker}"
    if found.version != version:
        return f"{maker} has version {found.version} here, not {version}"
    if found.solve is None:
        return f"nothing stored proves an answer of {maker}"
    solve: SolveSome = found.solve
    return solve
