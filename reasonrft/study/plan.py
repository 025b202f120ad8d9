"""plan: what would a study do, what of it is done, and how long will the rest take?"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reasonrft.config import ConfigError
from reasonrft.estimate import ASSUMED
from reasonrft.outlook import Outlook, outlook
from reasonrft.study.cells import Cell, State, Study, chosen, traits_in

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text


@dataclass(frozen=True, slots=True)
class Planned:
    """A cell, how far it is, and what it would do."""

    cell: Cell
    state: State
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class Plan:
    """What a study would do."""

    study: Study
    planned: tuple[Planned, ...]
    jobs: int

    @property
    def counts(self) -> Counter[State]:
        """How many cells are how far."""
        return Counter(one.state for one in self.planned)

    @property
    def seconds(self) -> float | None:
        """Of training, all cells that are not done, one after the other; None: a model's size is not known."""
        known = [one.outlook.seconds for one in self.planned if one.state is not State.DONE]
        return None if None in known else sum(one for one in known if one)

    @property
    def questions(self) -> int:
        """That are asked in the evaluations of the cells that are not done."""
        return sum(
            one.outlook.asked * one.outlook.evaluations
            for one in self.planned
            if one.state is not State.DONE
        )

    @property
    def remarks(self) -> list[str]:
        """What must be known of it, each sentence once with the cells that it is of."""
        found: dict[str, list[str]] = defaultdict(list)
        for one in self.planned:
            for remark in (one.cell.remark, *one.outlook.remarks):
                if remark and not remark.startswith("estimated:"):  # said once, for all
                    found[remark].append(one.cell.name)
        said = [f"{_names(names)}: {remark}" for remark, names in found.items()]
        return [*said, f"estimated for one thread of this processor: {'; '.join(ASSUMED)}"]

    def tables(self) -> "list[Table | Text]":
        """The same in a terminal."""
        from reasonrft.report.tables import plan_tables

        return plan_tables(self)

    def to_json(self) -> dict[str, Any]:
        """All of it, for a program."""
        return {
            "name": self.study.config.name,
            "folder": str(self.study.folder),
            "jobs": self.jobs,
            "cells": [_cell_json(one) for one in self.planned],
            "training_seconds": self.seconds,
            "questions": self.questions,
            "remarks": self.remarks,
        }


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
    return f"{names[0]}{more}"


def _cell_json(one: Planned) -> dict[str, Any]:
    cell = one.cell
    return {
        "name": cell.name,
        "family": cell.family,
        "recipe": str(cell.recipe),
        "seed": cell.seed,
        "share": cell.share,
        "state": str(one.state),
        "stages": {
            stage.stage: {"rows": stage.rows, "steps": stage.steps} for stage in one.outlook.stages
        },
        "training_seconds": one.outlook.seconds,
        "questions": one.outlook.asked * one.outlook.evaluations,
    }


def make_plan(study: Study, only: Sequence[str] = (), jobs: int = 1) -> Plan:
    """The plan of a study, or of the cells that are asked for.

    Args:
        study: The study.
        only: `family=counting,recipe=cot-sft`: several values of one name are alternatives.
        jobs: How many cells run beside one another.

    Raises:
        ExpectedError: a cell cannot be run as it is written, or something was begun with other settings.
    """
    cells = chosen(study, _read_only(study, only))
    study.check()
    planned = [
        Planned(cell, study.state(cell), outlook(cell.planned, study.run(cell))) for cell in cells
    ]
    return Plan(study, tuple(planned), jobs)


def _read_only(study: Study, only: Sequence[str]) -> dict[str, list[str]]:
    there = traits_in(study.cells)
    wanted: dict[str, list[str]] = defaultdict(list)
    for text in (part.strip() for one in only for part in one.split(",")):
        name, equals, value = text.partition("=")
        if not equals or name not in there:
            raise ConfigError(
                f"no choice {text!r}; it is NAME=VALUE, NAME one of {', '.join(there)}"
            )
        if value not in there[name]:
            raise ConfigError(f"no {name} {value!r}; there are: {', '.join(there[name])}")
        wanted[name].append(value)
    return wanted
