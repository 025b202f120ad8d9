"""readiness: can an experiment run to its end here? What a look can tell, before hours are spent."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from builders.extras import install
from builders.files import ExpectedError
from reasonrft.accelerating import ZERO, processes_of
from reasonrft.backend import Options
from reasonrft.config import RunConfig
from reasonrft.job import DONE
from reasonrft.loading import check_reachable
from reasonrft.models import choose_backend
from reasonrft.outlook import outlook

# Where curves may go, and the packages of which one is needed.
REPORTS: Final[Mapping[str, tuple[str, ...]]] = {
    "tensorboard": ("tensorboard", "tensorboardX"),
    "trackio": ("trackio",),
    "wandb": ("wandb",),
}
TRAINING: Final = ("torch", "transformers", "trl", "peft")
VLLM: Final = (("vllm",), install("vllm"))  # and how it is had
# Of Nvidia, AMD, and of Linux within Windows. Torch would know too, but takes seconds and begins with the GPU.
GPUS: Final = ("nvidia[0-9]*", "kfd", "dxg")


class ReadinessError(ExpectedError):
    """What an experiment needs and this machine does not have."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a setting asks for."""

    setting: str
    packages: tuple[str, ...]  # of which one is needed
    advice: str  # how it is had


def check_ready(config: RunConfig, out: Path, tell: Callable[[str], None]) -> None:
    """Refuse at once what would fail after hours.

    Raises:
        ExpectedError: the experiment asks for what there is not, in its settings or on this machine.
    """
    outlook(config, out)
    if not config.stages:
        choose_backend(config.model.path, config.eval.backend, Options())
    training = [
        Wish("training", (package,), install("train"))
        for package in (TRAINING if config.stages else ())
    ]
    for wish in [*training, *wishes(config)]:
        if not any(map(is_installed, wish.packages)):
            raise ReadinessError(
                f"{wish.setting} needs {wish.packages[0]}, which is not installed: {wish.advice}"
            )
    if config.stages and not (out / config.stages[0] / DONE).exists():
        check_reachable(config.model.path, config.model.revision)
    if config.hardware.gpus and not has_gpu():
        lack = f"hardware.gpus = {config.hardware.gpus}, and no GPU is here"
        several = any(processes_of(config, stage) > 1 for stage in config.stages)
        if several and config.hardware.nodes == 1:  # of several machines this one may have none
            raise ReadinessError(f"{lack}: hardware.gpus = 0 trains on the processor")
        tell(f"{lack}: the processor is used")


def wishes(config: RunConfig) -> Iterator[Wish]:
    """What an experiment's settings ask for besides what every training needs."""
    if config.model.attention == "flash_attention_2" and config.stages:
        yield _wish("model.attention = flash_attention_2", "flash-attn")
    several = any(processes_of(config, stage) > 1 for stage in config.stages)
    if several and config.hardware.strategy in ZERO:
        yield _wish(f"hardware.strategy = {config.hardware.strategy}", "deepspeed")
    rollout = config.grpo.rollout
    if "grpo" in config.stages and (rollout.engine == "colocate" or rollout.gpus):
        yield Wish(f"grpo.rollout.engine = {rollout.engine}", *VLLM)
    if config.eval.backend == "vllm":
        yield Wish("eval.backend = vllm", *VLLM)
    for name in config.report_to if config.stages else ():
        yield Wish(f"report_to {name}", REPORTS[name], f"pip install {name}")


def _wish(setting: str, package: str) -> Wish:
    return Wish(setting, (package,), f"pip install {package}")


def is_installed(package: str) -> bool:
    """Whether a package is there; it is not imported."""
    return find_spec(package.replace("-", "_")) is not None


def has_gpu() -> bool:
    """Whether the system shows a GPU."""
    return any(any(Path("/dev").glob(name)) for name in GPUS)
