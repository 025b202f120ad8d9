"""vllm: a model in vLLM's engine, in this process; several copies of it behind a server of its own.

Requests are handed over one by one while the engine works, so that it is never short of them and every
answer is kept as soon as it is there. With `data_parallel_size` over 1 the engine runs as `vllm serve` on
this machine and is asked as any other server: in one process it knows no copies.
"""

import json
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from reasonrft.backend import (
    COPIES,
    OF_WEIGHTS,
    Ask,
    Backend,
    Completion,
    Failure,
    ModelError,
    Options,
    Outcome,
    Sampling,
    one_line,
)
from reasonrft.backends._vllm_process import prepare_engine
from reasonrft.backends.hf import dtype_name
from reasonrft.backends.openai import OF_REQUESTS, Server
from reasonrft.children import await_server, begin, end, without_keys
from reasonrft.loading import check_tokenizer, weights_of
from reasonrft.nano import resolve
from reasonrft.pictures import in_rgb

NEEDS: Final = ("vllm",)  # packages
# Options of the command line; those of requests are for the server of several copies.
TAKES: Final = ("dtype", *OF_WEIGHTS, *COPIES, "engine_arg", *OF_REQUESTS)
WAITING: Final = 64  # requests that the engine has beyond what it works at
MOST_IMAGES: Final = 2  # of a question
# Arguments that change where and how fast a model runs, not what it answers.
RESOURCES: Final = frozenset(
    "tensor_parallel_size pipeline_parallel_size data_parallel_size gpu_memory_utilization "
    "max_num_seqs max_num_batched_tokens enforce_eager disable_log_stats swap_space".split()
)


class Engine:
    """A model in vLLM's own engine."""

    def __init__(self, model: str, options: Options) -> None:
        """Load the model; ModelError where the engine does not take it."""
        from vllm import LLM

        self._name = model
        self._options = options
        self._weights = weights_of(model, options.revision)
        check_tokenizer(model)
        prepare_engine()
        try:
            self._engine = LLM(model=resolve(model), **_arguments(options))
        except (OSError, ValueError, RuntimeError, TypeError) as problem:
            raise ModelError(f"vLLM does not load {model}: {one_line(problem)}") from problem

    def identity(self) -> Mapping[str, Any]:
        """The model and its weights, and what else the user has set of it."""
        dtype = dtype_name(self._engine.llm_engine.vllm_config.model_config.dtype)
        return _identity(self._name, self._weights, dtype, self._options)

    def circumstances(self) -> Mapping[str, Any]:
        """Versions and device."""
        return _circumstances()

    def answer(self, asks: Iterator[Ask], sampling: Sampling) -> Iterator[tuple[Ask, Outcome]]:
        """As they come from the engine, which is kept full."""
        engine = self._engine.llm_engine
        room = engine.vllm_config.scheduler_config.max_num_seqs + WAITING
        waiting: dict[str, Ask] = {}
        try:
            while True:
                # Few at a time: while requests are prepared the engine stands still.
                batch = list(islice(asks, min(room - len(waiting), WAITING)))
                yield from self._hand_over(batch, sampling, waiting)
                if not waiting:
                    return
                for output in engine.step():
                    if output.finished:
                        yield waiting.pop(output.request_id), _completion(output)
        finally:
            engine.abort_request(list(waiting))

    def _hand_over(
        self, batch: Sequence[Ask], sampling: Sampling, waiting: dict[str, Ask]
    ) -> Iterator[tuple[Ask, Outcome]]:
        """Give asks to the engine; those that it refuses, too long ones, fail at once."""
        from vllm.exceptions import VLLMClientError

        for ask in batch:
            try:
                (name,) = self._engine.enqueue_chat(
                    [_messages(ask)], _sampling_params(ask, sampling), use_tqdm=False
                )
            except (ValueError, VLLMClientError) as problem:
                yield ask, Failure(one_line(problem))
            else:
                # The engine adds letters to a request's number, and leaves them out of its outputs.
                waiting[name.partition("-")[0]] = ask

    def close(self) -> None:
        """Let the engine go."""
        del self._engine


def _arguments(options: Options) -> dict[str, Any]:
    """The engine's arguments: ours, then the user's."""
    return {
        "dtype": options.dtype,
        "revision": options.revision,
        "trust_remote_code": options.trust_remote_code,
        "limit_mm_per_prompt": {"image": MOST_IMAGES, "video": 0},
        "seed": 0,
        # Not the model's own penalties and cuts, which `vllm serve` would mix into each request.
        "generation_config": "vllm",
        **({"mm_processor_kwargs": dict(options.pixels)} if options.pixels else {}),
        **options.engine,
    }


def _identity(name: str, weights: str, dtype: str, options: Options) -> dict[str, Any]:
    own = {key: value for key, value in options.engine.items() if key not in RESOURCES}
    return {
        "backend": "vllm",
        "model": name,
        "weights": weights,
        "dtype": dtype,
        "engine": own,
        **({"pixels": dict(options.pixels)} if options.pixels else {}),
    }


def _circumstances() -> dict[str, Any]:
    import torch
    import vllm

    on_gpu = torch.cuda.is_available()
    return {
        "engine": f"vllm {vllm.__version__}",
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name() if on_gpu else "cpu",
        "devices": torch.cuda.device_count() if on_gpu else 0,
    }


def _messages(ask: Ask) -> list[dict[str, Any]]:
    pictures = [{"type": "image_pil", "image_pil": in_rgb(png)} for png in ask.prompt.images]
    return [{"role": "user", "content": [*pictures, {"type": "text", "text": ask.prompt.text}]}]


def _sampling_params(ask: Ask, sampling: Sampling) -> Any:
    from vllm import SamplingParams

    chosen = {}
    if sampling.temperature > 0:
        chosen = {"top_p": sampling.top_p, "seed": ask.seed(sampling)}
    return SamplingParams(
        temperature=sampling.temperature, max_tokens=sampling.max_tokens, **chosen
    )


def _completion(output: Any) -> Completion:
    (written,) = output.outputs
    return Completion(
        written.text,
        written.finish_reason or "stop",
        len(output.prompt_token_ids),
        len(written.token_ids),
    )


class OwnServer:
    """Copies of a model behind `vllm serve`, started and ended here."""

    def __init__(self, model: str, options: Options) -> None:
        """Start the server and wait for it; ModelError where it does not come up."""
        self._name = model
        self._options = options
        self._weights = weights_of(model, options.revision)
        check_tokenizer(model)
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        command = _serve_command(model, port, options)
        self._process = begin(command, without_keys(options.api_key_env), sys.stderr)
        try:
            await_server(self._process, f"{url}/health")
            own = replace(options, base_url=f"{url}/v1", api_key_env="", engine={})
            self._server = Server(model, own)
        except BaseException:
            end(self._process)
            raise

    def identity(self) -> Mapping[str, Any]:
        """As of the engine in one process, but for the precision: what `auto` became is not known."""
        asked = str(self._options.engine.get("dtype", self._options.dtype))
        return _identity(self._name, self._weights, asked, self._options)

    def circumstances(self) -> Mapping[str, Any]:
        """Versions and devices."""
        return _circumstances()

    def answer(self, asks: Iterator[Ask], sampling: Sampling) -> Iterator[tuple[Ask, Outcome]]:
        """As the server gives them."""
        return self._server.answer(asks, sampling)

    def close(self) -> None:
        """End the server."""
        self._server.close()
        end(self._process)


def _serve_command(model: str, port: int, options: Options) -> list[str]:
    command = [sys.executable, "-m", "vllm.entrypoints.cli.main", "serve", resolve(model)]
    command += ["--served-model-name", model, "--host", "127.0.0.1", "--port", str(port)]
    for name, value in _arguments(options).items():
        flag = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            command.append(flag if value else flag.replace("--", "--no-", 1))
        elif value is not None:
            text = json.dumps(value) if isinstance(value, dict | list) else str(value)
            command += [flag, text]
    return command


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def open_backend(model: str, options: Options) -> Backend:
    """The engine, in this process if one copy is wanted."""
    copies = options.engine.get("data_parallel_size", 1)
    return Engine(model, options) if copies == 1 else OwnServer(model, options)
