"""training: what both stages share: settings, the model, what is said and kept on the way, and the end."""

import json
import logging
import math
import os
import shutil
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
import transformers
from rich.console import Console
from transformers import PrinterCallback, TrainerCallback

from builders.files import write_whole
from builders.progress import WorkProgress, duration
from reasonrft import journal
from reasonrft.accelerating import processes_of
from reasonrft.alarms.loss import not_finite
from reasonrft.backends.hf import only_tokens
from reasonrft.checkpoints import KEPT, clear_after, mark_whole, newest_whole, step_of
from reasonrft.config import LoraConfig, StageConfig
from reasonrft.job import Job, StoppedByAlarm, TrainingError, Watch
from reasonrft.loading import load_model, load_processor
from reasonrft.readiness import REPORTS, is_installed
from reasonrft.stream import ENDLESS

SCHEDULES: Final = {"constant": "constant_with_warmup", "linear": "linear", "cosine": "cosine"}
SHARDED: Final = (
    "zero2",
    "zero3",
)  # DeepSpeed keeps a copy of the weights in full precision itself
WEIGHTS: Final = ("*.safetensors", "*.safetensors.index.json", "*.bin", "*.bin.index.json", "*.pth")
LIBRARIES: Final = ("accelerate", "datasets", "peft", "transformers", "trl")
OF_PICTURES: Final = ("preprocessor_config.json", "processor_config.json")
TOWERS: Final = ("visual", "vision_tower", "vision_model")  # what models call the part that sees


@dataclass
class Loaded:
    """A model that is ready to be trained."""

    model: Any
    processor: Any
    dtype: Any  # that it computes in, and is saved in
    generation: Any  # its own settings of generation


def prepare(job: Job) -> None:
    """Make ready what a stage needs: its folder, and libraries that speak only where something fails.

    Raises:
        TrainingError: a package is missing that the curves shall go to.
    """
    for name in job.config.report_to:
        if not any(map(is_installed, REPORTS[name])):
            raise TrainingError(f"report_to has {name}, which is not installed: pip install {name}")
    job.folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("TENSORBOARD_LOGGING_DIR", str(job.folder / "tensorboard"))
    _quiet()


def _quiet() -> None:
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.ERROR)
    # Of what they will do otherwise some day, which who trains can do nothing about.
    for name in LIBRARIES:
        warnings.filterwarnings("ignore", category=FutureWarning, module=rf"{name}(\.|$)")


def on_processor(job: Job) -> bool:
    """Whether it runs without a GPU."""
    return job.config.hardware.gpus == 0 or not torch.cuda.is_available()


def dtype_of(job: Job) -> Any:
    """The precision to compute in; bfloat16 is slow on a processor."""
    if job.config.model.dtype == "auto":
        return torch.float32 if on_processor(job) else torch.bfloat16
    return {"float32": torch.float32, "bfloat16": torch.bfloat16}[job.config.model.dtype]


def arguments(job: Job, stage: StageConfig, steps: int, save_every: int) -> dict[str, Any]:
    """What transformers' TrainingArguments are made of, but for batches and rates."""
    return {
        "output_dir": str(job.checkpoints),
        "run_name": f"{job.config.name}-{job.stage}",
        "max_steps": steps,
        "lr_scheduler_type": SCHEDULES[stage.schedule],
        "warmup_steps": stage.warmup_steps,
        "weight_decay": stage.weight_decay,
        "max_grad_norm": stage.max_grad_norm,
        checkpointing_name(): stage.gradient_checkpointing,
        "logging_steps": stage.log_every,
        "logging_first_step": True,
        "logging_nan_inf_filter": False,  # a loss that is no number must be seen
        "save_strategy": "steps",
        "save_steps": save_every,
        "save_total_limit": KEPT,
        "report_to": list(job.config.report_to) or "none",
        "disable_tqdm": True,
        "remove_unused_columns": False,
        "seed": job.config.seed,
        "use_cpu": on_processor(job),
        "bf16": dtype_of(job) == torch.bfloat16,
        "dataloader_pin_memory": not on_processor(job),
    }


def checkpointing_name() -> str:
    """What transformers calls gradient checkpointing: newer ones warn of the old name."""
    new = "activation_checkpointing"
    return new if hasattr(transformers.TrainingArguments, new) else "gradient_checkpointing"


def load(job: Job, stage: StageConfig) -> Loaded:
    """The model and processor that a stage starts from.

    Weights are kept in full precision where they are trained themselves and nothing else keeps such a
    copy: the small changes of late training are lost on a bfloat16.

    Raises:
        ModelError: they do not load.
    """
    settings = job.config.model
    dtype = dtype_of(job)
    weights = dtype if stage.lora is not None or _is_shared_out(job) else torch.float32
    attention = {"attn_implementation": settings.attention}
    model = load_model(job.model, weights, torch.device("cpu"), **hub_of(job), **attention)
    own = model.generation_config
    # Its own penalties and cuts would change what is sampled, and with it what is learned.
    model.generation_config = only_tokens(own)
    if stage.freeze_vision:
        vision_tower(model)[1].requires_grad_(requires_grad=False)
    return Loaded(model, processor_of(job), dtype, own)


def _is_shared_out(job: Job) -> bool:
    """Whether DeepSpeed keeps the weights in full precision: it is left out where a process is alone."""
    return job.config.hardware.strategy in SHARDED and processes_of(job.config, job.stage) > 1


def processor_of(job: Job) -> Any:
    """The processor of the model that a stage starts from, padding on the left as generation needs it."""
    processor = load_processor(job.model, **hub_of(job), **job.config.model.pixels())
    processor.tokenizer.padding_side = "left"
    return processor


def hub_of(job: Job) -> dict[str, Any]:
    """Which version of a model is meant, and whether its own code may run."""
    settings = job.config.model
    revision = settings.revision if job.model == settings.path else None
    return {"revision": revision or "main", "trust_remote_code": settings.trust_remote_code}


def vision_tower(model: Any) -> tuple[str, Any]:
    """The part of a model that sees, and its name.

    Raises:
        TrainingError: none is known of.
    """
    for name, module in model.named_modules():
        if name.rpartition(".")[2] in TOWERS:
            return name, module
    raise TrainingError(f"{type(model).__name__} has no vision tower that is known of")


def adapters(model: Any, lora: LoraConfig) -> Any:
    """Peft's settings of the adapters: on all linear layers of the language model, and of vision if asked."""
    from peft import LoraConfig as PeftConfig

    tower = vision_tower(model)[0] + "."
    head = model.get_output_embeddings()
    targets = [
        name
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear)
        and module is not head
        and (lora.vision or not name.startswith(tower))
    ]
    return PeftConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=targets,
        task_type="CAUSAL_LM",
    )


def with_adapters(model: Any, lora: LoraConfig | None) -> Any:
    """The model with adapters, if it shall have any."""
    from peft import get_peft_model

    return model if lora is None else get_peft_model(model, adapters(model, lora))


class WholeWeights:
    """Goes before transformers' Trainer among the bases: takes a checkpoint's weights as a model is loaded.

    The Trainer looks for the names of the file in the model. Those of vision-language models have changed
    since files are written, and it passes over what it does not find: it goes on with the first weights.
    """

    model: Any
    is_fsdp_enabled: bool
    code = False  # whether a model's own code may run

    def _load_from_checkpoint(self, folder: str, model: Any = None) -> None:
        net = self.model if model is None else model
        if self.is_fsdp_enabled or (Path(folder) / "adapter_config.json").exists():
            super()._load_from_checkpoint(folder, model)  # type: ignore[misc]
            return
        dtype = next(net.parameters()).dtype
        stored = load_model(folder, dtype, torch.device("cpu"), trust_remote_code=self.code)
        net.load_state_dict(stored.state_dict())


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
        self._path = job.folder / journal.JOURNAL
        self._before = 0.0  # seconds of sittings that are over
        self._started = time.monotonic()
        self._progress = WorkProgress(f"{job.config.name}, {job.stage}", "steps")
        self.stopped = ""  # by which alarm
        self.last: Mapping[str, float] = {}  # row

    def on_train_begin(self, _args: Any, state: Any, _control: Any, **_: Any) -> None:
        """Go on where the checkpoint is."""
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
                control.should_training_stop = True
                control.should_save = not is_spoilt

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
    Console(stderr=True).print(f"rrft: {sentence}", markup=False, highlight=False, soft_wrap=True)


def run(
    job: Job,
    trainer: Any,
    told: Told,
    loaded: Loaded,
    restore: Callable[[Path], None] | None = None,
) -> None:
    """Train from the newest checkpoint on, or from the beginning, and save what it came to.

    Args:
        job: The stage.
        trainer: One of transformers'.
        told: Its callback.
        loaded: The model that it trains.
        restore: Takes from a checkpoint's folder what `told` was given to keep.

    Raises:
        StoppedByAlarm: an alarm ended it.
        TrainingError: the memory is not enough, or what it came to is no model.
    """
    trainer.remove_callback(PrinterCallback)
    trainer.code = job.config.model.trust_remote_code
    point = newest_whole(job.checkpoints)
    if trainer.is_world_process_zero():
        if removed := clear_after(job.checkpoints, point):
            say(f"{removed[0].name} was cut short and is not used")
        if point is not None:
            say(f"{job.stage} goes on after step {step_of(point)} of {trainer.args.max_steps}")
    trainer.accelerator.wait_for_everyone()
    if point is not None and restore is not None:
        restore(point)
    with enough_memory(job), closing(told):
        trainer.train(resume_from_checkpoint=None if point is None else str(point))
    if told.stopped:
        raise StoppedByAlarm(
            f"{job.stage} was stopped after step {trainer.state.global_step}: {told.stopped}"
        )
    _check_numbers(job, trainer, told.last)
    _save(job, trainer, loaded)
    if trainer.is_world_process_zero():
        seconds = (journal.read(job.folder / journal.JOURNAL) or [{}])[-1].get("seconds", 0.0)
        summary = {"steps": trainer.state.global_step, "seconds": seconds}
        write_whole(job.done, json.dumps(summary).encode() + b"\n")
        say(f"{job.stage}: {trainer.state.global_step} steps in {duration(seconds)}")


def _check_numbers(job: Job, trainer: Any, last: Mapping[str, float]) -> None:
    """Refuse to call done what is spoilt.

    Raises:
        TrainingError: weights, or numbers of the last row, are none or without bound.
    """
    spoilt = any(not torch.isfinite(_own_part(one)).all() for one in trainer.model.parameters())
    # One process may have a spoilt part that the others do not have; all must end alike.
    flags = torch.tensor([spoilt], device=trainer.accelerator.device, dtype=torch.float32)
    found = ["weights"] if trainer.accelerator.gather(flags).any() else []
    if found := [*not_finite(last), *found]:
        raise TrainingError(
            f"{job.stage} came to no model: {', '.join(found)} not finite at the end; begin anew in "
            f"another --out with a lower {job.stage}.learning_rate or {job.stage}.max_grad_norm, or "
            "model.dtype = 'float32'"
        )


def _own_part(weights: Any) -> Any:
    """What this process has of a tensor that several may share."""
    part = getattr(weights, "ds_tensor", weights)  # DeepSpeed's
    return (part.to_local() if hasattr(part, "to_local") else part).detach()  # FSDP's


@contextmanager
def closing(told: Told) -> Iterator[None]:
    """Take the progress away at the end, whatever it is."""
    try:
        yield
    finally:
        told.close()


@contextmanager
def enough_memory(job: Job) -> Iterator[None]:
    """Tell what to try where the GPU's memory is not enough."""
    try:
        yield
    except torch.OutOfMemoryError as problem:
        size = "batch_size" if job.stage == "sft" else "prompts"
        raise TrainingError(
            f"out of GPU memory in {job.stage}; try {job.stage}.{size} smaller and accumulate larger, "
            f"{job.stage}.gradient_checkpointing = true, [{job.stage}.lora], or model.max_pixels"
        ) from problem


def _save(job: Job, trainer: Any, loaded: Loaded) -> None:
    """Save the model as any other is saved: the folder appears when it is whole."""
    part = job.result.with_name(f"{job.result.name}.partial")
    if trainer.is_world_process_zero():
        shutil.rmtree(part, ignore_errors=True)
    trainer.accelerator.wait_for_everyone()
    trainer.save_model(str(part))  # of all processes: it gathers what they share
    if trainer.is_world_process_zero():
        _make_ordinary(job, part, loaded)
        if job.result.exists():  # a kill came between this and the file that says that all is done
            shutil.rmtree(job.result)
        part.rename(job.result)
    trainer.accelerator.wait_for_everyone()


def _make_ordinary(job: Job, part: Path, loaded: Loaded) -> None:
    """Merge adapters, and put the files of the processor beside the weights, as the first model has them."""
    lora = (part / "adapter_config.json").exists()
    dtype = next(loaded.model.parameters()).dtype
    if lora or dtype != loaded.dtype:
        _rewrite(job, part, loaded, is_lora=lora)
    (part / "training_args.bin").unlink(missing_ok=True)
    loaded.processor.save_pretrained(part)
    limited = bool(
        job.config.model.pixels()
    )  # then its own settings of pictures are not those that were used
    own = [path for path in files_beside_weights(job) if not (limited and path.name in OF_PICTURES)]
    if own and not limited:
        for name in OF_PICTURES:  # the files that it came with say the same, and more
            (part / name).unlink(missing_ok=True)
    for path in own:
        shutil.copyfile(path, part / path.name)
    loaded.generation.to_json_file(part / "generation_config.json")


def _rewrite(job: Job, part: Path, loaded: Loaded, *, is_lora: bool) -> None:
    """Write the weights anew: with the adapters in them, in the precision that it computes in."""
    from peft import PeftModel

    device = torch.device("cpu")
    start = job.model if is_lora else str(part)
    with _without_deepspeed():
        model = load_model(start, torch.float32, device, **hub_of(job))
        if is_lora:
            model = PeftModel.from_pretrained(model, str(part)).merge_and_unload()
    shutil.rmtree(part)
    model.generation_config = only_tokens(model.generation_config)
    model.to(loaded.dtype).save_pretrained(part)


@contextmanager
def _without_deepspeed() -> Iterator[None]:
    """Load a model whole in one process.

    Where transformers knows of DeepSpeed's zero3, it shares what it loads out among all processes; only
    one is here, and would wait for the others for ever.
    """
    from transformers.integrations import deepspeed

    reference = deepspeed._hf_deepspeed_config_weak_ref
    known = reference() if reference is not None else None
    deepspeed.unset_hf_deepspeed_config()
    try:
        yield
    finally:
        if known is not None:
            deepspeed.set_hf_deepspeed_config(known)


def files_beside_weights(job: Job) -> Sequence[Path]:
    """The files of the processor that the first model has; none if they are not at hand."""
    from huggingface_hub import try_to_load_from_cache

    folder = Path(job.model)
    if not folder.is_dir():
        found = try_to_load_from_cache(job.model, "config.json", revision=hub_of(job)["revision"])
        if not isinstance(found, str):
            return ()
        folder = Path(found).parent
    names = ("*token*", "vocab*", "merges*", "*preprocessor_config.json", "processor_config.json")
    found_files = {path for name in (*names, "chat_template*") for path in folder.glob(name)}
    return sorted(path for path in found_files if path.is_file())
