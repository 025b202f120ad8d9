"""definition: what is asked of recipes, families, seeds and shares of the training set, as a TOML file says it."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from reasonrft.config import ALL_STAGES, STAGES, ConfigError, Recipe, RunConfig, Section, Seed
from reasonrft.config_file import (
    change,
    change_of,
    is_study,
    merged,
    read_table,
    told,
    with_extended,
)

# Settings of an experiment that a study gives each of its cells itself.
OWN: Final = ("name", "recipe", "seed", "data.family", "data.path", "data.seed", "data.rows")
IN_FAMILY: Final = "recipes"  # in a family's table: what is a recipe's own there
OF_A_RECIPE: Final = "stage_1"  # the one setting of data in which recipes may differ
Part = Annotated[float, Field(gt=0, lt=1)]
Table = Mapping[str, Any]


def share_name(share: float) -> str:
    """A share in percent, as the names of experiments have it."""
    return f"{100 * share:g}"


def _are_different(name: str, values: Iterable[str]) -> None:
    """Refuse an experiment that is asked for twice: both would have one folder."""
    for value, count in Counter(values).items():
        if count > 1:
            raise ValueError(f"{name}: {value} is there {count} times")


class EfficiencyConfig(Section):
    """What is learned from parts of the training set."""

    shares: tuple[Part, ...] = Field(min_length=1)
    """Of the rows of `train`, its first ones; the whole is there anyway."""
    recipes: tuple[Recipe, ...] = Field(min_length=1)
    families: tuple[str, ...] = ()
    """None: all of the study's."""
    seeds: tuple[Seed, ...] = ()
    """None: all of the study's."""

    @model_validator(mode="after")
    def _differ(self) -> Self:
        _are_different("efficiency.shares", map(share_name, self.shares))
        for name in ("recipes", "families", "seeds"):
            _are_different(f"efficiency.{name}", map(str, getattr(self, name)))
        return self


class StudyConfig(Section):
    """A study: an experiment for each recipe, family and seed, and for shares of the training set."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")
    seeds: tuple[Seed, ...] = Field(min_length=1)
    """Each is trained, and tested on data of its own."""
    first_data_seed: int = Field(0, ge=0)
    """The data of seed N are built with this and N."""
    settings: Table = Field(default_factory=dict)
    """Of all experiments, as a file of one has them; it may extend one."""
    families: Mapping[str, Table] = Field(min_length=1)
    """By name, the settings that are a family's; in `recipes` those of its recipes, by name."""
    recipes: Mapping[Recipe, Table] = Field(min_length=1)
    """By name, the settings that are a recipe's."""
    efficiency: EfficiencyConfig | None = None
    keep_checkpoints: bool = True
    """Of stages that are done; nothing reads them any more."""

    @field_validator("seeds")
    @classmethod
    def _differ(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        _are_different("seeds", map(str, seeds))
        return seeds

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for family in self.families:
            _is_of_recipes(f"families.{family}.{IN_FAMILY}", self._in_family(family), self.recipes)
        of_recipes = list(self._of_recipes())
        tables = [("settings", self.settings)]
        tables += [(f"families.{family}", self.of_family(family)) for family in self.families]
        tables += [(name, table) for name, _, table in of_recipes]
        for name, table in tables:
            _leaves_own(name, table)
        for name, recipe, table in of_recipes:
            _learns_from_the_same(name, table)
            _has_stages(name, recipe, table)
        if self.efficiency is not None:
            _is_of(self, self.efficiency)
        return self

    def of_family(self, family: str) -> Table:
        """The settings of all recipes in a family."""
        return {key: value for key, value in self.families[family].items() if key != IN_FAMILY}

    def of_recipe(self, recipe: Recipe, family: str) -> Table:
        """The settings of a recipe in a family: its own there win over those that it has everywhere."""
        return merged(self.recipes[recipe], self._in_family(family).get(recipe, {}))

    def _in_family(self, family: str) -> Any:
        return self.families[family].get(IN_FAMILY, {})

    def _of_recipes(self) -> Iterator[tuple[str, Recipe, Table]]:
        """Each table of a recipe, everywhere or in a family, and where it stands."""
        for recipe, table in self.recipes.items():
            yield f"recipes.{recipe}", recipe, table
        for family in self.families:
            for recipe, table in self._in_family(family).items():
                yield f"families.{family}.{IN_FAMILY}.{recipe}", Recipe(recipe), table


def _is_of_recipes(name: str, tables: Any, recipes: Collection[Recipe]) -> None:
    """Refuse what is no table for each of some recipes of a study."""
    if not isinstance(tables, Mapping) or not all(
        isinstance(table, Mapping) for table in tables.values()
    ):
        raise ValueError(f"{name} = {tables!r} is no table of tables")
    if other := [recipe for recipe in tables if recipe not in recipes]:
        raise ValueError(
            f"{name}.{other[0]}: no recipe of this study, which has {', '.join(recipes)}"
        )


def _leaves_own(name: str, table: Table) -> None:
    if not isinstance(data := table.get("data", {}), Mapping):
        raise ValueError(f"{name}.data = {data!r} is no table")
    for key in _keys(table):
        if key in OWN:
            raise ValueError(f"{name}.{key} is what a study says itself, for each cell")


def _keys(table: Table, before: str = "") -> Iterator[str]:
    for key, value in table.items():
        yield f"{before}{key}"
        if isinstance(value, Mapping):
            yield from _keys(value, f"{before}{key}.")


def _learns_from_the_same(name: str, table: Table) -> None:
    """Refuse a recipe with data of its own: it could not be compared with the others."""
    if other := [key for key in table.get("data", {}) if key != OF_A_RECIPE]:
        raise ValueError(
            f"{name}.data.{other[0]}: recipes are compared on the same data; of it only "
            f"{OF_A_RECIPE} may differ"
        )


def _has_stages(name: str, recipe: Recipe, table: Table) -> None:
    """Refuse settings of a stage that a recipe does not have: they would do nothing."""
    if other := [one for one in ALL_STAGES if one in table and one not in STAGES[recipe]]:
        has = " and ".join(STAGES[recipe]) or "none"
        raise ValueError(f"{name}.{other[0]}: a stage that {recipe} does not have; it has {has}")


def _is_of(study: StudyConfig, wanted: EfficiencyConfig) -> None:
    """Refuse shares for what is no part of the study."""
    trained = [recipe for recipe in study.recipes if STAGES[recipe]]
    for name, asked, there in (
        ("recipes", wanted.recipes, trained),
        ("families", wanted.families, list(study.families)),
        ("seeds", wanted.seeds, list(study.seeds)),
    ):
        if other := [one for one in asked if one not in there]:
            known = ", ".join(map(str, there)) or "none"
            raise ValueError(
                f"no {other[0]!s} among the {name} of this study that are trained; there are: {known}"
            )


def read_study(path: Path, changes: Sequence[str] = ()) -> StudyConfig:
    """The study in a file, its name the file's where it says none.

    Args:
        path: A TOML file; `settings` in it may extend an experiment, and the file another study.
        changes: `key=value`, such as `settings.grpo.steps=50`.

    Raises:
        ConfigError: it cannot be read, or says what there is not.
    """
    table = {"name": path.stem} | read_table(path)
    if (
        not is_study(table)
        and table.keys() & RunConfig.model_fields.keys() - StudyConfig.model_fields.keys()
    ):
        raise ConfigError(f"{path} is one experiment, and no study: `rrft train` runs it")
    if isinstance(settings := table.get("settings"), dict) and "extends" in settings:
        extended = _without_own(with_extended({"extends": settings.pop("extends")}, path))
        table["settings"] = merged(extended, settings)
    for one in changes:
        change(table, one)
    try:
        return StudyConfig.model_validate(table)
    except ValidationError as problem:
        said = change_of(problem, changes) or path
        raise ConfigError(f"{said}: {told(problem, StudyConfig)}") from None


def _without_own(table: Table, before: str = "") -> dict[str, Any]:
    """The settings of an experiment but for what a study says itself."""
    return {
        key: _without_own(value, f"{before}{key}.") if isinstance(value, Mapping) else value
        for key, value in table.items()
        if f"{before}{key}" not in OWN
    }
