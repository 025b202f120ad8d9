"""outcome: the model that a stage came to, saved as any other is: whole, merged, with its processor's files."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from reasonrft.backends.hf import only_tokens
from reasonrft.job import Job
from reasonrft.loading import OF_PICTURES, file_of, load_model
from reasonrft.training import Loaded, hub_of


def save_outcome(job: Job, trainer: Any, loaded: Loaded) -> None:
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
    # Then its own settings of pictures are not those that were used.
    limited = bool(job.config.model.pixels())
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
    config = file_of(job.model, "config.json", hub_of(job)["revision"])
    if config is None:
        return ()
    names = ("*token*", "vocab*", "merges*", "*preprocessor_config.json", "processor_config.json")
    found = {path for name in (*names, "chat_template*") for path in config.parent.glob(name)}
    return sorted(path for path in found if path.is_file())
