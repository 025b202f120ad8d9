"""Folders of made-up experiments: evaluations of a model that gets better, and journals of its training."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from evaluators import layout
from reasonrft.alarms import Alarms
from reasonrft.backend import Ask, Completion, Outcome
from reasonrft.config import RunConfig, Stage
from reasonrft.config_file import make_config
from reasonrft.experiment import FORMAT
from tests.report_data import Scripted, Write, make_run, other_than, right
from tests.training_curves import STEADY, Row, grpo_rows, sft_rows

SKILL = {"base": 0.3, "eval-sft": 0.5, "eval": 0.7}  # share of right answers in domain
CONFIG = make_config({"name": "made-up", "eval": {"between": True}}, (), "")


def skilled(share: float) -> Write:
    """A model that is right so often, less out of domain; what is easy stays easy."""

    def write(ask: Ask) -> Outcome:
        chance = Random(f"{ask.sample.id}").random()
        if chance < share * (0.7 if ask.sample.split.startswith("ood-") else 1.0):
            return right(ask)
        return Completion(layout("I guess.", other_than(ask.sample)), "stop", 50, 12)

    return write


def healthy_training(seed: int = 0) -> dict[Stage, list[Row]]:
    rng = Random(seed)
    return {"sft": sft_rows(rng), "grpo": grpo_rows(rng, STEADY)}


def make_experiment(
    run: Path,
    data: Sequence[Path],
    journals: Mapping[Stage, Sequence[Row]],
    config: RunConfig = CONFIG,
    evaluations: Sequence[str] = tuple(SKILL),
    circumstances: Mapping[str, Any] | None = None,
) -> Path:
    """The folder of a finished experiment, without its report; its alarms are those of its journals."""
    run.mkdir(parents=True)
    told = {
        "format": FORMAT,
        "config": config.model_dump(mode="json"),
        "rrft": "0.1.0",
    }
    (run / "experiment.json").write_text(json.dumps(told | dict(circumstances or {})))
    for name in evaluations:
        make_run(run / name, data, Scripted(skilled(SKILL[name]), f"made-up {name}"))
    for stage, rows in journals.items():
        write_stage(run / stage, config, stage, rows)
    return run


def write_stage(folder: Path, config: RunConfig, stage: Stage, rows: Sequence[Row]) -> None:
    """A stage's journal, its alarms, and that it is done."""
    folder.mkdir()
    alarms = Alarms(config, stage)
    raised = [
        {"step": row["step"], "name": one.name, "message": one.message}
        for row in rows
        for one in alarms.look(row)
    ]
    write_lines(folder / "log.jsonl", rows)
    if raised:
        write_lines(folder / "alarms.jsonl", raised)
    done = {"steps": rows[-1]["step"], "device": "cpu", "versions": {"trl": "1.16.0"}}
    (folder / "done.json").write_text(json.dumps(done))


def write_lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
