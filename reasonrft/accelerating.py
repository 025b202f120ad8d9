"""accelerating: with which commands is a stage started, on a processor, a GPU, several, several machines?

One GPU or none needs no launcher. Several are `accelerate launch`'s, with flags for how they share the work;
DeepSpeed's settings are few, and written as a file into the stage's folder, where every machine finds them.
"""

import json
import os
import sys
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from builders.files import write_whole
from reasonrft.backends.vllm import MOST_IMAGES
from reasonrft.config import RunConfig, Stage, Strategy
from reasonrft.pixels import processor_arguments

ZERO: Final[Mapping[Strategy, int]] = {"zero2": 2, "zero3": 3}  # its stage
DEEPSPEED_FILE: Final = "deepspeed.json"
MAIN_PORT: Final = 29_500  # accelerate's own default
ADDRESS: Final = "MAIN_ADDRESS"  # of machine 0, which only the machines' owner knows

# FSDP2: weights, gradients and optimizer states in parts, block by block as the model itself names its blocks;
# saved whole, as any other model is.
FSDP: Final = (
    *("--use_fsdp", "--fsdp_version", "2"),
    *("--fsdp_auto_wrap_policy", "TRANSFORMER_BASED_WRAP"),
    *("--fsdp_reshard_after_forward", "true"),
    *("--fsdp_state_dict_type", "FULL_STATE_DICT"),
    *("--fsdp_cpu_ram_efficient_loading", "true"),
)


def gpus_of(config: RunConfig, stage: Stage) -> int:
    """On how many GPUs of each machine a stage trains: all but those of a server of rollouts."""
    return config.hardware.gpus - (own_gpus(config) if stage == "grpo" else 0)


def own_gpus(config: RunConfig) -> int:
    """How many GPUs a server of rollouts has for itself: the last ones of the machine."""
    if "grpo" not in config.stages or config.hardware.gpus == 0:
        return 0
    return config.grpo.rollout.gpus


def gpu_names(config: RunConfig) -> list[str]:
    """The GPUs of an experiment as CUDA_VISIBLE_DEVICES names them: the first ones that this process may use.

    accelerate and the server of rollouts are told names, which replace what their user has set there. They are
    counted from 0 where that is not set, or too little, as on a machine that only plans; and on several machines,
    whose names this one does not know.
    """
    asked = config.hardware.gpus
    words = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")
    # As CUDA reads it: what stands after -1 is hidden.
    seen = [word for word in takewhile(lambda word: word != "-1", map(str.strip, words)) if word]
    alone = config.hardware.nodes == 1
    return seen[:asked] if alone and len(seen) >= asked else [str(place) for place in range(asked)]


def processes_of(config: RunConfig, stage: Stage) -> int:
    """How many processes train together, one a GPU."""
    return max(1, gpus_of(config, stage)) * config.hardware.nodes


def launch_line(config: RunConfig, stage: Stage, run: Path, rank: int = 0) -> list[str]:
    """The command that starts a stage, on one of several machines where there are several.

    Args:
        config: The experiment.
        stage: One of its stages.
        run: The folder of the run; several machines share it.
        rank: Which machine, from 0.
    """
    line = ["-m", "reasonrft.stage", stage, str(run)]
    gpus, nodes = gpus_of(config, stage), config.hardware.nodes
    if processes_of(config, stage) == 1:  # accelerate's launcher of one would leave it an orphan
        return [sys.executable, *line]
    launch = [
        *(sys.executable, "-m", "accelerate.commands.launch"),
        *("--num_processes", str(processes_of(config, stage)), "--num_machines", str(nodes)),
        *("--gpu_ids", ",".join(gpu_names(config)[:gpus])),
        *("--mixed_precision", "no" if config.model.dtype == "float32" else "bf16"),
        *("--dynamo_backend", "no"),
        *_sharing(config, stage, run),
    ]
    if nodes > 1:
        launch += ["--same_network", "--machine_rank", str(rank)]
        launch += ["--main_process_ip", ADDRESS, "--main_process_port", str(MAIN_PORT)]
    return [*launch, *line]


def _sharing(config: RunConfig, stage: Stage, run: Path) -> list[str]:
    """The flags for how GPUs share the work."""
    strategy = config.hardware.strategy
    if strategy == "fsdp":
        return list(FSDP)
    if strategy == "ddp":
        return ["--multi_gpu"]
    file = str(run / stage / DEEPSPEED_FILE)
    # "standard": each machine is started by its own line, not by DeepSpeed over ssh.
    several = ["--deepspeed_multinode_launcher", "standard"] if config.hardware.nodes > 1 else []
    whole_before = ["--zero3_init_flag", "true"] if strategy == "zero3" else []
    return ["--use_deepspeed", "--deepspeed_config_file", file, *whole_before, *several]


def deepspeed_config(strategy: Strategy) -> dict[str, Any] | None:
    """DeepSpeed's settings, the paper's for zero3: nothing is moved to the processor; none for others.

    "auto" is what transformers' trainer fills in from its own settings and from the model's width.
    """
    if strategy not in ZERO:
        return None
    sizes: dict[str, Any] = {"reduce_bucket_size": "auto"}
    if strategy == "zero3":
        sizes |= {
            "stage3_prefetch_bucket_size": "auto",
            "stage3_param_persistence_threshold": "auto",
            "stage3_gather_16bit_weights_on_model_save": True,
        }
    return {
        "bf16": {"enabled": "auto"},
        "zero_optimization": {
            "stage": ZERO[strategy],
            "overlap_comm": True,
            "contiguous_gradients": True,
            **sizes,
        },
        "gradient_accumulation_steps": "auto",
        "gradient_clipping": "auto",
        "train_batch_size": "auto",
        "train_micro_batch_size_per_gpu": "auto",
        # transformers' own optimizer, not one of DeepSpeed's
        "zero_allow_untested_optimizer": True,
    }


def write_launch_files(config: RunConfig, stage: Stage, run: Path) -> None:
    """Write what the launch line names: the same file each time."""
    settings = deepspeed_config(config.hardware.strategy)
    if settings is not None and processes_of(config, stage) > 1:
        text = json.dumps(settings, indent=1, sort_keys=True) + "\n"
        write_whole(run / stage / DEEPSPEED_FILE, text.encode())


def serve_command(model: str, url: str, dtype: str, limits: Mapping[str, int]) -> list[str]:
    """The command that starts a server of rollouts as a trainer with `engine = "server"` needs it.

    Args:
        model: A folder or a name of the Hub.
        url: Where the trainer looks for it.
        dtype: In which the trainer computes.
        limits: The fewest and the most pixels of a picture, by the processor's names for them.
    """
    address = urlsplit(url)
    options: dict[str, Any] = {
        "weight-transfer-config": {"backend": "nccl"},
        "limit-mm-per-prompt": {"image": MOST_IMAGES, "video": 0},
    }
    if limits:
        options["mm-processor-kwargs"] = processor_arguments(limits)
    return [
        *("env", "VLLM_SERVER_DEV_MODE=1"),  # only then it takes new weights
        *(sys.executable, "-m", "vllm.entrypoints.cli.main", "serve", model),
        *("--host", address.hostname or "localhost", "--port", str(address.port or 80)),
        *("--dtype", dtype, "--seed", "0"),
        *("--enable-scale-out", "--logprobs-mode", "processed_logprobs"),
        *(text for name, value in options.items() for text in (f"--{name}", json.dumps(value))),
    ]


def server_line(
    config: RunConfig, model: str, limits: Mapping[str, int] | None = None
) -> list[str] | None:
    """The command that starts the server of rollouts on GPUs of its own; None: it is none of ours.

    Args:
        config: The experiment.
        model: What stage 2 starts from.
        limits: Of its pictures, where they are not what the model's own processor has.
    """
    own = own_gpus(config)
    if not own:
        return None
    rollout = config.grpo.rollout
    devices = ",".join(gpu_names(config)[-own:])
    dtype = "float32" if config.model.dtype == "float32" else "bfloat16"
    env, *command = serve_command(model, rollout.server, dtype, limits or {})
    line = [env, f"CUDA_VISIBLE_DEVICES={devices}", *command]
    line += ["--tensor-parallel-size", str(rollout.tensor_parallel)]
    line += ["--gpu-memory-utilization", str(rollout.gpu_memory)]
    if revision := config.model.revision_of(model):
        line += ["--revision", revision]
    if config.model.trust_remote_code:
        line.append("--trust-remote-code")
    return line
