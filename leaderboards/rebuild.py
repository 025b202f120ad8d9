"""rebuild: is the data of the entries what our builders draw, bit by bit?

A split that was drawn follows from its seed, size, level and the versions of its tasks. Built anew, it must
have the digest, the shift and the partner that the entries say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from builders import registry
from builders.dataset import Progress, build
from builders.engine import Engine
from builders.files import BuildError
from builders.plan import SplitPlan
from builders.registry import Load
from builders.task import LEVELS, Canvas
from leaderboards.archive import BoardError
from leaderboards.proof import Fault, Finding
from leaderboards.questions import Questions


@dataclass(frozen=True, slots=True)
class Builder:
    """How datasets are built."""

    engine: Engine
    progress: Progress
    load: Load = registry.tasks


def plan_of(one: Questions, load: Load) -> SplitPlan:
    """What a split is built by.

    Raises:
        BoardError: it was not drawn, or by other versions of its tasks.
    """
    name = f"{one.family}/{one.split}"
    heading = one.heading
    if heading.source is not None:
        raise BoardError(
            f"{name} is of {heading.source.name}: a public dataset, which is not drawn"
        )
    for task, version in one.tasks.items():
        known = load().get(task)
        here = "none" if known is None else f"version {known.version}"
        if known is None or known.version != version:
            raise BoardError(f"{name} was drawn by version {version} of {task}; here is {here}")
    assert heading.image_size is not None and heading.seed is not None, "what is drawn has both"
    width, height = heading.image_size
    return SplitPlan(
        family=one.family,
        split=one.split,
        rows=len(one.rows),
        seed=heading.seed,
        canvas=Canvas(width, height),
        tasks=one.tasks,
        grader=one.grader,
        level=next(level for level in LEVELS if level == heading.level),
    )


def rebuild(questions: Sequence[Questions], folder: Path, how: Builder) -> Iterator[Finding]:
    """Build the splits anew, each dataset in a folder of its own, and tell which are others."""
    datasets: list[list[tuple[Questions, SplitPlan]]] = []
    for one in questions:
        try:
            plan = plan_of(one, how.load)
        except BoardError as problem:
            yield Finding("/".join(one.key[:2]), Fault.REBUILD, str(problem))
            continue
        beside = (parts for parts in datasets if _fits(one, parts))
        if (parts := next(beside, None)) is None:
            datasets.append(parts := [])
        parts.append((one, plan))
    for number, parts in enumerate(datasets):
        yield from _compare(parts, folder / str(number), how)


def _fits(one: Questions, parts: Sequence[tuple[Questions, SplitPlan]]) -> bool:
    """Whether a split can lie in the dataset of others: built alike, and not there in another size."""
    first = parts[0][0]
    alike = (one.family, one.heading) == (first.family, first.heading)
    return alike and all(one.split != other.split for other, _ in parts)


def _compare(
    parts: Sequence[tuple[Questions, SplitPlan]], folder: Path, how: Builder
) -> Iterator[Finding]:
    try:
        built = build([plan for _, plan in parts], folder, how.engine, how.progress, how.load)
    except BuildError as problem:
        name = parts[0][0].family
        yield Finding(name, Fault.REBUILD, f"{name} cannot be built anew: {problem}")
        return
    for one, _ in parts:
        made = built.manifest["families"][one.family][one.split]
        name = f"{one.family}/{one.split}"
        if made["digest"] != one.digest:
            said = (
                f"{name}, built anew, has the digest {made['digest'][:16]}…, not {one.digest[:16]}…"
            )
            yield Finding(name, Fault.REBUILD, said)
        for fact in ("shift", "paired_with"):
            if made[fact] != getattr(one, fact):
                said = (
                    f"{name}, built anew, has {fact} = {made[fact]!r}, not {getattr(one, fact)!r}"
                )
                yield Finding(name, Fault.REBUILD, said)
