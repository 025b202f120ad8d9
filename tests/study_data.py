"""Studies whose experiments were never trained: a model that answers by a rule, and made-up journals."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from evaluators import layout
from reasonrft.backend import Ask, Completion, Outcome
from reasonrft.config import Recipe
from reasonrft.experiment import FORMAT
from reasonrft.study.cells import Cell, Study
from reasonrft.study.definition import StudyConfig
from tests.experiment_data import write_stage
from tests.report_data import Scripted, Write, make_run, other_than, right, write_data
from tests.training_curves import STEADY, grpo_rows, sft_rows

RECIPES = tuple(Recipe)
Skill = Callable[[Cell], float]  # the share of right answers in domain


def make_config(
    seeds: Sequence[int] = (0, 1, 2),
    families: Sequence[str] = ("counting",),
    recipes: Sequence[Recipe] = RECIPES,
    shares: Sequence[float] = (),
    *,
    between: bool = False,
) -> StudyConfig:
    """A study whose data could be built: they are not."""
    trained = [recipe for recipe in recipes if recipe is not Recipe.ZERO_SHOT]
    table: dict[str, Any] = {
        "name": "made-up",
        "seeds": list(seeds),
        "settings": {
            "data": {"level": "easy", "image_size": "128x96", "stage_1": 100},
            "eval": {"between": between},
        },
        "families": {family: {} for family in families},
        "recipes": {recipe: {} for recipe in recipes},
    }
    if shares:
        table["efficiency"] = {"shares": list(shares), "recipes": trained}
    return StudyConfig.model_validate(table)


def usual_skill(cell: Cell) -> float:
    """Better with later recipes and with more data."""
    return (0.15 + 0.12 * RECIPES.index(cell.recipe)) * math.pow(cell.share, 0.2)


def skilled(share: float, cell: Cell) -> Write:
    """Right so often: what is easy is easy for all, and a part of it is luck; less out of domain."""

    def write(ask: Ask) -> Outcome:
        easy = Random(f"{ask.sample.id}/{cell.seed}").random()
        luck = Random(f"{ask.sample.id}/{cell.name}").random()
        reached = share * (0.7 if ask.sample.split.startswith("ood-") else 1.0)
        if (easy + luck) / 2 < 0.5 + (reached - 0.5) * 0.7:
            return right(ask)
        return Completion(layout("I guess.", other_than(ask.sample)), "stop", 50, 12)

    return write


def make_study(
    folder: Path,
    config: StudyConfig,
    skill: Skill = usual_skill,
    sizes: Sequence[str] = ("test=40", "ood=20"),
    write: Callable[[float, Cell], Write] = skilled,
) -> Study:
    """The folder of a study that is done, without its report."""
    study = Study(config, folder)
    (folder / "cells").mkdir(parents=True)
    data = {
        family: write_data(folder / "data" / family, family, sizes) for family in config.families
    }
    for cell in study.cells:
        make_cell(study, cell, data[cell.family], write(skill(cell), cell))
    return study


def make_cell(study: Study, cell: Cell, data: Path, write: Write) -> None:
    """The folder of a cell that is done."""
    experiment = study.experiment(cell)
    run = experiment.folder
    run.mkdir(parents=True)
    told: Mapping[str, Any] = {
        "format": FORMAT,
        "config": experiment.config.model_dump(mode="json"),
        "rrft": "0.1.0",
    }
    (run / "experiment.json").write_text(json.dumps(told))
    make_run(run / "eval", [data], Scripted(write, f"made-up {cell.name}"))
    rng = Random(cell.name)
    journals = {"sft": sft_rows(rng, 60), "grpo": grpo_rows(Random(f"grpo/{cell.name}"), STEADY)}
    for stage in experiment.config.stages:
        write_stage(run / stage, experiment.config, stage, journals[stage])
    (run / "eval" / "done.json").write_text("{}")
    (run / "report.json").write_text("{}")
