"""job: what a stage of training is given, and what it answers to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from builders.files import ExpectedError
from builders.sample import Sample
from reasonrft.alarms import Alarm
from reasonrft.config import RunConfig, Stage

# Sees every row of the journal, and says what is wrong with the training, if anything is.
Watch = Callable[[Mapping[str, float]], Sequence[Alarm]]

CHECKPOINTS: Final = "checkpoints"  # in a stage's folder: where it goes on after a kill
MODEL: Final = "model"  # in a stage's folder: what it came to
DONE: Final = "done.json"  # in a stage's folder: it need not be run again


class TrainingError(ExpectedError):
    """What stands in the way of training."""


class StoppedByAlarm(TrainingError):  # noqa: N818 - who asked for it wanted it
    """Training that its own alarms ended."""

    code = 3  # the same command goes on


def gentler(stage: Stage) -> str:
    """What to try where a stage's numbers have run away."""
    return (
        f"begin anew in another --out with a lower {stage}.learning_rate or {stage}.max_grad_norm, or "
        "model.dtype = 'float32'"
    )


@dataclass(frozen=True)
class Job:
    """A stage of an experiment."""

    config: RunConfig
    stage: Stage
    model: str  # to start from
    rows: Sequence[Sample]  # to learn from
    folder: Path  # of the stage

    @property
    def checkpoints(self) -> Path:
        """Where it goes on from."""
        return self.folder / CHECKPOINTS

    @property
    def result(self) -> Path:
        """The folder of the trained model."""
        return self.folder / MODEL

    @property
    def done(self) -> Path:
        """The file that says that all is done."""
        return self.folder / DONE
