"""cells: the experiments of a study, each of which `rrft train` could run by itself, and where they lie."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from builders import registry
from builders.dataset import check_built
from builders.plan import TRAIN, SplitPlan
from reasonrft.built import data_plans
from reasonrft.config import OF_BUILDING, STAGES, ConfigError, Recipe, RunConfig
from reasonrft.config_file import make_config, merged
from reasonrft.estimate import questions_a_step
from reasonrft.experiment import (
    EXPERIMENT,
    Experiment,
    ExperimentError,
    check_experiment,
    read_experiment,
)
from reasonrft.job import DONE
from reasonrft.portions import share_of
from reasonrft.run import REPORT
from reasonrft.study.definition import StudyConfig, share_name

WHOLE: Final = 1.0  # share of the training set
CELLS, DATA, RUNS, LOGS = "cells", "data", "runs", "logs"  # folders of a study


class State(StrEnum):
    """How far a cell is."""

    DONE = "done"
    BEGUN = "begun"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Cell:
    """One experiment of a study."""

    family: str
    recipe: Recipe
    seed: int
    share: float  # of the rows of `train`
    table: Mapping[str, Any]  # of its own file
    planned: RunConfig  # the same as if it built its data itself
    remark: str  # what it cannot have as the others have it

    @property
    def name(self) -> str:
        """What its file and its folder are called."""
        return _name(self.family, self.recipe, self.seed, self.share)


def _name(family: str, recipe: Recipe, seed: int, share: float) -> str:
    part = "" if share == WHOLE else f"-{share_name(share)}pct"
    return f"{family}-{recipe}{part}-seed{seed}"


@dataclass(frozen=True)
class Study:
    """A study and where it lies."""

    config: StudyConfig
    folder: Path

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All of them: those that learn from everything first, seed by seed.

        Raises:
            ConfigError: the settings of one are none.
            BuildError: there are no such data.
            PortionError: there is nothing to learn from.
        """
        config, wanted = self.config, self.config.efficiency
        places = [
            (family, recipe, seed, WHOLE)
            for seed in config.seeds
            for family in config.families
            for recipe in config.recipes
        ]
        if wanted is not None:
            places += [
                (family, recipe, seed, share)
                for seed in wanted.seeds or config.seeds
                for family in wanted.families or config.families
                for recipe in wanted.recipes
                for share in sorted(wanted.shares)
            ]
        families = dict.fromkeys((family, seed) for family, _, seed, _ in places)
        rows = {
            one: next((plan.rows for plan in self.plans(*one) if plan.split == TRAIN), 0)
            for one in families
        }
        if wanted is not None:
            for (family, _), count in rows.items():
                _check_shares(wanted.shares, family, count)
        return tuple(
            self._cell(family, recipe, seed, share, rows[family, seed])
            for family, recipe, seed, share in places
        )

    def data(self, family: str, seed: int) -> Path:
        """The folder of a family's dataset of a seed."""
        return self.folder / DATA / f"{family}-{self.config.first_data_seed + seed}"

    def file(self, cell: Cell) -> Path:
        """The file of a cell's settings."""
        return self.folder / CELLS / f"{cell.name}.toml"

    def run(self, cell: Cell) -> Path:
        """The folder of a cell's experiment."""
        return self.folder / RUNS / cell.name

    def log(self, cell: Cell) -> Path:
        """What a cell's experiment has said."""
        return self.folder / LOGS / f"{cell.name}.log"

    def experiment(self, cell: Cell) -> Experiment:
        """A cell's experiment, begun or not."""
        return Experiment(self.run(cell), make_config(cell.table, (), str(self.file(cell))))

    def state(self, cell: Cell) -> State:
        """How far a cell is.

        Raises:
            ExperimentError: it was begun with other settings.
        """
        experiment = self.experiment(cell)
        self._check_data_seed(cell)
        check_experiment(experiment.folder, experiment.config)
        # The report is written when all else is done.
        if (experiment.evaluation / DONE).exists() and (experiment.folder / REPORT).exists():
            return State.DONE
        return State.BEGUN if (experiment.folder / EXPERIMENT).exists() else State.NEW

    def _check_data_seed(self, cell: Cell) -> None:
        """Refuse a cell that was begun on data of another seed, which the name of their folder says."""
        if not (self.run(cell) / EXPERIMENT).exists():
            return
        wanted = self.data(cell.family, cell.seed)
        for there in read_experiment(self.run(cell)).config.data.path:
            found = re.fullmatch(rf"{re.escape(cell.family)}-(\d+)", there.name)
            if (
                found
                and there.name != wanted.name
                and there.parent.resolve() == wanted.parent.resolve()
            ):
                raise ExperimentError(
                    f"{self.folder} was begun with first_data_seed = {int(found[1]) - cell.seed}, not "
                    f"{self.config.first_data_seed}; choose another --out"
                )

    def check(self) -> None:
        """Refuse a folder in which anything of this study was begun otherwise than it says now.

        Raises:
            ExperimentError: an experiment was, even one that is done or is not asked for now.
            BuildError: the data were; the settings of experiments do not tell how. By other versions of tasks
                and grader they may have been if nothing is left to do.
        """
        is_done = {self.state(cell) for cell in self.cells} == {State.DONE}
        for family, seed in data_of(self.cells):
            plans = self.plans(family, seed)
            check_built(self.data(family, seed), plans, any_version=is_done)

    def plans(self, family: str, seed: int) -> list[SplitPlan]:
        """What is built of a family for a seed, for all of its cells.

        Raises:
            BuildError: there is no such thing.
        """
        recipes = list(self.config.recipes)
        learning = next((recipe for recipe in recipes if STAGES[recipe]), recipes[0])
        table = self._planned(family, learning, seed)
        return data_plans(self._config(table, family), family, registry.tasks())

    def _planned(self, family: str, recipe: Recipe, seed: int) -> dict[str, Any]:
        """The settings of a cell that learns from everything, and builds its data itself."""
        config = self.config
        data_seed = config.first_data_seed + seed
        own = {
            "name": _name(family, recipe, seed, WHOLE),
            "recipe": str(recipe),
            "seed": seed,
            "data": {"family": [family], "seed": data_seed},
        }
        shared = merged(config.settings, config.of_family(family))
        return merged(merged(shared, config.of_recipe(recipe, family)), own)

    def _cell(self, family: str, recipe: Recipe, seed: int, share: float, rows: int) -> Cell:
        table = self._planned(family, recipe, seed)
        name = _name(family, recipe, seed, share)
        if share != WHOLE:
            part = _part(self._config(table, name), share, rows)
            table = merged(table, {"name": name, "data": part})
        config = self._config(table, name)
        fewer, remark = _fewer_questions(config, family, rows)
        table = merged(table, fewer)
        data = {key: value for key, value in table["data"].items() if key not in OF_BUILDING}
        own = {**table, "data": {"path": [str(self.data(family, seed))], **data}}
        return Cell(family, recipe, seed, share, own, self._config(table, name), remark)

    def _config(self, table: Mapping[str, Any], name: str) -> RunConfig:
        return make_config(table, (), f"{self.config.name}, {name}")


def _rows_of(share: float, rows: int) -> int:
    return max(1, round(share * rows))


def _check_shares(shares: Sequence[float], family: str, rows: int) -> None:
    """Refuse shares that would be experiments of the same rows.

    Raises:
        ConfigError: two come to as many rows, or one to all of them.
    """
    known = {rows: WHOLE}
    for share in sorted(shares):
        part = _rows_of(share, rows)
        if part in known:
            raise ConfigError(
                f"efficiency.shares: {share:g} and {known[part]:g} of the {rows:,} rows of {family} are the same "
                f"{part:,}"
            )
        known[part] = share


def _part(config: RunConfig, share: float, rows: int) -> dict[str, Any]:
    """The first rows of `train`, and as great a share of those of stage 1."""
    part = {"rows": _rows_of(share, rows)}
    if config.recipe is Recipe.REASON_RFT:
        part["stage_1"] = _rows_of(share, config.data.stage_1)
    return part


def _fewer_questions(config: RunConfig, family: str, rows: int) -> tuple[dict[str, Any], str]:
    """What makes a step of stage 2 ask no more questions than there are, and a remark on that."""
    if "grpo" not in config.stages or config.grpo.data != "rows":
        return {}, ""
    left = len(share_of(config, "grpo", family, range(rows)))
    asked = questions_a_step(config, "grpo")
    prompts = left * config.grpo.prompts // asked
    if asked <= left or not prompts:
        return {}, ""
    fewer = asked * prompts // config.grpo.prompts
    remark = f"a step of stage 2 asks {fewer:,} questions in place of {asked:,}: it has {left:,}"
    return {"grpo": {"prompts": prompts}}, remark


def chosen(study: Study, only: Mapping[str, Sequence[str]]) -> tuple[Cell, ...]:
    """The cells that are asked for: by what they have in common, one of several values of each.

    Raises:
        ConfigError: there is nothing of that kind.
    """
    return tuple(
        cell
        for cell in study.cells
        if all(traits_of(cell)[name] in values for name, values in only.items())
    )


def traits_of(cell: Cell) -> dict[str, str]:
    """By what a cell may be chosen."""
    return {
        "family": cell.family,
        "recipe": str(cell.recipe),
        "seed": str(cell.seed),
        "share": f"{cell.share:g}",
    }


def traits_in(cells: Sequence[Cell]) -> dict[str, list[str]]:
    """Each trait with the values that there are."""
    return {
        name: list(dict.fromkeys(traits_of(cell)[name] for cell in cells))
        for name in traits_of(cells[0])
    }


def data_of(cells: Sequence[Cell]) -> Iterator[tuple[str, int]]:
    """The families and seeds whose data some cells need, each once."""
    yield from dict.fromkeys((cell.family, cell.seed) for cell in cells)
