"""told: what is kept and said while a stage is trained: its journal, its alarms, how far it is."""

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from transformers import TrainerCallback

from builders.progress import WorkProgress, printable
from reasonrft import journal
from reasonrft.alarms.loss import not_finite
from reasonrft.checkpoints import mark_whole
from reasonrft.job import Job, Watch
from reasonrft.stream import ENDLESS


class Told(TrainerCallback):  # type: ignore[misc]  # transformers is not followed
    """Keeps the journal, asks the watch, shows the progress, and marks checkpoints whole."""

    def __init__(
        self,
        job: Job,
        watch: Watch,
        names: Mapping[str, str],
        rows_a_step: float,
        keep: Callable[[Path], None] | None = None,
    ) -> None:
        """Take what to keep.

        Args:
            job: The stage.
            watch: What looks at each row of the journal.
            names: The journal's names of what the trainer logs.
            rows_a_step: Rows or questions that a step uses up.
            keep: Writes what else belongs to a checkpoint into its folder.
        """
        self._job, self._watch, self._names, self._keep = job, watch, names, keep
        self._rows_a_step = rows_a_step
        self._block = job.config.of_stage(job.stage).steps_of_a_block
        self._path = job.folder / journal.JOURNAL
        self._before = 0.0  # seconds of sittings that are over
        self._started = time.monotonic()
        self._progress = WorkProgress(f"{job.config.name}, {job.stage}", "steps")
        self.stopped = ""  # by which alarm
        self.last: Mapping[str, float] = {}  # row

    def on_train_begin(self, args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Go on where the checkpoint is."""
        state.compute_steps(args, state.max_steps)  # how often it saves: a checkpoint has its own
        self._started = time.monotonic()
        if state.is_world_process_zero:
            journal.cut_back(self._path, state.global_step)
            journal.cut_back(self._job.folder / journal.ALARMS, state.global_step)
            self._progress.start(state.max_steps, state.global_step)
            self._progress.__enter__()
        for row in journal.read(self._path):
            if row["step"] <= state.global_step:
                self._before = row.get("seconds", 0.0)
                self.last = row
                # It has seen them before; what it said then was said. Not so of what is no number: said
                # once in an earlier sitting, it would be passed over now.
                self._watch({key: value for key, value in row.items() if math.isfinite(value)})

    def on_step_end(self, _args: Any, state: Any, control: Any, **_: Any) -> None:
        """Log also where it is saved: what is not logged is not known after a kill."""
        if state.is_world_process_zero:
            self._progress.advance(1)
        if self.stopped and self._ends_block(state):
            control.should_training_stop = control.should_save = True
        if control.should_save or state.global_step >= state.max_steps:
            control.should_log = True

    def on_log(
        self, _args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **_: Any
    ) -> None:
        """Append a row, and look at it."""
        if not logs or "loss" not in logs:  # the summary at the end
            return
        row = self.last = self._row(state, logs)
        is_spoilt = bool(not_finite(row))
        if is_spoilt:  # what is whole and newest shall be worth going on from
            control.should_save = False
        if state.is_world_process_zero:
            journal.append(self._path, row)
        for alarm in self._watch(row):
            message = f"{alarm.name}: {alarm.message}"
            if state.is_world_process_zero:
                say(f"warning: {message}")
                told = {"step": state.global_step, "name": alarm.name, "message": alarm.message}
                journal.append(self._job.folder / journal.ALARMS, told)
            if self._job.config.stop_on_alarm:
                self.stopped = self.stopped or message
        if self.stopped and (is_spoilt or self._ends_block(state)):
            control.should_training_stop = True
            control.should_save = not is_spoilt

    def _ends_block(self, state: Any) -> bool:
        """Whether training may be gone on with from here: within a block its answers would be lacking."""
        return bool(state.global_step % self._block == 0)

    def _row(self, state: Any, logs: Mapping[str, Any]) -> dict[str, float]:
        found = {
            ours: logs[name] for name, ours in self._names.items() if logs.get(name) is not None
        }
        seconds = self._before + time.monotonic() - self._started
        epochs = {}
        if len(self._job.rows) < ENDLESS:
            epochs["epoch"] = round(state.global_step * self._rows_a_step / len(self._job.rows), 4)
        return {
            "step": state.global_step,
            **epochs,
            **{name: float(value) for name, value in found.items()},
            "seconds": round(seconds, 3),
        }

    def on_save(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Mark the checkpoint that was written."""
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            torch.distributed.barrier()  # all have written their parts
        if state.is_world_process_zero:
            folder = self._job.checkpoints / f"checkpoint-{state.global_step}"
            if self._keep is not None:
                self._keep(folder)
            mark_whole(folder)

    def close(self) -> None:
        """Take the progress away."""
        self._progress.__exit__(None, None, None)


def say(sentence: str) -> None:
    """A line on stderr, above a progress bar if there is one."""
    said = f"rrft: {printable(sentence)}"
    Console(stderr=True).print(said, markup=False, highlight=False, soft_wrap=True)
