"""Launch lines are ones that accelerate, its plugins and TRL read as they are meant."""

import argparse
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reasonrft.accelerating import (
    ADDRESS,
    deepspeed_config,
    gpus_of,
    launch_line,
    processes_of,
    server_line,
    write_launch_files,
)
from reasonrft.config import RunConfig
from reasonrft.config_file import make_config, read_config
from reasonrft.named_runs import find_run, run_names

RUN = Path("experiments/x")


@pytest.fixture(autouse=True)
def every_gpu_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def config_of(**hardware: Any) -> RunConfig:
    return make_config({"name": "x", "hardware": hardware}, (), "test")


def read_back(line: list[str]) -> argparse.Namespace:
    """The line as `accelerate launch` itself reads it."""
    launch = pytest.importorskip("accelerate.commands.launch")
    assert line[:3] == [sys.executable, "-m", "accelerate.commands.launch"]
    arguments = launch.launch_command_parser().parse_args(line[3:])
    assert arguments.module
    assert arguments.training_script == "reasonrft.stage"
    read: argparse.Namespace = launch._validate_launch_command(arguments)[0]
    return read


@pytest.mark.parametrize("gpus", [0, 1])
def test_one_gpu_or_none_needs_no_launcher(gpus: int) -> None:
    for strategy in ("ddp", "zero3"):
        line = launch_line(config_of(gpus=gpus, strategy=strategy), "grpo", RUN)
        assert line == [sys.executable, "-m", "reasonrft.stage", "grpo", "experiments/x"]


@pytest.mark.parametrize("strategy", ["ddp", "zero2", "zero3", "fsdp"])
def test_accelerate_reads_the_line_of_one_machine(strategy: str) -> None:
    read = read_back(launch_line(config_of(gpus=4, strategy=strategy), "sft", RUN))
    assert (read.num_processes, read.num_machines, read.gpu_ids) == (4, 1, "0,1,2,3")
    assert read.training_script_args == ["sft", "experiments/x"]
    shared = {
        "ddp": (True, False, False),
        "zero2": (False, True, False),
        "zero3": (False, True, False),
        "fsdp": (False, False, True),
    }
    assert (read.multi_gpu, read.use_deepspeed, read.use_fsdp) == shared[strategy]
    assert read.mixed_precision == "bf16"


@pytest.mark.parametrize("strategy", ["ddp", "zero3", "fsdp"])
@pytest.mark.parametrize("gpus", [1, 8])
def test_each_machine_has_a_line_of_its_own(strategy: str, gpus: int) -> None:
    config = config_of(gpus=gpus, nodes=2, strategy=strategy)
    for rank in range(2):
        read = read_back(launch_line(config, "sft", RUN, rank))
        assert (read.num_processes, read.num_machines) == (2 * gpus, 2)
        assert (int(read.machine_rank), read.main_process_ip) == (rank, ADDRESS)
        prepared = environment_of(read)
        assert read.nproc_per_node == str(gpus)
        assert (read.nnodes, read.node_rank, read.master_addr) == ("2", rank, ADDRESS)
        assert prepared["ACCELERATE_MIXED_PRECISION"] == "bf16"


def environment_of(read: argparse.Namespace) -> dict[str, str]:
    """What accelerate hands its processes; it looks whether a port is free, which a test need not."""
    from accelerate.utils import launch

    read.main_process_port = 0
    read.deepspeed_fields_from_accelerate_config = (
        ""  # none, as `launch_command` has it without a file
    )
    prepare = (
        launch.prepare_deepspeed_cmd_env if read.use_deepspeed else launch.prepare_multi_gpu_env
    )
    made = prepare(read)
    if isinstance(made, tuple):
        command, made = made
        assert command is None, "DeepSpeed would go to the other machines itself"
    return dict(made)


def test_fsdp_is_understood_by_accelerates_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    read = read_back(launch_line(config_of(gpus=8, strategy="fsdp"), "sft", RUN))
    for name, value in environment_of(read).items():
        if name.startswith(("FSDP", "ACCELERATE_")):
            monkeypatch.setenv(name, value)
    from accelerate.utils import FullyShardedDataParallelPlugin

    plugin: Any = FullyShardedDataParallelPlugin()
    assert plugin.fsdp_version == 2
    assert plugin.reshard_after_forward is True
    assert "FULL_STATE_DICT" in str(plugin.state_dict_type)
    assert plugin.cpu_ram_efficient_loading is True


@pytest.mark.parametrize(("strategy", "stage"), [("zero2", 2), ("zero3", 3)])
def test_deepspeeds_settings_are_understood_by_accelerate_and_transformers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strategy: str, stage: int
) -> None:
    pytest.importorskip("transformers")
    config = config_of(gpus=8, strategy=strategy)
    write_launch_files(config, "sft", tmp_path)
    line = launch_line(config, "sft", tmp_path)
    file = Path(line[line.index("--deepspeed_config_file") + 1])
    for name, value in environment_of(read_back(line)).items():
        if name.startswith("ACCELERATE_"):
            monkeypatch.setenv(name, value)
    assert os.environ["ACCELERATE_DEEPSPEED_CONFIG_FILE"] == str(file)
    from accelerate.utils import DeepSpeedPlugin

    plugin: Any = DeepSpeedPlugin()
    assert plugin.zero_stage == stage
    assert plugin.zero3_init_flag is (stage == 3)
    assert plugin.offload_optimizer_device in (None, "none")
    filled = filled_by_transformers(json.loads(file.read_text()))
    assert filled["train_batch_size"] == 8 * 1 * 2
    assert filled["bf16"] == {"enabled": True}
    assert "auto" not in json.dumps(filled)


def filled_by_transformers(settings: dict[str, Any]) -> dict[str, Any]:
    """What transformers' trainer makes of them for eight GPUs.

    Its class refuses to be made without DeepSpeed; its methods are put on accelerate's own class here.
    """
    from accelerate.utils.deepspeed import HfDeepSpeedConfig
    from transformers.integrations.deepspeed import HfTrainerDeepSpeedConfig

    names = ("is_auto", "fill_match", "fill_only")
    steps = ("trainer_config_process", "trainer_config_finalize")
    methods = {name: vars(HfTrainerDeepSpeedConfig)[name] for name in (*names, *steps)}
    arguments: Any = SimpleNamespace(
        world_size=8,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=2,
        max_grad_norm=1.0,
        learning_rate=1e-5,
        weight_decay=0.1,
        adam_beta1=0.9,
        adam_beta2=0.999,
        adam_epsilon=1e-8,
        save_on_each_node=False,
        fp16=False,
        fp16_full_eval=False,
        bf16=True,
        bf16_full_eval=False,
        warmup_steps=100,
        get_warmup_steps=lambda _steps: 100,
    )
    model = SimpleNamespace(config=SimpleNamespace(text_config=SimpleNamespace(hidden_size=1536)))
    made: Any = type("Filled", (HfDeepSpeedConfig,), {"mismatches": [], **methods})(settings)
    made.trainer_config_process(arguments)
    made.trainer_config_finalize(arguments, model, 100)
    filled: dict[str, Any] = made.config
    return filled


def test_the_others_have_no_deepspeed_file(tmp_path: Path) -> None:
    for hardware in ({"gpus": 8, "strategy": "fsdp"}, {"gpus": 1, "strategy": "zero3"}):
        write_launch_files(config_of(**hardware), "sft", tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert deepspeed_config("ddp") is None


def test_a_server_of_rollouts_has_the_last_gpu_and_stage_2_the_others() -> None:
    config = read_config(find_run("qwen2-vl-2b-reason-rft"))
    assert (gpus_of(config, "sft"), gpus_of(config, "grpo")) == (8, 7)
    assert read_back(launch_line(config, "grpo", RUN)).gpu_ids == "0,1,2,3,4,5,6"
    line = server_line(config, "experiments/x/sft/model")
    assert line is not None
    assert line[:2] == ["env", "CUDA_VISIBLE_DEVICES=7"]
    told = " ".join(line)
    assert "serve experiments/x/sft/model --host localhost --port 8000 --dtype bfloat16" in told
    assert told.endswith("--tensor-parallel-size 1 --gpu-memory-utilization 0.7")
    own = read_config(find_run("qwen2-vl-2b-reason-rft"), ["model.trust_remote_code=true"])
    assert server_line(own, "experiments/x/sft/model") == [*line, "--trust-remote-code"]


@pytest.mark.parametrize(
    ("visible", "trainer", "server"),
    [
        ("4,5,6,7", "4,5,6", "7"),
        ("9, 8,3,2,1,0", "9,8,3", "2"),
        ("GPU-a,GPU-b,GPU-c,GPU-d", "GPU-a,GPU-b,GPU-c", "GPU-d"),
        # Too few, as on a machine that only plans: counted from 0.
        ("", "0,1,2", "3"),
        ("5", "0,1,2", "3"),
        ("4,5,6,-1,7", "0,1,2", "3"),
    ],
)
def test_only_gpus_that_the_user_shows_are_taken(
    monkeypatch: pytest.MonkeyPatch, visible: str, trainer: str, server: str
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    config = read_config(find_run("qwen2-vl-2b-reason-rft"), ["hardware.gpus=4"])
    assert read_back(launch_line(config, "grpo", RUN)).gpu_ids == trainer
    line = server_line(config, "m")
    assert line is not None
    assert line[1] == f"CUDA_VISIBLE_DEVICES={server}"


def test_other_machines_have_gpus_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,6,7")
    config = config_of(gpus=2, nodes=2)
    assert read_back(launch_line(config, "sft", RUN, 1)).gpu_ids == "0,1"


def test_a_server_elsewhere_is_not_started_here() -> None:
    changes = ["grpo.rollout.gpus=0", "grpo.rollout.server=http://10.0.0.9:8000"]
    config = read_config(find_run("qwen2-vl-2b-reason-rft"), changes)
    assert server_line(config, "m") is None
    assert gpus_of(config, "grpo") == 8


def test_one_training_gpu_beside_a_servers_does_not_see_it() -> None:
    """Two visible GPUs and one process would be torch's DataParallel; the stage shows itself one."""
    changes = ["hardware.gpus=2"]
    config = read_config(find_run("qwen2-vl-2b-reason-rft"), changes)
    line = launch_line(config, "grpo", RUN)
    assert line == [sys.executable, "-m", "reasonrft.stage", "grpo", "experiments/x"]


@pytest.mark.parametrize("name", run_names())
def test_every_stage_of_every_experiment_has_its_line(name: str) -> None:
    config = read_config(find_run(name))
    for stage in config.stages:
        line = launch_line(config, stage, RUN)
        assert line[-3:] == ["reasonrft.stage", stage, "experiments/x"]
        if processes_of(config, stage) > 1:
            assert read_back(line).num_processes == processes_of(config, stage)
