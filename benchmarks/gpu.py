"""gpu: how fast are SFT and GRPO on one GPU, where does the time go, and were plan and doctor right?

`python -m benchmarks.gpu --out FILE` makes a model of the shape of Qwen2-VL-2B with random weights and counting
questions of 320×240 pixels, and trains on them as `rrft train` does with the settings in `runs/` for that model:
adapters from the run for one GPU, all weights from the paper's. Answers are written by transformers and all have
the full length, since random weights do not end them. What each part came to is in FILE before the next
begins, and `--render FILE` prints it as Markdown. The first step of each part warms up.
"""

import argparse
import gc
import json
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import accelerate
import peft
import torch
import transformers
import trl

from benchmarks.random_model import SHAPES, save_random_model
from benchmarks.render_gpu import render
from benchmarks.train import Clock, build_counting, grpo_by_trl, ours
from builders.files import ExpectedError, write_whole
from reasonrft import grpo
from reasonrft.alarms import Alarm
from reasonrft.config import RunConfig, Stage
from reasonrft.config_file import read_config
from reasonrft.doctor import Subject, diagnose
from reasonrft.estimate import PAPERS_GPU, questions_a_step
from reasonrft.job import Job
from reasonrft.named_runs import find_run
from reasonrft.outlook import outlook
from reasonrft.portions import portion

ADAPTERS: Final = "qwen2-vl-2b-reason-rft-1gpu"
ALL_WEIGHTS: Final = "qwen2-vl-2b-reason-rft"
ROWS: Final = 64
SHARED_MEMORY: Final = Path("/dev/shm")  # where a model is written to and read from at once
ROOM: Final = 8 * 2**30  # bytes, for a model of 2 billion parameters in bfloat16
LEAST_SECONDS: Final = 25  # a part that has fewer is not begun
WRITING, ANSWERS, SCORING = "writing", "answers", "scoring"
WORKS: Final = {  # of TRL's methods
    "_generate_single_turn": WRITING,
    "_generate_and_score_completions": ANSWERS,  # the other two are in it
    "_get_per_token_logps_and_entropies": SCORING,
}
# What a stage raises that does not work here: the other parts go on.
TROUBLES: Final = (
    *(ExpectedError, RuntimeError, TypeError, ValueError),
    *(LookupError, AttributeError, OSError, ImportError),
)


class Enough(Exception):  # noqa: N818 - what was wanted
    """All steps are measured: the end of a stage, which saves the model, is not."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stage with settings of its own."""

    stage: Stage
    run: str  # in `runs/`
    changes: tuple[str, ...] = ()
    by_trl: bool = False


PARTS: Final[Mapping[str, Part]] = {
    "grpo-adapters": Part("grpo", ADAPTERS),
    "grpo-all": Part("grpo", ALL_WEIGHTS),
    "sft-adapters": Part("sft", ADAPTERS),
    "grpo-adapters-trl": Part("grpo", ADAPTERS, by_trl=True),
    # Activations are kept, so that prompts are shared while it learns too.
    "grpo-adapters-kept": Part("grpo", ADAPTERS, ("grpo.gradient_checkpointing=false",)),
    "sft-all": Part("sft", ALL_WEIGHTS, ("sft.accumulate=16",)),
    "grpo-adapters-kept-trl": Part(
        "grpo", ADAPTERS, ("grpo.gradient_checkpointing=false",), by_trl=True
    ),
}


def now() -> float:
    """The time when the GPU has done what it was told."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def say(text: str) -> None:
    """A line of progress, at once."""
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


class Steps(Clock):
    """Seconds of each step, parted by what is done in them."""

    def __init__(self, wanted: int, deadline: float) -> None:
        """Take how many steps are enough, and until when another one may begin."""
        super().__init__()
        self.steps: list[dict[str, float]] = []
        self._wanted, self._deadline = wanted, deadline
        self._spent = dict.fromkeys(WORKS.values(), 0.0)
        self._last = 0.0

    def start(self) -> float:
        """Begin to count."""
        self._last = now()
        return self._last

    def watch(self, row: Mapping[str, float]) -> Sequence[Alarm]:
        """A step of ours."""
        self._end(row.get("length", 0.0), row.get("tokens", 0.0))
        return ()

    def on_log(self, _args: Any, _state: Any, _control: Any, logs: Any = None, **_: Any) -> None:
        """A step of TRL's."""
        if logs and "loss" in logs:
            self._end(logs.get("completions/mean_length", 0.0), logs.get("num_tokens", 0.0))

    def timed(self, method: Callable[..., Any], work: str) -> Callable[..., Any]:
        """A method of a trainer whose seconds are counted."""

        def run(*args: Any, **others: Any) -> Any:
            if work == SCORING and torch.is_grad_enabled():  # a part of learning
                return method(*args, **others)
            start = now()
            try:
                return method(*args, **others)
            finally:
                self._spent[work] += now() - start

        return run

    def _end(self, length: float, tokens: float) -> None:
        end = now()
        step = {"seconds": end - self._last, **self._spent, "length": length, "tokens": tokens}
        self.steps.append({name: round(value, 4) for name, value in step.items()})
        say(f"  step {len(self.steps)}: {self.steps[-1]}")
        if len(self.steps) >= self._wanted or end + step["seconds"] > self._deadline:
            raise Enough
        self._spent = dict.fromkeys(WORKS.values(), 0.0)
        self.start()


@contextmanager
def parted(trainer: Any, clock: Steps) -> Iterator[None]:
    """Have a clock see the works of a trainer's class."""
    with ExitStack() as stack:
        for name, work in WORKS.items():
            timed = clock.timed(getattr(trainer, name), work)
            stack.enter_context(patch.object(trainer, name, timed))
        yield


def main() -> None:
    """Measure, or print what was measured."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--shape", choices=sorted(SHAPES), default="qwen2-vl-2b")
    arguments.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    arguments.add_argument("--data", type=Path, help="a folder that is built; none: one is built")
    arguments.add_argument("--part", choices=list(PARTS), action="append", help="all by default")
    arguments.add_argument("--steps", type=int, default=3, help="of each part, after the first")
    arguments.add_argument("--tokens", type=int, default=200, help="of an answer")
    arguments.add_argument("--seconds", type=float, default=150, help="for everything")
    arguments.add_argument("--out", type=Path, default=Path("gpu.json"))
    arguments.add_argument("--render", type=Path, help="print what is in such a file")
    wanted = arguments.parse_args()
    if wanted.render:
        print(render(json.loads(wanted.render.read_text())))
        return
    shared = SHARED_MEMORY if _has_room(SHARED_MEMORY) else None
    with tempfile.TemporaryDirectory(prefix="gpu-", dir=shared) as folder:
        _measure(wanted, Path(folder), time.perf_counter() + wanted.seconds - _age())


def _age() -> float:
    """Seconds since this program was started: from a cold disk its imports alone take many."""
    started = Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]
    here = float(Path("/proc/uptime").read_text().split()[0])
    return here - int(started) / os.sysconf("SC_CLK_TCK")


def _has_room(folder: Path) -> bool:
    return folder.is_dir() and shutil.disk_usage(folder).free > ROOM


def _measure(wanted: Any, folder: Path, deadline: float) -> None:
    found: dict[str, Any] = {"shape": wanted.shape, **_surroundings(wanted.device)}
    say(f"{found['device']}, torch {found['versions']['torch']}")
    if wanted.data is None:
        wanted.data = folder / "data"
        build_counting(wanted.data, "320x240", ROWS)
    start = now()
    found["parameters"] = save_random_model(wanted.shape, folder / "model", wanted.device)
    _let_go()
    say(f"{found['parameters']:,} parameters, made and written in {now() - start:.1f} s")
    found["parts"] = {}
    for name in wanted.part or PARTS:
        left = deadline - time.perf_counter()
        if left < LEAST_SECONDS:
            say(f"{name} is left out: {left:.0f} s are left")
            continue
        say(f"{name}, {left:.0f} s are left")
        found["parts"][name] = _part(wanted, name, folder, deadline)
        write_whole(wanted.out, json.dumps(found, indent=1).encode() + b"\n")
    say(f"done, in {wanted.out}")


def _surroundings(device: str) -> dict[str, Any]:
    libraries = (torch, transformers, trl, peft, accelerate)
    gpu = torch.cuda.get_device_properties(0) if device == "cuda" else None
    return {
        "device": gpu.name if gpu else "processor",
        "memory": gpu.total_memory if gpu else None,
        "versions": {one.__name__: str(one.__version__) for one in libraries},
    }


def _let_go() -> None:
    """Free what earlier parts left on the GPU."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def _part(wanted: Any, name: str, folder: Path, deadline: float) -> dict[str, Any]:
    """What a part came to, whole or up to where it failed."""
    part, place = PARTS[name], folder / name
    place.mkdir()
    config = _config(wanted, part, folder / "model")
    found: dict[str, Any] = {"stage": part.stage, "settings": _settings(config, part.stage)}
    clock = Steps(wanted.steps + 1, deadline)
    rows = portion(config, part.stage, config.data.path)
    job = Job(config, part.stage, config.model.path, rows, place)
    with _told(found):
        found["plan"] = _plan(config, place, wanted.device)
    with _told(found):
        found["doctor"] = [] if part.by_trl else _doctor(config, place)
    say(f"  doctor: {found.get('doctor')}")
    _let_go()
    start = clock.start()
    with _told(found):
        _train(part, job, clock)
    say(f"  {now() - start:.1f} s with loading")
    found |= {"steps": clock.steps, "memory": _memory()}
    shutil.rmtree(place, ignore_errors=True)
    _let_go()
    say(f"  memory {found['memory']}, {_held():,} bytes held afterwards")
    return found


@contextmanager
def _told(found: dict[str, Any]) -> Iterator[None]:
    """Note what does not work, and go on."""
    try:
        yield
    except Enough:
        return
    except TROUBLES as problem:
        traceback.print_exc(file=sys.stdout)
        found["trouble"] = f"{type(problem).__name__}: {problem}"[:500]


def _config(wanted: Any, part: Part, model: Path) -> RunConfig:
    on_gpu = wanted.device == "cuda"
    recipe = {"sft": "cot-sft", "grpo": "reason-rft-zero"}[part.stage]
    changes = [
        f"recipe={recipe}",
        f"model.path={json.dumps(str(model))}",
        f"model.dtype={'bfloat16' if on_gpu else 'float32'}",
        f"data.path={json.dumps([str(wanted.data)])}",
        'data.image_size="320x240"',
        "data.splits=train",
        f"hardware.gpus={int(on_gpu)}",
        "hardware.strategy=ddp",
        "grpo.accumulate=8",
        f"grpo.max_tokens={wanted.tokens}",
        "grpo.mask_truncated=false",  # all are
        'grpo.rollout={engine="hf"}',
        *part.changes,
    ]
    for stage in ("sft", "grpo"):
        some = {"steps": wanted.steps + 1, "log_every": 1, "save_every": 10_000, "warmup_steps": 0}
        changes += [f"{stage}.{key}={value}" for key, value in some.items()]
    return read_config(find_run(part.run), changes)


def _settings(config: RunConfig, stage: Stage) -> dict[str, Any]:
    """What the time of a step follows from."""
    sft = stage == "sft"
    settings = config.sft if sft else config.grpo
    questions = questions_a_step(config, stage)
    return {
        "questions": questions,
        "answers": questions if sft else questions * config.grpo.group,
        "rows_at_once": config.sft.batch_size if sft else config.grpo.prompts * config.grpo.group,
        "lora_rank": settings.lora.rank if settings.lora else None,
        "gradient_checkpointing": settings.gradient_checkpointing,
        "max_tokens": None if sft else config.grpo.max_tokens,
        "beta": None if sft else config.grpo.beta,
    }


def _plan(config: RunConfig, place: Path, device: str) -> dict[str, Any]:
    """What the plan says of memory, and of a step's time if all answers have the full length."""
    gpu = torch.cuda.get_device_name() if device == "cuda" else PAPERS_GPU
    (stage,) = outlook(config, place, gpu).stages
    # It takes answers for half as long as they may be; here they are all as long.
    longer = config.grpo.model_copy(update={"max_tokens": 2 * config.grpo.max_tokens})
    full = outlook(config.model_copy(update={"grpo": longer}), place, gpu)
    work, tokens = full.stages[0].work, full.lengths
    if work is None or stage.memory is None or tokens is None:
        raise ValueError("the plan has no estimate")
    return {
        "memory": asdict(stage.memory) | {"total": stage.memory.total},
        "seconds": work.seconds / work.steps,
        "seconds_writing": work.seconds_writing / work.steps,
        "tokens": asdict(tokens),
    }


def _doctor(config: RunConfig, place: Path) -> list[str]:
    """What the doctor says of the GPU, of lengths and of memory."""
    findings = diagnose(Subject(config, is_run=True, out=place)).findings
    return [
        f"{one.state.value}: {one.check}: {one.seen}"
        for one in findings
        if any(word in one.check for word in ("GPU", "max_", "memory"))
    ]


def _train(part: Part, job: Job, clock: Steps) -> None:
    with parted(trl.GRPOTrainer if part.by_trl else grpo.Trainer, clock):
        (grpo_by_trl if part.by_trl else ours)(job, clock)


def _memory() -> dict[str, int]:
    """Bytes at the fullest; used: with what CUDA and the libraries have besides torch's tensors."""
    if not torch.cuda.is_available():
        return {"used": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
    free, total = torch.cuda.mem_get_info()
    besides = total - free - torch.cuda.memory_reserved()
    reserved = torch.cuda.max_memory_reserved()
    allocated = torch.cuda.max_memory_allocated()
    return {"allocated": allocated, "reserved": reserved, "used": reserved + besides}


def _held() -> int:
    return int(torch.cuda.memory_allocated()) if torch.cuda.is_available() else 0


if __name__ == "__main__":
    main()
