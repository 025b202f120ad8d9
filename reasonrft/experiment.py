"""experiment: the folder of an experiment: what is in it, what it was begun with, and whose it is now."""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from builders import folder as folders
from builders.files import ExpectedError, whole_name, write_whole
from builders.parse import parse_json
from reasonrft import __version__
from reasonrft.config import ALL_STAGES, RunConfig, Stage
from reasonrft.job import MODEL

FORMAT: Final = 1  # of an experiment's folder
EXPERIMENT: Final = "experiment.json"
DATA: Final = "data"  # the folder of the datasets that it builds, one a family
BASE, FINAL = "base", "final"  # evaluations: before training, and at the end
# Settings that change how an experiment is watched and kept, not what it comes to.
FREE: Final = (
    "report_to",
    "stop_on_alarm",
    "eval.backend",
    "eval.batch_size",
    "sft.save_every",
    "grpo.save_every",
)


class ExperimentError(ExpectedError):
    """What stands in the way of an experiment."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment and where it lies."""

    folder: Path
    config: RunConfig

    @property
    def data(self) -> tuple[Path, ...]:
        """The folders of its datasets: those it names, or its own, one a family."""
        own = sorted((self.folder / DATA).glob("*/"))
        return self.config.data.path or tuple(own)

    def built(self, family: str) -> Path:
        """The folder of the dataset that it builds of a family."""
        return self.folder / DATA / family

    def stage(self, stage: Stage) -> Path:
        """The folder of a stage of training."""
        return self.folder / stage

    def before(self, stage: Stage) -> str:
        """The model that a stage starts from."""
        stages = self.config.stages
        place = stages.index(stage)
        return self.config.model.path if place == 0 else str(self.trained(stages[place - 1]))

    def trained(self, stage: Stage) -> Path:
        """The model that a stage came to."""
        return self.stage(stage) / MODEL

    @property
    def final(self) -> str:
        """The model at the end: of the last stage, or the one that is only evaluated."""
        stages = self.config.stages
        return str(self.trained(stages[-1])) if stages else self.config.model.path

    @property
    def evaluations(self) -> dict[str, tuple[str, Path]]:
        """By name, which models are evaluated and into which folder, in order."""
        stages, wanted = self.config.stages, self.config.eval
        found = {}
        if stages and wanted.base:
            found[BASE] = (self.config.model.path, self.folder / "base")
        if wanted.between:
            for stage in stages[:-1]:
                found[stage] = (str(self.trained(stage)), self.folder / f"eval-{stage}")
        found[FINAL] = (self.final, self.folder / "eval")
        return found

    @property
    def evaluation(self) -> Path:
        """The folder of the evaluation at the end."""
        return self.evaluations[FINAL][1]


def usual_folder(name: str) -> Path:
    """Where an experiment or a study of this name lies, if nothing else is said."""
    return Path("experiments") / name


def read_experiment(folder: Path) -> Experiment:
    """The experiment in a folder.

    Raises:
        ExperimentError: there is none, or it is damaged.
    """
    path = folder / EXPERIMENT
    try:
        stored: Any = parse_json(path.read_bytes())
        if stored.get("format") != FORMAT:
            raise ExperimentError(f"{path} has format {stored.get('format')!r}, not {FORMAT}")
        return Experiment(folder, RunConfig.model_validate(stored["config"]))
    except FileNotFoundError:
        raise ExperimentError(f"no experiment in {folder}: it has no {EXPERIMENT}") from None
    except (ValueError, KeyError, AttributeError) as problem:
        first = str(problem).splitlines()[0]
        raise ExperimentError(
            f"{path} cannot be read: {first}; mend it, or begin anew in another folder"
        ) from None


@contextmanager
def open_experiment(folder: Path, config: RunConfig) -> Iterator[Experiment]:
    """The folder of an experiment for this process alone: a new one, or one with the same settings.

    Raises:
        ExperimentError: it holds something else, or another experiment.
        BuildError: it is no folder, or another process works at it.
    """
    with folders.alone(folder, "an experiment", "worked at"):
        path = folder / EXPERIMENT
        _remove_partials(folder)
        if path.exists():
            there = read_experiment(folder)
            if change := difference(there.config, config):
                raise ExperimentError(
                    f"{folder} was begun with {change}; choose another --out, or delete it"
                )
        elif others := [one.name for one in folder.iterdir() if not one.name.startswith(".")]:
            raise ExperimentError(
                f"{folder} holds something else ({min(others)}); choose another --out"
            )
        stored = {
            "format": FORMAT,
            "rrft": __version__,
            "config": config.model_dump(mode="json"),
        }
        write_whole(path, (json.dumps(stored, indent=1) + "\n").encode())
        yield Experiment(folder, config)


def _remove_partials(folder: Path) -> None:
    """Remove what a kill left of our own file while it was written."""
    for path in folder.iterdir():
        if whole_name(path.name) == EXPERIMENT:
            path.unlink(missing_ok=True)


def check_experiment(folder: Path, config: RunConfig) -> None:
    """Refuse a folder that this experiment cannot go on in; it is left as it is.

    Raises:
        ExperimentError: it has another experiment.
    """
    if (folder / EXPERIMENT).exists() and (
        change := difference(read_experiment(folder).config, config)
    ):
        raise ExperimentError(f"{folder} was begun with {change}; choose another --out")


def difference(there: RunConfig, asked: RunConfig) -> str | None:
    """In what two experiments differ, in words; None: in nothing that their results depend on."""
    both = set(there.stages) & set(asked.stages)
    first, second = (_comparable(one, both) for one in (there, asked))
    changed = [
        f"{name} = {first.get(name)!r}, not {second.get(name)!r}"
        for name in [*first, *(name for name in second if name not in first)]
        if first.get(name) != second.get(name) and name not in FREE
    ]
    return "; ".join(changed) or None


def _comparable(config: RunConfig, stages: Collection[Stage]) -> dict[str, Any]:
    """Its settings one by one, of stages those of these; a folder is the same however it is written."""
    idle = {str(stage) for stage in ALL_STAGES if stage not in stages}
    folders_of_data = [str(path.resolve()) for path in config.data.path]
    shown = _flat("", config.model_dump(mode="json", exclude=idle))
    return {**dict(shown), "data.path": folders_of_data}


def _flat(before: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        name = f"{before}.{key}" if before else key
        if isinstance(value, Mapping) and value:
            yield from _flat(name, value)
        else:
            yield name, value
