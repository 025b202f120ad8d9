"""data: is there what a recipe learns from, and what the model is to be tested on?"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from builders import registry
from builders.files import ExpectedError
from builders.plan import TRAIN, read_image_size
from builders.registry import Tasks
from builders.sample import Sample
from builders.task import LEVELS, draw_sample
from reasonrft.config import Recipe, RunConfig
from reasonrft.families import chosen, named
from reasonrft.outlook import Stock, rows_of, stock_of, tested_splits
from reasonrft.preflight.finding import Finding, fault, ok
from reasonrft.questions import choose_sources

READ: Final = 16  # rows of a family that are looked at, where there are any
DRAWN: Final = 4  # samples of a task that are drawn, where there are no rows yet


def check_data(config: RunConfig, tasks: Tasks) -> tuple[list[Finding], Stock | None]:
    """What there is to learn from and to test on, and how many rows of each."""
    try:
        stock = stock_of(config, tasks)
    except ExpectedError as problem:
        return [fault("data", str(problem), "see rrft tasks, and rrft build-data --help")], None
    rows = sum(sum(splits.values()) for splits in stock.values())
    there = "there" if config.data.path else "to be built"
    found = [ok("data", f"{rows:,} rows of {', '.join(stock)}, {there}")]
    return [*found, *_learned(config, stock), *_tested(config, stock)], stock


def _learned(config: RunConfig, stock: Stock) -> Iterator[Finding]:
    for stage in config.stages:
        check = f"rows of {stage}"
        try:
            yield ok(check, f"{rows_of(config, stage, stock):,}")
        except ExpectedError as problem:
            advice = "more rows of train, or a smaller data.stage_1 or step (prompts × accumulate)"
            yield fault(check, str(problem), advice)


def _tested(config: RunConfig, stock: Stock) -> Iterator[Finding]:
    for family, splits in stock.items():
        check = f"test of {family}"
        try:
            yield ok(check, ", ".join(tested_splits(config, splits)))
        except ExpectedError as problem:
            yield fault(check, str(problem), "build such splits too, or name others in data.splits")


def check_thoughts(config: RunConfig, samples: Sequence[Sample]) -> Iterator[Finding]:
    """Whether there are thoughts where a recipe shows thoughts."""
    if "sft" not in config.stages or config.recipe is Recipe.ANS_SFT or not samples:
        return
    lacking = [sample.id for sample in samples if not sample.thought.strip()]
    if lacking:
        seen = f"{len(lacking)} of {len(samples)} rows have none, such as {lacking[0]}"
        yield fault("thoughts", seen, f"{config.recipe} learns thoughts; try --set recipe=ans-sft")
    else:
        yield ok("thoughts", f"all {len(samples)} rows that were looked at have one")


def some_samples(config: RunConfig, tasks: Tasks | None = None) -> dict[str, list[Sample]]:
    """A few samples of each family: the first rows that there are, or newly drawn ones.

    Raises:
        ExpectedError: there is no such data.
    """
    if config.data.path:
        return _rows(config)
    found: dict[str, list[Sample]] = {}
    canvas = read_image_size(config.data.image_size)
    level = next((one for one in LEVELS if one == config.data.level), LEVELS[0])
    known = (tasks or registry.tasks()).values()
    families = chosen(config.data.family, (task.family for task in known))
    for usual in known:
        task = usual.at(level)
        if config.data.tasks and task.name not in config.data.tasks:
            continue
        if TRAIN in task.splits and task.family in families:
            drawn = [
                draw_sample(task, TRAIN, config.data.seed, index, canvas) for index in range(DRAWN)
            ]
            found.setdefault(task.family, []).extend(drawn)
    return found


def _rows(config: RunConfig) -> dict[str, list[Sample]]:
    found: dict[str, list[Sample]] = {}
    sources = choose_sources(config.data.path, named(config.data.family), ["all"], READ)
    # Training rows where there are any: they are what is learned from.
    for source in sorted(sources, key=lambda one: one.split != TRAIN):
        if source.family not in found:
            found[source.family] = list(islice(source.samples(), READ))
    return found
