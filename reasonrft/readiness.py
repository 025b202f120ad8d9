"""readiness: can an experiment run to its end here? What a look can tell, before hours are spent."""

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from builders.files import ExpectedError
from reasonrft.config import RunConfig
from reasonrft.outlook import outlook

# Where curves may go, and the packages of which one is needed.
REPORTS: Final[Mapping[str, tuple[str, ...]]] = {
    "tensorboard": ("tensorboard", "tensorboardX"),
    "trackio": ("trackio",),
    "wandb": ("wandb",),
}
# Of Nvidia, AMD, and of Linux within Windows. Torch would know too, but takes seconds and begins with the GPU.
GPUS: Final = ("nvidia[0-9]*", "kfd", "dxg")


class ReadinessError(ExpectedError):
    """What an experiment needs and this machine does not have."""


def check_ready(config: RunConfig, out: Path, tell: Callable[[str], None]) -> None:
    """Refuse at once what would fail after hours.

    Raises:
        ExpectedError: the experiment asks for what there is not, in its settings or on this machine.
    """
    outlook(config, out)
    for setting, packages, advice in _needs(config):
        if not any(map(is_installed, packages)):
            raise ReadinessError(f"{setting} needs {packages[0]}, which is not installed: {advice}")
    if config.hardware.gpus and not has_gpu():
        tell(f"hardware.gpus = {config.hardware.gpus}, and no GPU is here: the processor is used")


def _needs(config: RunConfig) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Settings, packages of which one is needed, and how it is had."""
    if config.stages:
        for package in ("torch", "transformers", "trl", "peft"):
            yield "training", (package,), "pip install 'reason-rft[train]'"
    vllm, rollout = "pip install 'reason-rft[vllm]'", config.grpo.rollout
    if "grpo" in config.stages and (rollout.engine == "colocate" or rollout.gpus):
        yield f"grpo.rollout.engine = {rollout.engine}", ("vllm",), vllm
    if config.eval.backend == "vllm":
        yield "eval.backend = vllm", ("vllm",), vllm
    for name in config.report_to if config.stages else ():
        yield f"report_to {name}", REPORTS[name], f"pip install {name}"


def is_installed(package: str) -> bool:
    """Whether a package is there; it is not imported."""
    return find_spec(package) is not None


def has_gpu(devices: Path = Path("/dev")) -> bool:
    """Whether the system shows a GPU."""
    return any(any(devices.glob(name)) for name in GPUS)
