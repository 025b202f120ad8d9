"""training: what both stages share before the first step: quiet libraries, settings, the model."""

import logging
import os
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
import transformers

from reasonrft.accelerating import ZERO, processes_of
from reasonrft.backends.hf import only_tokens
from reasonrft.checkpoints import KEPT
from reasonrft.config import LoraConfig, StageConfig
from reasonrft.job import Job, TrainingError
from reasonrft.loading import load_model, load_processor
from reasonrft.readiness import REPORTS, is_installed

SCHEDULES: Final = {"constant": "constant_with_warmup", "linear": "linear", "cosine": "cosine"}
LIBRARIES: Final = ("accelerate", "datasets", "peft", "transformers", "trl")
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
    return job.config.hardware.strategy in ZERO and processes_of(job.config, job.stage) > 1


def processor_of(job: Job) -> Any:
    """The processor of the model that a stage starts from, padding on the left as generation needs it."""
    processor = load_processor(job.model, **hub_of(job), **job.config.model.pixels())
    processor.tokenizer.padding_side = "left"
    return processor


def hub_of(job: Job) -> dict[str, Any]:
    """Which version of a model is meant, and whether its own code may run."""
    settings = job.config.model
    return {
        "revision": settings.revision_of(job.model) or "main",
        "trust_remote_code": settings.trust_remote_code,
    }


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
